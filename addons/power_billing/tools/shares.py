"""Energy of another category behind the same meter: 定量 (fixed), 定比 (percent), sub-meters.

What a share takes is taken off the main energy, so that both add up to what was measured. A share
that changes inside the period is two, each with its days: the energy is cut there (by days, or by
a reading of that day), fixed kWh a month count by days.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from .amounts import ZERO, energy, plain, split_energy
from .determinants import Determinants, Share
from .rating_error import RatingError
from .timeline import Periods, Stretch

Taken = dict[Stretch, Periods]


def take_shares(
    determinants: Determinants, stretches: Sequence[Stretch], steps: list[dict[str, Any]]
) -> list[Taken]:
    """Take each share off the stretches; return what each one got, by stretch and period."""
    whole = {stretch: stretch.kwh for stretch in stretches}
    result = []
    for index, share in enumerate(determinants.shares):
        own = [stretch for stretch in stretches if stretch.share_versions[index]]
        before = {stretch: whole[stretch] for stretch in own}
        taken, text = {
            "meter": _meter,
            "fixed": _fixed,
            "percent": _percent,
        }[share.kind](determinants, index, share, own, before)
        total = sum((sum(periods.values(), ZERO) for periods in taken.values()), ZERO)
        steps.append(
            {
                "type": "share",
                "share": share.key,
                "name": share.name,
                "kwh": str(total),
                "step": f"{text} = {plain(total)} kWh",
            }
        )
        result.append(taken)
    return result


def _take(stretch: Stretch, kwh: Decimal) -> Periods:
    """Take kWh off a stretch, from its periods pro rata."""
    parts = split_energy(kwh, stretch.active.values())
    taken = dict(zip(stretch.active, parts, strict=True))
    for period, part in taken.items():
        stretch.active[period] -= part
    return taken


def _meter(
    determinants: Determinants,
    index: int,
    share: Share,
    stretches: Sequence[Stretch],
    before: dict[Stretch, Decimal],
) -> tuple[Taken, str]:
    """A sub-meter with periods takes from the same periods, one without from all pro rata."""
    result: Taken = {}
    for stretch in stretches:
        own = {period: kwh for period, kwh in stretch.own[index].items() if kwh}
        total = sum(own.values(), ZERO)
        if total > stretch.kwh:
            raise RatingError("share_exceeds", share=share.key, taken=total, left=stretch.kwh)
        if own.keys() <= stretch.active.keys():
            for period, kwh in own.items():
                left = stretch.active[period]
                if kwh > left:
                    raise RatingError("share_exceeds", share=share.key, taken=kwh, left=left)
                stretch.active[period] = left - kwh
            result[stretch] = own
        elif total:
            result[stretch] = _take(stretch, total)
    return result, str(share.value)


def _fixed(
    determinants: Determinants,
    index: int,
    share: Share,
    stretches: Sequence[Stretch],
    before: dict[Stretch, Decimal],
) -> tuple[Taken, str]:
    """kWh a month, by days where it is in force for a part; never more than is left."""
    months = determinants.billed_months
    served = sum(stretch.service_days for stretch in stretches)
    wanted = energy(share.value * months * served / determinants.period_days)
    left = [stretch.kwh for stretch in stretches]
    kwh = min(wanted, sum(left, ZERO))
    spread = split_energy(kwh, left)
    taken = {stretch: _take(stretch, part) for stretch, part in zip(stretches, spread, strict=True)}
    how = f" × {plain(energy(months))}" if months != 1 else ""
    if served != determinants.period_days:
        how += f" × {served}/{determinants.period_days}"
    text = f"{plain(share.value)} kWh{how}"
    return taken, text if kwh == wanted else f"min({text}, {plain(kwh)} kWh)"


def _percent(
    determinants: Determinants,
    index: int,
    share: Share,
    stretches: Sequence[Stretch],
    before: dict[Stretch, Decimal],
) -> tuple[Taken, str]:
    """A percentage of the whole energy, also where other shares are taken off it first."""
    total = sum(before.values(), ZERO)
    spread = split_energy(energy(total * share.value / 100), before.values())
    taken = {}
    for stretch, wanted in zip(stretches, spread, strict=True):
        if wanted > stretch.kwh:
            raise RatingError("share_exceeds", share=share.key, taken=wanted, left=stretch.kwh)
        taken[stretch] = _take(stretch, wanted)
    return taken, f"{plain(total)} kWh × {plain(share.value)} %"
