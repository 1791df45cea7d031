from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    power_deferred_account_id = fields.Many2one(
        related="company_id.power_deferred_account_id", readonly=False
    )
    power_deferral_journal_id = fields.Many2one(
        related="company_id.power_deferral_journal_id", readonly=False
    )
    power_contract_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Costs in"
    )
    power_hour_cost = fields.Monetary(
        related="company_id.power_hour_cost",
        readonly=False,
        currency_field="power_contract_currency_id",
    )
