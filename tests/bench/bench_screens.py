"""Lists, searches and the 360° view over a seeded utility: seconds as a user waits for them.

`POWER_BENCH_CUSTOMERS` says how many customers are loaded (100,000).
"""

import os
import statistics
import subprocess
import sys
import time

from house import bench, console, paths

sys.path.insert(0, str(paths.ROOT / "tests"))
from conftest import Session, running_server

NAME = "power_bench_screens"
CUSTOMERS = os.environ.get("POWER_BENCH_CUSTOMERS", "100000")
LIMIT = 1.0
CUSTOMER = {"display_name": {}, "power_customer_number": {}, "power_area_id": {"fields": {}}}
POINT = {"number": {}, "name": {}, "voltage_class": {}, "capacity_kva": {}}
READING = {"meter_id": {"fields": {}}, "date": {}, "value": {}}


def main() -> int:
    with bench.copied(NAME):
        seed = [paths.PYTHON, paths.ROOT / "scripts" / "seed", "--db", NAME]
        subprocess.run([*seed, "--customers", CUSTOMERS], check=True)
        with running_server(NAME) as server:
            return _measure(Session(server, "manager"))


def _measure(user: Session) -> int:
    number = user.call("res.partner", "search", [("power_is_customer", "=", True)], limit=1)[0]
    steps = {
        "customers, list": lambda: _list(user, "res.partner", [_IS_CUSTOMER], CUSTOMER),
        "customers, page 100": lambda: _list(
            user, "res.partner", [_IS_CUSTOMER], CUSTOMER, offset=8000
        ),
        "customers, search a name": lambda: _list(
            user, "res.partner", [_IS_CUSTOMER, ("complete_name", "ilike", "清江")], CUSTOMER
        ),
        "customers, search a phone": lambda: _list(
            user, "res.partner", [_IS_CUSTOMER, ("phone", "ilike", "1740 1")], CUSTOMER
        ),
        "customers, by area": lambda: user.call(
            "res.partner", "formatted_read_group", [_IS_CUSTOMER], ["power_area_id"], ["__count"]
        ),
        "customer, 360° view": lambda: user.call(
            "res.partner", "web_read", [number], _form_fields(user)
        ),
        "points, list": lambda: _list(user, "power.supply.point", [], POINT),
        "points, search a number": lambda: _list(
            user, "power.supply.point", [("number", "ilike", "99")], POINT
        ),
        "readings, list": lambda: _list(user, "power.meter.reading", [], READING),
    }
    slow = 0
    print(f"{'screen':<28}{'median s':>10}")
    for name, step in steps.items():
        seconds = statistics.median(_timed(step) for _ in range(5))
        slow += seconds > LIMIT
        print(f"{name:<28}{seconds:>10.3f}{'  over a second' if seconds > LIMIT else ''}")
    return int(bool(slow))


_IS_CUSTOMER = ("power_is_customer", "=", True)


def _list(user: Session, model: str, domain: list, fields: dict, offset: int = 0):
    return user.call(
        model, "web_search_read", domain, fields, offset=offset, limit=80, count_limit=10001
    )


def _form_fields(user: Session) -> dict:
    """Everything the customer's form reads, lists inside it included."""
    if not hasattr(_form_fields, "known"):
        views = user.call("res.partner", "get_views", [[False, "form"]])
        names = views["models"]["res.partner"]["fields"]
        _form_fields.known = {name: {} for name in names}
    return _form_fields.known


def _timed(step) -> float:
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


if __name__ == "__main__":
    console.main(main)
