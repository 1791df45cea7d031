"""Reads a file of meter readings: CSV in UTF-8 or GB 18030, or XLSX, English or Chinese heads.

It only reads and checks each row's own form; whether a meter exists is the database's matter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from odoo.addons.power_crm.tools import table_file
from odoo.addons.power_crm.tools.table_file import cell_text, csv_rows, decode, open_workbook

HEADS = {
    "point": {"point", "point number", "supply point", "customer number", "户号", "用电户号"},
    "meter": {"meter", "meter number", "meter no", "表号", "电表号", "电能表号", "表计编号"},
    "date": {"date", "reading date", "read on", "日期", "抄表日期"},
    "value": {"value", "reading", "current", "register", "示数", "读数", "本次示数", "止度"},
    "register": {"register type", "quantity", "示数类型", "量类型", "电量类型"},
    "period": {"period", "tou period", "时段", "费率时段"},
    "line": {"line", "线路"},
    "rollover": {"rollover", "rolled over", "过零", "翻转"},
    "note": {"note", "remark", "备注"},
}
QUANTITIES = {
    "active": {"", "active", "kwh", "有功", "正向有功", "有功总"},
    "reactive": {"reactive", "kvarh", "无功", "正向无功", "无功总"},
    "demand": {"demand", "kw", "maximum demand", "需量", "最大需量"},
    "active_export": {"active export", "export", "反向有功", "上网电量"},
    "reactive_export": {"reactive export", "反向无功"},
}
PERIODS = {
    "": {"", "whole", "total", "总"},
    "sharp": {"sharp", "sharp peak", "critical peak", "尖", "尖峰"},
    "peak": {"peak", "峰", "高峰"},
    "flat": {"flat", "shoulder", "平", "平段"},
    "valley": {"valley", "off peak", "谷", "低谷"},
    "deep_valley": {"deep", "deep valley", "深谷"},
}
_DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")
# A period that somebody added goes by its code.
_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")
_TRUE = {"1", "yes", "y", "true", "x", "是", "√"}
MAX_VALUE = Decimal(10) ** 12


class FileError(Exception):
    """A file that cannot be read at all.

    ``code`` is ``encoding``, ``format``, ``heads`` or ``empty``.
    """

    def __init__(self, code: str, **data: Any):
        super().__init__(code)
        self.code = code
        self.data = data


@dataclass(frozen=True)
class Row:
    number: int
    point: str
    meter: str
    date: date
    value: Decimal
    rollover: bool
    quantity: str = "active"
    period: str = ""
    line: str = ""
    clock_drift_s: int | None = None


@dataclass(frozen=True)
class RowError:
    number: int
    column: str
    code: str
    value: str


@dataclass
class Parsed:
    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    count: int = 0


def parse(content: bytes, filename: str = "", default_date: date | None = None) -> Parsed:
    """Read all rows; wrong ones are told, not skipped in silence.

    :param content: the file
    :param filename: decides between CSV and XLSX together with the content
    :param default_date: for rows without a date
    :raises FileError: when no row can be read
    """
    columns = None
    parsed = Parsed()
    for number, cells in enumerate(_read(content, filename), 1):
        if not any(cell_text(cell) for cell in cells):
            continue
        if columns is None:
            columns = _find_columns(cells)
            continue
        parsed.count += 1
        outcome = _parse_row(number, cells, columns, default_date)
        (parsed.rows if isinstance(outcome, Row) else parsed.errors).append(outcome)
    if columns is None or not parsed.count:
        raise FileError("empty")
    return parsed


def _read(content: bytes, filename: str) -> Iterator[Sequence]:
    if content[:2] == b"PK" or filename.lower().endswith(".xlsx"):
        try:
            book = open_workbook(content)
            yield from book.worksheets[0].iter_rows(values_only=True)
        except Exception as error:
            raise FileError("format") from error
    else:
        yield from read_csv(content)


def read_csv(content: bytes) -> Iterator[list[str]]:
    """Read the rows of a CSV.

    :raises FileError: when it is no text
    """
    try:
        yield from csv_rows(decode(content))
    except table_file.FileError as error:
        raise FileError("encoding") from error


def _find_columns(cells: Any) -> dict[str, int]:
    heads = [cell_text(cell).lower().replace("_", " ") for cell in cells]
    columns = {
        name: index
        for index, head in enumerate(heads)
        for name, known in HEADS.items()
        if head in known
    }
    if "value" not in columns or not {"point", "meter"} & columns.keys():
        raise FileError("heads", heads=", ".join(filter(None, heads)))
    return columns


def _parse_row(
    number: int, cells: Any, columns: dict[str, int], default_date: date | None
) -> Row | RowError:
    def cell(name: str) -> Any:
        index = columns.get(name)
        return cells[index] if index is not None and index < len(cells) else None

    point, meter = cell_text(cell("point")), cell_text(cell("meter"))
    if not point and not meter:
        return RowError(number, "point", "missing_number", "")
    raw_date = cell("date")
    day = default_date if cell_text(raw_date) == "" else parse_date(raw_date)
    if day is None:
        code = "bad_date" if cell_text(raw_date) else "missing_date"
        return RowError(number, "date", code, cell_text(raw_date))
    raw_value = cell_text(cell("value"))
    if not raw_value:
        return RowError(number, "value", "missing_value", "")
    value = parse_value(raw_value)
    if value is None:
        return RowError(number, "value", "bad_value", raw_value)
    if value < 0:
        return RowError(number, "value", "negative", raw_value)
    quantity, period = cell("register"), cell("period")
    register = find_register(cell_text(quantity), cell_text(period))
    if register is None:
        name = "register" if find_register(cell_text(quantity), "") is None else "period"
        return RowError(number, name, f"bad_{name}", cell_text(cell(name)))
    rolled = cell_text(cell("rollover")).lower() in _TRUE
    return Row(number, point, meter, day, value, rolled, *register, cell_text(cell("line")))


def parse_item(number: int, item: Any) -> Row | RowError:
    """Read one reading sent as plain data, as a row of a file would be read.

    :param item: ``meter`` or ``point``, ``date`` (ISO), ``value`` (text or number), and where
        needed ``register``, ``period``, ``line``, ``rollover``, ``clock_drift_s`` (seconds)
    """
    if not isinstance(item, dict):
        return RowError(number, "value", "bad_row", "")
    names = list(HEADS)
    cells = [_plain_cell(item.get(name)) for name in names]
    row = _parse_row(number, cells, {name: index for index, name in enumerate(names)}, None)
    if isinstance(row, RowError):
        return row
    drift = item.get("clock_drift_s")
    is_whole = isinstance(drift, int) and not isinstance(drift, bool) and abs(drift) < 2**31
    return replace(row, clock_drift_s=drift if is_whole else None)


def _plain_cell(value: Any) -> Any:
    if value is True:
        return "yes"
    return value if isinstance(value, (str, int, float)) and value is not False else ""


def find_register(quantity: str, period: str) -> tuple[str, str] | None:
    """Return the codes of a quantity and a period as people write them, or None.

    >>> find_register("无功", "")
    ('reactive', '')
    """
    found = [
        next((code for code, words in known.items() if _norm(text) in words), None)
        for known, text in ((QUANTITIES, quantity), (PERIODS, period))
    ]
    if found[1] is None and _CODE.fullmatch(_norm(period).replace(" ", "_")):
        found[1] = _norm(period).replace(" ", "_")
    return None if None in found else (found[0], found[1])


def _norm(text: str) -> str:
    return text.strip().lower().replace("_", " ")


def parse_date(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = cell_text(cell).split(" ")[0]
    for pattern in _DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    return None


def parse_value(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= MAX_VALUE:
        return None
    return value.quantize(Decimal("0.01"))
