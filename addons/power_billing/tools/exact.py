"""From the floats that the ORM hands out to exact decimals, and back."""

from decimal import Decimal


def exact(value: float | str | Decimal | None, digits: int = 6) -> Decimal:
    """Return what a ``numeric(…, digits)`` column holds.

    >>> exact(0.690486)
    Decimal('0.690486')
    """
    if isinstance(value, Decimal):
        return value
    return Decimal(f"{float(value or 0):.{digits}f}")
