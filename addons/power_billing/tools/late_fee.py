"""The late payment fee (电费违约金): debts with due dates, payments with dates, dated rates.

Source: 供电营业规则 (1996) art. 98: from the day after the due date until the day of payment;
residents 1 ‰ a day, others 2 ‰ on debts of the current year and 3 ‰ on those carried over; a
total below one yuan is charged as one yuan. Amounts are ``Decimal`` in the currency of the debt,
dates are calendar days, nothing is rounded before the total.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

CENT = Decimal("0.01")


class LateFeeError(ValueError):
    """No rule is in force on ``day``."""

    def __init__(self, day: date):
        super().__init__(f"no late fee rule is in force on {day}")
        self.day = day


@dataclass(frozen=True)
class Rule:
    """Rates per day (0.001 is 1 ‰) in force from ``date_from`` to ``date_to``, both included.

    ``year_change`` says how a debt is counted that is carried into another year: ``split``
    counts each day at the rate of its own year, ``whole`` counts all of its days as carried over
    once it is paid (or counted) in a later year. Both readings are published.
    """

    date_from: date
    date_to: date | None
    resident: Decimal
    same_year: Decimal
    carried_over: Decimal
    minimum: Decimal = Decimal(0)
    year_change: Literal["split", "whole"] = "split"
    key: int = 0


@dataclass(frozen=True)
class Payment:
    day: date
    amount: Decimal


@dataclass(frozen=True)
class Debt:
    due: date
    amount: Decimal
    payments: tuple[Payment, ...] = ()


@dataclass(frozen=True)
class Step:
    """``principal × days × rate = amount`` for the days ``first`` to ``last``, both counted."""

    principal: Decimal
    first: date
    last: date
    days: int
    rate: Decimal
    amount: Decimal
    rule: int


@dataclass(frozen=True)
class Fee:
    """``amount`` to the cent, with ``minimum`` where that was the larger (else zero)."""

    amount: Decimal
    minimum: Decimal
    steps: tuple[Step, ...]


def compute(debts: Iterable[Debt], rules: Sequence[Rule], until: date, resident: bool) -> Fee:
    """Return the whole fee of some debts up to and including the day ``until``.

    Payments after ``until`` are open still; what is paid beyond a debt is left aside.

    :raises LateFeeError: when a day to count has no rule
    """
    steps: list[Step] = []
    for debt in debts:
        for principal, end in _split_by_payment(debt, until):
            steps += _accrue(principal, debt.due, end, rules, resident)
    exact = sum((step.amount for step in steps), Decimal(0))
    amount = exact.quantize(CENT, ROUND_HALF_UP)
    minimum = Decimal(0)
    if exact > 0:
        floor = _find_rule(rules, max(step.last for step in steps)).minimum
        if exact < floor:
            amount = minimum = floor
    return Fee(amount, minimum, tuple(steps))


def _split_by_payment(debt: Debt, until: date) -> list[tuple[Decimal, date]]:
    """Return the parts of a debt with the last day each was open."""
    parts, left = [], debt.amount
    for payment in sorted(debt.payments, key=lambda payment: payment.day):
        if payment.day > until or left <= 0:
            break
        paid = min(payment.amount, left)
        left -= paid
        parts.append((paid, payment.day))
    if left > 0:
        parts.append((left, until))
    return [(part, end) for part, end in parts if part > 0 and end > debt.due]


def _accrue(
    principal: Decimal, due: date, end: date, rules: Sequence[Rule], resident: bool
) -> list[Step]:
    whole = end.year > due.year and _find_rule(rules, end).year_change == "whole"
    steps, first = [], due + timedelta(days=1)
    while first <= end:
        rule = _find_rule(rules, first)
        last = min(end, rule.date_to or end, date(first.year, 12, 31))
        if resident:
            rate = rule.resident
        elif whole or first.year > due.year:
            rate = rule.carried_over
        else:
            rate = rule.same_year
        days = (last - first).days + 1
        steps.append(Step(principal, first, last, days, rate, principal * days * rate, rule.key))
        first = last + timedelta(days=1)
    return steps


def _find_rule(rules: Sequence[Rule], day: date) -> Rule:
    for rule in rules:
        if rule.date_from <= day and (rule.date_to is None or day <= rule.date_to):
            return rule
    raise LateFeeError(day)
