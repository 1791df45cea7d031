"""Runs in an Odoo shell: a utility of so many accounts, one month billed.

Options come as JSON in POWER_BENCH; prints lines of JSON that begin with BENCH.
"""

import json
import os
import random
import resource
import statistics
import time
from contextlib import contextmanager
from unittest.mock import patch

from house.clock import Clock

from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.power_billing.models.power_bill_complete import PowerBill as Complete
from odoo.addons.power_billing.models.power_invoice_set_guard import PowerInvoiceSetMixin as InSet
from odoo.addons.power_billing.tools import foreign_keys
from odoo.addons.power_billing.tools.arrays import unnest
from odoo.addons.power_billing.tools.invoice_shape import insert_copies

env = env  # noqa: F821, PLW0127 - the shell's
options = json.loads(os.environ["POWER_BENCH"])
TARIFF = (  # five charge lines a bill
    ("energy", "Energy", 0.590486),
    ("fund", "Water works", 0.0023),
    ("fund", "Resettlement", 0.0062),
    ("fund", "Renewables", 0.019),
    ("fixed", "Basic charge", 3.15),
)
ROWS_ALONE = {
    False: "the rows alone, each key looked up",
    True: "the rows alone, each key once",
}


def say(**facts):
    print("BENCH", json.dumps(facts), flush=True)


def measure_processor():
    """Return milliseconds for a fixed piece of work: how fast this machine is just now."""
    started, total = time.process_time(), 0
    for number in range(100_000):
        total += number * number % 7
    return 1000 * (time.process_time() - started)


def add(one, other):
    return {key: one.get(key, 0.0) + value for key, value in other.items()}


def memory():
    """Resident and peak megabytes of this process."""
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20), round(peak)


# === A utility === #


def make_company(env):
    china = env.ref("base.cn")
    env.ref("base.CNY").active = True
    company = env["res.company"].create(
        {"name": "Bench Power", "country_id": china.id, "currency_id": env.ref("base.CNY").id}
    )
    env["account.chart.template"].try_loading("cn", company, install_demo=False)
    company._power_billing_setup()
    env.user.company_ids |= company
    return company


def make_account(env, company):
    """One account by the ORM: the prototype of all others."""
    area = env["power.area"].create(
        {"name": "East", "code": "BENCH", "kind": "urban", "company_id": company.id}
    )
    tariff = env["power.tariff"].create(
        {
            "name": "Five charges",
            "company_id": company.id,
            "version_ids": [
                Command.create(
                    {
                        "date_from": "2020-01-01",
                        "source": "bench",
                        "component_ids": [
                            Command.create({"kind": kind, "name": name, "price": price})
                            for kind, name, price in TARIFF
                        ],
                    }
                )
            ],
        }
    )
    partner = env["res.partner"].create(
        {"name": "Bench 0", "country_id": company.country_id.id, "company_id": company.id}
    )
    point = env["power.supply.point"].create(
        {
            "partner_id": partner.id,
            "company_id": company.id,
            "area_id": area.id,
            "usage_category_id": env.ref("power_crm.usage_commercial").id,
            "tariff_id": tariff.id,
        }
    )
    point._set_state("active")
    point.date_activated = "2025-01-01"
    meter = env["power.meter"].create(
        {
            "number": "BENCH-0",
            "supply_point_id": point.id,
            "date_installed": "2025-12-31",
            "initial_value": 10000,
            "digits": 6,
        }
    )
    reading = env["power.meter.reading"].create(
        {"meter_id": meter.id, "date": "2026-01-31", "value": 10500}
    )
    return {
        "res_partner": partner,
        "power_supply_point": point,
        "power_meter": meter,
        "power_meter_register": meter.register_ids,
        "power_meter_reading": meter.reading_ids - reading,
        "reading": reading,
    }


def fill(env, table, record, count, overrides, columns):
    """Copy a record's row ``count`` times."""
    env.flush_all()
    ((row,),) = env.execute_query(
        SQL("SELECT row_to_json(t)::text FROM %s t WHERE id = %s", SQL.identifier(table), record.id)
    )
    ids = [
        number
        for (number,) in env.execute_query(
            SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"{table}_id_seq", count)
        )
    ]
    columns = {"nr": ("int[]", [0] * count), "id": ("int[]", ids), **columns}
    env.execute_query(
        insert_copies(table, [row], {"id": SQL("d.id"), **overrides}, unnest(columns), SQL("d.id"))
    )
    return ids


def multiply(env, prototype, count, label):
    """Make ``count`` accounts like the prototype, each with its own use in January 2026.

    :param str label: of these accounts alone
    """
    generator = random.Random(count)
    numbers = list(range(1, count + 1))
    names = [f"Bench {label}/{number}" for number in numbers]
    partners = fill(
        env,
        "res_partner",
        prototype["res_partner"],
        count,
        {
            "name": SQL("d.name"),
            "complete_name": SQL("d.name"),
            "commercial_partner_id": SQL("d.id"),
            "power_customer_number": SQL("d.number"),
            "power_main_point_id": SQL("NULL"),
        },
        {
            "name": ("text[]", names),
            "number": ("text[]", [f"BP{label}-{number:08d}" for number in numbers]),
        },
    )
    points = fill(
        env,
        "power_supply_point",
        prototype["power_supply_point"],
        count,
        {
            "number": SQL("d.number"),
            "name": SQL("d.number"),
            "partner_id": SQL("d.partner"),
            "payer_id": SQL("d.partner"),
        },
        {
            "partner": ("int[]", partners),
            "number": ("text[]", [f"BS{label}-{number:08d}" for number in numbers]),
        },
    )
    meters = fill(
        env,
        "power_meter",
        prototype["power_meter"],
        count,
        {"number": SQL("d.number"), "supply_point_id": SQL("d.point")},
        {
            "point": ("int[]", points),
            "number": ("text[]", [f"BM{label}-{number:08d}" for number in numbers]),
        },
    )
    registers = fill(
        env,
        "power_meter_register",
        prototype["power_meter_register"],
        count,
        {"meter_id": SQL("d.meter")},
        {"meter": ("int[]", meters)},
    )
    own = {
        "meter_id": SQL("d.meter"),
        "register_id": SQL("d.register"),
        "supply_point_id": SQL("d.point"),
    }
    columns = {
        "point": ("int[]", points),
        "meter": ("int[]", meters),
        "register": ("int[]", registers),
    }
    initial = prototype["power_meter_reading"]
    fill(env, "power_meter_reading", initial, count, own, columns)
    uses = [f"{10000 + generator.randint(1, 99999) / 100:.2f}" for _number in numbers]
    fill(
        env,
        "power_meter_reading",
        prototype["reading"],
        count,
        {**own, "value": SQL("d.value")},
        {**columns, "value": ("numeric[]", uses)},
    )
    env.invalidate_all()
    env.cr.commit()
    count_tables()
    return points


def count_tables():
    """Let PostgreSQL count all tables, as autovacuum does within a minute anywhere else.

    Without it what plain Odoo asks for is answered by plans made for empty tables.
    """
    env.cr.execute("ANALYZE")
    env.cr.commit()


# === Measuring === #


def parts(records, size):
    return [records[start : start + size] for start in range(0, len(records), size)]


@contextmanager
def route(name):
    """Bills are posted this way inside."""
    never = {"complete": [(InSet, "_can_post_set_based")], "set": []}.get(
        name, [(InSet, "_can_post_set_based"), (Complete, "_can_post_complete")]
    )
    patches = [patch.object(model, method, lambda *_args: False) for model, method in never]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def time_plain(bills):
    """What a programmer writes who knows nothing of this suite; making the values is free."""
    spent = {}
    for batch in parts(bills, 100):
        vals = batch._prepare_move_vals_list()
        clock = Clock(env.cr)
        env["account.move"].create(vals).action_post()
        env.flush_all()
        spent = add(spent, clock.spent())
    return spent


def time_route(bills, name, batch):
    """From rated bills to posted invoices, values and prototypes included."""
    clock = Clock(env.cr)
    with route(name):
        bills = bills.with_context(
            **bills._get_quiet_context(), power_shape_memory=bills._new_shape_memory()
        )
        for part in parts(bills, batch):
            part._make_moves()
            env.flush_all()
    return clock.spent()


def make_contracts(bills):
    """What somebody with OCA's ``contract`` would have: one contract a bill, the same lines."""
    start = bills[0].period_from
    contracts = env["contract.contract"].create(
        [
            {
                "name": vals["ref"],
                "partner_id": vals["partner_id"],
                "company_id": vals["company_id"],
                "journal_id": vals["journal_id"],
                "payment_term_id": vals["invoice_payment_term_id"],
                "line_recurrence": True,
                "contract_line_ids": [
                    Command.create(
                        {
                            "product_id": line["product_id"],
                            "name": line["name"],
                            "quantity": line["quantity"],
                            "automatic_price": False,
                            "specific_price": line["price_unit"],
                            "date_start": start,
                            "recurring_rule_type": "monthly",
                            "recurring_interval": 1,
                            "recurring_next_date": start,
                        }
                    )
                    for _command, _id, line in vals["invoice_line_ids"]
                ],
            }
            for vals in bills._prepare_move_vals_list()
        ]
    )
    env.flush_all()
    return contracts


def time_contracts(bills):
    """Invoice and post as many contracts by OCA's own function, in batches of 100."""
    contracts, spent = make_contracts(bills), {}
    env.cr.execute("ANALYZE contract_contract, contract_line")
    env.invalidate_all()
    moves = env["account.move"]
    for batch in parts(contracts, 100):
        clock = Clock(env.cr)
        made = batch._recurring_create_invoice()
        made.action_post()
        env.flush_all()
        spent = add(spent, clock.spent())
        moves |= made
    # They are compared with the others by their bills.
    for bill, move in zip(bills, moves, strict=True):
        assert len(move.invoice_line_ids) == len(TARIFF), move.invoice_line_ids
        move.power_bill_id = bill
    env.flush_all()
    return spent


def time_rows(bills, once):
    """The least it can cost: PostgreSQL writes the rows of these invoices a second time.

    Odoo's own indexes and foreign keys included; nothing is computed.

    :param once: each different foreign key is looked up once, where this is permitted
    """
    tables = {
        "account_move": "power_bill_id = ANY(%s)",
        "account_move_line": "move_id IN (SELECT id FROM copy_account_move)",
        "account_move_line_account_tax_rel": (
            "account_move_line_id IN (SELECT id FROM copy_account_move_line)"
        ),
        "mail_message": ("model = 'account.move' AND res_id IN (SELECT id FROM copy_account_move)"),
    }
    shift, wanted = 1_000_000_000, {"id", "move_id", "account_move_line_id", "res_id"}
    inserts = []
    for table, condition in tables.items():
        env.cr.execute(
            f"CREATE TEMP TABLE copy_{table} ON COMMIT DROP AS SELECT * FROM {table}"
            f" WHERE {condition}",
            [bills.ids] if "%s" in condition else None,
        )
        env.cr.execute(f"ANALYZE copy_{table}")
        env.cr.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped",
            [table],
        )
        columns = [name for (name,) in env.cr.fetchall()]
        values = [
            f'"{name}" + {shift}' if name in wanted
            else "name || '+'" if (table, name) == ("account_move", "name")
            else f'"{name}"'
            for name in columns
        ]  # fmt: skip
        names = ", ".join(f'"{name}"' for name in columns)
        order = columns[0] if "id" not in columns else "id"
        env.cr.execute(f"SELECT {order} + {shift} FROM copy_{table}")
        ids = [number for (number,) in env.cr.fetchall()]
        insert = (
            f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM copy_{table}"
            f" ORDER BY {order}"
        )
        inserts.append((SQL(insert), table, order, ids))
    with patch.object(foreign_keys, "may_look_up_once", lambda _env: once):
        clock = Clock(env.cr)
        for insert in inserts:
            foreign_keys.insert_rows(env, *insert)
        return clock.spent()


def compare_routes(bills):
    """Invoices a second by each route, over the same bills."""
    sample = bills[: options["sample"]]
    count_tables()
    with_contracts = "contract.contract" in env
    may_once = foreign_keys.may_look_up_once(env)
    for measure in (time_plain, lambda some: time_route(some, "set", 10)):  # warm up
        measure(bills[:10])
        env.cr.rollback()
    for round_number in range(options["rounds"]):
        for name, records, measure in (
            ("plain ORM, batches of 100", sample, time_plain),
            *([("OCA contract, batches of 100", sample, time_contracts)] * with_contracts),
            ("complete lines", sample, lambda some: time_route(some, "complete", 200)),
            ("in a set", bills, lambda some: time_route(some, "set", options["batch"])),
        ):
            env.invalidate_all()
            spent = measure(records)
            total = total_of(records)
            facts = {"kind": "route", "round": round_number, "count": len(records), "total": total}
            say(**facts, name=name, spent=spent, processor=measure_processor())
            env.cr.execute("SAVEPOINT posted")
            for once in sorted({False, may_once}) if name == "in a set" else ():
                spent = time_rows(records, once)
                say(**facts, name=ROWS_ALONE[once], spent=spent, processor=measure_processor())
                env.cr.execute("ROLLBACK TO posted")
            env.cr.rollback()
            env.invalidate_all()


def total_of(bills):
    env.cr.execute(
        "SELECT sum(amount_total), count(*) FROM account_move WHERE power_bill_id = ANY(%s)",
        [bills.ids],
    )
    amount, count = env.cr.fetchone()
    assert count == len(bills), (count, len(bills))
    env.cr.execute("SELECT sum(amount_total) FROM power_bill WHERE id = ANY(%s)", [bills.ids])
    assert amount == env.cr.fetchone()[0]
    return str(amount)


def bill_month(points, approved):
    """A whole run as a scheduled action does it: seconds of each part and memory.

    :param bool approved: somebody looks at the rated bills before they are posted, and meanwhile
        the routes are compared; else each batch is posted while the next is rated
    """
    run = env["power.bill.run"].create(
        {
            "period": "2026-01-01",
            "invoice_date": "2026-02-03",
            "company_id": company.id,
            "supply_point_ids": [Command.set(points)],
            "auto_post": not approved,
        }
    )
    env.cr.commit()
    speeds, spent = [measure_processor()], {}
    clock = Clock(env.cr)
    with run._exclusive():
        run._start()
        env.cr.commit()
    spent["made"] = clock.spent()
    if approved:
        spent["rated"] = work(run)
        bills = env["power.bill"].search(
            [("run_id", "=", run.id), ("state", "=", "rated")], order="id"
        )
        assert len(bills) == len(points), (len(bills), len(points))
        compare_routes(bills[: options["set_sample"]])
        run._set_state("posting")
        env.cr.commit()
    spent["posted" if approved else "rated and posted"] = work(run)
    speeds.append(measure_processor())
    assert run.state == "done", run.state
    env.cr.execute(
        "SELECT count(*) FROM power_bill WHERE run_id = %s AND state = 'posted'", [run.id]
    )
    assert env.cr.fetchone()[0] == len(points)
    resident, peak = memory()
    say(
        kind="run", count=len(points), approved=approved, spent=spent, resident=resident,
        peak=peak, processor=statistics.mean(speeds),
    )  # fmt: skip


def work(run):
    """Go on until the run rests, each batch committed."""

    def report(_done):
        env.cr.commit()
        env.invalidate_all()
        return True

    clock = Clock(env.cr)
    run._work(report)
    env.invalidate_all()
    return clock.spent()


company = make_company(env)
env = env(context={**env.context, "allowed_company_ids": company.ids, "lang": "en_US"})
company = company.with_env(env)
company.power_bill_batch = options["batch"]
prototype = make_account(env, company)
env.cr.commit()
say(kind="start", memory=memory())
for number, size in enumerate(options["sizes"]):
    bill_month(multiply(env, prototype, size, f"A{number}"), approved=False)
    if size == options["compare"]:
        # Where a run stands in the books already: nobody's tables are empty.
        bill_month(multiply(env, prototype, size, f"B{number}"), approved=True)
print("BENCH end", flush=True)
