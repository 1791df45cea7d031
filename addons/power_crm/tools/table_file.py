"""Opens the tables that people upload: CSV in whatever encoding, XLSX, and the text of a cell.

:class:`TableReader` finds the row of column titles and hands out the rows below it by column key.
"""

import csv
import dataclasses
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

import openpyxl

# What a workbook may unpack to: more is no table, but made to fill the memory.
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
HEADER_SEARCH_ROWS = 10
DELIMITERS = ",;\t|"
# Rows of a template that show what is meant; they are never imported.
EXAMPLE_PREFIX = "EXAMPLE"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class FileCode(StrEnum):
    """Why a file cannot be read as a table at all."""

    EMPTY = "empty"
    NOT_A_TABLE = "not_a_table"
    OLD_EXCEL = "old_excel"
    BROKEN_EXCEL = "broken_excel"
    NO_HEADER = "no_header"
    MISSING_COLUMNS = "missing_columns"
    NO_ROWS = "no_rows"
    TOO_LARGE = "too_large"


class FileError(ValueError):
    """The file as a whole is refused."""

    def __init__(self, code: FileCode, detail: str = ""):
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class TableCode(StrEnum):
    """What may be wrong with a title or a row, whatever the table is about."""

    FORMULA = "formula"
    UNKNOWN_COLUMN = "unknown_column"
    REPEATED_COLUMN = "repeated_column"
    TOO_MANY_CELLS = "too_many_cells"


@dataclasses.dataclass(frozen=True)
class Column:
    """``title`` and ``title_zh`` are written, ``key`` and ``aliases`` are understood as well."""

    key: str
    title: str
    title_zh: str
    kind: str = "text"
    required: bool = False
    aliases: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Problem:
    """One fault. ``row`` counts as the spreadsheet does (header included); ``column`` is a key of
    the columns or, for a fault of the header, the title found."""

    row: int
    column: str
    value: str
    code: StrEnum
    detail: str = ""


@dataclasses.dataclass
class Table:
    """A file as read: cells by column key, numbered as the spreadsheet numbers them."""

    rows: list[tuple[int, dict[str, object]]]
    problems: list[Problem]


# === CELLS === #


def normalise(text: object) -> str:
    """Return what titles and list entries are compared by: full-width forms, case, spaces and
    the marks that people put around them do not count.

    >>> normalise(" Supply Point  Number * ")
    'supplypointnumber'
    """
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    return re.sub(r"[\s_*:：\-]+", "", folded)


def is_filled(cell: object) -> bool:
    """Say whether somebody wrote something into a cell."""
    return cell is not None and str(cell).strip() != ""


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


# === OPENING === #


def decode(content: bytes) -> str:
    """Decode UTF-8 (with or without mark), UTF-16 (with mark), else GB 18030.

    :raises FileError: ``NOT_A_TABLE`` when it is no text
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
    raise FileError(FileCode.NOT_A_TABLE)


def csv_rows(text: str, delimiter: str = "") -> Iterator[list[str]]:
    """Read CSV; unless given, what divides its first line most often divides all.

    :raises FileError: ``NOT_A_TABLE`` when it is no CSV
    """
    first = text.split("\n", 1)[0]
    delimiter = delimiter or max(DELIMITERS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise FileError(FileCode.NOT_A_TABLE, str(error)) from error


def open_workbook(content: bytes, data_only: bool = True) -> Any:
    """Open an XLSX for reading row by row; dimensions that a program wrote are not trusted.

    :param data_only: the values of formulas, else their text
    :raises FileError: ``BROKEN_EXCEL`` when it is none, ``TOO_LARGE``
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise FileError(FileCode.TOO_LARGE)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=data_only)
    except FileError:
        raise
    except Exception as error:
        # openpyxl raises whatever the broken part of the file leads it to
        raise FileError(FileCode.BROKEN_EXCEL, str(error)[:200]) from error
    for sheet in book.worksheets:
        sheet.reset_dimensions()
    return book


# === TABLES === #


class TableReader:
    """Reads the files of one kind of import.

    :param columns: what a row may have; the first one tells rows of the example
    :param max_rows: a longer table is refused
    """

    def __init__(self, columns: Sequence[Column], max_rows: int):
        self.columns = columns
        self.max_rows = max_rows
        self.keys: dict[str, str] = {}
        for column in columns:
            for title in (column.key, column.title, column.title_zh, *column.aliases):
                self.keys[normalise(title)] = column.key
                # a unit in parentheses may be left out
                self.keys.setdefault(normalise(re.sub(r"\(.*?\)", "", title)), column.key)

    def read_table(self, content: bytes, ignore_unknown: bool = False) -> Table:
        """Read CSV (UTF-8, with or without mark, UTF-16 or GB 18030) or XLSX.

        :param ignore_unknown: columns of unknown title are left out instead of being reported
        :raises FileError: when this is no such table
        """
        if not content.strip(b"\xef\xbb\xbf\t\r\n "):
            raise FileError(FileCode.EMPTY)
        if content.startswith(b"PK\x03\x04"):
            raw, formulas = self._read_xlsx(content)
        elif content.startswith(b"\xd0\xcf\x11\xe0"):
            raise FileError(FileCode.OLD_EXCEL)
        else:
            raw, formulas = self._read_csv(content), []
        return self._to_table(raw, formulas, ignore_unknown)

    def _read_xlsx(self, content: bytes) -> tuple[list[tuple[int, list]], list[tuple]]:
        """Return the numbered rows of the first sheet, and (row, place, text) of the formulas
        without a value."""
        try:
            values = self._load_sheet(content, data_only=True)
            sources = self._load_sheet(content, data_only=False)
        except FileError:
            raise
        except Exception as error:
            # rows are read late, and so are the broken parts of the file
            raise FileError(FileCode.BROKEN_EXCEL, str(error)[:200]) from error
        formulas = [
            (number, place, text)
            for (number, cells), (_number, texts) in zip(values, sources, strict=True)
            for place, text in enumerate(texts)
            if isinstance(text, str) and text.startswith("=") and cells[place] is None
        ]
        return values, formulas

    def _load_sheet(self, content: bytes, data_only: bool) -> list[tuple[int, list]]:
        book = open_workbook(content, data_only)
        try:
            return self._number(map(list, book.worksheets[0].iter_rows(values_only=True)))
        finally:
            book.close()

    def _read_csv(self, content: bytes) -> list[tuple[int, list]]:
        text = decode(content)
        head = "\n".join(text.splitlines()[:HEADER_SEARCH_ROWS])
        delimiter = max(DELIMITERS, key=lambda sign: self._count_known_titles(head, sign))
        return self._number(csv_rows(text, delimiter))

    def _number(self, rows: Iterable[list]) -> list[tuple[int, list]]:
        numbered = []
        for number, cells in enumerate(rows, 1):
            if number > self.max_rows + HEADER_SEARCH_ROWS:
                raise FileError(FileCode.TOO_LARGE, str(self.max_rows))
            numbered.append((number, cells))
        return numbered

    def _count_known_titles(self, head: str, delimiter: str) -> int:
        try:
            return max(map(self._score_header, csv_rows(head, delimiter)), default=0)
        except FileError:
            return 0

    def _score_header(self, cells: Iterable[object]) -> int:
        return len({self.keys.get(normalise(cell)) for cell in cells if cell} - {None})

    def _to_table(
        self, raw: list[tuple[int, list]], formulas: list[tuple], ignore_unknown: bool
    ) -> Table:
        filled = [(number, cells) for number, cells in raw if any(map(is_filled, cells))]
        if not filled:
            raise FileError(FileCode.EMPTY)
        scores = [self._score_header(cells) for _number, cells in filled[:HEADER_SEARCH_ROWS]]
        position = scores.index(max(scores))
        number, titles = filled[position]
        if scores[position] < 2:
            raise FileError(FileCode.NO_HEADER, ", ".join(str(c) for c in titles if c)[:120])
        keys, problems = self._read_header(number, titles, ignore_unknown)
        missing = [c.key for c in self.columns if c.required and c.key not in keys.values()]
        if missing:
            raise FileError(FileCode.MISSING_COLUMNS, ",".join(missing))
        rows, row_problems = self._read_rows(filled[position + 1 :], keys, len(titles))
        if not rows:
            raise FileError(FileCode.NO_ROWS)
        if len(rows) > self.max_rows:
            raise FileError(FileCode.TOO_LARGE, str(self.max_rows))
        numbers = {number for number, _cells in rows}
        return Table(
            rows,
            [
                *problems,
                *row_problems,
                *(
                    Problem(number, keys[place], text, TableCode.FORMULA)
                    for number, place, text in formulas
                    if place in keys and number in numbers
                ),
            ],
        )

    def _read_header(
        self, number: int, titles: Sequence, ignore_unknown: bool
    ) -> tuple[dict[int, str], list[Problem]]:
        keys: dict[int, str] = {}
        problems = []
        for place, title in enumerate(titles):
            if not is_filled(title):
                continue
            key, text = self.keys.get(normalise(title)), str(title)
            if key is None:
                if not ignore_unknown:
                    problems.append(Problem(number, text, text, TableCode.UNKNOWN_COLUMN))
            elif key in keys.values():
                problems.append(Problem(number, text, text, TableCode.REPEATED_COLUMN))
            else:
                keys[place] = key
        return keys, problems

    def _read_rows(
        self, raw: list[tuple[int, list]], keys: dict[int, str], width: int
    ) -> tuple[list[tuple[int, dict[str, object]]], list[Problem]]:
        rows, problems = [], []
        mark, example = self.columns[0].key, normalise(EXAMPLE_PREFIX)
        for number, cells in raw:
            row = {key: cells[place] for place, key in keys.items() if place < len(cells)}
            if normalise(row.get(mark) or "").startswith(example):
                continue
            # Cells beyond the header mostly come from a delimiter inside an unquoted text.
            beyond = [cell for cell in cells[width:] if is_filled(cell)]
            if beyond:
                problems.append(Problem(number, "", str(beyond[0]), TableCode.TOO_MANY_CELLS))
            rows.append((number, row))
        return rows, problems
