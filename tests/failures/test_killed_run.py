"""A bill run is killed with kill -9 in its middle, and run again."""

import time

from failures.conftest import Program, assert_billed_once, rows

RUN = """
run = env["power.bill.run"].browse({run})
run._process_all(commit=True)
print("FINISHED", run.state)
"""


def test_nothing_is_billed_twice_and_nothing_is_missing(month_to_bill):
    name, run = month_to_bill
    for state, least in (("rated", 40), ("posted", 60)):
        program = Program(name, RUN.format(run=run))
        _wait_for(name, run, state, least, program)
        program.kill()
        counts = _counts(name, run)
        assert counts.get(state, 0) >= least
        assert counts.get("posted", 0) < sum(counts.values()), "killed too late to prove anything"
    output = Program(name, RUN.format(run=run)).finish()
    assert "FINISHED done" in output, output[-3000:]
    assert assert_billed_once(name, run) > 200


def _counts(name: str, run: int) -> dict[str, int]:
    return dict(
        rows(name, "SELECT state, count(*) FROM power_bill WHERE run_id = %s GROUP BY 1", run)
    )


def _wait_for(name: str, run: int, state: str, least: int, program: Program) -> None:
    for _ in range(1200):
        if _counts(name, run).get(state, 0) >= least:
            return
        assert program.child.poll() is None, program.child.stdout.read()[-3000:]
        time.sleep(0.05)
    raise AssertionError(f"the run never had {least} bills {state}")
