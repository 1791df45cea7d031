"""A month's bills: invoices a second by each route over the same bills, and whole runs by size.

`--sizes 1000,10000,100000` bills that many accounts (the default is 1000,10000);
`--rounds 3` repeats the comparison; `--sample 200` is how many bills the slow routes post.
Ratios are of processor time of Odoo and PostgreSQL together, which a busy machine hardly moves.
"""

import argparse
import json
import statistics
import sys
from collections import defaultdict

from house import database, odoo, paths, postgres
from house.console import Stop, run

TEMPLATE = "power_bench_template"
NAME = "power_bench_billing"
PROGRAM = paths.ROOT / "tests" / "bench" / "programs" / "billing.py"


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    postgres.ensure()
    database.ensure_suite(TEMPLATE, demo=False, fresh=False, language="en_US")
    database.clone(TEMPLATE, NAME)
    log = paths.DATA / "log" / "bench-billing.log"
    try:
        run(
            database.shell(NAME),
            "The bench failed.",
            env=odoo.child_environment() | {"POWER_BENCH": json.dumps(options)},
            stdin=PROGRAM.read_text(),
            log=log,
        )
    finally:
        database.drop(NAME)
    facts = [json.loads(line.split("BENCH ", 1)[1]) for line in _bench_lines(log)]
    if not any(fact["kind"] == "run" for fact in facts):
        raise Stop(f"The bench did not finish; see {log}.")
    _print_routes([fact for fact in facts if fact["kind"] == "route"])
    _print_runs([fact for fact in facts if fact["kind"] == "run"])
    return 0


def _parse(arguments: list[str]) -> dict:
    parser = argparse.ArgumentParser(
        prog="scripts/bench billing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sizes", default="1000,10000", help="accounts of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", type=int, default=200, help="bills of the slow routes")
    parser.add_argument("--batch", type=int, default=1000, help="bills in one transaction")
    given = parser.parse_args(arguments)
    sizes = [int(size) for size in given.sizes.split(",")]
    return {
        "sizes": sizes,
        "rounds": given.rounds,
        "sample": min(given.sample, sizes[0]),
        "set_sample": min(4000, sizes[0]),
        "batch": given.batch,
        "compare": given.rounds > 0,
    }


def _bench_lines(log) -> list[str]:
    return [line for line in log.read_text().splitlines() if "BENCH {" in line]


def _print_routes(facts: list[dict]) -> None:
    """Medians over the rounds; every route made the same invoices, or nothing is printed."""
    rounds = defaultdict(list)
    totals = defaultdict(set)
    for fact in facts:
        rounds[fact["name"]].append(fact)
        totals[fact["count"]].add(fact["total"])
    if any(len(total) > 1 for total in totals.values()):
        raise Stop(f"The routes do not come to the same total: {dict(totals)}")
    print(f"{'invoices of five charges':<28}{'per second':>12}{'cpu ms each':>13}{'ratio':>8}")
    plain = None
    for name, some in rounds.items():
        wall = statistics.median(one["spent"]["wall"] / one["count"] for one in some)
        cpu = statistics.median(one["spent"]["cpu"] / one["count"] for one in some)
        plain = plain or cpu
        print(f"{name:<28}{1 / wall:>12.1f}{1000 * cpu:>13.2f}{plain / cpu:>8.1f}")


def _print_runs(facts: list[dict]) -> None:
    print(
        f"{'whole run, accounts':<20}{'rated/s':>10}{'posted/s':>10}{'bills/s':>10}"
        f"{'cpu ms each':>13}{'MB':>7}{'peak MB':>9}"
    )
    for fact in facts:
        count, spent = fact["count"], fact["spent"]
        wall = sum(part["wall"] for part in spent.values())
        cpu = sum(part["cpu"] for part in spent.values())
        print(
            f"{count:<20,}{count / spent['rated']['wall']:>10.1f}"
            f"{count / spent['posted']['wall']:>10.1f}{count / wall:>10.1f}"
            f"{1000 * cpu / count:>13.2f}{fact['resident']:>7}{fact['peak']:>9}"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
