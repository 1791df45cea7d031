"""Month arithmetic of contracts: periods, due days, shares of a price.

Every period is reckoned from one anchor day, never from the period before it, so that a contract
of 31 January falls on 28 February and then on 31 March again. A date that a month does not have
becomes the last day of that month. No ``env``, no float.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

ONE_DAY = timedelta(days=1)
Range = tuple[date, date]


def add_months(anchor: date, months: int) -> date:
    """The day ``months`` after the anchor (before it, if negative); day 31 becomes the last."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(anchor.day, last_day))


def period_index(anchor: date, months: int, day: date) -> int:
    """Number of the period of ``months`` months, from 0, in which ``day`` lies.

    :raises ValueError: when the period has no length
    """
    if months <= 0:
        raise ValueError("A period has at least one month.")
    index = ((day.year - anchor.year) * 12 + day.month - anchor.month) // months
    while add_months(anchor, index * months) > day:
        index -= 1
    while add_months(anchor, (index + 1) * months) <= day:
        index += 1
    return index


def period(anchor: date, months: int, day: date) -> Range:
    """First and last day of the period in which ``day`` lies."""
    index = period_index(anchor, months, day)
    return (
        add_months(anchor, index * months),
        add_months(anchor, (index + 1) * months) - ONE_DAY,
    )


def due_days(anchor: date, months: int, first: date, last: date) -> Iterator[date]:
    """First days of the periods that begin from ``first`` to ``last``, both included."""
    index = period_index(anchor, months, first)
    if add_months(anchor, index * months) < first:
        index += 1
    while (day := add_months(anchor, index * months)) <= last:
        yield day
        index += 1


def days_in(first: date, last: date) -> int:
    """Days from ``first`` to ``last``, both included; 0 when they are the wrong way round."""
    return max((last - first).days + 1, 0)


def overlap(one: Range, other: Range) -> Range | None:
    """The days common to both ranges, or None."""
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None


def periods_between(anchor: date, months: int, first: date, last: date) -> Fraction:
    """How many periods the days from ``first`` to ``last`` are; a stub counts by its days.

    A period of 31 days of which 10 are meant counts 10/31. Shares of parts add up to the whole.
    """
    total = Fraction(0)
    day = first
    while day <= last:
        begin, end = period(anchor, months, day)
        part_end = min(end, last)
        total += Fraction(days_in(day, part_end), days_in(begin, end))
        day = end + ONE_DAY
    return total


def charged_periods(
    anchor: date, months: int, first: date, last: date, suspended: Iterable[Range] = ()
) -> Fraction:
    """Periods from ``first`` to ``last`` without the suspended days (ranges do not overlap)."""
    total = periods_between(anchor, months, first, last)
    for pause in suspended:
        if common := overlap((first, last), pause):
            total -= periods_between(anchor, months, *common)
    return total


def amount(price: Decimal, periods: Fraction, rounding: Decimal = Decimal("0.01")) -> Decimal:
    """``price`` a period times ``periods``, rounded half up to ``rounding``."""
    exact = Decimal(periods.numerator) * price / Decimal(periods.denominator)
    return (exact / rounding).quantize(Decimal(1), rounding=ROUND_HALF_UP) * rounding
