from odoo import models


class PowerBill(models.Model):
    """New bills are paid from what the payer has on account; prepaid balances follow."""

    _inherit = "power.bill"

    def _post_bills(self, bills):
        result = super()._post_bills(bills)
        for company in bills.company_id.filtered("power_use_credit"):
            own = bills.filtered(lambda bill, company=company: bill.company_id == company)
            own.partner_id._use_power_credit(company)
        for company, own in bills.grouped("company_id").items():
            own.partner_id._update_power_prepaid(company)
        return result

    def _cancel(self, reason):
        result = super()._cancel(reason)
        for company, bills in self.filtered("move_id").grouped("company_id").items():
            bills.partner_id._update_power_prepaid(company)
        return result
