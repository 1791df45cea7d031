"""What a bill would come to had some of the dear hours' energy been used in the cheap ones.

Plain determinants in and out, as in ``advice``. Where registers count by period, what they moved
on is rewritten; where a load curve is split by the price list's hours, the curve is.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from odoo.addons.power_billing.tools import determinants, rating
from odoo.addons.power_billing.tools.register import advance
from odoo.addons.power_billing.tools.schedule import Calendar

Data = dict[str, Any]

DEAR = ("sharp", "peak")
CHEAP = "valley"
_ZERO = Decimal(0)


def peak_and_valley(data: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """kWh rated in the dear and in the cheap hours.

    :raises RatingError: where the bill cannot be rated
    """
    periods = rating.rate(data).periods
    dear = sum((periods.get(period, _ZERO) for period in DEAR), _ZERO)
    return dear, periods.get(CHEAP, _ZERO)


def share_to_restore(data: Mapping[str, Any], dear_share: Decimal) -> Decimal | None:
    """Share of the dear hours' energy to move so that these are ``dear_share`` of dear and cheap.

    Below zero where energy goes back from the cheap hours; None where no dear hour was used.
    """
    dear, cheap = peak_and_valley(data)
    if not dear:
        return None
    return 1 - dear_share * (dear + cheap) / dear


def with_shift(data: Mapping[str, Any], share: Decimal) -> Data:
    """Return the bill as it would be with a share of the dear hours' energy in the cheap ones.

    The energy of the month, and of each day of a load curve, stays the same. Maximum demand is
    what the registers measured; a load curve shows its own.

    :param share: 0.2 moves a fifth of each of ``DEAR``; below zero moves energy back
    """
    changed = copy.deepcopy(dict(data))
    meters: dict[tuple[Any, ...], Data] = defaultdict(dict)
    for register in changed.get("registers", ()):
        if register.get("quantity", "active") == "active":
            place = register["key"], register.get("line"), _days(register)
            meters[place].setdefault(register.get("period"), register)
    for periods in meters.values():
        _shift_registers(periods, share)
    read = {key for (key, _line, _dates), periods in meters.items() if any(periods)}
    _shift_curves(changed, share, read)
    return changed


def _days(register: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(reading["date"]) for reading in register["readings"])


def _shift_registers(periods: Data, share: Decimal) -> None:
    """Move energy between the registers of one meter that were read on the same days."""
    cheap = periods.get(CHEAP)
    dear = [periods[period] for period in DEAR if period in periods]
    if not cheap or not dear:
        return
    received = _moves(cheap)
    for register in dear:
        moves = _moves(register)
        for place, moved in enumerate(moves):
            received[place] += moved * share
        _rewrite(register, [moved * (1 - share) for moved in moves])
    _rewrite(cheap, received)


def _moves(register: Mapping[str, Any]) -> list[Decimal]:
    """kWh between each reading and the next."""
    readings, digits = register["readings"], int(register.get("digits") or 6)
    multiplier = Decimal(register.get("multiplier") or 1)
    return [
        multiplier
        * advance(
            Decimal(before["value"]), Decimal(after["value"]), digits, bool(after.get("rollover"))
        )
        for before, after in pairwise(readings)
    ]


def _rewrite(register: Data, moves: list[Decimal]) -> None:
    """Let a register have counted these kWh, from zero and without a multiplier."""
    value = _ZERO
    register["multiplier"], register["digits"] = "1", 18
    for reading, moved in zip(register["readings"], [_ZERO, *moves], strict=True):
        value += moved
        reading.update(value=str(value), rollover=False)


def _shift_curves(data: Data, share: Decimal, read: set[Any]) -> None:
    """Move energy within each day of the curves whose meter has no registers by period."""
    curves = [
        curve
        for curve in data.get("intervals", ())
        if curve.get("quantity", "active") == "active" and curve["key"] not in read
    ]
    if not curves:
        return
    versions = determinants.parse(data).versions
    calendars: dict[Any, Calendar] = {}
    for curve in curves:
        minutes = int(curve.get("minutes") or 60)
        for day in curve["days"]:
            date = determinants.date.fromisoformat(str(day["date"]))
            version = determinants.version_on(versions, date)
            calendar = calendars.setdefault(id(version), Calendar(version))
            day["values"] = _shift_day(day["values"], calendar.periods(date, minutes), share)


def _shift_day(values: list[Any], periods: list[str | None], share: Decimal) -> list[Any]:
    """Spread what is moved evenly over the cheap hours; take it back in their proportion."""
    known = [
        (place, period, Decimal(value))
        for place, (value, period) in enumerate(zip(values, periods, strict=True))
        if value is not None
    ]
    dear = [(place, kwh) for place, period, kwh in known if period in DEAR]
    cheap = [(place, kwh) for place, period, kwh in known if period == CHEAP]
    moved = share * sum((kwh for _place, kwh in dear), _ZERO)
    used = sum((kwh for _place, kwh in cheap), _ZERO)
    if not cheap or used + moved < 0 or (moved < 0 and not used):
        return values
    result = list(values)
    for place, kwh in dear:
        result[place] = str(kwh * (1 - share))
    for place, kwh in cheap:
        more = moved / len(cheap) if moved > 0 else moved * kwh / used if used else _ZERO
        result[place] = str(kwh + more)
    return result
