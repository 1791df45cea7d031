"""Databases: templates, clones and what is installed in them."""

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from . import odoo, paths, postgres, process
from .console import Stop, note, step

ODOO_DATA = paths.DATA / "odoo"
LOGS = paths.DATA / "log"
MARK = "power-crm"
LANGUAGES = "en_US,zh_CN"


def exists(name: str) -> bool:
    return bool(postgres.query("SELECT 1 FROM pg_database WHERE datname = %s", name))


def state(name: str) -> dict | None:
    """What we wrote about a database when we made it; None where it is not ours."""
    text = postgres.query(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", name
    )
    if not text or not text.startswith(f"{MARK} "):
        return None
    return json.loads(text.removeprefix(f"{MARK} "))


def set_state(name: str, **facts) -> None:
    text = f"{MARK} {json.dumps(facts, sort_keys=True)}".replace("'", "''")
    postgres.query(f"COMMENT ON DATABASE {_identifier(name)} IS '{text}'")


def drop(name: str) -> None:
    """Drop a database with its files; whoever is connected is disconnected."""
    statement = f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)"
    for _attempt in range(9):
        try:
            postgres.query(statement)
            break
        except Stop:  # autovacuum is in it, whose process is not ours to end
            time.sleep(2)
    else:
        postgres.query(statement)
    shutil.rmtree(ODOO_DATA / "filestore" / name, ignore_errors=True)


def clone(template: str, name: str) -> None:
    """Copy a database and its files (by hard links: Odoo never changes a stored file)."""
    drop(name)
    postgres.query(
        f"CREATE DATABASE {_identifier(name)} TEMPLATE {_identifier(template)} STRATEGY FILE_COPY"
    )
    source = ODOO_DATA / "filestore" / template
    if source.is_dir():
        shutil.copytree(source, ODOO_DATA / "filestore" / name, copy_function=os.link)


def create(name: str) -> None:
    postgres.query(
        f"CREATE DATABASE {_identifier(name)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' "
        "LC_CTYPE 'C'"
    )
    postgres.rows("CREATE EXTENSION IF NOT EXISTS pg_trgm", name)


def dependencies(modules: Iterable[str]) -> list[str]:
    """The add-ons outside the suite on which these add-ons of the suite stand."""
    found: set[str] = set()
    seen: set[str] = set()
    todo = list(modules)
    while todo:
        module = todo.pop()
        if module in seen:
            continue
        seen.add(module)
        for needed in manifest(module)["depends"]:
            if folder(needed):
                todo.append(needed)
            else:
                found.add(needed)
    return sorted(found)


def manifest(module: str) -> dict:
    return ast.literal_eval((folder(module) / "__manifest__.py").read_text())


def folder(module: str) -> Path | None:
    """Folder of an add-on of the suite or of the tests; None for anybody else's."""
    for parent in (paths.ADDONS, paths.TEST_ADDONS):
        if (parent / module / "__manifest__.py").exists():
            return parent / module
    return None


def digest(*folders: Path, extra: str = "", skip: str = "") -> str:
    """A short fingerprint of everything in these folders.

    :param skip: name of folders, at any depth, that do not count
    """
    total = hashlib.sha256(extra.encode())
    for top in folders:
        for path in sorted(top.rglob("*")):
            inside = path.relative_to(top)
            if path.is_file() and not {"__pycache__", skip}.intersection(inside.parts):
                total.update(str(inside).encode())
                total.update(path.read_bytes())
    return total.hexdigest()[:12]


def command(database: str, configuration: str, *options: str) -> list[str]:
    """The command line of an Odoo server on a database."""
    return [
        str(odoo.LAUNCHER),
        f"--config={paths.CONFIG / configuration}",
        f"--database={database}",
        f"--data-dir={ODOO_DATA}",
        f"--addons-path={odoo.addons_path()}",
        *options,
    ]


def shell(database: str, configuration: str = "odoo.test.conf") -> list[str]:
    """The command line of an Odoo shell, which runs what it reads from its standard input."""
    server, *options = command(database, configuration, "--no-http")
    return [server, "shell", *options]


def execute(database: str, program: str) -> str:
    """Run a program in an Odoo shell on a database.

    :return: what it printed.
    :raise Stop: it failed; its last lines are told.
    """
    done = subprocess.run(
        shell(database), env=odoo.child_environment(), input=program, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    if done.returncode or "Traceback" in done.stdout:
        raise Stop(f"A program failed in {database}:\n{done.stdout.strip()[-2000:]}")
    return done.stdout


def install(database: str, modules: Iterable[str], *, update: bool = False) -> None:
    """Install (or update) add-ons with both languages; progress is shown module by module.

    :raise Stop: Odoo failed; the log is named.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"install-{database}.log"
    options = [
        "--update" if update else "--init",
        ",".join(modules),
        f"--load-language={LANGUAGES}",
        "--stop-after-init",
        "--no-http",
        "--max-cron-threads=0",
    ]
    code = process.follow(
        command(database, "odoo.dev.conf", *options), odoo.child_environment(), log, _show_progress
    )
    text = log.read_text()
    if code or "Failed to load registry" in text:
        tail = "\n".join(text.strip().splitlines()[-5:])
        raise Stop(f"Odoo could not install the add-ons. The log is {log}.\n{tail}")
    # New tables have no statistics: plans would be blind until autovacuum comes by.
    postgres.rows("ANALYZE", database)


def _show_progress(line: str) -> None:
    module = re.search(r"Loading module (\S+) \((\d+)/(\d+)\)", line)
    demo = re.search(r": demo: (.*)", line)
    if module:
        text = f"  add-on {module[2]} of {module[3]}: {module[1]}"
    elif demo:
        text = f"  demo utility: {demo[1]}"
    else:
        return
    if sys.stdout.isatty():
        print(f"\r{text:<78}", end="", flush=True)
    elif demo or int(module[2]) % 20 == 0:
        print(text, flush=True)


def ensure_suite(name: str, *, demo: bool, fresh: bool, language: str) -> None:
    """A database with the suite installed, made, finished or brought up to date as needed.

    :raise Stop: a database of this name is there and not ours.
    """
    if fresh:
        with step(f"Dropping the database {name}"):
            drop(name)
    known = state(name)
    if exists(name) and known is None:
        raise Stop(
            f"A database {name} is there that this script did not make. Choose another with --db, "
            "or use --fresh to drop it (its data is lost)."
        )
    current = digest(paths.ADDONS)
    if known and not known.get("ready"):
        note(f"The database {name} was not finished last time; it is made anew.")
        drop(name)
        known = None
    if known and known["digest"] == current:
        return
    if known:
        modules = installed(name)
        with step(f"Updating the add-ons in {name}"):
            install(name, modules, update=True)
        set_state(name, **{**known, "digest": current})
        return
    modules = [m for m in paths.suite() if demo or m != "power_demo"]
    with step(f"Database {name}: Odoo, the suite" + (", the demo utility" if demo else "")):
        create(name)
        set_state(name, ready=False)
        install(name, modules)
        _set_language(name, language)
        set_state(name, ready=True, digest=current, demo=demo)


def installed(name: str) -> list[str]:
    """Add-ons of the suite that are installed in a database."""
    rows = postgres.rows("SELECT name FROM ir_module_module WHERE state = 'installed'", name)
    return sorted({row[0] for row in rows} & set(paths.suite()))


def _set_language(name: str, language: str) -> None:
    """The administrator reads the language asked for; other users keep their own."""
    postgres.rows(
        "UPDATE res_partner SET lang = %s WHERE id = "
        "(SELECT partner_id FROM res_users WHERE login = 'admin') RETURNING id",
        name,
        language,
    )


def _identifier(name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_-]{0,62}", name):
        raise Stop(f"{name!r} is no database name: letters, digits, _ and - only.")
    return f'"{name}"'
