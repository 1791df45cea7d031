"""Several settlements inside one month (分次结算): advances, and what earlier ones have billed.

A settlement by reading bills the energy from the first day of the month up to its day, less what
the settlements before it have billed; the month's bill does the same over all its charges. So the
parts add up to the bill that one settlement would have made, to the cent, whatever they were.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from .amounts import money, plain
from .charge import Charge
from .determinants import Determinants


def charge_advance(determinants: Determinants) -> Charge:
    """Charge an agreed share of the last month's bill."""
    advance = determinants.advance
    amount = money(max(advance.base, Decimal(0)) * advance.percent / 100)
    return _charge_once(
        determinants,
        kind="advance",
        name="advance",
        amount=amount,
        step=f"{plain(advance.base)} ({advance.month}) × {plain(advance.percent)} % = {amount}",
    )


def charge_settled(determinants: Determinants) -> Iterator[Charge]:
    """Take off what earlier settlements of the month have billed, charge by charge."""
    for settled in determinants.settled:
        amount = -money(settled.amount)
        yield _charge_once(
            determinants,
            component=settled.component,
            kind="settled",
            name=settled.bill,
            date_to=settled.date_to,
            amount=amount,
            step=f"{settled.bill}: {amount}",
        )


def _charge_once(
    determinants: Determinants,
    *,
    kind: str,
    name: str,
    amount: Decimal,
    step: str,
    component: int | None = None,
    date_to: date | None = None,
) -> Charge:
    """One piece at an amount, of no tariff version."""
    return Charge(
        version=None,
        component=component,
        kind=kind,
        name=name,
        unit="",
        date_from=determinants.period_from,
        date_to=date_to or determinants.period_to,
        quantity=Decimal(1),
        price=amount,
        amount=amount,
        step=step,
    )
