"""Price lists as plain data (``power-tariff/1``): reading, checking, comparing.

A list is what a utility or an authority publishes: tariffs with dated versions. A version is the
same mapping that the rating kernel takes, without database keys. Numbers are text (``"0.618"``)
so that nothing is lost; dates are ISO. Nothing here knows a database or a language: a problem is
a path, a code and its values, and whoever shows it finds the words.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from . import schedule
from .amounts import plain
from .determinants import DAY_TYPES, PF_BASE_KINDS, Component, PriceRow, ScheduleRow
from .energy_charge import unit_price
from .schedule import DAY_MINUTES

FORMAT = "power-tariff/1"

# Unit of each kind of charge.
UNITS = {
    "energy": "kWh",
    "fund": "kWh",
    "fixed": "month",
    "capacity": "kVA",
    "demand": "kW",
    "power_factor": "%",
    "minimum": "month",
    "allowance": "kWh",
    "export": "kWh",
}
PER_KWH = frozenset({"energy", "fund"})
BY_PERIOD = ("energy", "export")
BY_TIER = ("energy", "demand")
# Key of a component: the one kind that has it.
ONLY_FOR = {
    "factors": "energy",
    "period": "demand",
    "limits": "demand",
    "quantity": "allowance",
}
TAX_MODES = ("included", "excluded")
TIER_BASES = ("month", "cycle", "year")
TIER_MODES = ("prorata", "inside")
TIER_LEAVERS = ("year", "months")
OVER_READINGS = ("R1", "R2", "R3")

# key: (type, required); types are checked in _Checker below.
LIST_KEYS = {
    "format": ("format", True),
    "name": ("text", False),
    "names": ("names", False),
    "source": ("string", False),
    "currency": ("text", False),
    "periods": ("periods", False),
    "holidays": ("holidays", False),
    "worked_days": ("holidays", False),
    "tariffs": ("tariffs", True),
}
PERIOD_KEYS = {
    "code": ("code", True),
    "name": ("text", True),
    "names": ("names", False),
    "color": ("text", False),
}
HOLIDAY_KEYS = {
    "date": ("date", True),
    "name": ("text", True),
    "names": ("names", False),
}
TARIFF_KEYS = {
    "code": ("text", True),
    "name": ("text", True),
    "names": ("names", False),
    "public": ("bool", False),
    "usage_categories": ("texts", False),
    "note": ("string", False),
    "versions": ("versions", True),
}
VERSION_KEYS = {
    "key": ("any", False),
    "name": ("string", False),
    "source": ("string", False),
    "date_from": ("date", True),
    "date_to": ("date?", False),
    "tax": (TAX_MODES, False),
    "schedule": ("schedule", False),
    "holidays": ("dates", False),
    "tiers": ("tiers", False),
    "basic": ("basic", False),
    "components": ("components", True),
}
SCHEDULE_KEYS = {
    "months": ("months", True),
    "days": (DAY_TYPES, False),
    "period": ("code", True),
    "from": ("time", True),
    "to": ("time", True),
}
TIERS_KEYS = {
    "basis": (TIER_BASES, True),
    "limits": ("limits", True),
    "household_extra": ("number?", False),
    "mode": (TIER_MODES, False),
    "leaver": (TIER_LEAVERS, False),
}
BASIC_KEYS = {
    "over_limit": ("number", False),
    "over_reading": (OVER_READINGS, False),
    "floor_share": ("number", False),
    "heavy_kwh_per_kva": ("number?", False),
    "heavy_factor": ("number", False),
    "suspension_days": ("number", False),
    "month_days": ("number", False),
}
BASIC_DEFAULTS = {
    "over_limit": "1.05",
    "over_reading": "R1",
    "floor_share": "0.4",
    "heavy_kwh_per_kva": None,
    "heavy_factor": "0.9",
    "suspension_days": "15",
    "month_days": "30",
}
COMPONENT_KEYS = {
    "key": ("any", False),
    "kind": (tuple(UNITS), True),
    "name": ("text", True),
    "names": ("names", False),
    "unit": ("text", False),
    "price": ("number", False),
    "factors": ("factors", False),
    "prices": ("prices", False),
    "pf_base": ("bool", False),
    "period": ("code?", False),
    "limits": ("limits", False),
    "quantity": ("number?", False),
}
PRICE_KEYS = {
    "period": ("code?", False),
    "tier": ("tier?", False),
    "price": ("number", True),
}

_NUMBER = re.compile(r"\d{1,12}(\.\d{1,9})?")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True)
class Problem:
    """What is wrong at one place; ``path`` is like ``tariffs[0].versions[1].date_from``."""

    path: str
    code: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        values = ", ".join(f"{key}={value}" for key, value in self.data.items())
        return f"{self.path or 'list'}: {self.code} {values}".rstrip()


class ListError(Exception):
    """A list that cannot be used; ``problems`` says everything that is wrong, at once."""

    def __init__(self, problems: Sequence[Problem]):
        super().__init__("; ".join(map(str, problems)))
        self.problems = list(problems)


def loads(content: bytes | str) -> dict[str, Any]:
    """Read JSON without touching a digit of its numbers.

    :raises ListError: when it is no JSON at all
    """
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        return json.loads(text, parse_float=str)
    except UnicodeDecodeError:
        raise ListError([Problem("", "encoding")]) from None
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise ListError([Problem("", "json", place)]) from None


def dumps(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def check_list(data: Any, periods: Iterable[str] = ()) -> list[Problem]:
    """Return all that is wrong with a list.

    :param periods: codes of the periods known besides those the list brings itself
    """
    return _Checker(set(periods)).check_list(data)


def check_version(data: Any, periods: Iterable[str] | None = None) -> list[Problem]:
    """Return all that is wrong with one version; without ``periods`` any code will do."""
    checker = _Checker(None if periods is None else set(periods))
    checker.check_version(data, "")
    return checker.problems


class _Checker:
    def __init__(self, periods: set[str] | None):
        self.periods = periods
        self.problems: list[Problem] = []

    def add(self, path: str, code: str, **data: Any) -> None:
        self.problems.append(Problem(path, code, data))

    # === Shape === #

    def keys(self, value: Any, keys: Mapping[str, tuple[Any, bool]], path: str) -> bool:
        """Check the keys of a mapping and the type of each value."""
        if not isinstance(value, Mapping):
            self.add(path, "type", expected="object")
            return False
        good = True
        for key in value:
            if key not in keys:
                self.add(_join(path, key), "unknown", key=key, allowed=", ".join(keys))
                good = False
        for key, (kind, required) in keys.items():
            if key not in value:
                if required:
                    self.add(_join(path, key), "missing", key=key)
                    good = False
            elif not self.value(value[key], kind, _join(path, key)):
                good = False
        return good

    def value(self, value: Any, kind: Any, path: str) -> bool:
        if isinstance(kind, tuple):
            return value in kind or self.wrong(path, "choice", value, ", ".join(kind))
        if kind.endswith("?"):
            if value is None:
                return True
            kind = kind[:-1]
        return getattr(self, f"_is_{kind}")(value, path)

    def wrong(self, path: str, code: str, value: Any, allowed: str = "") -> bool:
        self.add(path, code, value=value, allowed=allowed)
        return False

    def items(self, value: Any, path: str) -> bool:
        if not isinstance(value, list):
            self.add(path, "type", expected="list")
            return False
        return True

    def _each(self, results: Iterable[bool]) -> bool:
        """Look at all of them, so that everything wrong is told at once."""
        return all(list(results))

    def _is_any(self, value: Any, path: str) -> bool:
        return True

    def _is_format(self, value: Any, path: str) -> bool:
        return value == FORMAT or self.wrong(path, "format", value, FORMAT)

    def _is_text(self, value: Any, path: str) -> bool:
        return (isinstance(value, str) and bool(value.strip())) or self.wrong(path, "text", value)

    def _is_string(self, value: Any, path: str) -> bool:
        return isinstance(value, str) or self.wrong(path, "text", value)

    def _is_bool(self, value: Any, path: str) -> bool:
        return isinstance(value, bool) or self.wrong(path, "bool", value)

    def _is_code(self, value: Any, path: str) -> bool:
        return bool(isinstance(value, str) and _CODE.fullmatch(value)) or self.wrong(
            path, "code", value
        )

    def _is_number(self, value: Any, path: str) -> bool:
        return is_number(value) or self.wrong(path, "number", value)

    def _is_tier(self, value: Any, path: str) -> bool:
        good = isinstance(value, int) and not isinstance(value, bool) and value >= 1
        return good or self.wrong(path, "tier", value)

    def _is_date(self, value: Any, path: str) -> bool:
        return to_date(value) is not None or self.wrong(path, "date", value)

    def _is_time(self, value: Any, path: str) -> bool:
        return minutes(value) is not None or self.wrong(path, "time", value)

    def _is_texts(self, value: Any, path: str) -> bool:
        return self._all(value, "text", path)

    def _is_dates(self, value: Any, path: str) -> bool:
        return self._all(value, "date", path)

    def _all(self, value: Any, kind: str, path: str) -> bool:
        if not self.items(value, path):
            return False
        return self._each(self.value(item, kind, f"{path}[{i}]") for i, item in enumerate(value))

    def _is_names(self, value: Any, path: str) -> bool:
        good = isinstance(value, Mapping) and all(
            isinstance(text, str) and text for text in value.values()
        )
        return good or self.wrong(path, "names", value)

    def _is_months(self, value: Any, path: str) -> bool:
        good = (
            isinstance(value, list)
            and value
            and all(type(month) is int and 1 <= month <= 12 for month in value)
            and len(set(value)) == len(value)
        )
        return bool(good) or self.wrong(path, "months", value)

    def _is_limits(self, value: Any, path: str) -> bool:
        if not (isinstance(value, list) and value and all(map(is_number, value))):
            return self.wrong(path, "limits", value)
        numbers = [Decimal(item) for item in value]
        rising = all(a < b for a, b in zip([Decimal(0), *numbers], numbers, strict=False))
        return rising or self.wrong(path, "rising", "; ".join(map(str, value)))

    def _is_factors(self, value: Any, path: str) -> bool:
        if not isinstance(value, Mapping):
            self.add(path, "type", expected="object")
            return False
        return self._each(
            self._is_code(code, _join(path, code)) and self._is_number(text, _join(path, code))
            for code, text in value.items()
        )

    def _is_rows(self, value: Any, keys: Mapping[str, Any], path: str) -> bool:
        if not self.items(value, path):
            return False
        return self._each(self.keys(row, keys, f"{path}[{i}]") for i, row in enumerate(value))

    def _is_periods(self, value: Any, path: str) -> bool:
        return self._is_rows(value, PERIOD_KEYS, path)

    def _is_holidays(self, value: Any, path: str) -> bool:
        return self._is_rows(value, HOLIDAY_KEYS, path)

    def _is_prices(self, value: Any, path: str) -> bool:
        return self._is_rows(value, PRICE_KEYS, path)

    def _is_schedule(self, value: Any, path: str) -> bool:
        return self._is_rows(value, SCHEDULE_KEYS, path)

    def _is_tiers(self, value: Any, path: str) -> bool:
        return value is None or self.keys(value, TIERS_KEYS, path)

    def _is_basic(self, value: Any, path: str) -> bool:
        return value is None or self.keys(value, BASIC_KEYS, path)

    def _is_components(self, value: Any, path: str) -> bool:
        return self._is_rows(value, COMPONENT_KEYS, path)

    def _is_versions(self, value: Any, path: str) -> bool:
        # Each version is looked at whole by check_version.
        return self.items(value, path)

    def _is_tariffs(self, value: Any, path: str) -> bool:
        return self.items(value, path)

    # === Sense === #

    def check_list(self, data: Any) -> list[Problem]:
        if not self.keys(data, LIST_KEYS, "") and not isinstance(data, Mapping):
            return self.problems
        declared = data.get("periods")
        if self.periods is not None and isinstance(declared, list):
            self.periods |= {
                row["code"] for row in declared if isinstance(row, Mapping) and row.get("code")
            }
        tariffs = data.get("tariffs")
        codes: dict[Any, int] = {}
        for index, tariff in enumerate(tariffs if isinstance(tariffs, list) else ()):
            path = f"tariffs[{index}]"
            if not self.keys(tariff, TARIFF_KEYS, path) and not isinstance(tariff, Mapping):
                continue
            code = tariff.get("code")
            if isinstance(code, str) and codes.setdefault(code, index) != index:
                self.add(f"{path}.code", "duplicate", value=code)
            self._check_versions(tariff.get("versions"), f"{path}.versions")
        return self.problems

    def _check_versions(self, versions: Any, path: str) -> None:
        if not isinstance(versions, list):
            return
        good = [
            (index, version)
            for index, version in enumerate(versions)
            if self.check_version(version, f"{path}[{index}]")
        ]
        ends: list[tuple[date, date, int]] = sorted(
            (
                to_date(version["date_from"]) or date.min,
                to_date(version.get("date_to")) or date.max,
                index,
            )
            for index, version in good
        )
        for earlier, later in pairwise(ends):
            if earlier[1] >= later[0]:
                self.add(
                    f"{path}[{later[2]}].date_from",
                    "versions_overlap",
                    value=later[0].isoformat(),
                    other=earlier[0].isoformat(),
                )

    def check_version(self, data: Any, path: str) -> bool:
        before = len(self.problems)
        if not self.keys(data, VERSION_KEYS, path):
            return False
        first, last = to_date(data["date_from"]), to_date(data.get("date_to"))
        if last and last < first:
            self.add(_join(path, "date_to"), "dates_order", value=data["date_to"])
        rows = data.get("schedule") or []
        self._check_schedule(rows, _join(path, "schedule"))
        if not data["components"]:
            self.add(_join(path, "components"), "no_component")
        names: dict[tuple[str, str], int] = {}
        scheduled = {row["period"] for row in rows}
        tiers = len((data.get("tiers") or {}).get("limits") or ()) + 1
        for index, component in enumerate(data["components"]):
            where = f"{_join(path, 'components')}[{index}]"
            key = (component["kind"], component["name"])
            if names.setdefault(key, index) != index:
                self.add(f"{where}.name", "duplicate", value=component["name"])
            self._check_component(component, scheduled, tiers, where)
        return len(self.problems) == before

    def _check_component(
        self, component: Mapping[str, Any], scheduled: set[str], tiers: int, path: str
    ) -> None:
        kind = component["kind"]
        self._check_only(component, kind, path)
        if kind == "allowance":
            if not component.get("quantity"):
                self.add(f"{path}.quantity", "missing", key="quantity")
        elif kind != "power_factor" and not (component.get("prices") or "price" in component):
            self.add(f"{path}.price", "missing", key="price")
        for code in sorted(component.get("factors") or ()):
            self._check_period(code, scheduled, f"{path}.factors.{code}")
        if component.get("period"):
            self._check_period(component["period"], scheduled, f"{path}.period")
        if kind == "demand":
            tiers = len(component.get("limits") or ()) + 1
        self._check_prices(component, scheduled, tiers, f"{path}.prices")

    def _check_only(self, component: Mapping[str, Any], kind: str, path: str) -> None:
        for key, owner in ONLY_FOR.items():
            if component.get(key) and kind != owner:
                self.add(f"{path}.{key}", "only_for", kind=kind, kinds=owner)

    def _check_prices(
        self, component: Mapping[str, Any], scheduled: set[str], tiers: int, path: str
    ) -> None:
        kind, seen = component["kind"], set()
        for index, row in enumerate(component.get("prices") or ()):
            where = f"{path}[{index}]"
            period, tier = row.get("period"), row.get("tier")
            if (period, tier) in seen:
                self.add(where, "price_twice", period=period or "", tier=tier or "")
            seen.add((period, tier))
            if period and kind not in BY_PERIOD:
                self.add(f"{where}.period", "only_for", kind=kind, kinds=", ".join(BY_PERIOD))
            elif period:
                self._check_period(period, scheduled, f"{where}.period")
            if tier and kind not in BY_TIER:
                self.add(f"{where}.tier", "only_for", kind=kind, kinds=", ".join(BY_TIER))
            elif tier and tier > tiers:
                self.add(f"{where}.tier", "no_tier", tier=tier, tiers=tiers)

    def _check_period(self, code: str, scheduled: set[str], path: str) -> None:
        if self.periods is not None and code not in self.periods:
            self.add(path, "unknown_period", period=code)
        elif scheduled and code not in scheduled:
            self.add(path, "unscheduled", period=code)

    def _check_schedule(self, rows: Sequence[Mapping[str, Any]], path: str) -> None:
        good = True
        for index, row in enumerate(rows):
            if minutes(row["from"]) == minutes(row["to"]) or row["from"] == "24:00":
                self.add(f"{path}[{index}].to", "times_order", value=row["to"])
                good = False
            if self.periods is not None and row["period"] not in self.periods:
                self.add(f"{path}[{index}].period", "unknown_period", period=row["period"])
        if rows and good:
            self._check_overlaps(rows, path)
            self._check_gap(rows, path)

    def _check_overlaps(self, rows: Sequence[Mapping[str, Any]], path: str) -> None:
        for index, row in enumerate(rows):
            for other, earlier in enumerate(rows[:index]):
                months = set(row["months"]) & set(earlier["months"])
                if not months or row.get("days", "any") != earlier.get("days", "any"):
                    continue
                both = [
                    (max(a, c), min(b, d))
                    for a, b in spans(row)
                    for c, d in spans(earlier)
                    if max(a, c) < min(b, d)
                ]
                if both:
                    self.add(
                        f"{path}[{index}].from",
                        "overlap",
                        month=min(months),
                        days=row.get("days", "any"),
                        start=schedule.clock(both[0][0]),
                        end=schedule.clock(both[0][1]),
                        row=index + 1,
                        other=other + 1,
                    )

    def _check_gap(self, rows: Sequence[Mapping[str, Any]], path: str) -> None:
        gap = next(schedule.gaps(schedule_rows(rows)), None)
        if gap:
            month, days, start, end = gap
            self.add(path, "gap", month=month, days=days, start=start, end=end)


# === Small things === #


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else str(key)


def is_number(value: Any) -> bool:
    """Tell whether this is a number of zero or more, as text or a whole number."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return value >= 0
    return isinstance(value, str) and bool(_NUMBER.fullmatch(value))


def to_date(value: Any) -> date | None:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


def minutes(text: Any) -> int | None:
    """Return the minutes since midnight of ``"16:30"``; ``"24:00"`` is the end of the day."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if not match:
        return None
    value = int(match[1]) * 60 + int(match[2])
    return value if value <= DAY_MINUTES else None


def parse_months(text: str) -> list[int] | None:
    """Return the months of ``"1-6, 9-12"``, sorted; none when it is not of that form."""
    months: set[int] = set()
    for part in re.split(r"[,;，；、\s]+", text.strip()):
        match = re.fullmatch(r"(\d{1,2})(?:[-–~](\d{1,2}))?", part)
        if not match:
            return None
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= 12:
            return None
        months.update(range(first, last + 1))
    return sorted(months)


def format_months(months: Iterable[int]) -> str:
    """Write months short: ``1-6, 9-12``."""
    runs: list[list[int]] = []
    for month in sorted(months):
        if runs and month == runs[-1][-1] + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def parse_limits(text: str) -> list[str] | None:
    """Return the limits of ``"2760; 4800"`` as plain numbers; none when they are no numbers."""
    parts = [part for part in re.split(r"[;；/\s]+", text.strip()) if part]
    if not parts or not all(map(is_number, parts)):
        return None
    return [plain(part) for part in parts]


# === Prices through the day === #


def schedule_rows(rows: Iterable[Mapping[str, Any]]) -> list[ScheduleRow]:
    """Read checked rows of a list as the rating kernel does."""
    return [
        ScheduleRow(
            period=row["period"],
            start=minutes(row["from"]),
            end=minutes(row["to"]),
            months=frozenset(row["months"]),
            days=row.get("days") or "any",
        )
        for row in rows
    ]


def spans(row: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Return the minutes of a row; one that ends before it begins goes on after midnight."""
    return schedule.spans(*schedule_rows([row]))


def day_periods(
    rows: Sequence[Mapping[str, Any]], month: int, days: str
) -> list[tuple[int, int, str]]:
    """Return the periods of a day as (first minute, end minute, period code), in order.

    A holiday without rows of its own is shown as a working day.

    :param days: ``workday``, ``weekend`` or ``holiday``
    """
    weekday = "workday" if days == "holiday" else days
    every = schedule.day_periods(schedule_rows(rows), month, days, weekday)
    return [run for run in schedule.runs(every) if run[2] is not None]


def component_price(
    component: Mapping[str, Any], period: str | None = None, tier: int | None = None
) -> Decimal:
    """Return what a component costs in a period and tier (else in the first)."""
    factors = component.get("factors") or {}
    known = Component(
        key=None,
        kind=component.get("kind", ""),
        name="",
        price=Decimal(component.get("price") or 0),
        factors={code: Decimal(value) for code, value in factors.items()},
        prices=tuple(
            PriceRow(Decimal(row["price"]), row.get("period"), row.get("tier"))
            for row in component.get("prices") or ()
        ),
    )
    price, factor = unit_price(known, period, tier or 1)
    return price * factor


def kwh_price(
    version: Mapping[str, Any], period: str | None = None, tier: int | None = None
) -> Decimal:
    """Return what one kWh costs altogether (energy and funds) in a period and tier."""
    return sum(
        (
            component_price(component, period, tier)
            for component in version["components"]
            if component["kind"] in PER_KWH
        ),
        Decimal(0),
    )


def tier_count(version: Mapping[str, Any]) -> int:
    return len((version.get("tiers") or {}).get("limits") or ()) + 1


def seasons(rows: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """Group the months whose days look alike, in order of their first month."""
    groups: dict[Any, list[int]] = {}
    for month in range(1, 13):
        key = tuple(tuple(day_periods(rows, month, days)) for days in DAY_TYPES[1:])
        groups.setdefault(key, []).append(month)
    return list(groups.values())


# === Comparing === #


def canonical(version: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a version says, in one writing, so that two can be compared.

    Keys, names of versions and translations are left out; numbers are plain; defaults are filled
    in; rows whose order means nothing are sorted.
    """
    components = version["components"]
    basic = {component["kind"] for component in components} & {"capacity", "demand"}
    return {
        "source": version.get("source") or "",
        "date_from": version["date_from"],
        "date_to": version.get("date_to"),
        "tax": version.get("tax") or "included",
        "schedule": sorted(
            (sorted(row["months"]), row.get("days", "any"), start, end, row["period"])
            for row in version.get("schedule") or ()
            for start, end in spans(row)
        ),
        "tiers": _canonical_tiers(version.get("tiers")),
        "basic": _canonical_basic(version.get("basic")) if basic else None,
        "components": [_canonical_component(component) for component in components],
    }


def _canonical_tiers(tiers: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not tiers:
        return None
    return {
        "basis": tiers["basis"],
        "limits": [plain(limit) for limit in tiers["limits"]],
        "household_extra": plain(tiers.get("household_extra") or 0),
        "mode": tiers.get("mode") or "prorata",
        "leaver": tiers.get("leaver") or "year",
    }


def _canonical_basic(basic: Mapping[str, Any] | None) -> dict[str, Any]:
    values = {**BASIC_DEFAULTS, **(basic or {})}
    return {
        key: value if value is None or key == "over_reading" else plain(value)
        for key, value in values.items()
    }


def _canonical_component(component: Mapping[str, Any]) -> dict[str, Any]:
    kind = component["kind"]
    return {
        "kind": kind,
        "name": component["name"],
        "price": plain(component.get("price") or 0),
        "factors": sorted((k, plain(v)) for k, v in (component.get("factors") or {}).items()),
        "prices": sorted(
            (row.get("period") or "", row.get("tier") or 0, plain(row["price"]))
            for row in component.get("prices") or ()
        ),
        "pf_base": component.get("pf_base", kind in PF_BASE_KINDS),
        "period": component.get("period"),
        "limits": [plain(limit) for limit in component.get("limits") or ()],
        "quantity": plain(component.get("quantity") or 0),
    }


def kernel_version(version: Mapping[str, Any], key: Any) -> dict[str, Any]:
    """Return a version of a list as the rating kernel takes it, with keys and without names."""
    components = [
        {
            **{name: value for name, value in component.items() if name != "names"},
            "key": component.get("key", index),
            "price": component.get("price") or "0",
            "unit": component.get("unit") or UNITS[component["kind"]],
        }
        for index, component in enumerate(version["components"], 1)
    ]
    return {"key": key, **version, "components": components}


def day_before(text: str) -> str:
    return (date.fromisoformat(text) - timedelta(days=1)).isoformat()


def walk_versions(data: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield (tariff, version) of a checked list."""
    for tariff in data["tariffs"]:
        for version in tariff["versions"]:
            yield tariff, version
