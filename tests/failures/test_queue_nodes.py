"""Two servers do the jobs of one run behind a load balancer; one of them is killed with kill -9."""

import contextlib
import http.server
import itertools
import threading
import time
import urllib.request
from collections.abc import Iterator

import pytest
from conftest import Server, Session, free_port, running_server
from house import postgres

from failures.conftest import assert_billed_once, rows

NODE = ("--load=base,web,queue_job", "--max-cron-threads=1")
RUNNER = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"


class Balancer(http.server.ThreadingHTTPServer):
    """Hands each request to the next server in turn that answers, as HAProxy would."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", free_port()), _Forward)
        self.servers: list[Server] = []
        self.turn = itertools.count()

    def pick(self) -> list[Server]:
        first = next(self.turn) % len(self.servers)
        return self.servers[first:] + self.servers[:first]


class _Forward(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        for server in self.server.pick():
            request = urllib.request.Request(server.url + self.path)
            request.add_header("X-Odoo-Database", server.database)
            with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=300):
                break
        with contextlib.suppress(OSError):  # the runner does not wait for the end of a job
            self.send_response(200)
            self.end_headers()

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def two_servers(month_to_bill, monkeypatch) -> Iterator[tuple[int, Server, Server]]:
    """Servers on one database, alike, and the run that waits for them."""
    name, run = month_to_bill
    _prepare(name, run)
    balancer = Balancer()
    threading.Thread(target=balancer.serve_forever, daemon=True).start()
    monkeypatch.setenv("ODOO_QUEUE_JOB_HOST", "127.0.0.1")
    monkeypatch.setenv("ODOO_QUEUE_JOB_PORT", str(balancer.server_port))
    monkeypatch.setenv("ODOO_QUEUE_JOB_CHANNELS", "root:4")
    with (
        running_server(name, *NODE, label="node-1") as first,
        running_server(name, *NODE, label="node-2") as second,
    ):
        balancer.servers += [first, second]
        _wait_for(lambda: rows(name, RUNNER)[0][0], "a job runner")
        yield run, first, second
    balancer.shutdown()


def _prepare(name: str, run: int) -> None:
    """Small batches, no approval, and no scheduled action but the one that makes the jobs."""
    postgres.rows("UPDATE res_company SET power_bill_batch = 4", name)
    postgres.rows("UPDATE power_bill_run SET auto_post = TRUE WHERE id = %s", name, run)
    postgres.rows(
        "UPDATE ir_cron SET active = FALSE WHERE id NOT IN (SELECT res_id FROM ir_model_data"
        " WHERE module = 'power_billing' AND name = 'ir_cron_continue_runs')",
        name,
    )


def test_one_server_is_killed_and_the_other_finishes(two_servers):
    run, victim, other = two_servers
    name = other.database
    Session(other, "clerk").call("power.bill.run", "action_start", [run])
    _wait_for(lambda: _count_done(name, run) >= 40, "40 rated bills")
    victim.kill()
    assert _count_done(name, run) < _count(name, run), "killed too late to prove anything"
    _wait_for(lambda: _count(name, run, "posted") == _count(name, run), "an end")
    assert assert_billed_once(name, run) > 200
    workers = rows(
        name,
        "SELECT count(DISTINCT worker_pid) FROM queue_job"
        " WHERE state = 'done' AND identity_key LIKE %s",
        f"power.bill.run:{run}:rating:%",
    )[0][0]
    assert workers == 2, "both servers rated"


def _count(name: str, run: int, state: str = "%") -> int:
    return rows(
        name, "SELECT count(*) FROM power_bill WHERE run_id = %s AND state LIKE %s", run, state
    )[0][0]


def _count_done(name: str, run: int) -> int:
    return _count(name, run, "rated") + _count(name, run, "posted")


def _wait_for(reached, what: str) -> None:
    for _ in range(2400):
        if reached():
            return
        time.sleep(0.05)
    raise AssertionError(f"there never was {what}")
