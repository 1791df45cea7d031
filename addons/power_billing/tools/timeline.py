"""The calendar of a bill, cut where prices or facts change; what was measured on each stretch."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .amounts import ZERO
from .determinants import DAY, Determinants, Fact, Version, version_on
from .rating_error import RatingError

Periods = dict[str | None, Decimal]

NO_FACT = Fact(date.min)


def add_energy(target: Periods, source: Periods) -> None:
    for period, kwh in source.items():
        target[period] = target.get(period, ZERO) + kwh


@dataclass(eq=False, slots=True)
class Stretch:
    """Days under one version and one set of facts, with what was measured on them.

    ``own``: kWh by period of the sub-meters, by number of the share; they are part of ``active``.
    ``share_versions``: the prices of each share, None where it is not in force.
    """

    version: Version
    fact: Fact
    year: int
    share_versions: tuple[Version | None, ...]
    active: Periods = field(default_factory=dict)
    reactive: Decimal = ZERO
    export: Periods = field(default_factory=dict)
    own: dict[int, Periods] = field(default_factory=lambda: defaultdict(dict))
    demand: dict[tuple[str | None, str | None], Decimal] = field(default_factory=dict)
    date_from: date | None = None
    date_to: date | None = None
    service_days: int = 0
    service_from: date | None = None
    service_to: date | None = None

    @property
    def kwh(self) -> Decimal:
        return sum(self.active.values(), ZERO)

    def extend(self, first: date, last: date) -> None:
        self.date_from = min(first, self.date_from or first)
        self.date_to = max(last, self.date_to or last)

    def see_demand(self, line: str | None, period: str | None, kw: Decimal) -> None:
        key = (line, period)
        self.demand[key] = max(kw, self.demand.get(key, kw))

    def demand_kw(self, period: str | None) -> Decimal | None:
        """Return the sum of the lines' maxima in a period; None: the maximum of all periods."""
        lines: dict[str | None, Decimal] = {}
        for (line, measured), kw in self.demand.items():
            if period in (None, measured):
                lines[line] = max(kw, lines.get(line, kw))
        return sum(lines.values(), Decimal(0)) if lines else None


class Timeline:
    """Stretches in order, made when a day first falls on them."""

    def __init__(self, determinants: Determinants):
        self.determinants = determinants
        self._cuts = sorted(set(self._changes()))
        self._stretches: dict[date, Stretch] = {}

    def _changes(self) -> Iterator[date]:
        """Days on which something new begins."""
        data = self.determinants
        dated = [*data.versions, *data.facts]
        for share in data.shares:
            dated += share.versions
        for item in dated:
            yield item.date_from
            if item.date_to:
                yield item.date_to + DAY
        for share in data.shares:
            if share.date_from:
                yield share.date_from
            if share.date_to:
                yield share.date_to + DAY
        for year in range(data.period_from.year, data.period_to.year):
            yield date(year + 1, 1, 1)

    def __iter__(self) -> Iterator[Stretch]:
        """In the order of the days."""
        return iter([self._stretches[start] for start in sorted(self._stretches)])

    def split(self, first: date, last: date) -> list[tuple[Stretch, date, date]]:
        """Cut the days ``first … last`` (both in) where something changes."""
        parts, start = [], first
        for cut in self._cuts:
            if start < cut <= last:
                parts.append((self.at(start), start, cut - DAY))
                start = cut
        if start <= last:
            parts.append((self.at(start), start, last))
        return parts

    def at(self, day: date) -> Stretch:
        """Return the stretch of a day.

        :raises RatingError: ``no_version``, ``no_fact``
        """
        index = bisect_right(self._cuts, day)
        start = self._cuts[index - 1] if index else date.min
        stretch = self._stretches.get(start)
        if stretch is None:
            data = self.determinants
            stretch = self._stretches[start] = Stretch(
                version=data.version_on(day),
                fact=self._fact_on(day),
                year=min(max(day.year, data.period_from.year), data.period_to.year),
                share_versions=tuple(
                    version_on(share.versions, day) if share.covers(day) else None
                    for share in data.shares
                ),
            )
        return stretch

    def _fact_on(self, day: date) -> Fact:
        """Energy read late may be older than the first facts known: they are taken."""
        facts = self.determinants.facts
        if not facts:
            return NO_FACT
        for fact in facts:
            if fact.covers(day):
                return fact
        first = min(facts, key=lambda fact: fact.date_from)
        if day < first.date_from:
            return first
        raise RatingError("no_fact", date=day)

    def serve(self) -> None:
        """Add the days of service within the period, on which fixed and basic charges depend."""
        data = self.determinants
        first = max(data.period_from, data.service_from)
        last = min(data.period_to, data.service_to)
        for stretch, start, end in self.split(first, last):
            if stretch.date_from is None:
                stretch.extend(start, end)
            stretch.service_days += (end - start).days + 1
            stretch.service_from = min(start, stretch.service_from or start)
            stretch.service_to = max(end, stretch.service_to or end)
