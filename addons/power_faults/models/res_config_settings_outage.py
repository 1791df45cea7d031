from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    power_group_window = fields.Integer(related="company_id.power_group_window", readonly=False)
    power_group_silent = fields.Float(related="company_id.power_group_silent", readonly=False)
    power_group_false = fields.Float(related="company_id.power_group_false", readonly=False)
    power_group_delay = fields.Integer(related="company_id.power_group_delay", readonly=False)
    power_group_reports = fields.Integer(related="company_id.power_group_reports", readonly=False)
    power_group_probability = fields.Float(
        related="company_id.power_group_probability", readonly=False
    )
    power_outage_tell_minutes = fields.Integer(
        related="company_id.power_outage_tell_minutes", readonly=False
    )
    power_outage_tiles = fields.Char(related="company_id.power_outage_tiles", readonly=False)
    power_outage_tiles_credit = fields.Char(
        related="company_id.power_outage_tiles_credit", readonly=False
    )
