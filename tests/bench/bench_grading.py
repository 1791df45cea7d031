"""Grading in sets beside plain ORM grading and a bare INSERT … SELECT, in one run; validation.

`--sizes 20000,1000000` grades that many customers by ten indicators (the default is 200000);
`--orm 200000` is the largest size that the ORM grades, too. Ratios are of processor time of Odoo
and PostgreSQL together, which says more than the clock where others work on the machine.
"""

import argparse
import json
import sys

from house import bench, console

MODULES = ["power_grading", "power_grading_billing"]


def main(arguments: list[str]) -> int:
    lines = bench.told_by("grading", _parse(arguments), modules=MODULES)
    facts = [json.loads(line) for line in lines]
    for count in {fact["count"]: None for fact in facts if "count" in fact}:
        _print_speed(count, [fact for fact in facts if fact.get("count") == count][-1])
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


def _print_speed(count: int, fact: dict) -> None:
    print(
        f"{f'{count:,} customers, 10 indicators':<50}{'seconds':>10}{'a second':>12}"
        f"{'processor':>11}{'a second':>12}"
    )
    for name, key in (
        ("first run, every customer written", "first"),
        ("  put in force, letters written on customers", "in_force"),
        ("bare INSERT … SELECT of as many rows", "bare"),
        ("second run, nothing changed", "again"),
        ("third run, 2 % of the inputs changed", "few"),
        ("the ORM, every customer written", "orm_first"),
        ("the ORM, nothing changed", "orm_again"),
    ):
        if spent := fact.get(key):
            wall, cpu = spent["wall"], spent["cpu"]
            print(f"{name:<50}{wall:>10.1f}{count / wall:>12,.0f}{cpu:>11.1f}{count / cpu:>12,.0f}")
    timed = {key: spent for key, spent in fact.items() if isinstance(spent, dict)}
    cpu = {key: spent["cpu"] for key, spent in timed.items() if "cpu" in spent}
    _print_number("first run in bare inserts (goal: at most 3)", cpu["first"] / cpu["bare"])
    if "orm_first" in cpu:
        whole = cpu["first"] + cpu["in_force"]
        _print_number("first run in force, times faster than the ORM", cpu["orm_first"] / whole)
        _print_number("without change, times faster (goal: 10)", cpu["orm_again"] / cpu["again"])
    for name, key in (
        ("results written by the second run", "again_written"),
        ("results written by the third run", "few_written"),
        ("grades moved by the third run", "few_moved"),
        ("memory grew after the first run by (MB)", "memory"),
    ):
        _print_number(name, fact[key], 0)
    _print_screens(fact)
    for name, key in (
        ("population stability index, first to second run", "again_psi"),
        ("population stability index, second to third run", "few_psi"),
    ):
        _print_number(name, fact[key], 4)
    print()


def _print_screens(fact: dict) -> None:
    """What a person waits for; pages are to take less than a second."""
    print(f"{'what a person waits for':<50}{'seconds':>10}{'processor':>11}")
    buttons = {
        "try a scheme": fact["try"],
        "back-test, three months watched": fact["backtest"],
        f"compute {fact['schemes']} schemes": fact["all"],
        "  approve them": fact["approve"],
        "  undo": fact["undo"],
    }
    for name, spent in (buttons | fact["pages"]).items():
        print(f"{name:<50}{spent['wall']:>10.2f}{spent['cpu']:>11.2f}")


def _print_number(name: str, value: float, places: int = 1) -> None:
    print(f"{name:<50}{value:>10,.{places}f}")


def _print_validation(facts: list[dict]) -> None:
    print(f"{'graded, then six months watched':<50}{'customers':>10}{'late':>6}{'AUC':>6}{'KS':>6}"
          f"{'worst tenth catches':>21}{'PSI':>9}")  # fmt: skip
    for fact in facts:
        print(
            f"{fact['name']:<50}{fact['customers']:>10}{fact['bad']:>6}{fact['auc']:>6.2f}"
            f"{fact['ks']:>6.2f}{fact['capture']:>19.0f} %{fact['psi']:>9.4f}"
        )


if __name__ == "__main__":
    console.main(lambda: main(sys.argv[1:]))
