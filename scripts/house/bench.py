"""What the benches share: a program in an Odoo shell on a copy of a database, and what it tells."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from . import database, odoo, paths, postgres
from .console import Stop, run

DEMO = "power_demo_template"
PROGRAMS = paths.ROOT / "tests" / "bench" / "programs"
MARK, END = "BENCH ", "end"


@contextmanager
def copied(name: str, template: str = DEMO) -> Iterator[None]:
    """A copy of a database, dropped at the end.

    :raise Stop: there is no such template.
    """
    postgres.ensure()
    if not database.exists(template):
        raise Stop("The demo utility is not built: run ./scripts/test --prepare demo first.")
    database.clone(template, name)
    try:
        yield
    finally:
        database.drop(name)


def told_by(
    program: str, options: dict, *, template: str = DEMO, modules: Sequence[str] = ()
) -> list[str]:
    """Run `programs/<program>.py` in an Odoo shell on a copy of a database.

    The options reach it as JSON in POWER_BENCH. It prints lines that begin with BENCH, and
    `BENCH end` as its last one.

    :param modules: add-ons to install first, or to bring up to date.
    :return: the lines without their mark.
    :raise Stop: it failed, or did not come to its end.
    """
    name = f"power_bench_{program}"
    log = database.LOGS / f"bench-{program}.log"
    with copied(name, template):
        if modules:
            database.install(name, modules)
        run(
            database.shell(name),
            "The bench failed.",
            env=odoo.child_environment() | {"POWER_BENCH": json.dumps(options)},
            stdin=(PROGRAMS / f"{program}.py").read_text(),
            log=log,
        )
    lines = [line.split(MARK, 1)[1] for line in log.read_text().splitlines() if MARK in line]
    if lines[-1:] != [END]:
        raise Stop(f"The bench did not finish; see {log}.")
    return lines[:-1]
