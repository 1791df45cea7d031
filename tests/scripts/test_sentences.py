"""What the verbs say when something is missing: one clear sentence with the remedy."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / command[0], *command[1:]],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("verb", ["run", "test", "lint", "i18n", "seed", "bench", "replay"])
def test_every_verb_explains_itself(verb):
    done = run(verb, "--help")
    assert done.returncode == 0
    assert "usage:" in done.stdout


def test_a_taken_port_names_another():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("run", "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert f"--port {port + 1}" in done.stderr


def test_a_wrong_odoo_home_says_what_is_needed(tmp_path):
    done = run("run", "--port", "0", ODOO_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "Odoo 19.0 is needed" in done.stderr


def test_another_odoo_series_is_refused(tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0, 0, FINAL, 0, '')\n")
    done = run("run", "--port", "0", ODOO_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "holds 18.0; Odoo 19.0 is needed" in done.stderr


def test_a_silent_postgresql_is_named():
    done = run("run", "--port", "0", PGHOST="127.0.0.1", PGPORT="1")
    assert done.returncode == 1
    assert "PostgreSQL does not answer" in done.stderr
    assert "Check PGHOST" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_foreign_database_is_not_touched():
    from house import postgres

    postgres.rows('DROP DATABASE IF EXISTS "somebody_elses"', "postgres")
    postgres.rows('CREATE DATABASE "somebody_elses"', "postgres")
    try:
        done = run("run", "--port", "0", "--db", "somebody_elses")
        assert done.returncode == 1
        assert "this script did not make" in done.stderr
    finally:
        postgres.rows('DROP DATABASE "somebody_elses"', "postgres")


def test_an_unknown_addon_lists_those_there_are():
    done = run("test", "power_nothing")
    assert done.returncode == 1
    assert "There is no add-on power_nothing" in done.stderr
    assert "power_crm" in done.stderr


def test_an_unknown_class_of_tests_is_named():
    done = run("test", "power_crm:TestNothing")
    assert done.returncode == 1
    assert "no class TestNothing among the tests of power_crm" in done.stderr
