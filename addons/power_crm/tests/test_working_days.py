import doctest
from datetime import date

from odoo.tests import BaseCase, TransactionCase, tagged

from ..tools import working_days
from ..tools.working_days import add_working_days, is_working, move_due

# Spring Festival 2026 (国办发明电〔2025〕7号): off from 15 to 23 February; the Saturdays 14 and 28
# February are worked.
SPRING_FESTIVAL = {
    **{date(2026, 2, day): False for day in range(15, 24)},
    date(2026, 2, 14): True,
    date(2026, 2, 28): True,
}


class TestWorkingDays(BaseCase):
    """Working days by hand and without a database."""

    def test_examples(self):
        result = doctest.testmod(working_days)
        self.assertTrue(result.attempted)
        self.assertFalse(result.failed)

    def test_add(self):
        # Friday 11 September 2026 + 15 working days: 14-18, 21-25, 28 September to 2 October.
        self.assertEqual(add_working_days(date(2026, 9, 11), 15), date(2026, 10, 2))
        self.assertEqual(
            add_working_days(date(2026, 9, 11), 1, {date(2026, 9, 14): False}), date(2026, 9, 15)
        )

    def test_add_over_worked_saturdays(self):
        # Thursday 12 February + 8: 13, 14 (Saturday), 24, 25, 26, 27, 28 (Saturday), 2 March.
        self.assertEqual(add_working_days(date(2026, 2, 12), 8, SPRING_FESTIVAL), date(2026, 3, 2))

    def test_due_on_a_holiday_week(self):
        """Due Thursday 1 October 2026; holiday to the 7th; next working day is the 8th."""
        holiday = {date(2026, 10, day) for day in range(1, 8)}
        due = move_due(date(2026, 10, 1), lambda day: day.weekday() < 5 and day not in holiday)
        self.assertEqual(due, date(2026, 10, 8))
        self.assertEqual(move_due(due, lambda day: False), due)

    def test_due_on_an_adjusted_saturday(self):
        """28 February is a Saturday people work on; 7 March is one like any other."""

        def working(day):
            return is_working(day, SPRING_FESTIVAL)

        self.assertEqual(move_due(date(2026, 2, 28), working), date(2026, 2, 28))
        self.assertEqual(move_due(date(2026, 3, 7), working), date(2026, 3, 9))
        self.assertEqual(move_due(date(2026, 2, 15), working), date(2026, 2, 24))


@tagged("post_install", "-at_install")
class TestWorkday(TransactionCase):
    def test_own_days_before_the_common_ones(self):
        own, other = self.env["res.company"].create([{"name": "Own"}, {"name": "Other"}])
        days = self.env["power.workday"]
        days.create(
            [
                {"name": "Festival", "date": "2031-02-03"},
                {"name": "Bridge", "date": "2031-02-04", "kind": "off"},
                {"name": "Worked", "date": "2031-02-08", "kind": "worked"},
                {"name": "Not here", "date": "2031-02-08", "kind": "off", "company_id": own.id},
                {"name": "Foundation", "date": "2031-02-05", "company_id": other.id},
            ]
        )
        first, last = date(2031, 2, 1), date(2031, 2, 28)
        self.assertEqual(
            days._get_kinds(own, first, last),
            {date(2031, 2, 3): "holiday", date(2031, 2, 4): "off", date(2031, 2, 8): "off"},
        )
        exceptions = days._get_exceptions(other)
        self.assertIs(exceptions[date(2031, 2, 8)], True)
        self.assertIs(exceptions[date(2031, 2, 4)], False)
        # A day off without a festival is billed like any day.
        self.assertEqual(days._get_holidays(other, first, last), ["2031-02-03", "2031-02-05"])
