from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    power_fault_id = fields.Many2one(
        "power.fault",
        string="Fault",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
