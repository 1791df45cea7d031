from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools import deferral

# 1200.00 a year are 3.2877 a day: 31 days 101.92, 30 days 98.63, 28 days 92.05. January to
# November sum to 6 × 101.92 + 4 × 98.63 + 92.05 = 1098.09; December takes 101.91.
YEAR = [
    *("101.92", "92.05", "101.92", "98.63", "101.92", "98.63"),
    *("101.92", "101.92", "98.63", "101.92", "98.63", "101.91"),
]


@tagged("post_install", "-at_install")
class TestDeferralKernel(BaseCase):
    """Days were counted on a calendar, amounts by hand."""

    def _spread(self, amount, first, last):
        return [str(part.amount) for part in deferral.spread(Decimal(amount), first, last)]

    def test_spread(self):
        cases = [
            # amount, first day, last day, what each month earns
            ("1200.00", date(2026, 1, 1), date(2026, 12, 31), YEAR),
            # 366.00 in a leap year are 1.00 a day
            ("91.00", date(2024, 1, 1), date(2024, 3, 31), ["31.00", "29.00", "31.00"]),
            # mid-month to mid-month: 17 + 28 + 31 + 14 = 90 days of 10.00
            (
                "900.00",
                date(2026, 1, 15),
                date(2026, 4, 14),
                ["170.00", "280.00", "310.00", "140.00"],
            ),
            # 31 January monthly: one day of January, 27 of February
            ("28.00", date(2026, 1, 31), date(2026, 2, 27), ["1.00", "27.00"]),
            ("100.00", date(2026, 1, 5), date(2026, 1, 5), ["100.00"]),
            # 31 of 59 days of a cent round up to it; nothing is left for February
            ("0.01", date(2026, 1, 1), date(2026, 2, 28), ["0.01", "0.00"]),
            # 100.00 / 3 months of 31, 28 and 31 days of 90
            ("100.00", date(2026, 1, 1), date(2026, 3, 31), ["34.44", "31.11", "34.45"]),
        ]
        for amount, first, last, expected in cases:
            with self.subTest(amount=amount, first=first):
                self.assertEqual(self._spread(amount, first, last), expected)
                self.assertEqual(sum(map(Decimal, expected)), Decimal(amount))

    def test_months_are_told_by_their_last_day(self):
        parts = deferral.spread(Decimal(59), date(2024, 1, 31), date(2024, 3, 29))
        self.assertEqual(
            [part.month for part in parts],
            [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)],
        )

    def test_whole_currency_units(self):
        parts = deferral.spread(
            Decimal(1000), date(2026, 1, 1), date(2026, 3, 31), rounding=Decimal(1)
        )
        self.assertEqual([part.amount for part in parts], [344, 311, 345])

    def test_no_day_is_refused(self):
        with self.assertRaises(ValueError):
            deferral.spread(Decimal(1), date(2026, 1, 2), date(2026, 1, 1))

    def test_termination(self):
        """1200.00 of 2026, over on 14 March: 292 of 365 days, 960.00, come back.

        April to December were to earn 904.11; the other 55.89 are of 15 to 31 March. March keeps
        101.92 − 55.89 = 46.03, which is 14 of 365 days.
        """
        parts = deferral.spread(Decimal("1200.00"), date(2026, 1, 1), date(2026, 12, 31))
        back = deferral.take_back(Decimal("960.00"), date(2026, 3, 15), date(2026, 12, 31), parts)
        self.assertEqual(back[0], (date(2026, 3, 15), date(2026, 3, 31), Decimal("-55.89")))
        self.assertEqual([-part.amount for part in back[1:]], [p.amount for p in parts[3:]])
        self.assertEqual(sum(part.amount for part in back), -960)

    def test_suspension_over_the_end_of_a_month(self):
        """910.00 of April to June are 10.00 a day; 21 May to 10 June are 11 and 10 days."""
        parts = deferral.spread(Decimal("910.00"), date(2026, 4, 1), date(2026, 6, 30))
        back = deferral.take_back(Decimal("210.00"), date(2026, 5, 21), date(2026, 6, 10), parts)
        self.assertEqual([str(part.amount) for part in back], ["-110.00", "-100.00"])

    def test_another_amount_than_was_spread(self):
        """A goodwill of 5.00 more than April to June earn falls on their first month."""
        parts = deferral.spread(Decimal("910.00"), date(2026, 4, 1), date(2026, 6, 30))
        back = deferral.take_back(Decimal("915.00"), date(2026, 4, 1), date(2026, 6, 30), parts)
        self.assertEqual([str(p.amount) for p in back], ["-305.00", "-310.00", "-300.00"])
        back = deferral.take_back(Decimal("59.00"), date(2027, 1, 1), date(2027, 2, 28), parts)
        self.assertEqual([str(p.amount) for p in back], ["-31.00", "-28.00"])
