from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    power_grading_months = fields.Integer(related="company_id.power_grading_months", readonly=False)
    power_grading_auto_approve = fields.Boolean(
        related="company_id.power_grading_auto_approve", readonly=False
    )
    power_appeal_days = fields.Integer(related="company_id.power_appeal_days", readonly=False)
