from odoo import fields, models


class PowerBillCancel(models.TransientModel):
    _name = "power.bill.cancel"
    _description = "Cancel Bills"

    bill_ids = fields.Many2many(comodel_name="power.bill", string="Bills", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.bill_ids.sorted("period_from", reverse=True)._cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
