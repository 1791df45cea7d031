"""The clock of a promise: when it is due, how long it took, what did not count.

Instants are naive datetimes in UTC, as Odoo keeps them. A *hold* is a stretch that does not
count; one still open ends in ``None``. *Windows* are the stretches that count at all (working
hours); without windows every hour of the day counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo.addons.power_crm.tools.working_days import DAY, add_working_days, is_working

Span = tuple[datetime, datetime]
Hold = tuple[datetime, datetime | None]
Week = Mapping[int, Sequence[tuple[time, time]]]

ZERO = timedelta()
UTC = ZoneInfo("UTC")


def merge(spans: Iterable[Span]) -> list[Span]:
    """Return the same stretches in order, without overlaps and empty ones."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def subtract(span: Span, holds: Iterable[Span]) -> list[Span]:
    """Return what is left of a stretch when the holds are taken out."""
    left = []
    cursor, end = span
    for hold_start, hold_end in merge(holds):
        if hold_end <= cursor or hold_start >= end:
            continue
        if hold_start > cursor:
            left.append((cursor, hold_start))
        cursor = max(cursor, hold_end)
    if cursor < end:
        left.append((cursor, end))
    return left


def closed_holds(holds: Iterable[Hold], now: datetime) -> list[Span]:
    """Return the holds with an end; one still open lasts until ``now`` at least."""
    return merge((start, now if end is None else end) for start, end in holds)


def elapsed(
    start: datetime,
    end: datetime,
    holds: Iterable[Hold] = (),
    windows: Iterable[Span] | None = None,
) -> timedelta:
    """Return the time from ``start`` to ``end`` that counts.

    >>> hold = (datetime(2026, 3, 2, 8, 10), datetime(2026, 3, 2, 8, 25))
    >>> elapsed(datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 9), [hold])
    datetime.timedelta(seconds=2700)
    """
    if end <= start:
        return ZERO
    stretches = [(start, end)] if windows is None else _clip(windows, start, end)
    stopped = closed_holds(holds, end)
    return sum(
        (stop - begin for span in stretches for begin, stop in subtract(span, stopped)), ZERO
    )


def deadline(
    start: datetime,
    limit: timedelta,
    holds: Iterable[Hold] = (),
    windows: Iterable[Span] | None = None,
    now: datetime | None = None,
) -> datetime | None:
    """Return the instant at which ``limit`` is used up; None when the windows end before.

    A hold still open counts until ``now`` (its start when not given): the deadline moves on
    with it.
    """
    holds = list(holds)
    reference = max((hold[0] for hold in holds), default=start)
    stopped = closed_holds(holds, max(now or reference, reference))
    left = limit
    for span in _endless(start) if windows is None else _from(windows, start):
        for begin, end in subtract(span, stopped):
            if end - begin >= left:
                return begin + left
            left -= end - begin
    return None


def working_days_deadline(
    start: datetime, count: int, week: Week, exceptions: Mapping[date, bool], zone: str
) -> datetime:
    """Return the end of the ``count``-th working day after the day of ``start``.

    The day on which it begins is not counted (中华人民共和国民法典 art. 201), the last one ends
    when business ends (art. 203).

    :param exceptions: days that differ from the week: True works, False does not
    """
    day = add_working_days(_local(start, zone).date(), count, exceptions, week)
    hours = hours_of(day, week, exceptions)
    return _utc(day, hours[-1][1] if hours else time.max, zone)


def hours_of(day: date, week: Week, exceptions: Mapping[date, bool]) -> Sequence[tuple[time, time]]:
    """Return the hours of ``day``; a weekend that is worked has those of the first working day."""
    if not is_working(day, exceptions, week):
        return ()
    return week.get(day.weekday()) or next((hours for _day, hours in sorted(week.items())), ())


def windows(
    start: datetime,
    end: datetime,
    week: Week,
    exceptions: Mapping[date, bool],
    zone: str,
) -> list[Span]:
    """Return the working hours between two instants."""
    spans = []
    day, last = _local(start, zone).date(), _local(end, zone).date()
    while day <= last:
        spans += [
            (_utc(day, begin, zone), _utc(day, stop, zone))
            for begin, stop in hours_of(day, week, exceptions)
        ]
        day += DAY
    return _clip(spans, start, end)


def _clip(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    return merge((max(begin, start), min(stop, end)) for begin, stop in spans)


def _from(spans: Iterable[Span], start: datetime) -> list[Span]:
    return merge((max(begin, start), stop) for begin, stop in spans if stop > start)


def _endless(start: datetime) -> Iterator[Span]:
    yield start, datetime.max


def _local(instant: datetime, zone: str) -> datetime:
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


def _utc(day: date, hour: time, zone: str) -> datetime:
    local = datetime.combine(day, hour).replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)
