from odoo import models


class SaleOrder(models.Model):
    """An advice that was accepted is to be applied: from that day its promise is checked."""

    _inherit = "sale.order"

    def _action_confirm(self):
        result = super()._action_confirm()
        advices = self.env["power.advice"].sudo()
        for advice in advices.search(
            [("sale_order_id", "in", self.ids), ("state", "=", "offered")]
        ):
            advice._ask_to_apply()
        return result
