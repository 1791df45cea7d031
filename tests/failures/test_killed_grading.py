"""A grading run is killed with kill -9 while it computes and while it comes into force."""

from conftest import clone_of_demo

from failures.conftest import Program, rows

PREPARE = """
shown = env["power.grading.scheme"].search([("axis", "=", "credit"), ("leading", "=", True)])
shown.leading = False
schemes = env["power.grading.scheme"].create([
    {
        "name": code, "code": code, "axis": "credit", "leading": code == "killed_first",
        "indicator_ids": [
            (0, 0, {"name": "Capacity", "source": "capacity", "transformation": "asis"})
        ],
        "band_ids": [
            (0, 0, {"sequence": 1, "letter": "A", "name": "A", "value_from": 100,
                    "open_above": True}),
            (0, 0, {"sequence": 2, "letter": "B", "name": "B", "value_to": 100,
                    "open_below": True}),
        ],
    }
    for code in ("killed_first", "killed_second")
])
schemes.action_activate()


def new_run():
    return env["power.grading.run"].create(
        {"line_ids": [(0, 0, {"scheme_id": scheme.id}) for scheme in schemes]}
    )


first = new_run()
first.action_compute()
first.action_approve()
# every customer goes to the other band
env.cr.execute(
    "UPDATE res_partner SET power_capacity_kva = CASE WHEN power_capacity_kva >= 100 THEN 1"
    " ELSE 1000 END WHERE power_is_customer"
)
env.invalidate_all()
run = new_run()
env.cr.commit()
print("RUN", run.id, env.company.id)
"""

# what runs up to a point and waits there to be killed
GO = """
import time

run = env["power.grading.run"].browse({run})


def wait_after(model, name, times):
    original, calls = getattr(type(model), name), []

    def waiting(records, *arguments):
        result = original(records, *arguments)
        calls.append(records)
        if len(calls) == times:
            env.flush_all()
            print("HALF", flush=True)
            time.sleep(600)
        return result

    setattr(type(model), name, waiting)


{wait}
if run.state in ("draft", "running"):
    run.action_compute()
if run.state == "computed":
    run.action_approve()
print("FINISHED", run.state)
"""


def test_grades_in_force_outlive_a_killed_run():
    with clone_of_demo("power_killed_grading") as name:
        output = Program(name, PREPARE).finish()
        assert "RUN " in output, output[-3000:]
        run, company = map(int, output.split("RUN ")[1].split()[:2])
        before = _letters(name, company)
        assert {letter for _partner, letter in before} >= {"A", "B"}

        # the results of the second scheme are written, and not committed
        _kill_at(name, run, 'wait_after(run.line_ids, "_insert_results", 2)')
        assert _letters(name, company) == before
        assert _states(name, run) == ("running", ["computed", "waiting"], 1)

        # marked as in force, letters written, and not committed
        _kill_at(name, run, 'wait_after(run.line_ids, "_put_in_force", 1)')
        assert _letters(name, company) == before
        assert _states(name, run) == ("computed", ["computed", "computed"], 2)

        output = Program(name, GO.format(run=run, wait="")).finish()
        assert "FINISHED approved" in output, output[-3000:]
        other = {"A": "B", "B": "A", None: None}
        assert _letters(name, company) == [(who, other[letter]) for who, letter in before]


def _kill_at(name: str, run: int, wait: str) -> None:
    program = Program(name, GO.format(run=run, wait=wait))
    said = []
    for line in program.child.stdout:
        said.append(line)
        if "HALF" in line:
            break
    else:
        raise AssertionError("".join(said)[-3000:])
    program.kill()


def _letters(name: str, company: int) -> list[tuple]:
    return rows(
        name,
        "SELECT partner_id, credit FROM power_customer_grade WHERE company_id = %s ORDER BY 1",
        company,
    )


def _states(name: str, run: int) -> tuple:
    """State of the run, states of its lines, and how many of them have results."""
    ((state,),) = rows(name, "SELECT state FROM power_grading_run WHERE id = %s", run)
    lines = rows(
        name, "SELECT id, state FROM power_grading_run_line WHERE run_id = %s ORDER BY id", run
    )
    ((graded,),) = rows(
        name,
        "SELECT count(DISTINCT line_id) FROM power_grading_result WHERE line_id IN %s",
        tuple(line for line, _state in lines),
    )
    return state, [state for _line, state in lines], graded
