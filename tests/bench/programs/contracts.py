"""Runs in an Odoo shell: as many service contracts as plain ones, the same lines, some months.

Plain contracts are invoiced as OCA's daily job does it, their invoices posted as a user does; the
service contracts by the daily job of a company that has them posted by themselves.

Options come as JSON in POWER_BENCH; prints lines of JSON that begin with BENCH.
"""

import json
import os
import time
from datetime import date

from odoo.fields import Command

env = env  # noqa: F821, PLW0127 - the shell's
options = json.loads(os.environ["POWER_BENCH"])
START = date(2026, 1, 1)
LINES = (  # three services a contract: product, price, period
    ("load_report", 120.0, "monthly"),
    ("training", 300.0, "quarterly"),
    ("on_call", 80.5, "monthly"),
)


class Clock:
    """Seconds on the wall, and of processor time of this process and its database backend."""

    def __init__(self):
        self.started = self._read()

    def _read(self):
        env.cr.execute("SELECT pg_backend_pid()")
        (backend,) = env.cr.fetchone()
        with open(f"/proc/{backend}/stat") as file:
            user, system = file.read().rsplit(")", 1)[1].split()[11:13]
        ticks = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        return time.perf_counter(), time.process_time() + ticks

    def spent(self):
        wall, cpu = (now - then for now, then in zip(self._read(), self.started, strict=True))
        return {"wall": wall, "cpu": cpu}


def add(one, other):
    return {key: one.get(key, 0.0) + value for key, value in other.items()}


def make_company():
    china = env.ref("base.cn")
    yuan = env.ref("base.CNY")
    yuan.active = True
    company = env["res.company"].create(
        {"name": "Bench Power", "country_id": china.id, "currency_id": yuan.id}
    )
    env["account.chart.template"].try_loading("cn", company, install_demo=False)
    env.user.company_ids |= company
    company.power_service_invoices = "post"
    for product, _price, _rule in LINES:
        env.ref(f"power_contracts.product_{product}").taxes_id |= company.account_sale_tax_id
    return company


def make_contracts(company, count, service):
    """Contracts of three services, each with a customer and prices of its own; from 1 January.

    Both bear an analytic account each: the service contract makes its own, the plain one is given
    one by hand, so that the books of both tell the same.
    """
    partners = env["res.partner"].create(
        [{"name": f"Bench {number}", "company_id": company.id} for number in range(count)]
    )
    contracts = env["contract.contract"].create(
        [
            {
                "name": partner.name,
                "partner_id": partner.id,
                "company_id": company.id,
                "is_power_service": service,
                "line_recurrence": True,
                "date_start": START,
                "contract_line_ids": [
                    Command.create(
                        {
                            "product_id": env.ref(f"power_contracts.product_{product}").id,
                            "name": product,
                            "quantity": 1,
                            "specific_price": price + number / 100,
                            "date_start": START,
                            "recurring_rule_type": rule,
                            "recurring_interval": 1,
                            "recurring_invoicing_type": "pre-paid",
                            "recurring_next_date": START,
                        }
                    )
                    for product, price, rule in LINES
                ],
            }
            for number, partner in enumerate(partners)
        ]
    )
    if service:
        points = env["power.supply.point"].create(
            [{"partner_id": partner.id, "company_id": company.id} for partner in partners]
        )
        for contract, point in zip(contracts, points, strict=True):
            contract.supply_point_ids = point
        contracts.action_open()
    else:
        plan = env.ref("power_contracts.analytic_plan_contracts")
        accounts = env["account.analytic.account"].create(
            [
                {"name": contract.name, "plan_id": plan.id, "company_id": company.id}
                for contract in contracts
            ]
        )
        for contract, account in zip(contracts, accounts, strict=True):
            contract.contract_line_ids.analytic_distribution = {str(account.id): 100}
    env.flush_all()
    return contracts


def invoice_plain(contracts, day):
    contracts._recurring_create_invoice(day).action_post()


def invoice_services(contracts, day):
    contracts._invoice_in_batches(day)
    env["account.move"]._post_power_services()


def invoice(kind, contracts, compared, day, spent):
    """Invoice and post, and count what came of it; the total of those compared with the others."""
    clock = Clock()
    (invoice_plain if kind == "plain" else invoice_services)(contracts, day)
    env.flush_all()
    spent["time"] = add(spent["time"], clock.spent())
    moves = find_invoices(contracts, day)
    spent["count"] += len(moves.filtered(lambda move: move.state == "posted"))
    spent["total"] += sum(find_invoices(compared, day).mapped("amount_total"))


def find_invoices(contracts, day):
    return env["account.move"].search(
        [
            ("invoice_date", "=", day),
            ("invoice_line_ids.contract_line_id.contract_id", "in", contracts.ids),
        ]
    )


def invoice_with_a_broken_one(contracts, day):
    """One contract whose line begins after it was invoiced, as a careless import may leave it."""
    broken = contracts[len(contracts) // 3]
    env.cr.execute(
        "UPDATE contract_line SET date_start = '2027-01-01' WHERE id = %s",
        [broken.contract_line_ids[0].id],
    )
    env.invalidate_all()
    invoice_services(contracts, day)
    listed = contracts.filtered("invoice_generation_error")
    return {
        "kind": "broken",
        "broken": broken.name,
        "listed": listed.mapped("name"),
        "reason": listed[:1].invoice_generation_error,
        "invoiced": len(find_invoices(contracts, day)),
    }


def settle(batch=0):
    """As in operation: each batch is kept, and PostgreSQL learns how much the tables have grown."""
    env.cr.commit()
    if not batch & (batch - 1):  # 0, 1, 2, 4, 8 …
        env.cr.execute("ANALYZE")
        env.cr.commit()


def main():
    global env
    company = make_company()
    env = env(
        context={
            **env.context,
            "allowed_company_ids": company.ids,
            "tracking_disable": True,
            "skip_modification_mail": True,
        }
    )
    kinds = {
        kind: make_contracts(company, options[kind], kind == "service")
        for kind in ("plain", "service")
    }
    settle()
    for month in range(1, options["rounds"] + 1):
        env.invalidate_all()
        spent = {kind: {"time": {}, "total": 0.0, "count": 0} for kind in kinds}
        for start in range(0, options["service"], options["batch"]):
            # The one that goes first meets cold caches: they take turns.
            turn = list(kinds) if start // options["batch"] % 2 else list(kinds)[::-1]
            for kind in turn:
                batch = kinds[kind][start : start + options["batch"]]
                compared = batch[: max(options["plain"] - start, 0)]
                if batch:
                    invoice(kind, batch, compared, date(2026, month, 1), spent[kind])
            settle(start // options["batch"])
        for kind, facts in spent.items():
            facts["total"] = round(facts["total"], 2)
            print("BENCH", json.dumps({"kind": kind, "month": month, **facts}), flush=True)
    day = date(2026, options["rounds"] + 1, 1)
    print("BENCH", json.dumps(invoice_with_a_broken_one(kinds["service"], day)), flush=True)


main()
