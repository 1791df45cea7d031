from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import format_date

from odoo.addons.mail.tests.common import MailCase

from .common import PowerCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-22")
class TestNotice(PowerCase, MailCase):
    """The rectification notice: letter, mail, deadline, reminders, verification."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.bureau.write(
            {
                "power_rectify_days_general": 60,
                "power_rectify_days_serious": 30,
                "power_rectify_days_major": 7,
            }
        )
        cls.inspector = cls._create_user("dispatcher", name="Inspector Li", lang="en_US")
        cls.partner = cls._create_customer(
            "Taihu Steel", email="power@taihu.example.com", lang="en_US"
        )
        cls.point = cls._create_point(cls.partner, number="P-77", street="1 Lake Road")
        cls.record = cls._create_record(
            cls.partner,
            kind="inspection",
            supply_point_id=cls.point.id,
            user_id=cls.inspector.id,
        )

    def _create_defect(self, **vals):
        return self.env["power.defect"].create(
            {
                "name": "Earthing broken",
                "service_record_id": self.record.id,
                "user_id": self.inspector.id,
                **vals,
            }
        )

    def _render(self, record, report, **context):
        return (
            self.env["ir.actions.report"]
            .with_context(**context)
            ._render_qweb_html(f"power_crm.action_report_notice_{report}", record.ids)[0]
            .decode()
        )

    def _send(self, record):
        action = record.action_send_notice()
        composer = Form(self.env["mail.compose.message"].with_context(**action["context"])).save()
        with self.mock_mail_gateway():
            composer._action_send_mail()
        return self._new_mails

    def test_deadline_by_severity_and_by_hand(self):
        defects = [self._create_defect(severity=name) for name in ("general", "serious", "major")]
        agreed = self._create_defect(severity="major", deadline="2026-12-01")
        for defect in (*defects, agreed):
            defect.action_notice()
        # 22 November and 60, 30, 7 days
        self.assertEqual(
            [defect.deadline for defect in defects],
            [date(2027, 1, 21), date(2026, 12, 22), date(2026, 11, 29)],
        )
        self.assertEqual(agreed.deadline, date(2026, 12, 1))

    def test_letter_says_it_all(self):
        self._create_defect(severity="major", description="Transformer 2, north side")
        self._create_defect(name="Fuse aged", deadline="2026-12-24")
        self._create_defect(name="Long mended", state="verified")
        html = self._render(self.record, "record")
        for words in (
            *("Rectification notice", "Taihu Steel", self.partner.power_customer_number),
            *("P-77", "1 Lake Road", "Inspector Li", "Transformer 2, north side", "Fuse aged"),
            *("Major hazard", "endangers people"),
            # 22 November and 7 days, and the day agreed
            *(format_date(self.env, day, "en_US") for day in ("2026-11-29", "2026-12-24")),
            *("Signature and seal", "Received by the customer", "Verified (filled in by"),
        ):
            self.assertIn(words, html)
        self.assertNotIn("Long mended", html)

    def test_letter_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search([("name", "=", "power_crm")])._update_translations(
            ["zh_CN"]
        )
        self.partner.lang = "zh_CN"
        defect = self._create_defect(name="接地不良", severity="major")
        html = self._render(defect, "defect")
        for words in ("整改通知书", "接地不良", "重大隐患", "签收"):
            self.assertIn(words, html)

    def test_pdf(self):
        defect = self._create_defect()
        with self.allow_pdf_render():
            content, kind = (
                self.env["ir.actions.report"]
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf("power_crm.action_report_notice_defect", defect.ids)
            )
        self.assertEqual(kind, "pdf")
        self.assertTrue(content.startswith(b"%PDF"))

    def test_mail_gives_the_notice(self):
        first, second = self._create_defect(), self._create_defect(name="Fuse aged")
        verified = self._create_defect(state="verified")
        mails = self._send(self.record)
        self.assertIn(self.partner, mails.recipient_ids)
        self.assertTrue(mails.attachment_ids)
        self.assertEqual(
            (first + second + verified).mapped("state"), ["noticed", "noticed", "verified"]
        )
        self.assertEqual(first.date_noticed, date(2026, 11, 22))

    def test_mail_of_one_defect_goes_to_its_customer(self):
        one, other = self._create_defect(), self._create_defect()
        self.assertIn(self.partner, self._send(one).recipient_ids)
        self.assertEqual((one.state, other.state), ("noticed", "found"))
        self._send(one)
        self.assertEqual(one.state, "noticed", "sending again changes nothing")

    def test_nothing_to_rectify(self):
        self._create_defect(state="rectified")
        for action in (self.record.action_send_notice, self.record.action_print_notice):
            with self.assertRaisesRegex(UserError, "waits for its rectification"):
                action()

    def test_one_reminder_at_a_time(self):
        defect = self._create_defect(severity="serious")
        self.assertFalse(defect.activity_ids)
        defect.action_notice()
        reminder = defect.activity_ids
        self.assertEqual(
            (reminder.user_id, reminder.date_deadline), (self.inspector, date(2026, 12, 22))
        )
        defect.deadline = "2026-12-31"
        self.assertEqual(defect.activity_ids.mapped("date_deadline"), [date(2026, 12, 31)])
        defect.action_rectify()
        self.assertIn("Verify", defect.activity_ids.summary)
        self.assertEqual(defect.activity_ids.date_deadline, date(2026, 11, 22))
        defect.action_reject()
        self.assertEqual(defect.activity_ids.mapped("date_deadline"), [date(2026, 12, 31)])
        defect.action_rectify()
        defect.action_verify()
        self.assertFalse(defect.activity_ids)
        self.assertEqual(defect.verified_by_id, self.env.user)

    def test_a_crew_sends_the_notice_of_its_own_defects(self):
        crew = self._create_user("crew")
        record = self._create_record(self.partner, kind="inspection", user_id=crew.id)
        defect = self._create_defect(service_record_id=record.id, user_id=crew.id)
        self._send(record.with_user(crew))
        self.assertEqual(defect.state, "noticed")
