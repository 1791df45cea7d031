from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    power_journal_id = fields.Many2one(related="company_id.power_journal_id", readonly=False)
    power_tax_id = fields.Many2one(related="company_id.power_tax_id", readonly=False)
    power_fund_account_id = fields.Many2one(
        related="company_id.power_fund_account_id", readonly=False
    )
    power_payment_term_id = fields.Many2one(
        related="company_id.power_payment_term_id", readonly=False
    )
    power_bank_account_id = fields.Many2one(
        related="company_id.power_bank_account_id", readonly=False
    )
    power_accept_told = fields.Boolean(related="company_id.power_accept_told", readonly=False)
    power_settlement_post = fields.Boolean(
        related="company_id.power_settlement_post", readonly=False
    )
    power_due_workday = fields.Boolean(related="company_id.power_due_workday", readonly=False)
    power_bill_batch = fields.Integer(related="company_id.power_bill_batch", readonly=False)

    def action_power_billing_setup(self):
        self.company_id._power_billing_setup()
        return {"type": "ir.actions.client", "tag": "reload"}
