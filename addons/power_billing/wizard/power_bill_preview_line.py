from odoo import fields, models


class PowerBillPreviewLine(models.TransientModel):
    _name = "power.bill.preview.line"
    _description = "Bill Preview Charge"

    preview_id = fields.Many2one(
        comodel_name="power.bill.preview", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="preview_id.currency_id")
    name = fields.Char(string="Charge")
    quantity = fields.Float(digits=(16, 2))
    unit = fields.Char()
    price = fields.Float(digits=(16, 6))
    amount = fields.Monetary()
