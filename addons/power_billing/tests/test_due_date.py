from odoo.fields import Command
from odoo.tests import tagged

from .common import PowerBillingCase


@tagged("post_install", "-at_install")
class TestDueDate(PowerBillingCase):
    """Bills of 3 February 2026 (15 days): due on Wednesday 18 February, in the Spring Festival.

    Days off by 国办发明电〔2025〕7号: 15 to 23 February; 24 February is a Tuesday. The Saturdays 14
    and 28 February are worked.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["power.workday"].create(
            [
                {"name": "Spring Festival", "date": f"2026-02-{day}", "company_id": cls.company.id}
                for day in range(15, 24)
            ]
            + [
                {
                    "name": "Worked for Spring Festival",
                    "date": f"2026-02-{day}",
                    "kind": "worked",
                    "company_id": cls.company.id,
                }
                for day in (14, 28)
            ]
        )

    def _due(self, bills):
        return set(bills.move_id.line_ids.filtered("date_maturity").mapped("date_maturity"))

    def test_stays_without_the_setting(self):
        bill = self._create_bill()
        self.assertEqual(bill.invoice_date_due.isoformat(), "2026-02-18")

    def test_moves_to_the_next_working_day(self):
        self.company.power_due_workday = True
        bill = self._create_bill()
        self.assertEqual(bill.invoice_date_due.isoformat(), "2026-02-24")
        self.assertEqual(self._due(bill), {bill.invoice_date_due})
        # A late fee begins after the moved day; it does not move a second time.
        self.assertTrue(self.company._get_power_workday_test()(bill.invoice_date_due))

    def test_weekend(self):
        """Issued on 6 February: due on Saturday 21 February, moved to 24 February; issued on
        26 February: due on Friday 13 March, which stays."""
        self.company.power_due_workday = True
        self.assertEqual(
            self._create_bill(invoice_date="2026-02-06").invoice_date_due.isoformat(), "2026-02-24"
        )
        self.assertEqual(
            self._create_bill(invoice_date="2026-02-26").invoice_date_due.isoformat(), "2026-03-13"
        )

    def test_worked_saturday(self):
        """Issued on 13 February: due on Saturday 28 February, on which people work for the
        Spring Festival; issued on 20 February: due on Saturday 7 March, moved to Monday."""
        self.company.power_due_workday = True
        self.assertEqual(
            self._create_bill(invoice_date="2026-02-13").invoice_date_due.isoformat(), "2026-02-28"
        )
        self.assertEqual(
            self._create_bill(invoice_date="2026-02-20").invoice_date_due.isoformat(), "2026-03-09"
        )

    def test_many_bills_at_once(self):
        """Invoices written in a set have the same due date as those made by Odoo."""
        self.company.power_due_workday = True
        partner = self._create_customer()
        points = self.env["power.supply.point"].union(
            *(self._create_point(partner) for _nr in range(10))
        )
        for point in points:
            self._read(point, "2026-01-31", 11234)
        run = self._create_run(supply_point_ids=[Command.set(points.ids)])
        other = self.env["res.company"].create({"name": "Head office"})
        self.env.user.company_ids |= other
        # The background works in whatever company its user is in.
        run.with_context(allowed_company_ids=(other | self.company).ids)._process_all()
        self.assertEqual({day.isoformat() for day in self._due(run.bill_ids)}, {"2026-02-24"})

    def test_other_terms_stay(self):
        self.company.power_due_workday = True
        term = self.env["account.payment.term"].create(
            {"name": "15 days", "line_ids": [Command.create({"value": "percent", "nb_days": 15})]}
        )
        self.assertEqual(term.line_ids._get_due_date("2026-02-03").isoformat(), "2026-02-18")
