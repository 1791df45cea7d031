from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    power_dunning = fields.Boolean(related="company_id.power_dunning", readonly=False)
