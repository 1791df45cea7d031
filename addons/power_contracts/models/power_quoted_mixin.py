from odoo import models


class PowerQuotedMixin(models.AbstractModel):
    """What was sold by a quotation, kept in ``sale_order_id``, leads back to it."""

    _name = "power.quoted.mixin"
    _description = "Sold by a quotation"

    def action_open_sale_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.sale_order_id.id,
            "views": [(False, "form")],
        }
