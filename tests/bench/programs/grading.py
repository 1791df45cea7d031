"""Runs in an Odoo shell: customers with six bills each, graded in sets and by the ORM.

Options come as JSON in POWER_BENCH; prints lines of JSON that begin with BENCH, and BENCH end.
"""

import json
import math
import os
import resource
from ast import literal_eval
from bisect import bisect_left
from collections import defaultdict
from contextlib import contextmanager
from datetime import date

from dateutil.relativedelta import relativedelta
from house.clock import Clock
from lxml import etree

from odoo.fields import Command

env = env  # noqa: F821, PLW0127 - the shell's
cr = env.cr
options = json.loads(os.environ["POWER_BENCH"])
BILLS, DAY = 6, date(2026, 6, 30)
SOURCES = (
    "invoiced", "bills", "average_bill", "on_time_rate", "late_bills", "worst_days_late",
    "paid_share", "overdue_amount", "arrears_months", "capacity",
)  # fmt: skip
AXES = ("pyramid", "value", "risk", "potential")
PYRAMID = (("A", 1), ("B", 4), ("C", 15), ("D", 80))
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


@contextmanager
def bulk(table):
    """Load a table of this copy without its foreign keys, and with its indexes built at the end."""
    cr.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'", [table]
    )
    for (name,) in cr.fetchall():
        cr.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cr.execute(
        "SELECT indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisprimary",
        [table],
    )
    indexes = cr.fetchall()
    for name, _definition in indexes:
        cr.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cr.execute(definition)


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
        with bulk("account_move"):
            self._multiply_bill(journal)
        self._settle()

    def _multiply_bill(self, journal):
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

    def _multiply_partner(self):
        """Copies of one customer, with whatever columns the add-ons installed ask for."""
        first = env["res.partner"].create(
            {"name": "Bench", "company_id": self.company.id, "power_is_customer": True}
        )
        env.flush_all()
        other = {
            "id": "n + %(first)s",
            "commercial_partner_id": "n + %(first)s",
            "name": "'Bench ' || n",
            "complete_name": "'Bench ' || n",
            "power_capacity_kva": "(n::bigint * 7919 %% 1000) + 1",
            "power_supply_point_count": "1",
            "power_customer_number": "NULL",
        }
        cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'res_partner'"
        )
        names = [name for (name,) in cr.fetchall()]
        cr.execute(
            f"INSERT INTO res_partner ({', '.join(names)})"
            f" SELECT {', '.join(other.get(name, name) for name in names)}"
            " FROM res_partner, generate_series(1, %(more)s) n WHERE id = %(first)s",
            {"first": first.id, "more": self.count - 1},
        )
        cr.execute("SELECT setval('res_partner_id_seq', %s)", [first.id + self.count])

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
        """The same work as one would write it with the ORM: one _read_group a source, percentile
        cuts and scores in Python, compared with what was found before, results with value and
        points of each indicator created in thousands, letters created or written in groups; where
        nothing changed, nothing is written."""
        env.invalidate_all()
        facts = self._read_facts()
        cuts = {place: self._cut(facts[place].values()) for place in range(1, len(SOURCES), 2)}
        former = self._read_former()
        grades, moves = env["power.customer.grade"], defaultdict(int)
        cards = {card.partner_id.id: card for card in grades.search_fetch(
            [("company_id", "=", self.company.id)], ["partner_id", "value"]
        )}  # fmt: skip
        results, new, letters = [], [], defaultdict(list)
        for partner_id in self._search_customers():
            values = [fact.get(partner_id) for fact in facts]
            points = [
                None if value is None else self._score(value, cuts.get(place))
                for place, value in enumerate(values)
            ]
            counted = [point for point in points if point is not None]
            score = round(sum(counted) / len(counted), 4)
            position = next(n for n, band in enumerate(LETTERS, 1) if score >= (band[1] or 0))
            before = former.get(partner_id)
            moves[before and before["position"], position] += 1
            if before and before["caps"] == [values, points]:
                continue
            letter = LETTERS[position - 1][0]
            results.append(
                {
                    "line_id": line.id,
                    "company_id": self.company.id,
                    "partner_id": partner_id,
                    "family": "orm",
                    "band_id": self.scheme.band_ids[position - 1].id,
                    "letter": letter,
                    "position": position,
                    "uncapped": position,
                    "score": score,
                    "caps": [values, points],
                    "previous_id": before and before["id"],
                    "previous_letter": before and before["letter"],
                    "step": before["position"] - position if before else 0,
                }
            )
            card = cards.get(partner_id)
            if not card:
                new.append(
                    {"partner_id": partner_id, "company_id": self.company.id, "value": letter}
                )
            elif card.value != letter:
                letters[letter].append(card.id)
        for model, rows in (("power.grading.result", results), ("power.customer.grade", new)):
            for start in range(0, len(rows), 1000):
                env[model].create(rows[start : start + 1000])
        for letter, ids in letters.items():
            for start in range(0, len(ids), 1000):
                grades.browse(ids[start : start + 1000]).write({"value": letter})
        return moves

    def _search_customers(self):
        domain = [("company_id", "=", self.company.id), ("power_is_customer", "=", True)]
        return env["res.partner"].search(domain).ids

    def _read_former(self):
        """What the last grading by the ORM found: {customer: its row}."""
        rows = env["power.grading.result"].search_read(
            [("company_id", "=", self.company.id), ("family", "=", "orm")],
            ["partner_id", "position", "letter", "caps"],
            order="id",
            load="",
        )
        return {row["partner_id"]: row for row in rows}

    def _cut(self, values):
        known = sorted(value for value in values if value is not None)
        return [known[math.ceil(len(known) * place / 100) - 1] for place in range(1, 100)]

    def _score(self, value, cuts):
        if cuts is None:
            return round(min(100.0, max(0.0, value / 10)), 4)
        return round(100 * bisect_left(cuts, value) / 99, 4)

    def _read_facts(self):
        """{customer: value} of each source, by the database as far as the ORM has words for it."""
        posted = [
            ("company_id", "=", self.company.id),
            ("move_type", "in", ("out_invoice", "out_refund")),
            ("state", "=", "posted"),
            ("invoice_date", ">", DAY - relativedelta(months=12)),
            ("invoice_date", "<=", DAY),
        ]
        bills = [
            *posted, ("move_type", "=", "out_invoice"), ("payment_state", "!=", "reversed"),
        ]  # fmt: skip
        closed = [("payment_state", "in", ("paid", "in_payment"))]
        overdue = [
            *bills, ("payment_state", "not in", ("paid", "in_payment")),
            ("invoice_date_due", "<", DAY),
        ]  # fmt: skip
        judged = [*bills, "|", *closed, ("invoice_date_due", "<", DAY)]
        everybody = self._search_customers()
        charged = self._read(posted, "amount_total_signed:sum")
        counts = self._read(bills, "__count")
        average = self._read(bills, "amount_total_signed:avg")
        cases = self._read(judged, "__count")
        late = self._read(overdue, "__count")
        oldest = self._read(overdue, "invoice_date_due:min")
        due = self._read(judged, "amount_total_signed:sum")
        owed = self._read(overdue, "amount_residual_signed:sum")
        months = defaultdict(int)
        for partner, _month in env["account.move"]._read_group(
            overdue, ["commercial_partner_id", "invoice_date:month"]
        ):
            months[partner.id] += 1
        capacity = {
            row["id"]: row["power_capacity_kva"]
            for row in env["res.partner"].browse(everybody).read(["power_capacity_kva"], load="")
        }

        def known(facts):
            return {partner: facts.get(partner, 0) for partner in everybody}

        return [
            known(charged),
            known(counts),
            average,
            {key: round(100 * (n - late.get(key, 0)) / n, 4) for key, n in cases.items()},
            known(late),
            known({key: (DAY - day).days for key, day in oldest.items()}),
            {key: round(100 * (1 - owed.get(key, 0) / n), 4) for key, n in due.items() if n},
            known(owed),
            known(months),
            capacity,
        ]

    def _read(self, domain, aggregate):
        return {
            partner.id: value
            for partner, value in env["account.move"]._read_group(
                domain, ["commercial_partner_id"], [aggregate]
            )
        }


class Screens:
    """What a manager waits for: pages as the web client asks for them, and the long buttons."""

    LISTS = (
        ("VIP", "res_partner_action_vip"),
        ("black list of credit", "res_partner_action_bad_credit"),
        ("stars of tomorrow", "res_partner_action_star"),
        ("green channel", "res_partner_action_green_channel"),
        ("risk watch list", "power_grading_result_action_watch"),
        ("grades, all", "power_grading_result_action"),
    )
    GRID = ("power_grade_credit", "power_grade_value")

    def __init__(self, utility):
        user = env["res.users"].create(
            {
                "name": "Bench",
                "login": f"bench{utility.count}",
                "company_id": utility.company.id,
                "company_ids": [Command.set(utility.company.ids)],
                "group_ids": [Command.link(env.ref("power_crm.group_manager").id)],
            }
        )
        self.env = env(user=user, context={"allowed_company_ids": utility.company.ids})
        self.utility = utility

    def grade_all_axes(self):
        """A run by a scheme an axis: what computing, approval and undo took."""
        schemes = [self.utility.scheme, *map(self._make_scheme, AXES)]
        run, again = (self._create_run(schemes) for _turn in range(2))
        computed, _done = timed(run.sudo().action_compute)
        approved, _done = timed(run.action_approve)
        undone, _done = timed(run.action_undo)
        again.sudo().action_compute()
        again.action_approve()
        return {"schemes": len(run.line_ids), "all": computed, "approve": approved, "undo": undone}

    def _create_run(self, schemes):
        return self.env["power.grading.run"].create(
            {
                "company_id": self.utility.company.id,
                "date": DAY,
                "line_ids": [Command.create({"scheme_id": scheme.id}) for scheme in schemes],
            }
        )

    def _make_scheme(self, axis):
        """Shares of what is invoiced; the last letter is an alarm."""
        schemes = env["power.grading.scheme"]
        schemes.search([("axis", "=", axis), ("leading", "=", True)]).leading = False
        scheme = schemes.create(
            {
                "name": f"Bench {axis}",
                "code": f"bench_{axis}",
                "axis": axis,
                "company_id": self.utility.company.id,
                "combination": "percentile",
                "leading": True,
                "indicator_ids": [
                    Command.create(
                        {
                            "name": "invoiced",
                            "source": "invoiced",
                            "weight": 1,
                            "transformation": "asis",
                        }
                    )
                ],
                "band_ids": [
                    Command.create(
                        {
                            "sequence": place,
                            "letter": letter,
                            "name": letter,
                            "share": share,
                            "warning": "3" if axis == "risk" and letter == "A" else "0",
                        }
                    )
                    for place, (letter, share) in enumerate(PYRAMID)
                ],
            }
        )
        scheme.action_activate()
        return scheme

    def time_buttons(self):
        """Try and back-test of one scheme, which a person waits for."""
        trial = self.env["power.grading.try"].create(
            {"scheme_id": self.utility.scheme.id, "company_id": self.utility.company.id}
        )
        trial.write({"date": DAY, "sample": 0})
        tried, _done = timed(trial.action_try)
        test = self.env["power.grading.backtest"].create(
            {
                "company_id": self.utility.company.id,
                "scheme_id": self.utility.scheme.id,
                "date": DAY - relativedelta(months=3),
                "months": 3,
            }
        )
        tested, _done = timed(test.action_test)
        return {"try": tried, "backtest": tested}

    def time_pages(self):
        """{page: what it took}, the middle of three, nothing in the cache."""
        pages = {
            "pyramid": lambda: self._list("power.pyramid.layer", []),
            "credit × value grid": self._grid,
            **{name: lambda action=action: self._open(action) for name, action in self.LISTS},
            "customers of the lowest layer": self._lowest_layer,
            "movement matrix": lambda: self._open("power_grading_run_total_action"),
            "a customer with its grades": self._customer,
        }
        return {name: self._time(page) for name, page in pages.items()}

    def _time(self, page):
        found = []
        for _turn in range(3):
            env.invalidate_all()
            spent, _page = timed(page)
            found.append(spent)
        return sorted(found, key=lambda spent: spent["wall"])[1]

    def _open(self, name):
        action = self.env["ir.actions.act_window"]._for_xml_id(f"power_grading.{name}")
        return self._act({**action, "domain": literal_eval(action["domain"] or "[]")})

    def _act(self, action):
        views = {kind: view for view, kind in action["views"]}
        return self._list(action["res_model"], action["domain"], views.get("list"))

    def _list(self, model, domain, view=None):
        """The first page with the columns of the list, and how many there are."""
        arch = etree.fromstring(self.env[model].get_view(view, "list")["arch"])
        names = {node.get("name") for node in arch.iter("field")}
        return self._read(model, domain, names, arch.get("default_order"))

    def _read(self, model, domain, names, order=None):
        fields = self.env[model].fields_get(names, ["relation"])
        wanted = {
            name: {"fields": {"display_name": {}}} if field.get("relation") else {}
            for name, field in fields.items()
        }
        return self.env[model].web_search_read(
            domain, wanted, limit=80, order=order, count_limit=10001
        )

    def _grid(self):
        credit, value = self.GRID
        return self.env["res.partner"].formatted_read_grouping_sets(
            [("power_is_customer", "=", True)],
            [[], [credit], [value], [credit, value]],
            ["__count"],
        )

    def _lowest_layer(self):
        layer = self.env["power.pyramid.layer"].search([], order="sequence desc", limit=1)
        return self._act(layer.action_open_customers())

    def _customer(self):
        names = [name for name in self.env["res.partner"]._fields if name.startswith("power_gra")]
        customer = [("id", "=", self.env["res.partner"].search([], order="id desc", limit=1).id)]
        return self._read("res.partner", customer, names + ["power_list_note"])


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
    facts["again_psi"] = again.line_ids.stability
    facts["few_psi"] = few.line_ids.stability
    facts["memory"] = memory() - before
    if count <= options["orm"]:
        other = few.copy({"line_ids": [Command.create({"scheme_id": utility.scheme.id})]})
        facts["orm_first"], _none = timed(lambda: utility.grade_by_orm(other.line_ids))
        facts["orm_again"], _none = timed(lambda: utility.grade_by_orm(other.line_ids))
        cr.rollback()
    screens = Screens(utility)
    facts |= screens.time_buttons() | screens.grade_all_axes()
    facts["pages"] = screens.time_pages()
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
            psi=test.stability,
        )
    cr.rollback()


validate()
env["power.service.level.rule"].search([]).active = False
for size in options["sizes"]:
    measure(size)
print("BENCH end", flush=True)
