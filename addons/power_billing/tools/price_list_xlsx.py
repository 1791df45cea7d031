"""Price lists as a workbook: the same data as ``price_list``, one sheet a kind of row.

Rows find each other by tariff code, first day and component name. Heads are read in English and
in Chinese, whatever their order. Cells may be numbers, dates and times, or text.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from odoo.addons.power_crm.tools.table_file import FileError, cell_text, open_workbook

from . import price_list
from .amounts import plain
from .price_list import ListError, Problem
from .schedule import DAY_MINUTES, clock

# sheet: (Chinese name, {key: (English head, Chinese head)})
SHEETS: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "Tariffs": (
        "电价",
        {
            "code": ("Code", "代码"),
            "name": ("Name", "名称"),
            "zh_CN": ("Chinese name", "中文名称"),
            "public": ("Public", "公开"),
            "usage_categories": ("Usage categories", "用电类别"),
            "currency": ("Currency", "币种"),
        },
    ),
    "Versions": (
        "版本",
        {
            "tariff": ("Tariff", "电价代码"),
            "date_from": ("In force from", "执行日期"),
            "date_to": ("Until", "截止日期"),
            "source": ("Source", "依据"),
            "tax": ("Tax", "税"),
            "tiers.basis": ("Tiers counted over", "阶梯周期"),
            "tiers.limits": ("Tier limits", "阶梯上限"),
            "tiers.household_extra": ("Household extra", "多人口加量"),
            "tiers.mode": ("Tiers and periods", "阶梯与时段"),
            "tiers.leaver": ("Leavers", "中途离户"),
            "basic.over_limit": ("Over limit", "超限倍数"),
            "basic.over_reading": ("Over reading", "超限算法"),
            "basic.floor_share": ("Floor share", "最低比例"),
            "basic.heavy_kwh_per_kva": ("Heavy kWh per kVA", "每千伏安电量"),
            "basic.heavy_factor": ("Heavy factor", "达标系数"),
            "basic.suspension_days": ("Suspension days", "暂停天数"),
            "basic.month_days": ("Month days", "月天数"),
        },
    ),
    "Components": (
        "组成",
        {
            "tariff": ("Tariff", "电价代码"),
            "date_from": ("In force from", "执行日期"),
            "kind": ("Kind", "种类"),
            "name": ("Component", "组成名称"),
            "zh_CN": ("Chinese name", "中文名称"),
            "price": ("Price", "单价"),
            "pf_base": ("Power-factor base", "参与力调"),
            "period": ("Demand of period", "需量时段"),
            "limits": ("Demand tiers", "需量阶梯"),
            "quantity": ("Free kWh", "免费电量"),
        },
    ),
    "Prices": (
        "价格",
        {
            "tariff": ("Tariff", "电价代码"),
            "date_from": ("In force from", "执行日期"),
            "component": ("Component", "组成名称"),
            "period": ("Period", "时段"),
            "tier": ("Tier", "阶梯"),
            "price": ("Price", "单价"),
            "factor": ("Factor", "浮动系数"),
        },
    ),
    "Schedule": (
        "时段",
        {
            "tariff": ("Tariff", "电价代码"),
            "date_from": ("In force from", "执行日期"),
            "months": ("Months", "月份"),
            "days": ("Days", "日期类型"),
            "period": ("Period", "时段"),
            "from": ("From", "起"),
            "to": ("To", "止"),
        },
    ),
    "Periods": (
        "时段定义",
        {
            "code": ("Code", "代码"),
            "name": ("Name", "名称"),
            "zh_CN": ("Chinese name", "中文名称"),
            "color": ("Colour", "颜色"),
        },
    ),
}
REQUIRED = {
    "Tariffs": ("code", "name"),
    "Versions": ("tariff", "date_from"),
    "Components": ("tariff", "date_from", "kind", "name", "price"),
    "Prices": ("tariff", "date_from", "component", "period", "price"),
    "Schedule": ("tariff", "date_from", "months", "period", "from", "to"),
    "Periods": ("code", "name"),
}
OPTIONAL_SHEETS = ("Prices", "Schedule", "Periods")
_YES = {"1", "yes", "y", "true", "x", "是", "√"}
_NUMBERS = {"price", "factor", "quantity", "household_extra"}


@dataclass
class Workbook:
    """What was read: the list, where each part of it stands, and what could not be read."""

    data: dict[str, Any]
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: str) -> tuple[str, int, str]:
        """Return (sheet, row, column key) of a problem's path; row 0 is the whole sheet."""
        known, rest = path, ""
        while known and known not in self.places:
            known, __, tail = known.rpartition(".") if "." in known else ("", "", known)
            rest = f"{tail}.{rest}" if rest else tail
        sheet, row = self.places.get(known, ("Tariffs", 0))
        return sheet, row, rest


@dataclass
class _Row:
    sheet: str
    number: int
    cells: dict[str, Any]

    def text(self, key: str) -> str:
        return _text(self.cells.get(key))


def read(content: bytes) -> Workbook:
    """Read a workbook into a list, not yet checked for sense.

    :raises ListError: when it is no workbook, or sheets or heads are missing
    """
    try:
        book = open_workbook(content)
    except FileError:
        raise ListError([Problem("", "xlsx")]) from None
    rows, problems = _read_sheets(book)
    if problems:
        raise ListError(problems)
    return _Reader(rows).read_all()


def _read_sheets(book: Any) -> tuple[dict[str, list[_Row]], list[Problem]]:
    rows: dict[str, list[_Row]] = {}
    problems: list[Problem] = []
    names = {name.strip().casefold(): name for name in book.sheetnames}
    for sheet, (chinese, heads) in SHEETS.items():
        name = names.get(sheet.casefold()) or names.get(chinese)
        if name is None:
            rows[sheet] = []
            if sheet not in OPTIONAL_SHEETS:
                problems.append(Problem("", "sheet", {"value": sheet}))
            continue
        lines = book[name].iter_rows(values_only=True)
        keys = _read_heads(next(lines, ()), heads)
        problems += [
            Problem("", "head", {"value": heads[key][0], "sheet": sheet})
            for key in REQUIRED[sheet]
            if key not in keys
        ]
        rows[sheet] = [
            _Row(sheet, number, cells) for number, cells in _read_rows(lines, keys) if cells
        ]
    return rows, problems


def _read_heads(line: tuple[Any, ...], heads: Mapping[str, tuple[str, str]]) -> list[str | None]:
    known = {text.casefold(): key for key, texts in heads.items() for text in texts}
    return [known.get(_text(cell).casefold()) for cell in line]


def _read_rows(
    lines: Iterator[tuple[Any, ...]], keys: list[str | None]
) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 2):
        yield (
            number,
            {key: cell for key, cell in zip(keys, line, strict=False) if key and _text(cell) != ""},
        )


class _Reader:
    def __init__(self, rows: dict[str, list[_Row]]):
        self.rows = rows
        self.book = Workbook({"format": price_list.FORMAT, "tariffs": []})
        self.tariffs: dict[str, tuple[str, dict[str, Any]]] = {}
        self.versions: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
        self.components: dict[tuple[str, str, str], tuple[str, dict[str, Any]]] = {}

    def read_all(self) -> Workbook:
        for sheet in ("Periods", "Tariffs", "Versions", "Components", "Prices", "Schedule"):
            for row in self.rows[sheet]:
                getattr(self, f"_read_{sheet.lower()}")(row)
        return self.book

    def wrong(self, row: _Row, key: str, code: str, **data: Any) -> None:
        path = f"{row.sheet}!{row.number}"
        self.book.places[path] = (row.sheet, row.number)
        self.book.problems.append(Problem(f"{path}.{key}", code, data))

    def put(self, row: _Row, path: str) -> str:
        self.book.places[path] = (row.sheet, row.number)
        return path

    def _read_periods(self, row: _Row) -> None:
        periods = self.book.data.setdefault("periods", [])
        self.put(row, f"periods[{len(periods)}]")
        periods.append(_named(row, {key: row.text(key) for key in ("code", "name", "color")}))

    def _read_tariffs(self, row: _Row) -> None:
        tariffs = self.book.data["tariffs"]
        path = self.put(row, f"tariffs[{len(tariffs)}]")
        tariff = _named(row, {"code": row.text("code"), "name": row.text("name")})
        if "public" in row.cells:
            tariff["public"] = _yes(row.cells["public"])
        if row.text("usage_categories"):
            codes = row.text("usage_categories").replace("；", ";").replace(",", ";")
            tariff["usage_categories"] = [code.strip() for code in codes.split(";") if code.strip()]
        if row.text("currency"):
            self.book.data.setdefault("currency", row.text("currency"))
        tariff["versions"] = []
        tariffs.append(tariff)
        self.tariffs.setdefault(tariff["code"], (path, tariff))

    def _read_versions(self, row: _Row) -> None:
        code, first = row.text("tariff"), _date(row.cells.get("date_from"))
        if code not in self.tariffs:
            self.wrong(row, "tariff", "no_tariff", value=code)
            return
        path, tariff = self.tariffs[code]
        path = self.put(row, f"{path}.versions[{len(tariff['versions'])}]")
        version: dict[str, Any] = {"source": row.text("source"), "date_from": first}
        if "date_to" in row.cells:
            version["date_to"] = _date(row.cells["date_to"])
        if "tax" in row.cells:
            version["tax"] = row.text("tax")
        for group in ("tiers", "basic"):
            values = {
                key.partition(".")[2]: _value(key.partition(".")[2], cell)
                for key, cell in row.cells.items()
                if key.startswith(f"{group}.")
            }
            if values:
                version[group] = values
        version["components"] = []
        tariff["versions"].append(version)
        self.versions.setdefault((code, first), (path, version))

    def _find_version(self, row: _Row) -> tuple[str, dict[str, Any]] | None:
        code, first = row.text("tariff"), _date(row.cells.get("date_from"))
        found = self.versions.get((code, first))
        if not found:
            self.wrong(row, "date_from", "no_version", value=code, other=first)
        return found

    def _read_components(self, row: _Row) -> None:
        found = self._find_version(row)
        if not found:
            return
        path, version = found
        path = self.put(row, f"{path}.components[{len(version['components'])}]")
        component = _named(row, {"kind": row.text("kind"), "name": row.text("name")})
        if "pf_base" in row.cells:
            component["pf_base"] = _yes(row.cells["pf_base"])
        for key in ("price", "period", "limits", "quantity"):
            if key in row.cells:
                component[key] = _value(key, row.cells[key])
        version["components"].append(component)
        key = (row.text("tariff"), version["date_from"], component["name"])
        self.components.setdefault(key, (path, component))

    def _read_prices(self, row: _Row) -> None:
        if not self._find_version(row):
            return
        name = row.text("component")
        key = (row.text("tariff"), _date(row.cells.get("date_from")), name)
        if key not in self.components:
            self.wrong(row, "component", "no_such_component", value=name)
            return
        path, component = self.components[key]
        if ("price" in row.cells) == ("factor" in row.cells):
            self.wrong(row, "price", "price_or_factor")
            return
        if "factor" in row.cells:
            period = row.text("period")
            self.put(row, f"{path}.factors.{period}")
            component.setdefault("factors", {})[period] = _value("factor", row.cells["factor"])
            return
        prices = component.setdefault("prices", [])
        self.put(row, f"{path}.prices[{len(prices)}]")
        values = {
            key: _value(key, row.cells[key]) for key in ("period", "tier") if key in row.cells
        }
        prices.append({**values, "price": _value("price", row.cells["price"])})

    def _read_schedule(self, row: _Row) -> None:
        found = self._find_version(row)
        if not found:
            return
        path, version = found
        schedule = version.setdefault("schedule", [])
        self.put(row, f"{path}.schedule[{len(schedule)}]")
        months = price_list.parse_months(row.text("months"))
        schedule.append(
            {
                "months": months or row.text("months"),
                "days": row.text("days") or "any",
                "period": row.text("period"),
                "from": _clock(row.cells.get("from")),
                "to": _clock(row.cells.get("to")),
            }
        )


def _named(row: _Row, values: dict[str, Any]) -> dict[str, Any]:
    values = {key: value for key, value in values.items() if value}
    if row.text("zh_CN"):
        values["names"] = {"zh_CN": row.text("zh_CN")}
    return values


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float | Decimal):
        return plain(str(cell))
    return cell_text(cell)


def _yes(cell: Any) -> bool:
    return _text(cell).casefold() in _YES


def _date(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return _text(cell)


def _clock(cell: Any) -> str:
    if isinstance(cell, datetime | time):
        return f"{cell.hour:02d}:{cell.minute:02d}"
    if isinstance(cell, timedelta):
        return clock(round(cell.total_seconds() / 60))
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell <= 1:
        return clock(round(cell * DAY_MINUTES))
    text = _text(cell)
    return f"0{text}" if len(text) == 4 and text[1] == ":" else text


def _value(key: str, cell: Any) -> Any:
    text = _text(cell)
    if key == "limits":
        return price_list.parse_limits(text) or text
    if key == "tier" and text.isdecimal():
        return int(text)
    return text


# === Writing === #


def write(data: Mapping[str, Any], chinese: bool = False) -> bytes:
    """Return a list as a workbook, with sheets and heads in English or in Chinese."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    rows = _collect(data)
    for sheet, (title, heads) in SHEETS.items():
        page = book.create_sheet(title if chinese else sheet)
        page.append([texts[1 if chinese else 0] for texts in heads.values()])
        for cell in page[1]:
            cell.font = Font(bold=True)
        page.freeze_panes = "A2"
        for row in rows[sheet]:
            page.append([_cell(key, row.get(key)) for key in heads])
        for index, key in enumerate(heads, 1):
            widest = max((len(str(row.get(key) or "")) for row in rows[sheet]), default=0)
            page.column_dimensions[get_column_letter(index)].width = min(max(widest + 2, 14), 48)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _collect(data: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {sheet: [] for sheet in SHEETS}
    rows["Periods"] = [_flat(period) for period in data.get("periods") or ()]
    for tariff in data["tariffs"]:
        rows["Tariffs"].append({**_flat(tariff), "currency": data.get("currency")})
        for version in tariff["versions"]:
            key = {"tariff": tariff["code"], "date_from": version["date_from"]}
            rows["Versions"].append({**_flat(version), **key})
            rows["Schedule"] += [{**key, **row} for row in version.get("schedule") or ()]
            for component in version["components"]:
                rows["Components"].append({**_flat(component), **key})
                key_price = {**key, "component": component["name"]}
                rows["Prices"] += [{**key_price, **row} for row in component.get("prices") or ()]
                rows["Prices"] += [
                    {**key_price, "period": period, "factor": factor}
                    for period, factor in (component.get("factors") or {}).items()
                ]
    return rows


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    row = {**values, "zh_CN": (values.get("names") or {}).get("zh_CN")}
    for group in ("tiers", "basic"):
        for key, value in (values.get(group) or {}).items():
            row[f"{group}.{key}"] = value
    return row


def _cell(key: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key == "months":
        return price_list.format_months(value)
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    if key.startswith("date_"):
        return date.fromisoformat(value)
    if price_list.is_number(value) and (key in _NUMBERS or "." in key):
        return float(value)
    return value
