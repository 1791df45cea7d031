"""Reliability of supply: the indices of IEEE 1366 under their own and their DL/T 836.1-2016 names.

Pure functions over interruptions; nothing here knows the database. Durations are minutes (float),
shares are fractions of one, counts are customers. Money does not occur.

Sources: IEEE Std 1366 (SAIFI, SAIDI, CAIDI, CTAIDI, CAIFI, ASAI, MAIFI, CEMIn, CELID and the 2.5
beta method), DL/T 836.1-2016 (names), R. Billinton and R. N. Allan, *Reliability Evaluation of
Power Systems* (load point indices).
"""

import dataclasses
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, datetime
from typing import TypeVar

# A point in time; any number will do.
Moment = TypeVar("Moment", datetime, int, float)
# Key -> (English name, Chinese name of DL/T 836.1). The suffix -1 counts all interruptions, -2 all
# but external influence, -3 all but shortage of generation.
DLT_NAMES: dict[str, tuple[str, str]] = {
    "saidi": ("SAIDI", "系统平均停电时间"),
    "saifi": ("SAIFI", "系统平均停电频率"),
    "asai": ("ASAI", "平均供电可靠率"),
    "caidi": ("CAIDI", "用户平均停电时间"),
    "caifi": ("CAIFI", "停电用户平均停电频率"),
    "ctaidi": ("CTAIDI", "停电用户平均停电时间"),
    "maifi": ("MAIFI", "系统平均短时停电频率"),
    "cemi": ("CEMIn", "多次停电用户比率"),
    "celid": ("CELID", "长时间停电用户比率"),
}
VARIANTS: dict[str, int] = {"all": 1, "no_external": 2, "no_shortage": 3}


@dataclasses.dataclass(frozen=True, slots=True)
class Interruption:
    """One step of an interruption: these customers were without supply for so many minutes.

    :param customers: who was interrupted; each customer stands in one step of an event only
    :param day: the local day on which the event began
    :param influence: ``own``, ``external`` or ``shortage``
    :param excluded: the rules of its day leave it out
    """

    customers: frozenset[Hashable]
    minutes: float
    day: date
    influence: str = "own"
    excluded: bool = False


def leave_out(
    start: Moment, end: Moment, spans: Iterable[tuple[Moment, Moment]]
) -> list[tuple[Moment, Moment]]:
    """Return what is left of the time from ``start`` to ``end`` beside these spans, in order.

    >>> leave_out(0, 10, [(8, 20), (2, 3)])
    [(0, 2), (3, 8)]
    """
    left = []
    for first, last in sorted(spans):
        if start < min(first, end):
            left.append((start, min(first, end)))
        start = max(start, last)
    if start < end:
        left.append((start, end))
    return left


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """What counts how.

    :param sustained_minutes: longer than this is sustained, else momentary (5 in IEEE 1366)
    :param cemi_n: CEMIn counts customers with at least, or more than, this many
    :param cemi_at_least: newer editions say "n or more", older ones "more than n"
    :param celid_minutes: CELID counts customers with one interruption of at least this long
    :param variant: which influences are left out, as the DL/T suffix says
    :param keep_excluded: count what the rules of its day exclude, too
    """

    sustained_minutes: float = 5.0
    cemi_n: int = 3
    cemi_at_least: bool = True
    celid_minutes: float = 480.0
    variant: str = "all"
    keep_excluded: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Totals:
    """What the indices are made of; the database adds up the same figures.

    :param served: customers served (NT)
    :param interruptions: customer interruptions, sustained (CI)
    :param minutes: customer minutes of interruption, sustained (CMI)
    :param affected: customers with at least one sustained interruption (CN)
    :param momentary: momentary customer interruptions
    :param repeated: customers that count for CEMIn
    :param long: customers that count for CELID
    :param hours: hours of the period
    """

    served: int
    interruptions: int = 0
    minutes: float = 0.0
    affected: int = 0
    momentary: int = 0
    repeated: int = 0
    long: int = 0
    hours: float = 8760.0


@dataclasses.dataclass(frozen=True, slots=True)
class Indices:
    """SAIDI, CAIDI and CTAIDI in minutes; ASAI, CEMIn and CELID as shares of one; else numbers."""

    saifi: float
    saidi: float
    caidi: float
    ctaidi: float
    caifi: float
    asai: float
    maifi: float
    cemi: float
    celid: float


def dlt_name(key: str, variant: str = "all", chinese: bool = False) -> str:
    """Return the name of an index with the suffix of DL/T 836.1.

    >>> dlt_name("saidi", "no_external"), dlt_name("asai", chinese=True)
    ('SAIDI-2', '平均供电可靠率-1')
    """
    return f"{DLT_NAMES[key][int(chinese)]}-{VARIANTS[variant]}"


def counts(interruption: Interruption, rules: Rules) -> bool:
    """Say whether these rules count this interruption."""
    left_out = {"no_external": "external", "no_shortage": "shortage"}.get(rules.variant)
    excluded = interruption.excluded and not rules.keep_excluded
    return interruption.influence != left_out and not excluded


def add_up(
    interruptions: Iterable[Interruption], served: int, hours: float, rules: Rules
) -> Totals:
    """Add up the totals of a set of customers.

    :param served: customers served in the period
    :param hours: length of the period: 8760 or 8784 for a year
    """
    number: Counter[Hashable] = Counter()
    longest: dict[Hashable, float] = defaultdict(float)
    minutes = 0.0
    momentary = 0
    for item in interruptions:
        if not counts(item, rules):
            continue
        if item.minutes <= rules.sustained_minutes:
            momentary += len(item.customers)
            continue
        number.update(item.customers)
        minutes += item.minutes * len(item.customers)
        for customer in item.customers:
            longest[customer] = max(longest[customer], item.minutes)
    least = rules.cemi_n if rules.cemi_at_least else rules.cemi_n + 1
    return Totals(
        served=served,
        interruptions=number.total(),
        minutes=minutes,
        affected=len(number),
        momentary=momentary,
        repeated=sum(1 for count in number.values() if count >= least),
        long=sum(1 for longest_one in longest.values() if longest_one >= rules.celid_minutes),
        hours=hours,
    )


def compute(totals: Totals) -> Indices:
    """Divide the totals; where nobody is served or nobody was interrupted, an index is 0."""
    served, affected, events = totals.served, totals.affected, totals.interruptions
    saidi = totals.minutes / served if served else 0.0
    return Indices(
        saifi=events / served if served else 0.0,
        saidi=saidi,
        caidi=totals.minutes / events if events else 0.0,
        ctaidi=totals.minutes / affected if affected else 0.0,
        caifi=events / affected if affected else 0.0,
        asai=1.0 - saidi / (totals.hours * 60.0) if totals.hours else 1.0,
        maifi=totals.momentary / served if served else 0.0,
        cemi=totals.repeated / served if served else 0.0,
        celid=totals.long / served if served else 0.0,
    )


def from_load_points(points: Iterable[tuple[int, float, float]]) -> Indices:
    """Return the indices of load points by their failure rates (Billinton and Allan).

    :param points: (customers, failures a year, hours of unavailability a year) of each
    """
    rows = list(points)
    served = sum(customers for customers, _rate, _hours in rows)
    saifi = sum(customers * rate for customers, rate, _hours in rows) / served
    saidi = 60.0 * sum(customers * hours for customers, _rate, hours in rows) / served
    return Indices(
        saifi=saifi,
        saidi=saidi,
        caidi=saidi / saifi,
        ctaidi=0.0,
        caifi=0.0,
        asai=1.0 - saidi / (8760.0 * 60.0),
        maifi=0.0,
        cemi=0.0,
        celid=0.0,
    )


# === MAJOR EVENT DAYS === #


def daily_saidi(
    interruptions: Iterable[Interruption], served: Callable[[date], int], rules: Rules
) -> dict[date, float]:
    """Return the SAIDI (minutes) of each day; an event counts wholly on the day it began."""
    minutes: dict[date, float] = defaultdict(float)
    for item in interruptions:
        if counts(item, rules) and item.minutes > rules.sustained_minutes:
            minutes[item.day] += item.minutes * len(item.customers)
    return {day: total / served(day) for day, total in minutes.items() if served(day)}


def major_event_threshold(values: Iterable[float], beta: float = 2.5) -> float | None:
    """Return T_MED in minutes: ``exp(mean(ln SAIDI) + beta * deviation(ln SAIDI))``.

    :param values: daily SAIDI of the years before (five where there are); zero days are left out
    :param beta: multiples of the (sample) standard deviation
    :return: None with fewer than two days, as no deviation is known
    """
    logs = [math.log(value) for value in values if value > 0]
    if len(logs) < 2:
        return None
    return math.exp(statistics.fmean(logs) + beta * statistics.stdev(logs))


def major_event_days(daily: Mapping[date, float], threshold: float | None) -> set[date]:
    """Return the days whose SAIDI exceeds the threshold."""
    if threshold is None:
        return set()
    return {day for day, value in daily.items() if value > threshold}
