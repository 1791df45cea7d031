from odoo import models


class AccountPaymentTerm(models.Model):
    _inherit = "account.payment.term"

    def _compute_terms(self, date_ref, currency, company, *args, **kwargs):
        """Terms are often shared by all companies; working days are the invoice's company's."""
        term = self.with_company(company)
        return super(AccountPaymentTerm, term)._compute_terms(
            date_ref, currency, company, *args, **kwargs
        )
