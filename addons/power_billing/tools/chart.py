"""A small bar chart as SVG, for a page that runs no scripts."""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, TOP, BOTTOM = 560, 84, 12, 14
BAR = "#6c9bd1"
LAST = "#1f4e79"
# On a telephone: as wide as its page, so that a figure is as large as it is written.
NARROW, ROW, NAME, FIGURE = 300, 19, 62, 60


def bar_chart(bars: Sequence[tuple[str, float]]) -> Markup:
    """Draw labelled bars; the last one is the one in question and is darker.

    :param bars: (label, value) from left to right; a value is never negative
    :return: an ``<svg>`` element, nothing when there are no bars
    """
    if not bars:
        return Markup("")
    step = WIDTH / max(len(bars), 13)
    peak = _peak(bars)
    parts = [
        _bar(index, label, value, step, peak, index == len(bars) - 1)
        for index, (label, value) in enumerate(bars)
    ]
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100%%" viewBox="0 0 %s %s" '
        'role="img" font-size="9" text-anchor="middle" fill="#444">%s</svg>'
    ) % (WIDTH, HEIGHT, Markup("").join(parts))


def row_chart(bars: Sequence[tuple[str, float]]) -> Markup:
    """Draw the same bars one below the other, for a telephone.

    :param bars: (label, value), the first one at the top
    :return: an ``<svg>`` element, nothing when there are no bars
    """
    if not bars:
        return Markup("")
    peak = _peak(bars)
    parts = [
        _row(index, label, value, peak, index == len(bars) - 1)
        for index, (label, value) in enumerate(bars)
    ]
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100%%" viewBox="0 0 %s %s" '
        'role="img" font-size="13" fill="#444">%s</svg>'
    ) % (NARROW, ROW * len(bars), Markup("").join(parts))


def _peak(bars: Sequence[tuple[str, float]]) -> float:
    return max(value for __, value in bars) or 1


def _row(index: int, label: str, value: float, peak: float, last: bool) -> Markup:
    base = ROW * index + 14
    return Markup(
        '<text x="0" y="%s">%s</text><rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>'
        '<text x="%s" y="%s" text-anchor="end">%s</text>'
    ) % (
        base,
        label,
        NAME,
        base - 11,
        round((NARROW - NAME - FIGURE) * value / peak, 1),
        ROW - 5,
        LAST if last else BAR,
        NARROW,
        base,
        f"{value:,.0f}",
    )


def _bar(index: int, label: str, value: float, step: float, peak: float, last: bool) -> Markup:
    height = (HEIGHT - TOP - BOTTOM) * value / peak
    middle = round(step * (index + 0.5), 1)
    top = round(HEIGHT - BOTTOM - height, 1)
    return Markup(
        '<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>'
        '<text x="%s" y="%s">%s</text><text x="%s" y="%s">%s</text>'
    ) % (
        round(step * index + step * 0.2, 1),
        top,
        round(step * 0.6, 1),
        round(height, 1),
        LAST if last else BAR,
        middle,
        top - 3,
        f"{value:,.0f}",
        middle,
        HEIGHT - 4,
        label,
    )
