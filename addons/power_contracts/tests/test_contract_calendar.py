import doctest
from datetime import date
from decimal import Decimal
from fractions import Fraction

from odoo.tests import BaseCase, tagged

from ..tools import contract_calendar as cc
from ..tools import free_time


@tagged("post_install", "-at_install")
class TestContractCalendar(BaseCase):
    """Every expected figure was counted on a calendar by hand."""

    def test_free_time(self):
        result = doctest.testmod(free_time)
        self.assertEqual((result.failed, result.attempted > 0), (0, True))

    def test_add_months(self):
        cases = [
            # anchor, months, day
            (date(2025, 1, 31), 1, date(2025, 2, 28)),
            (date(2024, 1, 31), 1, date(2024, 2, 29)),  # leap year
            (date(2025, 1, 31), 2, date(2025, 3, 31)),  # not 28 March
            (date(2025, 1, 31), 3, date(2025, 4, 30)),
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2024, 2, 29), 48, date(2028, 2, 29)),
            (date(2025, 11, 30), 3, date(2026, 2, 28)),
            (date(2025, 3, 31), -1, date(2025, 2, 28)),
            (date(2025, 12, 15), 1, date(2026, 1, 15)),
            (date(2000, 1, 31), 1, date(2000, 2, 29)),  # 2000 is a leap year, 2100 is none
            (date(2100, 1, 31), 1, date(2100, 2, 28)),
        ]
        for anchor, months, expected in cases:
            with self.subTest(anchor=anchor, months=months):
                self.assertEqual(cc.add_months(anchor, months), expected)

    def test_period(self):
        cases = [
            # anchor, months, a day, first and last day of its period
            (date(2025, 1, 31), 1, date(2025, 1, 31), date(2025, 1, 31), date(2025, 2, 27)),
            (date(2025, 1, 31), 1, date(2025, 2, 28), date(2025, 2, 28), date(2025, 3, 30)),
            (date(2025, 1, 31), 1, date(2025, 3, 31), date(2025, 3, 31), date(2025, 4, 29)),
            (date(2025, 1, 1), 3, date(2025, 5, 20), date(2025, 4, 1), date(2025, 6, 30)),
            (date(2025, 2, 15), 3, date(2025, 5, 14), date(2025, 2, 15), date(2025, 5, 14)),
            (date(2025, 2, 15), 3, date(2025, 5, 15), date(2025, 5, 15), date(2025, 8, 14)),
            (date(2024, 2, 29), 12, date(2025, 2, 27), date(2024, 2, 29), date(2025, 2, 27)),
            (date(2024, 2, 29), 12, date(2025, 2, 28), date(2025, 2, 28), date(2026, 2, 27)),
            (date(2025, 1, 31), 1, date(2025, 1, 30), date(2024, 12, 31), date(2025, 1, 30)),
        ]
        for anchor, months, day, first, last in cases:
            with self.subTest(anchor=anchor, day=day):
                self.assertEqual(cc.period(anchor, months, day), (first, last))

    def test_period_without_length_is_refused(self):
        with self.assertRaises(ValueError):
            cc.period(date(2025, 1, 1), 0, date(2025, 1, 1))

    def test_due_days(self):
        self.assertEqual(
            list(cc.due_days(date(2025, 1, 31), 1, date(2025, 2, 1), date(2025, 5, 31))),
            [date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 31)],
        )
        self.assertEqual(
            list(cc.due_days(date(2025, 1, 15), 3, date(2025, 1, 15), date(2025, 12, 31))),
            [date(2025, 1, 15), date(2025, 4, 15), date(2025, 7, 15), date(2025, 10, 15)],
        )
        self.assertEqual(
            list(cc.due_days(date(2025, 1, 15), 3, date(2025, 1, 16), date(2025, 4, 14))), []
        )

    def test_periods_between(self):
        first = date(2025, 1, 1)
        cases = [
            # months, from, to, periods
            (1, date(2025, 1, 1), date(2025, 1, 31), Fraction(1)),
            (1, date(2025, 1, 1), date(2025, 12, 31), Fraction(12)),
            (1, date(2025, 1, 16), date(2025, 1, 31), Fraction(16, 31)),  # mid-month start
            (1, date(2025, 2, 1), date(2025, 2, 14), Fraction(14, 28)),  # mid-month end
            (3, date(2025, 1, 1), date(2025, 1, 31), Fraction(31, 90)),  # 31 + 28 + 31 days
            (12, date(2025, 1, 1), date(2025, 3, 31), Fraction(90, 365)),
            (1, date(2025, 1, 16), date(2025, 3, 15), Fraction(16, 31) + 1 + Fraction(15, 31)),
            (1, date(2025, 2, 2), date(2025, 2, 1), Fraction(0)),
        ]
        for months, start, end, expected in cases:
            with self.subTest(start=start, end=end):
                self.assertEqual(cc.periods_between(first, months, start, end), expected)

    def test_suspension(self):
        # June 2025 has 30 days; 10 June to 19 June are 10 of them.
        pause = (date(2025, 6, 10), date(2025, 6, 19))
        charged = cc.charged_periods(
            date(2025, 1, 1), 1, date(2025, 6, 1), date(2025, 6, 30), [pause]
        )
        self.assertEqual(charged, Fraction(20, 30))
        # A pause over the end of the month takes 11 of 30 and 5 of 31 days.
        pause = (date(2025, 6, 20), date(2025, 7, 5))
        charged = cc.charged_periods(
            date(2025, 1, 1), 1, date(2025, 6, 1), date(2025, 7, 31), [pause]
        )
        self.assertEqual(charged, 2 - Fraction(11, 30) - Fraction(5, 31))

    def test_shares_add_up_to_the_whole(self):
        anchor = date(2025, 1, 31)
        whole = cc.periods_between(anchor, 3, date(2025, 1, 31), date(2026, 1, 30))
        parts = [
            cc.periods_between(anchor, 3, date(2025, 1, 31), date(2025, 5, 17)),
            cc.periods_between(anchor, 3, date(2025, 5, 18), date(2025, 9, 2)),
            cc.periods_between(anchor, 3, date(2025, 9, 3), date(2026, 1, 30)),
        ]
        self.assertEqual(whole, 4)
        self.assertEqual(sum(parts), whole)

    def test_amount_is_rounded_half_up(self):
        # 1000.00 × 16 / 31 = 516.1290…; 0.05 × 1/2 = 0.025
        self.assertEqual(cc.amount(Decimal(1000), Fraction(16, 31)), Decimal("516.13"))
        self.assertEqual(cc.amount(Decimal("0.05"), Fraction(1, 2)), Decimal("0.03"))
        self.assertEqual(cc.amount(Decimal(1000), Fraction(0)), Decimal("0.00"))
