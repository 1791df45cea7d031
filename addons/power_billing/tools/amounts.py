"""Exact quantities and money: rounding, writing, and splitting without losing anything."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

# More digits than any bill needs, whatever the caller's context is.
EXACT = Context(prec=60)
CENT = Decimal("0.01")
KWH_STEP = Decimal("0.01")
SHARE_STEP = Decimal("0.000001")
ZERO = Decimal("0.00")


def money(value: Decimal) -> Decimal:
    """Round half up to the cent, also below zero (away from zero); never to -0.00."""
    return value.quantize(CENT, ROUND_HALF_UP) + ZERO


def energy(value: Decimal) -> Decimal:
    """Round kWh and kvarh half up to two decimals."""
    return value.quantize(KWH_STEP, ROUND_HALF_UP)


def plain(value: Decimal | int | str) -> str:
    """Write a number without exponent and without trailing zeros."""
    text = str(value if isinstance(value, Decimal) else Decimal(value))
    if "E" in text:
        text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def split_energy(kwh: Decimal, weights: Iterable[int | Decimal]) -> list[Decimal]:
    """Spread kWh over parts by weight (days, kWh); the sum is exact.

    Each part is taken from what the earlier ones left, so every part grows (or stays) when the
    energy grows, and no part passes its weight where the weights are kWh of at least the sum.
    All goes to the last part where every weight is zero; nothing needs no part.

    >>> [str(part) for part in split_energy(Decimal("100.00"), [1, 1, 1])]
    ['33.33', '33.34', '33.33']
    """
    weights = list(weights)
    if not weights and not kwh:
        return []
    rest, rest_weight, parts = kwh, sum(weights), []
    for weight in weights[:-1]:
        part = energy(rest * weight / rest_weight) if rest_weight else ZERO
        parts.append(part)
        rest, rest_weight = rest - part, rest_weight - weight
    return [*parts, rest]


def split_matrix(rows: Sequence[Decimal], columns: Sequence[Decimal]) -> list[list[Decimal]]:
    """Spread row totals over columns pro rata; both rows and columns keep their sums exactly.

    :param rows: kWh of each row, none negative
    :param columns: kWh of each column, none negative, with the same sum
    """
    left = list(columns)
    cells = []
    for row in rows:
        line = split_energy(row, left)
        left = [have - taken for have, taken in zip(left, line, strict=True)]
        cells.append(line)
    return cells
