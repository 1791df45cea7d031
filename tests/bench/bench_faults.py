"""Reliability figures over five years in the database beside the kernel, and how often the device
that failed is found: 10,000 known failures, 30 % of customers silent, 5 % false calls."""

import os

from house import bench, console


def main() -> int:
    options = {
        "points": int(os.environ.get("BENCH_POINTS", "100000")),
        "interruptions": int(os.environ.get("BENCH_INTERRUPTIONS", "50000")),
        "failures": int(os.environ.get("BENCH_FAILURES", "10000")),
    }
    for line in bench.told_by("faults", options, modules=["power_faults"]):
        print(line)
    return 0


if __name__ == "__main__":
    console.main(main)
