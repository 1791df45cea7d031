"""Interval values: energy by period, and the maximum demand they show."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from .amounts import ZERO, plain
from .determinants import DAY, IntervalDay, Series, Version
from .rating_error import RatingError
from .schedule import Calendar, clock
from .timeline import Stretch, Timeline

Weights = dict[tuple[Stretch, str | None], Decimal]


class Intervals:
    """The series of a bill, checked and laid on its timeline."""

    def __init__(self, timeline: Timeline, series: Iterable[Series]):
        self.timeline = timeline
        self.series = list(series)
        self._calendars: dict[int, tuple[Version, Calendar]] = {}
        for one in self.series:
            _check_days(one)

    def of(self, key: object, quantity: str) -> list[Series]:
        return [one for one in self.series if one.key == key and one.quantity == quantity]

    def weights(self, series: Series, first: date, last: date) -> Weights:
        """Return the energy of the days ``first … last`` by stretch and period."""
        result: Weights = defaultdict(Decimal)
        for day in series.days:
            if first <= day.date <= last:
                stretch = self.timeline.at(day.date)
                for _minute, period, kwh in self._values(series, stretch, day):
                    result[stretch, period] += kwh
        return result

    def see_demand(self, first: date, last: date) -> None:
        """Note the maximum of each line's average power over one interval, in kW."""
        for line, group in self._active_by_line().items():
            loads: dict[tuple[date, int], Decimal] = defaultdict(Decimal)
            found: dict[tuple[date, int], tuple[Stretch, str | None]] = {}
            for series in group:
                for day in series.days:
                    if not first <= day.date <= last:
                        continue
                    stretch = self.timeline.at(day.date)
                    for minute, period, kwh in self._values(series, stretch, day):
                        loads[day.date, minute] += kwh * 60 / series.minutes
                        found[day.date, minute] = (stretch, period)
            for at, kw in loads.items():
                stretch, period = found[at]
                stretch.see_demand(line, period, kw)

    def _active_by_line(self) -> dict[str | None, list[Series]]:
        """Sub-meters stand behind a line that is measured already."""
        shares = self.timeline.determinants.shares
        behind = {share.value for share in shares if share.kind == "meter"}
        lines: dict[str | None, list[Series]] = defaultdict(list)
        for series in self.series:
            if series.quantity == "active" and str(series.key) not in behind:
                lines[series.line].append(series)
        return lines

    def _values(
        self, series: Series, stretch: Stretch, day: IntervalDay
    ) -> Iterator[tuple[int, str | None, Decimal]]:
        periods = self._calendar(stretch.version).periods(day.date, series.minutes)
        for index, (period, kwh) in enumerate(zip(periods, day.values, strict=True)):
            if kwh is not None:
                yield index * series.minutes, period, kwh

    def _calendar(self, version: Version) -> Calendar:
        if id(version) not in self._calendars:
            self._calendars[id(version)] = (version, Calendar(version))
        return self._calendars[id(version)][1]


def _check_days(series: Series) -> None:
    expected = 24 * 60 // series.minutes
    seen = set()
    for day in series.days:
        if day.date in seen:
            raise RatingError("interval_duplicate", meter=series.key, date=day.date)
        seen.add(day.date)
        if len(day.values) != expected:
            raise RatingError(
                "interval_length",
                meter=series.key,
                date=day.date,
                found=len(day.values),
                expected=expected,
            )


def gaps(series: Series, first: date, last: date) -> list[tuple[date, str, int]]:
    """Return the holes of a series: first missing interval (day, clock) and how many are missing.

    A hole that goes on over midnight is one.
    """
    days = {day.date: day.values for day in series.days}
    per_day = 24 * 60 // series.minutes
    holes: list[tuple[date, str, int]] = []
    open_hole = False
    day = first
    while day <= last:
        for index, value in enumerate(days.get(day) or [None] * per_day):
            if value is not None:
                open_hole = False
            elif open_hole:
                start, time, count = holes[-1]
                holes[-1] = (start, time, count + 1)
            else:
                holes.append((day, clock(index * series.minutes), 1))
                open_hole = True
        day += DAY
    return holes


def refuse_gaps(series: Series, first: date, last: date) -> None:
    for day, time, missing in gaps(series, first, last):
        raise RatingError("interval_gap", meter=series.key, date=day, time=time, missing=missing)


def series_step(series: Series, first: date, last: date, weights: Weights) -> dict[str, object]:
    periods: dict[str | None, Decimal] = defaultdict(Decimal)
    for (_stretch, period), kwh in weights.items():
        periods[period] += kwh
    total = sum(periods.values(), ZERO)
    names = ", ".join(f"{period} {plain(kwh)}" for period, kwh in periods.items() if period)
    return {
        "type": "intervals",
        "meter": series.key,
        "quantity": series.quantity,
        "date_from": first.isoformat(),
        "date_to": last.isoformat(),
        "kwh": str(total),
        "step": f"{series.minutes} min: {plain(total)}" + (f" = {names}" if names else ""),
    }
