"""Tables for people in an XLSX workbook: titles that stay in sight, widths, a filter, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import xlsxwriter

# A customer called "=1+1" is no formula.
_OPTIONS = {"in_memory": True, "remove_timezone": True, "strings_to_formulas": False}


@dataclass(frozen=True, slots=True)
class Column:
    """
    :param title: words above the column
    :param width: in characters
    :param style: format of its cells, none for plain text and numbers
    """

    title: str
    width: float
    style: xlsxwriter.workbook.Format | None = None


def make(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    """Return the bytes of the XLSX file of a workbook that ``fill`` gives its sheets."""
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, _OPTIONS) as book:
        fill(book)
    return stream.getvalue()


def write_table(
    sheet: xlsxwriter.worksheet.Worksheet,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    head: xlsxwriter.workbook.Format,
    *,
    top: int = 0,
    fixed: int = 0,
) -> None:
    """Write titles and rows; None leaves a cell empty. Printed, it is as wide as a page.

    :param head: format of the titles
    :param top: row of the titles, from 0
    :param fixed: how many columns stay in sight
    """
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(top, place, column.title, head)
    last = top + 1
    for last, values in enumerate(rows, top + 1):
        for place, (column, value) in enumerate(zip(columns, values, strict=True)):
            if value is not None:
                sheet.write(last, place, value, column.style)
    sheet.freeze_panes(top + 1, fixed)
    sheet.autofilter(top, 0, last, len(columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    set_up_pages(sheet, top)


def set_up_pages(sheet: xlsxwriter.worksheet.Worksheet, top: int) -> None:
    """A4 with the sheet's name, page and pages below, and a row repeated on each.

    :param top: that row, from 0
    """
    sheet.set_paper(9)
    sheet.repeat_rows(top)
    sheet.set_footer("&L&A&R&P / &N")
