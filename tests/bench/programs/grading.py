"""Runs in an Odoo shell: customers with six bills each, graded in sets and by the ORM.

Options come as JSON in POWER_BENCH; prints lines of JSON that begin with BENCH, and BENCH end.
"""

import json
import os
import resource
import time
from collections import defaultdict
from datetime import date

from dateutil.relativedelta import relativedelta

from odoo.fields import Command

env = env  # noqa: F821, PLW0127 - the shell's
cr = env.cr
options = json.loads(os.environ["POWER_BENCH"])
BILLS, DAY = 6, date(2026, 6, 30)
SOURCES = (
    "invoiced", "bills", "average_bill", "on_time_rate", "late_bills", "worst_days_late",
    "paid_share", "overdue_amount", "arrears_months", "capacity",
)  # fmt: skip
LETTERS = (("A", 60, None), ("B", 45, 60), ("C", 30, 45), ("D", None, 30))


def say(**facts):
    print("BENCH", json.dumps(facts), flush=True)


def memory():
    """Most memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(make):
    started = time.perf_counter()
    found = make()
    env.flush_all()
    return time.perf_counter() - started, found


class Utility:
    """A company of so many customers with bills, and a scheme of ten indicators."""

    def __init__(self, count):
        self.count = count
        self.company = env["res.company"].create({"name": f"Bench {count}"})
        self._load()
        self.scheme = self._make_scheme()

    def _load(self):
        journal = env["account.journal"].create(
            {"name": "Bench", "code": "BNCH", "type": "general", "company_id": self.company.id}
        )
        env.flush_all()
        self._multiply_partner()
        cr.execute(
            """INSERT INTO account_move (journal_id, company_id, currency_id, state, move_type,
                auto_post, date, invoice_date, invoice_date_due, partner_id,
                commercial_partner_id, amount_total_signed, amount_residual_signed, payment_state)
            SELECT %s, %s, %s, 'posted', 'out_invoice', 'no', d, d, d + 20, p.id, p.id, a,
                CASE WHEN (p.id * 31 + m) %% 17 = 0 THEN a ELSE 0 END,
                CASE WHEN (p.id * 31 + m) %% 17 = 0 THEN 'not_paid' ELSE 'paid' END
            FROM res_partner p, generate_series(1, %s) m,
                LATERAL (SELECT (date '2025-12-10' + m * 30) AS d,
                    (p.id::bigint * m %% 100000 + 10)::numeric AS a) x
            WHERE p.company_id = %s""",
            [
                journal.id,
                self.company.id,
                self.company.currency_id.id,
                BILLS,
                self.company.id,
            ],
        )
        self._settle()

    def _multiply_partner(self):
        """Copies of one customer, with whatever columns the add-ons installed ask for."""
        first = env["res.partner"].create(
            {"name": "Bench", "company_id": self.company.id, "power_is_customer": True}
        )
        env.flush_all()
        other = {
            "name": "'Bench ' || n",
            "complete_name": "'Bench ' || n",
            "power_capacity_kva": "(n::bigint * 7919 %% 1000) + 1",
            "power_supply_point_count": "1",
            "power_customer_number": "NULL",
        }
        cr.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'res_partner' AND column_name <> 'id'"
        )
        names = [name for (name,) in cr.fetchall()]
        cr.execute(
            f"INSERT INTO res_partner ({', '.join(names)})"
            f" SELECT {', '.join(other.get(name, name) for name in names)}"
            " FROM res_partner, generate_series(2, %s) n WHERE id = %s",
            [self.count, first.id],
        )
        cr.execute(
            "UPDATE res_partner SET commercial_partner_id = id WHERE company_id = %s",
            [self.company.id],
        )

    def _settle(self):
        """As autovacuum leaves the tables, so that no figure pays for the loading."""
        cr.commit()
        cr.connection.autocommit = True
        cr.execute("VACUUM ANALYZE res_partner")
        cr.execute("VACUUM ANALYZE account_move")
        cr.connection.autocommit = False

    def _make_scheme(self):
        schemes = env["power.grading.scheme"]
        schemes.search([("axis", "=", "credit"), ("leading", "=", True)]).leading = False
        scheme = schemes.create(
            {
                "name": "Bench",
                "code": "bench",
                "axis": "credit",
                "company_id": self.company.id,
                "indicator_ids": [
                    Command.create(
                        {
                            "name": source,
                            "source": source,
                            "weight": 10,
                            "x1": 1000,
                            "transformation": "percentile" if place % 2 else "linear",
                        }
                    )
                    for place, source in enumerate(SOURCES)
                ],
                "band_ids": [
                    Command.create(
                        {
                            "sequence": place,
                            "letter": letter,
                            "name": letter,
                            "open_above": high is None,
                            "open_below": low is None,
                            "value_from": low or 0,
                            "value_to": high or 0,
                        }
                    )
                    for place, (letter, low, high) in enumerate(LETTERS)
                ],
            }
        )
        scheme.action_activate()
        scheme.leading = True
        cr.commit()
        return scheme

    def grade(self):
        """A run computed and approved: (run, seconds to compute, seconds to put in force)."""
        run = (
            env["power.grading.run"]
            .with_company(self.company)
            .create(
                {
                    "company_id": self.company.id,
                    "date": DAY,
                    "line_ids": [Command.create({"scheme_id": self.scheme.id})],
                }
            )
        )
        computed, _done = timed(run.action_compute)
        approved, _done = timed(run.action_approve)
        return run, computed, approved

    def bare_insert(self, line):
        """Seconds of INSERT … SELECT of the same rows into a table with the same indexes."""
        cr.execute(
            "CREATE TABLE bench_plain (LIKE power_grading_result INCLUDING DEFAULTS"
            " INCLUDING INDEXES)"
        )
        cr.commit()

        def insert():
            cr.execute(
                "INSERT INTO bench_plain SELECT * FROM power_grading_result WHERE line_id = %s",
                [line.id],
            )
            cr.commit()

        seconds, _none = timed(insert)
        cr.execute("DROP TABLE bench_plain")
        cr.commit()
        return seconds

    def change(self, one_in):
        cr.execute(
            "UPDATE account_move SET amount_total_signed = amount_total_signed * 3"
            " WHERE company_id = %s AND partner_id %% %s = 0",
            [self.company.id, one_in],
        )
        cr.commit()

    def grade_by_orm(self):
        """The same shape of work as one would write it: one _read_group a source, scores in
        Python, one write a letter. It keeps no points, no former grade and no explanation."""
        moves, facts = env["account.move"], defaultdict(list)
        domain = [
            ("company_id", "=", self.company.id),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
        ]
        late = [*domain, ("payment_state", "=", "not_paid")]
        for terms, aggregate in (
            (domain, "amount_total_signed:sum"),
            (domain, "__count"),
            (domain, "amount_total_signed:avg"),
            (late, "__count"),
            (late, "amount_residual_signed:sum"),
            (late, "invoice_date_due:min"),
            (domain, "amount_residual_signed:sum"),
            (domain, "amount_total_signed:max"),
            (domain, "amount_total_signed:min"),
        ):
            for partner, value in moves._read_group(terms, ["commercial_partner_id"], [aggregate]):
                facts[partner.id].append(value)
        partners = env["res.partner"].search(
            [("company_id", "=", self.company.id), ("power_is_customer", "=", True)]
        )
        letters = defaultdict(list)
        for partner in partners:
            values = [value for value in facts[partner.id] if isinstance(value, int | float)]
            values.append(partner.power_capacity_kva)
            score = sum(min(100, max(0, value / 10)) for value in values) / len(values)
            letters["ABCD"[min(3, int(score // 25))]].append(partner.id)
        for letter, ids in letters.items():
            for start in range(0, len(ids), 1000):
                chunk = env["res.partner"].browse(ids[start : start + 1000])
                chunk.with_context(tracking_disable=True).write({"power_grade_value": letter})


def measure(count):
    utility, facts = Utility(count), {}
    first, facts["first"], facts["in_force"] = utility.grade()
    facts["bare"] = utility.bare_insert(first.line_ids)
    before = memory()
    again, computed, approved = utility.grade()
    facts["again"], facts["again_written"] = computed + approved, again.changed_count
    utility.change(one_in=50)
    few, computed, approved = utility.grade()
    facts["few"], facts["few_written"] = computed + approved, few.changed_count
    facts["few_moved"] = few.up_count + few.down_count
    facts["memory"] = memory() - before
    if count <= options["orm"]:
        env.invalidate_all()
        facts["orm"], _none = timed(utility.grade_by_orm)
        cr.rollback()
    say(kind="speed", count=count, **facts)


def validate():
    """Schemes on the demo utility: graded six months before, against who paid late since."""
    demo = env.ref("power_demo.company")
    last = env["power.bill"].search(
        [("state", "=", "posted"), ("company_id", "=", demo.id)], order="period_to desc", limit=1
    )
    known = min(last.period_to + relativedelta(days=25), demo._get_power_today())
    then = known - relativedelta(months=6)
    tests = env["power.grading.backtest"].create(
        [
            {
                "company_id": demo.id,
                "scheme_id": env.ref(f"power_grading.scheme_{code}").id,
                "date": then,
                "months": 6,
            }
            for code in ("wuxi_risk", "emk_risk", "credit_default")
        ]
    )
    tests.action_test()
    for test in tests:
        say(
            kind="validation",
            name=test.scheme_id.name,
            customers=test.customer_count,
            bad=test.bad_count,
            auc=test.auc,
            ks=test.ks,
            capture=test.capture,
        )
    cr.rollback()


validate()
env["power.service.level.rule"].search([]).active = False
for size in options["sizes"]:
    measure(size)
print("BENCH end", flush=True)
