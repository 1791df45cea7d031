"""What a bill is rated from: plain data read strictly into frozen dataclasses.

Numbers are text, whole numbers or Decimal (never float), dates ISO text or ``date``. A wrong key or
value is refused with its path, such as ``versions[0].components[2].price``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from .rating_error import RatingError

DAY = timedelta(days=1)
QUANTITIES = ("active", "reactive", "demand", "active_export", "reactive_export")
DAY_TYPES = ("any", "workday", "weekend", "holiday")
PF_BASE_KINDS = frozenset({"energy", "capacity", "demand"})


@dataclass(frozen=True, slots=True)
class PriceRow:
    """An absolute price for a period, a tier, or both."""

    period: str | None
    tier: int | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class Component:
    key: Any
    kind: str
    name: str
    price: Decimal
    unit: str = "kWh"
    factors: Mapping[str, Decimal] | None = None
    prices: tuple[PriceRow, ...] = ()
    pf_base: bool = False
    period: str | None = None
    limits: tuple[Decimal, ...] = ()
    quantity: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """Minutes ``start … end - 1`` of a day belong to a period."""

    months: frozenset[int]
    days: str
    period: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tiers:
    basis: str
    limits: tuple[Decimal, ...]
    household_extra: Decimal
    mode: str


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
    name: str
    date_from: date
    date_to: date | None
    components: tuple[Component, ...]
    schedule: tuple[ScheduleRow, ...] = ()
    holidays: frozenset[date] = frozenset()
    tiers: Tiers | None = None
    basic: Basic | None = None

    def covers(self, day: date) -> bool:
        return self.date_from <= day and (self.date_to is None or day <= self.date_to)


@dataclass(frozen=True, slots=True)
class LossRow:
    to_kwh: Decimal | None
    kwh: Decimal
    kvarh: Decimal


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
    date_to: date | None
    kva: Decimal

    def covers(self, day: date) -> bool:
        return self.date_from <= day and (self.date_to is None or day <= self.date_to)

    def lasts(self, days: int) -> bool:
        return self.date_to is None or (self.date_to - self.date_from).days + 1 >= days


@dataclass(frozen=True, slots=True)
class Fact:
    """What is true of the supply point between two dates."""

    date_from: date
    date_to: date | None
    capacity_kva: Decimal | None = None
    hv_motor_kw: Decimal = Decimal(0)
    contract_demand_kw: Decimal | None = None
    demand_choice: str | None = None
    pf_standard: Decimal | None = None
    supplied_from: date | None = None
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
    multiplier: Decimal
    digits: int
    readings: tuple[Reading, ...]
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
    quantity: str
    minutes: int
    line: str | None
    days: tuple[IntervalDay, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Energy of another category behind the same meter (定量, 定比, sub-meter)."""

    key: Any
    name: str
    kind: str
    value: Decimal | str
    versions: tuple[Version, ...]


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

    @property
    def period_days(self) -> int:
        return (self.period_to - self.period_from).days + 1

    def version_on(self, day: date) -> Version:
        return version_on(self.versions, day)


def version_on(versions: tuple[Version, ...], day: date) -> Version:
    for version in versions:
        if version.covers(day):
            return version
    raise RatingError("no_version", date=day)


# === Reading plain data === #

_ABSENT = object()


def _wrong(path: str, value: Any, expected: str) -> RatingError:
    return RatingError("bad_value", path=path, value=value, expected=expected)


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
    number = _number(value, path)
    if number != int(number) or number < 0:
        raise _wrong(path, value, "a whole number")
    return int(number)


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


def _one_of(*choices: str) -> Callable[[Any, str], str]:
    def read(value: Any, path: str) -> str:
        if value not in choices:
            raise _wrong(path, value, "one of " + ", ".join(choices))
        return value

    return read


def _many(read: Callable[[Any, str], Any]) -> Callable[[Any, str], tuple]:
    def read_many(value: Any, path: str) -> tuple:
        if not isinstance(value, (list, tuple)):
            raise _wrong(path, value, "a list")
        return tuple(read(item, f"{path}[{index}]") for index, item in enumerate(value))

    return read_many


class _Fields:
    """Takes the keys of an object one by one and refuses what is left over."""

    __slots__ = ("data", "left", "path")

    def __init__(self, data: Any, path: str):
        if not isinstance(data, Mapping):
            raise _wrong(path or "determinants", data, "an object")
        self.data = data
        self.path = path
        self.left = set(data)

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def take(self, key: str, read: Callable[[Any, str], Any], default: Any = _ABSENT) -> Any:
        """Read a key; null counts as absent where there is a default."""
        self.left.discard(key)
        value = self.data.get(key)
        if value is None or value is False and read is not _flag:
            if default is _ABSENT:
                raise RatingError("missing_key", path=self.at(key))
            return default
        return read(value, self.at(key))

    def done(self) -> None:
        if self.left:
            raise RatingError("unknown_key", path=self.at(str(min(self.left, key=str))))


def parse(data: Mapping[str, Any]) -> Determinants:
    """Read determinants from plain data (as kept in a bill's JSON).

    :raises RatingError: ``missing_key``, ``unknown_key`` or ``bad_value``, with the path
    """
    fields = _Fields(data, "")
    fields.take("supply_point", _same, None)
    period_from = fields.take("period_from", _day)
    period_to = fields.take("period_to", _day)
    result = Determinants(
        period_from=period_from,
        period_to=period_to,
        service_from=fields.take("service_from", _day, period_from),
        service_to=fields.take("service_to", _day, period_to),
        registers=fields.take("registers", _many(_register)),
        versions=fields.take("versions", _many(read_version)),
        facts=fields.take("facts", _many(_fact), ()),
        year_kwh=fields.take("history", _history, Decimal(0)),
        intervals=fields.take("intervals", _many(_series), ()),
        shares=fields.take("shares", _many(_share), ()),
    )
    fields.done()
    return result


def _history(data: Any, path: str) -> Decimal:
    fields = _Fields(data, path)
    kwh = fields.take("year_kwh", _positive, Decimal(0))
    fields.done()
    return kwh


def _register(data: Any, path: str) -> Register:
    fields = _Fields(data, path)
    result = Register(
        key=fields.take("key", _same),
        multiplier=fields.take("multiplier", _positive, Decimal(1)),
        digits=fields.take("digits", _whole, 6),
        readings=fields.take("readings", _many(_reading)),
        name=fields.take("register", _label, None),
        quantity=fields.take("quantity", _one_of(*QUANTITIES), "active"),
        period=fields.take("period", _text, None),
        line=fields.take("line", _label, None),
    )
    fields.done()
    return result


def _reading(data: Any, path: str) -> Reading:
    fields = _Fields(data, path)
    result = Reading(
        date=fields.take("date", _day),
        value=fields.take("value", _number),
        rollover=fields.take("rollover", _flag, False),
        kind=fields.take("kind", _text, None),
    )
    fields.done()
    return result


def read_version(data: Any, path: str = "version") -> Version:
    """Read one tariff version (also the heart of a price list)."""
    fields = _Fields(data, path)
    fields.take("source", _same, None)
    result = Version(
        key=fields.take("key", _same),
        name=fields.take("name", _text, ""),
        date_from=fields.take("date_from", _day),
        date_to=fields.take("date_to", _day, None),
        components=fields.take("components", _many(_component)),
        schedule=fields.take("schedule", _many(_schedule_row), ()),
        holidays=frozenset(fields.take("holidays", _many(_day), ())),
        tiers=fields.take("tiers", _tiers, None),
        basic=fields.take("basic", _basic, None),
    )
    fields.done()
    return result


def _component(data: Any, path: str) -> Component:
    fields = _Fields(data, path)
    kind = fields.take("kind", _text)
    result = Component(
        key=fields.take("key", _same),
        kind=kind,
        name=fields.take("name", _text),
        price=fields.take("price", _number, Decimal(0)),
        unit=fields.take("unit", _text, "") or "kWh",
        factors=fields.take("factors", _factors, None),
        prices=fields.take("prices", _many(_price_row), ()),
        pf_base=fields.take("pf_base", _flag, kind in PF_BASE_KINDS),
        period=fields.take("period", _text, None),
        limits=fields.take("limits", _limits, ()),
        quantity=fields.take("quantity", _positive, Decimal(0)),
    )
    fields.done()
    return result


def _factors(data: Any, path: str) -> dict[str, Decimal]:
    if not isinstance(data, Mapping):
        raise _wrong(path, data, "an object of period and factor")
    return {period: _positive(value, f"{path}.{period}") for period, value in data.items()}


def _price_row(data: Any, path: str) -> PriceRow:
    fields = _Fields(data, path)
    result = PriceRow(
        period=fields.take("period", _text, None),
        tier=fields.take("tier", _whole, None),
        price=fields.take("price", _number),
    )
    fields.done()
    return result


def _limits(value: Any, path: str) -> tuple[Decimal, ...]:
    limits = _many(_positive)(value, path)
    if list(limits) != sorted(set(limits)):
        raise _wrong(path, value, "a list of rising limits")
    return limits


def _tiers(data: Any, path: str) -> Tiers:
    fields = _Fields(data, path)
    result = Tiers(
        basis=fields.take("basis", _one_of("month", "cycle", "year"), "month"),
        limits=fields.take("limits", _limits),
        household_extra=fields.take("household_extra", _positive, Decimal(0)),
        mode=fields.take("mode", _one_of("prorata", "inside"), "prorata"),
    )
    fields.done()
    if result.mode == "inside" and result.basis == "year":
        raise _wrong(f"{path}.mode", "inside", "possible with tiers by year")
    return result


def _basic(data: Any, path: str) -> Basic:
    fields = _Fields(data, path)
    result = Basic(
        over_limit=fields.take("over_limit", _positive, Basic().over_limit),
        over_reading=fields.take("over_reading", _one_of("R1", "R2", "R3"), "R1"),
        floor_share=fields.take("floor_share", _positive, Basic().floor_share),
        heavy_kwh_per_kva=fields.take("heavy_kwh_per_kva", _positive, None),
        heavy_factor=fields.take("heavy_factor", _positive, Basic().heavy_factor),
        suspension_days=fields.take("suspension_days", _whole, 15),
        month_days=fields.take("month_days", _whole, 30),
    )
    fields.done()
    if not result.month_days:
        raise _wrong(f"{path}.month_days", 0, "a whole number above zero")
    return result


def _schedule_row(data: Any, path: str) -> ScheduleRow:
    fields = _Fields(data, path)
    months = fields.take("months", _many(_whole), tuple(range(1, 13)))
    for month in months:
        if not 1 <= month <= 12:
            raise _wrong(f"{path}.months", month, "a month 1 … 12")
    result = ScheduleRow(
        months=frozenset(months),
        days=fields.take("days", _one_of(*DAY_TYPES), "any"),
        period=fields.take("period", _text),
        start=fields.take("from", _minute),
        end=fields.take("to", _minute),
    )
    fields.done()
    return result


def _minute(value: Any, path: str) -> int:
    hours, colon, minutes = str(value).partition(":")
    if colon and len(hours) == 2 and len(minutes) == 2 and (hours + minutes).isdecimal():
        minute = int(hours) * 60 + int(minutes)
        if int(minutes) < 60 and minute <= 24 * 60:
            return minute
    raise _wrong(path, value, "a time such as 16:00 (the end of the day is 24:00)")


def _fact(data: Any, path: str) -> Fact:
    fields = _Fields(data, path)
    result = Fact(
        date_from=fields.take("date_from", _day),
        date_to=fields.take("date_to", _day, None),
        capacity_kva=fields.take("capacity_kva", _positive, None),
        hv_motor_kw=fields.take("hv_motor_kw", _positive, Decimal(0)),
        contract_demand_kw=fields.take("contract_demand_kw", _positive, None),
        demand_choice=fields.take("demand_choice", _one_of("capacity", "contract", "actual"), None),
        pf_standard=fields.take("pf_standard", _pf_standard, None),
        supplied_from=fields.take("supplied_from", _day, None),
        household_extra_from=fields.take("household_extra_from", _day, None),
        suspensions=fields.take("suspensions", _many(_suspension), ()),
        loss=fields.take("loss", _loss, None),
    )
    fields.done()
    return result


def _pf_standard(value: Any, path: str) -> Decimal:
    standard = _number(value, path)
    if standard not in (Decimal("0.9"), Decimal("0.85"), Decimal("0.8")):
        raise _wrong(path, value, "one of 0.90, 0.85, 0.80")
    return standard


def _suspension(data: Any, path: str) -> Suspension:
    fields = _Fields(data, path)
    result = Suspension(
        date_from=fields.take("date_from", _day),
        date_to=fields.take("date_to", _day, None),
        kva=fields.take("kva", _positive),
    )
    fields.done()
    return result


def _loss(data: Any, path: str) -> Loss:
    fields = _Fields(data, path)
    zero = Decimal(0)
    method = fields.take("method", _one_of("formula", "percent", "table", "agreed"))
    result = Loss(
        method=method,
        period=fields.take("period", _text, "flat"),
        hours=fields.take("hours", _positive, Decimal(720)),
        decimals=fields.take("decimals", _whole, 0),
        rated_kva=fields.take("rated_kva", _positive, zero),
        no_load_kw=fields.take("no_load_kw", _positive, zero),
        load_loss_kw=fields.take("load_loss_kw", _positive, zero),
        no_load_current_pct=fields.take("no_load_current_pct", _positive, zero),
        impedance_pct=fields.take("impedance_pct", _positive, zero),
        shape=fields.take("shape", _positive, Decimal(1)),
        iron_kwh=fields.take("iron_kwh", _positive, zero),
        copper_pct=fields.take("copper_pct", _positive, zero),
        line_pct=fields.take("line_pct", _positive, zero),
        table=fields.take("table", _many(_loss_row), ()),
    )
    fields.done()
    if method == "formula" and not (result.rated_kva and result.hours):
        raise RatingError("missing_key", path=f"{path}.rated_kva")
    if method == "table" and not result.table:
        raise RatingError("missing_key", path=f"{path}.table")
    return result


def _loss_row(data: Any, path: str) -> LossRow:
    fields = _Fields(data, path)
    result = LossRow(
        to_kwh=fields.take("to_kwh", _positive, None),
        kwh=fields.take("kwh", _positive),
        kvarh=fields.take("kvarh", _positive, Decimal(0)),
    )
    fields.done()
    return result


def _series(data: Any, path: str) -> Series:
    fields = _Fields(data, path)
    minutes = fields.take("minutes", _whole, 60)
    if minutes not in (15, 30, 60):
        raise _wrong(f"{path}.minutes", minutes, "15, 30 or 60")
    result = Series(
        key=fields.take("key", _same),
        quantity=fields.take("quantity", _one_of("active", "reactive"), "active"),
        minutes=minutes,
        line=fields.take("line", _label, None),
        days=fields.take("days", _many(_interval_day)),
    )
    fields.done()
    return result


def _interval_day(data: Any, path: str) -> IntervalDay:
    fields = _Fields(data, path)
    result = IntervalDay(
        date=fields.take("date", _day), values=fields.take("values", _many(_interval_value))
    )
    fields.done()
    return result


def _interval_value(value: Any, path: str) -> Decimal | None:
    return None if value is None or value == "" else _positive(value, path)


def _share(data: Any, path: str) -> Share:
    fields = _Fields(data, path)
    kind = fields.take("kind", _one_of("fixed", "percent", "meter"))
    result = Share(
        key=fields.take("key", _same),
        name=fields.take("name", _text, ""),
        kind=kind,
        value=fields.take("value", _label if kind == "meter" else _positive),
        versions=fields.take("versions", _many(read_version)),
    )
    fields.done()
    if kind == "percent" and result.value > 100:
        raise _wrong(f"{path}.value", result.value, "a percentage of at most 100")
    return result
