"""Two processes work on one run; one of them is killed with kill -9."""

import time

from failures.conftest import Program, assert_billed_once, rows

START = """
run = env["power.bill.run"].browse({run})
run.company_id.power_bill_batch = 5
run.action_start()
env.cr.commit()
print("STARTED", run.state)
"""
WORK = """
from odoo.exceptions import UserError

run = env["power.bill.run"].browse({run})
done = []


def report(count):
    env.cr.commit()
    done.append(count)
    return True


while run.state != "done":
    if run.state == "rated":
        run.action_approve()
        env.cr.commit()
    try:
        run._work(report)
    except UserError:
        env.cr.rollback()
    env.invalidate_all()
print("FINISHED", run.state, "DONE", sum(done))
"""


def test_they_share_the_work(month_to_bill):
    name, run = month_to_bill
    assert "STARTED rating" in Program(name, START.format(run=run)).finish()
    programs = [Program(name, WORK.format(run=run)) for _number in range(2)]
    shares = []
    for program in programs:
        output = program.finish()
        assert "FINISHED done" in output, output[-3000:]
        shares.append(int(output.split("DONE ")[1].split()[0]))
    bills = assert_billed_once(name, run)
    assert sum(shares) == 2 * bills, "every bill is rated once and posted once"


def test_one_is_killed_and_the_other_finishes(month_to_bill):
    name, run = month_to_bill
    assert "STARTED rating" in Program(name, START.format(run=run)).finish()
    victim, other = (Program(name, WORK.format(run=run)) for _number in range(2))
    _wait_until_rated(name, run, 30)
    victim.kill()
    rated = _count(name, run, "rated") + _count(name, run, "posted")
    assert rated < _count(name, run), "killed too late to prove anything"
    output = other.finish()
    assert "FINISHED done" in output, output[-3000:]
    assert assert_billed_once(name, run) > 200


def _count(name: str, run: int, state: str = "%") -> int:
    return rows(
        name, "SELECT count(*) FROM power_bill WHERE run_id = %s AND state LIKE %s", run, state
    )[0][0]


def _wait_until_rated(name: str, run: int, least: int) -> None:
    for _ in range(2400):
        if _count(name, run, "rated") >= least:
            return
        time.sleep(0.02)
    raise AssertionError(f"the run never had {least} bills rated")
