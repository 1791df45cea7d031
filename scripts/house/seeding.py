"""Bulk loads of an invented utility, in this process and with Odoo's registry."""

import argparse
import contextlib
import resource
from collections.abc import Iterator
from datetime import date

from . import database, odoo, paths
from .console import Stop, note, step

NEEDED = ("power_crm", "power_billing")


def seed(options: argparse.Namespace) -> int:
    """Load what the options ask for.

    :raise Stop: the database or the company is not fit for it.
    """
    if not database.exists(options.db):
        raise Stop(f"There is no database {options.db}. Make one with scripts/run --db NAME.")
    missing = set(NEEDED) - set(database.installed(options.db))
    if missing:
        raise Stop(
            f"The database {options.db} has no {' and '.join(sorted(missing))}. "
            "Install the suite there first (scripts/run does)."
        )
    with _environment(options.db) as env:
        _load(env.company.with_env(env), options)
    return 0


@contextlib.contextmanager
def _environment(name: str) -> Iterator:
    """Odoo's environment of the superuser, without a server around it."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(
        [
            f"--config={paths.CONFIG / 'odoo.dev.conf'}",
            f"--database={name}",
            f"--data-dir={database.ODOO_DATA}",
            f"--addons-path={odoo.addons_path()}",
            "--max-cron-threads=0",
            "--no-http",
            "--log-level=warn",
        ],
        setup_logging=True,
    )
    with step("Starting Odoo"):
        registry = Registry(name)
    with registry.cursor() as cursor:
        yield api.Environment(cursor, SUPERUSER_ID, {})


def _load(company, options: argparse.Namespace) -> None:
    from odoo.addons.power_demo.bulk.loader import Loader
    from odoo.addons.power_demo.tools import months
    from odoo.addons.power_demo.tools.utility import Utility

    env = _choose_company(company.env, options.company)
    end = months.last_full(date.today())
    utility = Utility(options.seed, options.customers, options.months, end)
    loader = Loader(env, utility, commit=env.cr.commit)
    there = loader.count_loaded()
    if there:
        note(f"{there:,} customers of seed {options.seed} are there already and are kept.")
    with step(f"{options.customers:,} customers with {options.months} months of readings"):
        loaded = loader.load(
            lambda done, rate: note(f"{done:>9,} customers   {rate:6,.0f} customers/s")
        )
        env.cr.commit()
    if loaded:
        with step("Statistics for the planner"):
            loader.analyze()
            env.cr.commit()
    if options.bills_share:
        _bill(env, loader, options.bills_share)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    note(f"{loaded:,} customers loaded, at most {memory:,.0f} MB of memory")


def _bill(env, loader, share: float) -> None:
    with step(f"Bills of {share:.0%} of the customers"):
        for month, bills in loader.bill(share):
            note(f"{month:%Y-%m}: {bills:,} bills")


def _choose_company(env, name: str | None):
    domain = [("power_journal_id", "!=", False)]
    if name:
        domain = [("name", "=", name)]
    company = env["res.company"].search(domain, order="id", limit=1)
    if not company:
        raise Stop(
            f"There is no company {name}."
            if name
            else "No company is set up for billing. Press “Set up billing” in the settings of "
            "Power CRM, or install power_demo."
        )
    if not company.power_journal_id:
        raise Stop(f"{company.name} is not set up for billing: use the settings of Power CRM.")
    return env(context={**env.context, "allowed_company_ids": company.ids})
