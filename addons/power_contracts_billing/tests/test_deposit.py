from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.power_billing.tests.common import PowerBillingCase
from odoo.addons.power_billing.tests.payment_common import DemoPaymentCase

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestDeposit(PowerBillingCase, DemoPaymentCase):
    """A generator on call, 12,000.00 a year; a fifth of it, 2,400.00, is paid on acceptance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_demo_provider()
        cls.user, cls.rival = (cls._create_portal_user(name) for name in ("depositor", "stranger"))
        cls.point = cls._create_point(cls.user.partner_id, meter=False)
        cls.env.ref("power_contracts.product_generator").list_price = 12000
        cls.order = cls.env["sale.order"]._request_power_quote(
            cls.company,
            cls.user.partner_id,
            cls.env.ref("power_contracts.sale_order_template_generator"),
            points=cls.point,
        )
        cls.order.order_line.tax_ids = False
        cls.order.write({"require_payment": True, "prepayment_percent": 0.2})
        cls.order.action_quotation_sent()

    def _sign(self):
        answer = self.make_jsonrpc_request(
            f"/my/orders/{self.order.id}/accept", {"name": "Li Na", "signature": PIXEL}
        )
        self.env.invalidate_all()
        return answer

    def _pay_deposit(self, state="done"):
        """The payment form of the quotation's page, answered by the demo provider."""
        page = self.url_open(f"/my/orders/{self.order.id}").text
        self.assertIn("2,400.00", page)
        self._transact(
            f"/my/orders/{self.order.id}/transaction",
            2400.0,
            state,
            landing_route=f"/my/orders/{self.order.id}",
            access_token=self.order.access_token,
        )

    def _get_balances(self):
        """Debit, credit, and what the customer owes, in the books of the company."""
        lines = self.env["account.move.line"]
        partner = self.user.partner_id
        posted = [("partner_id", "=", partner.id), ("parent_state", "=", "posted")]
        [(debit, credit)] = lines._read_group(
            [("move_id", "in", lines.search(posted).move_id.ids)], [], ["debit:sum", "credit:sum"]
        )
        owed = [*posted, ("account_id.account_type", "=", "asset_receivable")]
        [(balance,)] = lines._read_group(owed, [], ["balance:sum"])
        return debit, credit, balance

    def test_signed_paid_and_set_off(self):
        """2,400.00 paid before, 12,000.00 invoiced: 9,600.00 are left."""
        self.authenticate(self.user.login, self.user.login)
        self.assertIn("allow_payment=yes", self._sign()["redirect_url"])
        self.assertEqual((self.order.state, self.order.signed_by), ("sent", "Li Na"))
        self.assertFalse(self.order.power_contract_ids, "in force only when it is paid")
        self._pay_deposit()
        self.assertEqual(self.order.state, "sale")
        contract = self.order.power_contract_ids
        self.assertEqual(contract.state, "open")
        payment = self.order.transaction_ids.payment_id
        self.assertEqual((payment.amount, payment.move_id.state), (2400, "posted"))
        self.assertFalse(self.order.invoice_ids)
        self.assertEqual(self._get_balances(), (2400, 2400, -2400))
        move = contract._recurring_create_invoice(contract.recurring_next_date)
        move.invoice_line_ids.tax_ids = False
        move.action_post()
        self.assertEqual((move.amount_total, move.amount_residual), (12000, 9600))
        self.assertEqual(move.payment_state, "partial")
        self.assertEqual(self._get_balances(), (14400, 14400, 9600))

    def test_paid_online_is_not_invoiced_twice(self):
        """Odoo's own setting to invoice what is paid online makes no down payment of it."""
        self.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", "True")
        self.authenticate(self.user.login, self.user.login)
        self._sign()
        self._pay_deposit()
        self.assertEqual(self.order.state, "sale")
        self.assertFalse(self.order.invoice_ids)
        contract = self.order.power_contract_ids
        move = contract._recurring_create_invoice(contract.recurring_next_date)
        move.invoice_line_ids.tax_ids = False
        move.action_post()
        self.assertEqual(move.amount_residual, 9600)

    def test_refused_payment_makes_no_contract(self):
        self.authenticate(self.user.login, self.user.login)
        self._sign()
        self._pay_deposit("error")
        self.assertEqual(self.order.state, "sent")
        self.assertFalse(self.order.power_contract_ids)
        self.assertFalse(self.order.transaction_ids.payment_id)

    def test_nobody_else_signs(self):
        self.authenticate(self.rival.login, self.rival.login)
        self.assertIn("error", self._sign())
        self.assertFalse(self.order.signed_by)
        page = self.url_open(f"/my/orders/{self.order.id}")
        self.assertTrue(page.url.endswith("/my"), page.url)

    def test_deposit_leaves_nothing_to_wait_for_a_bill(self):
        """Paid in full before, an invoice needs no electricity bill."""
        self.authenticate(self.user.login, self.user.login)
        self.order.order_line.price_unit = 2000
        self.order.prepayment_percent = 1
        self._sign()
        self._pay_whole()
        contract = self.order.power_contract_ids
        contract.power_invoicing = "bill"
        move = contract._recurring_create_invoice(contract.recurring_next_date)
        move.invoice_line_ids.tax_ids = False
        move.action_post()
        self.assertFalse(move.power_statement_until)
        self.assertEqual(move.amount_residual, 0)

    def _pay_whole(self):
        """All of the quotation, booked by the provider without its pages."""
        transaction = self._create_transaction(
            "direct",
            provider_id=self.provider.id,
            payment_method_id=self.method.id,
            amount=2000,
            currency_id=self.company.currency_id.id,
            partner_id=self.user.partner_id.id,
            sale_order_ids=[Command.set(self.order.ids)],
            reference="all of the quotation",
        )
        transaction._set_done()
        transaction._post_process()
