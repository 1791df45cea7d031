from collections import Counter
from datetime import date

from odoo.tests import TransactionCase, tagged

from ..demo.builder import Builder
from ..tools import months

MILLION = 1_000_000


@tagged("post_install", "-at_install")
class TestDemoUtility(TransactionCase):
    """The utility made at installation shows the published figures."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("power_demo.company")
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.important = cls.env["res.partner"].search([("power_important_level", "=", "second")])
        cls.points = cls.important.power_supply_point_ids
        cls.last = cls.env["power.bill"].search([], order="period_from desc", limit=1).period_from

    def _year(self, points):
        """kWh and yuan of the last twelve months, by supply point."""
        first = months.first_day(months.number(self.last) - 11)
        groups = self.env["power.bill"]._read_group(
            [
                ("supply_point_id", "in", points.ids),
                ("period_from", ">=", first),
                ("state", "=", "posted"),
            ],
            ["supply_point_id"],
            ["kwh:sum", "amount_total:sum", "__count"],
        )
        self.assertEqual({count for *_values, count in groups}, {12})
        return {point: (kwh, amount) for point, kwh, amount, _count in groups}

    def test_lines_of_business(self):
        self.assertEqual(len(self.important), 21)
        industries = Counter(partner.power_industry_id.code for partner in self.important)
        self.assertEqual(
            industries, {"Q": 6, "J": 3, "G": 5, "F": 2, "I": 1, "S": 1, "D": 1, "C": 1, "K": 1}
        )

    def test_the_network_and_its_outages(self):
        points = self.env["power.supply.point"].search([("company_id", "=", self.company.id)])
        self.assertFalse(points.filtered(lambda point: not point.node_id.feeder_id))
        outages = self.env["power.outage"].search([("company_id", "=", self.company.id)])
        states = Counter(outages.mapped("state"))
        self.assertEqual((states["closed"], states["confirmed"], states["approved"]), (30, 1, 1))
        current = self.env.ref("power_demo.outage_current")
        self.assertEqual(current.fault_count, 2)
        self.assertEqual(current.estimate_ids[:1].date_expected, current.date_expected)
        self.assertTrue(current.silent_count)
        found = outages.filtered("automatic")
        self.assertTrue(found.probability > 0.5 and found.fault_count >= 3, "From the calls.")
        announced = self.env.ref("power_demo.outage_announced")
        self.assertFalse(announced.announced_late)
        self.assertIn("sent", announced.notice_ids.mapped("state"))
        self.assertNotIn("queued", announced.notice_ids.mapped("state"))
        self.assertTrue(self.env.ref("power_demo.outage_proposed").protected_count)
        self.assertIn(current, outages._get_public_outages())

    def test_usage(self):
        usages = Counter(point.usage_category_id for point in self.points)
        self.assertEqual(
            usages,
            {
                self.env.ref("power_crm.usage_lighting"): 9,
                self.env.ref("power_crm.usage_non_industrial"): 7,
                self.env.ref("power_crm.usage_commercial"): 3,
                self.env.ref("power_crm.usage_large_industry"): 2,
            },
        )

    def test_yearly_charge(self):
        amounts = [amount for _kwh, amount in self._year(self.points).values()]
        self.assertEqual(sum(1 for amount in amounts if amount >= 10 * MILLION), 5)
        self.assertEqual(sum(1 for a in amounts if MILLION <= a < 10 * MILLION), 16)

    def test_largest_of_each_usage(self):
        largest = {}
        for point, (kwh, _amount) in self._year(self.points).items():
            usage = point.usage_category_id
            largest[usage] = max(largest.get(usage, (0, 0)), (kwh, point.id))
        names = {"lighting": "hospital", "non_industrial": "telecom"}
        names |= {"commercial": "store_grand", "large_industry": "water"}
        for usage, key in names.items():
            found = largest[self.env.ref(f"power_crm.usage_{usage}")][1]
            self.assertEqual(found, self.env.ref(f"power_demo.point_{key}").id)

    def test_supply_security(self):
        classes = Counter(point.security_class for point in self.points)
        self.assertEqual(classes["D"], 1)
        self.assertEqual(self.env.ref("power_demo.point_bus").security_class, "D")
        # All others have two supplies; the third kind, own source only, is among the ordinary.
        self.assertEqual(classes["A"] + classes["B"], 20)
        self.assertGreaterEqual(classes["B"], 1)
        ordinary = self.env["power.supply.point"].search([("security_class", "=", "C")])
        self.assertTrue(ordinary)

    def test_no_room_of_billing_is_empty(self):
        """One payer for three shops, an advance taken off the month's bill, a month of curves."""
        payer = self.env.ref("power_demo.customer_shop_020")
        statements = self.env["power.bill.statement"].search([("partner_id", "=", payer.id)])
        self.assertEqual(set(statements.mapped("bill_count")), {3})
        self.assertEqual(statements.sorted("period").mapped("state"), ["paid", "open"])
        advance = self.env["power.bill"].search(
            [("settlement_id", "=", self.env.ref("power_demo.settlement_factory").id)]
        )
        self.assertEqual(advance.state, "posted")
        whole = advance.supply_point_id.bill_ids.filtered(
            lambda bill: bill.period_from == advance.period_from and not bill.settlement_id
        )
        self.assertAlmostEqual(whole.amount_settled, -advance.amount_total)
        meter = self.env.ref("power_demo.point_factory_000").meter_ids
        days = self.env["power.load.day"].search([("meter_id", "=", meter.id)])
        self.assertEqual(len(days), months.last_day(months.number(self.last)).day)

    def test_a_day_at_the_counter(self):
        """Seven came, one with a card; the drawer lacked the yuan that went out too much."""
        session = self.env.ref("power_demo.counter_session")
        receipts = session.receipt_ids
        card = receipts.filtered(lambda receipt: receipt.journal_id.type == "bank")
        cash = receipts - card
        self.assertEqual((session.state, len(cash), len(card)), ("closed", 6, 1))
        drawer = session.line_ids.filtered("is_cash")
        self.assertAlmostEqual(drawer.counted, 500 + sum(cash.mapped("amount")) - 1)
        self.assertEqual(session.difference_move_id.amount_total, 1)
        self.assertNotEqual(session.approved_by_id, session.user_id)
        # One day in the books, within the hours of the counter.
        self.assertEqual(len(set(receipts.payment_id.move_id.mapped("date"))), 1)
        self.assertLess(session.date_open, min(receipts.mapped("date")))
        self.assertGreater(session.date_counted, max(receipts.mapped("date")))
        # Who paid a part still owes the rest of the bill, who paid the whole owes nothing.
        part = receipts.filtered(lambda receipt: receipt.lines[0]["left"])
        self.assertEqual(len(part), 1)
        self.assertTrue(part.partner_id.power_bill_ids.filtered("amount_residual"))

    def test_property_management_pays_late(self):
        bills = self.env.ref("power_demo.point_property").bill_ids
        late = bills.filtered(_is_late)
        self.assertGreater(len(late), len(bills) / 3)
        for key in ("hospital", "telecom", "water"):
            punctual = self.env.ref(f"power_demo.point_{key}").bill_ids
            self.assertFalse(punctual.filtered(_is_late), key)

    def test_two_years_for_all(self):
        groups = self.env["power.bill"]._read_group(
            [("company_id", "=", self.company.id), ("settlement_id", "=", False)],
            ["state"],
            ["__count"],
        )
        self.assertEqual(groups, [("posted", 221 * 24)])
        made = max(self.env["power.bill.run"].search([]).mapped("create_date")).date()
        self.assertEqual(months.number(self.last), months.last_full(made) - 1)

    def test_the_last_month_waits_with_its_readings(self):
        run = self.env.ref("power_demo.run_waiting")
        self.assertEqual(run.state, "draft")
        self.assertEqual(months.number(run.date_from), months.number(self.last) + 1)
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", run._name), ("res_id", "=", run.id)]
        )
        rows = attachment.raw.decode("gb18030").splitlines()
        self.assertEqual(rows[0], "表号,日期,示数类型,时段,示数")
        registers = self.env["power.meter.register"].search_count(
            [("company_id", "=", self.company.id)]
        )
        self.assertGreater(registers, 221)
        self.assertEqual(len(rows), 1 + registers)

    def test_books_balance(self):
        self.env.cr.execute(
            "SELECT sum(balance), sum(debit) - sum(credit) FROM account_move_line"
            " WHERE company_id = %s AND parent_state = 'posted'",
            [self.company.id],
        )
        self.assertEqual(self.env.cr.fetchone(), (0, 0))

    def test_receivables_are_the_open_bills_less_the_credit(self):
        open_bills = sum(
            self.env["power.bill"].search([("state", "=", "posted")]).mapped("amount_residual")
        )
        self.env.cr.execute(
            "SELECT sum(l.balance) FROM account_move_line l JOIN account_account a"
            " ON a.id = l.account_id WHERE l.company_id = %s AND l.parent_state = 'posted'"
            " AND a.account_type = 'asset_receivable'",
            [self.company.id],
        )
        [(receivable,)] = self.env.cr.fetchall()
        credit = sum(self._get_prepaid().mapped("partner_id.power_credit"))
        self.assertGreater(credit, 0)
        services = self.env["power.contract.receivable"].search(
            [("company_id", "=", self.company.id)]
        )
        open_services = sum(services.mapped("amount_open"))
        self.assertGreater(open_services, 0)
        self.assertAlmostEqual(float(receivable), open_bills + open_services - credit, places=2)

    def test_prepaid_households(self):
        """One has months to go, the other is nearly out of money."""
        rich, poor = self._get_prepaid().sorted("days_left", reverse=True)
        self.assertEqual(rich.partner_id, self.env.ref("power_demo.customer_household_005"))
        self.assertEqual(poor.partner_id, self.env.ref("power_demo.customer_household_006"))
        self.assertGreater(rich.available, 0)
        self.assertGreater(rich.date_run_out, poor.date_run_out)

    def _get_prepaid(self):
        return self.env["power.prepaid.account"].search([("company_id", "=", self.company.id)])

    def test_known_payers(self):
        """What was invented is what the books say."""
        stopped = self.env.ref("power_demo.point_household_002").bill_ids.sorted("period_from")
        self.assertEqual(stopped[0].payment_state, "paid")
        self.assertEqual(stopped[-1].payment_state, "not_paid")
        never = self.env.ref("power_demo.point_household_003").bill_ids
        self.assertEqual(set(never.mapped("payment_state")), {"not_paid"})

    def test_grades_in_force(self):
        """The published counts of the 21, in the run that is in force; the one before it moved."""
        run = self.env.ref("power_demo.grading")
        self.assertEqual(run.state, "approved")
        self.assertEqual(Counter(self.important.mapped("power_grade_value")), {"C": 16, "D": 5})
        self.assertEqual(set(self.important.mapped("power_grade_credit")), {"A"})
        self.assertEqual(Counter(self.important.mapped("power_grade_safety"))["D"], 1)
        never = self.env.ref("power_demo.customer_household_003")
        self.assertNotEqual(never.power_grade_credit, "A")
        self.assertLess(self.env.ref("power_demo.grading_before").date, run.date)

    def test_late_fees_wait_for_finance(self):
        """Proposed for those who pay late, for nobody else, and not booked yet."""
        fees = self.env.ref("power_demo.late_fee_run").fee_ids
        self.assertLessEqual(set(fees.mapped("state")), {"proposed", "held"})
        self.assertFalse(fees.move_id)
        payers = fees.bill_id.supply_point_id
        self.assertIn(self.env.ref("power_demo.point_property"), payers)
        self.assertNotIn(self.env.ref("power_demo.point_water"), payers)

    def test_second_run_does_nothing(self):
        before = self.env["power.bill"].search_count([])
        self.assertFalse(Builder(self.env).build())
        self.assertEqual(self.env["power.bill"].search_count([]), before)

    def test_logins(self):
        for login, group in {
            "agent": "agent",
            "manager": "manager",
            "clerk": "billing_clerk",
            "finance": "finance",
            "accountmanager": "account_manager",
            "dispatcher": "dispatcher",
            "crew": "crew",
            "analyst": "analyst",
        }.items():
            user = self.env.ref(f"power_demo.user_{login}")
            self.assertTrue(user.has_group(f"power_crm.group_{group}"), login)
        for login in ("household", "prepaid", "hospital", "factory"):
            user = self.env.ref(f"power_demo.user_{login}")
            self.assertTrue(user.share, login)
            points = self.env["power.supply.point"].with_user(user).search([])
            self.assertEqual(len(points), 1, login)


def _is_late(bill):
    """Paid after its due date, or still open after it."""
    move = bill.move_id
    lines = move.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
    paid = max(lines.matched_credit_ids.mapped("max_date"), default=None)
    return (paid or date.today()) > move.invoice_date_due
