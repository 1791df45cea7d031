"""The prices of a day as SVG: a bar for every period, as high as its price."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from .schedule import DAY_MINUTES

HEIGHT, LEFT, TOP, BOTTOM = 150, 8, 18, 20
NEUTRAL = "#7fb3d5"
# A bar is never so low that its name has no room.
LEAST = 22


@dataclass(frozen=True)
class Paper:
    """What a picture is drawn on: figures are as large as written where it has its own width.

    :ivar digits: of a price
    :ivar every: so many hours apart are the names of the hours
    """

    width: int
    font: int
    digits: int
    every: int


WIDE = Paper(720, 10, 4, 2)
# A telephone's page.
NARROW = Paper(300, 12, 2, 6)


@dataclass(frozen=True)
class DayPart:
    """Minutes ``start … end - 1`` of a day at one price."""

    start: int
    end: int
    label: str
    price: Decimal
    color: str | None = None


def day_chart(parts: Sequence[DayPart], title: str = "", paper: Paper = WIDE) -> Markup:
    """Draw the 24 hours of a day.

    :param parts: in order, from 0 to 1440 minutes
    :param title: what the picture shows, for those who cannot see it
    :param paper: on a narrow one a name that has no room is left out; the table beside has it
    :return: an ``<svg>`` element, nothing when there are no parts
    """
    if not parts:
        return Markup("")
    highest = max(part.price for part in parts) or Decimal(1)
    bars = Markup("").join(_bar(part, highest, paper) for part in parts)
    hours = Markup("").join(_hour(hour, paper) for hour in range(0, 25, paper.every))
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100%%" viewBox="0 0 %s %s" role="img" '
        'aria-label="%s" font-size="%s" text-anchor="middle" fill="#444" '
        'style="max-width: 900px">%s%s</svg>'
    ) % (paper.width, HEIGHT, title, paper.font, bars, hours)


def _x(minute: int, paper: Paper) -> float:
    return round(LEFT + (paper.width - 2 * LEFT) * minute / DAY_MINUTES, 1)


def _bar(part: DayPart, highest: Decimal, paper: Paper) -> Markup:
    room = HEIGHT - TOP - BOTTOM
    height = max(LEAST, round(float(room * part.price / highest), 1))
    left, right = _x(part.start, paper), _x(part.end, paper)
    top = round(HEIGHT - BOTTOM - height, 1)
    middle = round((left + right) / 2, 1)
    return Markup(
        '<rect x="%s" y="%s" width="%s" height="%s" fill="%s" stroke="#fff"/>'
        '<text x="%s" y="%s" font-weight="bold">%s</text>'
        '<text x="%s" y="%s" fill="%s">%s</text>'
    ) % (
        left,
        top,
        round(right - left, 1),
        height,
        part.color or NEUTRAL,
        middle,
        round(top - 4, 1),
        price_text(part.price, paper.digits),
        middle,
        HEIGHT - BOTTOM - 7,
        _ink(part.color or NEUTRAL),
        part.label if _width(part.label, paper) <= right - left else "",
    )


def _width(label: str, paper: Paper) -> float:
    """About how wide a name is: a Latin letter is little more than half as wide as a Chinese."""
    return paper.font * sum(1 if ord(letter) > 0x2E7F else 0.6 for letter in label)


def _hour(hour: int, paper: Paper) -> Markup:
    x = _x(hour * 60, paper)
    anchor = {0: "start", 24: "end"}.get(hour, "middle")
    return Markup('<text x="%s" y="%s" text-anchor="%s">%s</text>') % (
        x,
        HEIGHT - 6,
        anchor,
        f"{hour}:00",
    )


def _ink(color: str) -> str:
    """Return black or white, whichever can be read on a colour."""
    try:
        red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    except ValueError:
        return "#000"
    return "#000" if red * 299 + green * 587 + blue * 114 > 140000 else "#fff"


def price_text(price: Decimal, digits: int = 4) -> str:
    """Write a price short enough for a bar; tables beside it have every digit."""
    return f"{price:.{digits}f}"
