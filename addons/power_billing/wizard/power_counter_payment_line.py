from odoo import fields, models


class PowerCounterPaymentLine(models.TransientModel):
    """An open item as the clerk may see it, who has no rights on invoices."""

    _name = "power.counter.payment.line"
    _description = "Take a Payment: Open Item"
    _order = "date_due, id"

    wizard_id = fields.Many2one(
        comodel_name="power.counter.payment", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    move_res_id = fields.Integer(string="Invoice number", required=True)
    name = fields.Char(string="Bill")
    supply_point = fields.Char("Supply point")
    date_due = fields.Date(string="Due")
    amount_open = fields.Monetary(string="Open")
    is_paid = fields.Boolean(string="Pay", default=True)
