from decimal import Decimal

from odoo import models
from odoo.tools import formatLang

from ..tools import scoring


class ResPartner(models.Model):
    """What stands on the one-page profile of a customer beside its grades."""

    _inherit = "res.partner"

    def _get_power_profile_sources(self):
        """Hook: codes of the grading sources printed, of the last twelve months, in order."""
        return [
            "on_time_rate",
            "worst_days_late",
            "open_amount",
            "overdue_amount",
            "breaches",
            "open_defects",
            "service_records",
        ]

    def _get_power_profile_figures(self):
        """[(label, figure as text)] of what is known of the customer as of today."""
        self.ensure_one()
        company = self.company_id or self.env.company
        values = self.env["power.grading.source"]._read_customer(
            self, company, company._get_power_today(), self._get_power_profile_sources()
        )
        return [
            (label, self._format_power_figure(value))
            for label, value in values
            if value is not None
        ]

    def _format_power_figure(self, value):
        value = scoring.quantize(value)
        digits = 0 if value == value.to_integral_value() else 2
        return formatLang(self.env, float(value.quantize(Decimal(1).scaleb(-digits))), digits)

    def _get_power_profile_overrides(self):
        """Overrides that hold today."""
        self.ensure_one()
        today = (self.company_id or self.env.company)._get_power_today()
        return self.power_grading_override_ids.filtered(
            lambda override: (
                override.state == "approved" and override.date_from <= today <= override.date_to
            )
        )
