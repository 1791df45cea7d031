"""Two clerks press the same buttons of the same run in the same second."""

import threading

from conftest import RefusedError, Session, running_server

from failures.conftest import Program, assert_billed_once, rows

FINISH = """
run = env["power.bill.run"].browse({run})
run._process_all(commit=True)
print("FINISHED", run.state)
"""


def test_one_bills_and_the_other_is_told(month_to_bill):
    name, run = month_to_bill
    told: list[str] = []
    with running_server(name) as server:
        clerks = [Session(server, login) for login in ("clerk", "manager")]
        start = threading.Barrier(len(clerks))

        def press(clerk: Session) -> None:
            start.wait()
            for button in ("action_start", "action_run_now"):
                try:
                    clerk.call("power.bill.run", button, [run])
                except RefusedError as refused:
                    told.append(str(refused))

        people = [threading.Thread(target=press, args=(clerk,)) for clerk in clerks]
        for person in people:
            person.start()
        for person in people:
            person.join()
    assert told, "nobody was told that the other one is at it"
    for message in told:
        assert "just now, by another user" in message or "already started by" in message
    assert rows(name, "SELECT count(*) FROM power_bill WHERE run_id = %s", run)[0][0] > 200
    output = Program(name, FINISH.format(run=run)).finish()
    assert "FINISHED done" in output, output[-3000:]
    assert_billed_once(name, run)
