"""A month's invoices of service contracts beside plain OCA contracts of the same lines, in one run.

`--contracts 10000` makes so many of each (the default is 1000); `--plain 1000` makes fewer plain
ones, which take most of the time; `--rounds 3` invoices so many months. Parts of the two alternate,
so that both meet the same machine. Invoices are made and posted. Ratios are plain by service, a
contract, of processor time of Odoo and PostgreSQL together and of the clock: more than 1 is faster
than plain. A last month has a broken contract among the services.
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
    counts = {"plain": options.plain or options.contracts, "service": options.contracts}
    postgres.ensure()
    database.ensure_suite(TEMPLATE, demo=False, fresh=False, language="en_US")
    database.clone(TEMPLATE, NAME)
    log = paths.DATA / "log" / "bench-contracts.log"
    try:
        run(
            database.shell(NAME),
            "The bench failed.",
            env=odoo.child_environment() | {"POWER_BENCH": json.dumps(vars(options) | counts)},
            stdin=PROGRAM.read_text(),
            log=log,
        )
    finally:
        database.drop(NAME)
    lines = [line for line in log.read_text().splitlines() if "BENCH {" in line]
    if not lines:
        raise Stop(f"The bench did not finish; see {log}.")
    facts = [json.loads(line.split("BENCH ", 1)[1]) for line in lines]
    _print([fact for fact in facts if fact["kind"] != "broken"], counts)
    _print_broken(facts[-1], options.contracts)
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench contracts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--contracts", type=int, default=1000, help="of each kind")
    parser.add_argument("--plain", type=int, help="of plain ones, where fewer")
    parser.add_argument("--rounds", type=int, default=3, help="months invoiced")
    parser.add_argument("--batch", type=int, default=1000, help="contracts in one call")
    return parser.parse_args(arguments)


def _print(facts: list[dict], counts: dict[str, int]) -> None:
    """Medians over the months; both kinds made the same invoices, or nothing is printed."""
    totals = {(fact["month"], fact["total"]) for fact in facts}
    if len(totals) != len({month for month, _total in totals}):
        raise Stop(f"The two do not come to the same total: {sorted(totals)}")
    if any(fact["count"] != counts[fact["kind"]] for fact in facts):
        raise Stop(f"Not every contract has a posted invoice: {facts}")
    print(
        f"{'contracts a month':<26}{'per second':>12}{'cpu ms each':>13}"
        f"{'ratio cpu':>11}{'clock':>8}"
    )
    plain = {}
    for kind in ("plain", "service"):
        some = [fact["time"] for fact in facts if fact["kind"] == kind]
        count = counts[kind]
        wall, cpu = (statistics.median(one[key] for one in some) / count for key in ("wall", "cpu"))
        plain = plain or {"wall": wall, "cpu": cpu}
        print(
            f"{f'{count:,} {kind}':<26}{1 / wall:>12.1f}{1000 * cpu:>13.2f}"
            f"{plain['cpu'] / cpu:>11.2f}{plain['wall'] / wall:>8.2f}"
        )


def _print_broken(fact: dict, count: int) -> None:
    """The one that was broken is listed with its reason, all others are invoiced."""
    if fact["kind"] != "broken" or fact["listed"] != [fact["broken"]]:
        raise Stop(f"The broken contract is not the one that is listed: {fact}")
    if fact["invoiced"] != count - 1:
        raise Stop(f"A broken contract stopped others: {fact}")
    print(f"1 broken: {fact['invoiced']:,} invoiced; {fact['broken']}: {fact['reason']}")


if __name__ == "__main__":
    console.main(lambda: main(sys.argv[1:]))
