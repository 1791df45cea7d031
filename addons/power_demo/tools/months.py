"""Calendar months as plain numbers: year × 12 + month - 1."""

from datetime import date, timedelta


def number(day: date) -> int:
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    return first_day(month + 1) - timedelta(days=1)


def last_full(today: date) -> int:
    """The last month that ended before `today`."""
    return number(today) - 1
