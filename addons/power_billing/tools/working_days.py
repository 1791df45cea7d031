"""Working days, and the first days from which a change may count."""

from collections.abc import Container
from datetime import date, timedelta

DAY = timedelta(days=1)
STEP_MONTHS = {"month": 1, "quarter": 3}


def add_working_days(day: date, count: int, holidays: Container[date] = ()) -> date:
    """Return the day ``count`` working days (Monday to Friday, no holidays) after ``day``.

    >>> add_working_days(date(2026, 9, 11), 1)
    datetime.date(2026, 9, 14)
    """
    while count > 0:
        day += DAY
        if day.weekday() < 5 and day not in holidays:
            count -= 1
    return day


def is_step(day: date, step: str) -> bool:
    """Tell whether a month (``month``) or a quarter (``quarter``) begins on ``day``."""
    return day.day == 1 and (day.month - 1) % STEP_MONTHS[step] == 0


def next_step(day: date, step: str) -> date:
    """Return the first beginning of a month or a quarter on or after ``day``."""
    while not is_step(day, step):
        day += DAY
    return day


def first_change(requested: date, step: str, count: int, holidays: Container[date] = ()) -> date:
    """Return the first day on which a change asked for on ``requested`` may count.

    :param step: ``month`` or ``quarter``: changes count from the beginning of one
    :param count: working days between asking and counting
    """
    return next_step(add_working_days(requested, count, holidays) + DAY, step)
