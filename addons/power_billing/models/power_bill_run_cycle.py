from odoo import api, fields, models
from odoo.fields import Domain


class PowerBillRun(models.Model):
    """A run bills the points of one cycle; without one, those billed by the calendar month."""

    _inherit = "power.bill.run"

    billing_cycle_id = fields.Many2one(
        comodel_name="power.bill.cycle",
        string="Billing cycle",
        check_company=True,
        ondelete="restrict",
        help="Empty: points that are billed by the calendar month.",
    )

    @api.depends("billing_cycle_id")
    def _compute_dates(self):
        result = super()._compute_dates()
        for run in self.filtered(lambda run: run.period and run.billing_cycle_id):
            run.date_from, run.date_to = run.billing_cycle_id._get_days(run.period)
        return result

    @api.depends("billing_cycle_id.name")
    def _compute_name(self):
        result = super()._compute_name()
        for run in self.filtered("billing_cycle_id"):
            run.name = f"{run.name} · {run.billing_cycle_id.name}"
        return result

    @api.depends("billing_cycle_id")
    def _compute_scope_count(self):
        return super()._compute_scope_count()

    def _get_scope_domain(self):
        return super()._get_scope_domain() & Domain(
            "billing_cycle_id", "=", self.billing_cycle_id.id
        )

    def _get_date_before(self):
        """Return the first day of the cycle before this run's."""
        day = fields.Date.subtract(self.date_from, days=1)
        return self.billing_cycle_id._get_days(day)[0]
