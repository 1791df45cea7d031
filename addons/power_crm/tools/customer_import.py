"""Read and check a file of customers and supply points, as utilities export them.

Nothing here knows the database: what exists already is handed in (:class:`Existing`), what is to
be created or changed is handed out (:class:`Result`), and every fault is a :class:`Problem` with a
code that the caller words in the user's language.
"""

import dataclasses
import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum

import phonenumbers

from . import electrical
from .customer_import_columns import (
    CHOICES,
    COLUMN_BY_KEY,
    COLUMNS,
    CONTACTS,
    CUSTOMER_FIELDS,
    GROUPS,
    POINT_FIELDS,
    REQUIRED_KEYS,
    SOURCES,
)
from .table_file import Column, Problem, Table, TableCode, TableReader, is_filled, normalise

# A web request has to end in time: some 2.5 ms a row on a small machine, and 10 kB of memory.
MAX_ROWS = 20_000


class Code(StrEnum):
    """What may be wrong with a cell, a row or the header."""

    REQUIRED = "required"
    TOO_LONG = "too_long"
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    OUT_OF_RANGE = "out_of_range"
    NOT_A_DATE = "not_a_date"
    NOT_IN_LIST = "not_in_list"
    UNKNOWN_RECORD = "unknown_record"
    AMBIGUOUS_RECORD = "ambiguous_record"
    BAD_PHONE = "bad_phone"
    BAD_EMAIL = "bad_email"
    ROUNDED_NUMBER = "rounded_number"
    FORMULA = TableCode.FORMULA
    CELL_ERROR = "cell_error"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    EXISTS = "exists"
    OTHER_CUSTOMER = "other_customer"
    UNKNOWN_PAYER = "unknown_payer"
    REPEATED_SOURCE = "repeated_source"
    TWO_CUSTOMERS = "two_customers"
    CLOSED = "closed"
    STATE_CHANGE = "state_change"
    METERING_MISMATCH = "metering_mismatch"
    UNKNOWN_COLUMN = TableCode.UNKNOWN_COLUMN
    REPEATED_COLUMN = TableCode.REPEATED_COLUMN
    TOO_MANY_CELLS = TableCode.TOO_MANY_CELLS


@dataclasses.dataclass(frozen=True)
class ExistingPoint:
    id: int
    partner_id: int
    state: str


@dataclasses.dataclass
class Existing:
    """What the database knows of the numbers in the file; names of areas, industries and
    categories give the ids that carry them, ``others`` do so by kind of a column of another
    add-on."""

    customers_by_number: dict[str, int] = dataclasses.field(default_factory=dict)
    customers_by_licence: dict[str, list[int]] = dataclasses.field(default_factory=dict)
    points: dict[str, ExistingPoint] = dataclasses.field(default_factory=dict)
    areas: dict[str, list[int]] = dataclasses.field(default_factory=dict)
    industries: dict[str, list[int]] = dataclasses.field(default_factory=dict)
    usage_categories: dict[str, list[int]] = dataclasses.field(default_factory=dict)
    others: dict[str, dict[str, list[int]]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Customer:
    """A customer to create (``id`` is None) or to update with ``vals``."""

    row: int
    id: int | None
    number: str
    licence_number: str
    vals: dict

    @property
    def contacts(self) -> list[dict]:
        """Name, function, phone and email (where given) of each contact person."""
        return _collect(self.vals, (f"contact{number}_" for number in CONTACTS), "name")


@dataclasses.dataclass
class Point:
    """A supply point to create (``id`` is None) or to update; ``customer`` is an index of
    :attr:`Result.customers`.

    ``payer`` is the id of a customer that exists, ``payer_number`` the number of one of the file.
    """

    row: int
    id: int | None
    customer: int
    vals: dict
    sources: list[dict] = dataclasses.field(default_factory=list)
    generator: dict = dataclasses.field(default_factory=dict)
    payer: int | None = None
    payer_number: str = ""


def _collect(values: dict, prefixes: Iterable[str], needed: str) -> list[dict]:
    """Return the values of each prefix without it, where the one that is needed is given."""
    found = (
        {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}
        for prefix in prefixes
    )
    return [group for group in found if needed in group]


@dataclasses.dataclass
class Result:
    customers: list[Customer]
    points: list[Point]
    problems: list[Problem]
    row_count: int


# === READING === #


def read_table(
    content: bytes, ignore_unknown: bool = False, columns: Sequence[Column] = COLUMNS
) -> Table:
    """Read CSV (UTF-8, with or without mark, UTF-16 or GB 18030) or XLSX.

    :param ignore_unknown: columns of unknown title are left out instead of being reported
    :param columns: those of this module, then more facts of a supply point
    :raise FileError: when this is no table of customers
    """
    return TableReader(columns, MAX_ROWS).read_table(content, ignore_unknown)


# === CELLS === #


class CellError(ValueError):
    def __init__(self, code: Code, detail: str = ""):
        super().__init__(code)
        self.code = code
        self.detail = detail


_EXPONENT = re.compile(r"^\d(\.\d+)?[eE]\+?\d+$")
_THOUSANDS = re.compile(r"^-?\d{1,3}(,\d{3})+(\.\d+)?$")
_THOUSANDS_EUROPEAN = re.compile(r"^-?\d{1,3}(\.\d{3})+,\d+$")
_DECIMAL_COMMA = re.compile(r"^-?\d+,\d{1,2}$")
_UNIT = re.compile(r"(kva|kw|千伏安|千瓦|秒|s|°)$", re.IGNORECASE)
_DATE_PATTERNS = (
    re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]00?:00(?::00)?)?$"),
    re.compile(r"^(\d{4})(\d{2})(\d{2})$"),
    re.compile(r"^(\d{4})年(\d{1,2})月(\d{1,2})日$"),
)
_EMAIL = re.compile(r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+$")
_EXCEL_ERROR = re.compile(r"^#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)$")
_EXTENSION = re.compile(r"\s*(?:转接|转|分机)\s*")
_EARLIEST = datetime.date(1900, 1, 1)


def to_text(cell: object) -> str:
    """Return the text of a cell; whole numbers without a decimal point."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(unicodedata.normalize("NFKC", str(cell)).split())


def parse_code(cell: object) -> str:
    """Return an identifying number. Spreadsheets keep 15 digits of a number only: longer ones
    that are no text have lost their end."""
    text = to_text(cell)
    too_long = isinstance(cell, (int, float)) and abs(cell) >= 10**15
    if too_long or _EXPONENT.match(text):
        raise CellError(Code.ROUNDED_NUMBER)
    if len(text) > 64:
        raise CellError(Code.TOO_LONG, "64")
    return text


def parse_text(cell: object) -> str:
    text = to_text(cell)
    if len(text) > 256:
        raise CellError(Code.TOO_LONG, "256")
    return text


def parse_long_text(cell: object) -> str:
    text = unicodedata.normalize("NFC", str(cell)).strip()
    if len(text) > 5000:
        raise CellError(Code.TOO_LONG, "5000")
    return text


def parse_number(cell: object) -> Decimal:
    """Return a quantity: 1250, 1,250.5, 1.250,5, 1250,5, full-width digits, with or without unit.

    >>> parse_number("1,250.5 kVA")
    Decimal('1250.5')
    """
    number = _parse_signed(cell)
    if number < 0:
        raise CellError(Code.NEGATIVE)
    return number


def parse_degrees(cell: object, limit: int) -> Decimal:
    """Return a coordinate in decimal degrees, south and west negative."""
    number = _parse_signed(cell)
    if abs(number) > limit:
        raise CellError(Code.OUT_OF_RANGE, str(limit))
    return number


def _parse_signed(cell: object) -> Decimal:
    if isinstance(cell, (bool, datetime.date)):
        raise CellError(Code.NOT_A_NUMBER)
    text = _UNIT.sub("", to_text(cell).replace(" ", ""))
    if _THOUSANDS.match(text):
        text = text.replace(",", "")
    elif _THOUSANDS_EUROPEAN.match(text):
        text = text.replace(".", "").replace(",", ".")
    elif _DECIMAL_COMMA.match(text):
        text = text.replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise CellError(Code.NOT_A_NUMBER) from None
    if not number.is_finite() or abs(number) >= 10**12:
        raise CellError(Code.NOT_A_NUMBER)
    return number


def parse_date(cell: object) -> datetime.date:
    """Return a day: a date cell, 2026-01-31, 2026/1/31, 2026.1.31, 20260131 or 2026年1月31日.
    Forms in which day and month may be exchanged are refused."""
    if isinstance(cell, datetime.datetime):
        return cell.date()
    if isinstance(cell, datetime.date):
        return cell
    text = to_text(cell)
    compact = text.replace(" ", "") if "年" in text else text
    for pattern in _DATE_PATTERNS:
        if match := pattern.match(compact):
            try:
                day = datetime.date(*(int(part) for part in match.groups()))
            except ValueError:
                break
            if day < _EARLIEST:
                break
            return day
    raise CellError(Code.NOT_A_DATE)


def parse_choice(kind: str, cell: object) -> str:
    wanted = normalise(to_text(cell))
    for value, words in CHOICES[kind].items():
        if wanted == normalise(value) or wanted in map(normalise, words):
            return value
    raise CellError(Code.NOT_IN_LIST, kind)


def clean_phone(text: str) -> str:
    """Take away what only people read: full-width digits, Chinese words for an extension."""
    return _EXTENSION.sub(" ext. ", unicodedata.normalize("NFKC", text).strip())


def format_phone(text: str, region: str) -> str | None:
    """Return the number in international notation, or None when it cannot be one.

    :param region: country (ISO 3166, two letters) of numbers without country code
    """
    try:
        number = phonenumbers.parse(clean_phone(text), region, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def parse_phone(cell: object, region: str) -> str:
    text = to_text(cell)
    formatted = None if _EXPONENT.match(text) else format_phone(text, region)
    if not formatted:
        raise CellError(Code.BAD_PHONE)
    return formatted


def parse_email(cell: object) -> str:
    text = to_text(cell)
    if not _EMAIL.match(text):
        raise CellError(Code.BAD_EMAIL)
    return text


def parse_record(cell: object, ids_by_name: dict[str, list[int]]) -> int:
    ids = ids_by_name.get(normalise(to_text(cell)), [])
    if not ids:
        raise CellError(Code.UNKNOWN_RECORD)
    if len(ids) > 1:
        raise CellError(Code.AMBIGUOUS_RECORD)
    return ids[0]


def _make_parsers(existing: Existing, region: str) -> dict[str, Callable[[object], object]]:
    parsers: dict[str, Callable[[object], object]] = {
        "code": parse_code,
        "text": parse_text,
        "long_text": parse_long_text,
        "number": parse_number,
        "date": parse_date,
        "email": parse_email,
        "phone": lambda cell: parse_phone(cell, region),
        "area": lambda cell: parse_record(cell, existing.areas),
        "industry": lambda cell: parse_record(cell, existing.industries),
        "usage_category": lambda cell: parse_record(cell, existing.usage_categories),
        "latitude": lambda cell: parse_degrees(cell, 90),
        "longitude": lambda cell: parse_degrees(cell, 180),
        "boolean": lambda cell: bool(parse_choice("boolean", cell)),
    }
    for kind, names in existing.others.items():
        parsers[kind] = lambda cell, names=names: parse_record(cell, names)
    for kind in CHOICES.keys() - parsers.keys():
        parsers[kind] = lambda cell, kind=kind: parse_choice(kind, cell)
    return parsers


# === CHECKING === #


class _Checker:
    """Goes through the rows once and gathers customers, points and problems."""

    def __init__(self, existing: Existing, region: str, update: bool, columns: Sequence[Column]):
        self.existing = existing
        self.kinds = {column.key: column.kind for column in columns}
        self.point_fields = (*POINT_FIELDS, *(self.kinds.keys() - COLUMN_BY_KEY.keys()))
        self.update = update
        self.parsers = _make_parsers(existing, region)
        self.problems: list[Problem] = []
        self.customers: list[Customer] = []
        self.points: list[Point] = []
        self.customer_index: dict[tuple, int] = {}
        self.point_rows: dict[str, int] = {}
        self.payers: list[tuple[int, Point]] = []

    def report(self, row: int, column: str, cell: object, code: Code, detail: str = "") -> None:
        value = "" if cell is None else to_text(cell)[:200]
        self.problems.append(Problem(row, column, value, code, detail))

    def check_row(self, number: int, cells: dict[str, object], faulty: set[tuple[int, str]]):
        before = len(self.problems)
        values = self._parse_cells(number, cells, faulty)
        self._check_groups(number, cells, values)
        self._check_metering(number, cells, values)
        point = self._check_point(number, cells, values)
        customer_id = self._match_customer(number, values)
        if point:
            self._check_same_customer(number, values, point, customer_id)
            customer_id = point.partner_id
        index = self._gather_customer(number, values, customer_id)
        if len(self.problems) == before:
            self._gather_point(number, values, point, index)

    def _parse_cells(self, number, cells, faulty):
        values = {}
        for key in REQUIRED_KEYS:
            if not is_filled(cells.get(key)) and (number, key) not in faulty:
                self.report(number, key, "", Code.REQUIRED)
        for key, cell in cells.items():
            if not is_filled(cell):
                continue
            try:
                if isinstance(cell, str) and _EXCEL_ERROR.match(cell.strip()):
                    raise CellError(Code.CELL_ERROR)
                values[key] = self.parsers[self.kinds[key]](cell)
            except CellError as error:
                self.report(number, key, cell, error.code, error.detail)
        return values

    def _check_groups(self, number, cells, values):
        """A feeder without its substation, a date without its level: say what is missing."""
        for needed, others in GROUPS.items():
            if not is_filled(cells.get(needed)) and any(key in values for key in others):
                self.report(number, needed, "", Code.REQUIRED)
        places = {}
        for source in SOURCES:
            place = tuple(
                values.get(f"source{source}_{part}", "")
                for part in ("substation", "bus_section", "feeder")
            )
            if place[0] and places.setdefault(place, source) != source:
                self.report(number, f"source{source}_substation", place[0], Code.REPEATED_SOURCE)

    def _check_metering(self, number, cells, values):
        voltage, mode = values.get("voltage_class"), values.get("metering_mode")
        if voltage and mode and (mode == "lv_lv") == electrical.is_high_voltage(voltage):
            self.report(
                number,
                "metering_mode",
                cells["metering_mode"],
                Code.METERING_MISMATCH,
                CHOICES["voltage_class"][voltage][0],
            )

    def _check_point(self, number, cells, values) -> ExistingPoint | None:
        name = values.get("point_number")
        if not name:
            return None
        first = self.point_rows.setdefault(name, number)
        if first != number:
            self.report(number, "point_number", name, Code.DUPLICATE, str(first))
        point = self.existing.points.get(name)
        if point and not self.update:
            self.report(number, "point_number", name, Code.EXISTS)
        elif point and point.state == "closed":
            self.report(number, "point_number", name, Code.CLOSED)
        elif point and values.get("state", point.state) != point.state:
            self.report(number, "state", cells["state"], Code.STATE_CHANGE)
        return point

    def finish(self) -> None:
        """Report new customers that no row names and payers that nobody is, and drop the points
        of faulty rows."""
        reported = {(problem.row, problem.column) for problem in self.problems}
        for customer in self.customers:
            nameless = customer.id is None and "customer_name" not in customer.vals
            if nameless and (customer.row, "customer_name") not in reported:
                self.report(customer.row, "customer_name", "", Code.REQUIRED)
        known = {customer.number for customer in self.customers}
        for row, point in self.payers:
            if point.payer_number not in known:
                self.report(row, "payer", point.payer_number, Code.UNKNOWN_PAYER)
        faulty = {problem.row for problem in self.problems}
        self.points = [point for point in self.points if point.row not in faulty]

    def _check_same_customer(self, number, values, point, customer_id):
        """A supply point goes to another customer by a contract, not by an import."""
        unknown_number = customer_id is None and values.get("customer_number")
        if unknown_number or customer_id not in (None, point.partner_id):
            self.report(number, "point_number", values["point_number"], Code.OTHER_CUSTOMER)

    def _match_customer(self, number, values) -> int | None:
        by_number = self.existing.customers_by_number.get(values.get("customer_number", ""))
        owners = self.existing.customers_by_licence.get(values.get("licence_number", ""), [])
        if by_number is not None:
            if owners and by_number not in owners:
                self.report(number, "licence_number", values["licence_number"], Code.TWO_CUSTOMERS)
            return by_number
        if len(owners) > 1:
            self.report(number, "licence_number", values["licence_number"], Code.AMBIGUOUS_RECORD)
        elif owners and values.get("customer_number"):
            # The licence is known under another customer number.
            self.report(number, "licence_number", values["licence_number"], Code.TWO_CUSTOMERS)
        return owners[0] if owners else None

    def _gather_customer(self, number, values, customer_id) -> int:
        key = self._customer_key(number, values, customer_id)
        vals = {name: values[name] for name in CUSTOMER_FIELDS if name in values}
        licence = values.get("licence_number", "")
        if key not in self.customer_index:
            self.customer_index[key] = len(self.customers)
            self.customers.append(
                Customer(number, customer_id, values.get("customer_number", ""), licence, vals)
            )
            return self.customer_index[key]
        index = self.customer_index[key]
        known = self.customers[index]
        for name, value in vals.items():
            if known.vals.setdefault(name, value) != value:
                self.report(number, name, value, Code.CONFLICT, str(known.row))
        if licence and known.licence_number and licence != known.licence_number:
            self.report(number, "licence_number", licence, Code.CONFLICT, str(known.row))
        known.licence_number = known.licence_number or licence
        return index

    def _customer_key(self, number, values, customer_id) -> tuple:
        """Tell which rows mean one customer: equal number, else licence, else name and phone."""
        if customer_id is not None:
            return ("id", customer_id)
        for name in ("customer_number", "licence_number"):
            if values.get(name):
                return (name, values[name])
        if values.get("customer_name") and values.get("phone"):
            return ("name", normalise(values["customer_name"]), values["phone"])
        return ("row", number)

    def _gather_point(self, number, values, point, index):
        vals = {name: values[name] for name in self.point_fields if name in values}
        vals["number"] = values["point_number"]
        if not point:
            vals["state"] = values.get("state", "active")
        found = Point(number, point.id if point else None, index, vals)
        found.sources = _collect(values, (f"source{n}_" for n in SOURCES), "substation")
        found.generator = next(iter(_collect(values, ["generator_"], "kind")), {})
        self._gather_payer(number, values.get("payer"), found)
        self.points.append(found)

    def _gather_payer(self, number, payer, point):
        """The payer may be a customer that a later row brings, so it is looked for at the end."""
        if payer:
            point.payer = self.existing.customers_by_number.get(payer)
        if payer and not point.payer:
            point.payer_number = payer
            self.payers.append((number, point))


def check(
    table: Table,
    existing: Existing,
    region: str = "CN",
    update: bool = False,
    columns: Sequence[Column] = COLUMNS,
) -> Result:
    """Check all rows and return what is to be done, and every problem in the order of the rows.

    :param region: country of telephone numbers without country code
    :param update: whether supply points that exist already are updated or refused
    :param columns: those that the table was read by
    """
    checker = _Checker(existing, region, update, columns)
    checker.problems = list(table.problems)
    faulty = {(problem.row, problem.column) for problem in table.problems}
    for number, cells in table.rows:
        checker.check_row(number, cells, faulty)
    checker.finish()
    order = {column.key: index for index, column in enumerate(columns)}
    problems = sorted(checker.problems, key=lambda p: (p.row, order.get(p.column, -1)))
    return Result(checker.customers, checker.points, problems, len(table.rows))


def find_keys(table: Table) -> tuple[set[str], set[str], set[str]]:
    """Return the customer, licence and supply point numbers of a table, to look them up."""
    found: tuple[set[str], set[str], set[str]] = (set(), set(), set())
    customers, licences, points = found
    places = {
        "customer_number": customers,
        "payer": customers,
        "licence_number": licences,
        "point_number": points,
    }
    for _number, cells in table.rows:
        for key, place in places.items():
            if is_filled(cells.get(key)):
                place.add(to_text(cells[key]))
    return found
