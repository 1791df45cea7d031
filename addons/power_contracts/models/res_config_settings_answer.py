from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    power_answer_days = fields.Integer(related="company_id.power_answer_days", readonly=False)
    power_quote_user_id = fields.Many2one(related="company_id.power_quote_user_id", readonly=False)
