from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    power_advice_factor = fields.Float(related="company_id.power_advice_factor", readonly=False)
    power_advice_kvar_cost = fields.Float(
        related="company_id.power_advice_kvar_cost", readonly=False
    )
    power_advice_load = fields.Float(related="company_id.power_advice_load", readonly=False)
    power_statement_wait = fields.Integer(related="company_id.power_statement_wait", readonly=False)
    power_advice_shift = fields.Float(related="company_id.power_advice_shift", readonly=False)
