"""Opens the tables that people upload: CSV in whatever encoding, XLSX, and the text of a cell."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl

# What a workbook may unpack to: more is no table, but made to fill the memory.
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
DELIMITERS = ",;\t"
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class TableError(ValueError):
    """A file that cannot be opened; ``code`` is ``text``, ``workbook`` or ``too_large``."""

    def __init__(self, code: str, detail: str = ""):
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def decode(content: bytes) -> str:
    """Decode UTF-8 (with or without mark), UTF-16 (with mark), else GB 18030.

    :raises TableError: ``text`` when it is no text
    """
    encodings: tuple[str, ...] = ("utf-8-sig", "gb18030")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROLS.search(text):
            return text
    raise TableError("text")


def csv_rows(text: str) -> Iterator[list[str]]:
    """Read CSV; what divides its first line most often divides all.

    :raises TableError: ``text`` when it is no CSV
    """
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise TableError("text", str(error)) from error


def open_workbook(content: bytes, data_only: bool = True) -> Any:
    """Open an XLSX for reading row by row; dimensions that a program wrote are not trusted.

    :param data_only: the values of formulas, else their text
    :raises TableError: ``workbook`` when it is none, ``too_large``
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise TableError("too_large")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=data_only)
    except TableError:
        raise
    except Exception as error:
        # openpyxl raises whatever the broken part of the file leads it to
        raise TableError("workbook", str(error)[:200]) from error
    for sheet in book.worksheets:
        sheet.reset_dimensions()
    return book


def cell_text(cell: Any) -> str:
    """Return the text of a cell; whole numbers without a decimal point.

    >>> cell_text(1250.0)
    '1250'
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()
