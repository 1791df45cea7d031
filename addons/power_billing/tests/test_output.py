from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.mail.tests.common import MailCase

from .common import PowerBillingCase


@tagged("post_install", "-at_install")
class TestOutput(PowerBillingCase, MailCase):
    def test_pdf_says_it_all(self):
        bill = self._create_bill()
        html, __ = self.env["ir.actions.report"]._render_qweb_html(
            "power_billing.report_bill", bill.ids
        )
        text = html.decode()
        for word in (
            "852.06",
            "55.78",
            "907.84",
            "104.44",
            "0.690486",
            bill.payment_reference,
            bill.supply_point_id.number,
            bill.move_id.name,
            "<svg",
        ):
            self.assertIn(word, text)

    def test_pdf_is_made_and_small(self):
        bill = self._create_bill()
        with self.allow_pdf_render():
            content, __ = (
                self.env["ir.actions.report"]
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf("power_billing.action_report_bill", bill.ids)
            )
        self.assertTrue(content.startswith(b"%PDF"))
        self.assertLess(len(content), 300_000)

    def test_invoice_prints_the_bill(self):
        bill = self._create_bill()
        html, __ = self.env["ir.actions.report"]._render_qweb_html(
            "account.report_invoice_with_payments", bill.move_id.ids
        )
        self.assertIn(bill.payment_reference, html.decode())
        self.assertIn("0.690486", html.decode())

    def _send(self, bills):
        bills.action_send()
        with patch.object(IrCron, "_commit_progress", return_value=60):
            self.env["power.bill"]._cron_send_bills()

    def test_mail_with_the_bill(self):
        partner = self._create_customer("Anna")
        bill = self._create_bill(self._create_point(partner))
        with self.mock_mail_gateway():
            self._send(bill)
        mail = self._new_mails
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, partner)
        self.assertIn(bill.payment_reference, mail.body_html)
        self.assertTrue(mail.attachment_ids)
        self.assertEqual(bill.send_state, "sent")

    def test_sms_waits_without_credits(self):
        partner = self._create_customer(
            "Bo", email=False, phone="+86 138 0013 8000", power_contact_channel="sms"
        )
        bill = self._create_bill(self._create_point(partner))
        self._send(bill)
        self.assertEqual(bill.send_state, "sent")
        self.assertEqual(bill.sms_state, "waiting")
        sms = self.env["sms.sms"].search([("partner_id", "=", partner.id)])
        self.assertEqual(sms.state, "outgoing")
        self.assertIn("907.84", sms.body)

    def test_no_address(self):
        silent = self._create_bill(self._create_point(self._create_customer("C", email=False)))
        with self.mock_mail_gateway():
            self._send(silent)
        self.assertEqual(silent.send_state, "no_address")
        self.assertFalse(self._new_mails)

    def test_letters_and_visits_are_to_print(self):
        by_post, by_visit = (
            self._create_bill(
                self._create_point(self._create_customer(name, power_contact_channel=channel))
            )
            for name, channel in (("D", "post"), ("E", "visit"))
        )
        run = by_post.run_id
        with self.mock_mail_gateway():
            self._send(by_post + by_visit)
        self.assertFalse(self._new_mails, "they have an address, but want paper")
        self.assertEqual((by_post.send_state, by_visit.send_state), ("print", "print"))
        self.assertEqual((run.to_print_count, run.unsent_count), (1, 0))
        with self.assertRaisesRegex(UserError, "paper"):
            run.action_send()
        run.action_print_all()
        with patch.object(IrCron, "_commit_progress", return_value=60):
            self.env["power.bill.run"]._cron_print_runs()
        self.assertEqual(by_post.send_state, "printed")
        self.assertEqual(by_visit.send_state, "print", "another run")

    def test_who_chose_the_portal_gets_the_notice(self):
        partner = self._create_customer("F", power_contact_channel="portal")
        bill = self._create_bill(self._create_point(partner))
        silent = self._create_bill(
            self._create_point(
                self._create_customer("G", email=False, power_contact_channel="portal")
            )
        )
        with self.mock_mail_gateway():
            self._send(bill + silent)
        self.assertEqual(self._new_mails.recipient_ids, partner)
        self.assertEqual((bill.send_state, silent.send_state), ("sent", "no_address"))

    def test_a_failing_mail_fails_alone(self):
        good, bad = (self._create_bill() for __ in range(2))
        original = type(good)._send_by_email

        def send(bill):
            if bill == bad:
                raise ValueError("no such address")
            return original(bill)

        with self.mock_mail_gateway(), patch.object(type(good), "_send_by_email", send):
            self._send(good + bad)
        self.assertEqual((good.send_state, bad.send_state), ("sent", "error"))
        self.assertIn("no such address", bad.send_note)

    def test_print_all(self):
        bill = self._create_bill()
        run = bill.run_id
        run.action_print_all()
        with patch.object(IrCron, "_commit_progress", return_value=60):
            self.env["power.bill.run"]._cron_print_runs()
        self.assertEqual(run.print_state, "done")
        self.assertEqual(run.printed_count, 1)
        self.assertEqual(len(run._get_print_attachments()), 1)
