"""Load curves of the factory with the portal login: the last month, hour by hour."""

from datetime import timedelta

from ..tools import months
from .customers import CURIOUS

# Parts of a working day's energy by hour; on Saturdays and Sundays the load is even and lower.
WORKDAY = (2, 2, 2, 2, 2, 2, 3, 4, 6, 7, 7, 7, 5, 6, 7, 7, 7, 6, 5, 4, 3, 2, 1, 1)
WEEKEND = (1,) * 24
HEAD = "meter,date," + ",".join(f"v{hour}" for hour in range(1, 25))


def build(demo):
    client = next(client for client in demo.clients if client.key == CURIOUS)
    rows = make_rows(client.record.meter_ids.number, demo.end, float(client.kwh[-1]))
    days = demo.env["power.load.day"].with_company(demo.company)
    report = days._load_csv("\n".join((HEAD, *rows)).encode(), source="AMI")
    demo.log("%s load days", report["loaded"])


def make_rows(meter, month, kwh):
    """Yield a line a day whose values add up to the month's energy, nearly."""
    days = []
    day = months.first_day(month)
    while day <= months.last_day(month):
        days.append((day, WORKDAY if day.weekday() < 5 else WEEKEND))
        day += timedelta(days=1)
    part = kwh / sum(sum(shape) for _day, shape in days)
    for day, shape in days:
        values = ",".join(f"{part * share:.4f}" for share in shape)
        yield f"{meter},{day.isoformat()},{values}"
