"""The add-ons go into an Odoo that somebody else runs; nothing of `scripts/` takes part."""

import re
import subprocess
import sys

from conftest import ROOT, database, odoo, postgres

NAME = "power_plain_install"
BAD = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ", re.MULTILINE)


def test_the_suite_installs_into_an_existing_database(tmp_path):
    """Only `addons/` on the path of an Odoo that already does accounting in Chinese."""
    database.clone("power_template", NAME)
    configuration = tmp_path / "odoo.conf"
    configuration.write_text(
        "[options]\n"
        f"addons_path = {ROOT / 'addons'}{_own_addons()}\n"
        f"data_dir = {database.ODOO_DATA}\n"
        "http_interface = 127.0.0.1\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", "import odoo.cli; odoo.cli.main()", "-c", str(configuration)]
            + ["-d", NAME, "-i", "power_crm,power_billing", "--stop-after-init", "--no-http"],
            env=odoo.child_environment(),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        log = done.stdout + done.stderr
        assert done.returncode == 0, log[-3000:]
        assert not BAD.findall(log), [line for line in log.splitlines() if BAD.match(line)]
        assert _installed() >= {"power_crm", "power_billing", "report_weasyprint"}
    finally:
        database.drop(NAME)


def _installed() -> set[str]:
    rows = postgres.rows("SELECT name FROM ir_module_module WHERE state = 'installed'", NAME)
    return {row[0] for row in rows}


def _own_addons() -> str:
    """Odoo's own add-ons, where Odoo is a tree whose add-ons are not found by themselves."""
    others = odoo.addons_path().split(",")[1:]
    return "".join(f",{path}" for path in others if not path.startswith(str(ROOT / "tests")))
