import io
import zipfile
from contextlib import suppress
from unittest.mock import patch

from pypdf import PdfReader, PdfWriter

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.mail.tests.common import MailCase

from ..models import power_bill_run_output
from ..tools.zip_stream import stream_zip
from .common import PowerBillingCase


@tagged("post_install", "-at_install", "power_slow")
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
        original = type(good)._tell_by_email

        def send(bill, template):
            if bill == bad:
                raise ValueError("no such address")
            return original(bill, template)

        with self.mock_mail_gateway(), patch.object(type(good), "_tell_by_email", send):
            self._send(good + bad)
        self.assertEqual((good.send_state, bad.send_state), ("sent", "error"))
        self.assertIn("no such address", bad.send_note)

    def _create_posted_run(self, count):
        points = self.env["power.supply.point"]
        for _index in range(count):
            point = self._create_point()
            self._read(point, "2026-01-31", 10100)
            points |= point
        run = self._create_run(supply_point_ids=[Command.set(points.ids)])
        run._process_all()
        return run

    def _print(self, run, commit=lambda *args, **kwargs: 60):
        """Print with small stand-ins for the PDFs; a batch is two bills."""
        blank = io.BytesIO()
        writer = PdfWriter()
        writer.add_blank_page(100, 100)
        writer.write(blank)

        def print_pdf(bill):
            if bill == run.bill_ids[:1] and bill.kwh > 100:
                raise ValueError("no paper")
            return blank.getvalue()

        with (
            patch.object(type(run.bill_ids), "_print_pdf", print_pdf),
            patch.object(power_bill_run_output, "PRINT_BATCH", 2),
            patch.object(IrCron, "_commit_progress", side_effect=commit),
        ):
            self.env["power.bill.run"]._cron_print_runs()

    def test_print_all_goes_on_after_a_kill(self):
        """Five bills in parts of two; after a kill only what is missing is printed."""
        run = self._create_posted_run(5)
        run.action_print_all()
        with suppress(KeyboardInterrupt):  # assertRaises would roll back what was committed
            self._print(run, commit=KeyboardInterrupt)
        self.assertEqual((run.print_state, run.printed_count), ("printing", 2))
        self.assertEqual(run.print_progress, 40)
        self._print(run)
        self.assertEqual((run.print_state, run.printed_count), ("done", 5))
        parts = run._get_print_attachments()
        self.assertEqual([len(PdfReader(io.BytesIO(part.raw)).pages) for part in parts], [2, 2, 1])
        content = b"".join(stream_zip(run._get_print_files()))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.namelist(), parts.mapped("name"))
            self.assertEqual(archive.read(parts[2].name), parts[2].raw)
        run.action_print_all()
        self.assertEqual((run.printed_count, len(run._get_print_attachments())), (0, 0))

    def test_a_bill_that_cannot_be_printed_fails_alone(self):
        run = self._create_posted_run(3)
        run.bill_ids[0].kwh = 101
        run.action_print_all()
        with mute_logger("odoo.addons.power_billing.models.power_bill_run_output"):
            self._print(run)
        self.assertEqual((run.printed_count, run.unprinted_count), (2, 1))
        self.assertEqual((run.print_state, run.print_progress), ("done", 100))
        self.assertEqual(run.bill_ids[0].print_note, "no paper")

    def test_a_printed_run_in_one_call(self):
        bill = self._create_bill()
        run = bill.run_id
        run.action_print_all()
        with patch.object(IrCron, "_commit_progress", return_value=60):
            self.env["power.bill.run"]._cron_print_runs()
        self.assertEqual((run.print_state, run.printed_count), ("done", 1))
