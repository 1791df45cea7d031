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
    power_currency_id = fields.Many2one(related="company_id.currency_id", string="Books in")
    power_use_credit = fields.Boolean(related="company_id.power_use_credit", readonly=False)
    power_topup_min = fields.Monetary(
        related="company_id.power_topup_min", readonly=False, currency_field="power_currency_id"
    )
    power_topup_max = fields.Monetary(
        related="company_id.power_topup_max", readonly=False, currency_field="power_currency_id"
    )
    power_autopay_attempts = fields.Integer(
        related="company_id.power_autopay_attempts", readonly=False
    )
    power_autopay_retry_days = fields.Integer(
        related="company_id.power_autopay_retry_days", readonly=False
    )
    power_counter_journal_id = fields.Many2one(
        related="company_id.power_counter_journal_id", readonly=False
    )
    power_counter_card_journal_ids = fields.Many2many(
        related="company_id.power_counter_card_journal_ids", readonly=False
    )
