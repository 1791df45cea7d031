from odoo import api, fields, models


class PowerBillRunPeriod(models.Model):
    """What a run comes to in one time-of-use period, beside the same points' last month."""

    _name = "power.bill.run.period"
    _description = "Bill Run Total by Period"
    _order = "run_id, amount desc, id"

    run_id = fields.Many2one(
        comodel_name="power.bill.run", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    period = fields.Char(help="Code of the time-of-use period; empty: the whole day.")
    name = fields.Char(string="Time-of-use period", compute="_compute_name")
    kwh = fields.Float(string="kWh", digits=(16, 2))
    amount = fields.Monetary(string="Energy charges")
    last_kwh = fields.Float(string="kWh last month", digits=(16, 2))
    last_amount = fields.Monetary(string="Charges last month")
    kwh_change = fields.Float(string="kWh difference", digits=(16, 2), compute="_compute_change")
    amount_change = fields.Monetary(string="Difference", compute="_compute_change")

    @api.depends("period")
    @api.depends_context("lang")
    def _compute_name(self):
        period = self.env["power.tariff.period"]
        for total in self:
            total.name = (
                period._get_label(total.period) if total.period else self.env._("Whole day")
            )

    @api.depends("amount", "last_amount", "kwh", "last_kwh")
    def _compute_change(self):
        for total in self:
            total.kwh_change = total.kwh - total.last_kwh
            total.amount_change = total.amount - total.last_amount
