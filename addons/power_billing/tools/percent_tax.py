"""Percentages within the price or on top, to the cent as Odoo's tax engine computes them.

It works on floats, in the engine's own order of operations: where a half cent goes must not
depend on who computed it. One tax at most a line. The engine
(``account.tax``) is the measure; a test compares both on random invoices.
"""

from collections.abc import Callable, Iterable, Sequence
from math import copysign
from typing import NamedTuple

Round = Callable[[float], float]
# By what part of itself a number is nudged, so that what is a half but for its binary form goes up.
NUDGE = 2.0**-50


class Line(NamedTuple):
    """A charge of an invoice; ``percent`` is None where there is no tax, which else is within the
    price or on top."""

    tax: int | None
    percent: float | None
    quantity: float
    price: float
    is_within: bool = True


class Amounts(NamedTuple):
    """What an invoice comes to, all in its currency and unsigned.

    ``base``: of each journal item, rounding differences of the document included;
    ``subtotal``, ``total``: of each line alone, without and with tax;
    ``taxes``: (tax, amount, base) in the order of the lines, none of amount zero.
    """

    base: list[float]
    subtotal: list[float]
    total: list[float]
    taxes: list[tuple[int, float, float]]


def make_round(factor: float) -> Round:
    """Return half-up rounding to ``1 / factor``, as ``odoo.tools.float_round`` does it.

    :param float factor: 100.0 for cents
    """

    def to_unit(value: float) -> float:
        if not value:
            return 0.0
        scaled = value * factor
        return round(scaled + scaled * NUDGE) / factor

    return to_unit


def compute(lines: Sequence[Line], to_unit: Round, factor: float, by_line: bool) -> Amounts:
    """Split an invoice's charges into what is earned and what is tax.

    :param to_unit: rounding of the currency, from ``make_round``
    :param factor: units of the currency's smallest coin, 100.0 for cents
    :param by_line: the company rounds taxes line by line instead of by document
    """
    raw_base, raw_tax = [], []
    groups: dict[int, list[int]] = {}
    to_part = to_unit if by_line else float
    for place, line in enumerate(lines):
        tax, base = _split(line, to_part(line.quantity * line.price), to_part)
        raw_base.append(base)
        raw_tax.append(tax)
        if line.tax is not None:
            groups.setdefault(line.tax, []).append(place)
    subtotal = [to_unit(amount) for amount in raw_base]
    taxes = [to_unit(amount) for amount in raw_tax]
    total = [base + tax for base, tax in zip(subtotal, taxes, strict=True)]
    tax_base = subtotal.copy()
    for places in groups.values():
        within = lines[places[0]].is_within
        _align_tax(places, raw_base, raw_tax, tax_base, taxes, to_unit, factor, within)
    base = subtotal.copy()
    if not all(lines[places[0]].is_within for places in groups.values()):
        # A tax on top: the document's net is what is rounded, else its gross.
        raw_total, rounded, weights = sum(raw_base), sum(subtotal), raw_base
    else:
        raw_total, rounded = sum(raw_base) + sum(raw_tax), sum(subtotal) + sum(taxes)
        weights = [one + other for one, other in zip(raw_base, raw_tax, strict=True)]
    if raw_total:
        _spread(to_unit(raw_total) - rounded, weights, range(len(base)), base, factor)
    return Amounts(base, subtotal, total, list(_sum_taxes(groups, taxes, tax_base, factor)))


def _split(line: Line, amount: float, to_unit: Round) -> tuple[float, float]:
    """Return tax and base of a charge."""
    if line.tax is None:
        return 0.0, to_unit(amount)
    if not line.is_within:
        return to_unit(amount * line.percent / 100.0), to_unit(amount)
    tax = to_unit(amount * (1 / (1 + line.percent / 100.0)) * line.percent / 100.0)
    return tax, to_unit(amount - tax)


def _align_tax(places, raw_base, raw_tax, tax_base, taxes, to_unit, factor, within) -> None:
    """Make the rounded taxes and bases of one tax add up to those of the document."""
    target = sum([raw_tax[place] for place in places])
    rounded = sum([taxes[place] for place in places])
    delta = to_unit(target) - rounded
    target_base = sum([raw_base[place] for place in places])
    rounded_base = sum([tax_base[place] for place in places])
    if within:
        delta_base = to_unit(target_base + target) - (rounded_base + rounded + delta)
    else:
        delta_base = to_unit(target_base) - rounded_base
    _spread(delta, raw_tax, places, taxes, factor)
    _spread(delta_base, raw_base, places, tax_base, factor)


def _spread(
    delta: float, weights: Sequence[float], places: Iterable[int], amounts: list, factor: float
) -> None:
    """Give the smallest coins of ``delta`` to the heaviest of some places first."""
    coins = round(abs(delta) * factor)
    if not coins:
        return
    coin = copysign(1 / factor, delta)
    order = sorted(
        ((abs(weights[place]), place) for place in places),
        key=lambda pair: pair[0],
        reverse=True,
    )
    whole = sum(weight for weight, _place in order)
    left = coins
    for weight, place in order:
        if not left:
            return
        share = weight / whole if whole else 1 / len(order)
        given = min(round(share * coins), left)
        left -= given
        amounts[place] += given * coin
    for _weight, place in order[:left]:
        amounts[place] += coin


def _sum_taxes(groups, taxes, tax_base, factor):
    for tax, places in groups.items():
        amount = sum([taxes[place] for place in places])
        if round(amount * factor):
            yield tax, amount, sum([tax_base[place] for place in places])
