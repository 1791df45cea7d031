"""By when a planned outage has to be announced."""

from datetime import date, datetime, time, timedelta, tzinfo

import pytz


def latest_notice(start: datetime, amount: int, unit: str, zone: tzinfo) -> datetime:
    """Return the last moment (naive UTC) at which a notice is still in time.

    ``day`` counts calendar days of the place: seven days before the 20th is any time of the 13th.
    ``hour`` counts hours.

    :param start: naive UTC
    :raises ValueError: when the unit is not known

    >>> latest_notice(datetime(2026, 5, 20, 1), 7, "day", pytz.timezone("Asia/Shanghai"))
    datetime.datetime(2026, 5, 13, 15, 59, 59)
    """
    if unit == "hour":
        return start - timedelta(hours=amount)
    if unit != "day":
        raise ValueError(unit)
    local: date = pytz.utc.localize(start).astimezone(zone).date()
    end = datetime.combine(local - timedelta(days=amount), time(23, 59, 59))
    # pytz zones find their offset for a local time themselves
    localize = getattr(zone, "localize", None)
    aware = localize(end) if localize else end.replace(tzinfo=zone)
    return aware.astimezone(pytz.utc).replace(tzinfo=None)
