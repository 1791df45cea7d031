"""Runs in an Odoo shell on the demo utility: large files in, many papers out.

Options come as JSON in POWER_BENCH; prints lines of JSON that begin with BENCH.
"""

import base64
import json
import os
import random
import time
from datetime import date, timedelta
from pathlib import Path

from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.power_demo.bulk.loader import Loader
from odoo.addons.power_demo.tools import months
from odoo.addons.power_demo.tools.utility import Utility, meter_prefix

env = env  # noqa: F821, PLW0127 - the shell's
options = json.loads(os.environ["POWER_BENCH"])
SEED = 4711
STATUS = Path("/proc/self/status")


class Measure:
    """Seconds, statements and the most memory while something was done."""

    def __init__(self, what, count):
        self.what, self.count = what, count

    def __enter__(self):
        env.flush_all()
        env.invalidate_all()
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        self.statements = env.cr.sql_log_count
        self.started = time.perf_counter()
        return self

    def __exit__(self, *_error):
        env.flush_all()
        seconds = time.perf_counter() - self.started
        facts = {
            "what": self.what,
            "count": self.count,
            "seconds": seconds,
            "statements": env.cr.sql_log_count - self.statements,
            "megabytes": self._read_peak(),
        }
        print("BENCH", json.dumps(facts), flush=True)

    def _read_peak(self):
        lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return round(int(lines["VmHWM"].split()[0]) / 1024)


def make_utility():
    """So many customers with readings up to the month before last."""
    company = env["res.company"].search([("power_journal_id", "!=", False)], order="id", limit=1)
    own = env(context={**env.context, "allowed_company_ids": company.ids, "lang": "en_US"})
    last = months.last_full(date.today())
    loader = Loader(own, Utility(SEED, options["customers"], 2, last - 1), commit=env.cr.commit)
    with Measure("customers by COPY", options["customers"]):
        loader.load()
    loader.analyze()
    env.cr.commit()
    return own, months.first_day(last), months.last_day(last)


def fetch_meters(company):
    """[(meter, what it showed last, supply point)] of the customers just made."""
    return env.execute_query(
        SQL(
            """
            SELECT m.number, r.value, m.supply_point_id
              FROM power_meter m
              JOIN LATERAL (SELECT value FROM power_meter_reading r
                             WHERE r.meter_id = m.id AND r.state <> 'held'
                          ORDER BY date DESC LIMIT 1) r ON TRUE
             WHERE m.company_id = %s AND m.number LIKE %s
          ORDER BY m.number
            """,
            company.id,
            f"{meter_prefix(SEED)}%",
        )
    )


def import_readings(own, meters, day):
    """One row in a thousand is wrong: all are told first, then the others imported."""
    lines = ["表号,抄表日期,本次示数"]
    for place, (meter, value, _point) in enumerate(meters):
        number = f"X{meter}" if place % 1000 == 500 else meter
        lines.append(f"{number},{day},{float(value) + 3:.2f}")
    content = "\n".join(lines).encode("gb18030")
    wizard = own["power.reading.import"].create(
        {"file": base64.b64encode(content), "filename": "bench.csv"}
    )
    with Measure("readings, all checked", len(meters)):
        wizard.action_import()
    wrong = len(meters) // 1000
    assert (wizard.error_count, len(wizard.line_ids)) == (wrong, wrong)
    with Measure("readings, checked and imported", len(meters)):
        wizard.action_import_good()
    assert wizard.imported_count == len(meters) - wrong, wizard.imported_count
    env.cr.commit()


def import_curves(own, meters, day):
    dice = random.Random(SEED)
    heads = [f"{15 * place // 60:02}:{15 * place % 60:02}" for place in range(96)]
    lines = [",".join(["meter", "date", *heads])]
    some = meters[: options["curves"]]
    lines += [
        ",".join([meter, str(day), *(f"{dice.random():.4f}" for _place in range(96))])
        for meter, _value, _point in some
    ]
    content = "\n".join(lines).encode()
    before = read_size()
    with Measure("load days of 96 points by COPY", len(some)):
        report = own["power.load.day"]._load_csv(content, "bench")
    assert report["loaded"] == len(some), report["wrong"][:3]
    env.cr.commit()
    points = 96 * len(some)
    print("BENCH", json.dumps({"what": "bytes a point", "value": (read_size() - before) / points}))


def read_size():
    """Bytes of all partitions of the curves, with their indexes."""
    ((size,),) = env.execute_query(
        SQL(
            "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint FROM pg_inherits"
            " WHERE inhparent = 'power_load_day_data'::regclass"
        )
    )
    return size


def bill(own, points, first, last):
    run = own["power.bill.run"].create(
        {
            "period": first,
            "invoice_date": last + timedelta(days=1),
            "company_id": own.company.id,
            "supply_point_ids": [Command.set(points)],
        }
    )
    with Measure("bills rated and posted", len(points)):
        run._process_all(commit=True)
    return run


def match_statement(own, run):
    """Seven lines of ten carry a reference, one a customer's number, one a name, one nothing."""
    journal = own["account.journal"].search(
        [("company_id", "=", own.company.id), ("type", "=", "bank")], limit=1
    )
    texts = []
    posted = run.bill_ids.filtered(lambda bill: bill.state == "posted" and bill.amount_total > 0)
    for place, item in enumerate(posted[: options["lines"]]):
        kind = place % 10
        partner = item.partner_id
        text = item.payment_reference if kind < 7 else "电费"
        text = partner.power_customer_number if kind == 7 else text
        name = partner.name.replace(",", " ") if kind == 8 else f"bench {place}"
        texts.append(f"{run.invoice_date},{name},,{item.amount_residual:.2f},{text},B{place}")
    head = "交易日期,对方户名,对方账号,交易金额,摘要,流水号"
    wizard = own["account.statement.import"].with_context(journal_id=journal.id)
    wizard = wizard.create(
        {
            "statement_filename": "bank.csv",
            "statement_file": base64.b64encode("\n".join([head, *texts, ""]).encode("gb18030")),
            "sheet_mapping_id": own.ref("power_billing_bank.sheet_mapping_cn_gb18030").id,
        }
    )
    lines = own["account.bank.statement.line"]
    original = type(lines)._match_electricity

    def measured(records):
        with Measure("bank lines matched", len(records)):
            return original(records)

    type(lines)._match_electricity = measured
    try:
        with Measure("bank lines imported, matched, booked", len(texts)):
            wizard.import_file_button()
    finally:
        type(lines)._match_electricity = original
    env.cr.commit()
    own.invalidate_all()
    paid = posted[: options["lines"]].filtered(lambda item: not item.amount_residual)
    print("BENCH", json.dumps({"what": "lines that paid their bill", "value": len(paid)}))


def print_bills(run):
    """Part by part, as the scheduled action does; what was held back is not printed."""
    run.action_print_all()
    env.cr.commit()
    wanted = min(run.posted_count, options["prints"])
    with Measure("bills printed", wanted):
        while run.printed_count + run.unprinted_count < wanted:
            run._print_batch(run._claim_bills_to_print())
            env.cr.commit()
            env.invalidate_all()
    assert not run.unprinted_count, run.unprinted_count
    size = sum(run._get_print_attachments().mapped("file_size"))
    facts = {"what": "kilobytes a printed bill", "value": size / 1024 / run.printed_count}
    print("BENCH", json.dumps(facts), flush=True)


own, first, last = make_utility()
meters = fetch_meters(own.company)
import_readings(own, meters, last)
import_curves(own, meters, last)
run = bill(own, [point for *_, point in meters[: options["lines"]]], first, last)
print_bills(run)
match_statement(own, run)
print("BENCH end", flush=True)
