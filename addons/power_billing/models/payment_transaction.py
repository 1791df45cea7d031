from datetime import timedelta

from odoo import fields, models

# Providers whose requests by token carry a key made of the reference: asked twice, they charge
# once. Their keys are kept for a day at least.
IDEMPOTENT_CODES = frozenset({"adyen", "mercado_pago", "stripe", "worldline"})
IDEMPOTENT_HOURS = 20


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    power_autopay_id = fields.Many2one(
        comodel_name="power.autopay", string="Autopay", readonly=True, index="btree_not_null"
    )
    power_is_topup = fields.Boolean(string="Top-up", readonly=True)

    power_date_asked = fields.Datetime(
        string="Asked for on",
        readonly=True,
        help="When autopay was about to ask the provider; without an answer money may have moved.",
    )

    # === A charge without an answer === #

    def _power_recover(self):
        """Find out what became of a charge that was asked for when the server died.

        The provider is asked by the reference; one that cannot tell is sent the very same request
        again where its key keeps it from charging twice. Else a person has to look it up.

        :return: whether the charge has an answer now
        """
        self.ensure_one()
        answer = self._power_find_charge()
        if answer:
            self._process(self.provider_code, answer)
        elif answer is False or self._power_can_repeat():
            self._charge_with_token()
        return self.state != "draft"

    def _power_find_charge(self):
        """Hook: ask the provider for the charge of this reference.

        :return: the provider's payment data, as ``_process`` takes it; False when the provider
            never heard of it; None when it cannot be asked
        """
        self.ensure_one()

    def _power_can_repeat(self):
        """Tell whether sending the request again cannot charge a second time."""
        asked = self.power_date_asked
        until = asked and asked + timedelta(hours=IDEMPOTENT_HOURS)
        return bool(
            asked
            and self.provider_code in self._get_power_idempotent_codes()
            and fields.Datetime.now() < until
        )

    def _get_power_idempotent_codes(self):
        """Hook: an add-on of a provider that charges a reference once adds its code."""
        return IDEMPOTENT_CODES

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
