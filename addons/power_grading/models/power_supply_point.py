from odoo import api, models


class PowerSupplyPoint(models.Model):
    """Life support raises the service level of the customer at once."""

    _inherit = "power.supply.point"

    @api.model_create_multi
    def create(self, vals_list):
        points = super().create(vals_list)
        points.filtered("life_support").partner_id._follow_power_service_level()
        return points

    def write(self, vals):
        if not {"life_support", "state", "partner_id"} & set(vals):
            return super().write(vals)
        before = self.filtered("life_support").partner_id
        result = super().write(vals)
        (before | self.filtered("life_support").partner_id)._follow_power_service_level()
        return result
