import doctest
from datetime import date, datetime, timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.power_billing.tests.common import PowerBillingCase

from ..tools import promise_credit

NOON = datetime(2026, 11, 20, 4)  # Friday 12:00 in Shanghai


@tagged("post_install", "-at_install")
class TestPromiseCredit(PowerBillingCase):
    """A supply is promised back within 12 hours; a breach is worth 75, 35 more for each further
    12 hours, at most 300: the figures of the British regulations of 2015, here in yuan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.power_tz = "Asia/Shanghai"
        cls.point = cls._create_point()
        cls.partner = cls.point.partner_id
        cls.crew = cls.env["power.crew"].create({"name": "North", "company_id": cls.company.id})
        cls.promise = cls.env["power.fault.promise"].create(
            {
                "name": "Power back within 12 hours",
                "code": "BACK_12H",
                "event": "restore",
                "start": "report",
                "limit": 12,
                "unit": "hour",
                "company_id": cls.company.id,
            }
        )
        cls.account = cls.env["account.account"].create(
            {
                "name": "Compensation",
                "code": "671199",
                "account_type": "expense_other",
                "company_ids": cls.company.ids,
            }
        )
        cls.rules = cls.env["power.promise.credit.rule"]
        # Between batches the job commits; a test does not.
        cls.startClassPatcher(
            patch.object(cls.registry["ir.cron"], "_commit_progress", return_value=60)
        )

    @classmethod
    def _create_rule(cls, **vals):
        return cls.rules.create(
            {
                "promise_id": cls.promise.id,
                "company_id": cls.company.id,
                "date_from": "2026-01-01",
                "amount": 75,
                "step_amount": 35,
                "step_hours": 12,
                "cap": 300,
                "wait_days": 3,
                "account_id": cls.account.id,
                "source": "published promise",
                **vals,
            }
        )

    def _mend(self, hours, **vals):
        """A fault reported at noon of 20 November and mended ``hours`` later; its clock."""
        with freeze_time(NOON):
            fault = self.env["power.fault"].create(
                {
                    "company_id": self.company.id,
                    "supply_point_id": self.point.id,
                    "channel": "api",
                    **vals,
                }
            )
        with freeze_time(NOON + timedelta(hours=hours)):
            fault._set_state("accepted")
            fault.crew_id = self.crew
            if fault.state == "accepted":
                fault._set_state("dispatched")
            fault._set_state("arrived")
            fault.check_ids = self.env["power.fault.check"].search([])
            fault.cause_id = self.env.ref("power_faults.cause_equipment_fuse")
            fault._set_state("restored")
        return fault.clock_ids.filtered(lambda clock: clock.promise_id == self.promise)

    def test_the_agent_sees_open_bills(self):
        """1234 kWh at 852.06 and 55.78 for funds: 907.84, due on 18 February 2026."""
        agent = new_test_user(
            self.env, "hotline", "power_crm.group_agent", company_id=self.company.id
        )
        calls = self.env["power.fault.call"].with_user(agent).with_company(self.company)
        call = calls.new({"partner_id": self.partner.id, "company_id": self.company.id})
        self.assertFalse(call.money_note)
        bill = self._create_bill(self.point)
        self.assertEqual(bill.move_id.amount_residual, 907.84)
        call = calls.new({"partner_id": self.partner.id, "company_id": self.company.id})
        for fact in ("907.84", "bills: 1", "overdue since 2026-02-18"):
            self.assertIn(fact, call.money_note)

    def _run(self, days=5):
        with freeze_time(NOON + timedelta(days=days)):
            self.rules._cron_give()
        return self.env["power.promise.credit"].search([("company_id", "=", self.company.id)])

    def test_kernel(self):
        self.assertFalse(doctest.testmod(promise_credit).failed)

    def test_open_credit_of_the_payer(self):
        """Mended after 37 hours, 25 late: 75 + 2 × 35 = 145."""
        self._create_rule()
        clock = self._mend(37)
        self.assertTrue(clock.is_late)
        credit = self._run()
        self.assertEqual((credit.clock_id, credit.late_minutes), (clock, 25 * 60))
        self.assertEqual((credit.amount, credit.partner_id), (145, self.partner))
        move = credit.move_id
        self.assertEqual((move.move_type, move.state), ("out_refund", "posted"))
        self.assertEqual((move.amount_total, move.amount_tax, move.amount_residual), (145, 0, 145))
        self.assertEqual(move.invoice_line_ids.account_id, self.account)
        self.assertEqual(self.partner._get_power_credits(self.company), {self.partner.id: 145})
        self.assertIn("145.00", " ".join(clock.fault_id.message_ids.mapped("body")))

    def test_next_bill_takes_it(self):
        """1234 kWh at 0.735686: 907.84, less 145.00."""
        self._create_rule()
        self._mend(37)
        self._run()
        bill = self._create_bill(self.point)
        self.assertEqual(bill.amount_total, 907.84)
        self.assertEqual(bill.amount_residual, 762.84)

    def test_cap(self):
        """Mended after 120 hours, 108 late: 75 + 9 × 35 = 390, at most 300."""
        self._create_rule()
        self._mend(120)
        self.assertEqual(self._run(days=20).amount, 300)

    def test_once(self):
        rule = self._create_rule()
        clock = self._mend(13)
        credit = self._run()
        self.assertEqual(credit.amount, 75)
        self.assertEqual(self._run(days=6), credit)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            rule._give(clock)

    def test_nobody_is_credited(self):
        clock = self._mend(37)
        self.assertFalse(self._run(), "No rule, no credit.")
        rule = self._create_rule(date_from="2026-11-21", date_to="2026-11-30")
        # missed at noon + 12 hours, which is 00:00 of the 21st in Shanghai
        rule.date_from = "2026-11-22"
        self.assertFalse(self._run(), "The rule was not in force when the promise was missed.")
        rule.date_from = "2026-11-21"
        self.assertFalse(self._run(days=4), "Who is answerable can still be corrected.")
        clock.responsible = "nature"
        self.assertFalse(self._run())
        clock.responsible = "crew"
        self.assertEqual(self._run().amount, 145)

    def test_kept_promise(self):
        self._create_rule()
        self.assertFalse(self._mend(11).is_late)
        self.assertFalse(self._run())

    def test_one_that_cannot_be_booked_stops_no_other(self):
        rule = self._create_rule()
        first, second = self._mend(13), self._mend(13, supply_point_id=self._create_point().id)
        closed = type(self.rules)._give

        def give(rules, clock):
            if clock == first:
                raise UserError(self.env._("The books are closed."))
            return closed(rules, clock)

        self.patch(type(self.rules), "_give", give)
        self.assertEqual(self._run().clock_id, second)
        self.assertIn("The books are closed.", rule.message_ids[:1].body)

    def test_rules_are_dated_and_whole(self):
        rule = self._create_rule()
        with self.assertRaises(ValidationError):
            self._create_rule(date_from="2026-06-01")
        rule.date_to = "2026-05-31"
        self._create_rule(date_from="2026-06-01", amount=100)
        self._mend(13)
        self.assertEqual(self._run().amount, 100)
        with self.assertRaises(UserError):
            self._run().rule_id.unlink()

    def test_who_may(self):
        self._create_rule()
        self._mend(13)
        credit = self._run()
        dispatcher = new_test_user(
            self.env,
            "credit_dispatcher",
            groups="power_crm.group_dispatcher",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        credit.with_user(dispatcher).read(["amount", "date"])
        for operation in ("write", "create", "unlink"):
            self.assertFalse(credit.with_user(dispatcher).has_access(operation))
            self.assertFalse(credit.rule_id.with_user(dispatcher).has_access(operation))
        other = self._get_company("Other Bureau")
        stranger = new_test_user(
            self.env,
            "credit_stranger",
            groups="power_crm.group_finance",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        with self.assertRaises(AccessError):
            credit.with_user(stranger).with_context(allowed_company_ids=other.ids).read(["amount"])
        self.assertEqual(credit.date, date(2026, 11, 25))
