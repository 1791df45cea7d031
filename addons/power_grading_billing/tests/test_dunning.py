from contextlib import contextmanager
from datetime import date, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.mail.tests.common import MailCase
from odoo.addons.power_billing.tests.test_late_fee import LateFeeCase

DUE = date(2026, 2, 18)


@tagged("post_install", "-at_install")
class TestDunning(LateFeeCase, MailCase):
    """A bill of 907.84 is due on 18 February 2026; days are counted from there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.power_dunning = True
        cls.partner = cls.bill.partner_id
        cls.partner.power_service_level_fixed = True
        cls._give_level("standard")

    @classmethod
    def _give_level(cls, code):
        cls.partner.power_service_level_id = cls.env.ref(f"power_crm.service_level_{code}")

    @contextmanager
    def _at(self, day):
        self.env.flush_all()
        self.env.invalidate_all()
        with patch.object(fields.Date, "context_today", lambda *args: day):
            yield

    def _dun(self, day):
        """The nightly work of a day; returns the case of the bill's payer."""
        cases = self.env["power.dunning"]
        progress = patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=1)
        with self._at(day), progress, self.mock_mail_gateway():
            cases._cron_dun()
        return cases._search_all([("partner_id", "=", self.partner.id)])

    def _dun_until(self, day):
        """The nights on which a step is owed, up to a day."""
        case = self._dun(DUE + timedelta(days=1))
        while case.date_next and case.date_next < day:
            case = self._dun(case.date_next)
        return self._dun(day)

    def _get_activities(self, case):
        return [activity.summary for activity in case.activity_ids.sorted("id")]

    def test_days_of_each_level(self):
        """Each level's own day after the due day: 7, 5, 3 and 1; without a level 3."""
        case = self._dun(date(2026, 2, 19))
        for code, day in (("vip", 25), ("key", 23), ("standard", 21), ("basic", 19)):
            self._give_level(code)
            self.assertEqual(case.date_next, date(2026, 2, day), code)
        self.partner.power_service_level_id = False
        self.assertEqual((case.date_next, case.next_step_id.kind), (date(2026, 2, 21), "reminder"))
        self.assertEqual((case.date_due, case.amount_overdue), (DUE, 907.84))

    def test_path(self):
        """Reminder on day 3 by mail, call on day 10, notice on day 30: each once, none before."""
        self.assertFalse(self._dun(DUE))
        case = self._dun_until(date(2026, 2, 20))
        self.assertFalse(case.step_id)
        case = self._dun(date(2026, 2, 21))
        self.assertEqual(self._new_mails.mapped("recipient_ids"), self.partner)
        self.assertIn("907.84", self._new_mails.body_html)
        self.assertIn(self.bill.name, self._new_mails.body_html)
        self.assertEqual((case.date_told, case.date_next), (date(2026, 2, 21), date(2026, 2, 28)))
        self._dun(date(2026, 2, 21))
        self.assertFalse(self._new_mails)
        case = self._dun_until(date(2026, 3, 25))
        self.assertFalse(self._new_mails)
        self.assertEqual(
            self._get_activities(case),
            [
                "Call by the account manager: 10 days overdue",
                "Cut-off notice: 30 days overdue",
            ],
        )
        self.assertEqual(case.date_step, date(2026, 3, 20))
        self.assertFalse(case.next_step_id)
        self.assertTrue(case.is_notice_due)
        self.assertFalse(case.date_cutoff)

    def test_notice(self):
        """Noticed on 24 March, after 30 days: not before the 27th, and until the 31st."""
        case = self._dun_until(date(2026, 3, 24))
        with self._at(date(2026, 3, 24)), self.mock_mail_gateway():
            case.action_give_notice()
        self.assertEqual(
            (case.date_cutoff, case.date_lapse), (date(2026, 3, 27), date(2026, 3, 31))
        )
        self.assertIn("03/27/2026", self._new_mails.body_html)
        with self._at(date(2026, 3, 31)):
            self.assertFalse(case.activity_ids)
            self.assertFalse(case.is_notice_due)
        with self._at(date(2026, 4, 1)):
            self.assertTrue(case.is_notice_due)
            case.action_note_notice()
        self.assertEqual(case.date_cutoff, date(2026, 4, 4))

    def test_law_stands_above_the_level(self):
        """A level that wants the notice on day 5 gets 14 March: more than 30 days less 7."""
        steps = self.partner.power_service_level_id.dunning_step_ids
        steps.filtered(lambda step: step.kind == "call").unlink()
        steps.exists().filtered(lambda step: step.kind == "notice").days = 5
        case = self._dun_until(date(2026, 3, 13))
        self.assertEqual((case.next_step_id.kind, case.date_next), ("notice", date(2026, 3, 14)))
        with self._at(date(2026, 3, 13)), self.assertRaises(UserError):
            case.action_give_notice()
        case = self._dun(date(2026, 3, 14))
        with self._at(date(2026, 3, 14)):
            case.action_note_notice()
        self.assertEqual((case.date_cutoff, case.date_lapse), (date(2026, 3, 21),) * 2)

    def test_no_law_no_notice(self):
        self.env["power.cutoff.rule"].search([]).date_to = "2025-12-31"
        case = self._dun_until(date(2026, 4, 30))
        self.assertEqual(case.next_step_id.kind, "notice")
        self.assertFalse(case.date_next)

    def test_protected(self):
        """Life support: nothing is sent by itself, and only a manager may give the notice."""
        self.bill.supply_point_id.life_support = True
        case = self._dun(date(2026, 2, 21))
        self.assertFalse(self._new_mails)
        self.assertTrue(case.is_protected)
        self.assertEqual(self._get_activities(case), ["Reminder: 3 days overdue"])
        self.assertIn("life-support", case.activity_ids.note)
        case = self._dun_until(date(2026, 3, 24))
        clerk = self._create_user("dunning_finance", "power_crm.group_finance")
        with self._at(date(2026, 3, 24)):
            with self.assertRaisesRegex(UserError, "protected"):
                case.with_user(clerk).action_note_notice()
            case.action_note_notice()
        self.assertTrue(case.date_notice)

    def test_late_start_keeps_the_intervals(self):
        """First looked at on 1 June: the reminder then, the call a week, the notice four later."""
        case = self._dun(date(2026, 6, 1))
        self.assertEqual((case.step_id.kind, case.date_next), ("reminder", date(2026, 6, 8)))
        case = self._dun(date(2026, 6, 8))
        self.assertEqual(case.date_next, date(2026, 6, 28))

    def test_paid(self):
        """Who has paid is off the list; a person who duns him anyway is told."""
        case = self._dun(date(2026, 2, 28))
        self._pay(self.bill, "2026-02-28")
        with self._at(date(2026, 2, 28)), self.assertRaisesRegex(UserError, "no overdue bill"):
            case.action_remind()
        case = self._dun(date(2026, 3, 1))
        self.assertFalse(case.active)
        self.assertFalse(case.step_id)
        self.assertFalse(case.activity_ids)

    def test_the_next_bill_begins_anew(self):
        case = self._dun_until(date(2026, 2, 28))
        self.assertTrue(case.activity_ids)
        other = self._create_bill(
            self._create_point(self.partner), invoice_date="2026-02-10", kwh=1000
        )
        self._pay(self.bill, "2026-02-28")
        later = other.move_id.invoice_date_due
        self.assertGreater(later, DUE)
        case = self._dun(later + timedelta(days=1))
        self.assertEqual((case.date_due, case.amount_overdue), (later, 735.69))
        self.assertFalse(case.step_id or case.activity_ids)
        self.assertEqual(case.date_next, later + timedelta(days=3))

    def test_without_an_address(self):
        self.partner.write({"email": False, "phone": False})
        case = self._dun(date(2026, 2, 21))
        self.assertEqual(self._get_activities(case), ["Reminder: 3 days overdue"])
        self.assertFalse(case.date_told)

    def test_prepaid_and_companies_without_dunning(self):
        self.company.power_dunning = False
        case = self._dun(date(2026, 2, 21))
        self.assertFalse(case.step_id)
        self.assertEqual(case.date_next, date(2026, 2, 21))
        self.bill.supply_point_id.is_prepaid = True
        self.assertFalse(self._dun(date(2026, 2, 22)).active)

    def test_one_that_fails_stops_no_other(self):
        other = self._create_bill()
        failing = self.bill.partner_id
        take = type(self.env["power.dunning"])._take_step

        def fail(case):
            if case.partner_id == failing:
                raise ValueError("broken")
            take(case)

        with patch.object(type(self.env["power.dunning"]), "_take_step", fail):
            case = self._dun(date(2026, 2, 21))
        self.assertIn("broken", case.message_ids[:1].body)
        self.assertFalse(case.step_id)
        done = case.search([("partner_id", "=", other.partner_id.id)])
        self.assertEqual(done.step_id.kind, "reminder")

    def test_paths_are_checked(self):
        level = self.env.ref("power_crm.service_level_vip")
        for vals in ({"kind": "call", "days": 60}, {"kind": "notice", "days": 20}):
            with self.assertRaises(ValidationError):
                level.dunning_step_ids.create({"level_id": level.id, **vals})
        alone = level.copy({"code": "alone"})
        with self.assertRaises(ValidationError):
            alone.dunning_step_ids.create({"level_id": alone.id, "kind": "notice", "days": 40})

    def test_roles(self):
        case = self._dun_until(date(2026, 3, 24))
        reader = self._create_user("dunning_reader", "power_crm.group_analyst")
        agent = self._create_user("dunning_manager", "power_crm.group_account_manager")
        with self._at(date(2026, 3, 24)), self.mock_mail_gateway():
            with self.assertRaises(AccessError):
                case.with_user(reader).action_remind()
            with self.assertRaises(AccessError):
                case.with_user(agent).action_note_notice()
            with self.assertRaises(AccessError):
                case.with_user(agent).write({"date_notice": "2026-03-01"})
            case.with_user(agent).action_remind()
        self.assertEqual(case.date_told, date(2026, 3, 24))

    def test_beside_the_arrears(self):
        case = self._dun(date(2026, 2, 21))
        with self._at(date(2026, 2, 21)):
            row = self.env["power.arrears"].search([("partner_id", "=", self.partner.id)])
            self.assertEqual((row.dunning_id, row.date_next), (case, date(2026, 2, 28)))

    def _create_user(self, login, group):
        return new_test_user(
            self.env,
            login,
            groups=group,
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
