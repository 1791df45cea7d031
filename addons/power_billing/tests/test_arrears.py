from datetime import date, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .test_late_fee import LateFeeCase


@tagged("post_install", "-at_install")
class TestArrears(LateFeeCase):
    """The bill of 907.84 is due on 18 February 2026."""

    def _get_rows(self, today, env=None):
        env = env or self.env
        env.flush_all()
        env.invalidate_all()
        with patch.object(fields.Date, "context_today", lambda *args: today):
            rows = env["power.arrears"].search([("company_id", "=", self.company.id)])
            return rows.read([name for name in rows._fields if name != "display_name"])

    def test_ages(self):
        """Each edge of the ages: day 0 is not late, day 1 to 30 the first, 31 to 60 the next."""
        due = date(2026, 2, 18)
        self.assertFalse(self._get_rows(due))
        for days, age, column in (
            (1, "1", "amount_1_30"),
            (30, "1", "amount_1_30"),
            (31, "2", "amount_31_60"),
            (60, "2", "amount_31_60"),
            (61, "3", "amount_61_90"),
            (90, "3", "amount_61_90"),
            (91, "4", "amount_91_180"),
            (180, "4", "amount_91_180"),
            (181, "5", "amount_181_365"),
            (365, "5", "amount_181_365"),
            (366, "6", "amount_over_365"),
        ):
            (row,) = self._get_rows(due + timedelta(days=days))
            self.assertEqual((row["days_overdue"], row["age"]), (days, age))
            filled = [name for name in row if name.startswith("amount_") and row[name]]
            self.assertEqual(set(filled), {"amount_open", column}, days)
            self.assertEqual(row[column], 907.84)

    def test_parts_paid_and_totals(self):
        """907.84 − 100 = 807.84 and 735.69 of another bill: 1543.53, one row each."""
        self._pay(self.bill, "2026-02-20", 100)
        self._create_bill(self._create_point(self.bill.customer_id), kwh=1000)
        self._pay(self._create_bill(), "2026-02-10")
        rows = self._get_rows(date(2026, 3, 1))
        self.assertEqual(sorted(row["amount_open"] for row in rows), [735.69, 807.84])
        with patch.object(fields.Date, "context_today", lambda *args: date(2026, 3, 1)):
            totals = self.env["power.arrears"]._read_group(
                [("company_id", "=", self.company.id)], ["partner_id"], ["amount_open:sum"]
            )
        self.assertEqual(totals, [(self.bill.partner_id, 1543.53)])

    def test_late_fee_is_in_arrears_too(self):
        self._pay(self.bill, "2026-03-05")
        run = self._run("2026-03-10")
        run.action_invoice()
        self.assertEqual(
            [(row["kind"], row["amount_open"]) for row in self._get_rows(date(2026, 6, 1))],
            [("late_fee", 27.24)],
        )

    def test_protected(self):
        self.assertFalse(self._get_rows(date(2026, 3, 1))[0]["is_protected"])
        self.bill.supply_point_id.life_support = True
        self.assertTrue(self._get_rows(date(2026, 3, 1))[0]["is_protected"])

    def test_companies_and_portal(self):
        other = self._get_company("Other Bureau")
        clerk = new_test_user(
            self.env,
            "arrears_clerk",
            groups="power_crm.group_billing_clerk",
            company_id=other.id,
            company_ids=other.ids,
        )
        env = self.env(user=clerk, context={"allowed_company_ids": other.ids})
        self.assertFalse(self._get_rows(date(2026, 3, 1), env))
        portal = new_test_user(self.env, "arrears_portal", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.env["power.arrears"].with_user(portal).search([])
