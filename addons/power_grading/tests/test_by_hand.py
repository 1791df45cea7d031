from datetime import date, timedelta

from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY, GradingCase, GradingMoneyCase

LONG_AGO = date(2020, 1, 1)
BILLS = (date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15), date(2026, 4, 15))
OPEN = None
PUNCTUAL = (0, 0, 0, 0)


@tagged("post_install", "-at_install")
class TestCreditByHand(GradingMoneyCase):
    """Customers of every kind by the shipped credit scheme, points reckoned by hand.

    Weights: on time 30, worst days 15, late bills 10, arrears 10, guarantee 10, lawful use 10,
    contract 5, hazards 5, business 5. A bill is 100 yuan and due a month after its day; the day of
    grading is 30 June 2026.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.env.ref("power_grading.scheme_credit_default")
        cls.scheme.state = "active"
        cls.customers = {}
        cls._add("punctual household", PUNCTUAL, guarantee=100)
        cls._add("punctual firm", PUNCTUAL, business="normal")
        cls._add("late once", (0, 12, 0, 0), guarantee=50, business="good")
        cls._add("always late", (30, 30, 30, 30), business="bad")
        cls._add("thief", PUNCTUAL, guarantee=100, business="good", breach=("theft", 2025))
        cls._add("misuser", PUNCTUAL, guarantee=100, business="good", breach=("illegal_use", 2025))
        cls._add("three in arrears", (0, OPEN, OPEN, OPEN), guarantee=200, business="good")
        cls._add("one bill open", (0, 0, 0, OPEN), guarantee=100, business="good")
        cls._add("new", (0,), guarantee=100, business="good", since=date(2026, 4, 1))
        cls._add("without bills", ())
        cls._add("hazard", PUNCTUAL, guarantee=100, business="good", hazard=True)
        cls._add("no contract", PUNCTUAL, guarantee=100, business="good", breach=("contract", 2026))
        cls.grading = cls._run(cls.scheme)

    @classmethod
    def _add(cls, name, days_late, guarantee=0, business=False, since=LONG_AGO, breach=None,
             hazard=False):  # fmt: skip
        partner = cls._create_customer(
            name, power_guarantee=guarantee, power_business_state=business
        )
        cls.customers[name] = partner
        cls._analyze_books()
        cls._create_point(partner, capacity_kva=10, date_activated=since)
        for day, late in zip(BILLS[-len(days_late) :] if days_late else (), days_late, strict=True):
            invoice = cls._bill(partner, day)
            if late is not OPEN:
                cls._pay(invoice, invoice.invoice_date_due + timedelta(days=late))
        if breach:
            kind, year = breach
            cls.env["power.breach"].create(
                {"partner_id": partner.id, "company_id": cls.bureau.id, "kind": kind,
                 "date": date(year, 1, 10)}
            )  # fmt: skip
        if hazard:
            cls.env["power.defect"].create(
                {
                    "partner_id": partner.id,
                    "company_id": cls.bureau.id,
                    "name": "Open busbar",
                    "severity": "major",
                    "date_found": "2026-06-01",
                }
            )

    @classmethod
    def _bill(cls, partner, day):
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": day,
                "invoice_date_due": day.replace(month=day.month + 1),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "kWh", "price_unit": 100, "tax_ids": []})
                ],
            }
        )
        invoice.action_post()
        return invoice

    def _read(self, name):
        result = self.env["power.grading.result"]._get_in_force(self.customers[name], self.bureau)
        caps = [cap.name for cap in self.scheme.cap_ids if f"c{cap.id}" in (result.caps or [])]
        return round(result.score, 2), result.letter, caps

    def test_points(self):
        new, theft, overdue = (
            "New customer: B for twelve months",
            "Theft in 24 months",
            "An overdue bill is open",
        )
        expected = {
            # 9,500 of the 95 that count: how business goes is not known
            "punctual household": (100, "A", []),
            # 3000 + 1500 + 1000 + 1000 + 0 + 1000 + 500 + 500 + 5 x 60
            "punctual firm": (88, "B", []),
            # 30 x 75 + 15 x 80 + 10 x 84 + 1000 + 10 x 50 + 1000 + 500 + 500 + 500
            "late once": (82.9, "B", []),
            # 0 + 15 x 50 + 10 x 36 + 1000 + 0 + 1000 + 500 + 500 + 0
            "always late": (41.1, "D", []),
            # all but lawful use; C for the theft
            "thief": (90, "C", [theft]),
            # half of lawful use
            "misuser": (95, "A", []),
            # 30 x 25 + 0 (107 days) + 10 x 52 + 0 (three bills) + 1000 + 1000 + 500 + 500 + 500;
            # at most C anyway
            "three in arrears": (47.7, "D", []),
            # 30 x 75 + 15 x (100 - 46/60 x 100) + 10 x 84 + 10 x (100 - 33.3333) + 3500
            "one bill open": (76.07, "B", []),
            "new": (100, "B", [new]),
            # 1500 + 1000 + 1000 + 0 + 1000 + 500 + 500 of 65: on time and business do not count
            "without bills": (84.62, "B", []),
            "hazard": (95, "A", []),
            "no contract": (95, "A", []),
        }
        found = {name: self._read(name) for name in self.customers}
        self.assertEqual(found, expected)
        self.assertNotIn(overdue, found["one bill open"][2])

    def _explain(self, name):
        result = self.env["power.grading.result"]._get_in_force(self.customers[name], self.bureau)
        return result._explain()

    def test_months_on_time(self):
        """0.30 x rate + 60.4 is short of 90 as long as the late bill of 15 February counts: it
        leaves the twelve months with the eighth; then 30 + 15 + 10 + 10 + 5 + 25 = 95."""
        changes = self._explain("late once")["changes"]
        self.assertEqual(changes[0], "the bills of the next 8 months paid on time → A")
        # 7.1 points are lacking, and a full guarantee brings 5
        self.assertEqual(len(changes), 1)

    def test_limit_is_told(self):
        """Three bills in arrears: the points are those of a D; the thief has those of an A."""
        facts = self._explain("thief")
        self.assertEqual(
            facts["distance"], "held at C by: Theft in 24 months (counts the last 24 months)"
        )
        self.assertEqual(facts["changes"], ["Theft in 24 months: 0 instead of 1 → A"])
        # none is not "no": that would read as if they were not rectified
        values = {row["indicator"].source: row["value"] for row in facts["rows"]}
        self.assertEqual((values["major_hazards"], values["breach_theft"]), ("0", "1"))
        # tenure is counted in whole months: two on 30 June, twelve ten months later
        self.assertEqual(
            self._explain("new")["distance"],
            "held at B by: New customer: B for twelve months (until 04/30/2027)",
        )

    def test_after_a_bad_grade_at_most_b(self):
        """A year on, the late payer has paid its one bill in time and given a guarantee."""
        partner = self.customers["always late"]
        partner.write({"power_guarantee": 100, "power_business_state": "good"})
        invoice = self._bill(partner, date(2027, 3, 15))
        self._pay(invoice, date(2027, 4, 1))
        self._run(self.scheme, day=TODAY.replace(year=2027))
        self.assertEqual(self._read("always late"), (100, "B", ["Last grade C or D: at most B"]))


@tagged("post_install", "-at_install")
class TestSharedCustomer(GradingCase):
    """A customer of two companies is graded by each, on what that company knows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls._create_customer("Shared")
        cls.other = cls._create_bureau("Elsewhere")
        cls._create_point(cls.partner, capacity_kva=95)
        cls._create_point(cls.partner, capacity_kva=95, company_id=cls.other.id)
        cls.scheme = cls._create_scheme(
            indicators=[
                cls._prepare_indicator(
                    source="supply_missing", transformation="linear", y0=95, y1=60, x0=0, x1=1
                ),
                cls._prepare_indicator(source="breaches", transformation="linear", weight=1,
                                       x0=0, y0=95, x1=1, y1=35),
            ],
            leading=True,
        )  # fmt: skip
        cls.scheme.action_activate()
        cls.env["power.breach"].create(
            {"partner_id": cls.partner.id, "company_id": cls.other.id, "kind": "theft",
             "date": TODAY}
        )  # fmt: skip
        cls.ours = cls._run(cls.scheme)
        cls.theirs = cls.ours.copy(
            {"company_id": cls.other.id, "line_ids": [(0, 0, {"scheme_id": cls.scheme.id})]}
        )
        cls.theirs.action_compute()
        cls.theirs.action_approve()

    def test_each_company_its_grade(self):
        results = self.env["power.grading.result"]
        self.assertEqual(results._get_in_force(self.partner, self.bureau).letter, "A")
        # (95 + 35) / 2
        self.assertEqual(results._get_in_force(self.partner, self.other).letter, "C")
        self.assertEqual((self.ours.graded_count, self.theirs.graded_count), (1, 1))
        self.theirs.action_undo()
        self.assertFalse(results._get_in_force(self.partner, self.other))
        self.assertEqual(results._get_in_force(self.partner, self.bureau).letter, "A")

    def _look(self, company):
        """Who works in a company: (the letter read, found by it, found without, by group)."""
        partners = self.env["res.partner"].with_company(company)
        shared = [("id", "=", self.partner.id)]
        return (
            partners.browse(self.partner.id).power_grade_credit,
            partners.search_count([*shared, ("power_grade_credit", "in", ("A", "B"))]),
            partners.search_count([*shared, ("power_grade_credit", "=", False)]),
            partners._read_group(shared, ["power_grade_credit"], ["__count"]),
        )

    def test_letter_is_of_the_company_one_works_in(self):
        third = self._create_bureau("Third")
        self.assertEqual(self._look(self.bureau), ("A", 1, 0, [("A", 1)]))
        self.assertEqual(self._look(self.other), ("C", 0, 0, [("C", 1)]))
        self.assertEqual(self._look(third), (False, 0, 1, [(False, 1)]))
        self.theirs.action_undo()
        self.assertEqual(self._look(self.other), (False, 0, 1, [(False, 1)]))
        self.assertEqual(self._look(self.bureau), ("A", 1, 0, [("A", 1)]))

    def test_letter_of_a_company_s_own_customer(self):
        """It is the same wherever one works who may see the customer."""
        own = self._create_customer("Own", company_id=self.bureau.id)
        self._create_point(own, capacity_kva=10)
        self._run(self.scheme)
        for company in (self.bureau, self.other):
            partners = self.env["res.partner"].with_company(company)
            self.assertEqual(partners.browse(own.id).power_grade_credit, "A")
            self.assertEqual(
                partners.search([("id", "in", (own + self.partner).ids),
                                 ("power_grade_credit", "ilike", "a")]),
                own + self.partner if company == self.bureau else own,
            )  # fmt: skip

    def test_customers_are_sorted_by_letter(self):
        worse = self._create_customer("Worse", company_id=self.bureau.id)
        self._create_point(worse, capacity_kva=10)
        self.env["power.breach"].create(
            {"partner_id": worse.id, "company_id": self.bureau.id, "kind": "theft", "date": TODAY}
        )
        self._run(self.scheme)
        both = [("id", "in", (worse + self.partner).ids)]
        partners = self.env["res.partner"].with_company(self.bureau)
        self.assertEqual(partners.search(both, order="power_grade_credit")[0], self.partner)
        self.assertEqual(partners.search(both, order="power_grade_credit desc")[0], worse)
