"""How long it takes until power is back, from how long it took before.

Durations are minutes. The estimate is the median of like faults, the bound is the time within
which four of five of them were over. "Like" means the same cause, area, time of day and weather;
where too few of them are known, what matters least is left out first.
"""

import dataclasses
import statistics
from collections.abc import Hashable, Iterable, Sequence

LEAST_SAMPLES = 8
BOUND = 0.8
# What must be equal, from all to nothing. Cause decides most, then weather, area and hour.
LEVELS: tuple[tuple[str, ...], ...] = (
    ("cause", "weather", "area", "hour"),
    ("cause", "weather", "area"),
    ("cause", "weather", "hour"),
    ("cause", "weather"),
    ("cause",),
    ("weather",),
    (),
)
# Hours of the day that behave alike: night, morning, afternoon, evening.
_PARTS_OF_DAY = (0, 6, 12, 18)


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A fault that is over, or (without ``minutes``) the one to estimate."""

    cause: Hashable
    area: Hashable
    hour: int
    weather: bool
    minutes: float = 0.0

    def key(self, names: Sequence[str]) -> tuple[Hashable, ...]:
        return tuple(
            part_of_day(self.hour) if name == "hour" else getattr(self, name) for name in names
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Estimate:
    """``median`` and ``bound`` in minutes; ``names`` says in what the faults were alike."""

    median: float
    bound: float
    samples: int
    names: tuple[str, ...]


def part_of_day(hour: int) -> int:
    """Return the first hour of the quarter of the day.

    >>> part_of_day(5), part_of_day(13)
    (0, 12)
    """
    return max(start for start in _PARTS_OF_DAY if start <= hour)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share lies, between neighbours in proportion.

    >>> quantile([10.0, 20.0, 30.0, 40.0, 50.0], 0.8)
    42.0
    """
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def estimate(case: Case, history: Iterable[Case], least: int = LEAST_SAMPLES) -> Estimate | None:
    """Return median and 80 % bound of like faults, or None when hardly anything is known.

    :param least: how many like faults are wanted; with fewer in all, all are taken
    """
    known = [item for item in history if item.minutes > 0]
    if not known:
        return None
    for names in LEVELS:
        wanted = case.key(names)
        minutes = [item.minutes for item in known if item.key(names) == wanted]
        if len(minutes) >= least or not names:
            return Estimate(
                median=statistics.median(minutes),
                bound=quantile(minutes, BOUND),
                samples=len(minutes),
                names=names,
            )
    return None
