"""A month's invoices of service contracts beside plain OCA contracts of the same lines, in one run.

`--contracts 10000` makes so many of each (the default is 1000); `--rounds 3` invoices so many
months. Batches of the two alternate, so that both meet the same machine. Ratios are of processor
time of Odoo and PostgreSQL together, plain by service: more than 1 is faster than plain.
"""

import argparse
import json
import statistics
import sys

from house import console, database, odoo, paths, postgres
from house.console import Stop, run

TEMPLATE = "power_bench_template"
NAME = "power_bench_contracts"
PROGRAM = paths.ROOT / "tests" / "bench" / "programs" / "contracts.py"


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    postgres.ensure()
    database.ensure_suite(TEMPLATE, demo=False, fresh=False, language="en_US")
    database.clone(TEMPLATE, NAME)
    log = paths.DATA / "log" / "bench-contracts.log"
    try:
        run(
            database.shell(NAME),
            "The bench failed.",
            env=odoo.child_environment() | {"POWER_BENCH": json.dumps(vars(options))},
            stdin=PROGRAM.read_text(),
            log=log,
        )
    finally:
        database.drop(NAME)
    lines = [line for line in log.read_text().splitlines() if "BENCH {" in line]
    if not lines:
        raise Stop(f"The bench did not finish; see {log}.")
    _print([json.loads(line.split("BENCH ", 1)[1]) for line in lines], options.contracts)
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench contracts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--contracts", type=int, default=1000, help="of each kind")
    parser.add_argument("--rounds", type=int, default=3, help="months invoiced")
    parser.add_argument("--batch", type=int, default=100, help="contracts in one call")
    return parser.parse_args(arguments)


def _print(facts: list[dict], count: int) -> None:
    """Medians over the months; both kinds made the same invoices, or nothing is printed."""
    totals = {(fact["month"], fact["total"]) for fact in facts}
    if len(totals) != len({month for month, _total in totals}):
        raise Stop(f"The two do not come to the same total: {sorted(totals)}")
    print(f"{f'{count:,} contracts a month':<34}{'per second':>12}{'cpu ms each':>13}{'ratio':>8}")
    for what in ("drafted", "posted", "both"):
        plain = None
        for kind in ("plain", "service"):
            some = [_get_spent(fact, what) for fact in facts if fact["kind"] == kind]
            wall = statistics.median(spent["wall"] for spent in some) / count
            cpu = statistics.median(spent["cpu"] for spent in some) / count
            plain = plain or cpu
            print(f"{f'{kind}, {what}':<34}{1 / wall:>12.1f}{1000 * cpu:>13.2f}{plain / cpu:>8.2f}")


def _get_spent(fact: dict, what: str) -> dict:
    if what != "both":
        return fact[what]
    return {key: fact["drafted"][key] + fact["posted"][key] for key in ("wall", "cpu")}


if __name__ == "__main__":
    console.main(lambda: main(sys.argv[1:]))
