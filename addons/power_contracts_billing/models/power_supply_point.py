from odoo import models


class PowerSupplyPoint(models.Model):
    _inherit = "power.supply.point"

    def action_power_advice(self):
        """Reckon a new advice for this supply point."""
        self.ensure_one()
        advice = self.env["power.advice"].create({"supply_point_id": self.id})
        advice.action_reckon()
        return {
            "type": "ir.actions.act_window",
            "res_model": "power.advice",
            "res_id": advice.id,
            "views": [(False, "form")],
        }
