from contextlib import nullcontext
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .payment_common import DemoPaymentCase
from .test_portal import PortalBillCase


@tagged("post_install", "-at_install", "power_slow")
class TestMoneyPages(PortalBillCase, HttpCase):
    """anna owes 907.84; boris has a bill of his own."""

    def test_pages(self):
        self.authenticate("anna", "anna")
        for url in ("balance", "pay", "topup", "autopay"):
            page = self.url_open(f"/my/power/{url}")
            self.assertEqual(page.status_code, 200, url)
            self.assertNotIn(self.foreign.name, page.text)
        self.assertIn("907.84", self.url_open("/my/power/balance").text)
        self.assertIn("907.84", self.url_open("/my/power").text)

    def test_what_cannot_be_paid_is_said(self):
        self.authenticate("anna", "anna")
        own, foreign = self.bill.move_id.id, self.foreign.move_id.id
        for query, pays in (
            (f"item={own}", True),
            (f"item={own}&amount=100", True),
            (f"item={own}&amount=907.85", False),
            (f"item={own}&amount=-1", False),
            (f"item={own}&amount=nan", False),
            (f"item={own}&amount=abc", False),
            (f"item={foreign}", False),
            (f"item={foreign}&amount=100", False),
            ("item=abc", False),
        ):
            page = self.url_open(f"/my/power/pay?{query}")
            self.assertEqual(page.status_code, 200, query)
            self.assertEqual('id="payment"' in page.text, pays, query)
            self.assertNotIn(self.foreign.name, page.text)
        for amount, pays in (("100", True), ("0.5", False), ("nan", False), ("1e9", False)):
            page = self.url_open(f"/my/power/topup?amount={amount}")
            self.assertEqual('id="payment"' in page.text, pays, amount)

    def test_money_received_is_shown(self):
        """A transfer that finance booked from the statement, whoever it came from."""
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        receivable = self.bill.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        sides = ((journal.default_account_id, 321.5), (receivable.account_id, -321.5))
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "payment_ref": "private words",
                "amount": 321.5,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.user.partner_id.id,
                            "balance": balance,
                        }
                    )
                    for account, balance in sides
                ],
            }
        )
        for login, seen in (("anna", True), ("boris", False)):
            self.authenticate(login, login)
            page = self.url_open("/my/power/balance").text
            self.assertEqual("321.50" in page, seen)
            self.assertEqual("Bank transfer" in page, seen)
            self.assertNotIn("private words", page)

    def test_nobody_sees_nothing(self):
        for url in ("balance", "pay", "topup", "autopay"):
            self.assertIn("/web/login", self.url_open(f"/my/power/{url}").url)

    def test_prepaid_box(self):
        self.authenticate("anna", "anna")
        self.assertNotIn("o_power_prepaid", self.url_open("/my/power").text)
        self.bill.supply_point_id.is_prepaid = True
        accounts = self.env["power.prepaid.account"]
        accounts._sync_accounts(self.company)
        accounts.search([("partner_id", "=", self.user.partner_id.id)]).action_update()
        for url in ("/my/power", "/my/power/balance"):
            page = self.url_open(url)
            self.assertIn("o_power_prepaid", page.text)
            self.assertIn("/my/power/topup", page.text)
        self.authenticate("boris", "boris")
        self.assertNotIn("o_power_prepaid", self.url_open("/my/power").text)

    def test_late_fee_on_the_bill(self):
        """Overdue since long: the page shows the fee up to today and what was waived and why."""
        self.bill.move_id.line_ids.date_maturity = fields.Date.today() - timedelta(days=10)
        fee = self.env["power.late.fee"]._propose(self.bill, fields.Date.today())
        # 907.84*10*0.002 = 18.1568
        self.assertEqual(fee.amount, 18.16)
        self.authenticate("anna", "anna")
        page = self.url_open(f"/my/power/bills/{self.bill.id}")
        self.assertIn("18.16", page.text)
        fee._waive(8.16, "storm week")
        fee._invoice()
        page = self.url_open(f"/my/power/bills/{self.bill.id}")
        for text in ("storm week", "8.16"):
            self.assertIn(text, page.text)
        self.assertIn(fee.move_id.name, self.url_open("/my/power/balance").text)
        fees = self.env["power.late.fee"].with_user(self.user)
        self.env.invalidate_all()
        self.assertEqual(fees.search([]), fee)
        self.assertFalse(fees.with_user(self.other).search([]))
        with self.assertRaises(AccessError):
            fee.with_user(self.other).read(["amount"])


@tagged("post_install", "-at_install", "power_slow")
class TestMoneyPayment(PortalBillCase, DemoPaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_demo_provider(allow_tokenization=True)
        cls.second = cls._create_bill(cls._create_point(cls.user.partner_id), kwh=1000)

    def _items(self, bills):
        return "-".join(str(bill.move_id.id) for bill in bills)

    def test_pay_several_at_once(self):
        """907.84 + 735.69 = 1643.53 in one payment."""
        self.authenticate("anna", "anna")
        bills = self.bill | self.second
        query = "&".join(f"item={bill.move_id.id}" for bill in bills)
        landing = self._pay(
            f"/my/power/pay/transaction/{self._items(bills)}",
            1643.53,
            f"/my/power/pay?{query}",
        )
        self.assertEqual(set(bills.mapped("payment_state")), {"paid"})
        payment = self.env["account.payment"].search([("partner_id", "=", self.user.partner_id.id)])
        self.assertEqual(payment.amount, 1643.53)
        page = self.url_open(landing)
        self.assertIn('id="transaction"', page.text)
        self.assertIn("Nothing is open", page.text)
        self.authenticate("boris", "boris")
        self.assertNotIn('id="transaction"', self.url_open(landing).text)

    @mute_logger("odoo.http")
    def test_pay_a_statement(self):
        """907.84 + 735.69 = 1643.53 by the statement; another's statement cannot be paid."""
        statements = self.env["power.bill.statement"]
        statement = statements._gather(self.bill | self.second)
        foreign = statements._gather(self.foreign)
        self.authenticate("anna", "anna")
        page = f"/my/power/pay?statement={statement.id}"
        for key in (f"statement-{foreign.id}", "statement-x", "statement-"):
            with self.assertRaises(JsonRpcException, msg=key):
                self._pay(f"/my/power/pay/transaction/{key}", 1643.53, page)
        self._pay(f"/my/power/pay/transaction/statement-{statement.id}", 1643.53, page)
        self.assertEqual((statement.state, statement.amount_residual), ("paid", 0))
        self.assertEqual(foreign.state, "open")

    def test_pay_a_part(self):
        self.authenticate("anna", "anna")
        self._pay(
            f"/my/power/pay/transaction/{self.bill.move_id.id}",
            100.0,
            f"/my/power/pay?item={self.bill.move_id.id}&amount=100",
        )
        self.assertEqual(self.bill.amount_residual, 807.84)
        self.assertEqual(self.bill.payment_state, "partial")

    @mute_logger("odoo.http")
    def test_amount_and_items_are_signed(self):
        self.authenticate("anna", "anna")
        page = f"/my/power/pay?item={self.bill.move_id.id}&amount=100"
        for url, amount in (
            (f"/my/power/pay/transaction/{self.bill.move_id.id}", 50.0),
            (f"/my/power/pay/transaction/{self.second.move_id.id}", 100.0),
            (f"/my/power/pay/transaction/{self.foreign.move_id.id}", 100.0),
            ("/my/power/topup/transaction/account", 100.0),
        ):
            with self.assertRaises(JsonRpcException, msg=url):
                self._pay(url, amount, page)
        self.assertFalse(
            self.env["payment.transaction"].search([("partner_id", "=", self.user.partner_id.id)])
        )

    def test_top_up(self):
        """2000.00 on account pay 1643.53 of open bills at once; 356.47 are left."""
        self.authenticate("anna", "anna")
        landing = self._pay(
            "/my/power/topup/transaction/account", 2000.0, "/my/power/topup?amount=2000"
        )
        bills = self.bill | self.second
        self.assertEqual(set(bills.mapped("payment_state")), {"paid"})
        partner = self.user.partner_id
        self.assertEqual(partner._get_power_credits(self.company), {partner.id: 356.47})
        self.assertIn("356.47", self.url_open(landing).text)
        transaction = self.env["payment.transaction"].search([("power_is_topup", "=", True)])
        self.assertTrue(transaction.filtered(lambda tx: tx.amount == 2000).payment_id.move_id)

    def test_top_up_moves_the_prepaid_balance(self):
        """After the 1643.53 of open bills, each yuan more is available at once."""
        self.bill.supply_point_id.is_prepaid = True
        accounts = self.env["power.prepaid.account"]
        accounts._sync_accounts(self.company)
        account = accounts.search([("partner_id", "=", self.user.partner_id.id)])
        account.action_update()
        before = account.available
        self.assertEqual(account.amount_open, 1643.53)
        self.authenticate("anna", "anna")
        self._pay("/my/power/topup/transaction/account", 2000.0, "/my/power/topup?amount=2000")
        self.assertEqual((account.credit, account.amount_open), (356.47, 0))
        self.assertAlmostEqual(account.available, before + 2000, 2)

    def test_refused_top_up(self):
        self.authenticate("anna", "anna")
        self._pay(
            "/my/power/topup/transaction/account",
            2000.0,
            "/my/power/topup?amount=2000",
            state="cancel",
        )
        self.assertEqual(self.user.partner_id._get_power_credits(self.company), {})

    # === Autopay === #

    def _create_saved_method(self, partner=None, state="done"):
        return self.env["payment.token"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "payment_details": "1234",
                "partner_id": (partner or self.user.partner_id).id,
                "provider_ref": "saved",
                "demo_simulated_state": state,
            }
        )

    def _opt_in(self, token, **vals):
        page = self.url_open("/my/power/autopay").text
        csrf = page.split('name="csrf_token" value="')[1].split('"')[0] if token else ""
        data = {"token_id": token.id, "csrf_token": csrf, "consent": "1", **vals}
        return self.url_open("/my/power/autopay/start", data=data)

    def _charge(self, day):
        autopay = self.env["power.autopay"].search([("partner_id", "=", self.user.partner_id.id)])
        with (
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: float("inf")
            ),
            patch.object(fields.Date, "context_today", lambda *args: fields.Date.to_date(day)),
            patch.object(
                type(autopay),
                "_get_charge_domain",
                lambda model: [
                    ("id", "in", autopay.ids),
                    ("state", "=", "active"),
                    "|",
                    ("date_next", "=", False),
                    ("date_next", "<=", day),
                ],
            ),
        ):
            autopay._cron_charge()
        return autopay

    def _count_mails(self, autopay):
        return (
            self.env["mail.mail"]
            .sudo()
            .search_count([("model", "=", "power.autopay"), ("res_id", "in", autopay.ids)])
        )

    def test_autopay(self):
        """Turned on on the portal; charged on the due day (18 February), not before; told."""
        token = self._create_saved_method()
        self.authenticate("anna", "anna")
        self._opt_in(token)
        autopay = self._charge("2026-02-17")
        self.assertEqual((autopay.token_id, autopay.consent_user_id), (token, self.user))
        self.assertEqual(self.bill.payment_state, "not_paid")
        self._charge("2026-02-18")
        bills = self.bill | self.second
        self.assertEqual(set(bills.mapped("payment_state")), {"paid"})
        self.assertEqual(autopay.transaction_ids.mapped("amount"), [1643.53])
        self.assertEqual(autopay.last_amount, 1643.53)
        self.assertEqual(self._count_mails(autopay), 1)
        self._charge("2026-02-19")
        self.assertEqual(len(autopay.transaction_ids), 1, "charged once")
        self.assertEqual(self.foreign.payment_state, "not_paid")

    def test_autopay_fails_and_gives_up(self):
        """Tries on the 18th, 21st and 24th, told each time, then stopped."""
        token = self._create_saved_method(state="error")
        self.authenticate("anna", "anna")
        self._opt_in(token)
        for day, count in (
            ("2026-02-18", 1),
            ("2026-02-19", 1),
            ("2026-02-20", 1),
            ("2026-02-21", 2),
            ("2026-02-24", 3),
        ):
            autopay = self._charge(day)
            self.assertEqual(autopay.failure_count, count, day)
        self.assertEqual(autopay.state, "stopped")
        self.assertEqual(self._count_mails(autopay), 3)
        self._charge("2026-03-24")
        self.assertEqual(len(autopay.transaction_ids), 3)
        self.assertEqual(self.bill.payment_state, "not_paid")

    def test_autopay_waits_for_an_answer(self):
        token = self._create_saved_method(state="pending")
        self.authenticate("anna", "anna")
        self._opt_in(token)
        autopay = self._charge("2026-02-18")
        self.assertEqual(autopay.transaction_ids.state, "pending")
        self._charge("2026-02-25")
        self.assertEqual(len(autopay.transaction_ids), 1)

    def _charge_and_die(self, provider, day="2026-02-18", after=True):
        """Charge once and kill the process, before or after the provider took the money.

        What was not committed is lost: a savepoint at each commit takes the place of the commit.
        """
        transactions = type(self.env["payment.transaction"])
        died = False

        class Killed(BaseException):
            pass

        def commit(cron, *args, **kwargs):
            cron.env.flush_all()
            cron.env.cr.execute("SAVEPOINT power_committed")
            return float("inf")

        def ask(transaction):
            if after:
                provider.append((transaction.reference, transaction.amount))
                transaction._process(
                    "demo", {"reference": transaction.reference, "simulated_state": "done"}
                )
            raise Killed

        autopay = self.env["power.autopay"].search([("partner_id", "=", self.user.partner_id.id)])
        with (
            patch.object(type(self.env["ir.cron"]), "_commit_progress", commit),
            patch.object(transactions, "_send_payment_request", ask),
            patch.object(fields.Date, "context_today", lambda *args: fields.Date.to_date(day)),
        ):
            # Not ``assertRaises``, which would roll back what was committed before.
            try:
                autopay._charge_isolated()
            except Killed:
                died = True
        self.assertTrue(died)
        self.env.cr.execute("ROLLBACK TO SAVEPOINT power_committed")
        self.env.invalidate_all(flush=False)
        return autopay

    def _provider_that_remembers(self, provider):
        """Patch: the provider charges by request and can be asked by reference."""
        transactions = type(self.env["payment.transaction"])

        def find(transaction):
            if transaction.reference not in dict(provider):
                return False
            return {"reference": transaction.reference, "simulated_state": "done"}

        def ask(transaction):
            provider.append((transaction.reference, transaction.amount))
            transaction._process(
                "demo", {"reference": transaction.reference, "simulated_state": "done"}
            )

        self.patch(transactions, "_power_find_charge", find)
        self.patch(transactions, "_send_payment_request", ask)

    def test_autopay_killed_after_the_charge(self):
        """The provider has 1643.53, the server knows nothing; the next run books it, once."""
        provider = []
        self.authenticate("anna", "anna")
        self._opt_in(self._create_saved_method())
        autopay = self._charge_and_die(provider)
        self.assertEqual([amount for _reference, amount in provider], [1643.53])
        self.assertEqual(autopay.transaction_ids.state, "draft")
        self.assertEqual(self.bill.payment_state, "not_paid")
        self._provider_that_remembers(provider)
        for day in ("2026-02-18", "2026-02-19"):
            self._charge(day)
            self.assertEqual(len(provider), 1, "charged once")
            self.assertEqual(autopay.transaction_ids.mapped("state"), ["done"])
        self.assertEqual(
            set((self.bill | self.second).mapped("payment_state")), {"paid"}, "nothing is lost"
        )
        self.assertEqual(autopay.last_amount, 1643.53)

    def test_autopay_killed_before_the_charge(self):
        """The provider never heard of it: the same transaction is charged by the next run."""
        provider = []
        self.authenticate("anna", "anna")
        self._opt_in(self._create_saved_method())
        autopay = self._charge_and_die(provider, after=False)
        self.assertFalse(provider)
        self._provider_that_remembers(provider)
        self._charge("2026-02-18")
        self.assertEqual(provider, [(autopay.transaction_ids.reference, 1643.53)])
        self.assertEqual(self.bill.payment_state, "paid")

    def test_autopay_killed_and_nobody_knows(self):
        """A provider that cannot be asked: nothing is charged until finance has looked it up."""
        provider = []
        self.authenticate("anna", "anna")
        self._opt_in(self._create_saved_method())
        autopay = self._charge_and_die(provider)
        self._charge("2026-02-19")
        self.assertEqual((len(provider), autopay.transaction_ids.state), (1, "draft"))
        self.assertTrue(autopay.has_open_charge)
        self.assertIn(autopay.transaction_ids.reference, autopay.last_message)
        autopay.action_charge_succeeded()
        self.assertEqual(self.bill.payment_state, "paid")
        self.assertFalse(autopay.has_open_charge)

    def test_autopay_repeats_only_what_cannot_charge_twice(self):
        transaction = self.env["payment.transaction"].new({"provider_id": self.provider.id})
        for code, hours, repeats in (
            ("stripe", 1, True),
            ("stripe", 30, False),
            ("demo", 1, False),
        ):
            transaction.power_date_asked = fields.Datetime.now() - timedelta(hours=hours)
            with (
                patch.object(type(transaction), "_get_power_idempotent_codes", lambda tx: {"demo"})
                if code == "stripe"
                else nullcontext()
            ):
                self.assertEqual(transaction._power_can_repeat(), repeats, (code, hours))

    def test_autopay_limit_and_stop(self):
        token = self._create_saved_method()
        self.authenticate("anna", "anna")
        self._opt_in(token, limit="1000")
        autopay = self._charge("2026-02-18")
        self.assertFalse(autopay.transaction_ids)
        self.assertEqual(autopay.failure_count, 1)
        page = self.url_open("/my/power/autopay").text
        csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
        self.url_open("/my/power/autopay/stop", data={"csrf_token": csrf})
        self.env.invalidate_all()
        self.assertEqual(autopay.state, "stopped")
        self._charge("2026-03-18")
        self.assertFalse(autopay.transaction_ids)

    def test_autopay_needs_own_method_and_consent(self):
        own, foreign = (
            self._create_saved_method(),
            self._create_saved_method(self.other.partner_id),
        )
        self.authenticate("anna", "anna")
        self.assertIn("error=1", self._opt_in(foreign).url)
        self.assertIn("error=1", self._opt_in(own, consent="").url)
        self.assertIn("error=1", self._opt_in(own, limit="nan").url)
        self.assertFalse(
            self.env["power.autopay"].search([("partner_id", "=", self.user.partner_id.id)])
        )
        with self.assertRaises(ValidationError):
            self.env["power.autopay"].create(
                {
                    "partner_id": self.user.partner_id.id,
                    "company_id": self.company.id,
                    "token_id": foreign.id,
                }
            )

    def test_removed_method_stops_autopay(self):
        token = self._create_saved_method()
        self.authenticate("anna", "anna")
        self._opt_in(token)
        autopay = self.env["power.autopay"].search([("token_id", "=", token.id)])
        self.make_jsonrpc_request("/payment/archive_token", {"token_id": token.id})
        self.env.invalidate_all()
        self.assertEqual(autopay.state, "stopped")
