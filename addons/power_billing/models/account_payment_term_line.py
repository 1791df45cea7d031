from odoo import models

from odoo.addons.power_crm.tools.working_days import move_due


class AccountPaymentTermLine(models.Model):
    _inherit = "account.payment.term.line"

    def _get_due_date(self, date_ref):
        """A due date of an electricity bill's terms moves to the company's next working day."""
        due = super()._get_due_date(date_ref)
        company = self.payment_id.company_id or self.env.company
        if not company._moves_due_dates(self.payment_id):
            return due
        return move_due(due, company._get_power_workday_test())
