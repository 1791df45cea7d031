from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _get_power_profile_sources(self):
        return [
            *super()._get_power_profile_sources(),
            "billed_kwh",
            "kwh_growth",
            "billed_amount",
            "average_price",
            "capacity_use",
            "load_factor",
            "power_factor",
        ]
