"""How urgent a fault is, and why: points for facts, added up, and bands of points."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FACTS: tuple[str, ...] = (
    "danger",
    "life_support",
    "important_level",
    "customers",
    "service_level",
    "repeat",
)
# A scale of its own: the higher the number, the more depends on the supply.
LEVEL_RANK: dict[str | bool | None, int] = {
    "special": 4,
    "first": 3,
    "second": 2,
    "temporary": 1,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """``points`` for a fact that is ``threshold`` or more."""

    fact: str
    threshold: int
    points: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why points were given: the fact, its value, and the points."""

    fact: str
    value: int
    points: int


@dataclass(frozen=True, slots=True)
class Bands:
    """Points from which a fault is raised, high and urgent."""

    raised: int = 20
    high: int = 50
    urgent: int = 100


def judge(facts: Mapping[str, int], rules: Iterable[Rule]) -> list[Reason]:
    """Return the reasons for urgency, the weightiest first.

    Of the rules of one fact only the one with the highest threshold reached counts.

    >>> judge({"customers": 120}, [Rule("customers", 10, 20), Rule("customers", 100, 40)])
    [Reason(fact='customers', value=120, points=40)]
    """
    best: dict[str, Rule] = {}
    for rule in rules:
        reached = facts.get(rule.fact, 0) >= rule.threshold
        if reached and (rule.fact not in best or rule.threshold > best[rule.fact].threshold):
            best[rule.fact] = rule
    reasons = [Reason(rule.fact, facts[rule.fact], rule.points) for rule in best.values()]
    return sorted(reasons, key=lambda reason: (-reason.points, FACTS.index(reason.fact)))


def band(points: int, bands: Bands) -> str:
    """Return ``0`` (normal) to ``3`` (urgent) for a number of points.

    >>> band(50, Bands())
    '2'
    """
    if points >= bands.urgent:
        return "3"
    if points >= bands.high:
        return "2"
    return "1" if points >= bands.raised else "0"
