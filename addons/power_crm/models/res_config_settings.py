from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    power_tz = fields.Selection(related="company_id.power_tz", readonly=False)
    power_generator_margin = fields.Float(
        related="company_id.power_generator_margin", readonly=False
    )
    power_licence_remind_days = fields.Integer(
        related="company_id.power_licence_remind_days", readonly=False
    )
    power_renewal_remind_days = fields.Integer(
        related="company_id.power_renewal_remind_days", readonly=False
    )
    power_rectify_days_general = fields.Integer(
        related="company_id.power_rectify_days_general", readonly=False
    )
    power_rectify_days_serious = fields.Integer(
        related="company_id.power_rectify_days_serious", readonly=False
    )
    power_rectify_days_major = fields.Integer(
        related="company_id.power_rectify_days_major", readonly=False
    )
