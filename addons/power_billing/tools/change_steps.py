"""The first days from which a change may count."""

from collections.abc import Mapping
from datetime import date

from odoo.addons.power_crm.tools.working_days import DAY, NO_EXCEPTIONS, add_working_days

STEP_MONTHS = {"month": 1, "quarter": 3}


def is_step(day: date, step: str) -> bool:
    """Tell whether a month (``month``) or a quarter (``quarter``) begins on ``day``."""
    return day.day == 1 and (day.month - 1) % STEP_MONTHS[step] == 0


def next_step(day: date, step: str) -> date:
    """Return the first beginning of a month or a quarter on or after ``day``."""
    while not is_step(day, step):
        day += DAY
    return day


def first_change(
    requested: date, step: str, count: int, exceptions: Mapping[date, bool] = NO_EXCEPTIONS
) -> date:
    """Return the first day on which a change asked for on ``requested`` may count.

    :param step: ``month`` or ``quarter``: changes count from the beginning of one
    :param count: working days between asking and counting
    :param exceptions: days that differ from Monday to Friday: True is worked, False is not
    """
    return next_step(add_working_days(requested, count, exceptions) + DAY, step)
