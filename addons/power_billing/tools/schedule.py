"""Which period a minute belongs to: by month, by kind of day, by clock."""

from collections.abc import Iterator
from datetime import date

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
    return [(row.start, DAY_MINUTES), (0, row.end)]


def day_periods(version: Version, month: int, kind: str, weekday: str) -> list[str | None]:
    """Return the period of each of the 1440 minutes of a kind of day.

    Rows for holidays win over rows for workdays or weekends, those over rows for any day; among
    equals the later row wins. A holiday without rows of its own is the day of the week it is.

    :param kind: ``workday``, ``weekend`` or ``holiday``
    :param weekday: ``workday`` or ``weekend``: what the day would be were it no holiday
    """
    minutes: list[str | None] = [None] * DAY_MINUTES
    rows = [
        row
        for row in version.schedule
        if month in row.months and row.days in {"any", kind, weekday}
    ]
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
            self._days[key] = self._cut(day, day_periods(self.version, *key[:3]), minutes)
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


def problems(version: Version) -> Iterator[tuple[str, int, str, str, str]]:
    """Report what is wrong with a schedule, month by month and kind of day by kind of day.

    :return: tuples (``gap`` or ``duplicate``, month, kind of day, from, to); a duplicate are two
        rows for the same days that name different periods for the same minutes
    """
    if not version.schedule:
        return
    for month in range(1, 13):
        for kind in DAY_TYPES[1:]:
            weekday = "workday" if kind == "holiday" else kind
            minutes = day_periods(version, month, kind, weekday)
            for start, end in _runs([period is None for period in minutes]):
                yield "gap", month, kind, clock(start), clock(end)
        for kind in DAY_TYPES:
            for start, end in _runs(_twice(version, month, kind)):
                yield "duplicate", month, kind, clock(start), clock(end)


def _twice(version: Version, month: int, kind: str) -> list[bool]:
    seen: list[set[str]] = [set() for _minute in range(DAY_MINUTES)]
    for row in version.schedule:
        if month in row.months and row.days == kind:
            for start, end in spans(row):
                for minute in range(start, end):
                    seen[minute].add(row.period)
    return [len(found) > 1 for found in seen]


def _runs(flags: list[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for minute, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = minute
        elif not flag and start is not None:
            yield start, minute
            start = None
