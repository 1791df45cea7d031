"""Bills into the books: the run's route beside the plain ORM, same bills, one process, one run."""

import sys

from house import database, odoo, paths, postgres
from house.console import Stop, run

TEMPLATE = "power_demo_template"
NAME = "power_bench_bills"
PROGRAM = """
import time
COUNT, ROUNDS = 200, 3
run = env["power.bill.run"].search([("state", "=", "done")], order="period desc", limit=1)
bills = run.bill_ids.filtered(lambda bill: bill.move_id)[:COUNT]
quiet = bills._get_move_context()


def timed(make, **context):
    started = time.perf_counter()
    moves = make(**context)
    env.flush_all()
    seconds = time.perf_counter() - started
    total = round(sum(moves.mapped("amount_total")), 2)
    env.cr.rollback()
    env.invalidate_all()
    return seconds, total


def invoices(**context):
    vals = bills._prepare_move_vals_list()
    moves = env["account.move"].with_context(**context).create(vals)
    moves._post(soft=False)
    return moves


results = {"plain ORM": [], "bill run": []}
for _round in range(ROUNDS):
    results["plain ORM"].append(timed(invoices))
    results["bill run"].append(timed(invoices, **quiet))
best = {name: min(times)[0] for name, times in results.items()}
assert len({total for times in results.values() for _seconds, total in times}) == 1
print(f"BENCH {len(bills)} bills, best of {ROUNDS}")
for name, seconds in best.items():
    print(f"BENCH {name:<10} {len(bills) / seconds:8.1f} invoices/s  "
          f"{best['plain ORM'] / seconds:5.2f} x plain")
"""


def main():
    postgres.ensure()
    if not database.exists(TEMPLATE):
        raise Stop("The demo utility is not built: run ./scripts/test power_demo first.")
    database.clone(TEMPLATE, NAME)
    log = paths.DATA / "log" / "bench-bills.log"
    try:
        run(
            database.shell(NAME),
            "The bench failed.",
            env=odoo.child_environment(),
            stdin=PROGRAM,
            log=log,
        )
    finally:
        database.drop(NAME)
    lines = [line for line in log.read_text().splitlines() if "BENCH " in line]
    if not lines:
        raise Stop(f"The bench printed nothing; see {log}.")
    for line in lines:
        print(line.split("BENCH ", 1)[1])


if __name__ == "__main__":
    sys.exit(main())
