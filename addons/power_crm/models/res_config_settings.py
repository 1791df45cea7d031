from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    power_generator_margin = fields.Float(
        related="company_id.power_generator_margin", readonly=False
    )
    power_licence_remind_days = fields.Integer(
        related="company_id.power_licence_remind_days", readonly=False
    )
    power_renewal_remind_days = fields.Integer(
        related="company_id.power_renewal_remind_days", readonly=False
    )
