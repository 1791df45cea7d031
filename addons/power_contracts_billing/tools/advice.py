"""What a bill would have come to had one thing been otherwise: plain determinants in and out.

The determinants are those a bill keeps of itself; every function returns a changed copy that the
rating kernel rates again, so that advice and bill follow the same rules. No ``env``, no float.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

Data = dict[str, Any]

# R10 preferred numbers of IEC 60076-1, as transformers are made.
RATINGS_KVA = tuple(
    Decimal(number)
    for number in (
        *(30, 50, 63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800),
        *(1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000, 10000),
    )
)


def with_facts(data: Mapping[str, Any], **facts: str) -> Data:
    """Return the bill as it would be under other facts, for all of its days.

    :param facts: as texts: ``demand_choice``, ``contract_demand_kw``, ``capacity_kva``
    """
    changed = copy.deepcopy(dict(data))
    changed["facts"] = [{**fact, **facts} for fact in changed.get("facts", ())]
    return changed


def used(data: Mapping[str, Any], quantity: str) -> Decimal:
    """kWh or kvarh that the registers of a quantity moved on, periods left aside where the whole
    is read too."""
    registers = [
        row for row in data.get("registers", ()) if row.get("quantity", "active") == quantity
    ]
    whole = [row for row in registers if not row.get("period")]
    return sum((_advance(row) for row in whole or registers), Decimal(0))


def _advance(register: Mapping[str, Any]) -> Decimal:
    readings = register["readings"]
    moved = Decimal(readings[-1]["value"]) - Decimal(readings[0]["value"])
    if moved < 0:
        moved += Decimal(10) ** int(register.get("digits") or 0)
    return moved * Decimal(register.get("multiplier") or 1)


def tangent(factor: Decimal) -> Decimal:
    """kvarh to a kWh at a power factor.

    >>> tangent(Decimal("0.8"))
    Decimal('0.75')
    """
    return (1 - factor * factor).sqrt() / factor


def with_reactive(data: Mapping[str, Any], kvarh_a_kwh: Decimal) -> Data:
    """Return the bill as it would be with another share of reactive energy."""
    changed = copy.deepcopy(dict(data))
    reactive = used(data, "reactive")
    if not reactive:
        return changed
    share = used(data, "active") * kvarh_a_kwh / reactive
    for register in changed["registers"]:
        if register.get("quantity") == "reactive":
            register["multiplier"] = str(Decimal(register.get("multiplier") or 1) * share)
    return changed


def compensation_kvar(peak_kw: Decimal, before: Decimal, after: Decimal) -> Decimal:
    """Capacitors that lift the power factor at the peak, in whole kvar, rounded up.

    400 kW from 0.80 to 0.95: 400 × (0.75 − 0.32868) = 168.5

    >>> compensation_kvar(Decimal(400), Decimal("0.80"), Decimal("0.95"))
    Decimal('169')
    """
    needed = peak_kw * (tangent(before) - tangent(after))
    return max(needed, Decimal(0)).to_integral_value(ROUND_CEILING)


def payback_months(cost: Decimal, saving_a_year: Decimal) -> Decimal | None:
    """Months until a cost is earned back, to one place, rounded up; None where it never is.

    >>> payback_months(Decimal(16900), Decimal(40000))
    Decimal('5.1')
    """
    if saving_a_year <= 0:
        return None
    return (cost * 12 / saving_a_year).quantize(Decimal("0.1"), ROUND_CEILING)


def needed_kva(peak_kw: Decimal, factor: Decimal, load: Decimal) -> Decimal | None:
    """Smallest transformer that carries a peak at a load share; None above the largest.

    200 kW at 0.90 and 80 %: 277.8 kVA, so 315

    >>> needed_kva(Decimal(200), Decimal("0.90"), Decimal("0.80"))
    Decimal('315')
    """
    needed = peak_kw / factor / load
    return next((rating for rating in RATINGS_KVA if rating >= needed), None)


def best_contract_kw(peaks: Iterable[Decimal], limit: Decimal) -> Decimal:
    """Contract demand under which no month of these is above the free limit, in whole kW.

    >>> best_contract_kw([Decimal(500), Decimal(610)], Decimal("1.05"))
    Decimal('581')
    """
    return (max(peaks) / limit).to_integral_value(ROUND_CEILING)
