import logging

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class PowerFault(models.Model):
    """A report as evidence: which device it speaks of, and the outage it belongs to."""

    _inherit = "power.fault"

    grouping_pending = fields.Boolean(
        string="To be grouped", default=True, readonly=True, copy=False
    )
    outage_date_expected = fields.Datetime(
        related="outage_id.date_expected", string="Outage: expected back"
    )

    _grouping_pending_idx = models.Index("(company_id) WHERE grouping_pending")

    @api.model_create_multi
    def create(self, vals_list):
        faults = super().create(vals_list)
        faults._after_report()
        return faults

    def _after_report(self):
        """Decide at once whether the reports belong to an outage, known or new."""
        for company in self.company_id:
            if company.power_storm_mode or not self._try_to_group(company):
                self.env.ref("power_faults.ir_cron_group_reports").sudo()._trigger()

    def _try_to_group(self, company):
        """Group without ever losing the report: whatever goes wrong is left to the scheduler."""
        try:
            with self.env.cr.savepoint():
                return self.env["power.outage"]._group_reports(company)
        except Exception:
            _logger.exception("Reports %s are left to the scheduled grouping", self.ids)
            return False

    @api.model
    def _get_grouping_domain(self):
        """Hook: which reports speak of a failure of the network that is not mended yet."""
        return Domain("state", "in", ("reported", "accepted", "dispatched", "arrived"))

    def _get_grouping_node(self):
        """Return the device nearest to the place of a report, or none."""
        self.ensure_one()
        return self.node_id or self.supply_point_id.node_id

    def _get_grouping_customer(self):
        """Return what tells one caller from another; None when nothing does."""
        self.ensure_one()
        if self.supply_point_id:
            return ("point", self.supply_point_id.id)
        return ("partner", self.partner_id.id) if self.partner_id else None

    def _get_outage_contact(self):
        """Hook: how to reach who reported: name, email, phone and language, as far as known."""
        self.ensure_one()
        partner = self.partner_id
        return {
            "name": partner.name or "",
            "email": partner.email or "",
            "phone": partner.phone or "",
            "lang": partner.lang or "",
        }

    @api.model
    def _clear_old_pending(self):
        """Reports that are over or too old are not waited for any more."""
        domain = Domain("grouping_pending", "=", True) & ~self._get_grouping_domain()
        longest = max(self.env["res.company"].sudo().search([]).mapped("power_group_window"))
        old = fields.Datetime.subtract(fields.Datetime.now(), minutes=longest)
        stale = self.sudo().search(
            domain | (Domain("grouping_pending", "=", True) & Domain("date_reported", "<", old)),
            limit=10_000,
        )
        if stale:
            self.env.cr.execute(
                SQL(
                    "UPDATE power_fault SET grouping_pending = FALSE WHERE id IN %s",
                    tuple(stale.ids),
                )
            )
            stale.invalidate_recordset(["grouping_pending"])

    def _after_outage_state(self, state):
        """Hook: the outage of these reports has arrived in ``state``."""
