from datetime import date, timedelta

from psycopg2.errors import UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PowerBillingCase


@tagged("post_install", "-at_install")
class TestReading(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.point = cls._create_point(meter_vals={"ct_ratio": 40, "initial_value": 100})
        cls.meter = cls.point.meter_ids

    def test_previous_and_consumption(self):
        first = self._read(self.point, "2026-01-31", 110.5)
        self.assertEqual(first.previous_value, 100)
        self.assertEqual(first.consumption, 420)  # 10.5 × 40
        self.assertEqual(first.daily_kwh, 13.55)  # 420 / 31
        self.assertEqual(first.state, "validated")
        self.assertEqual(self.meter.last_reading_id, first)

    def test_a_reading_between_changes_the_next(self):
        last = self._read(self.point, "2026-02-28", 130)
        self._read(self.point, "2026-01-31", 110)
        self.assertEqual(last.consumption, 800)
        self.meter.reading_ids.filtered(lambda r: r.date == date(2026, 1, 31)).unlink()
        self.assertEqual(last.consumption, 1200)

    def test_rollover(self):
        point = self._create_point(meter_vals={"digits": 4, "initial_value": 9990})
        with self.assertRaises(ValidationError):
            self._read(point, "2026-01-31", 15)
        reading = self._read(point, "2026-01-31", 15, rollover=True)
        self.assertEqual(reading.consumption, 25)

    def test_refused(self):
        tomorrow = date.today() + timedelta(days=1)
        self._read(self.point, "2026-01-31", 110)
        for day, value, text in (
            ("2026-02-28", 109, "lower than 110"),
            (tomorrow, 120, "future"),
            ("2025-12-30", 90, "installed"),
            ("2026-02-28", 1000000, "6 digits"),
            ("2026-01-15", 111, "higher than 110"),
        ):
            with self.assertRaises(ValidationError) as caught:
                self._read(self.point, day, value)
            self.assertIn(text, str(caught.exception))

    def test_removed(self):
        self.meter.date_removed = "2026-01-31"
        with self.assertRaisesRegex(ValidationError, "removed"):
            self._read(self.point, "2026-02-28", 120)

    @mute_logger("odoo.sql_db")
    def test_duplicate(self):
        self._read(self.point, "2026-01-31", 110)
        with self.assertRaises(UniqueViolation):
            self._read(self.point, "2026-01-31", 111)

    def test_jump_is_held_and_released(self):
        for month, value in ((1, 110), (2, 120), (3, 130)):
            self._read(self.point, date(2026, month, 28), value)
        jump = self._read(self.point, "2026-04-28", 190)
        self.assertEqual(jump.state, "held")
        self.assertIn("times the usual", jump.hold_reason)
        with self.assertRaises(UserError):
            jump.action_release()
        jump.release_note = "new furnace, asked the customer"
        jump.action_release()
        self.assertEqual(jump.state, "validated")
        self.assertEqual(jump.released_by_id, self.env.user)

    def test_held_is_not_counted_from(self):
        for month, value in ((1, 110), (2, 120), (3, 130)):
            self._read(self.point, date(2026, month, 28), value)
        self._read(self.point, "2026-04-28", 330)
        after = self._read(self.point, "2026-05-28", 150)
        self.assertEqual(after.previous_value, 130)
        self.assertEqual(after.state, "validated")

    def test_customer_reading_waits(self):
        told = self._read(self.point, "2026-01-31", 110, kind="customer")
        self.assertEqual(told.state, "draft")
        told.action_validate()
        self.assertEqual(told.state, "validated")

    def test_typed_correction_is_judged_again(self):
        for month, value in ((1, 110), (2, 120), (3, 130)):
            self._read(self.point, date(2026, month, 28), value)
        reading = self._read(self.point, "2026-04-28", 190)
        reading.value = 140
        self.assertEqual(reading.state, "validated")
        self.assertEqual(reading.consumption, 400)

    def test_the_state_has_one_gate(self):
        """A validated reading never becomes new again, not even by an import."""
        reading = self._read(self.point, "2026-01-31", 110)
        with self.assertRaisesRegex(UserError, "2026-01-31 cannot go from “Validated” to “New”"):
            reading.write({"state": "draft"})

    def test_billed_reading_is_closed(self):
        bill = self._create_bill(self.point, kwh=10)
        reading = bill.reading_ids
        self.assertEqual(reading.state, "billed")
        with self.assertRaises(UserError):
            reading.value = 5
        with self.assertRaises(UserError):
            reading.unlink()
        with self.assertRaisesRegex(ValidationError, "billed until"):
            self._read(self.point, "2026-01-15", 105)
        with self.assertRaises(UserError):
            self.meter.ct_ratio = 20
