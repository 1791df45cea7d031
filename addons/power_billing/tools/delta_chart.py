"""What made a bill dearer or cheaper, as bars to the right or to the left of a middle line."""

from decimal import Decimal

from markupsafe import Markup

WIDTH, HEIGHT = 200, 14
MORE, LESS, LINE = "#c0504d", "#4f9d69", "#999"
# What is not nothing is seen.
LEAST = 1.0


def delta_bar(amount: Decimal, highest: Decimal) -> Markup:
    """Draw one bar; it stretches with its table cell and holds no text.

    :param amount: money; more goes to the right, less to the left
    :param highest: the greatest amount among the bars, without its sign
    :return: an ``<svg>`` element
    """
    half = WIDTH / 2
    length = max(round(float(abs(amount) / highest) * half, 1), LEAST) if amount else 0
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100%%" height="%(height)s" '
        'viewBox="0 0 %(width)s %(height)s" preserveAspectRatio="none" aria-hidden="true">'
        '<rect x="%(x)s" y="2" width="%(length)s" height="%(thick)s" fill="%(color)s"/>'
        '<rect x="%(half)s" y="0" width="1" height="%(height)s" fill="%(line)s"/></svg>'
    ) % {
        "width": WIDTH,
        "height": HEIGHT,
        "x": half if amount > 0 else half - length,
        "length": length,
        "thick": HEIGHT - 4,
        "color": MORE if amount > 0 else LESS,
        "half": half - 0.5,
        "line": LINE,
    }
