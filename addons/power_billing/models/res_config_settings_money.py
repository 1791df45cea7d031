from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    power_late_fee_account_id = fields.Many2one(
        related="company_id.power_late_fee_account_id", readonly=False
    )
    power_late_fee_interval = fields.Selection(
        related="company_id.power_late_fee_interval", readonly=False, required=True
    )
    power_late_fee_settled_only = fields.Boolean(
        related="company_id.power_late_fee_settled_only", readonly=False
    )
    power_workday_calendar_id = fields.Many2one(
        related="company_id.power_workday_calendar_id", readonly=False
    )
