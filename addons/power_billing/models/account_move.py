from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    power_bill_id = fields.Many2one(
        comodel_name="power.bill",
        string="Electricity Bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
