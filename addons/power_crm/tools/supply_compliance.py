"""Does a supply point have the supplies its important-customer level demands?

Sources of the demands, each named on the constant or function that carries it:

* GB/T 29328-2018 (技术规范: supply sources and own emergency sources of important customers);
* 电监安全〔2008〕43号 (levels, and the demand for each);
* GB 50052-2009 §3.0.3(2) (an emergency source takes over within the allowed interruption).

Words: a *supply* (电源) is one bus section of one substation; a *circuit* (回路) is one feeder.
Two feeders of one bus section are two circuits, but one supply.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

DEFAULT_MARGIN_PERCENT = Decimal(120)


class Demand(StrEnum):
    """What may be missing; the value is stable and may be stored or translated."""

    SUPPLIES = "supplies"
    SUBSTATIONS = "substations"
    CIRCUITS = "circuits"
    GENERATOR = "generator"
    SAFETY_LOAD = "safety_load"
    GENERATOR_CAPACITY = "generator_capacity"
    TRANSFER_TIME = "transfer_time"
    INTERLOCK = "interlock"


@dataclass(frozen=True)
class Source:
    """One incoming line. Empty texts mean "not recorded" and never make two lines differ."""

    substation: str = ""
    bus_section: str = ""
    feeder: str = ""


@dataclass(frozen=True)
class Generator:
    """The customer's own emergency source.

    ``transfer_time_s`` of None is "not recorded"; ``interlocked`` of None likewise.
    """

    capacity_kw: Decimal
    transfer_time_s: Decimal | None = None
    interlocked: bool | None = None


@dataclass(frozen=True)
class LevelDemand:
    """Smallest numbers of distinct supplies, substations and circuits of one level."""

    supplies: int = 0
    substations: int = 0
    circuits: int = 0


@dataclass(frozen=True)
class Missing:
    """A demand that is not met: how much is needed and how much there is (kW, s or a count)."""

    demand: Demand
    needed: Decimal
    present: Decimal


# special: three supplies, two of them from two different substations;
# first: two supplies from two different substations;
# second: two circuits, which may come from different bus sections of one substation;
# temporary: two circuits or supplies (two supplies always are two circuits).
# Source: 电监安全〔2008〕43号 and GB/T 29328-2018.
LEVEL_DEMANDS: dict[str, LevelDemand] = {
    "special": LevelDemand(supplies=3, substations=2),
    "first": LevelDemand(supplies=2, substations=2),
    "second": LevelDemand(circuits=2),
    "temporary": LevelDemand(circuits=2),
}


def _key(text: str) -> str:
    return "".join(text.split()).casefold()


def count_substations(sources: Iterable[Source]) -> int:
    """Count the different substations that are named."""
    return len({_key(source.substation) for source in sources} - {""})


def count_supplies(sources: Iterable[Source]) -> int:
    """Count the different bus sections of different substations.

    A line whose substation is not recorded proves nothing and is not counted; of one substation,
    lines with no bus section are one supply at most, and none beside a named section.
    """
    sections: dict[str, set[str]] = {}
    for source in sources:
        if _key(source.substation):
            sections.setdefault(_key(source.substation), set()).add(_key(source.bus_section))
    return sum(max(1, len(names - {""})) for names in sections.values())


def count_circuits(sources: Iterable[Source]) -> int:
    """Count the lines that differ in something recorded."""
    lines = {
        (_key(source.substation), _key(source.bus_section), _key(source.feeder))
        for source in sources
    }
    return len(lines - {("", "", "")})


def missing_supplies(level: str, sources: Iterable[Source]) -> list[Missing]:
    """List what the incoming lines lack for ``level`` (source: 电监安全〔2008〕43号)."""
    demand, sources = LEVEL_DEMANDS[level], list(sources)
    counted = (
        (Demand.SUPPLIES, demand.supplies, count_supplies(sources)),
        (Demand.SUBSTATIONS, demand.substations, count_substations(sources)),
        (Demand.CIRCUITS, demand.circuits, count_circuits(sources)),
    )
    return [
        Missing(name, Decimal(needed), Decimal(present))
        for name, needed, present in counted
        if present < needed
    ]


def missing_emergency_power(
    generators: Iterable[Generator],
    safety_load_kw: Decimal,
    margin_percent: Decimal = DEFAULT_MARGIN_PERCENT,
    allowed_interruption_s: Decimal | None = None,
) -> list[Missing]:
    """List what the own emergency sources lack.

    * every important customer has its own source: GB/T 29328-2018;
    * together they give ``margin_percent`` (120 by default) of the safety load (保安负荷): a
      management rule read with GB/T 29328-2018, hence a parameter;
    * one of them takes over within the allowed interruption, where that is stated and the source's
      own time is recorded: GB 50052-2009 §3.0.3(2);
    * none is without a lock against back-feed (供电营业规则).
    """
    generators = [generator for generator in generators if generator.capacity_kw > 0]
    zero = Decimal(0)
    if not generators:
        return [Missing(Demand.GENERATOR, Decimal(1), zero)]
    missing = []
    if safety_load_kw <= 0:
        missing.append(Missing(Demand.SAFETY_LOAD, Decimal(1), zero))
    needed = safety_load_kw * margin_percent / 100
    present = sum((generator.capacity_kw for generator in generators), zero)
    if present < needed:
        missing.append(Missing(Demand.GENERATOR_CAPACITY, needed, present))
    times = [g.transfer_time_s for g in generators if g.transfer_time_s is not None]
    if allowed_interruption_s is not None and times and min(times) > allowed_interruption_s:
        missing.append(Missing(Demand.TRANSFER_TIME, allowed_interruption_s, min(times)))
    unlocked = sum(1 for generator in generators if generator.interlocked is False)
    if unlocked:
        missing.append(Missing(Demand.INTERLOCK, zero, Decimal(unlocked)))
    return missing


def judge(
    level: str | None,
    sources: Iterable[Source],
    generators: Iterable[Generator],
    safety_load_kw: Decimal,
    margin_percent: Decimal = DEFAULT_MARGIN_PERCENT,
    allowed_interruption_s: Decimal | None = None,
) -> list[Missing] | None:
    """Judge one supply point.

    :return: None when the level demands nothing, else the demands not met (none: compliant).
    """
    if not level:
        return None
    return missing_supplies(level, sources) + missing_emergency_power(
        generators, safety_load_kw, margin_percent, allowed_interruption_s
    )


def security_class(sources: Iterable[Source], generators: Iterable[Generator]) -> str:
    """Classify the security of supply of any point, important or not.

    A: dual supply and own source; B: dual supply only; C: own source only; D: neither.
    """
    dual = count_circuits(sources) >= 2
    own = any(generator.capacity_kw > 0 for generator in generators)
    return {(True, True): "A", (True, False): "B", (False, True): "C", (False, False): "D"}[
        dual, own
    ]
