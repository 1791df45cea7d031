from odoo import models


class PowerBillLine(models.Model):
    _name = "power.bill.line"
    _inherit = ["power.bill.line", "power.bulk.mixin"]
