"""A small bar chart as SVG, for a page that runs no scripts."""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, TOP, BOTTOM = 560, 84, 12, 14
BAR = "#6c9bd1"
LAST = "#1f4e79"


def bar_chart(bars: Sequence[tuple[str, float]]) -> Markup:
    """Draw labelled bars; the last one is the one in question and is darker.

    :param bars: (label, value) from left to right; a value is never negative
    :return: an ``<svg>`` element, nothing when there are no bars
    """
    if not bars:
        return Markup("")
    step = WIDTH / max(len(bars), 13)
    peak = max(value for __, value in bars) or 1
    parts = [
        _bar(index, label, value, step, peak, index == len(bars) - 1)
        for index, (label, value) in enumerate(bars)
    ]
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100%%" viewBox="0 0 %s %s" '
        'role="img" font-size="9" text-anchor="middle" fill="#444">%s</svg>'
    ) % (WIDTH, HEIGHT, Markup("").join(parts))


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
