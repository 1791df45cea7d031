"""Power-factor adjustment, 《功率因数调整电费办法》 (83)水电财字第215号 of 2 December 1983.

The table is data (``power_factor_1983.csv``); the closed form says the same and guards it.
"""

import csv
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

from .amounts import ZERO, money, plain
from .charge import Charge, Part
from .determinants import Component
from .rating_error import RatingError

TABLE = Path(__file__).with_name("power_factor_1983.csv")
LOWEST, HIGHEST = 1, 100


@cache
def table() -> dict[tuple[int, int], Decimal]:
    """Return the percentage by power factor and standard, both in hundredths."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {
            (int(Decimal(row["pf"]) * 100), standard): Decimal(row[f"std_0_{standard}_pct"])
            for row in rows
            for standard in (90, 85, 80)
        }


def closed_form(pf: int, standard: int) -> Decimal:
    """Return the percentage of a power factor in hundredths; + is a surcharge.

    >>> closed_form(94, 85)
    Decimal('-1.10')
    """
    half, tenth, fifteen = Decimal("0.5"), Decimal("0.10"), Decimal("0.15")
    if pf >= standard:
        if standard == 90:
            return -fifteen * min(pf - 90, 5)
        if standard == 85:
            return -tenth * min(pf - 85, 5) - fifteen * max(0, min(pf, 94) - 90)
        return -tenth * min(pf - 80, 10) - fifteen * max(0, min(pf, 92) - 90)
    steep = {90: 70, 85: 65, 80: 60}[standard]
    if pf >= steep:
        return half * (standard - pf)
    if pf >= steep - 5:
        return Decimal(10 + steep - pf)
    return Decimal(15 + 2 * (steep - 5 - pf))


def power_factor(active: Decimal, reactive: Decimal) -> Decimal | None:
    """Return active ÷ √(active² + reactive²), rounded half up to hundredths without any root.

    ``None`` where no active energy was used.

    >>> power_factor(Decimal(100), Decimal(45))
    Decimal('0.91')
    """
    if active <= 0:
        return None
    square = 40000 * active * active
    both = active * active + reactive * reactive
    low, high = 0, HIGHEST
    while low < high:
        middle = (low + high + 1) // 2
        if square >= (2 * middle - 1) ** 2 * both:
            low = middle
        else:
            high = middle - 1
    return (Decimal(low) / 100).quantize(Decimal("0.01"))


def adjustment_percent(pf: Decimal, standard: Decimal) -> Decimal:
    """Return the percentage of the table; below 0.01 its last row holds."""
    hundredths = max(LOWEST, int(pf * 100))
    return table()[hundredths, int(standard * 100)]


def charge_power_factor(
    part: Part, component: Component, pf: Decimal | None, charges: Sequence[Charge]
) -> list[Charge]:
    """Charge the percentage of what the part's charges in the base add up to.

    :param charges: the charges of the part so far
    """
    if part.pf_standard is None or pf is None:
        return []
    base = sum((charge.amount for charge in charges if charge.pf_base), ZERO)
    percent = adjustment_percent(pf, part.pf_standard)
    amount = money(base * percent / 100)
    return [
        part.charge(
            component,
            quantity=base,
            price=percent / 100,
            amount=amount,
            step=f"PF {pf} (standard {part.pf_standard:.2f}): {plain(percent)} %;"
            f" {base} × {plain(percent)} % = {amount}",
        )
    ]


def require_reactive(part: Part, measured: bool) -> None:
    if part.pf_standard is not None and not measured:
        raise RatingError("no_reactive")
