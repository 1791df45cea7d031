"""From readings and interval values to what was used on each stretch of days."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from .amounts import ZERO, energy, plain, split_energy
from .determinants import DAY, Determinants, Reading, Register, Series
from .intervals import Intervals, Weights, gaps, refuse_gaps, series_step
from .rating_error import RatingError
from .register import advance
from .schedule import periods_of
from .timeline import Periods, Stretch, Timeline

REST_PERIOD = "flat"
_UNITS = {"reactive": "kvarh", "reactive_export": "kvarh", "demand": "kW"}

Steps = list[dict[str, Any]]


@dataclass(slots=True)
class Move:
    """What a register counted between two readings."""

    register: Register
    period: str | None
    first: date
    last: date
    kwh: Decimal


def measure(determinants: Determinants, timeline: Timeline, steps: Steps) -> None:
    """Lay all that was measured on the timeline."""
    _check(determinants)
    intervals = Intervals(timeline, determinants.intervals)
    for registers in _meters(determinants.registers):
        if registers[0].quantity == "demand":
            if _share_of(determinants, registers[0]) is None:
                for register in registers:
                    _see_demand(timeline, register, steps)
        else:
            _measure_meter(determinants, timeline, intervals, registers, steps)
    if not intervals.series:
        return
    _measure_series(determinants, timeline, intervals, steps)
    if not any(register.quantity == "demand" for register in determinants.registers):
        first = max(determinants.period_from, determinants.service_from)
        intervals.see_demand(first, min(determinants.period_to, determinants.service_to))


def _check(determinants: Determinants) -> None:
    if determinants.period_to < determinants.period_from:
        raise RatingError("period")
    measured = [*determinants.registers, *determinants.intervals]
    if not any(one.quantity == "active" for one in measured):
        raise RatingError("no_register")
    for register in determinants.registers:
        if len(register.readings) < 2:
            raise RatingError("no_reading", meter=register.key)
        for previous, current in zip(register.readings, register.readings[1:], strict=False):
            if current.date <= previous.date:
                raise RatingError("order", meter=register.key, date=current.date)
    if len(determinants.registers) > 1:
        _refuse_duplicates(determinants.registers)
        _refuse_parallel_demand(determinants)
    keys = {str(one.key) for one in measured} if determinants.shares else ()
    for share in determinants.shares:
        if share.kind == "meter" and share.value not in keys:
            raise RatingError("share_meter", share=share.key, meter=share.value)


def _refuse_duplicates(registers: Sequence[Register]) -> None:
    """The same register twice over the same days would be charged twice."""
    ends: dict[tuple[Any, ...], date] = {}
    for register in sorted(registers, key=lambda register: register.readings[0].date):
        place = (register.key, register.quantity, register.period, register.line)
        if place in ends and register.readings[0].date < ends[place]:
            raise RatingError(
                "duplicate_register", meter=register.key, period=register.period or ""
            )
        ends[place] = register.readings[-1].date


def _refuse_parallel_demand(determinants: Determinants) -> None:
    """Two meters on one line take turns; side by side, only the higher demand would be charged."""
    ends: dict[tuple[str | None, str | None], Register] = {}
    demands = [
        register
        for register in determinants.registers
        if register.quantity == "demand" and _share_of(determinants, register) is None
    ]
    for register in sorted(demands, key=lambda register: register.readings[0].date):
        before = ends.get((register.period, register.line))
        if (
            before
            and before.key != register.key
            and register.readings[0].date < before.readings[-1].date
        ):
            raise RatingError("parallel_demand", meter=before.key, other=register.key)
        ends[register.period, register.line] = register


def _meters(registers: Sequence[Register]) -> list[list[Register]]:
    """Group the registers of one meter that count the same quantity."""
    meters: dict[tuple[Any, str], list[Register]] = defaultdict(list)
    for register in registers:
        meters[register.key, register.quantity].append(register)
    return list(meters.values())


def _measure_meter(
    determinants: Determinants,
    timeline: Timeline,
    intervals: Intervals,
    registers: list[Register],
    steps: Steps,
) -> None:
    """Add one meter's consumption to the stretches, reading by reading."""
    plain_total = len(registers) == 1 and registers[0].period is None
    shape = intervals.of(registers[0].key, registers[0].quantity) if plain_total else []
    moves = []
    for register in registers:
        for move in _moves(register, steps):
            moves.append(move)
            if plain_total:
                _lay(determinants, timeline, move, shape, steps)
    if not plain_total:
        for move in _reconcile(registers, moves, steps):
            _lay(determinants, timeline, move, [], steps)


def _moves(register: Register, steps: Steps) -> Any:
    for previous, current in zip(register.readings, register.readings[1:], strict=False):
        try:
            moved = advance(previous.value, current.value, register.digits, current.rollover)
        except ValueError:
            raise RatingError(
                "fell",
                meter=register.key,
                date=current.date,
                previous=previous.value,
                value=current.value,
            ) from None
        kwh = energy(moved * register.multiplier)
        steps.append(_register_step(register, previous, current, kwh))
        yield Move(register, register.period, previous.date + DAY, current.date, kwh)


def _unit(register: Register) -> str:
    return _UNITS.get(register.quantity, "kWh")


def _register_step(
    register: Register, previous: Reading, current: Reading, kwh: Decimal
) -> dict[str, Any]:
    turn = f" + {10**register.digits}" if current.rollover else ""
    before, value, times = plain(previous.value), plain(current.value), plain(register.multiplier)
    return {
        "type": "register",
        "meter": register.key,
        **_names(register),
        "date_from": previous.date.isoformat(),
        "date_to": current.date.isoformat(),
        "previous": before,
        "value": value,
        "rollover": current.rollover,
        "multiplier": times,
        "kwh": str(kwh),
        "step": f"({value} - {before}{turn}) × {times} = {plain(kwh)} {_unit(register)}",
    }


def _names(register: Register) -> dict[str, str]:
    """What tells a register from the meter's whole active one."""
    names = {"register": register.name, "period": register.period, "line": register.line}
    if register.quantity != "active":
        names["quantity"] = register.quantity
    return {key: value for key, value in names.items() if value is not None}


def _reconcile(registers: list[Register], moves: list[Move], steps: Steps) -> list[Move]:
    """Where a meter shows a total and periods, the total rules: the rest is flat.

    The flat register is often not read at all, and what the others were rounded off by belongs
    to it too.
    """
    totals = [move for move in moves if move.period is None]
    parts = [move for move in moves if move.period is not None]
    if not totals or not parts:
        return moves
    days = {(move.first, move.last) for move in totals}
    if any((move.first, move.last) not in days for move in parts):
        raise RatingError("register_dates", meter=registers[0].key)
    result = [move for move in parts if move.period != REST_PERIOD]
    for total in totals:
        others = sum(
            (move.kwh for move in result if (move.first, move.last) == (total.first, total.last)),
            Decimal(0),
        )
        rest = total.kwh - others
        if rest < 0:
            raise RatingError(
                "periods_exceed", meter=total.register.key, periods=others, total=total.kwh
            )
        steps.append(
            {
                "type": "rest",
                "meter": total.register.key,
                "period": REST_PERIOD,
                "date_from": (total.first - DAY).isoformat(),
                "date_to": total.last.isoformat(),
                "kwh": str(rest),
                "step": f"{plain(total.kwh)} - {plain(others)} = {plain(rest)}"
                f" {_unit(total.register)}",
            }
        )
        result.append(Move(total.register, REST_PERIOD, total.first, total.last, rest))
    return result


def _lay(
    determinants: Determinants,
    timeline: Timeline,
    move: Move,
    shape: list[Series],
    steps: Steps,
) -> None:
    """Spread a move over the stretches of its days: by days, or as the interval values show."""
    if shape and _lay_shape(determinants, timeline, move, shape[0], steps):
        return
    days = timeline.split(move.first, move.last)
    spread = split_energy(move.kwh, ((last - first).days + 1 for __, first, last in days))
    for (stretch, first, last), part in zip(days, spread, strict=True):
        _add(determinants, stretch, move.register, move.period, part)
        if move.register.quantity == "active":
            stretch.extend(first, last)
        if len(days) > 1:
            steps.append(
                {
                    "type": "split",
                    "meter": move.register.key,
                    **_names(move.register),
                    "version": stretch.version.key,
                    "date_from": first.isoformat(),
                    "date_to": last.isoformat(),
                    "kwh": str(part),
                    "step": f"{plain(move.kwh)} {_unit(move.register)} × {(last - first).days + 1}"
                    f"/{(move.last - move.first).days + 1}"
                    f" = {plain(part)} {_unit(move.register)}",
                }
            )


def _lay_shape(
    determinants: Determinants,
    timeline: Timeline,
    move: Move,
    series: Series,
    steps: Steps,
) -> bool:
    """Let the register rule the total and the interval values its split, holes told."""
    weights = Intervals(timeline, [series]).weights(series, move.first, move.last)
    if not sum(weights.values()):
        return False
    steps.append(series_step(series, move.first, move.last, weights))
    for day, time, missing in gaps(series, move.first, move.last):
        steps.append(
            {
                "type": "gap",
                "meter": series.key,
                "date_from": day.isoformat(),
                "step": f"{day} {time}: {missing} × {series.minutes} min",
            }
        )
    _add_weights(determinants, move.register, weights, move.kwh)
    for stretch, first, last in timeline.split(move.first, move.last):
        stretch.extend(first, last)
    return True


def _measure_series(
    determinants: Determinants, timeline: Timeline, intervals: Intervals, steps: Steps
) -> None:
    """Take the energy of interval series whose meter has no register of that quantity."""
    read = {(register.key, register.quantity) for register in determinants.registers}
    for series in intervals.series:
        if (series.key, series.quantity) in read:
            continue
        first = max(determinants.period_from, determinants.service_from)
        last = min(determinants.period_to, determinants.service_to)
        if last < first:
            continue
        refuse_gaps(series, first, last)
        weights = intervals.weights(series, first, last)
        steps.append(series_step(series, first, last, weights))
        register = Register(series.key, (), quantity=series.quantity)
        _add_weights(determinants, register, weights, energy(sum(weights.values(), Decimal(0))))
        for stretch, start, end in timeline.split(first, last):
            stretch.extend(start, end)


def _add_weights(
    determinants: Determinants, register: Register, weights: Weights, kwh: Decimal
) -> None:
    parts = split_energy(kwh, weights.values())
    for (stretch, period), part in zip(weights, parts, strict=True):
        _add(determinants, stretch, register, period, part)


def _add(
    determinants: Determinants,
    stretch: Stretch,
    register: Register,
    period: str | None,
    kwh: Decimal,
) -> None:
    """Book energy; a sub-meter's is already in the main meter's and only noted."""
    share = _share_of(determinants, register)
    if register.quantity in ("reactive", "reactive_export"):
        if share is None:
            stretch.reactive += abs(kwh)
        return
    if register.quantity == "active" and period is not None and kwh:
        _check_period(stretch, register, period)
    target: Periods
    if register.quantity == "active_export":
        target = stretch.export
    else:
        target = stretch.active if share is None else stretch.own[share]
    target[period] = target.get(period, ZERO) + kwh


def _share_of(determinants: Determinants, register: Register) -> int | None:
    for index, share in enumerate(determinants.shares):
        if share.kind == "meter" and share.value == str(register.key):
            return index
    return None


def _check_period(stretch: Stretch, register: Register, period: str) -> None:
    """A mistyped period would be charged as flat in silence."""
    known = periods_of(stretch.version)
    if known and period not in {*known, REST_PERIOD}:
        raise RatingError(
            "unknown_period", meter=register.key, version=stretch.version.key, period=period
        )


def _see_demand(timeline: Timeline, register: Register, steps: Steps) -> None:
    """A demand register shows the maximum since the reading before, not a count."""
    for previous, current in zip(register.readings, register.readings[1:], strict=False):
        kw = current.value * register.multiplier
        for stretch, _first, _last in timeline.split(previous.date + DAY, current.date):
            stretch.see_demand(register.line, register.period, kw)
        steps.append(
            {
                "type": "demand",
                "meter": register.key,
                **_names(register),
                "date_from": previous.date.isoformat(),
                "date_to": current.date.isoformat(),
                "kw": str(kw),
                "step": f"{plain(current.value)} × {plain(register.multiplier)} = {plain(kw)} kW",
            }
        )
