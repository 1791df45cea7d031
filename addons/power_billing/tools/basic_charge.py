"""The two-part tariff's charge by capacity or by maximum demand.

Rules of 发改办价格〔2016〕1583号 and 发改价格〔2023〕526号, as dated settings of the version.
A whole month is one month however many days it has; what is used in part of it counts days ÷ 30,
never more than a month. In China no part of it knows time of use.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .amounts import SHARE_STEP, money, plain
from .charge import Charge, Context, Part
from .determinants import DAY, Basic, Component, Fact, Version
from .rating_error import RatingError
from .tiers import split_tiers
from .timeline import Stretch

STANDARD = Basic()
DEMAND_CHOICES = ("contract", "actual")


@dataclass(frozen=True, slots=True)
class Layer:
    """kVA or kW charged for a share of the month; ``how`` writes the share, empty for one."""

    height: Decimal
    months: Decimal
    how: str


def chargeable_demand(
    measured: Decimal, contract: Decimal, basic: Basic = STANDARD
) -> tuple[Decimal, str]:
    """Return the kW to be paid for under a contract demand, and its formula.

    Up to 105 % of the contract the contract is paid. Above, the three readings of the rule are:
    R1 contract and twice what is above 105 %, R2 105 % and twice what is above it, R3 contract
    and twice what is above the contract; R3 pays the measured demand between 95 % and 105 %.

    >>> chargeable_demand(Decimal(1200), Decimal(1000))
    (Decimal('1300.00'), '1000 + 2 × (1200 - 1.05 × 1000)')
    """
    limit = basic.over_limit * contract
    m, c, over = plain(measured), plain(contract), plain(basic.over_limit)
    if basic.over_reading == "R3":
        if measured > limit:
            return contract + 2 * (measured - contract), f"{c} + 2 × ({m} - {c})"
        floor = (2 - basic.over_limit) * contract
        if measured < floor:
            return floor, f"{plain(2 - basic.over_limit)} × {c}"
        return measured, m
    if measured <= limit:
        return contract, c
    if basic.over_reading == "R2":
        return limit + 2 * (measured - limit), f"{over} × {c} + 2 × ({m} - {over} × {c})"
    return contract + 2 * (measured - limit), f"{c} + 2 × ({m} - {over} × {c})"


def month_layers(
    days: list[tuple[Part, Decimal]], period_days: int, months: Decimal, month_days: int
) -> dict[Part, list[Layer]]:
    """Cut a level that changes from day to day into layers, each for its share of the month.

    :param days: for each day of service its part and the level (kVA, kW)
    :param months: months of the period
    """
    result: dict[Part, list[Layer]] = {}
    low = Decimal(0)
    for level in sorted({level for _part, level in days if level > 0}):
        counts: dict[Part, int] = {}
        for part, here in days:
            if here >= level:
                counts[part] = counts.get(part, 0) + 1
        total = sum(counts.values())
        for part, count in counts.items():
            share, how = _share(count, total, period_days, months, month_days)
            result.setdefault(part, []).append(Layer(level - low, share, how))
        low = level
    return result


def _share(
    count: int, total: int, period_days: int, months: Decimal, month_days: int
) -> tuple[Decimal, str]:
    if total == period_days and months >= 1:
        times = "" if months == 1 else f"{plain(months.quantize(SHARE_STEP))} × "
        if count == total:
            return months, times.removesuffix(" × ")
        return months * count / total, f"{times}{count}/{total}"
    most = max(months, Decimal(1))
    if Decimal(total) / month_days <= most:
        return Decimal(count) / month_days, f"{count}/{month_days}"
    times = "" if most == 1 else f"{plain(most.quantize(SHARE_STEP))} × "
    return most * count / total, f"{times}{count}/{total}"


def charge_capacity(context: Context, part: Part, component: Component) -> list[Charge]:
    """Charge kVA (1 kW of high-voltage motors is 1 kVA) less what was sealed long enough."""
    _require_choice(part)
    days = [(where, _capacity(stretch, day)) for where, stretch, day in _service_days(context)]
    layers = _layers(context, part, days)
    return _charges(part, component, layers, component.price, "kVA", None)


def _require_choice(part: Part) -> None:
    """A two-part tariff needs the customer's choice; without it nothing would be billed."""
    for stretch in part.stretches:
        if stretch.version.basic and stretch.service_days and not stretch.fact.demand_choice:
            raise RatingError("no_demand_choice", date=stretch.service_from)


def _capacity(stretch: Stretch, day: date) -> Decimal:
    fact = stretch.fact
    if fact.demand_choice in DEMAND_CHOICES:
        return Decimal(0)
    if fact.capacity_kva is None:
        raise RatingError("missing_fact", fact="capacity_kva", component="capacity", date=day)
    return in_use_kva(fact, stretch.version, day)


def in_use_kva(fact: Fact, version: Version, day: date) -> Decimal:
    """Return capacity and motors in use on a day; a suspension of under 15 days is not deducted."""
    basic = version.basic or STANDARD
    sealed = sum(
        (
            item.kva
            for item in fact.suspensions
            if item.covers(day) and item.lasts(basic.suspension_days)
        ),
        Decimal(0),
    )
    return max(Decimal(0), (fact.capacity_kva or Decimal(0)) + fact.hv_motor_kw - sealed)


def _service_days(context: Context) -> Iterator[tuple[Part, Stretch, date]]:
    for part in context.parts:
        for stretch in part.stretches:
            day = stretch.service_from
            while day is not None and day <= stretch.service_to:
                yield part, stretch, day
                day += DAY


def _layers(context: Context, part: Part, days: list[tuple[Part, Decimal]]) -> list[Layer]:
    data = context.determinants
    basic = part.version.basic or STANDARD
    return month_layers(days, data.period_days, data.months, basic.month_days).get(part, [])


def charge_demand(context: Context, part: Part, component: Component) -> list[Charge]:
    """Charge kW: the contract and what is above it, or the maximum that was measured.

    A component of a period is charged on the maximum of that period; one with limits in tiers.
    """
    _require_choice(part)
    found: dict[Stretch, tuple[Decimal, str]] = {}
    days = []
    for where, stretch, _day in _service_days(context):
        if stretch not in found:
            found[stretch] = _demand(stretch, component, where is part)
        days.append((where, found[stretch][0]))
    heavy = _heavy_factor(context, part)
    if not component.limits:
        texts = {found[stretch][1] for stretch in part.stretches if stretch in found}
        text = texts.pop() if len(texts) == 1 else None
        price = _tier_price(component, 1)
        layers = _layers(context, part, days)
        return _charges(part, component, layers, price, "kW", text, heavy=heavy)
    charges = []
    for tier in range(1, len(component.limits) + 2):
        tier_days = [
            (where, split_tiers(Decimal(0), kw, component.limits)[tier - 1]) for where, kw in days
        ]
        layers = _layers(context, part, tier_days)
        price = _tier_price(component, tier)
        charges += _charges(part, component, layers, price, "kW", None, heavy=heavy, tier=tier)
    return charges


def _tier_price(component: Component, tier: int) -> Decimal:
    rows = [row for row in component.prices if row.tier in (None, tier)]
    return rows[-1].price if rows else component.price


def _demand(stretch: Stretch, component: Component, needed: bool) -> tuple[Decimal, str]:
    """Return the kW to charge on a stretch, and how they come about."""
    fact, basic = stretch.fact, stretch.version.basic
    if fact.demand_choice == "capacity":
        return Decimal(0), "0"
    measured = stretch.demand_kw(component.period)
    if measured is None and component.period is not None and stretch.demand:
        measured = Decimal(0)
    if measured is None:
        if not needed:
            return Decimal(0), "0"
        raise RatingError("no_demand", component=component.name, date=stretch.service_from)
    if fact.demand_choice != "contract":
        return measured, plain(measured)
    if fact.contract_demand_kw is None:
        raise RatingError(
            "missing_fact",
            fact="contract_demand_kw",
            component=component.name,
            date=stretch.service_from,
        )
    basic = basic or STANDARD
    floor = basic.floor_share * in_use_kva(fact, stretch.version, stretch.service_from)
    contract = max(fact.contract_demand_kw, floor)
    return chargeable_demand(measured, contract, basic)


def _heavy_factor(context: Context, part: Part) -> Decimal:
    """Return what the price is multiplied by for those who use much of their transformer."""
    basic, capacity = part.version.basic, part.stretches[-1].fact.capacity_kva
    if not basic or not basic.heavy_kwh_per_kva or not capacity:
        return Decimal(1)
    use = context.metered_kwh / context.months / capacity
    return basic.heavy_factor if use >= basic.heavy_kwh_per_kva else Decimal(1)


def _charges(
    part: Part,
    component: Component,
    layers: list[Layer],
    price: Decimal,
    unit: str,
    text: str | None,
    heavy: Decimal = Decimal(1),
    tier: int | None = None,
) -> list[Charge]:
    quantity = sum((layer.height * layer.months for layer in layers), Decimal(0))
    if not quantity:
        return []
    amount = money(quantity * price * heavy)
    shown = plain(price) + (f" × {plain(heavy)}" if heavy != 1 else "")
    return [
        part.charge(
            component,
            quantity=quantity.quantize(SHARE_STEP),
            price=price * heavy,
            amount=amount,
            period=component.period,
            tier=tier,
            step=f"{_terms(layers, unit, text)} × {shown} = {amount}",
            by_day=True,
        )
    ]


def _terms(layers: list[Layer], unit: str, text: str | None) -> str:
    if len(layers) == 1:
        height = plain(layers[0].height)
        if text and text != height:
            height = f"({text})"
        return f"{height} {unit}" + (f" × {layers[0].how}" if layers[0].how else "")
    terms = [
        f"{plain(layer.height)}" + (f" × {layer.how}" if layer.how else "") for layer in layers
    ]
    return f"({' + '.join(terms)}) {unit}"
