import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .test_late_fee import LateFeeCase


@tagged("post_install", "-at_install", "power_slow")
class TestCounter(LateFeeCase):
    """A customer owes 907.84 (due 18 February) and 735.69 (due 18 February)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(
                cls.env,
                f"counter_{role}",
                groups=f"power_crm.group_{role}",
                company_id=cls.company.id,
                company_ids=cls.company.ids,
            )
            for role in ("agent", "billing_clerk", "finance")
        }
        cls.company.power_counter_card_journal_ids = cls.bank
        cls.partner = cls.bill.partner_id
        cls.second = cls._create_bill(cls._create_point(cls.partner), kwh=1000)

    def _as(self, record, role):
        self.env.invalidate_all()
        return record.with_user(self.users[role]).with_context(
            allowed_company_ids=self.company.ids, lang="en_US"
        )

    def _open(self, role="agent", **vals):
        sessions = self._as(self.env["power.counter.session"], role)
        return sessions.create({"cash_opening": 200, **vals})

    def _take(self, session, query, **vals):
        form = Form(
            session.env["power.counter.payment"].with_context(default_session_id=session.id)
        )
        form.query = query
        for name, value in vals.items():
            form[name] = value
        return form.save()._take().with_env(session.env)

    def test_setup_made_a_drawer(self):
        journal = self.company.power_counter_journal_id
        self.assertEqual((journal.type, journal.company_id), ("cash", self.company))

    def test_cash_with_change(self):
        """1643.53 due, 1650 handed over: 6.47 back, 1643.53 in the drawer, both bills paid."""
        session = self._open()
        receipt = self._take(session, self.bill.supply_point_id.number, amount_tendered=1650)
        self.assertEqual((receipt.amount, receipt.amount_change), (1643.53, 6.47))
        bills = self.bill | self.second
        self.assertEqual(set(bills.mapped("payment_state")), {"paid"})
        self.assertEqual(len(receipt.lines), 2)
        payment = receipt.sudo().payment_id
        drawer = self.company.power_counter_journal_id.default_account_id
        cash = payment.move_id.line_ids.filtered(lambda line: line.account_id == drawer)
        self.assertEqual((cash.debit, payment.state), (1643.53, "paid"))
        self.assertEqual(
            {line.journal_id: line.expected for line in session.line_ids},
            {self.company.power_counter_journal_id: 1843.53, self.bank: 0},
        )

    def test_a_part_goes_to_the_oldest(self):
        oldest = self._create_bill(
            self._create_point(self.partner), kwh=1000, invoice_date="2026-01-26"
        )
        session = self._open()
        receipt = self._take(session, self.bill.payment_reference, amount=1000)
        self.assertEqual(oldest.amount_residual, 0)
        # 1000 - 735.69 = 264.31; of those due on one day the smaller comes first.
        self.assertEqual([line["paid"] for line in receipt.lines], [735.69, 264.31])
        self.assertEqual(self.second.amount_residual, 471.38)
        self.assertEqual(self.bill.amount_residual, 907.84)

    def test_numbers_that_find_the_customer(self):
        session = self._open()
        wizard = session.env["power.counter.payment"].create({"session_id": session.id})
        point = self.bill.supply_point_id
        reference = self.bill.payment_reference
        for query in (
            self.partner.power_customer_number,
            point.number,
            point.meter_ids.number,
            self.bill.name,
            reference,
            f" {reference[:4]} {reference[4:8]} {reference[8:]} ",
            self.bill.get_base_url() + self.bill.get_portal_url(),
        ):
            self.assertEqual(wizard._find_payers(query), self.partner, query)
        for query in ("nobody", "%", "", "/my/power/bills/999999999"):
            self.assertFalse(wizard._find_payers(query), query)

    def test_who_left_and_still_owes_can_pay(self):
        """The leaver owes 907.84 for the point and 735.69 for another; the new customer nothing."""
        point = self.bill.supply_point_id
        comer = self._create_customer("Comer")
        point.partner_id = point.payer_id = comer
        session = self._open()
        form = Form(
            session.env["power.counter.payment"].with_context(default_session_id=session.id)
        )
        form.query = point.meter_ids.number
        self.assertEqual((form.partner_id, form.amount_due), (comer, 0))
        self.assertTrue(form.has_choice)
        self.assertEqual({payer.id for payer in form.candidate_ids}, {comer.id, self.partner.id})
        form.partner_id = self.partner
        self.assertEqual(form.amount_due, 1643.53)
        form.save()._take()
        self.assertEqual(self.bill.amount_residual, 0)
        self.assertEqual(session.env["power.counter.payment"]._find_payers(point.number), comer)

    def test_card_and_account(self):
        """2000 by card for 1643.53: refused, unless the rest of 356.47 stays on account."""
        session = self._open("billing_clerk")
        with self.assertRaises(UserError):
            self._take(session, self.bill.name, journal_id=self.bank, amount=2000)
        receipt = self._take(
            session, self.bill.name, journal_id=self.bank, amount=2000, keep_credit=True
        )
        self.assertEqual((receipt.amount_credit, receipt.amount_change), (356.47, 0))
        self.assertEqual(self.partner._get_power_credits(self.company), {self.partner.id: 356.47})
        line = session.line_ids.filtered(lambda line: line.journal_id == self.bank)
        self.assertEqual(line.expected, 2000)

    def test_too_little_handed_over(self):
        session = self._open()
        with self.assertRaises(UserError):
            self._take(session, self.bill.name, amount=100, amount_tendered=50)
        with self.assertRaises(UserError):
            self._take(session, self.bill.name, amount=-5)

    def test_one_open_session_a_drawer(self):
        self._open()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation):
            self._open()

    def test_only_in_ones_own_open_session(self):
        session = self._open()
        with self.assertRaises(UserError):
            self._take(self._as(session, "billing_clerk"), self.bill.name)
        session = self._as(session, "agent")
        for line in session.line_ids:
            line.counted = line.expected
        session.action_count()
        with self.assertRaises(UserError):
            self._take(session, self.bill.name)

    def test_day_close(self):
        """200 at opening + 100 taken; 295 counted: 5 short, with a reason, approved by finance."""
        session = self._open()
        self._take(session, self.bill.name, amount=100)
        cash = session.line_ids.filtered("is_cash")
        cash.counted = 295
        self.assertEqual((cash.expected, session.difference), (300, -5))
        with self.assertRaises(UserError):
            session.action_count()
        session.difference_reason = "a note was torn"
        session.action_count()
        for call in (
            session.action_approve,
            session.action_reopen,
            lambda: session.write({"state": "closed"}),
            lambda: session.write({"cash_opening": 195}),
            lambda: cash.write({"counted": 300}),
        ):
            with self.assertRaises(UserError):
                call()
        finance = self._as(session, "finance")
        finance.action_approve()
        self.assertEqual((finance.state, finance.approved_by_id), ("closed", self.users["finance"]))
        self.assertTrue(finance.date_closed)
        with self.assertRaises(UserError):
            finance.action_reopen()
        with self.assertRaises(UserError):
            finance.receipt_ids._void("wrong customer")

    def _close_with(self, counted, reason):
        session = self._open()
        session.line_ids.filtered("is_cash").counted = counted
        session.difference_reason = reason
        session.action_count()
        finance = self._as(session, "finance")
        finance.action_approve()
        return finance

    def test_the_difference_is_booked(self):
        """200 at opening, 195 counted: 5 in the loss account; 203 counted: 3 in the profit one."""
        drawer = self.company.power_counter_journal_id
        self.assertTrue(drawer.loss_account_id and drawer.profit_account_id)
        for counted, account, balance in (
            (195, drawer.loss_account_id, 5),
            (203, drawer.profit_account_id, -3),
        ):
            session = self._close_with(counted, "a note was torn")
            move = session.sudo().difference_move_id
            self.assertEqual((move.state, move.journal_id), ("posted", drawer))
            self.assertIn("a note was torn", move.ref)
            self.assertEqual(
                {line.account_id: line.balance for line in move.line_ids},
                {drawer.default_account_id: -balance, account: balance},
            )
            html, _kind = self.env["ir.actions.report"]._render_qweb_html(
                "power_billing.report_counter_session", session.ids
            )
            self.assertIn(move.name, html.decode())

    def test_no_difference_no_entry(self):
        self.assertFalse(self._close_with(200, False).sudo().difference_move_id)

    def test_a_drawer_without_accounts(self):
        self.company.power_counter_journal_id.loss_account_id = False
        with self.assertRaisesRegex(UserError, "Journals"):
            self._close_with(195, "torn")

    def test_nobody_approves_their_own(self):
        session = self._open("finance")
        session.line_ids.filtered("is_cash").counted = 200
        session.action_count()
        with self.assertRaises(UserError):
            session.action_approve()

    def test_void(self):
        session = self._open()
        receipt = self._take(session, self.bill.name, amount=1643.53)
        with self.assertRaises(AccessError):
            receipt._void("wrong customer")
        action = self._as(receipt, "finance").action_void()
        wizard = self.env[action["res_model"]].with_user(self.users["finance"])
        wizard = wizard.with_context(**action["context"]).create({"reason": "wrong customer"})
        wizard.action_confirm()
        self.assertEqual((receipt.state, receipt.void_reason), ("void", "wrong customer"))
        bills = self.bill | self.second
        self.assertEqual(set(bills.mapped("payment_state")), {"not_paid"})
        self.assertEqual(session.line_ids.filtered("is_cash").expected, 200)
        with self.assertRaises(UserError):
            receipt.sudo().unlink()

    def test_papers(self):
        session = self._open()
        receipt = self._take(session, self.bill.name, amount=100, amount_tendered=120)
        # Papers tell the clocks of the utility, whoever prints them: 01:17 in Greenwich is 09:17.
        self.company.power_tz = "Asia/Shanghai"
        receipt.sudo().date = "2026-02-10 01:17:00"
        reports = self.env["ir.actions.report"].with_context(tz="UTC")
        html, _kind = reports._render_qweb_html("power_billing.report_counter_receipt", receipt.ids)
        for text in (receipt.name, self.second.name, "20.00", "635.69", "09:17", "Paid altogether"):
            self.assertIn(text, html.decode())
        html, _kind = reports._render_qweb_html("power_billing.report_counter_session", session.ids)
        for text in (session.name, receipt.name, "300.00", "09:17"):
            self.assertIn(text, html.decode())

    def test_menu(self):
        sessions = self._as(self.env["power.counter.session"], "agent")
        self.assertEqual(sessions.action_take_payment()["res_model"], "power.counter.session")
        self._open()
        self.assertEqual(sessions.action_take_payment()["res_model"], "power.counter.payment")
