"""When somebody is free: plain moments in and out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta


def free_moment(
    opening: datetime,
    closing: datetime,
    taken: Iterable[tuple[datetime, datetime]],
    length: timedelta,
) -> datetime | None:
    """Return the first moment at which ``length`` fits between what is taken; None where none does.

    :param taken: (begin, end), in any order; they may overlap

    >>> nine, ten, noon = (datetime(2026, 3, 2, hour) for hour in (9, 10, 12))
    >>> free_moment(nine, noon, [(nine, ten)], timedelta(hours=2))
    datetime.datetime(2026, 3, 2, 10, 0)
    >>> free_moment(nine, noon, [(ten, noon)], timedelta(hours=2)) is None
    True
    """
    begin = opening
    for first, last in sorted(taken):
        if first >= begin + length:
            break
        begin = max(begin, last)
    return begin if begin + length <= closing else None
