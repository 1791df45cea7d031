"""Charges per kWh: energy, government funds, exported energy, free allowance."""

from decimal import Decimal

from .amounts import ZERO, energy, money, plain
from .charge import Charge, Context, Part
from .determinants import Component

ONE = Decimal(1)
PERIOD_ORDER = ("sharp", "peak", "flat", "valley", "deep_valley")


def unit_price(
    component: Component, period: str | None, tier: int | None
) -> tuple[Decimal, Decimal]:
    """Return the price of a period and tier, and the factor it floats by.

    The most special row wins (period and tier, then period, then tier, then the component's own
    price), among equals the later one. A row that names the period is the final price; the
    factor of the period multiplies the others.
    """
    price, best, factor = component.price, 0, ONE
    if component.factors:
        factor = component.factors.get(period, ONE)
    chosen = factor
    for row in component.prices:
        if row.period in (None, period) and row.tier in (None, tier):
            rank = 2 * (row.period is not None) + (row.tier is not None)
            if rank >= best:
                price, best = row.price, rank
                chosen = factor if row.period is None else ONE
    return price, chosen


def charge_energy(context: Context, part: Part, component: Component) -> list[Charge]:
    """Charge by period and tier as far as the component tells them apart."""
    charges = []
    for (period, tier), kwh in _cells(part, component).items():
        price, factor = unit_price(component, period, tier)
        amount = money(kwh * price * factor)
        floats = f" × {plain(factor)}" if factor != 1 else ""
        charges.append(
            part.charge(
                component,
                quantity=kwh,
                price=price * factor,
                amount=amount,
                period=period,
                tier=tier,
                step=f"{plain(kwh)} {component.unit} × {plain(price)}{floats} = {amount}",
            )
        )
    return charges


def charge_fund(context: Context, part: Part, component: Component) -> list[Charge]:
    """A fund never floats, whatever the price list says."""
    kwh = part.kwh
    if not kwh:
        return []
    amount = money(kwh * component.price)
    return [
        part.charge(
            component,
            quantity=kwh,
            price=component.price,
            amount=amount,
            step=f"{plain(kwh)} {component.unit} × {component.price_text} = {amount}",
        )
    ]


def _cells(part: Part, component: Component) -> dict[tuple[str | None, int | None], Decimal]:
    by_period, by_tier = component.by_period, component.by_tier
    if not by_period and not by_tier:
        kwh = sum(part.cells.values(), ZERO)
        return {(None, None): kwh} if kwh else {}
    cells: dict[tuple[str | None, int | None], Decimal] = {}
    for (period, tier), kwh in part.cells.items():
        key = (period if by_period else None, tier if by_tier else None)
        cells[key] = cells.get(key, ZERO) + kwh
    ordered = sorted(cells, key=lambda key: (_rank(key[0]), key[0] or "", key[1] or 0))
    return {key: cells[key] for key in ordered if cells[key]}


def _rank(period: str | None) -> int:
    return PERIOD_ORDER.index(period) if period in PERIOD_ORDER else len(PERIOD_ORDER)


def charge_export(context: Context, part: Part, component: Component) -> list[Charge]:
    """Credit what the customer fed in, by period where the price list tells them apart."""
    exported: dict[str | None, Decimal] = {}
    for period, kwh in part.export.items():
        key = period if component.by_period else None
        exported[key] = exported.get(key, ZERO) + kwh
    charges = []
    for period, kwh in exported.items():
        price, factor = unit_price(component, period, None)
        if kwh:
            amount = money(-kwh * price * factor)
            charges.append(
                part.charge(
                    component,
                    quantity=-kwh,
                    price=price * factor,
                    amount=amount,
                    period=period,
                    step=f"-{plain(kwh)} {component.unit} × {plain(price * factor)} = {amount}",
                )
            )
    return charges


def charge_allowance(context: Context, part: Part, component: Component) -> list[Charge]:
    """Give free kWh a month back at the component's price, else at what tier 1 costs.

    Months and days of service decide how many; never more than was used.
    """
    if not part.service_days:
        return []
    free = energy(component.quantity * context.months_share(part))
    kwh = min(free, part.kwh)
    if not kwh:
        return []
    price = component.price or _tier_one_price(part)
    amount = money(-kwh * price)
    return [
        part.charge(
            component,
            quantity=-kwh,
            price=price,
            amount=amount,
            step=f"-{plain(kwh)} kWh × {plain(price)} = {amount}",
        )
    ]


def _tier_one_price(part: Part) -> Decimal:
    total = Decimal(0)
    for component in part.version.components:
        if component.kind == "energy":
            price, factor = unit_price(component, None, 1)
            total += price * factor
        elif component.kind == "fund":
            total += component.price
    return total
