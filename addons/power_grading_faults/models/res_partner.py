from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _get_power_profile_sources(self):
        return [
            *super()._get_power_profile_sources(),
            "faults",
            "interruptions",
            "dark_minutes",
        ]
