"""Working days: a week, and the days that differ from it.

*Exceptions* map a day to whether it is worked: a holiday is not, a weekend worked in exchange for
one (调休) is. A week is a set of weekdays, Monday being 0.
"""

from collections.abc import Callable, Container, Mapping
from datetime import date, timedelta
from types import MappingProxyType

DAY = timedelta(days=1)
MONDAY_TO_FRIDAY = frozenset(range(5))
NO_EXCEPTIONS: Mapping[date, bool] = MappingProxyType({})
_MAX_SHIFT = 60


def is_working(
    day: date,
    exceptions: Mapping[date, bool] = NO_EXCEPTIONS,
    week: Container[int] = MONDAY_TO_FRIDAY,
) -> bool:
    """Tell whether people work on ``day``.

    >>> is_working(date(2026, 2, 28))
    False
    >>> is_working(date(2026, 2, 28), {date(2026, 2, 28): True})
    True
    """
    return exceptions.get(day, day.weekday() in week)


def add_working_days(
    day: date,
    count: int,
    exceptions: Mapping[date, bool] = NO_EXCEPTIONS,
    week: Container[int] = MONDAY_TO_FRIDAY,
) -> date:
    """Return the ``count``-th working day after ``day``, which is not counted itself.

    >>> add_working_days(date(2026, 9, 11), 1)
    datetime.date(2026, 9, 14)
    """
    while count > 0:
        day += DAY
        count -= is_working(day, exceptions, week)
    return day


def move_due(due: date, working: Callable[[date], bool]) -> date:
    """Return the due date, or the next working day when it is none.

    A year of holidays is nobody's: where no working day follows within two months, it stays.

    >>> move_due(date(2026, 1, 31), lambda day: day.weekday() < 5)
    datetime.date(2026, 2, 2)
    """
    days = (due + shift * DAY for shift in range(_MAX_SHIFT))
    return next(filter(working, days), due)
