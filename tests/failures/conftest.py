"""Programs that run inside an Odoo of their own, and can be killed there."""

import contextlib
import subprocess
import textwrap
import time
from collections.abc import Iterator

import psycopg2
import pytest
from conftest import clone_of_demo, database, odoo, postgres, process

PREPARE = """
from dateutil.relativedelta import relativedelta
from odoo import fields

# the month after the last one billed, with a reading of every register that is in use
last = max(env["power.bill"].search([]).mapped("period_from"))
month = last + relativedelta(months=1)
day = min(month + relativedelta(months=1, days=-1), fields.Date.today())
readings = env["power.meter.reading"]
meters = env["power.meter"].search(
    [("supply_point_id.state", "in", ("active", "suspended")), ("date_removed", "=", False)]
)
readings.search([("date", ">=", month), ("kind", "!=", "initial")]).unlink()
for register in meters.register_ids:
    before = register.reading_ids.sorted("date", reverse=True)
    used = before[0].value - before[1].value if len(before) > 1 else 100
    moved = 0 if register.quantity == "demand" else max(used, 1)
    readings += readings.create(
        {"register_id": register.id, "meter_id": register.meter_id.id, "date": day,
         "value": before[0].value + moved}
    )
readings.filtered(lambda reading: reading.state == "held").action_release()
env.company.power_bill_batch = 20
run = env["power.bill.run"].create({"period": month, "invoice_date": day})
env.cr.commit()
print("RUN", run.id)
"""


class Program:
    """A Python program in an Odoo shell on a database."""

    def __init__(self, name: str, code: str):
        self.child = process.start(
            database.shell(name),
            odoo.child_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.child.stdin.write(textwrap.dedent(code))
        self.child.stdin.close()

    def finish(self, timeout: float = 300) -> str:
        """Wait for its end; everything it printed."""
        try:
            output = self.child.stdout.read()
            self.child.wait(timeout)
        finally:
            self.child.kill()
        return output

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()


@pytest.fixture
def month_to_bill(request):
    """A clone of the demo utility with an unbilled month that is fully read, and its run."""
    with clone_of_demo(f"power_{request.path.stem}") as name:
        output = Program(name, PREPARE).finish()
        assert "RUN " in output, output[-3000:]
        yield name, int(output.split("RUN ")[1].split()[0])


@contextlib.contextmanager
def held_back(name: str, waiting: int) -> Iterator[int]:
    """A gate, as the key of an advisory lock, which opens when so many processes wait at it."""
    gate = 20260101
    with contextlib.closing(psycopg2.connect(dbname=name)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [gate])
        yield gate
        for _ in range(1200):
            if _count_waiting(name, gate) >= waiting:
                return
            time.sleep(0.1)
    raise AssertionError(f"{waiting} processes never came to the gate")


def _count_waiting(name: str, gate: int) -> int:
    return rows(
        name,
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted",
        gate,
    )[0][0]


def rows(name: str, statement: str, *parameters) -> list[tuple]:
    return postgres.rows(statement, name, *parameters)


def assert_billed_once(name: str, run: int) -> int:
    """Every point in scope has one posted bill, each with one invoice, numbered without a gap.

    :return: how many bills there are
    """
    points = rows(
        name,
        "SELECT count(*) FROM power_supply_point WHERE active AND state IN ('active', 'suspended')",
    )[0][0]
    states = rows(
        name, "SELECT state, count(*) FROM power_bill WHERE run_id = %s GROUP BY state", run
    )
    assert dict(states) == {"posted": points}
    twice = rows(
        name,
        "SELECT supply_point_id, period_from FROM power_bill WHERE state <> 'cancelled' "
        "AND settlement_id IS NULL GROUP BY 1, 2 HAVING count(*) > 1",
    )
    assert twice == []
    invoices, distinct = rows(
        name,
        "SELECT count(move_id), count(DISTINCT move_id) FROM power_bill WHERE run_id = %s",
        run,
    )[0]
    assert invoices == distinct == points
    loose = rows(
        name,
        "SELECT name FROM account_move move WHERE journal_id = (SELECT journal_id FROM "
        "power_bill_run WHERE id = %s) AND move_type = 'out_invoice' AND NOT EXISTS "
        "(SELECT FROM power_bill WHERE move_id = move.id)",
        run,
    )
    assert loose == []
    gaps = rows(
        name,
        """
        SELECT sequence_prefix, max(sequence_number) - min(sequence_number) + 1 - count(*),
               min(sequence_number), count(*) - count(DISTINCT sequence_number)
          FROM account_move
         WHERE journal_id = (SELECT journal_id FROM power_bill_run WHERE id = %s)
           AND move_type = 'out_invoice' AND state = 'posted'
      GROUP BY sequence_prefix
        HAVING max(sequence_number) - min(sequence_number) + 1 <> count(*)
            OR min(sequence_number) <> 1 OR count(*) <> count(DISTINCT sequence_number)
        """,
        run,
    )
    assert gaps == []
    return points
