"""Runs in an Odoo shell: customers with six bills each, graded in sets and by the ORM.

Options come as JSON in POWER_BENCH; prints lines of JSON that begin with BENCH, and BENCH end.
"""

import json
import os
import resource
from collections import defaultdict
from datetime import date

from dateutil.relativedelta import relativedelta
from house.clock import Clock

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
    """(what it took, what it returned)."""
    clock = Clock(cr)
    found = make()
    env.flush_all()
    return clock.spent(), found


def together(*spent):
    return {name: sum(part[name] for part in spent) for name in spent[0]}


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
        """A run computed and approved: (run, what computing took, what approval took)."""
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
        """INSERT … SELECT of the same rows into a table with the same indexes and keys."""
        cr.execute(
            "CREATE TABLE bench_plain (LIKE power_grading_result INCLUDING DEFAULTS"
            " INCLUDING INDEXES, FOREIGN KEY (partner_id) REFERENCES res_partner"
            " ON DELETE CASCADE)"
        )
        cr.commit()

        def insert():
            cr.execute(
                "INSERT INTO bench_plain SELECT * FROM power_grading_result WHERE line_id = %s",
                [line.id],
            )
            cr.commit()

        spent, _none = timed(insert)
        cr.execute("DROP TABLE bench_plain")
        cr.commit()
        return spent

    def change(self, one_in):
        cr.execute(
            "UPDATE account_move SET amount_total_signed = amount_total_signed * 3"
            " WHERE company_id = %s AND partner_id %% %s = 0",
            [self.company.id, one_in],
        )
        cr.commit()

    def grade_by_orm(self, line):
        """The same work as one would write it: one _read_group a source, scores in Python, results
        with their points created in thousands, letters written in groups; where the letter is the
        same already, nothing is written."""
        env.invalidate_all()
        facts = self._read_facts()
        customers = env["res.partner"].search_fetch(
            [("company_id", "=", self.company.id), ("power_is_customer", "=", True)],
            ["power_capacity_kva", "power_grade_value"],
        )
        letters, results = defaultdict(list), []
        for customer in customers:
            values = [value for value in facts[customer.id] if isinstance(value, int | float)]
            points = [min(100, max(0, value / 10)) for value in values]
            points.append(min(100, customer.power_capacity_kva / 10))
            score = sum(points) / len(points)
            position = 3 - min(3, int(score // 25))
            letter = LETTERS[position][0]
            if customer.power_grade_value == letter:
                continue
            letters[letter].append(customer.id)
            results.append(
                {
                    "line_id": line.id,
                    "company_id": self.company.id,
                    "partner_id": customer.id,
                    "family": "orm",
                    "band_id": self.scheme.band_ids[position].id,
                    "letter": letter,
                    "position": position + 1,
                    "score": score,
                    "caps": points,
                }
            )
        for start in range(0, len(results), 1000):
            env["power.grading.result"].create(results[start : start + 1000])
        for letter, ids in letters.items():
            for start in range(0, len(ids), 1000):
                chunk = env["res.partner"].browse(ids[start : start + 1000])
                chunk.with_context(tracking_disable=True).write({"power_grade_value": letter})

    def _read_facts(self):
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
        return facts


def measure(count):
    utility, facts = Utility(count), {}
    first, facts["first"], facts["in_force"] = utility.grade()
    facts["bare"] = utility.bare_insert(first.line_ids)
    before = memory()
    again, *spent = utility.grade()
    facts["again"], facts["again_written"] = together(*spent), again.changed_count
    utility.change(one_in=50)
    few, *spent = utility.grade()
    facts["few"], facts["few_written"] = together(*spent), few.changed_count
    facts["few_moved"] = few.up_count + few.down_count
    facts["memory"] = memory() - before
    say(kind="speed", count=count, **facts)
    if count <= options["orm"]:
        other = few.copy({"line_ids": [Command.create({"scheme_id": utility.scheme.id})]})
        facts["orm_first"], _none = timed(lambda: utility.grade_by_orm(other.line_ids))
        facts["orm_again"], _none = timed(lambda: utility.grade_by_orm(other.line_ids))
        cr.rollback()
        say(kind="orm", count=count, **facts)


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
