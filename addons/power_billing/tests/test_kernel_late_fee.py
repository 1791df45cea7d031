from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.power_crm.tests.properties import steady

from ..tools import late_fee
from ..tools.late_fee import Debt, Payment, Rule

D = Decimal
# 供电营业规则 (1996) art. 98.
RULE = Rule(date(1996, 10, 8), None, D("0.001"), D("0.002"), D("0.003"), D(1))
WHOLE = Rule(date(1996, 10, 8), None, D("0.001"), D("0.002"), D("0.003"), D(1), "whole")
FREE = Rule(date(1996, 10, 8), None, D("0.001"), D("0.002"), D("0.003"), D(0))
PAID = Payment(date(2025, 1, 18), D(99999))
# The published exercise: 2000 yuan due 15 December, 3000 yuan due 15 January, all paid 18 January.
EXERCISE = (
    Debt(date(2024, 12, 15), D(2000), (PAID,)),
    Debt(date(2025, 1, 15), D(3000), (PAID,)),
)
DAYS = st.dates(date(2020, 1, 1), date(2023, 12, 31))
AMOUNTS = st.decimals(D("0.01"), D(100000), places=2)
PAYMENTS = st.builds(Payment, DAYS, AMOUNTS)
DEBTS = st.builds(Debt, DAYS, AMOUNTS, st.lists(PAYMENTS, max_size=4).map(tuple))


def _count_daily(debt, rule, until, resident):
    """The fee by walking every day: the balance at its beginning times the day's rate."""
    total, day = D(0), debt.due
    while day < until:
        day += timedelta(days=1)
        balance = debt.amount - sum(p.amount for p in debt.payments if p.day < day)
        rate = rule.same_year if day.year == debt.due.year else rule.carried_over
        total += max(balance, D(0)) * (rule.resident if resident else rate)
    return total


@tagged("at_install")
class TestLateFeeKernel(BaseCase):
    def test_case_a(self):
        """m.zhaokaoti.com: 2000*(31-15+18)*0.003 + 3000*3*0.002 = 204 + 18 = 222."""
        fee = late_fee.compute(EXERCISE, [WHOLE], date(2025, 6, 30), resident=False)
        self.assertEqual(fee.amount, D(222))

    def test_case_b(self):
        """shititong.cn: 2000*16*0.002 + 2000*18*0.003 + 3000*3*0.002 = 64 + 108 + 18 = 190."""
        fee = late_fee.compute(EXERCISE, [RULE], date(2025, 6, 30), resident=False)
        self.assertEqual(fee.amount, D(190))
        self.assertEqual([step.days for step in fee.steps], [16, 18, 3])

    def test_resident_over_new_year(self):
        """Residents 1 ‰ throughout: 2000*34*0.001 + 3000*3*0.001 = 68 + 9 = 77."""
        for rule in (RULE, WHOLE):
            fee = late_fee.compute(EXERCISE, [rule], date(2025, 6, 30), resident=True)
            self.assertEqual(fee.amount, D(77))

    def test_minimum(self):
        """100*3*0.001 = 0.30 becomes 1.00; nothing late stays nothing; 1.00 itself stays."""
        day = date(2026, 3, 1)
        for amount, days, expected, minimum in (
            (D(100), 3, D(1), D(1)),
            (D(100), 0, D(0), D(0)),
            (D(100), 10, D(1), D(0)),
            (D(100), 11, D("1.10"), D(0)),
        ):
            debt = Debt(day, amount, (Payment(day + timedelta(days=days), amount),))
            fee = late_fee.compute([debt], [RULE], date(2026, 12, 31), resident=True)
            self.assertEqual((fee.amount, fee.minimum), (expected, minimum))

    def test_rates_change_within_the_days(self):
        """1000 due 10 March, paid 30 March: 10 days at 2 ‰ + 10 days at 1 ‰ = 20 + 10 = 30."""
        old = Rule(date(2020, 1, 1), date(2026, 3, 20), D("0.001"), D("0.002"), D("0.003"))
        new = Rule(date(2026, 3, 21), None, D("0.001"), D("0.001"), D("0.001"))
        debt = Debt(date(2026, 3, 10), D(1000), (Payment(date(2026, 3, 30), D(1000)),))
        fee = late_fee.compute([debt], [new, old], date(2026, 12, 31), resident=False)
        self.assertEqual(fee.amount, D(30))

    def test_no_rule(self):
        debt = Debt(date(1990, 1, 1), D(1))
        with self.assertRaises(late_fee.LateFeeError) as caught:
            late_fee.compute([debt], [RULE], date(1990, 2, 1), resident=True)
        self.assertEqual(caught.exception.day, date(1990, 1, 2))

    @settings(steady, max_examples=150)
    @given(DEBTS, DAYS, st.booleans())
    def test_agrees_with_counting_days(self, debt, until, resident):
        fee = late_fee.compute([debt], [FREE], until, resident)
        expected = _count_daily(debt, FREE, until, resident)
        self.assertEqual(fee.amount, expected.quantize(D("0.01"), "ROUND_HALF_UP"))

    @settings(steady, max_examples=150)
    @given(DEBTS, DAYS, st.integers(0, 400), PAYMENTS)
    def test_time_costs_and_paying_saves(self, debt, until, more, payment):
        """More days never cost less, a further payment never costs more, nor does a minimum."""
        fee = late_fee.compute([debt], [FREE], until, False).amount
        later = late_fee.compute([debt], [FREE], until + timedelta(days=more), False).amount
        self.assertGreaterEqual(later, fee)
        paid = Debt(debt.due, debt.amount, (*debt.payments, payment))
        self.assertLessEqual(late_fee.compute([paid], [FREE], until, False).amount, fee)
        self.assertGreaterEqual(late_fee.compute([debt], [RULE], until, False).amount, fee)
        self.assertGreaterEqual(late_fee.compute([debt], [WHOLE], until, False).amount, fee)
