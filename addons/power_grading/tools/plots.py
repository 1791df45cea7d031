"""Small plots as SVG text, for screens and print without a plotting library."""

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, LEFT, TOP, SIDE = 340, 300, 48, 30, 230
GRID = "#DDE3E7"
TEXT = "#495057"


def curves(
    title: str,
    across: str,
    up: str,
    lines: Sequence[tuple[str, str, Sequence[tuple[float, float]]]],
    diagonal: bool = False,
) -> str:
    """Curves over the unit square.

    :param lines: (name, colour, points with both coordinates from 0 to 1); names make the legend
    :param diagonal: draw the line of pure chance
    """
    parts = [_frame(title, across, up)]
    if diagonal:
        parts.append(
            f'<line x1="{LEFT}" y1="{TOP + SIDE}" x2="{LEFT + SIDE}" y2="{TOP}"'
            ' stroke="#ADB5BD" stroke-dasharray="4 3" />'
        )
    for row, (name, colour, points) in enumerate(lines):
        path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" />')
        if len(lines) > 1:
            parts.append(_legend(row, name, colour))
    return _svg(title, parts)


def bars(
    title: str, up: str, items: Sequence[tuple[str, float]], colour: str, percent: bool = True
) -> str:
    """One bar an item (label, height from 0 to 1), each with its figure above."""
    top = max((height for _label, height in items), default=0) or 1
    parts = [_frame(title, "", up, scale=top)]
    room = SIDE / max(1, len(items))
    for place, (label, height) in enumerate(items):
        x, y = LEFT + place * room + room * 0.18, _y(height / top)
        figure = f"{100 * height:.1f} %" if percent else f"{height:g}"
        middle = x + room * 0.32
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{room * 0.64:.1f}"'
            f' height="{TOP + SIDE - y:.1f}" fill="{colour}" />'
            f'<text x="{middle:.1f}" y="{y - 4:.1f}" text-anchor="middle">{figure}</text>'
            f'<text x="{middle:.1f}" y="{TOP + SIDE + 15}" text-anchor="middle">'
            f"{escape(label)}</text>"
        )
    return _svg(title, parts)


def pairs(
    title: str,
    up: str,
    names: Sequence[tuple[str, str]],
    items: Sequence[tuple[str, float, float]],
) -> str:
    """Two bars an item (label, heights from 0 to 1) side by side.

    :param names: (name, colour) of the first and of the second bar
    """
    top = max((height for _label, *heights in items for height in heights), default=0) or 1
    parts = [_frame(title, "", up, scale=top)]
    room = SIDE / max(1, len(items))
    for place, (label, *heights) in enumerate(items):
        left = LEFT + place * room + room * 0.1
        for number, (height, (_name, colour)) in enumerate(zip(heights, names, strict=True)):
            x, y = left + number * room * 0.4, _y(height / top)
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{room * 0.38:.1f}"'
                f' height="{TOP + SIDE - y:.1f}" fill="{colour}" />'
            )
        parts.append(
            f'<text x="{left + room * 0.4:.1f}" y="{TOP + SIDE + 15}" text-anchor="middle">'
            f"{escape(label)}</text>"
        )
    for row, (name, colour) in enumerate(names):
        y = TOP + 12 + 15 * row
        parts.append(
            f'<text x="{LEFT + SIDE - 6}" y="{y}" text-anchor="end" fill="{colour}"'
            f' font-weight="bold">{escape(name)}</text>'
        )
    return _svg(title, parts)


def _x(share: float) -> float:
    return LEFT + share * SIDE


def _y(share: float) -> float:
    return TOP + SIDE - share * SIDE


def _frame(title: str, across: str, up: str, scale: float = 1) -> str:
    parts = [
        f'<text x="{LEFT}" y="16" font-size="13" font-weight="bold">{escape(title)}</text>',
        _middle(f'x="{LEFT + SIDE / 2}" y="{TOP + SIDE + 32}"', across),
        _middle(f'transform="translate(11 {TOP + SIDE / 2}) rotate(-90)"', up),
    ]
    for step in range(5):
        y = _y(step / 4)
        parts.append(
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + SIDE}" y2="{y:.1f}" stroke="{GRID}" />'
            f'<text x="{LEFT - 4}" y="{y + 3:.1f}" text-anchor="end">{25 * step * scale:.0f}</text>'
        )
        if across:
            parts.append(
                f'<text x="{_x(step / 4):.1f}" y="{TOP + SIDE + 15}" text-anchor="middle">'
                f"{25 * step}</text>"
            )
    return "".join(parts)


def _middle(place: str, text: str) -> str:
    return f'<text {place} text-anchor="middle">{escape(text)}</text>'


def _legend(row: int, name: str, colour: str) -> str:
    x, y = LEFT + SIDE - 6, TOP + SIDE - 12 - 15 * row
    return (
        f'<text x="{x}" y="{y}" text-anchor="end" fill="{colour}" font-weight="bold">'
        f"{escape(name)}</text>"
    )


def _svg(title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}" role="img" aria-label="{escape(title, quote=True)}" font-size="10"'
        f' fill="{TEXT}">{"".join(parts)}</svg>'
    )
