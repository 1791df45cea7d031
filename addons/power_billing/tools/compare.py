"""Why did my bill change? The difference of two bills, taken apart into what caused it.

One thing after the other is taken from the later bill into the earlier one, and the kernel rates
every step; what a step changes is its part. So the parts always add up to the difference. The
order decides who gets what two causes share: days and volume at the old prices, new prices for
the new energy. What a summary of a bill cannot show (readings in between, interval values) is
left in ``other``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any

from .amounts import EXACT, ZERO, energy, plain, split_energy
from .determinants import (
    DAY,
    Determinants,
    Fact,
    Reading,
    Register,
    Share,
    Suspension,
    Version,
    parse,
)
from .measure import measure
from .rating import Rating, RatingError, rate
from .timeline import Periods, Timeline, add_energy

# In the order in which they are reckoned. A tax on top of the prices is none of the kernel's.
REASONS = (
    "estimate",
    "days",
    "volume",
    "tier",
    "mix",
    "demand",
    "power_factor",
    "price",
    "other",
)
_TIER_FACTS = ("supplied_from", "supplied_to", "household_extra_from")
_DEMAND_FACTS = (
    "capacity_kva",
    "hv_motor_kw",
    "contract_demand_kw",
    "demand_choice",
    "suspensions",
)
_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Reason:
    """Money by which a cause changed the bill; ``before`` and ``after`` show the cause itself."""

    key: str
    amount: Decimal
    before: str = ""
    after: str = ""

    @property
    def step(self) -> str:
        shown = f"{self.before} → {self.after}: " if self.before != self.after else ""
        return f"{shown}{self.amount:+f}"


@dataclass(frozen=True, slots=True)
class Summary:
    """What sentences about a bill need; ``mix`` are percentages by period."""

    days: int
    kwh: Decimal
    tier: int | None = None
    mix: dict[str, Decimal] = field(default_factory=dict)
    charged: list[tuple[str, Decimal]] = field(default_factory=list)
    demand_kw: Decimal | None = None
    contract_kw: Decimal | None = None
    pf: Decimal | None = None
    pf_standard: Decimal | None = None
    versions: tuple[str, ...] = ()

    @property
    def kwh_per_day(self) -> Decimal:
        return energy(self.kwh / self.days)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Totals of both bills and the reasons with an amount, whose sum is the difference."""

    before: Decimal
    after: Decimal
    reasons: list[Reason]
    summaries: tuple[Summary, Summary]

    @property
    def difference(self) -> Decimal:
        return self.after - self.before

    def amount(self, key: str) -> Decimal:
        return sum((reason.amount for reason in self.reasons if reason.key == key), ZERO)


@dataclass(frozen=True, slots=True)
class Usage:
    """What was measured in a bill, as a summary."""

    active: Periods = field(default_factory=dict)
    export: Periods = field(default_factory=dict)
    reactive: Decimal = ZERO
    measures_reactive: bool = False
    demand: dict[tuple[str | None, str | None], Decimal] = field(default_factory=dict)
    own: dict[str, Periods] = field(default_factory=dict)

    @property
    def kwh(self) -> Decimal:
        return sum(self.active.values(), ZERO)

    def of_total(self, kwh: Decimal, shape: "Usage | None" = None) -> "Usage":
        """Return as much energy in the proportions of ``shape``, with the same power factor."""
        shape = shape or self
        parts = split_energy(kwh, shape.active.values())
        factor = kwh / self.kwh if self.kwh else Decimal(1)
        return replace(
            self,
            active=dict(zip(shape.active, parts, strict=True)),
            reactive=energy(self.reactive * factor),
            own={
                key: {period: energy(value * factor) for period, value in periods.items()}
                for key, periods in self.own.items()
            },
        )


@dataclass(frozen=True, slots=True)
class State:
    """A bill between the two: some of it as before, some as after."""

    period_from: date
    period_to: date
    service_from: date
    service_to: date
    versions: tuple[Version, ...]
    facts: tuple[Fact, ...]
    shares: tuple[Share, ...]
    year_kwh: Decimal
    usage: Usage
    tier_scale: Decimal = Decimal(1)

    def determinants(self) -> Determinants:
        return Determinants(
            period_from=self.period_from,
            period_to=self.period_to,
            service_from=self.service_from,
            service_to=self.service_to,
            registers=tuple(self._registers()),
            versions=tuple(_scale(version, self.tier_scale) for version in self.versions),
            facts=self.facts,
            year_kwh=energy(self.year_kwh * self.tier_scale),
            shares=tuple(
                replace(
                    share,
                    versions=tuple(_scale(one, self.tier_scale) for one in share.versions),
                )
                for share in self.shares
            ),
        )

    def _registers(self) -> Iterable[Register]:
        usage = self.usage
        # A key for each period, lest the one without a period be taken for the others' total.
        for period, kwh in usage.active.items():
            yield self._register(f"active {period}", kwh, period=period)
        for period, kwh in usage.export.items():
            yield self._register(f"export {period}", kwh, "active_export", period)
        if usage.measures_reactive:
            yield self._register("reactive", usage.reactive, "reactive")
        for (line, period), kw in usage.demand.items():
            yield self._register(f"demand {line} {period}", kw, "demand", period, line)
        for key, periods in usage.own.items():
            for period, kwh in periods.items():
                yield self._register(key, kwh, period=period)

    def _register(
        self,
        key: str,
        value: Decimal,
        quantity: str = "active",
        period: str | None = None,
        line: str | None = None,
    ) -> Register:
        readings = (
            Reading(self.period_from - DAY, Decimal(0)),
            Reading(self.period_to, value),
        )
        return Register(key, readings, digits=_DIGITS, quantity=quantity, period=period, line=line)


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Comparison:
    """Take the difference of two bills apart.

    :param before: determinants of the earlier bill
    :param after: determinants of the later bill of the same supply point
    :raises RatingError: when one of the two cannot be rated
    """
    with localcontext(EXACT):
        return _compare(_Side(before), _Side(after))


class _Side:
    """One of the two bills: its rating and its summary."""

    def __init__(self, data: Mapping[str, Any] | Determinants):
        self.data = data if isinstance(data, Determinants) else parse(data)
        self.rating: Rating = rate(self.data)
        self.usage, self.days = _observe(self.data)

    def state(self) -> State:
        data = self.data
        return State(
            data.period_from,
            data.period_to,
            data.service_from,
            data.service_to,
            data.versions,
            data.facts,
            data.shares,
            data.year_kwh,
            self.usage,
        )

    def ends_estimated(self) -> bool:
        return any(
            register.readings[-1].kind == "estimated"
            for register in self.data.registers
            if register.quantity == "active"
        )


def _observe(data: Determinants) -> tuple[Usage, int]:
    """Return what was measured, and the days that the energy covers."""
    timeline = Timeline(data)
    measure(data, timeline, [])
    timeline.serve()
    active: Periods = {}
    export: Periods = {}
    demand: dict[tuple[str | None, str | None], Decimal] = {}
    own: dict[str, Periods] = {}
    reactive, first, last = ZERO, None, None
    for stretch in timeline:
        add_energy(active, stretch.active)
        add_energy(export, stretch.export)
        reactive += stretch.reactive
        for key, kw in stretch.demand.items():
            demand[key] = max(kw, demand.get(key, kw))
        for index, periods in stretch.own.items():
            add_energy(own.setdefault(str(data.shares[index].value), {}), periods)
        if stretch.date_from is not None:
            first = min(stretch.date_from, first or stretch.date_from)
            last = max(stretch.date_to, last or stretch.date_to)
    measured = [*data.registers, *data.intervals]
    usage = Usage(
        active=active,
        export=export,
        reactive=reactive,
        measures_reactive=any(one.quantity == "reactive" for one in measured),
        demand=demand,
        own=own,
    )
    return usage, (last - first).days + 1 if first else data.period_days


def _compare(before: _Side, after: _Side) -> Comparison:
    states = list(_steps(before, after))
    amounts: dict[str, Decimal] = {}
    start = reached = _total(states[0][1])
    for key, state in states[1:]:
        total = _total(state)
        # What cannot be rated half-way is reckoned with the step after it.
        if total is not None and reached is not None:
            amounts[key] = amounts.get(key, ZERO) + total - reached
        if total is not None:
            start, reached = (total if start is None else start), total
    difference = after.rating.total - before.rating.total
    amounts["other"] = difference - sum(amounts.values(), ZERO)
    shown = _shown(before, after)
    return Comparison(
        before.rating.total,
        after.rating.total,
        [
            Reason(key, amounts[key], *shown.get(key, ("", "")))
            for key in REASONS
            if amounts.get(key)
        ],
        (_summary(before), _summary(after)),
    )


def _total(state: State) -> Decimal | None:
    try:
        return rate(state.determinants()).total
    except RatingError:
        return None


def _steps(before: _Side, after: _Side) -> Iterable[tuple[str, State]]:
    """Yield the states on the way, each with the reason for its difference from the one before."""
    start, end = before.state(), after.state()
    yield "", start
    wrong = _estimate_error(before, after)
    state = replace(start, usage=start.usage.of_total(before.usage.kwh + wrong))
    yield "estimate", state
    state = _on_days_of(state, end, Decimal(after.days) / before.days)
    yield "days", state
    even = after.usage.kwh - wrong
    state = _with_volume(state, end, even)
    state = replace(state, facts=_facts(state, end, ("loss",)))
    yield "volume", state
    state = _with_volume(state, end, after.usage.kwh)
    yield "estimate", state
    state = replace(
        state, tier_scale=Decimal(1), year_kwh=end.year_kwh, facts=_facts(state, end, _TIER_FACTS)
    )
    yield "tier", state
    usage = replace(state.usage, active=end.usage.active, export=end.usage.export)
    state = replace(state, usage=replace(usage, own=end.usage.own))
    yield "mix", state
    state = replace(
        state,
        usage=replace(state.usage, demand=end.usage.demand),
        facts=_facts(state, end, _DEMAND_FACTS),
    )
    yield "demand", state
    usage = replace(
        state.usage,
        reactive=end.usage.reactive,
        measures_reactive=end.usage.measures_reactive,
    )
    state = replace(state, usage=usage, facts=_facts(state, end, ("pf_standard",)))
    yield "power_factor", state
    yield "price", end


def _estimate_error(before: _Side, after: _Side) -> Decimal:
    """Return the kWh that an estimate closed the first bill too low by (too high: negative).

    Once a real reading is there, the energy of both bills is taken as used evenly.
    """
    if not before.ends_estimated() or after.ends_estimated():
        return ZERO
    both = before.usage.kwh + after.usage.kwh
    return energy(both * before.days / (before.days + after.days)) - before.usage.kwh


def _with_volume(state: State, end: State, kwh: Decimal) -> State:
    """Use as many kWh; the tiers grow with them, so that what tiers do is told apart."""
    if not state.usage.kwh:
        usage = replace(state.usage, active=end.usage.of_total(kwh).active)
        return replace(state, usage=replace(usage, reactive=end.usage.reactive))
    scale = state.tier_scale * kwh / state.usage.kwh
    return replace(state, usage=state.usage.of_total(kwh), tier_scale=scale)


def _on_days_of(state: State, end: State, factor: Decimal) -> State:
    """Move a bill onto the days of another, as much used each day as before."""
    move = _mover(state, end)
    years = end.period_from.year - state.period_from.year
    return replace(
        state,
        period_from=end.period_from,
        period_to=end.period_to,
        service_from=end.service_from,
        service_to=end.service_to,
        versions=_moved(state.versions, state, move),
        facts=tuple(
            replace(
                fact,
                suspensions=tuple(_moved_suspension(one, move) for one in fact.suspensions),
                supplied_from=_years_on(fact.supplied_from, years),
                supplied_to=_years_on(fact.supplied_to, years),
                household_extra_from=_years_on(fact.household_extra_from, years),
            )
            for fact in _moved(state.facts, state, move)
        ),
        shares=tuple(
            replace(
                share,
                versions=_moved(share.versions, state, move),
                date_from=share.date_from and move(share.date_from),
                date_to=share.date_to and move(share.date_to + DAY) - DAY,
            )
            for share in state.shares
        ),
        usage=state.usage.of_total(energy(state.usage.kwh * factor)),
        tier_scale=state.tier_scale * factor,
    )


def _mover(state: State, end: State) -> Callable[[date], date]:
    """Return the map of days that lays one period on the other."""
    old = (state.period_to - state.period_from).days + 1
    new = (end.period_to - end.period_from).days + 1

    def move(day: date) -> date:
        index = (day - state.period_from).days
        if 0 <= index <= old:
            index = round(index * new / old)
        elif index > old:
            index += new - old
        return end.period_from + timedelta(days=index)

    return move


def _moved(items: tuple[Any, ...], state: State, move: Callable[[date], date]) -> tuple[Any, ...]:
    """Lay dated items on the new days; the first and the last of them reach to the ends."""
    touched = [
        item
        for item in sorted(items, key=lambda item: item.date_from)
        if item.date_from <= state.period_to
        and (item.date_to is None or item.date_to >= state.period_from)
    ]
    starts = [move(item.date_from) if index else date.min for index, item in enumerate(touched)]
    result = []
    for index, (item, start) in enumerate(zip(touched, starts, strict=True)):
        following = starts[index + 1] - DAY if index + 1 < len(touched) else None
        if following is None or following >= start:
            result.append(replace(item, date_from=start, date_to=following))
    return tuple(result)


def _moved_suspension(one: Suspension, move: Callable[[date], date]) -> Suspension:
    end = one.date_to and move(one.date_to + DAY) - DAY
    return replace(one, date_from=move(one.date_from), date_to=end)


def _years_on(day: date | None, years: int) -> date | None:
    if day is None or not years:
        return day
    return day.replace(year=day.year + years, day=min(day.day, 28))


def _facts(state: State, end: State, names: tuple[str, ...]) -> tuple[Fact, ...]:
    """Take some facts from the other bill, day by day of the same period."""
    if not state.facts and not end.facts:
        return ()
    first, last = end.period_from, end.period_to
    starts = {first}
    for fact in (*state.facts, *end.facts):
        for day in (fact.date_from, fact.date_to and fact.date_to + DAY):
            if day and first < day <= last:
                starts.add(day)
    days = sorted(starts)
    result = []
    for index, day in enumerate(days):
        base, other = _fact_on(state.facts, day), _fact_on(end.facts, day)
        result.append(
            replace(
                base,
                date_from=day if index else date.min,
                date_to=days[index + 1] - DAY if index + 1 < len(days) else None,
                **{name: getattr(other, name) for name in names},
            )
        )
    return tuple(result)


def _fact_on(facts: tuple[Fact, ...], day: date) -> Fact:
    for fact in facts:
        if fact.covers(day):
            return fact
    return facts[0] if facts else Fact(date.min)


def _scale(version: Version, factor: Decimal) -> Version:
    if version.tiers is None or factor == 1:
        return version
    tiers = version.tiers
    return replace(
        version,
        tiers=replace(
            tiers,
            limits=tuple(limit * factor for limit in tiers.limits),
            household_extra=tiers.household_extra * factor,
        ),
    )


def _summary(side: _Side) -> Summary:
    rating, last = side.rating, _fact_on(side.data.facts, side.data.period_to)
    tiers = [c.tier for c in rating.charges if c.tier and c.kind == "energy"]
    used = {charge.version for charge in rating.charges}
    return Summary(
        days=side.days,
        kwh=rating.kwh,
        tier=max(tiers, default=None),
        mix=_mix(side.usage),
        charged=[(c.kind, c.quantity) for c in rating.charges if c.kind in ("capacity", "demand")],
        demand_kw=rating.demand_kw,
        contract_kw=last.contract_demand_kw if last.demand_choice == "contract" else None,
        pf=rating.pf,
        pf_standard=last.pf_standard,
        versions=tuple(v.name or str(v.key) for v in side.data.versions if v.key in used),
    )


def _mix(usage: Usage) -> dict[str, Decimal]:
    if not usage.kwh:
        return {}
    return {
        period: (100 * kwh / usage.kwh).quantize(Decimal("0.1"))
        for period, kwh in usage.active.items()
        if period
    }


def _shown(before: _Side, after: _Side) -> dict[str, tuple[str, str]]:
    """What each reason looks like in the two bills."""
    texts = [_texts(_summary(side)) for side in (before, after)]
    return {key: (texts[0][key], texts[1][key]) for key in texts[0]}


def _texts(one: Summary) -> dict[str, str]:
    units = {"capacity": "kVA", "demand": "kW"}
    return {
        "days": str(one.days),
        "volume": f"{plain(one.kwh)} kWh",
        "tier": str(one.tier or ""),
        "mix": ", ".join(f"{period} {plain(share)} %" for period, share in one.mix.items()),
        "demand": ", ".join(f"{plain(number)} {units[kind]}" for kind, number in one.charged),
        "power_factor": str(one.pf or ""),
        "price": ", ".join(one.versions),
    }
