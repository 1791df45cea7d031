from odoo import fields, models


class PowerCounterVoid(models.TransientModel):
    _name = "power.counter.void"
    _description = "Void Receipts"

    receipt_ids = fields.Many2many(
        comodel_name="power.counter.receipt", string="Receipts", required=True
    )
    reason = fields.Char(required=True, help="Stays with the receipt, for the audit.")

    def action_confirm(self):
        self.ensure_one()
        self.receipt_ids._void(self.reason)
        return {"type": "ir.actions.act_window_close"}
