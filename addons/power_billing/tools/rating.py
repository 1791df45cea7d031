"""The rating kernel: determinants in, charges with their formula out.

It knows no database. Everything it needs is in one plain mapping (the *determinants*), numbers as
text or Decimal, dates as ISO text or ``date``; the same mapping, kept with the bill, gives the
same charges to the cent on any day after.

Rules
-----
* A reading dated ``d`` is the register at the end of day ``d``: two readings dated ``a`` and ``b``
  cover the days ``a + 1 … b``.
* Energy between two readings whose days fall under several tariff versions is spread evenly over
  the days. A reading taken on the last day of the old version makes the split exact instead.
* kWh are kept to two decimals; of a split, the last part takes the rest, so that nothing is lost
  and more energy never makes any part smaller.
* Every charge is quantity × price, rounded by itself to two decimals, half up. The total of a
  bill is the sum of its rounded charges.
* A fixed charge is a price a month; where a version or the supply covers part of the month, it is
  charged by days over the days of the month.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .register import advance

CENT = Decimal("0.01")
KWH_STEP = Decimal("0.01")
DAY = timedelta(days=1)


class RatingError(Exception):
    """A bill that cannot be rated; ``code`` names the reason, ``data`` its values.

    Codes: ``no_version`` (date), ``no_register``, ``no_reading`` (meter), ``fell`` (meter, date,
    previous, value), ``order`` (meter, date), ``kind`` (kind), ``period``.
    """

    def __init__(self, code: str, **data: Any):
        super().__init__(f"{code}: {data}")
        self.code = code
        self.data = data


@dataclass(frozen=True)
class Component:
    key: Any
    kind: str
    name: str
    price: Decimal
    unit: str = "kWh"


@dataclass(frozen=True)
class Version:
    key: Any
    name: str
    date_from: date
    date_to: date | None
    components: tuple[Component, ...]

    def covers(self, day: date) -> bool:
        return self.date_from <= day and (self.date_to is None or day <= self.date_to)


@dataclass(frozen=True)
class Reading:
    date: date
    value: Decimal
    rollover: bool = False


@dataclass(frozen=True)
class Register:
    """A meter's readings in order; the first one is where the last bill stopped."""

    key: Any
    multiplier: Decimal
    digits: int
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Determinants:
    """All that a bill depends on; the service days bound the fixed charges."""

    period_from: date
    period_to: date
    service_from: date
    service_to: date
    registers: tuple[Register, ...]
    versions: tuple[Version, ...]

    def version_on(self, day: date) -> Version:
        for version in self.versions:
            if version.covers(day):
                return version
        raise RatingError("no_version", date=day)


@dataclass(frozen=True)
class Charge:
    version: Any
    component: Any
    kind: str
    name: str
    unit: str
    date_from: date
    date_to: date
    quantity: Decimal
    price: Decimal
    amount: Decimal
    step: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "component": self.component,
            "kind": self.kind,
            "name": self.name,
            "unit": self.unit,
            "date_from": self.date_from.isoformat(),
            "date_to": self.date_to.isoformat(),
            "quantity": str(self.quantity),
            "price": str(self.price),
            "amount": str(self.amount),
            "step": self.step,
        }


@dataclass
class Part:
    """The days and the energy of a bill that fall under one tariff version."""

    version: Version
    date_from: date | None = None
    date_to: date | None = None
    kwh: Decimal = Decimal("0.00")
    service_days: int = 0
    fixed_from: date | None = None
    fixed_to: date | None = None

    def extend(self, first: date, last: date) -> None:
        self.date_from = min(first, self.date_from or first)
        self.date_to = max(last, self.date_to or last)


@dataclass
class Rating:
    kwh: Decimal
    charges: list[Charge] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum((charge.amount for charge in self.charges), Decimal("0.00"))


def money(value: Decimal) -> Decimal:
    """Round half up to the cent, also below zero (away from zero)."""
    return value.quantize(CENT, ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    """Write a number without exponent and without trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _date(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value or None


def parse(data: Mapping[str, Any]) -> Determinants:
    """Read determinants from plain data (as kept in a bill's JSON)."""
    period_from, period_to = _date(data["period_from"]), _date(data["period_to"])
    return Determinants(
        period_from=period_from,
        period_to=period_to,
        service_from=_date(data.get("service_from")) or period_from,
        service_to=_date(data.get("service_to")) or period_to,
        registers=tuple(map(_parse_register, data["registers"])),
        versions=tuple(map(_parse_version, data["versions"])),
    )


def _parse_register(data: Mapping[str, Any]) -> Register:
    return Register(
        key=data["key"],
        multiplier=Decimal(data.get("multiplier", 1)),
        digits=int(data.get("digits", 6)),
        readings=tuple(
            Reading(_date(item["date"]), Decimal(item["value"]), bool(item.get("rollover")))
            for item in data["readings"]
        ),
    )


def _parse_version(data: Mapping[str, Any]) -> Version:
    return Version(
        key=data["key"],
        name=data.get("name", ""),
        date_from=_date(data["date_from"]),
        date_to=_date(data.get("date_to")),
        components=tuple(
            Component(
                key=item["key"],
                kind=item["kind"],
                name=item["name"],
                price=Decimal(item["price"]),
                unit=item.get("unit") or "kWh",
            )
            for item in data["components"]
        ),
    )


def split_days(
    determinants: Determinants, first: date, last: date
) -> list[tuple[Version, date, date]]:
    """Cut the days ``first … last`` (both in) where the tariff version changes."""
    parts: list[tuple[Version, date, date]] = []
    day = first
    while day <= last:
        version = determinants.version_on(day)
        end = last if version.date_to is None else min(last, version.date_to)
        parts.append((version, day, end))
        day = end + DAY
    return parts


def split_energy(kwh: Decimal, days: Iterable[int]) -> list[Decimal]:
    """Spread kWh over parts by their days; the sum is exact.

    Each part is taken from what the earlier ones left, so every part grows (or stays) when the
    energy grows.
    """
    days = list(days)
    rest, rest_days, parts = kwh, sum(days), []
    for count in days[:-1]:
        part = (rest * count / rest_days).quantize(KWH_STEP, ROUND_HALF_UP)
        parts.append(part)
        rest, rest_days = rest - part, rest_days - count
    return [*parts, rest]


def rate(data: Mapping[str, Any] | Determinants) -> Rating:
    """Rate one bill.

    :param data: determinants, parsed or as plain data:
        ``period_from``/``period_to`` (days, both in), optional ``service_from``/``service_to``,
        ``registers`` [{key, multiplier, digits, readings [{date, value, rollover}]}],
        ``versions`` [{key, name, date_from, date_to, components [{key, kind, name, price,
        unit}]}], prices with VAT in the company's currency.
    :return: kWh, charges and steps; the total is the sum of the charges
    :raises RatingError: when something is missing or contradictory
    """
    determinants = data if isinstance(data, Determinants) else parse(data)
    _check(determinants)
    steps: list[dict[str, Any]] = []
    parts: dict[Any, Part] = {}
    for register in determinants.registers:
        _measure(determinants, register, parts, steps)
    _serve(determinants, parts)
    rating = Rating(kwh=sum((part.kwh for part in parts.values()), Decimal("0.00")), steps=steps)
    for part in sorted(parts.values(), key=lambda part: part.version.date_from):
        for component in part.version.components:
            charge = _charger(component.kind)(determinants, part, component)
            if charge is not None:
                rating.charges.append(charge)
                rating.steps.append({"type": "charge", **charge.as_dict()})
    return rating


def _check(determinants: Determinants) -> None:
    if determinants.period_to < determinants.period_from:
        raise RatingError("period")
    if not determinants.registers:
        raise RatingError("no_register")
    for register in determinants.registers:
        if len(register.readings) < 2:
            raise RatingError("no_reading", meter=register.key)


def _measure(
    determinants: Determinants,
    register: Register,
    parts: dict[Any, Part],
    steps: list[dict[str, Any]],
) -> None:
    """Add a register's consumption to the parts, reading by reading."""
    pairs = zip(register.readings, register.readings[1:], strict=False)
    for previous, current in pairs:
        if current.date <= previous.date:
            raise RatingError("order", meter=register.key, date=current.date)
        try:
            moved = advance(previous.value, current.value, register.digits, current.rollover)
        except ValueError:
            raise RatingError(
                "fell",
                meter=register.key,
                date=current.date,
                previous=previous.value,
                value=current.value,
            ) from None
        kwh = (moved * register.multiplier).quantize(KWH_STEP, ROUND_HALF_UP)
        steps.append(
            {
                "type": "register",
                "meter": register.key,
                "date_from": previous.date.isoformat(),
                "date_to": current.date.isoformat(),
                "previous": plain(previous.value),
                "value": plain(current.value),
                "rollover": current.rollover,
                "multiplier": plain(register.multiplier),
                "kwh": str(kwh),
                "step": _register_step(register, previous, current, kwh),
            }
        )
        days = split_days(determinants, previous.date + DAY, current.date)
        spread = split_energy(kwh, ((last - first).days + 1 for __, first, last in days))
        for (version, first, last), share in zip(days, spread, strict=True):
            part = parts.setdefault(version.key, Part(version))
            part.extend(first, last)
            part.kwh += share
            if len(days) > 1:
                steps.append(
                    {
                        "type": "split",
                        "meter": register.key,
                        "version": version.key,
                        "date_from": first.isoformat(),
                        "date_to": last.isoformat(),
                        "kwh": str(share),
                        "step": f"{plain(kwh)} kWh × {(last - first).days + 1}"
                        f"/{(current.date - previous.date).days} = {plain(share)} kWh",
                    }
                )


def _register_step(register: Register, previous: Reading, current: Reading, kwh: Decimal) -> str:
    turn = f" + {10**register.digits}" if current.rollover else ""
    return (
        f"({plain(current.value)} - {plain(previous.value)}{turn})"
        f" × {plain(register.multiplier)} = {plain(kwh)} kWh"
    )


def _serve(determinants: Determinants, parts: dict[Any, Part]) -> None:
    """Add the days of service within the billing period, on which fixed charges depend."""
    first = max(determinants.period_from, determinants.service_from)
    last = min(determinants.period_to, determinants.service_to)
    if last < first:
        return
    for version, start, end in split_days(determinants, first, last):
        part = parts.setdefault(version.key, Part(version))
        if part.date_from is None:
            part.extend(start, end)
        part.service_days += (end - start).days + 1
        part.fixed_from = min(start, part.fixed_from or start)
        part.fixed_to = max(end, part.fixed_to or end)


def _charge_energy(determinants: Determinants, part: Part, component: Component) -> Charge | None:
    if not part.kwh:
        return None
    amount = money(part.kwh * component.price)
    return Charge(
        version=part.version.key,
        component=component.key,
        kind=component.kind,
        name=component.name,
        unit=component.unit,
        date_from=part.date_from,
        date_to=part.date_to,
        quantity=part.kwh,
        price=component.price,
        amount=amount,
        step=f"{plain(part.kwh)} {component.unit} × {plain(component.price)} = {amount}",
    )


def _charge_fixed(determinants: Determinants, part: Part, component: Component) -> Charge | None:
    if not part.service_days:
        return None
    month = (determinants.period_to - determinants.period_from).days + 1
    share = f" × {part.service_days}/{month}" if part.service_days != month else ""
    amount = money(component.price * part.service_days / month)
    return Charge(
        version=part.version.key,
        component=component.key,
        kind=component.kind,
        name=component.name,
        unit=component.unit,
        date_from=part.fixed_from,
        date_to=part.fixed_to,
        quantity=(Decimal(part.service_days) / month).quantize(Decimal("0.000001")),
        price=component.price,
        amount=amount,
        step=f"{plain(component.price)}{share} = {amount}",
    )


# A new kind of charge registers its function here: (determinants, part, component) -> Charge.
CHARGERS: dict[str, Callable[[Determinants, Part, Component], Charge | None]] = {
    "energy": _charge_energy,
    "fund": _charge_energy,
    "fixed": _charge_fixed,
}


def _charger(kind: str) -> Callable[[Determinants, Part, Component], Charge | None]:
    try:
        return CHARGERS[kind]
    except KeyError:
        raise RatingError("kind", kind=kind) from None
