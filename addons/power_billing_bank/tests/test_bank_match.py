from odoo.tests import tagged

from odoo.addons.power_billing.tests.common import PowerBillingCase


@tagged("post_install", "-at_install")
class TestBankMatch(PowerBillingCase):
    """Two customers named alike and one named alone; bills of 907.84 and 735.69 (1000 kWh)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, _test_account_reconcile_oca=True))
        cls.journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )
        cls.twin_a = cls._create_customer("Li Si of the river")
        cls.twin_b = cls._create_customer("Li Si of the river")
        cls.single = cls._create_customer("Zhao Liu Noodles")
        cls.bills = {
            name: cls._create_bill(cls._create_point(partner), kwh=kwh)
            for name, partner, kwh in (
                ("twin_a", cls.twin_a, 1234),
                ("twin_b", cls.twin_b, 1234),
                ("single", cls.single, 1234),
                ("single_2", cls.single, 1000),
            )
        }

    def _line(self, amount, text="", name=False):
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.journal.id,
                "date": "2026-02-10",
                "amount": amount,
                "payment_ref": text or "transfer",
                "partner_name": name,
            }
        )

    def _get_proposed(self, line):
        ids = [
            line_id
            for item in line.reconcile_data_info["data"]
            for line_id in item.get("counterpart_line_ids") or []
        ]
        lines = self.env["account.move.line"].browse(ids)
        return lines.move_id.power_bill_id

    def test_customer_number_and_exact_amount(self):
        line = self._line(735.69, f"电费 {self.single.power_customer_number} thanks")
        self.assertTrue(line.is_reconciled)
        self.assertEqual(self.bills["single_2"].payment_state, "paid")
        self.assertEqual(self.bills["single"].payment_state, "not_paid")
        self.assertEqual(line.partner_id, self.single)

    def test_supply_point_number_and_all_that_is_open(self):
        """907.84 + 735.69 = 1643.53"""
        number = self.bills["single"].supply_point_id.number
        line = self._line(1643.53, f"户号{number}")
        self.assertTrue(line.is_reconciled)
        for name in ("single", "single_2"):
            self.assertEqual(self.bills[name].payment_state, "paid")

    def test_supply_point_number_of_who_left(self):
        """Both the leaver, who owes, and the new payer may mean it: a clerk decides."""
        point = self.bills["twin_a"].supply_point_id
        point.partner_id = self.single
        line = self._line(907.84, f"户号{point.number}")
        self.assertFalse(line.is_reconciled)
        self.assertFalse(line.partner_id)

    def test_statement_reference_pays_all_of_its_bills(self):
        """907.84 + 735.69 = 1643.53, whoever sends it; 1000.00 leaves 643.53 open."""
        bills = self.bills["single"] | self.bills["single_2"]
        statement = self.env["power.bill.statement"]._gather(bills)
        line = self._line(1000.0, f"电费 {statement.payment_reference}", name="Li Si of the river")
        self.assertTrue(line.is_reconciled)
        self.assertEqual(line.partner_id, self.single)
        self.assertAlmostEqual(statement.amount_residual, 643.53)
        self.assertTrue(self._line(643.53, statement.payment_reference).is_reconciled)
        self.assertEqual(statement.state, "paid")

    def test_number_and_other_amount_is_proposed(self):
        line = self._line(800, self.single.power_customer_number)
        self.assertFalse(line.is_reconciled)
        self.assertEqual(line.partner_id, self.single)
        self.assertTrue(self._get_proposed(line))
        self.assertEqual(self.bills["single"].payment_state, "not_paid")

    def test_name_and_amount_is_only_proposed(self):
        line = self._line(735.69, name="zhao liu noodles")
        self.assertFalse(line.is_reconciled)
        self.assertEqual(self._get_proposed(line), self.bills["single_2"])

    def test_nobody_is_guessed(self):
        """Two of one name, half a name, an amount alone, two customers' numbers: left alone."""
        both = f"{self.twin_a.power_customer_number} {self.twin_b.power_customer_number}"
        for line in (
            self._line(907.84, name="Li Si of the river"),
            self._line(735.69, name="Zhao Liu"),
            self._line(735.69),
            self._line(735.69, "1"),
            self._line(907.84, both),
        ):
            self.assertFalse(line.is_reconciled, line.payment_ref)
            self.assertFalse(line.partner_id, line.payment_ref)
            self.assertFalse(self._get_proposed(line), line.payment_ref)

    def test_equal_bills_are_ambiguous(self):
        """Two open bills of 907.84 each: one of them is paid, but which is for a clerk."""
        self._create_bill(self._create_point(self.twin_a), kwh=1234)
        line = self._line(907.84, self.twin_a.power_customer_number)
        self.assertFalse(line.is_reconciled)
        self.assertEqual(len(self._get_proposed(line)), 1)

    def test_lines_of_one_file_do_not_pay_twice(self):
        """Two lines for one bill in one file: the second finds it paid."""
        lines = self.env["account.bank.statement.line"].create(
            [
                {
                    "journal_id": self.journal.id,
                    "date": "2026-02-10",
                    "amount": 735.69,
                    "payment_ref": self.bills["single_2"].payment_reference,
                }
                for _nr in range(2)
            ]
        )
        self.assertEqual(self.bills["single_2"].amount_residual, 0)
        receivable = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ]
        )
        self.assertEqual(sum(lines.mapped("is_reconciled")), 1)
        self.assertAlmostEqual(
            sum(receivable.mapped("amount_residual")),
            sum(bill.amount_residual for bill in self.bills.values()),
        )

    def test_queries_do_not_grow_with_lines(self):
        """Matching 2 lines and 40 takes the same number of queries."""

        def count(number):
            lines = (
                self.env["account.bank.statement.line"]
                .with_context(skip_retrieve_partner=True, _test_account_reconcile_oca=False)
                .create(
                    [
                        {
                            "journal_id": self.journal.id,
                            "date": "2026-02-10",
                            "amount": 100 + nr,
                            "payment_ref": self.single.power_customer_number,
                            "partner_name": f"nobody {nr}",
                        }
                        for nr in range(number)
                    ]
                )
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            matches = lines._match_electricity()
            self.assertEqual(len(matches), number)
            return self.env.cr.sql_log_count - before

        count(2)
        self.assertLessEqual(count(40), count(2) + 2)
