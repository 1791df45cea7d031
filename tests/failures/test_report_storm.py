"""Reports pour in over HTTP, some twice: none is lost or taken twice, and each is answered."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import clone_of_demo, database, running_server

REPORTS = 2000
AGAIN = 200
SENDERS = 12
REPORT = {"symptom": "no_power", "contact_name": "Caller"}
PREPARE = """
company = env.ref("base.main_company")
# where nothing is reported yet: a fault that is open would take the call
busy = env["power.fault"].search([]).supply_point_id
points = env["power.supply.point"].search(
    [("company_id", "=", company.id), ("state", "=", "active"), ("id", "not in", busy.ids)],
    limit=20)
channel = env["power.fault.channel"].create({"name": "Storm", "company_id": company.id})
company.power_storm_mode = True
env.cr.execute("UPDATE ir_cron SET active = FALSE WHERE id <> %s",
    [env.ref("power_faults.ir_cron_group_reports").id])
assert len(points) == 20
print("READY", channel._renew_token(), ",".join(points.mapped("number")))
env.cr.commit()
"""


@pytest.fixture
def storm_database():
    """A clone of the demo utility, the token of a sender and the numbers of some supply points."""
    with clone_of_demo("power_storm") as name:
        output = database.execute(name, PREPARE)
        line = next(line for line in output.splitlines() if "READY " in line)
        token, numbers = line.split("READY ")[1].split()
        yield name, token, numbers.split(",")


@pytest.fixture
def storm(storm_database):
    """A server with two workers, the token and the numbers."""
    name, token, numbers = storm_database
    with running_server(name, "--workers=2", "--max-cron-threads=1") as server:
        yield server, token, numbers


def test_no_report_of_a_storm_is_lost(storm):
    server, token, numbers = storm
    answers: dict[str, list[tuple[int, dict]]] = {}
    lock = threading.Lock()

    def send(number: int) -> None:
        # one in five calls from a supply point, the others from places that only they name
        place = (
            {"supply_point": numbers[number // 5 % len(numbers)]}
            if number % 5 == 0
            else {"address": f"Canal Road {number}"}
        )
        item = {**REPORT, "contact_name": f"Caller {number}", **place}
        answer = _post(server, token, f"storm-{number}", item)
        with lock:
            answers.setdefault(f"storm-{number}", []).append(answer)

    started = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as pool:
        # the second sending of a report is on its way before the first is answered
        sent = [number for number in range(REPORTS) for _time in range(1 + (number < AGAIN))]
        list(pool.map(send, sent))
    print(f"{REPORTS} reports were answered within {time.perf_counter() - started:.0f} s")

    assert len(answers) == REPORTS
    assert sum(map(len, answers.values())) == REPORTS + AGAIN
    statuses = Counter(status for told in answers.values() for status, _body in told)
    assert set(statuses) == {200, 201}, statuses
    told = {key: {body["fault"] for _status, body in pairs} for key, pairs in answers.items()}
    assert all(len(names) == 1 for names in told.values()), "sent twice, answered alike"

    _wait_until_none(server, "power_fault_report WHERE state = 'waiting'")
    # a fault for each of the places of their own, and one for each supply point
    expected = REPORTS * 4 // 5 + len(numbers)
    faults = server.rows("SELECT name, call_count FROM power_fault WHERE report_key LIKE 'storm-%'")
    assert len(faults) == expected
    assert {name for names in told.values() for name in names} == {name for name, _n in faults}
    assert sum(count for _name, count in faults) == REPORTS
    assert statuses[201] == expected
    _wait_until_none(server, "power_fault WHERE grouping_pending AND report_key LIKE 'storm-%'")


def test_what_is_kept_survives_a_kill(storm_database):
    """Killed before anybody made faults of them: the next server does, under the same numbers."""
    name, token, _numbers = storm_database
    with running_server(name, "--max-cron-threads=0") as server:
        answers = [
            _post(server, token, f"kept-{number}", {**REPORT, "address": f"Mill Lane {number}"})
            for number in range(10)
        ]
        server.child.kill()
        server.child.wait()
    assert [status for status, _body in answers] == [201] * 10
    kept = "SELECT name FROM power_fault_report WHERE state = 'waiting'"
    promised = {body["fault"] for _status, body in answers}
    assert {row[0] for row in server.rows(kept)} == promised
    assert not server.rows("SELECT 1 FROM power_fault WHERE report_key LIKE 'kept-%'")

    with running_server(name, "--workers=2", "--max-cron-threads=1") as server:
        # sent again by a caller who heard nothing: the same fault
        status, body = _post(server, token, "kept-0", {**REPORT, "address": "Mill Lane 0"})
        assert (status, body["fault"]) == (200, answers[0][1]["fault"])
        _wait_until_none(server, "power_fault_report WHERE state = 'waiting'")
    faults = server.rows("SELECT name FROM power_fault WHERE report_key LIKE 'kept-%'")
    assert len(faults) == 10
    assert {row[0] for row in faults} == promised


def _post(server, token: str, key: str, item: dict) -> tuple[int, dict]:
    request = urllib.request.Request(
        f"{server.url}/power/api/faults",
        json.dumps(item).encode(),
        {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": key,
            "X-Odoo-Database": server.database,
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, {"fault": None, "error": error.read().decode()[:300]}


def _wait_until_none(server, rows: str) -> None:
    """The scheduled action, woken by the reports, leaves none of these."""
    for _ in range(480):
        if not server.rows(f"SELECT 1 FROM {rows} LIMIT 1"):
            return
        time.sleep(0.25)
    raise AssertionError(f"still there: {rows}")
