"""Reads load curves from CSV: a meter and a day a line, then the energy of each interval.

Columns: meter, date, quantity (may be left out), then 24, 48 or 96 values in kWh (kvarh); an
empty value is a gap. English or Chinese heads; UTF-8 or GB 18030.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from markupsafe import Markup

from .reading_file import HEADS, QUANTITIES, FileError, RowError, parse_date, read_csv

# Values are kept as whole multiples of this, in kWh.
STEP = Decimal("0.0001")
MAX_UNITS = 2**31 - 1
COUNTS = {24: 60, 48: 30, 96: 15}
LOAD_QUANTITIES = ("active", "reactive", "active_export", "reactive_export")


@dataclass(frozen=True, slots=True)
class LoadRow:
    """``units`` are in 0.0001 kWh; None is a gap."""

    number: int
    meter: str
    date: date
    quantity: str
    minutes: int
    units: tuple[int | None, ...]


def to_units(text: str) -> int | None:
    """Return a value in steps of 0.0001 kWh, half up; None for a gap.

    :raises ValueError: when it is no number, below zero or too large

    >>> to_units("1.23456")
    12346
    """
    text = text.strip()
    if not text:
        return None
    try:
        units = (Decimal(text) / STEP).to_integral_value(ROUND_HALF_UP)
    except InvalidOperation:
        raise ValueError(text) from None
    if not units.is_finite() or not 0 <= units <= MAX_UNITS:
        raise ValueError(text)
    return int(units)


def to_text(units: int | None) -> str | None:
    """Return a kept value as kWh; the exact opposite of :func:`to_units`.

    >>> to_text(12346)
    '1.2346'
    """
    return None if units is None else f"{units * STEP:f}"


def parse(content: bytes) -> Iterator[LoadRow | RowError]:
    """Read all rows, wrong ones as ``RowError``.

    :raises FileError: when the file or its heads cannot be read
    """
    table = read_csv(content)
    heads = [head.strip().lower().replace("_", " ") for head in next(table, [])]
    places = {
        name: next((i for i, head in enumerate(heads) if head in HEADS[name]), None)
        for name in ("meter", "date", "register")
    }
    if places["meter"] is None or places["date"] is None:
        raise FileError("heads", heads=", ".join(heads[:6]))
    begin = max(place for place in places.values() if place is not None) + 1
    if len(heads) - begin not in COUNTS:
        raise FileError("count", count=len(heads) - begin)
    for number, cells in enumerate(table, 2):
        if any(cells):
            yield _parse_row(number, cells, places, begin, len(heads))


def _parse_row(
    number: int, cells: list[str], places: dict[str, int | None], begin: int, width: int
) -> LoadRow | RowError:
    if len(cells) != width:
        return RowError(number, "value", "bad_count", str(len(cells) - begin))
    meter = cells[places["meter"]].strip()
    if not meter:
        return RowError(number, "meter", "missing_number", "")
    day = parse_date(cells[places["date"]])
    if day is None:
        return RowError(number, "date", "bad_date", cells[places["date"]])
    text = "" if places["register"] is None else cells[places["register"]].strip().lower()
    quantity = next((q for q in LOAD_QUANTITIES if text.replace("_", " ") in QUANTITIES[q]), None)
    if quantity is None:
        return RowError(number, "register", "bad_register", text)
    try:
        units = tuple(to_units(cell) for cell in cells[begin:])
    except ValueError as error:
        return RowError(number, "value", "bad_value", str(error))
    return LoadRow(number, meter, day, quantity, COUNTS[len(units)], units)


# === Picture === #

WIDTH, HEIGHT = 560, 90


def draw(values: Sequence[str | None], minutes: int) -> Markup:
    """Draw a day as an SVG line, broken where values are missing.

    :param values: kWh of each interval
    :param minutes: length of an interval, for the kW of the scale
    """
    known = [Decimal(value) for value in values if value is not None]
    if not known:
        return Markup("")
    peak, step = max(known) or Decimal(1), WIDTH / len(values)
    lines, current = [], []
    for index, value in enumerate([*values, None]):
        if value is None:
            if current:
                lines.append(current)
            current = []
            continue
        top = float(HEIGHT - 14 - (HEIGHT - 28) * Decimal(value) / peak)
        current += [f"{index * step:.1f},{top:.1f}", f"{(index + 1) * step:.1f},{top:.1f}"]
    shapes = Markup("").join(
        Markup('<polyline points="%s" fill="none" stroke="#1f4e79" stroke-width="1.5"/>')
        % " ".join(points)
        for points in lines
    )
    hours = Markup("").join(
        Markup('<text x="%s" y="%s">%s</text>') % (WIDTH * hour / 24, HEIGHT - 2, f"{hour}:00")
        for hour in (4, 8, 12, 16, 20)
    )
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100%%" viewBox="0 0 %s %s" role="img"'
        ' font-size="9" text-anchor="middle" fill="#444"><text x="2" y="9"'
        ' text-anchor="start">%s kW</text>%s%s</svg>'
    ) % (WIDTH, HEIGHT, f"{peak * 60 / minutes:.2f}", shapes, hours)
