"""Two processes work on one run; one of them is killed with kill -9."""

import time

from failures.conftest import Program, assert_billed_once, held_back, rows

START = """
run = env["power.bill.run"].browse({run})
run.company_id.power_bill_batch = 5
run.auto_post = True
run.action_start()
env.cr.commit()
print("STARTED", run.state)
"""
# Both begin in the same moment: the first one up would be done before the other is.
WORK = """
run = env["power.bill.run"].browse({run})
done = 0


def report(count):
    global done
    done += count
    env.cr.commit()
    return True


env.cr.execute("SELECT pg_advisory_xact_lock_shared({gate})")
env.cr.rollback()
while run.state != "done":
    run._work(report)
    env.invalidate_all()
print("FINISHED", run.state, "WITH", done, "END")
"""


def test_they_share_the_work(month_to_bill):
    name, run = month_to_bill
    programs = _start_two(name, run)
    outcomes = [_read_outcome(program) for program in programs]
    bills = assert_billed_once(name, run)
    assert sum(outcomes) == 2 * bills, "every bill is rated once and posted once"
    assert min(outcomes) > bills / 5, f"one did nearly all: {outcomes}"


def test_one_is_killed_and_the_other_finishes(month_to_bill):
    name, run = month_to_bill
    victim, other = _start_two(name, run)
    _wait_until_rated(name, run, 60)
    victim.kill()
    done = _count(name, run, "rated") + 2 * _count(name, run, "posted")
    assert done < 2 * _count(name, run), "killed too late to prove anything"
    outcome = _read_outcome(other)
    bills = assert_billed_once(name, run)
    assert 2 * bills - done <= outcome < 2 * bills, "the victim did some, the other one the rest"


def _start_two(name: str, run: int) -> list[Program]:
    """Two processes that begin to work on a started run in the same moment."""
    assert "STARTED rating" in Program(name, START.format(run=run)).finish()
    with held_back(name, waiting=2) as gate:
        return [Program(name, WORK.format(run=run, gate=gate)) for _number in range(2)]


def _read_outcome(program: Program) -> int:
    """Return how many bills a process rated or posted, both threads of it together."""
    output = program.finish()
    assert "FINISHED done" in output, output[-3000:]
    return int(output.split("FINISHED done WITH")[1].split()[0])


def _count(name: str, run: int, state: str = "%") -> int:
    return rows(
        name, "SELECT count(*) FROM power_bill WHERE run_id = %s AND state LIKE %s", run, state
    )[0][0]


def _wait_until_rated(name: str, run: int, least: int) -> None:
    for _ in range(2400):
        if _count(name, run, "rated") + _count(name, run, "posted") >= least:
            return
        time.sleep(0.02)
    raise AssertionError(f"the run never had {least} bills rated")
