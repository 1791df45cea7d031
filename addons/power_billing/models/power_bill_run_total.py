from odoo import api, fields, models


class PowerBillRunTotal(models.Model):
    """What a run comes to in one usage category, beside the same points' last month."""

    _name = "power.bill.run.total"
    _description = "Bill Run Total"
    _order = "run_id, amount_total desc, id"

    run_id = fields.Many2one(
        comodel_name="power.bill.run", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    usage_category_id = fields.Many2one(
        comodel_name="power.usage.category", string="Usage category"
    )
    bill_count = fields.Integer(string="Bills")
    kwh = fields.Float(string="kWh", digits=(16, 2))
    amount_total = fields.Monetary(string="Amount")
    last_bill_count = fields.Integer(string="Bills last month")
    last_kwh = fields.Float(string="kWh last month", digits=(16, 2))
    last_amount_total = fields.Monetary(string="Amount last month")
    kwh_change = fields.Float(string="kWh difference", digits=(16, 2), compute="_compute_change")
    amount_change = fields.Monetary(string="Difference", compute="_compute_change")
    change = fields.Float(compute="_compute_change", help="Of the amount against last month.")

    @api.depends("amount_total", "last_amount_total", "kwh", "last_kwh")
    def _compute_change(self):
        for total in self:
            before = total.last_amount_total
            total.kwh_change = total.kwh - total.last_kwh
            total.amount_change = total.amount_total - before
            total.change = total.amount_change / before if before else 0.0
