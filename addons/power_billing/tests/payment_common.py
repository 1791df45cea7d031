from odoo.addons.account_payment.tests.common import AccountPaymentCommon
from odoo.addons.payment.tests.http_common import PaymentHttpCommon


class DemoPaymentCase(AccountPaymentCommon, PaymentHttpCommon):
    """Payments on the portal through Odoo's demo provider, as the browser makes them."""

    @classmethod
    def _use_demo_provider(cls, **vals):
        """Publish the provider of ``company``; what it collects goes to the company's bank."""
        cls.provider = cls._prepare_provider("demo", company=cls.company)
        cls.provider.write({"is_published": True, **vals})
        cls.provider.journal_id = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )
        cls.method = cls.provider.payment_method_ids[:1]

    def _pay(self, url, amount, page, state="done", **vals):
        """Open the page, take the signed token of its form, pay; return where the payer lands."""
        token = self.url_open(page).text.split('data-access-token="')[1].split('"')[0]
        return self._transact(
            url,
            amount,
            state,
            landing_route="/my/power/balance",
            is_validation=False,
            access_token=token,
            **vals,
        )

    def _transact(self, url, amount, state="done", **vals):
        values = self.make_jsonrpc_request(
            url,
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "token_id": None,
                "amount": amount,
                "flow": "direct",
                "tokenization_requested": False,
                **vals,
            },
        )
        self.make_jsonrpc_request(
            "/payment/demo/simulate_payment",
            {
                "reference": values["reference"],
                "payment_details": "1234",
                "simulated_state": state,
            },
        )
        answer = self.make_jsonrpc_request("/payment/status/poll", {})
        self.env.invalidate_all()
        return answer["landing_route"]
