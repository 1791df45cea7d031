from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import PowerBillingCase


@tagged("post_install", "-at_install")
class TestSecurity(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(
                cls.env,
                f"bill_{role}",
                groups=f"power_crm.group_{role}",
                company_id=cls.company.id,
                company_ids=cls.company.ids,
            )
            for role in ("user", "agent", "account_manager", "billing_clerk", "finance")
        }

    def _as(self, record, role):
        self.env.invalidate_all()
        return record.with_user(self.users[role]).with_context(allowed_company_ids=self.company.ids)

    def test_a_month_by_clerk_and_finance(self):
        """The clerk reads, runs and mends; finance approves, posts and cancels."""
        point = self._create_point()
        clerk_env = self._as(self.env["power.meter.reading"], "billing_clerk")
        clerk_env.create({"meter_id": point.meter_ids.id, "date": "2026-01-31", "value": 11234})
        run = self._as(self.env["power.bill.run"], "billing_clerk").create(
            {"period": "2026-01-01", "invoice_date": "2026-02-03", "company_id": self.company.id}
        )
        run.action_start()
        run.action_run_now()
        self.assertEqual(run.state, "rated")
        with self.assertRaises(AccessError):
            run.action_approve()
        run = self._as(run, "finance")
        run.action_approve()
        run.action_run_now()
        self.assertEqual(run.state, "done")
        bill = run.bill_ids
        self.assertEqual(bill.move_id.state, "posted")
        with self.assertRaises(AccessError):
            self._as(self.env["power.bill.cancel"], "billing_clerk").create(
                {"bill_ids": bill.ids, "reason": "x"}
            )
        wizard = self._as(self.env["power.bill.cancel"], "finance").create(
            {"bill_ids": bill.ids, "reason": "misread"}
        )
        wizard.action_confirm()
        self.assertEqual(bill.state, "cancelled")

    def test_what_rating_found_is_written_by_nobody(self):
        """Neither of a rated nor of a posted bill, by clerk, finance or a remote call."""
        posted = self._create_bill()
        zero = self._create_bill(kwh=0)
        with self.assertRaisesRegex(UserError, "stays in the books"):
            self._as(zero, "finance").sudo().unlink()
        for role in ("billing_clerk", "finance"):
            own = self._as(posted, role)
            for vals in (
                {"amount_total": 1.0},
                {"kwh": 1.0},
                {"determinants": {}},
                {"line_ids": [Command.clear()]},
                {"credit_move_id": posted.move_id.id},
                {"period_to": "2026-02-28"},
            ):
                with self.subTest(role=role, vals=vals), self.assertRaisesRegex(UserError, "made"):
                    own.write(vals)
            with self.assertRaises(AccessError):
                own.line_ids[0].write({"amount": 1.0})
            own.check_access("write")
            own.write({"access_token": "x"})
        with self.assertRaisesRegex(UserError, "made"):
            self._as(self.env["power.bill"], "billing_clerk").create(
                {
                    "supply_point_id": posted.supply_point_id.id,
                    "company_id": self.company.id,
                    "period_from": "2026-02-01",
                    "period_to": "2026-02-28",
                    "state": "posted",
                }
            )

    def test_readers_only_read(self):
        bill = self._create_bill()
        for role in ("user", "agent", "account_manager"):
            own = self._as(bill, role)
            self.assertEqual(own.amount_total, 907.84)
            self.assertEqual(own.amount_residual, 907.84)
            with self.assertRaises(AccessError):
                own.write({"cancel_reason": "x"})
            with self.assertRaises(AccessError):
                self._as(bill.line_ids.version_id, role).write({"source": "x"})
            with self.assertRaises(AccessError):
                self._as(bill.run_id, role).action_send()

    def test_another_company_sees_nothing(self):
        bill = self._create_bill()
        other = self._get_company("Other Bureau")
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="power_crm.group_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        self.env.invalidate_all()
        for record in (
            bill,
            bill.line_ids,
            bill.run_id,
            bill.reading_ids,
            bill.supply_point_id.meter_ids,
            self.tariff,
        ):
            model = record.with_user(stranger).with_context(allowed_company_ids=other.ids)
            self.assertFalse(model.search([("id", "in", record.ids)]))
            with self.assertRaises(AccessError):
                model.read(["display_name"])
