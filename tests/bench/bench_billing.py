"""A month's bills: invoices a second by each route over the same bills, and whole runs by size.

`--sizes 1000,10000,100000` bills that many accounts (the default is 1000,10000);
`--rounds 3` repeats the comparison; `--sample 200` is how many bills the slow routes post.
Ratios are of processor time of Odoo and PostgreSQL together. A busy machine moves even that, for
its processors share caches and clock: beside each figure stands how long a fixed piece of work took
meanwhile ("unit"), in which figures of different hours can be compared. "Of rows" is a whole run's
speed as a share of what PostgreSQL reaches writing only the invoices' rows over one connection,
their foreign keys looked up in the same way.
"""

import argparse
import json
import statistics
import sys
from collections import defaultdict

from house import bench, console, database, postgres
from house.console import Stop

TEMPLATE = "power_bench_template"
ROWS_ALONE = "the rows alone"


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    postgres.ensure()
    database.ensure_suite(TEMPLATE, demo=False, fresh=False, language="en_US")
    lines = bench.told_by("billing", options, template=TEMPLATE, modules=["contract"])
    facts = [json.loads(line) for line in lines]
    routes = [fact for fact in facts if fact["kind"] == "route"]
    _print_routes(routes)
    alone = [one for one in routes if one["name"].startswith(ROWS_ALONE)]
    limits = [
        one["count"] / one["spent"]["wall"] for one in alone if one["name"] == alone[-1]["name"]
    ]
    _print_runs([fact for fact in facts if fact["kind"] == "run"], limits)
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
        "set_sample": 4000,
        "batch": given.batch,
        "compare": sizes[:2][-1] if given.rounds else 0,
    }


def _print_routes(facts: list[dict]) -> None:
    """Medians over the rounds; every route made the same invoices, or nothing is printed."""
    rounds = defaultdict(list)
    totals = defaultdict(set)
    for fact in facts:
        rounds[fact["name"]].append(fact)
        totals[fact["count"]].add(fact["total"])
    if any(len(total) > 1 for total in totals.values()):
        raise Stop(f"The routes do not come to the same total: {dict(totals)}")
    print(
        f"{'invoices of five charges':<36}{'per second':>12}{'cpu ms each':>13}{'of it Odoo':>12}"
        f"{'ratio':>8}{'unit ms':>9}"
    )
    plain = None
    for name, some in rounds.items():
        wall, cpu, own = (
            statistics.median(one["spent"][key] / one["count"] for one in some)
            for key in ("wall", "cpu", "odoo")
        )
        unit = statistics.median(one["processor"] for one in some)
        plain = plain or cpu
        print(
            f"{name:<36}{1 / wall:>12.1f}{1000 * cpu:>13.2f}{1000 * own:>12.2f}"
            f"{plain / cpu:>8.1f}{unit:>9.1f}"
        )


def _print_runs(facts: list[dict], limits: list[float]) -> None:
    """:param limits: invoices a second of the rows alone, a round each; none without rounds."""
    print(
        f"{'whole run, accounts':<30}{'bills/s':>10}{'of rows':>9}{'cpu ms each':>13}"
        f"{'of it Odoo':>12}{'unit ms':>9}{'MB':>7}{'peak MB':>9}"
    )
    for fact in facts:
        count, spent = fact["count"], fact["spent"]
        wall = sum(part["wall"] for part in spent.values())
        cpu, own = (sum(part[key] for part in spent.values()) for key in ("cpu", "odoo"))
        share = f"{count / wall / statistics.median(limits):.0%}" if limits else "-"
        name = f"{count:,}" + (", approved between" if fact["approved"] else "")
        print(
            f"{name:<30}{count / wall:>10.1f}{share:>9}{1000 * cpu / count:>13.2f}"
            f"{1000 * own / count:>12.2f}{fact['processor']:>9.1f}{fact['resident']:>7}"
            f"{fact['peak']:>9}"
        )


if __name__ == "__main__":
    console.main(lambda: main(sys.argv[1:]))
