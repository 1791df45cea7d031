from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    power_late_fee_ids = fields.One2many(
        comodel_name="power.late.fee", inverse_name="move_id", string="Late fees"
    )
