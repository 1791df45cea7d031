"""Income of periods paid in advance: which month earns how much.

Shares go by days, as the contract's own periods do: what a termination gives back is then what
the coming months would have earned. No ``env``, no float.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .contract_calendar import amount as share_of
from .contract_calendar import days_in, overlap

CENT = Decimal("0.01")
ONE_DAY = timedelta(days=1)


class Part(NamedTuple):
    """What the days of one calendar month earn; ``amount`` in the currency of the books."""

    first: date
    last: date
    amount: Decimal

    @property
    def month(self) -> date:
        """Last day of the calendar month."""
        return month_end(self.last)


def month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def spread(amount: Decimal, first: date, last: date, rounding: Decimal = CENT) -> list[Part]:
    """Spread an amount over the months of the days from ``first`` to ``last``, by days.

    Every month is rounded half up; the last one takes the remainder, so the parts add up.

    :raises ValueError: when there is no day
    """
    if last < first:
        raise ValueError("A service lasts one day at least.")
    return _share(amount, _months(first, last), rounding)


def take_back(
    amount: Decimal, first: date, last: date, parts: Sequence[Part], rounding: Decimal = CENT
) -> list[Part]:
    """Spread a credit of the days from ``first`` to ``last`` over what those days were to earn.

    A month credited whole is taken back to the cent; what is left of the credit falls, by days,
    on the months of which only some days are credited.

    :param amount: the credit, positive; the parts returned are negative
    :param parts: what the credited service was spread to
    """
    whole, edges = [], []
    for part in parts:
        common = overlap((part.first, part.last), (first, last))
        if common == (part.first, part.last):
            whole.append(part._replace(amount=-part.amount))
        elif common:
            edges.append(common)
    rest = -amount - sum((part.amount for part in whole), Decimal(0))
    if edges:
        whole += _share(rest, edges, rounding)
    elif rest and whole:
        whole[0] = whole[0]._replace(amount=whole[0].amount + rest)
    elif rest:
        whole = spread(-amount, first, last, rounding)
    return sorted(whole)


def _months(first: date, last: date) -> list[tuple[date, date]]:
    ranges = []
    while first <= last:
        end = min(month_end(first), last)
        ranges.append((first, end))
        first = end + ONE_DAY
    return ranges


def _share(amount: Decimal, ranges: Sequence[tuple[date, date]], rounding: Decimal) -> list[Part]:
    total = sum(days_in(*days) for days in ranges)
    parts, left = [], amount
    for first, last in ranges[:-1]:
        share = share_of(amount, Fraction(days_in(first, last), total), rounding)
        left -= share
        parts.append(Part(first, last, share))
    return [*parts, Part(*ranges[-1], left)]
