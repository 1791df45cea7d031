from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.power_billing.tests.common import PowerBillingCase
from odoo.addons.power_billing.tests.payment_common import DemoPaymentCase


class ServicesOnBillCase(PowerBillingCase):
    """A shop whose load reports, 300.00 a month in advance, come with its electricity bill.

    January: 1234 kWh are 907.84 (852.06 energy, 55.78 funds), due on 18 February; with the
    report invoiced on 20 January it is 1207.84.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls._create_portal_user("serviceshop")
        cls.rival = cls._create_portal_user("servicerival")
        cls.point = cls._create_point(cls.shop.partner_id)
        cls.contract = cls._create_contract(cls.shop.partner_id, cls.point)

    @classmethod
    def _create_contract(cls, partner, point, **vals):
        contract = (
            cls.env["contract.contract"]
            .with_context(skip_modification_mail=True)
            .create(
                {
                    "name": "Load reports",
                    "is_power_service": True,
                    "line_recurrence": True,
                    "partner_id": partner.id,
                    "company_id": point.company_id.id,
                    "date_start": date(2026, 1, 20),
                    "term_end": date(2027, 1, 19),
                    "supply_point_ids": [Command.set(point.ids)],
                    "power_invoicing": "bill",
                    "contract_line_ids": [
                        Command.create(
                            {
                                "product_id": cls.env.ref("power_contracts.product_load_report").id,
                                "name": "Load report",
                                "specific_price": 300,
                                "recurring_rule_type": "monthly",
                                "recurring_interval": 1,
                                "recurring_invoicing_type": "pre-paid",
                            }
                        )
                    ],
                    **vals,
                }
            )
        )
        contract.action_open()
        return contract

    def _invoice(self, contract=None, day="2026-01-20"):
        contract = contract or self.contract
        with freeze_time(day):
            move = contract._recurring_create_invoice(date.fromisoformat(day))
            move.invoice_line_ids.tax_ids = False
            move._post(soft=False)
        return move

    def _end_waiting(self, day):
        with freeze_time(day):
            self.env["account.move"]._cron_end_waiting()


@tagged("post_install", "-at_install")
class TestServicesOnBill(ServicesOnBillCase):
    def test_one_paper_one_amount_one_day(self):
        move = self._invoice()
        # 35 days after 20 January; then a day of its own, as the invoice has no days to pay.
        self.assertEqual(move.power_statement_until, date(2026, 2, 24))
        self.assertEqual(move.invoice_date_due, date(2026, 2, 25))
        bill = self._create_bill(self.point)
        statement = bill.statement_id
        self.assertEqual(move.power_statement_id, statement)
        self.assertFalse(move.power_statement_until)
        self.assertEqual((statement.amount_total, statement.amount_residual), (1207.84, 1207.84))
        self.assertEqual((statement.bill_count, statement.state), (1, "open"))
        self.assertEqual(statement.date_due, date(2026, 2, 18))
        self.assertEqual(move.invoice_date_due, date(2026, 2, 18))
        receivable = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertEqual(receivable.date_maturity, date(2026, 2, 18))
        self.assertEqual(statement._get_payable_moves(), bill.move_id | move)
        self.assertEqual(
            statement._get_charge_rows(), [("Energy", 852.06), ("Funds", 55.78), ("Services", 300)]
        )
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("power_billing.action_report_statement", statement.ids)[0]
            .decode()
        )
        for text in ("1,207.84", "907.84", "300.00", move.name, "Load report"):
            self.assertIn(text, html)

    def test_the_reference_pays_all(self):
        move = self._invoice()
        bill = self._create_bill(self.point)
        statement = bill.statement_id
        reference = statement.payment_reference
        found = self.env["power.bill"]._find_moves_by_references([reference], self.company)
        self.assertEqual(found[reference], bill.move_id | move)
        self.assertEqual(
            self.shop.partner_id._get_power_open_moves(self.company), bill.move_id | move
        )
        self._pay(bill.move_id)
        self.assertEqual((statement.amount_residual, statement.state), (300, "open"))
        found = self.env["power.bill"]._find_moves_by_references([reference], self.company)
        self.assertEqual(found[reference], move)
        self._pay(move)
        self.assertEqual((statement.amount_residual, statement.state), (0, "paid"))

    def _pay(self, moves):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=moves.ids
        ).create({})._create_payments()

    def test_no_bill_comes(self):
        """On 24 February it waits still; on the 25th it is asked for by itself, due that day."""
        move = self._invoice()
        self._end_waiting("2026-02-24")
        self.assertTrue(move.power_statement_until)
        self._end_waiting("2026-02-25")
        self.assertFalse(move.power_statement_until)
        self.assertEqual((move.state, move.amount_residual), ("posted", 300))
        self.assertEqual(move.invoice_date_due, date(2026, 2, 25))
        self.assertIn("paid by itself", move.message_ids[0].body)
        self.assertFalse(self._create_bill(self.point).statement_id)
        self.assertFalse(move.power_statement_id)

    def test_apart(self):
        self.contract.power_invoicing = "apart"
        move = self._invoice()
        self.assertFalse(move.power_statement_until)
        self.assertEqual(move.invoice_date_due, date(2026, 1, 20))
        self.assertFalse(self._create_bill(self.point).statement_id)

    def test_choice_while_it_waits(self):
        move = self._invoice()
        self.contract._choose_invoicing("apart")
        self.assertFalse(move.power_statement_until)
        self.assertFalse(self._create_bill(self.point).statement_id)

    def test_choice_of_a_contract_that_is_over(self):
        self.contract.action_terminate(date(2026, 1, 31))
        with self.assertRaisesRegex(UserError, "is over"):
            self.contract._choose_invoicing("apart")
        with self.assertRaisesRegex(UserError, "Choose how"):
            self.contract._choose_invoicing("post")

    def test_another_payer_and_another_company(self):
        other = self._create_contract(
            self.rival.partner_id, self._create_point(self.rival.partner_id)
        )
        foreign = self._invoice(other)
        own = self._invoice()
        bill = self._create_bill(self.point)
        self.assertEqual(bill.statement_id.service_ids, own)
        self.assertTrue(foreign.power_statement_until, "waits for its own bill")

    def test_same_customer_in_another_company(self):
        """What the other company has sold waits for a bill of the other company."""
        other = self._get_company("Other Bureau")
        area = self.env["power.area"].create(
            {"name": "West", "code": "W1", "kind": "urban", "company_id": other.id}
        )
        point = self._create_point(
            self.shop.partner_id,
            meter=False,
            company_id=other.id,
            area_id=area.id,
            tariff_id=False,
        )
        foreign = self._invoice(self._create_contract(self.shop.partner_id, point))
        own = self._invoice()
        self.assertEqual(self._create_bill(self.point).statement_id.service_ids, own)
        self.assertEqual(foreign.company_id, other)
        self.assertTrue(foreign.power_statement_until)
        self.assertFalse(foreign.power_statement_id)

    def test_cancelled_bill_loses_no_service(self):
        """The bill is cancelled and billed again: 300.00 stay to pay all the time."""
        move = self._invoice()
        bill = self._create_bill(self.point)
        statement = bill.statement_id
        again = bill._bill_again("wrong digit")
        self.assertEqual((statement.state, statement.amount_residual), ("open", 300))
        again.action_retry()
        again._post_isolated()
        self.assertEqual(again.statement_id, statement)
        self.assertEqual(statement.amount_residual, 1207.84)
        self.assertEqual(statement.service_ids, move)

    def test_invoice_set_to_draft_leaves_the_statement(self):
        move = self._invoice()
        statement = self._create_bill(self.point).statement_id
        move.button_draft()
        self.assertFalse(move.power_statement_id)
        self.assertEqual(statement.amount_total, 907.84)

    def test_second_bill_of_a_later_batch(self):
        """The payer's other point is billed later in the run: the same paper, 735.69 more."""
        other = self._create_point(self.shop.partner_id)
        self._invoice()
        statement = self._create_bill(self.point).statement_id
        second = self._create_bill(other, kwh=1000)
        self.assertEqual(second.statement_id, statement)
        # 907.84 + 735.69 + 300.00
        self.assertEqual(statement.amount_total, 1943.53)

    def test_books_balance(self):
        """The wait moves a due day, no amount."""
        move = self._invoice()
        self._create_bill(self.point)
        self.assertEqual(sum(move.line_ids.mapped("balance")), 0)
        self.assertEqual((move.amount_total, move.amount_residual), (300, 300))

    def test_portal_user_cannot_write(self):
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.contract.with_user(self.rival).read(["power_invoicing"])
        with self.assertRaises(AccessError):
            self.contract.with_user(self.shop).write({"power_invoicing": "apart"})


@tagged("post_install", "-at_install")
class TestServicesOnBillPortal(ServicesOnBillCase, HttpCase):
    def _choose(self, contract, choice):
        page = self.url_open(f"/my/contracts/{self.contract.id}").text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        answer = self.url_open(
            f"/my/contracts/{contract.id}/invoicing",
            data={"choice": choice, "csrf_token": token},
        )
        self.env.invalidate_all()
        return answer

    def test_customer_chooses(self):
        self.authenticate(self.shop.login, self.shop.login)
        page = self._choose(self.contract, "apart")
        self.assertIn("come as you wish", page.text)
        self.assertEqual(self.contract.power_invoicing, "apart")
        self._choose(self.contract, "elsewhere")
        self.assertEqual(self.contract.power_invoicing, "apart")
        self._choose(self.contract, "bill")
        self.assertEqual(self.contract.power_invoicing, "bill")
        foreign = self._create_contract(
            self.rival.partner_id, self._create_point(self.rival.partner_id)
        )
        page = self._choose(foreign, "apart")
        self.assertTrue(page.url.endswith("/my"), page.url)
        self.assertEqual(foreign.power_invoicing, "bill")

    def test_statement_shows_and_pays_services(self):
        move = self._invoice()
        bill = self._create_bill(self.point)
        statement = bill.statement_id
        self.authenticate(self.shop.login, self.shop.login)
        page = self.url_open(f"/my/power/statements/{statement.id}").text
        for text in ("1,207.84", move.name, bill.name):
            self.assertIn(text, page)
        page = self.url_open(f"/my/power/pay?statement={statement.id}").text
        self.assertIn('id="payment"', page)
        self.assertIn("1,207.84", page)
        self.assertIn("Service</span>", page)
        page = self.url_open(f"/my/contracts/{self.contract.id}").text
        self.assertIn(statement.name, page)
        self.authenticate(self.rival.login, self.rival.login)
        page = self.url_open(f"/my/power/statements/{statement.id}")
        self.assertTrue(page.url.endswith("/my"), page.url)


@tagged("post_install", "-at_install", "power_slow")
class TestServicesOnBillPayment(ServicesOnBillCase, DemoPaymentCase):
    def test_one_payment_for_electricity_and_services(self):
        """907.84 and 300.00 are one amount on the payment page: 1207.84."""
        self._use_demo_provider()
        move = self._invoice()
        bill = self._create_bill(self.point)
        statement = bill.statement_id
        self.authenticate(self.shop.login, self.shop.login)
        page = f"/my/power/pay?statement={statement.id}"
        self.assertIn("1,207.84", self.url_open(page).text)
        self._pay(f"/my/power/pay/transaction/statement-{statement.id}", 1207.84, page)
        self.assertEqual((statement.state, statement.amount_residual), ("paid", 0))
        self.assertEqual((bill.payment_state, move.payment_state), ("paid", "paid"))
        payment = self.env["account.payment"].search([("partner_id", "=", self.shop.partner_id.id)])
        self.assertEqual(
            (payment.amount, payment.reconciled_invoice_ids), (1207.84, bill.move_id | move)
        )
