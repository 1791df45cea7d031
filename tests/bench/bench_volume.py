"""Large files in and many papers out: rows a second, statements, and the most memory.

`--customers 100000` with a reading each in one file; `--curves 20000` days of 96 points;
`--lines 5000` of a bank statement; `--prints 1000` of their bills (a
multiple of 20). `--database`
names the demo utility to begin from; it is copied, not touched.
"""

import argparse
import json
import sys

from house import bench, console


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    lines = bench.told_by("volume", vars(options), template=options.database)
    _print([json.loads(line) for line in lines])
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench volume",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--curves", type=int, default=20_000)
    parser.add_argument("--lines", type=int, default=5_000)
    parser.add_argument("--prints", type=int, default=1_000)
    parser.add_argument("--database", default="power_demo_template")
    options = parser.parse_args(arguments)
    if options.prints > options.lines:
        parser.error(f"--prints {options.prints}: only what --lines billed can be printed")
    return options


def _print(facts: list[dict]) -> None:
    print(
        f"{'what':<40}{'number':>9}{'seconds':>9}{'a second':>10}{'statements':>12}{'peak MB':>9}"
    )
    for fact in facts:
        if "value" in fact:
            print(f"{fact['what']:<40}{fact['value']:>9.1f}")
            continue
        rate = fact["count"] / fact["seconds"]
        print(
            f"{fact['what']:<40}{fact['count']:>9,}{fact['seconds']:>9.1f}{rate:>10.1f}"
            f"{fact['statements']:>12,}{fact['megabytes']:>9,}"
        )


if __name__ == "__main__":
    console.main(lambda: main(sys.argv[1:]))
