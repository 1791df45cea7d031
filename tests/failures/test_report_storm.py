"""Reports pour in over HTTP, some twice: none is lost or taken twice, and each is answered."""

import contextlib
import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from conftest import Server, Session, clone_of_demo, postgres, running_server

REPORTS = 2000
AGAIN = 200
SENDERS = 12
REPORT = {"symptom": "no_power", "contact_name": "Caller"}
# Where nothing is reported yet: a fault that is open would take the call.
QUIET_POINTS = """
    SELECT number FROM power_supply_point point
     WHERE company_id = 1 AND state = 'active' AND active
       AND NOT EXISTS (SELECT FROM power_fault WHERE supply_point_id = point.id)
  ORDER BY id LIMIT 20
"""
ONE_ACTION_ONLY = """
    UPDATE ir_cron SET active = (id = (SELECT res_id FROM ir_model_data
     WHERE module = 'power_faults' AND name = 'ir_cron_group_reports'))
"""


@dataclass
class Sender:
    """Another system that reports."""

    server: Server
    token: str
    points: list[str]

    def post(self, key: str, item: dict, server: Server | None = None) -> tuple[int, dict]:
        server = server or self.server
        request = urllib.request.Request(
            f"{server.url}/power/api/faults",
            json.dumps(item).encode(),
            {
                "Authorization": f"Bearer {self.token}",
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


@pytest.fixture(scope="module")
def sender() -> Iterator[Sender]:
    """A sender to a utility in a storm, on a server that keeps what is reported and no more."""
    with (
        clone_of_demo("power_storm") as name,
        running_server(name, "--max-cron-threads=0", label="power_storm-1") as server,
    ):
        postgres.rows(ONE_ACTION_ONLY, name)
        admin = Session(server, "admin")
        admin.call("res.company", "write", [1], {"power_storm_mode": True})
        channel = admin.call("power.fault.channel", "create", [{"name": "S", "company_id": 1}])
        shown = admin.call("power.fault.channel", "action_renew_token", channel)
        points = [number for (number,) in server.rows(QUIET_POINTS)]
        assert len(points) == 20
        yield Sender(server, shown["context"]["power_sender_token"], points)


@pytest.fixture(scope="module")
def server(sender) -> Iterator[Server]:
    """A server with two workers that makes faults of what was kept."""
    with running_server(
        sender.server.database, "--workers=2", "--max-cron-threads=1", label="power_storm-2"
    ) as server:
        yield server


def test_what_is_kept_survives_a_kill(sender, request):
    """Killed before anybody made faults of them: the next server does, under the same numbers."""
    answers = [
        sender.post(f"kept-{number}", {**REPORT, "address": f"Mill Lane {number}"})
        for number in range(10)
    ]
    sender.server.kill()
    assert [status for status, _body in answers] == [201] * 10
    kept = "SELECT name FROM power_fault_report WHERE state = 'waiting'"
    promised = {body["fault"] for _status, body in answers}
    assert {row[0] for row in sender.server.rows(kept)} == promised
    assert not sender.server.rows("SELECT 1 FROM power_fault WHERE report_key LIKE 'kept-%'")

    server = request.getfixturevalue("server")
    # sent again by a caller who heard nothing: the same fault
    status, body = sender.post("kept-0", {**REPORT, "address": "Mill Lane 0"}, server)
    assert (status, body["fault"]) == (200, answers[0][1]["fault"])
    _wait_until_none(server, "power_fault_report WHERE state = 'waiting'")
    faults = server.rows("SELECT name FROM power_fault WHERE report_key LIKE 'kept-%'")
    assert len(faults) == 10
    assert {row[0] for row in faults} == promised


def test_no_report_of_a_storm_is_lost(sender, server):
    """Two thousand pour in, as fast as they are answered, while a dispatcher looks at the board."""
    answers: dict[str, list[tuple[int, dict]]] = {}
    lock = threading.Lock()

    def send(number: int) -> None:
        # one in five calls from a supply point, the others from places that only they name
        place = (
            {"supply_point": sender.points[number // 5 % len(sender.points)]}
            if number % 5 == 0
            else {"address": f"Canal Road {number}"}
        )
        item = {**REPORT, "contact_name": f"Caller {number}", **place}
        answer = sender.post(f"storm-{number}", item, server)
        with lock:
            answers.setdefault(f"storm-{number}", []).append(answer)

    started = time.perf_counter()
    with _board_in_use(server) as looks, ThreadPoolExecutor(SENDERS) as pool:
        # the second sending of a report is on its way before the first is answered
        sent = [number for number in range(REPORTS) for _time in range(1 + (number < AGAIN))]
        list(pool.map(send, sent))
    seconds = time.perf_counter() - started
    print(f"{REPORTS} reports were answered within {seconds:.0f} s, the board {len(looks)} times")

    assert len(answers) == REPORTS
    assert sum(map(len, answers.values())) == REPORTS + AGAIN
    statuses = Counter(status for told in answers.values() for status, _body in told)
    assert set(statuses) == {200, 201}, statuses
    told = {key: {body["fault"] for _status, body in pairs} for key, pairs in answers.items()}
    assert all(len(names) == 1 for names in told.values()), "sent twice, answered alike"

    assert looks and all(looks), "the board showed what is open all the time"
    _wait_until_none(server, "power_fault_report WHERE state = 'waiting'")
    # a fault for each of the places of their own, and one for each supply point
    expected = REPORTS * 4 // 5 + len(sender.points)
    faults = server.rows("SELECT name, call_count FROM power_fault WHERE report_key LIKE 'storm-%'")
    assert len(faults) == expected
    assert {name for names in told.values() for name in names} == {name for name, _n in faults}
    assert sum(count for _name, count in faults) == REPORTS
    assert statuses[201] == expected
    _wait_until_none(server, "power_fault WHERE grouping_pending AND report_key LIKE 'storm-%'")


@contextlib.contextmanager
def _board_in_use(server) -> Iterator[list[int]]:
    """A dispatcher whose board is read anew each second: how many faults each reading showed."""
    dispatcher = Session(server, "dispatcher")
    over, looks = threading.Event(), []

    def look() -> None:
        while not over.is_set():
            domain = [("is_open", "=", True)]
            found = dispatcher.call(
                "power.fault", "web_search_read", domain, {"name": {}}, limit=80
            )
            looks.append(len(found["records"]))
            over.wait(1)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield looks
    finally:
        over.set()
        watching.join()


def _wait_until_none(server, rows: str) -> None:
    """The scheduled action, woken by the reports, leaves none of these."""
    for _ in range(480):
        if not server.rows(f"SELECT 1 FROM {rows} LIMIT 1"):
            return
        time.sleep(0.25)
    raise AssertionError(f"still there: {rows}")
