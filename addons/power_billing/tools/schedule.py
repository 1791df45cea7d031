"""Which period a minute belongs to: by month, by kind of day, by clock."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from .determinants import DAY_TYPES, ScheduleRow, Version
from .rating_error import RatingError

DAY_MINUTES = 24 * 60
_RANK = {"any": 0, "workday": 1, "weekend": 1, "holiday": 2}


def day_type(version: Version, day: date) -> str:
    if day in version.holidays:
        return "holiday"
    return "weekend" if day.weekday() >= 5 else "workday"


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def spans(row: ScheduleRow) -> list[tuple[int, int]]:
    """Minutes of a row; one that ends before it begins goes on after midnight."""
    if row.start < row.end:
        return [(row.start, row.end)]
    return [(row.start, DAY_MINUTES), *([(0, row.end)] if row.end else [])]


def day_periods(
    schedule: Sequence[ScheduleRow], month: int, kind: str, weekday: str
) -> list[str | None]:
    """Return the period of each of the 1440 minutes of a kind of day.

    Rows for holidays win over rows for workdays or weekends, those over rows for any day; among
    equals the later row wins. A holiday without rows of its own is the day of the week it is.

    :param kind: ``workday``, ``weekend`` or ``holiday``
    :param weekday: ``workday`` or ``weekend``: what the day would be were it no holiday
    """
    minutes: list[str | None] = [None] * DAY_MINUTES
    rows = [row for row in schedule if month in row.months and row.days in {"any", kind, weekday}]
    for row in sorted(rows, key=lambda row: _RANK[row.days]):
        for start, end in spans(row):
            minutes[start:end] = [row.period] * (end - start)
    return minutes


class Calendar:
    """The periods of a version's days, kept once worked out."""

    def __init__(self, version: Version):
        self.version = version
        self._days: dict[tuple[int, str, str, int], list[str | None]] = {}

    def periods(self, day: date, minutes: int) -> list[str | None]:
        """Return the period of each interval of ``minutes`` of a day.

        :raises RatingError: ``schedule_gap``, ``interval_boundary``
        """
        weekday = "weekend" if day.weekday() >= 5 else "workday"
        key = (day.month, day_type(self.version, day), weekday, minutes)
        if key not in self._days:
            self._days[key] = self._cut(day, day_periods(self.version.schedule, *key[:3]), minutes)
        return self._days[key]

    def _cut(self, day: date, every: list[str | None], minutes: int) -> list[str | None]:
        result = []
        for start in range(0, DAY_MINUTES, minutes):
            found = set(every[start : start + minutes])
            if None in found and self.version.schedule:
                raise RatingError(
                    "schedule_gap", version=self.version.key, date=day, time=clock(start)
                )
            if len(found) > 1:
                raise RatingError("interval_boundary", version=self.version.key, time=clock(start))
            result.append(every[start])
        return result


def periods_of(version: Version) -> list[str]:
    """Return the names of a version's periods, in the order of its schedule."""
    return list(dict.fromkeys(row.period for row in version.schedule))


def gaps(rows: Sequence[ScheduleRow]) -> Iterator[tuple[int, str, str, str]]:
    """Report the hours without a period: tuples (month, kind of day, from, to).

    Without any row the day is not divided at all, so nothing is missing.
    """
    if not rows:
        return
    for kind in DAY_TYPES[1:]:
        weekday = "workday" if kind == "holiday" else kind
        for month in range(1, 13):
            for start, end, period in runs(day_periods(rows, month, kind, weekday)):
                if period is None:
                    yield month, kind, clock(start), clock(end)


def runs(minutes: Iterable[str | None]) -> Iterator[tuple[int, int, str | None]]:
    """Gather minutes of the same period: tuples (first minute, end minute, period)."""
    end = 0
    for period, group in groupby(minutes):
        start, end = end, end + len(list(group))
        yield start, end, period
