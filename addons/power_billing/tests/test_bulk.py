from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.power_bill import PowerBill
from ..models.power_bill_rate_sql import PowerBill as PowerBillRateSql
from .common import PowerBillingCase

DIFFERS = {"id", "bill_id", "create_date", "write_date", "payment_reference"}


@tagged("post_install", "-at_install")
class TestBulk(PowerBillingCase):
    """What is rated in bulk stands in the tables as the ORM writes it."""

    def _create_bills(self):
        tariff = self._create_tariff(
            "With a fixed charge",
            prices=(
                ("energy", "Energy", 0.690486),
                ("fund", "Funds", 0.0452),
                ("fixed", "Basic", 3.155),
            ),
        )
        points = self.env["power.supply.point"]
        for number, kwh in enumerate((1234, 0, 0.01, 333.33, 99999.99, 50)):
            vals = {"tariff_id": tariff.id} if number % 2 else {}
            points |= self._create_point(**vals)
            self._read(points[-1], "2026-01-31", 10000 + kwh)
        run = self._create_run()
        run._create_bills()
        return run.bill_ids

    def _read_rows(self, bills):
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM power_bill WHERE id = ANY(%s) ORDER BY id", [bills.ids])
        rows = self.env.cr.dictfetchall()
        self.env.cr.execute(
            "SELECT * FROM power_bill_line WHERE bill_id = ANY(%s) ORDER BY bill_id, sequence",
            [bills.ids],
        )
        rows += self.env.cr.dictfetchall()
        return [{key: row[key] for key in row if key not in DIFFERS} for row in rows]

    def test_same_rows_as_the_orm(self):
        bills = self._create_bills()
        write = PowerBillRateSql._write_rated
        PowerBillRateSql._write_rated = PowerBill._write_rated
        try:
            bills._rate_bills()
        finally:
            PowerBillRateSql._write_rated = write
        expected = self._read_rows(bills)
        # Two charges at the flat tariff, three at the full one, of nothing only the fixed one.
        self.assertEqual(len(expected), 6 + 3 * 2 + 2 * 3 + 1)
        bills._reset()
        bills._rate_bills()
        self.assertEqual(self._read_rows(bills), expected)
        self.assertEqual(bills[0].line_ids.mapped("amount"), [852.06, 55.78])
        self.assertEqual(bills[0].amount_total, 907.84)
        self.assertTrue(bills[0].determinants["registers"])

    def test_a_bill_is_rated_once(self):
        bills = self._create_bills()
        bills._rate_bills()
        bill = bills[0]
        bill._set_state("cancelled")
        with self.assertRaisesRegex(UserError, "cannot go from"):
            bill._write_rated([(bill, {"kwh": 1.0}, [])])

    def test_what_depends_is_computed(self):
        """Counters of the run and lists of lines are fresh after bulk writing."""
        bills = self._create_bills()
        run = bills.run_id
        self.assertEqual((run.draft_count, run.rated_count), (6, 0))
        self.assertFalse(bills[0].line_ids)
        bills._rate_bills()
        self.assertEqual((run.draft_count, run.rated_count), (0, 6))
        self.assertEqual(len(bills[0].line_ids), 2)
        self.assertEqual(bills[0].line_ids.company_id, self.company)

    def test_values_of_their_own(self):
        bills = self._create_bills()[:2]
        bills._bulk_write([{"kwh": 1.5, "cancel_reason": "a"}, {"kwh": 2.25}])
        self.assertEqual(bills.mapped("kwh"), [1.5, 2.25])
        self.assertEqual(bills.mapped("cancel_reason"), ["a", False])
        bills._bulk_write([{"determinants": {"a": [1]}}, {"determinants": False}])
        self.assertEqual(bills.mapped("determinants"), [{"a": [1]}, False])

    def test_any_text_is_stored_as_it_is(self):
        bills = self._create_bills()[:3]
        texts = ['{"a",b}', "100 % \\ '\"电\n\t\x1e", "NULL"]
        bills._bulk_write([{"cancel_reason": text, "steps": [{"step": text}]} for text in texts])
        self.assertEqual(bills.mapped("cancel_reason"), texts)
        self.assertEqual([bill.steps[0]["step"] for bill in bills], texts)

    def test_the_same_value_in_all_rows(self):
        bills = self._create_bills()[:3]
        vals = {"kwh": 1.5, "cancel_reason": "it's 'so'", "reading_to": date(2026, 1, 31)}
        bills._bulk_write([{**vals, "steps": [{}], "is_final": True, "check_note": False}] * 3)
        for name, value in vals.items():
            self.assertEqual(bills.mapped(name), [value] * 3)
        self.assertEqual([bill.steps for bill in bills], [[{}]] * 3)
        self.assertEqual(bills.mapped("is_final"), [True] * 3)
        self.assertEqual(bills.mapped("check_note"), [False] * 3)

    def test_a_field_without_a_column_goes_by_the_orm(self):
        bills = self._create_bills()[:1]
        bills._bulk_write([{"kwh": 7.0, "line_ids": [(5, 0, 0)]}])
        self.assertEqual(bills.kwh, 7.0)
