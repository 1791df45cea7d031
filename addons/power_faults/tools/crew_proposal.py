"""Which crew to send: distance, load and skill, each with its share of the score."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Job:
    """Where a fault is (degrees, or None), its area, and the skills it asks for."""

    latitude: float | None = None
    longitude: float | None = None
    area: int | None = None
    skills: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Crew:
    """A crew that could go: position, areas, skills, open jobs, and whether it is on shift."""

    key: int
    latitude: float | None = None
    longitude: float | None = None
    areas: frozenset[int] = frozenset()
    skills: frozenset[int] = frozenset()
    load: int = 0
    on_shift: bool = True


@dataclass(frozen=True, slots=True)
class Weights:
    """Minutes that each thing costs; the crew with the fewest is proposed first."""

    minutes_per_km: float = 2.0
    minutes_per_job: float = 30.0
    other_area: float = 20.0
    unknown_distance: float = 15.0
    missing_skill: float = 120.0
    off_shift: float = 240.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A crew with its cost in minutes, the distance in km if known, and what spoke against it."""

    key: int
    minutes: float
    distance: float | None
    load: int
    in_area: bool
    missing: frozenset[int] = field(default_factory=frozenset)
    on_shift: bool = True


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the great-circle distance.

    >>> round(distance_km(31.49, 120.31, 31.30, 120.58), 1)
    33.2
    """
    lat1, lon1, lat2, lon2 = map(radians, (lat1, lon1, lat2, lon2))
    root = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(root))


def propose(job: Job, crews: Iterable[Crew], weights: Weights | None = None) -> list[Proposal]:
    """Return the crews, the best first; equal ones by key."""
    weights = weights or Weights()
    proposals = [_weigh(job, crew, weights) for crew in crews]
    return sorted(proposals, key=lambda proposal: (proposal.minutes, proposal.key))


def _weigh(job: Job, crew: Crew, weights: Weights) -> Proposal:
    distance = None
    if None not in (job.latitude, job.longitude, crew.latitude, crew.longitude):
        distance = distance_km(job.latitude, job.longitude, crew.latitude, crew.longitude)
    in_area = job.area is None or not crew.areas or job.area in crew.areas
    missing = job.skills - crew.skills
    travel = weights.unknown_distance if distance is None else distance * weights.minutes_per_km
    minutes = (
        travel
        + crew.load * weights.minutes_per_job
        + (0 if in_area else weights.other_area)
        + len(missing) * weights.missing_skill
        + (0 if crew.on_shift else weights.off_shift)
    )
    return Proposal(
        crew.key, round(minutes, 1), distance, crew.load, in_area, missing, crew.on_shift
    )
