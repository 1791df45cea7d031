from unittest.mock import patch

import psycopg2

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.mail.tests.common import MailCase

from ..tools.reference import find_references, make_reference
from .common import PowerBillingCase
from .test_portal import PortalBillCase


@tagged("post_install", "-at_install", "power_slow")
class TestStatement(PowerBillingCase, MailCase):
    """A chain of shops pays for two points: 1234 and 1000 kWh in January.

    907.84 + (1000 × 0.690486 = 690.49, 1000 × 0.0452 = 45.20, together 735.69) = 1643.53
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.chain = cls._create_customer(
            "Chain", power_bill_delivery="statement", power_customer_number="CH1", lang="zh_CN"
        )
        cls.points = [cls._create_point(cls.chain, number=f"90000{nr}") for nr in (1, 2)]
        cls.single = cls._create_point()
        for point, kwh in zip([*cls.points, cls.single], (1234, 1000, 500), strict=True):
            cls._read(point, "2026-01-31", 10000 + kwh)
        points = cls.points[0] | cls.points[1] | cls.single
        cls.run_ = cls._create_run(supply_point_ids=[Command.set(points.ids)])
        cls.run_._process_all()
        cls.bills = cls.run_.bill_ids.filtered(lambda bill: bill.partner_id == cls.chain)
        cls.statement = cls.bills.statement_id

    def _send(self):
        with patch.object(IrCron, "_commit_progress", return_value=60):
            self.env["power.bill"]._cron_send_bills()
            self.env["power.bill.statement"]._cron_send_statements()

    def _merge(self, stays, goes):
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (stays | goes).ids, stays, extra_checks=False
        )
        self.env.invalidate_all()

    def test_statements_move_to_the_entry_that_stays(self):
        stays = self._create_customer("Chain again", power_bill_delivery="statement")
        self._merge(stays, self.chain)
        self.assertEqual((self.statement.partner_id, self.bills.partner_id), (stays, stays))
        self.assertEqual((self.statement.bill_count, self.statement.state), (2, "open"))

    def test_two_statements_of_a_month_are_merged_when_paid(self):
        other = self._create_customer("Chain again", power_bill_delivery="statement")
        bill = self._create_bill(self._create_point(other), kwh=100)
        with self.assertRaisesRegex(UserError, "SCH1-202601"):
            self._merge(self.chain, other)
        for move in (self.bills | bill).move_id:
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).create({}).action_create_payments()
        self.env.flush_all()
        self.assertEqual((self.statement.state, bill.statement_id.state), ("paid", "paid"))
        self._merge(self.chain, other)
        self.assertEqual(bill.statement_id, self.statement)
        self.assertEqual((self.statement.bill_count, self.statement.state), (3, "paid"))

    def test_a_bill_of_two_months_is_on_the_statement_of_its_last(self):
        late = self._create_point(self.chain)
        for point, value in ((self.points[0], 11334), (late, 10100)):
            self._read(point, "2026-02-28", value)
        points = [Command.set((self.points[0] | late).ids)]
        run = self._create_run("2026-02-01", "2026-03-03", supply_point_ids=points)
        run._process_all()
        firsts = sorted(day.month for day in run.bill_ids.mapped("period_from"))
        self.assertEqual(firsts, [1, 2])
        self.assertEqual(run.bill_ids.statement_id.mapped("name"), ["SCH1-202602"])

    def test_one_statement_for_the_payer_who_wants_it(self):
        self.assertEqual(len(self.bills), 2)
        self.assertEqual(len(self.statement), 1)
        self.assertFalse((self.run_.bill_ids - self.bills).statement_id)
        statement = self.statement
        self.assertEqual(statement.name, "SCH1-202601")
        self.assertEqual((statement.bill_count, statement.kwh), (2, 2234))
        self.assertEqual((statement.amount_total, statement.amount_residual), (1643.53, 1643.53))
        self.assertEqual(statement.date_due.isoformat(), "2026-02-18")
        self.assertEqual(statement.state, "open")
        self.assertEqual(len(self.bills.move_id), 2, "the invoices stay one a point")
        self.assertEqual(
            statement._get_category_rows(),
            [{"name": self.category.name, "count": 2, "kwh": 2234.0, "amount": 1643.53}],
        )
        # Energy 852.06 + 690.49, funds 55.78 + 45.20.
        self.assertEqual(statement._get_charge_rows(), [("Energy", 1542.55), ("Funds", 100.98)])

    def test_reference_is_nobody_elses(self):
        reference = self.statement.payment_reference
        self.assertEqual(find_references(f"电费 {reference}"), [reference])
        self.assertEqual(reference, make_reference(9 * 10**9 + self.statement.id))
        found = self.env["power.bill"]._find_by_references(
            [reference, self.bills[0].payment_reference], self.company
        )
        self.assertEqual(
            found, {reference: self.bills, self.bills[0].payment_reference: self.bills[0]}
        )

    def test_one_a_payer_and_month(self):
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger("odoo.sql_db"):
            self.statement.copy({"name": "again"})

    def test_paying_a_bill_leaves_the_rest_open(self):
        """907.84 is paid, so 735.69 is left; then all is paid."""
        for bill, left, state in zip(
            self.bills.sorted("amount_total", reverse=True),
            (735.69, 0),
            ("open", "paid"),
            strict=True,
        ):
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=bill.move_id.ids
            ).create({})._create_payments()
            self.assertEqual((self.statement.amount_residual, self.statement.state), (left, state))

    def test_sent_once_in_the_payers_language(self):
        template = self.env.ref("power_billing.mail_template_statement")
        template.with_context(lang="zh_CN").subject = "合并账单 {{ object.name }}"
        with self.mock_mail_gateway():
            self.bills.action_send()
            self.assertEqual(set(self.bills.mapped("send_state")), {"statement"})
            self._send()
        mail = self._new_mails
        self.assertEqual(mail.recipient_ids, self.chain)
        self.assertIn(self.statement.payment_reference, mail.body_html)
        self.assertEqual(mail.subject, "合并账单 SCH1-202601")
        self.assertTrue(mail.attachment_ids)
        self.assertEqual(self.statement.send_state, "sent")
        self.assertEqual((self.run_.sent_count, self.run_.unsent_count), (2, 0))

    def test_corrects_itself(self):
        """The first bill is cancelled and made again with 1134 kWh.

        1134 × 0.690486 = 783.01, × 0.0452 = 51.26, together 834.27; with 735.69: 1569.96
        """
        with self.mock_mail_gateway():
            self.bills.action_send()
            self._send()
        statement, old = self.statement, self.bills.filtered(lambda bill: bill.kwh == 1234)
        reading = old.reading_ids
        new = old._bill_again("wrong digit")
        self.assertEqual((statement.bill_count, statement.amount_total), (1, 735.69))
        self.assertEqual((statement.revision, statement.send_state), (1, False))
        self.assertEqual(statement._get_cancelled_bills(), old)
        reading.value = 11134
        new.action_retry()
        new._post_isolated()
        self.assertEqual(new.statement_id, statement)
        self.assertEqual((statement.bill_count, statement.amount_total), (2, 1569.96))
        self.assertEqual(statement.revision, 1, "it was not sent in between")
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("power_billing.action_report_statement", statement.ids)[0]
            .decode()
        )
        for text in ("1,569.96", "783.01", "690.49", old.name, statement.payment_reference):
            self.assertIn(text, html)

    def test_all_cancelled(self):
        self.bills._cancel("mistake")
        self.assertEqual((self.statement.state, self.statement.amount_total), ("void", 0))
        self.statement.action_send()
        self.assertNotEqual(self.statement.send_state, "waiting")

    def test_counter_finds_the_payer(self):
        session = self.env["power.counter.session"].create(
            {"journal_id": self.company.power_counter_journal_id.id, "company_id": self.company.id}
        )
        for query in (
            self.statement.payment_reference,
            self.statement.name,
            self.statement.get_base_url() + self.statement.get_portal_url(),
        ):
            wizard = self.env["power.counter.payment"].create(
                {"session_id": session.id, "query": query}
            )
            self.assertEqual(wizard.partner_id, self.chain, query)


@tagged("post_install", "-at_install", "power_slow")
class TestStatementPortal(PortalBillCase, HttpCase):
    """anna and boris each have a statement of one bill."""

    def test_own_statement_only(self):
        own, foreign = (
            self.env["power.bill.statement"]._gather(bill) for bill in (self.bill, self.foreign)
        )
        self.authenticate("anna", "anna")
        self.assertIn("/my/power/statements", self.url_open("/my/power/bills").text)
        page = self.url_open("/my/power/statements?filterby=nothing").text
        self.assertIn(own.name, page)
        self.assertNotIn(foreign.name, page)
        page = self.url_open(f"/my/power/statements/{own.id}").text
        for text in ("907.84", self.bill.name, own.payment_reference, f"statement={own.id}"):
            self.assertIn(text, page)
        for url in (
            f"/my/power/statements/{foreign.id}",
            f"/my/power/statements/{foreign.id}?report_type=pdf",
            f"/my/power/statements/{foreign.id}?access_token={own._portal_ensure_token()}",
        ):
            page = self.url_open(url)
            self.assertTrue(page.url.endswith("/my"), page.url)
        page = self.url_open(f"/my/power/pay?statement={own.id}").text
        self.assertIn('id="payment"', page)
        self.assertIn(own.name, page)
        page = self.url_open(f"/my/power/pay?statement={foreign.id}").text
        self.assertNotIn('id="payment"', page)
        self.assertNotIn(foreign.name, page)
        self.authenticate(None, None)
        page = self.url_open(own.get_portal_url())
        self.assertIn(own.payment_reference, page.text)
        self.assertNotIn(
            own.payment_reference, self.url_open(f"/my/power/statements/{own.id}").text
        )
