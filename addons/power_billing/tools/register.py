"""Arithmetic of a meter's register: what a pair of readings says was consumed.

A register counts up to ``10 ** digits`` and starts again at zero; what it shows is multiplied by
the ratio of the current and voltage transformers in front of it. Decimal only.
"""

from decimal import Decimal

# A fall of the register is taken for a rollover only from the top tenth into the bottom tenth.
ROLLOVER_SHARE = Decimal("0.1")


def register_range(digits: int) -> Decimal:
    """Return the first value that a register of ``digits`` whole digits cannot show."""
    if digits < 1:
        raise ValueError("a register has at least one digit")
    return Decimal(10) ** digits


def fits(value: Decimal, digits: int) -> bool:
    return Decimal(0) <= value < register_range(digits)


def looks_like_rollover(previous: Decimal, current: Decimal, digits: int) -> bool:
    """Tell whether a fall can honestly be read as the register passing its last digit."""
    end = register_range(digits)
    return previous >= end * (1 - ROLLOVER_SHARE) and current < end * ROLLOVER_SHARE


def advance(previous: Decimal, current: Decimal, digits: int, rollover: bool = False) -> Decimal:
    """Return by how much the register moved on, before the multiplier.

    :raises ValueError: when it fell and no rollover was stated
    """
    if rollover:
        return current - previous + register_range(digits)
    if current < previous:
        raise ValueError("the register fell without a rollover")
    return current - previous


def consumption(
    previous: Decimal,
    current: Decimal,
    multiplier: Decimal,
    digits: int,
    rollover: bool = False,
) -> Decimal:
    """Return the kWh between two readings: the register's advance times the multiplier.

    >>> consumption(Decimal("999990"), Decimal("15"), Decimal("40"), 6, rollover=True)
    Decimal('1000')
    """
    return advance(previous, current, digits, rollover) * multiplier


def between(
    first: Decimal, last: Decimal, digits: int, days: int, total: int, rollover: bool = False
) -> Decimal:
    """Return what the register showed ``days`` after ``first``, had it run evenly.

    :param total: days from ``first`` to ``last``
    :param rollover: the register passed its last digit on the way

    >>> between(Decimal("100"), Decimal("160"), 6, 31, 59)
    Decimal('131.53')
    """
    moved = advance(first, last, digits, rollover) * days / total
    return ((first + moved) % register_range(digits)).quantize(Decimal("0.01"))
