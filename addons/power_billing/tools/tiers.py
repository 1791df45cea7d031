"""Stepped prices: how much of the energy falls into which tier.

The limits of the calendar year are cleared at its end. A customer supplied from within the year
gets the year's limits for the months left, the starting one counted whole. Who leaves within it
keeps the year's limits or, where the tariff settles leavers by months, has those until his last
month, and what was billed before is cut anew. Of the limits of a month or a billing cycle a
customer gets those of the months with a day of service. A large household gets its extra kWh a
month from the month of its approval, which moves every limit up.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from .amounts import ZERO, energy, plain, split_energy, split_matrix
from .charge import Part
from .determinants import Determinants, Fact, Tiers, months_between

MONTHS = 12


def split_tiers(start: Decimal, kwh: Decimal, limits: Sequence[Decimal]) -> list[Decimal]:
    """Cut the energy that comes after ``start`` at the limits.

    >>> [str(part) for part in split_tiers(Decimal(0), Decimal(650), [Decimal(180), Decimal(450)])]
    ['180', '270', '200']
    """
    parts, low, end = [], Decimal(0), start + kwh
    for limit in limits:
        parts.append(max(Decimal(0), min(end, limit) - max(start, low)))
        low = limit
    return [*parts, max(Decimal(0), end - max(start, low))]


def year_months(fact: Fact, year: int) -> int:
    """Count the months of a year for which a customer has limits."""
    return max(0, _last_month(fact.supplied_to, year) + 1 - _first_month(fact.supplied_from, year))


def _last_month(until: date | None, year: int) -> int:
    if until is None or until.year > year:
        return MONTHS
    return until.month if until.year == year else 0


def _first_month(since: date | None, year: int) -> int:
    if since is None or since.year < year:
        return 1
    return since.month if since.year == year else MONTHS + 1


def extra_months(fact: Fact, year: int) -> int:
    """Count the months of a year in which a large household has its extra energy."""
    if fact.household_extra_from is None:
        return 0
    first = max(
        _first_month(fact.supplied_from, year), _first_month(fact.household_extra_from, year)
    )
    return max(0, _last_month(fact.supplied_to, year) + 1 - first)


def set_cells(determinants: Determinants, parts: Sequence[Part], steps: list[Any]) -> None:
    """Fill each part's ``cells``: kWh by period and tier.

    Parts with the same tiers in the same year are cut together, so that a new price in the month
    moves no kWh to another tier.
    """
    used: dict[int, Decimal] = {determinants.period_from.year: determinants.year_kwh}
    settled: tuple[Tiers, Sequence[Part], list[Decimal]] | None = None
    for group in _groups(parts):
        tiers = group[0].version.tiers
        if tiers is None:
            for part in group:
                part.cells = {(period, None): kwh for period, kwh in part.active.items()}
            continue
        limits = _limits(determinants, tiers, parts, group, steps)
        year = group[0].year
        start = used.get(year, ZERO) if tiers.basis == "year" else ZERO
        _cut(tiers, group, start, limits, steps)
        used[year] = used.get(year, ZERO) + sum((part.kwh for part in group), ZERO)
        if _settles(determinants, tiers, group):
            settled = tiers, group, limits
    if settled:
        _settle_leaver(determinants.year_kwh, *settled, steps)


def _settles(determinants: Determinants, tiers: Tiers, group: Sequence[Part]) -> bool:
    """Tell whether what was billed earlier in the year is to be cut anew with a group's limits."""
    return bool(
        tiers.basis == "year"
        and tiers.leaver == "months"
        and determinants.year_kwh
        and group[0].year == determinants.period_from.year
        and group[0].share is None
        and _fact(group).supplied_to
    )


def _groups(parts: Sequence[Part]) -> list[list[Part]]:
    groups: dict[Any, list[Part]] = {}
    for part in parts:
        tiers = part.version.tiers
        groups.setdefault((tiers, tiers and part.year), []).append(part)
    return list(groups.values())


def _limits(
    determinants: Determinants,
    tiers: Tiers,
    parts: Sequence[Part],
    group: Sequence[Part],
    steps: list[Any],
) -> list[Decimal]:
    """Return the limits for the days of a group, in kWh."""
    fact = _fact(group)
    if tiers.basis == "year":
        if tiers.leaver == "year":
            fact = replace(fact, supplied_to=None)
        months, extra, limits = _year_limits(tiers, fact, group[0].year)
        if extra or months != MONTHS:
            steps.append(_limit_step(tiers, limits, f"× {plain(months)}/{MONTHS}", extra))
        return limits
    months = determinants.served_months
    if tiers.basis == "cycle":
        months /= determinants.billed_months
    extra = _period_extra(determinants, tiers, fact)
    days, all_days = _days(group), _days(parts)
    limits = [energy((limit * months + extra) * days / all_days) for limit in tiers.limits]
    if extra or months != 1 or days != all_days:
        by_days = f" × {days}/{all_days}" if days != all_days else ""
        steps.append(_limit_step(tiers, limits, f"× {plain(energy(months))}{by_days}", extra))
    return limits


def _fact(group: Sequence[Part]) -> Fact:
    return group[-1].stretches[-1].fact


def _year_limits(tiers: Tiers, fact: Fact, year: int) -> tuple[Decimal, Decimal, list[Decimal]]:
    """Return the months and the large household's kWh that count, and the limits they give."""
    months = Decimal(year_months(fact, year))
    extra = tiers.household_extra * extra_months(fact, year)
    return months, extra, [energy(limit * months / MONTHS + extra) for limit in tiers.limits]


def _period_extra(determinants: Determinants, tiers: Tiers, fact: Fact) -> Decimal:
    """The month of approval counts whole."""
    since = fact.household_extra_from
    if since is None or since > determinants.period_to:
        return Decimal(0)
    first = max(since.replace(day=1), determinants.period_from)
    months = months_between(first, determinants.period_to)
    return tiers.household_extra * max(Decimal(1), months)


def _days(parts: Sequence[Part]) -> int:
    return sum((part.date_to - part.date_from).days + 1 for part in parts if part.date_from) or 1


def _limit_step(
    tiers: Tiers, limits: Sequence[Decimal], months: str, extra: Decimal
) -> dict[str, Any]:
    plus = f" + {plain(extra)}" if extra else ""
    return {
        "type": "limits",
        "basis": tiers.basis,
        "limits": [str(limit) for limit in limits],
        "step": "; ".join(
            f"{plain(limit)} kWh {months}{plus} = {plain(found)} kWh"
            for limit, found in zip(tiers.limits, limits, strict=True)
        ),
    }


def _cut(
    tiers: Tiers,
    group: Sequence[Part],
    start: Decimal,
    limits: Sequence[Decimal],
    steps: list[Any],
) -> None:
    """Cut a group's energy; with ``inside`` each period has the limits for itself."""
    places = [(part, period) for part in group for period in part.active]
    bundles = [places]
    if tiers.mode == "inside":
        periods = dict.fromkeys(period for _part, period in places)
        bundles = [[place for place in places if place[1] == period] for period in periods]
    for bundle in filter(None, bundles):
        columns = [part.active[period] for part, period in bundle]
        total = sum(columns, ZERO)
        rows = split_tiers(start, total, limits)
        cells = split_matrix(rows, columns)
        for tier, row in enumerate(cells, 1):
            for (part, period), kwh in zip(bundle, row, strict=True):
                if kwh:
                    part.cells[period, tier] = kwh
        steps.append(_tier_step(tiers, bundle, start, total, rows))


def _settle_leaver(
    start: Decimal,
    tiers: Tiers,
    group: Sequence[Part],
    limits: Sequence[Decimal],
    steps: list[Any],
) -> None:
    """Move what was billed earlier in the year to the tiers that the limits of his months give.

    Once a bill, at its last prices; among the periods as its energy is, for the year's are not
    known.
    """
    part, fact = group[-1], replace(_fact(group), supplied_to=None)
    _months, _extra, before = _year_limits(tiers, fact, part.year)
    columns = part.active or {None: Decimal(1)}
    moved = [min(start, old) - min(start, new) for old, new in zip(before, limits, strict=True)]
    for tier, kwh in enumerate(moved, 1):
        for period, share in zip(columns, split_energy(kwh, columns.values()), strict=True):
            for place, more in (((period, tier), -share), ((period, tier + 1), share)):
                part.cells[place] = part.cells.get(place, ZERO) + more
    if any(moved):
        steps.append(
            {
                "type": "leaver",
                "moved": [str(kwh) for kwh in moved],
                "step": f"{plain(start)} kWh billed before: "
                + "; ".join(
                    f"{plain(kwh)} kWh (tier {tier}) → (tier {tier + 1})"
                    for tier, kwh in enumerate(moved, 1)
                    if kwh
                ),
            }
        )


def _tier_step(
    tiers: Tiers,
    bundle: Sequence[tuple[Part, str | None]],
    start: Decimal,
    total: Decimal,
    rows: Sequence[Decimal],
) -> dict[str, Any]:
    before = f"{plain(start)} + " if start else ""
    step = {
        "type": "tiers",
        "basis": tiers.basis,
        "mode": tiers.mode,
        "start": str(start),
        "kwh": str(total),
        "tiers": [str(row) for row in rows],
        "step": f"{before}{plain(total)} kWh = "
        + " + ".join(f"{plain(row)} (tier {tier})" for tier, row in enumerate(rows, 1) if row),
    }
    if tiers.mode == "inside" and bundle and bundle[0][1] is not None:
        step["period"] = bundle[0][1]
    return step
