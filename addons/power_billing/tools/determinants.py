"""What a bill is rated from: plain data read strictly into frozen dataclasses.

Numbers are text, whole numbers or Decimal (never float), dates ISO text or ``date``. A wrong key or
value is refused with its path, such as ``versions[0].components[2].price``.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from functools import cached_property, lru_cache
from math import ceil, floor
from typing import Any

from .amounts import EXACT, plain
from .rating_error import RatingError

DAY = timedelta(days=1)
QUANTITIES = ("active", "reactive", "demand", "active_export", "reactive_export")
ALL_MONTHS = frozenset(range(1, 13))
DAY_TYPES = ("any", "workday", "weekend", "holiday")
# What floats or is stepped would be ignored for these; a fund must not float by law.
ONE_PRICE_KINDS = frozenset({"fund", "fixed", "capacity", "power_factor", "minimum", "allowance"})
PF_BASE_KINDS = frozenset({"energy", "capacity", "demand"})


@dataclass(frozen=True, slots=True)
class PriceRow:
    """An absolute price for a period, a tier, or both."""

    price: Decimal
    period: str | None = None
    tier: int | None = None


@dataclass(frozen=True)
class Component:
    key: Any
    kind: str
    name: str
    price: Decimal = Decimal(0)
    unit: str = "kWh"
    factors: Mapping[str, Decimal] | None = None
    prices: tuple[PriceRow, ...] = ()
    pf_base: bool = False
    period: str | None = None
    limits: tuple[Decimal, ...] = ()
    quantity: Decimal = Decimal(0)

    # What follows from the price list alone is worked out once for all bills of a version.

    @cached_property
    def price_text(self) -> str:
        return plain(self.price)

    @cached_property
    def by_period(self) -> bool:
        return bool(self.factors) or any(row.period for row in self.prices)

    @cached_property
    def by_tier(self) -> bool:
        return any(row.tier for row in self.prices)


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """Minutes ``start … end - 1`` of a day belong to a period."""

    period: str
    start: int
    end: int
    months: frozenset[int] = ALL_MONTHS
    days: str = "any"


@dataclass(frozen=True, slots=True)
class Tiers:
    limits: tuple[Decimal, ...]
    basis: str = "month"
    household_extra: Decimal = Decimal(0)
    mode: str = "prorata"
    leaver: str = "year"


@dataclass(frozen=True, slots=True)
class Basic:
    """Rules of the two-part tariff; the defaults are those of 发改办价格〔2016〕1583号."""

    over_limit: Decimal = Decimal("1.05")
    over_reading: str = "R1"
    floor_share: Decimal = Decimal("0.40")
    heavy_kwh_per_kva: Decimal | None = None
    heavy_factor: Decimal = Decimal("0.90")
    suspension_days: int = 15
    month_days: int = 30


@dataclass(frozen=True, slots=True)
class Version:
    key: Any
    date_from: date
    components: tuple[Component, ...]
    date_to: date | None = None
    name: str = ""
    schedule: tuple[ScheduleRow, ...] = ()
    holidays: frozenset[date] = frozenset()
    tiers: Tiers | None = None
    basic: Basic | None = None

    def covers(self, day: date) -> bool:
        return self.date_from <= day and (self.date_to is None or day <= self.date_to)


@dataclass(frozen=True, slots=True)
class LossRow:
    kwh: Decimal
    kvarh: Decimal = Decimal(0)
    to_kwh: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    method: str
    period: str = "flat"
    hours: Decimal = Decimal(720)
    decimals: int = 0
    rated_kva: Decimal = Decimal(0)
    no_load_kw: Decimal = Decimal(0)
    load_loss_kw: Decimal = Decimal(0)
    no_load_current_pct: Decimal = Decimal(0)
    impedance_pct: Decimal = Decimal(0)
    shape: Decimal = Decimal(1)
    iron_kwh: Decimal = Decimal(0)
    copper_pct: Decimal = Decimal(0)
    line_pct: Decimal = Decimal(0)
    table: tuple[LossRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Suspension:
    date_from: date
    kva: Decimal
    date_to: date | None = None

    def covers(self, day: date) -> bool:
        return self.date_from <= day and (self.date_to is None or day <= self.date_to)

    def lasts(self, days: int) -> bool:
        return self.date_to is None or (self.date_to - self.date_from).days + 1 >= days


@dataclass(frozen=True, slots=True)
class Fact:
    """What is true of the supply point between two dates."""

    date_from: date
    date_to: date | None = None
    capacity_kva: Decimal | None = None
    hv_motor_kw: Decimal = Decimal(0)
    contract_demand_kw: Decimal | None = None
    demand_choice: str | None = None
    pf_standard: Decimal | None = None
    supplied_from: date | None = None
    supplied_to: date | None = None
    household_extra_from: date | None = None
    suspensions: tuple[Suspension, ...] = ()
    loss: Loss | None = None

    def covers(self, day: date) -> bool:
        return self.date_from <= day and (self.date_to is None or day <= self.date_to)


@dataclass(frozen=True, slots=True)
class Reading:
    date: date
    value: Decimal
    rollover: bool = False
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """A meter's readings in order; the first one is where the last bill stopped."""

    key: Any
    readings: tuple[Reading, ...]
    multiplier: Decimal = Decimal(1)
    digits: int = 6
    name: str | None = None
    quantity: str = "active"
    period: str | None = None
    line: str | None = None


@dataclass(frozen=True, slots=True)
class IntervalDay:
    date: date
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """kWh (kvarh) of every interval, day by day; what is missing is ``None``."""

    key: Any
    days: tuple[IntervalDay, ...]
    quantity: str = "active"
    minutes: int = 60
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Energy of another category behind the same meter (定量, 定比, sub-meter).

    With dates it is taken only from the energy of those days (both in).
    """

    key: Any
    kind: str
    value: Decimal | str
    versions: tuple[Version, ...]
    name: str = ""
    date_from: date | None = None
    date_to: date | None = None

    def covers(self, day: date) -> bool:
        return (self.date_from is None or self.date_from <= day) and (
            self.date_to is None or day <= self.date_to
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """What an earlier settlement of the month billed of one component."""

    bill: str
    date_to: date
    amount: Decimal
    component: Any = None


@dataclass(frozen=True, slots=True)
class Advance:
    """An agreed share of what the month before came to."""

    month: str
    base: Decimal
    percent: Decimal


def add_months(day: date, count: int) -> date:
    month = day.month - 1 + count
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@lru_cache(maxsize=1024)
def months_between(first: date, last: date) -> Decimal:
    """Count the months from ``first`` to ``last``, both in; the rest by days of its month.

    >>> months_between(date(2026, 10, 5), date(2026, 11, 4))
    Decimal('1')
    >>> months_between(date(2026, 9, 1), date(2026, 10, 31))
    Decimal('2')
    """
    end, whole = last + DAY, 0
    while add_months(first, whole + 1) <= end:
        whole += 1
    start = add_months(first, whole)
    rest = (end - start).days
    if not rest:
        return Decimal(whole)
    with localcontext(EXACT):
        return whole + Decimal(rest) / (add_months(first, whole + 1) - start).days


@dataclass(frozen=True, slots=True)
class Determinants:
    """All that a bill depends on; the service days bound the fixed and basic charges."""

    period_from: date
    period_to: date
    service_from: date
    service_to: date
    registers: tuple[Register, ...]
    versions: tuple[Version, ...]
    facts: tuple[Fact, ...] = ()
    year_kwh: Decimal = Decimal(0)
    intervals: tuple[Series, ...] = ()
    shares: tuple[Share, ...] = ()
    settled: tuple[Settled, ...] = ()
    advance: Advance | None = None

    @property
    def period_days(self) -> int:
        return (self.period_to - self.period_from).days + 1

    @property
    def months(self) -> Decimal:
        return months_between(self.period_from, self.period_to)

    @property
    def billed_months(self) -> Decimal:
        """Months of the period; a shorter one counts as the month that it bills."""
        return max(Decimal(1), self.months)

    @property
    def served_months(self) -> Decimal:
        """Months of the period with a day of service, of which a part counts whole."""
        before = 0
        if self.service_from > self.period_from:
            before = floor(months_between(self.period_from, self.service_from - DAY))
        until = ceil(months_between(self.period_from, min(self.service_to, self.period_to)))
        return max(Decimal(1), min(self.billed_months, Decimal(until - before)))

    def version_on(self, day: date) -> Version:
        return version_on(self.versions, day)


def version_on(versions: tuple[Version, ...], day: date) -> Version:
    for version in versions:
        if version.covers(day):
            return version
    raise RatingError("no_version", date=day)


# === Reading plain data === #

Reader = Callable[[Any, str], Any]


def _wrong(path: str, value: Any, expected: str) -> RatingError:
    return RatingError("bad_value", path=path, value=value, expected=expected)


def _read(
    data: Any, path: str, readers: Mapping[str, Reader], required: Iterable[str] = ()
) -> dict[str, Any]:
    """Read an object key by key; null (and Odoo's False) counts as absent.

    :param readers: what reads the value of each known key
    :return: the values by key, absent ones left out
    """
    if type(data) is not dict and not isinstance(data, Mapping):
        raise _wrong(path or "determinants", data, "an object")
    start = f"{path}." if path else ""
    values = {}
    for key, value in data.items():
        reader = readers.get(key)
        if reader is None:
            raise RatingError("unknown_key", path=f"{start}{key}")
        if value is not None and (value is not False or reader is _flag):
            values[key] = reader(value, f"{start}{key}")
    for key in required:
        if key not in values:
            raise RatingError("missing_key", path=f"{start}{key}")
    return values


def _number(value: Any, path: str) -> Decimal:
    if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = None
        if number is not None and number.is_finite():
            return number
    raise _wrong(path, value, "a number written as text")


def _positive(value: Any, path: str) -> Decimal:
    number = _number(value, path)
    if number < 0:
        raise _wrong(path, value, "a number of at least zero")
    return number


def _whole(value: Any, path: str) -> int:
    if type(value) is int and value >= 0:
        return value
    number = _number(value, path)
    if number != int(number) or number < 0:
        raise _wrong(path, value, "a whole number")
    return int(number)


def _counted(value: Any, path: str) -> int:
    number = _whole(value, path)
    if not number:
        raise _wrong(path, value, "a whole number above zero")
    return number


def _day(value: Any, path: str) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(path, value, "a date such as 2026-10-31") from None


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _wrong(path, value, "text")
    return value


def _label(value: Any, path: str) -> str:
    """A key that may be a name or a number; kept as text."""
    if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
        return str(value)
    raise _wrong(path, value, "a name")


def _same(value: Any, path: str) -> Any:
    return value


def _flag(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(path, value, "true or false")
    return value


def _one_of(*choices: Any) -> Reader:
    def read(value: Any, path: str) -> Any:
        if value not in choices:
            raise _wrong(path, value, "one of " + ", ".join(map(str, choices)))
        return value

    return read


def _many(read: Reader) -> Reader:
    def read_many(value: Any, path: str) -> tuple:
        if not isinstance(value, (list, tuple)):
            raise _wrong(path, value, "a list")
        return tuple([read(item, f"{path}[{index}]") for index, item in enumerate(value)])

    return read_many


def _limits(value: Any, path: str) -> tuple[Decimal, ...]:
    limits = _many(_positive)(value, path)
    if list(limits) != sorted(set(limits)):
        raise _wrong(path, value, "a list of rising limits")
    return limits


# --- Tariff versions


def _factors(data: Any, path: str) -> dict[str, Decimal]:
    if not isinstance(data, Mapping):
        raise _wrong(path, data, "an object of period and factor")
    return {period: _positive(value, f"{path}.{period}") for period, value in data.items()}


_PRICE_ROW = {"period": _text, "tier": _counted, "price": _number}


def _price_row(data: Any, path: str) -> PriceRow:
    return PriceRow(**_read(data, path, _PRICE_ROW, ("price",)))


_COMPONENT = {
    "key": _same,
    "kind": _text,
    "name": _text,
    "price": _number,
    "unit": _text,
    "factors": _factors,
    "prices": _many(_price_row),
    "pf_base": _flag,
    "period": _text,
    "limits": _limits,
    "quantity": _positive,
}


def _component(data: Any, path: str) -> Component:
    values = _read(data, path, _COMPONENT, ("key", "kind", "name"))
    if not values.get("unit", True):
        del values["unit"]
    values.setdefault("pf_base", values["kind"] in PF_BASE_KINDS)
    if values["kind"] in ONE_PRICE_KINDS:
        for key in ("factors", "prices"):
            if values.get(key):
                expected = f"possible for {values['kind']}, which has one price"
                raise _wrong(f"{path}.{key}", data[key], expected)
    return Component(**values)


def _months(value: Any, path: str) -> frozenset[int]:
    return frozenset(_many(_month)(value, path))


def _month(value: Any, path: str) -> int:
    month = _whole(value, path)
    if month not in ALL_MONTHS:
        raise _wrong(path, value, "a month 1 … 12")
    return month


def _minute(value: Any, path: str) -> int:
    hours, colon, minutes = str(value).partition(":")
    if colon and len(hours) == 2 and len(minutes) == 2 and (hours + minutes).isdecimal():
        minute = int(hours) * 60 + int(minutes)
        if int(minutes) < 60 and minute <= 24 * 60:
            return minute
    raise _wrong(path, value, "a time such as 16:00 (the end of the day is 24:00)")


_SCHEDULE_ROW = {
    "months": _months,
    "days": _one_of(*DAY_TYPES),
    "period": _text,
    "from": _minute,
    "to": _minute,
}


def _schedule_row(data: Any, path: str) -> ScheduleRow:
    values = _read(data, path, _SCHEDULE_ROW, ("period", "from", "to"))
    return ScheduleRow(start=values.pop("from"), end=values.pop("to"), **values)


_TIERS = {
    "basis": _one_of("month", "cycle", "year"),
    "limits": _limits,
    "household_extra": _positive,
    "mode": _one_of("prorata", "inside"),
    "leaver": _one_of("year", "months"),
}


def _tiers(data: Any, path: str) -> Tiers:
    tiers = Tiers(**_read(data, path, _TIERS, ("limits",)))
    if tiers.mode == "inside" and tiers.basis == "year":
        raise _wrong(f"{path}.mode", "inside", "possible with tiers by year")
    return tiers


_BASIC = {
    "over_limit": _positive,
    "over_reading": _one_of("R1", "R2", "R3"),
    "floor_share": _positive,
    "heavy_kwh_per_kva": _positive,
    "heavy_factor": _positive,
    "suspension_days": _whole,
    "month_days": _counted,
}


def _basic(data: Any, path: str) -> Basic:
    return Basic(**_read(data, path, _BASIC))


_VERSION = {
    "key": _same,
    "name": _text,
    "source": _same,
    "date_from": _day,
    "date_to": _day,
    "tax": _one_of("included", "excluded"),
    "schedule": _many(_schedule_row),
    "holidays": _many(_day),
    "tiers": _tiers,
    "basic": _basic,
    "components": _many(_component),
}


def read_version(data: Any, path: str = "version") -> Version:
    """Read one tariff version (also the heart of a price list)."""
    values = _read(data, path, _VERSION, ("key", "date_from", "components"))
    # Whether tax comes on top is the invoice's business: prices are rated as they are listed.
    values.pop("source", None)
    values.pop("tax", None)
    values["holidays"] = frozenset(values.get("holidays", ()))
    return Version(**values)


# --- Facts of the supply point


def _pf_standard(value: Any, path: str) -> Decimal:
    standard = _number(value, path)
    if standard not in (Decimal("0.9"), Decimal("0.85"), Decimal("0.8")):
        raise _wrong(path, value, "one of 0.90, 0.85, 0.80")
    return standard


_SUSPENSION = {"date_from": _day, "date_to": _day, "kva": _positive}


def _suspension(data: Any, path: str) -> Suspension:
    return Suspension(**_read(data, path, _SUSPENSION, ("date_from", "kva")))


_LOSS_ROW = {"to_kwh": _positive, "kwh": _positive, "kvarh": _positive}


def _loss_row(data: Any, path: str) -> LossRow:
    return LossRow(**_read(data, path, _LOSS_ROW, ("kwh",)))


_LOSS = {
    "method": _one_of("formula", "percent", "table", "agreed"),
    "period": _text,
    "hours": _positive,
    "decimals": _whole,
    "rated_kva": _positive,
    "no_load_kw": _positive,
    "load_loss_kw": _positive,
    "no_load_current_pct": _positive,
    "impedance_pct": _positive,
    "shape": _positive,
    "iron_kwh": _positive,
    "copper_pct": _positive,
    "line_pct": _positive,
    "table": _many(_loss_row),
}


def _loss(data: Any, path: str) -> Loss:
    loss = Loss(**_read(data, path, _LOSS, ("method",)))
    if loss.method == "formula" and not loss.rated_kva:
        raise RatingError("missing_key", path=f"{path}.rated_kva")
    if loss.method == "table" and not loss.table:
        raise RatingError("missing_key", path=f"{path}.table")
    return loss


_FACT = {
    "date_from": _day,
    "date_to": _day,
    "capacity_kva": _positive,
    "hv_motor_kw": _positive,
    "contract_demand_kw": _positive,
    "demand_choice": _one_of("capacity", "contract", "actual"),
    "pf_standard": _pf_standard,
    "supplied_from": _day,
    "supplied_to": _day,
    "household_extra_from": _day,
    "suspensions": _many(_suspension),
    "loss": _loss,
}


def _fact(data: Any, path: str) -> Fact:
    return Fact(**_read(data, path, _FACT, ("date_from",)))


# --- What was measured


_READING = {"date": _day, "value": _number, "rollover": _flag, "kind": _text}


def _reading(data: Any, path: str) -> Reading:
    return Reading(**_read(data, path, _READING, ("date", "value")))


_REGISTER = {
    "key": _same,
    "register": _label,
    "multiplier": _positive,
    "digits": _counted,
    "quantity": _one_of(*QUANTITIES),
    "period": _text,
    "line": _label,
    "readings": _many(_reading),
}


def _register(data: Any, path: str) -> Register:
    values = _read(data, path, _REGISTER, ("key", "readings"))
    if "register" in values:
        values["name"] = values.pop("register")
    return Register(**values)


def _interval_value(value: Any, path: str) -> Decimal | None:
    return None if value is None or value == "" else _positive(value, path)


_INTERVAL_DAY = {"date": _day, "values": _many(_interval_value)}


def _interval_day(data: Any, path: str) -> IntervalDay:
    return IntervalDay(**_read(data, path, _INTERVAL_DAY, ("date", "values")))


_SERIES = {
    "key": _same,
    "quantity": _one_of("active", "reactive"),
    "minutes": _one_of(15, 30, 60),
    "line": _label,
    "days": _many(_interval_day),
}


def _series(data: Any, path: str) -> Series:
    return Series(**_read(data, path, _SERIES, ("key", "days")))


_SHARE = {
    "key": _same,
    "name": _text,
    "kind": _one_of("fixed", "percent", "meter"),
    "value": _same,
    "versions": _many(read_version),
    "date_from": _day,
    "date_to": _day,
}


def _share(data: Any, path: str) -> Share:
    values = _read(data, path, _SHARE, ("key", "kind", "value", "versions"))
    read = _label if values["kind"] == "meter" else _positive
    values["value"] = read(values["value"], f"{path}.value")
    if values["kind"] == "percent" and values["value"] > 100:
        raise _wrong(f"{path}.value", str(values["value"]), "a percentage of at most 100")
    return Share(**values)


# --- Settlements within the month


_SETTLED = {"bill": _text, "date_to": _day, "amount": _number, "component": _same}


def _settled(data: Any, path: str) -> Settled:
    return Settled(**_read(data, path, _SETTLED, ("bill", "date_to", "amount")))


_ADVANCE = {"month": _text, "base": _number, "percent": _positive}


def _advance(data: Any, path: str) -> Advance:
    return Advance(**_read(data, path, _ADVANCE, tuple(_ADVANCE)))


# --- The whole


def _history(data: Any, path: str) -> Decimal:
    return _read(data, path, {"year_kwh": _positive}).get("year_kwh", Decimal(0))


_DETERMINANTS = {
    "supply_point": _same,
    "period_from": _day,
    "period_to": _day,
    "service_from": _day,
    "service_to": _day,
    "registers": _many(_register),
    "versions": _many(read_version),
    "facts": _many(_fact),
    "history": _history,
    "intervals": _many(_series),
    "shares": _many(_share),
    "settled": _many(_settled),
    "advance": _advance,
}


def parse(data: Mapping[str, Any], known: dict[int, Any] | None = None) -> Determinants:
    """Read determinants from plain data (as kept in a bill's JSON).

    :param known: tariff versions already read, kept by a caller who rates many bills of the same
        version objects and changes none of them meanwhile; an empty dict to begin with
    :raises RatingError: ``missing_key``, ``unknown_key`` or ``bad_value``, with the path
    """
    readers = _DETERMINANTS
    if known is not None:
        readers = {**_DETERMINANTS, "versions": _many(_remembering(known))}
    values = _read(data, "", readers, ("period_from", "period_to", "registers", "versions"))
    values.pop("supply_point", None)
    values.setdefault("service_from", values["period_from"])
    values.setdefault("service_to", values["period_to"])
    if "history" in values:
        values["year_kwh"] = values.pop("history")
    return Determinants(**values)


def _remembering(known: dict[int, Any]) -> Reader:
    """Read each version object once; the object is kept too, so that its id stays its own."""

    def read(data: Any, path: str) -> Version:
        if id(data) not in known:
            known[id(data)] = (data, read_version(data, path))
        return known[id(data)][1]

    return read
