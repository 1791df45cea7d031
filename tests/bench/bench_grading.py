"""Grading in sets beside plain ORM grading and a bare INSERT … SELECT, in one run; validation.

`--sizes 20000,200000` grades that many customers by ten indicators (the default is 200000);
`--orm 200000` is the largest size that the ORM grades, too. Seconds of a busy machine say little:
compare the ratios.
"""

import argparse
import json
import sys

from house import bench

MODULES = ["power_grading", "power_grading_billing"]


def main(arguments: list[str]) -> int:
    lines = bench.told_by("grading", _parse(arguments), modules=MODULES)
    facts = [json.loads(line) for line in lines]
    for fact in facts:
        if fact["kind"] == "speed":
            _print_speed(fact)
    _print_validation([fact for fact in facts if fact["kind"] == "validation"])
    return 0


def _parse(arguments: list[str]) -> dict:
    parser = argparse.ArgumentParser(
        prog="scripts/bench grading",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sizes", default="200000", help="customers of each run")
    parser.add_argument("--orm", type=int, default=200_000, help="largest size graded by the ORM")
    given = parser.parse_args(arguments)
    return {"sizes": [int(size) for size in given.sizes.split(",")], "orm": given.orm}


def _print_speed(fact: dict) -> None:
    count, whole = fact["count"], fact["first"] + fact["in_force"]
    print(f"{f'{count:,} customers, 10 indicators':<50}{'seconds':>10}{'a second':>12}")
    for name, seconds in (
        ("first run, every customer written", fact["first"]),
        ("  put in force", fact["in_force"]),
        ("bare INSERT … SELECT of as many rows", fact["bare"]),
        ("second run, nothing changed", fact["again"]),
        ("third run, 2 % of the inputs changed", fact["few"]),
        ("_read_group and grouped writes", fact.get("orm")),
    ):
        if seconds is not None:
            print(f"{name:<50}{seconds:>10.1f}{count / seconds:>12,.0f}")
    for name, value in (
        ("first run in bare inserts (goal: at most 3)", fact["first"] / fact["bare"]),
        ("  with putting in force", whole / fact["bare"]),
        ("ORM in runs without change (goal: 10)", fact.get("orm", 0) / fact["again"]),
        ("ORM in first runs put in force", fact.get("orm", 0) / whole),
    ):
        if value:
            print(f"{name:<50}{value:>10.1f}")
    print(f"{'results written by the second run':<50}{fact['again_written']:>10,}")
    print(f"{'results written by the third run':<50}{fact['few_written']:>10,}")
    print(f"{'grades moved by the third run':<50}{fact['few_moved']:>10,}")
    print(f"{'memory grew after the first run by (MB)':<50}{fact['memory']:>10.0f}\n")


def _print_validation(facts: list[dict]) -> None:
    print(f"{'graded, then six months watched':<50}{'customers':>10}{'late':>6}{'AUC':>6}{'KS':>6}"
          f"{'worst tenth catches':>21}")  # fmt: skip
    for fact in facts:
        print(
            f"{fact['name']:<50}{fact['customers']:>10}{fact['bad']:>6}{fact['auc']:>6.2f}"
            f"{fact['ks']:>6.2f}{fact['capture']:>19.0f} %"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
