from odoo import fields, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    power_autopay_id = fields.Many2one(
        comodel_name="power.autopay", string="Autopay", readonly=True, index="btree_not_null"
    )
    power_is_topup = fields.Boolean(string="Top-up", readonly=True)

    def _post_process(self):
        waiting = self.filtered(lambda tx: not tx.is_post_processed and tx.state == "done")
        result = super()._post_process()
        for transaction in waiting:
            partner = transaction.partner_id.commercial_partner_id
            company = transaction.company_id
            if transaction.power_is_topup and company.power_use_credit:
                partner._use_power_credit(company)
            if transaction.power_autopay_id:
                transaction.power_autopay_id._register_success(transaction.amount)
            partner._update_power_prepaid(company)
        return result

    def _set_canceled(self, *args, **kwargs):
        done = super()._set_canceled(*args, **kwargs)
        self._register_autopay_failure(done)
        return done

    def _set_error(self, *args, **kwargs):
        done = super()._set_error(*args, **kwargs)
        self._register_autopay_failure(done)
        return done

    def _register_autopay_failure(self, transactions):
        for transaction in (transactions or self.browse()).filtered("power_autopay_id"):
            transaction.power_autopay_id._register_failure(
                transaction.amount, transaction.state_message
            )
