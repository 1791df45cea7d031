"""A grading scheme as a workbook: the data of its JSON file, one sheet a kind of row.

Each sheet has the words for people in its first row, the keys the reader goes by in its second and
data from the third on. Titles of sheets and what is chosen from a list are written in the words of
whoever exports; the reader takes the words of any language, and codes. Indicators and bands are
numbered from 1; conditions, steps and limits name them by number. The order of rows is the order of
the scheme.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from odoo.addons.power_crm.tools.table_file import FileError, open_workbook

FORMAT = "power-grading-scheme/1"
SHEETS = {
    "Scheme": ("label", "key", "value"),
    "Indicators": (
        "no", "name", "source", "months", "partner_domain", "unit", "weight", "transformation",
        "x0", "y0", "x1", "y1", "points_below", "points_yes", "points_no", "missing",
        "missing_points", "advice",
    ),
    "Steps": ("indicator", "value_from", "points"),
    "Bands": (
        "no", "letter", "name", "legend", "open_below", "value_from", "open_above", "value_to",
        "share", "warning", "color",
    ),
    "Conditions": ("row", "band", "indicator", "operator", "value"),
    "Limits": (
        "name", "kind", "band", "steps", "months", "indicator", "operator", "value", "advice",
    ),
}  # fmt: skip
# columns that came later: older workbooks are read without them
LATER = {("Limits", "months"), ("Scheme", "label")}
CHOICES = "Choices"
FIRST_ROW = 3
TEXTS = {
    "key", "name", "source", "partner_domain", "unit", "transformation", "missing", "advice",
    "letter", "legend", "warning", "operator", "kind",
}  # fmt: skip
FLAGS = {"open_below", "open_above", "high_is_good", "clipped"}
WHOLE = {"no", "months", "steps", "color", "cut_months"}
NUMBERS = {"base_points", "score_min", "score_max"}


class SheetError(ValueError):
    """What is wrong, and where: ``sheet``, ``row`` (None: the whole sheet), ``column``."""

    def __init__(self, sheet: str, row: int | None = None, column: str = "", value: Any = ""):
        super().__init__(sheet, row, column, value)
        self.sheet, self.row, self.column, self.value = sheet, row, column, value


def write(
    data: Mapping[str, Any],
    title: Callable[[str], str],
    label: Callable[[str, str], str],
    words: Callable[[str, str], Mapping[str, str]],
) -> bytes:
    """The workbook of a scheme.

    :param data: as ``power.grading.scheme._to_json`` gives it
    :param title: sheet → its title
    :param label: (sheet, key) → words for people
    :param words: (sheet, key) → {code: words} of what may be chosen there, empty: anything
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    head = book.add_format(
        {"bold": True, "bg_color": "#0B5E7D", "font_color": "white", "text_wrap": True,
         "valign": "vcenter"}
    )  # fmt: skip
    key = book.add_format({"italic": True, "font_color": "#888888", "font_size": 8})
    cell = book.add_format({"valign": "top", "text_wrap": True})
    lists: list[tuple[str, list[str]]] = []
    for name, rows in _to_rows(data).items():
        sheet = book.add_worksheet(title(name))
        for column, part in enumerate(SHEETS[name]):
            sheet.write_string(0, column, label(name, part), head)
            sheet.write_string(1, column, part, key)
            wide = part in ("value", "source", "advice", "legend") and name != "Conditions"
            wide = wide or part in ("name", "label")
            sheet.set_column(column, column, 34 if wide else 14, cell)
            if name != "Scheme" and (allowed := list(words(name, part).values())):
                lists.append((label(name, part), allowed))
                source = _refer(title(CHOICES), len(lists) - 1, len(allowed))
                sheet.data_validation(
                    2, column, 500, column, {"validate": "list", "source": source}
                )
        for row, values in enumerate(rows, start=2):
            told = [
                words(name, values[1] if (name, part) == ("Scheme", "value") else part)
                for part in SHEETS[name]
            ]
            for column, value in enumerate(values):
                if value not in (None, ""):
                    sheet.write(row, column, told[column].get(value, value), cell)
        sheet.set_row(0, 32)
        sheet.freeze_panes(2, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
    sheet = book.add_worksheet(title(CHOICES))
    for column, (heading, allowed) in enumerate(lists):
        sheet.write_string(0, column, heading, head)
        sheet.write_column(1, column, allowed, cell)
        sheet.set_column(column, column, 34)
    book.close()
    return stream.getvalue()


def _refer(sheet: str, column: int, count: int) -> str:
    """The cells below the head of a column of the sheet of choices."""
    return f"='{sheet}'!{xl_rowcol_to_cell(1, column, True, True)}:" + xl_rowcol_to_cell(
        count, column, True, True
    )


def _to_rows(data: Mapping[str, Any]) -> dict[str, list[list[Any]]]:
    parts = ("indicators", "bands", "rules", "caps")

    def number(place: int | None) -> int | None:
        return None if place is None else place + 1

    def cells(sheet: str, item: Mapping[str, Any], **given: Any) -> list[Any]:
        found = {**item, **given}
        return [
            found[key] if key in FLAGS or key not in TEXTS else found[key] or None
            for key in SHEETS[sheet]
        ]

    return {
        "Scheme": [[key, key, value] for key, value in data.items() if key not in parts],
        "Indicators": [
            cells("Indicators", item, no=place)
            for place, item in enumerate(data["indicators"], start=1)
        ],
        "Steps": [
            [place, start, points]
            for place, item in enumerate(data["indicators"], start=1)
            for start, points in item["steps"]
        ],
        "Bands": [
            cells("Bands", item, no=place) for place, item in enumerate(data["bands"], start=1)
        ],
        "Conditions": [
            [place, number(rule["band"]), number(indicator), operator, value]
            for place, rule in enumerate(data["rules"], start=1)
            for indicator, operator, value in rule["conditions"] or [(None, None, None)]
        ],
        "Limits": [
            cells("Limits", item, band=number(item["band"]), indicator=number(item["indicator"]))
            for item in data["caps"]
        ],
    }


def read(
    content: bytes,
    titles: Callable[[str], Sequence[str]],
    codes: Callable[[str, str], Mapping[str, str]],
) -> dict[str, Any]:
    """The scheme of a workbook, as its JSON file has it.

    :param titles: sheet → what it may be called
    :param codes: (sheet, key) → {words: code} of what may be chosen there
    :raises SheetError: where a sheet, a column or a number is missing or wrong
    """
    try:
        book = open_workbook(content)
    except FileError as error:
        raise SheetError("") from error
    rows = {name: _read_sheet(book, name, titles(name), codes) for name in SHEETS}
    data = {}
    for row, item in rows["Scheme"]:
        key, value = item["key"], item["value"]
        data[key] = _convert("Scheme", row, key, codes("Scheme", key).get(value, value))
    indicators = [item for _row, item in rows["Indicators"]]
    bands = [item for _row, item in rows["Bands"]]
    for item in indicators:
        item["steps"] = []
    for row, item in rows["Steps"]:
        place = _place("Steps", row, "indicator", item["indicator"], indicators)
        indicators[place]["steps"].append([item["value_from"], item["points"]])
    return {
        **data,
        "indicators": [_without(item, "no") for item in indicators],
        "bands": [_without(item, "no") for item in bands],
        "rules": _read_rules(rows["Conditions"], indicators, bands),
        "caps": [_read_cap(row, item, indicators, bands) for row, item in rows["Limits"]],
    }


def _read_sheet(
    book: Any,
    name: str,
    titles: Sequence[str],
    codes: Callable[[str, str], Mapping[str, str]],
) -> list[tuple[int, dict[str, Any]]]:
    found = next((title for title in (name, *titles) if title in book.sheetnames), None)
    if not found:
        raise SheetError(name)
    lines = list(book[found].iter_rows(values_only=True))
    keys = [str(key or "") for key in lines[1]] if len(lines) > 1 else []
    for wanted in SHEETS[name]:
        if wanted not in keys and (name, wanted) not in LATER:
            raise SheetError(name, None, wanted)
    items = []
    for row, values in enumerate(lines[2:], start=FIRST_ROW):
        if all(value in (None, "") for value in values):
            continue
        cells = dict(zip(keys, values, strict=False))
        cells = {key: codes(name, key).get(value, value) for key, value in cells.items()}
        items.append(
            (
                row,
                {
                    key: cells.get(key)
                    if name == "Scheme"
                    else _convert(name, row, key, cells.get(key))
                    for key in SHEETS[name]
                },
            )
        )
    return items


def _convert(sheet: str, row: int, key: str, value: Any) -> Any:
    """A cell as the scheme has it: text, flag, whole or other number."""
    try:
        if key in FLAGS:
            return str(value or "").strip().lower() in ("true", "1", "yes", "是")
        if key in WHOLE:
            return int(value or 0)
        if key in TEXTS or (sheet == "Scheme" and key not in NUMBERS):
            return str(value) if value not in (None, "") else False
        if key in ("band", "indicator", "row"):
            return None if value in (None, "") else int(value)
        return float(value or 0)
    except (TypeError, ValueError) as error:
        raise SheetError(sheet, row, key, value) from error


def _place(sheet: str, row: int, column: str, number: int | None, items: Sequence[Any]) -> int:
    for place, item in enumerate(items):
        if item["no"] == number:
            return place
    raise SheetError(sheet, row, column, number)


def _read_rules(rows: Sequence, indicators: Sequence, bands: Sequence) -> list[dict[str, Any]]:
    rules: dict[int, dict[str, Any]] = {}
    for row, item in rows:
        band = _place("Conditions", row, "band", item["band"], bands)
        rule = rules.setdefault(item["row"], {"band": band, "conditions": []})
        if item["indicator"] is not None:
            place = _place("Conditions", row, "indicator", item["indicator"], indicators)
            rule["conditions"].append([place, item["operator"], item["value"]])
    return [rules[number] for number in sorted(rules)]


def _read_cap(row: int, item: dict, indicators: Sequence, bands: Sequence) -> dict[str, Any]:
    def place(column: str, items: Sequence) -> int | None:
        return item[column] and _place("Limits", row, column, item[column], items)

    return {**item, "band": place("band", bands), "indicator": place("indicator", indicators)}


def _without(item: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in keys}
