"""Reports over HTTP: how many a second are taken with the board open, how soon they are grouped.

Two worker processes, ten thousand supply points below four substations, reports from anywhere.
`BENCH_RATE` (50 a second) and `BENCH_SECONDS` (60) say what is offered; the processors the server
used are told beside it, because a machine that others use answers later without working more.
"""

import contextlib
import http.client
import json
import os
import random
import statistics
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from house import bench, console, database, paths

sys.path.insert(0, str(paths.ROOT / "tests"))
from conftest import Session, running_server

NAME = "power_bench_intake"
RATE = float(os.environ.get("BENCH_RATE", "50"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
POINTS = 10_000
CLIENTS = 8
# Points that only warm the workers up.
WARM = 4
# A county town: so many substations, each with feeders, each with transformers of fifty customers.
SUBSTATIONS, FEEDERS, TRANSFORMERS = 4, 5, 10
PROGRAM = f"""
company = env.ref("base.main_company")
nodes = env["power.network.node"].with_context(tracking_disable=True)

def create(tops, kind, mark, count):
    return nodes.create([
        {{"name": f"{{top.code or 'B'}}{{mark}}{{n}}", "code": f"{{top.code or 'B'}}{{mark}}{{n}}",
          "kind": kind, "parent_id": top.id, "company_id": company.id}}
        for top in tops for n in range(count)])

substations = create([nodes], "substation", "S", {SUBSTATIONS})
feeders = create(substations, "feeder", "F", {FEEDERS})
below = create(feeders, "transformer", "T", {TRANSFORMERS})
assert len(below) == {POINTS} // 50
partner = env["res.partner"].create({{"name": "Bench"}})
category = env["power.usage.category"].search([], limit=1)
area = env["power.area"].search([("company_id", "=", company.id)], limit=1)
env.flush_all()
env.cr.execute('''
    INSERT INTO power_supply_point (number, name, partner_id, company_id, active, state, node_id,
        area_id, usage_category_id, voltage_class, phases, metering_mode, date_activated)
    SELECT 'BENCH'||n, 'B', %s, %s, TRUE, 'active', %s + n / 50, %s, %s, '220v', 'single', 'lv_lv',
        '2020-01-01' FROM generate_series(0, %s - 1) n''',
    [partner.id, company.id, below[0].id, area.id, category.id, {POINTS}])
nodes._refresh_customer_totals()
env.cr.execute("UPDATE ir_cron SET active = FALSE WHERE id <> %s",
    [env.ref("power_faults.ir_cron_group_reports").id])
channel = env["power.fault.channel"].create({{"name": "Bench", "company_id": company.id}})
print("TOKEN", channel._renew_token())
env.cr.execute("ANALYZE power_supply_point; ANALYZE power_network_node")
env.cr.commit()
"""


def main() -> int:
    with bench.copied(NAME):
        token = _prepare()
        options = ("--workers=2", "--max-cron-threads=1", "--limit-time-real=600")
        with running_server(NAME, *options) as server:
            return _Run(server, token).drive()


def _prepare() -> str:
    output = database.execute(NAME, PROGRAM)
    found = [line.split()[-1] for line in output.splitlines() if "TOKEN " in line]
    return found[0]


class _Run:
    def __init__(self, server, token: str):
        self.server = server
        self.token = token
        self.address = urllib.parse.urlsplit(server.url)
        number = min(POINTS - WARM, int(RATE * SECONDS))
        self.points = random.Random(4).sample(range(POINTS - WARM), number)
        self.answers: list[tuple[int, float, float]] = []
        self.waited: list[float] = []
        self.board: list[float] = []
        self.over = threading.Event()
        self.local = threading.local()

    def drive(self) -> int:
        for number in range(WARM):  # both workers have loaded everything, and the scheduler
            self._report(f"warm-{number}", POINTS - 1 - number)
        self._wait_for_grouping()
        self.answers.clear()
        before = self._measure()
        watchers = [threading.Thread(target=work) for work in (self._look, self._watch)]
        for watcher in watchers:
            watcher.start()
        started = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            for number, point in enumerate(self.points):
                due = started + number / RATE
                time.sleep(max(0.0, due - time.perf_counter()))
                pool.submit(self._report, str(number), point, due)
        took = time.perf_counter() - started
        self._wait_for_grouping()
        self.over.set()
        for watcher in watchers:
            watcher.join()
        used = [after - at_first for after, at_first in zip(self._measure(), before, strict=True)]
        return self._tell(took, *used)

    def _measure(self) -> tuple[float, float]:
        """Processor seconds used so far by Odoo, and by a PostgreSQL of this machine."""
        backends = self.server.rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", NAME
        )
        return _cpu(self.server.child.pid), sum(_cpu(pid) for (pid,) in backends)

    def _report(self, key: str, point: int, due: float | None = None) -> None:
        body = json.dumps({"supply_point": f"BENCH{point}", "symptom": "no_power"})
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": key,
            "X-Odoo-Database": NAME,
        }
        begin = time.perf_counter()
        status = 0
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(self.address.netloc, timeout=120)
            connection.request("POST", "/power/api/faults", body, headers)
            answer = connection.getresponse()
            answer.read()
            status = answer.status
            connection.close()
        end = time.perf_counter()
        self.answers.append((status, end - begin, end - (due or begin)))

    def _look(self) -> None:
        """A dispatcher's board, read anew each second as the bus asks for it."""
        user = Session(self.server, "manager")
        fields = {"name": {}, "state": {}, "priority": {}, "date_deadline": {}, "crew_id": {}}
        while not self.over.wait(1):
            begin = time.perf_counter()
            user.call("power.fault", "web_search_read", [("is_open", "=", True)], fields, limit=80)
            self.board.append(time.perf_counter() - begin)

    def _watch(self) -> None:
        """How long the oldest report waits to be made a fault and for its decision."""
        while not self.over.wait(0.25):
            self.waited.append(self._get_oldest())

    def _get_oldest(self) -> float:
        found = self.server.rows(
            """
            SELECT extract(epoch FROM now() AT TIME ZONE 'UTC' - min(date)) FROM (
                SELECT date_reported AS date FROM power_fault
                 WHERE grouping_pending AND report_key IS NOT NULL
                 UNION ALL
                SELECT create_date FROM power_fault_report WHERE state <> 'done') waiting
            """
        )
        return float(found[0][0] or 0)

    def _wait_for_grouping(self) -> None:
        for _ in range(480):
            if not self._get_oldest():
                return
            time.sleep(0.25)

    def _tell(self, took: float, odoo: float, postgres: float) -> int:
        good = [answer for answer in self.answers if answer[0] == 201]
        times = sorted(seconds for _status, seconds, _late in good)
        stored = self.server.rows("SELECT count(*) FROM power_fault WHERE report_key ~ '^[0-9]+$'")[
            0
        ][0]
        rate = len(good) / took
        p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else float("inf")
        oldest, usual = max(self.waited, default=0.0), statistics.median(self.waited or [0.0])
        print(
            f"  {POINTS} supply points below {SUBSTATIONS} substations with {FEEDERS} feeders each,"
            f" {TRANSFORMERS} transformers a feeder"
        )
        print(f"  offered {RATE:.0f}/s for {SECONDS:.0f} s: {len(self.points)} reports")
        print(
            f"  taken {len(good)}, stored {stored}, {rate:.1f}/s; lost {len(self.points) - stored}"
        )
        print(f"  answer: median {1000 * statistics.median(times):.0f} ms, p95 {1000 * p95:.0f} ms")
        each = 1000 * (odoo + postgres) / max(len(good), 1)
        print(
            f"  processor time: {each:.1f} ms a report"
            f" ({1000 * postgres / max(len(good), 1):.1f} of it PostgreSQL's),"
        )
        print(f"    so {1000 / each:.0f}/s for each processor")
        if self.board:
            board = statistics.median(self.board)
            print(f"  board, read {len(self.board)} times: median {1000 * board:.0f} ms")
        print(
            f"  oldest report without a decision: median {usual:.1f} s, at most {oldest:.1f} s,"
            " allowed 2 s"
        )
        _verdict(f"{RATE:.0f}/s", rate >= 0.98 * RATE and p95 < 0.5)
        _verdict("grouped within 2 s", oldest <= 2.0)
        _verdict("none lost", stored == len(self.points))
        return 0 if stored == len(self.points) else 1


def _verdict(name: str, met: bool) -> None:
    print(f"  {name}: {'met' if met else 'MISSED'}")


def _cpu(root: int) -> float:
    """Processor seconds of a process and all its children, those that have ended left out."""
    ticks = 0
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/stat") as file:
                parts = file.read().rsplit(")", 1)[1].split()
            ticks += int(parts[11]) + int(parts[12])
            with open(f"/proc/{pid}/task/{pid}/children") as file:
                waiting += map(int, file.read().split())
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    console.main(main)
