"""The rating kernel: determinants in, charges with their formula out.

It knows no database. Everything it needs is in one plain mapping (the *determinants*), numbers as
text or Decimal, dates as ISO text or ``date``; the same mapping, kept with the bill, gives the
same charges to the cent on any day after.

Rules
-----
* A reading dated ``d`` is the register at the end of day ``d``: two readings dated ``a`` and ``b``
  cover the days ``a + 1 … b``.
* Energy between two readings whose days fall under several tariff versions or facts is spread
  evenly over the days. A reading taken on the last day of the old ones makes the split exact.
* kWh are kept to two decimals; of a split, the last part takes the rest, so that nothing is lost
  and more energy never makes any part smaller.
* What is done to the energy, in this order: measure, add losses, take shares off, cut in tiers.
* Every charge is quantity × price, rounded by itself to two decimals, half up. The total of a
  bill is the sum of its rounded charges.
* A fixed charge is a price a month; where a version or the supply covers part of the month, it is
  charged by days over the days of the month. Charges by capacity and demand follow
  ``basic_charge``.

Which rule is where: ``timeline`` (what changes when), ``measure`` and ``intervals`` (registers,
interval values), ``schedule`` (time of use), ``losses``, ``shares``, ``tiers``,
``energy_charge``, ``basic_charge``, ``power_factor``.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any

from .amounts import CENT, EXACT, KWH_STEP, SHARE_STEP, ZERO, money, plain, split_energy
from .basic_charge import charge_capacity, charge_demand
from .charge import Charge, Context, Part, Rating
from .determinants import Component, Determinants, Version, parse
from .energy_charge import charge_allowance, charge_energy, charge_export, charge_fund
from .losses import add_losses
from .measure import measure
from .power_factor import charge_power_factor, power_factor, require_reactive
from .rating_error import RatingError
from .settlement import charge_advance, charge_settled
from .shares import take_shares
from .tiers import set_cells
from .timeline import Periods, Stretch, Timeline, add_energy

__all__ = [
    "CENT",
    "CHARGERS",
    "KWH_STEP",
    "Charge",
    "Rating",
    "RatingError",
    "money",
    "parse",
    "plain",
    "rate",
    "split_energy",
]

Charger = Callable[[Context, Part, Component], list[Charge]]


def rate(data: Mapping[str, Any] | Determinants, known: dict[int, Any] | None = None) -> Rating:
    """Rate one bill.

    :param data: determinants, parsed or as plain data: ``period_from``/``period_to`` (days, both
        in), optional ``service_from``/``service_to``, ``registers``, ``versions``, and where the
        customer needs them ``facts``, ``history``, ``intervals``, ``shares``, ``settled``,
        ``advance``; the keys are those of the dataclasses in ``determinants``. Prices with VAT in
        the company's currency.
    :param known: see ``parse``: versions read once for many bills
    :return: kWh, charges and steps; the total is the sum of the charges
    :raises RatingError: when something is missing or contradictory
    """
    with localcontext(EXACT):
        return _rate(data if isinstance(data, Determinants) else parse(data, known))


def _rate(determinants: Determinants) -> Rating:
    if determinants.advance:
        rating = Rating(kwh=ZERO)
        _add(rating, charge_advance(determinants))
    else:
        rating = _rate_use(determinants)
    for charge in charge_settled(determinants):
        _add(rating, charge)
    return rating


def _add(rating: Rating, charge: Charge) -> None:
    rating.charges.append(charge)
    step = charge.as_dict()
    step["type"] = "charge"
    rating.steps.append(step)


def _rate_use(determinants: Determinants) -> Rating:
    timeline, steps = Timeline(determinants), []
    measure(determinants, timeline, steps)
    timeline.serve()
    stretches = list(timeline)
    metered = _total(stretches)
    add_losses(determinants, stretches, steps)
    rating = _summary(determinants, stretches, metered, steps)
    taken = take_shares(determinants, stretches, steps)
    main = _parts(stretches, lambda stretch: stretch.version, None)
    _charge(determinants, main, rating)
    for index, share in enumerate(determinants.shares):
        parts = _parts(
            [stretch for stretch in stretches if stretch.share_versions[index]],
            lambda stretch, index=index: stretch.share_versions[index],
            share.key,
            taken[index],
        )
        _charge(determinants, parts, rating)
    return rating


def _total(stretches: Sequence[Stretch]) -> Decimal:
    return sum([stretch.kwh for stretch in stretches], ZERO)


def _summary(
    determinants: Determinants,
    stretches: Sequence[Stretch],
    metered: Decimal,
    steps: list[dict[str, Any]],
) -> Rating:
    """What was found of the whole bill, before its energy is taken apart."""
    rating = Rating(kwh=_total(stretches), steps=steps, metered_kwh=metered)
    rating.loss_kwh = rating.kwh - metered
    for stretch in stretches:
        rating.years[stretch.year] = rating.years.get(stretch.year, ZERO) + stretch.kwh
        rating.kvarh += stretch.reactive
        rating.export_kwh += sum(stretch.export.values(), ZERO)
        add_energy(
            rating.periods, {period: kwh for period, kwh in stretch.active.items() if period}
        )
    demands = [stretch.demand_kw(None) for stretch in stretches if stretch.demand]
    rating.demand_kw = max(demands, default=None)
    if _measures_reactive(determinants):
        rating.pf = power_factor(rating.kwh, rating.kvarh)
        steps.append(
            {
                "type": "power_factor",
                "kwh": str(rating.kwh),
                "kvarh": str(rating.kvarh),
                "pf": str(rating.pf),
                "step": f"{plain(rating.kwh)} / √({plain(rating.kwh)}² + {plain(rating.kvarh)}²)"
                f" = {rating.pf}",
            }
        )
    return rating


def _measures_reactive(determinants: Determinants) -> bool:
    measured = [*determinants.registers, *determinants.intervals]
    return any(one.quantity == "reactive" for one in measured)


def _parts(
    stretches: Sequence[Stretch],
    version_of: Callable[[Stretch], Version],
    share: Any,
    taken: dict[Stretch, Periods] | None = None,
) -> list[Part]:
    """Join stretches that are charged alike.

    :param taken: what a share got by stretch; None for the main energy
    """
    parts: dict[Any, Part] = {}
    for stretch in stretches:
        version, standard = version_of(stretch), stretch.fact.pf_standard
        year = stretch.year if version.tiers and version.tiers.basis == "year" else 0
        part = parts.setdefault(
            (id(version), year, standard), Part(version, year, standard, share=share)
        )
        part.take(stretch)
        add_energy(part.active, stretch.active if taken is None else taken.get(stretch, {}))
        if taken is None:
            add_energy(part.export, stretch.export)
    return list(parts.values())


def _charge(determinants: Determinants, parts: list[Part], rating: Rating) -> None:
    """Charge the parts of one energy: what stands by itself, then what depends on it."""
    set_cells(determinants, parts, rating.steps)
    context = Context(determinants, parts, rating.metered_kwh, determinants.billed_months)
    slots: list[tuple[Part, Component, list[Charge]]] = []
    for part in parts:
        mine = [(part, component, _first(context, part, component)) for component in _kinds(part)]
        so_far = [charge for _part, _component, charges in mine for charge in charges]
        for _part, component, charges in mine:
            if component.kind == "power_factor":
                require_reactive(part, _measures_reactive(determinants))
                charges += charge_power_factor(part, component, rating.pf, so_far)
        slots += mine
    _top_up(context, slots)
    for _part, _component, charges in slots:
        for charge in charges:
            _add(rating, charge)


def _kinds(part: Part) -> Sequence[Component]:
    """The part's components, once each kind is known to exist."""
    for component in part.version.components:
        if component.kind not in CHARGERS and component.kind not in DEPENDENT:
            raise RatingError("kind", kind=component.kind)
    return part.version.components


def _first(context: Context, part: Part, component: Component) -> list[Charge]:
    if component.kind in DEPENDENT:
        return []
    return CHARGERS[component.kind](context, part, component)


def _charge_fixed(context: Context, part: Part, component: Component) -> list[Charge]:
    if not part.service_days:
        return []
    days, months = context.determinants.period_days, context.months
    how = f" × {plain(months.quantize(SHARE_STEP))}" if months != 1 else ""
    if part.service_days != days:
        how += f" × {part.service_days}/{days}"
    share = context.months_share(part)
    amount = money(component.price * share)
    return [
        part.charge(
            component,
            quantity=share.quantize(SHARE_STEP),
            price=component.price,
            amount=amount,
            step=f"{component.price_text}{how} = {amount}",
            by_day=True,
        )
    ]


def _top_up(context: Context, slots: list[tuple[Part, Component, list[Charge]]]) -> None:
    """Raise the bill to the minimum of its months, where it is below."""
    minimums = [slot for slot in slots if slot[1].kind == "minimum" and slot[0].service_days]
    if not minimums:
        return
    required = money(
        sum((item.price * context.months_share(part) for part, item, __ in minimums), Decimal(0))
    )
    reached = sum((charge.amount for __, __, charges in slots for charge in charges), ZERO)
    if reached < required:
        part, component, charges = minimums[-1]
        amount = required - reached
        charges.append(
            part.charge(
                component,
                quantity=Decimal(1),
                price=amount,
                amount=amount,
                step=f"{required} - {reached} = {amount}",
                by_day=True,
            )
        )


# A new kind of charge registers its function here: (context, part, component) -> charges.
CHARGERS: dict[str, Charger] = {
    "energy": charge_energy,
    "fund": charge_fund,
    "fixed": _charge_fixed,
    "capacity": charge_capacity,
    "demand": charge_demand,
    "export": charge_export,
    "allowance": charge_allowance,
}
# They are reckoned from the other charges.
DEPENDENT = frozenset({"power_factor", "minimum"})
