"""Builds the invented utility step by step, through the same methods that people use."""

import logging
import time

from odoo import fields
from odoo.tools import SQL

from ..tools import months
from ..tools.utility import Utility
from . import (
    billing,
    company,
    contracts,
    counter,
    curves,
    customers,
    faults,
    grades,
    late_fees,
    outages,
    portal,
    prepaid,
    readings,
    service,
    staff,
    tariffs,
    two_part,
    waiting,
)

_logger = logging.getLogger(__name__)

SEED = 20
LENGTH = 24
# Order matters: each step stands on the ones before it.
STEPS = (
    ("company and chart of accounts", company.build),
    ("areas and staff", staff.build),
    ("tariffs", tariffs.build),
    ("customers and supply points", customers.build),
    ("meters and readings", readings.build),
    ("large industry by the hour", two_part.build),
    ("load curves", curves.build),
    ("service file", service.build),
    ("portal", portal.build),
    ("bills and payments", billing.build),
    ("prepaid households", prepaid.build),
    ("crews and faults", faults.build),
    ("network and outages", outages.build),
    ("late fees", late_fees.build),
    ("grades", grades.build),
    ("service contracts", contracts.build),
    ("a day at the counter", counter.build),
    ("the month that waits", waiting.build),
)


class Builder:
    """What the steps share: the environment of the utility's company and what was made so far.

    :ivar clients: list of (tools customer or important customer, supply point record, energy of
        each month, payment delays of each month), the important ones first.
    """

    def __init__(self, env, length=LENGTH):
        self.env = env(
            su=True,
            context={
                **env.context,
                "lang": "en_US",
                "tracking_disable": True,
                "mail_create_nolog": True,
                "mail_create_nosubscribe": True,
                "mail_notrack": True,
                "no_reset_password": True,
            },
        )
        self.today = fields.Date.today()
        self.end = months.last_full(self.today) - 1  # the last full month waits for the clerk
        self.length = length
        self.utility = Utility(SEED, 0, length, self.end)
        self.company = self.env["res.company"]
        self.clients = []

    @property
    def months(self):
        """Month numbers of the history, oldest first."""
        return range(self.end - self.length + 1, self.end + 1)

    def build(self):
        """Make the utility; where it is already there, nothing happens.

        :return: whether it was made now
        """
        if self.get("company"):
            self.log("the utility is already there, nothing to do")
            return False
        started = time.monotonic()
        for number, (title, step) in enumerate(STEPS, 1):
            self.log("%s (%s of %s)", title, number, len(STEPS))
            step(self)
            self.env.flush_all()
        self.log("ready in %.0f s", time.monotonic() - started)
        return True

    def log(self, message, *values):
        _logger.info("demo: " + message, *values)

    def use_company(self, record):
        self.env = self.env(context={**self.env.context, "allowed_company_ids": record.ids})
        self.company = self.env["res.company"].browse(record.id)

    def get(self, name):
        return self.env.ref(f"power_demo.{name}", raise_if_not_found=False)

    def keep(self, name, record):
        """Give a record a name by which tests, manuals and later steps find it."""
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"power_demo.{name}", "record": record, "noupdate": True}]
        )
        return record

    def analyze(self, *models):
        """Let the planner see rows that this transaction made: autovacuum cannot yet."""
        for model in models:
            self.env[model].flush_model()
            self.env.execute_query(SQL("ANALYZE %s", SQL.identifier(self.env[model]._table)))

    def user(self, login):
        return self.get(f"user_{login}")
