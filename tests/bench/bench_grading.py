"""Grading in sets beside plain ORM grading and a bare INSERT … SELECT, in one run; validation."""

import os
import sys

from house import database, odoo, paths, postgres
from house.console import Stop, run

TEMPLATE = "power_demo_template"
NAME = "power_bench_grading"
CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS", "200000"))
MODULES = ["power_grading", "power_grading_billing"]
PROGRAM = """
import logging, resource, time
from collections import defaultdict
from datetime import date
from odoo.addons.power_grading.tools import validation
from odoo.tools import SQL

COUNT, BILLS, DAY = %(customers)s, 6, date(2026, 6, 30)
cr = env.cr
company = env["res.company"].create({"name": "Bench"})
journal = env["account.journal"].create(
    {"name": "Bench", "code": "BNCH", "type": "general", "company_id": company.id})
env.flush_all()


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(make):
    started = time.perf_counter()
    found = make()
    env.flush_all()
    return time.perf_counter() - started, found


cr.execute('''
    INSERT INTO res_partner (name, complete_name, active, autopost_bills, company_id, is_company,
        power_is_customer, power_capacity_kva, power_supply_point_count, type)
    SELECT 'Bench '||n, 'Bench '||n, TRUE, 'ask', %%s, TRUE, TRUE,
        (n::bigint * 7919 %%%% 1000) + 1, 1, 'contact'
    FROM generate_series(1, %%s) n RETURNING id''', [company.id, COUNT])
cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE company_id = %%s", [company.id])
cr.execute('''
    INSERT INTO account_move (journal_id, company_id, currency_id, state, move_type, auto_post,
        date, invoice_date, invoice_date_due, partner_id, commercial_partner_id,
        amount_total_signed, amount_residual_signed, payment_state)
    SELECT %%s, %%s, %%s, 'posted', 'out_invoice', 'no', d, d, d + 20, p.id, p.id, a,
        CASE WHEN (p.id * 31 + m) %%%% 17 = 0 THEN a ELSE 0 END,
        CASE WHEN (p.id * 31 + m) %%%% 17 = 0 THEN 'not_paid' ELSE 'paid' END
    FROM res_partner p, generate_series(1, %%s) m,
        LATERAL (SELECT (date '2025-12-10' + m * 30) AS d,
            (p.id::bigint * m %%%% 100000 + 10)::numeric AS a) x
    WHERE p.company_id = %%s''',
    [journal.id, company.id, company.currency_id.id, BILLS, company.id])
cr.execute("ANALYZE res_partner; ANALYZE account_move")
cr.commit()
sources = ["invoiced", "bills", "average_bill", "on_time_rate", "late_bills", "worst_days_late",
           "paid_share", "overdue_amount", "arrears_months", "capacity"]
scheme = env["power.grading.scheme"].create({
    "name": "Bench", "code": "bench", "axis": "credit", "company_id": company.id,
    "indicator_ids": [(0, 0, {
        "name": s, "source": s, "weight": 10, "x1": 1000,
        "transformation": "percentile" if n %% 2 else "linear"}) for n, s in enumerate(sources)],
    "band_ids": [(0, 0, {"sequence": n, "letter": l, "name": l, "open_above": hi is None,
        "open_below": lo is None, "value_from": lo or 0, "value_to": hi or 0})
        for n, (l, lo, hi) in enumerate([("A", 60, None), ("B", 45, 60), ("C", 30, 45),
                                         ("D", None, 30)])]})
env["power.grading.scheme"].search(
    [("axis", "=", "credit"), ("leading", "=", True)]).leading = False
scheme.action_activate()
scheme.leading = True
cr.commit()
rules = env["power.service.level.rule"].search([])
rules.active = False


def grade():
    run = env["power.grading.run"].with_company(company).create({
        "company_id": company.id, "date": DAY,
        "line_ids": [(0, 0, {"scheme_id": scheme.id})]})
    seconds, _done = timed(run.action_compute)
    approve, _done = timed(run.action_approve)
    return run, seconds, approve


def rate(name, seconds, rows=COUNT):
    print(f"BENCH {name:<46} {seconds:8.2f} s {rows / seconds:12,.0f} customers/s")


first, all_new, approve = grade()
rate("first run, every customer written", all_new)
rate("  put in force", approve)


def plain_insert():
    cr.execute("CREATE TABLE bench_plain"
               " (LIKE power_grading_result INCLUDING DEFAULTS INCLUDING INDEXES)")
    cr.execute("INSERT INTO bench_plain SELECT * FROM power_grading_result"
               " WHERE line_id = %%s", [first.line_ids.id])


plain, _none = timed(plain_insert)
cr.execute("DROP TABLE bench_plain")
rate("bare INSERT ... SELECT of as many rows", plain)
print(f"BENCH {'first run in bare inserts (limit 3)':<46} {all_new / plain:8.1f}")

before = memory()
again, none_changed, approve_none = grade()
rate("second run, nothing changed (limit 50,000)", none_changed + approve_none)
print(f"BENCH {'  results written':<46} {again.changed_count:8d}")
cr.execute("UPDATE account_move SET amount_total_signed = amount_total_signed * 3"
           " WHERE company_id = %%s AND partner_id %%%% 50 = 0", [company.id])
cr.commit()
few, few_changed, approve_few = grade()
rate("third run, 2 %% of the inputs changed", few_changed + approve_few)
print(f"BENCH {'  results written, grades moved':<46} {few.changed_count:8d} "
      f"{few.up_count + few.down_count:8d}")
print(f"BENCH {'  memory grew by (MB)':<46} {memory() - before:8.0f}")


def by_orm():
    # the same shape of work: one _read_group a source, scores in Python, one write a letter
    moves, facts = env["account.move"], defaultdict(list)
    domain = [("company_id", "=", company.id), ("move_type", "=", "out_invoice"),
              ("state", "=", "posted")]
    late = [("payment_state", "=", "not_paid")]
    for extra, aggregate in ((domain, "amount_total_signed:sum"), (domain, "__count"),
            (domain, "amount_total_signed:avg"), (domain + late, "__count"),
            (domain + late, "amount_residual_signed:sum"), (domain + late, "invoice_date_due:min"),
            (domain, "amount_residual_signed:sum"), (domain, "amount_total_signed:max"),
            (domain, "amount_total_signed:min")):
        for partner, value in moves._read_group(extra, ["commercial_partner_id"], [aggregate]):
            facts[partner.id].append(value)
    partners = env["res.partner"].search([("company_id", "=", company.id),
                                          ("power_is_customer", "=", True)])
    letters = defaultdict(list)
    for partner in partners:
        values = [v for v in facts[partner.id] if isinstance(v, (int, float))]
        values.append(partner.power_capacity_kva)
        score = sum(min(100, max(0, v / 10)) for v in values) / len(values)
        letters["ABCD"[min(3, int(score // 25))]].append(partner.id)
    for letter, ids in letters.items():
        for start in range(0, len(ids), 1000):
            env["res.partner"].browse(ids[start:start + 1000]).with_context(
                tracking_disable=True).write({"power_grade_value": letter})


env.invalidate_all()
orm, _none = timed(by_orm)
cr.rollback()
rate("_read_group and grouped writes", orm)
print(f"BENCH {'grading without change, times faster (10)':<46} "
      f"{orm / (none_changed + approve_none):8.1f}")
print(f"BENCH {'grading with every row new, times faster':<46} {orm / (all_new + approve):8.1f}")

# validation on the demo utility: graded six months before, against who paid late since
demo = env.ref("power_demo.company")
last = env["power.bill"].search([("state", "=", "posted"), ("company_id", "=", demo.id)],
                                order="period_to desc", limit=1).period_to
from dateutil.relativedelta import relativedelta
then = last - relativedelta(months=6)
from odoo.addons.power_grading.models.power_grading_source import ScoreScope
queries = env["power.grading.source"]._score_queries()
scope = ScoreScope(demo.id, last + relativedelta(days=25), 6)
env.flush_all()
query = queries["worst_days_late"]
outcome = dict(env.execute_query(SQL("SELECT %%s, %%s FROM %%s GROUP BY 1",
                                     query.partner, query.value, query.table(scope))))
for xmlid in ("wuxi_risk", "emk_risk", "credit_default"):
    graded = env.ref(f"power_grading.scheme_{xmlid}")
    env["power.grading.engine"]._grade(graded, demo, then)
    sign = 1 if not graded.high_is_good else -1
    rows = [(sign * float(score), (outcome.get(partner) or 0) > 15)
            for partner, score in env.execute_query(SQL(
                "SELECT partner_id, score FROM power_grading_graded WHERE score IS NOT NULL"))
            if partner in outcome]
    scores, bad = [row[0] for row in rows], [row[1] for row in rows]
    text = "  ".join(f"{name} {value:.2f}" for name, value in (
        ("AUC", validation.auc(scores, bad) or 0), ("KS", validation.ks(scores, bad) or 0),
        ("worst tenth catches", validation.capture(scores, bad) or 0)))
    print(f"BENCH {graded.name:<28} {len(rows)} customers, {sum(bad)} later > 15 days late: {text}")
"""


def main():
    postgres.ensure()
    if not database.exists(TEMPLATE):
        raise Stop("The demo utility is not built: run ./scripts/test power_demo first.")
    database.clone(TEMPLATE, NAME)
    log = paths.DATA / "log" / "bench-grading.log"
    try:
        database.install(NAME, MODULES)
        run(
            database.shell(NAME),
            "The bench failed.",
            env=odoo.child_environment(),
            stdin=PROGRAM % {"customers": CUSTOMERS},
            log=log,
        )
    finally:
        database.drop(NAME)
    lines = [line for line in log.read_text().splitlines() if "BENCH " in line]
    if not lines:
        raise Stop(f"The bench printed nothing; see {log}.")
    for line in lines:
        print(line.split("BENCH ", 1)[1])


if __name__ == "__main__":
    sys.exit(main())
