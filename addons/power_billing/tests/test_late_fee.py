from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import power_late_fee_run
from .common import PowerBillingCase


class LateFeeCase(PowerBillingCase):
    """Bills of 1234 kWh = 907.84 yuan, of 3 February 2026, due 18 February (a Wednesday)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )
        cls.resident = cls.env.ref("power_crm.usage_residential")
        cls.bill = cls._create_bill()

    @classmethod
    def _pay(cls, bill, day, amount=None):
        register = (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=bill.move_id.ids)
            .create({"payment_date": day, "journal_id": cls.bank.id})
        )
        if amount:
            register.amount = amount
        return register._create_payments()

    def _run(self, day="2026-06-30", **vals):
        run = self.env["power.late.fee.run"].create(
            {"company_id": self.company.id, "date": day, "invoice_date": day, **vals}
        )
        run.action_compute()
        return run


@tagged("post_install", "-at_install", "power_slow")
class TestLateFee(LateFeeCase):
    def test_rules_are_set_up(self):
        rule = self.env["power.late.fee.rule"].search([("company_id", "=", self.company.id)])
        self.assertEqual(
            (rule.rate_resident, rule.rate_same_year, rule.rate_carried_over, rule.minimum),
            (1, 2, 3, 1),
        )
        self.company._power_billing_setup()
        self.assertEqual(
            self.env["power.late.fee.rule"].search([("company_id", "=", self.company.id)]), rule
        )
        with self.assertRaises(ValidationError):
            rule.copy({"date_from": "2024-06-01"})

    def test_paid_late(self):
        """15 days (18 Feb to 5 March): 907.84*15*0.002 = 27.2352; VAT within 27.24: 3.13."""
        self._pay(self.bill, "2026-03-05")
        run = self._run()
        fee = run.fee_ids
        self.assertEqual(run.state, "computed")
        self.assertEqual((fee.bill_id, fee.days, fee.amount), (self.bill, 15, 27.24))
        self.assertEqual((fee.date_due, fee.date_to), (date(2026, 2, 18), date(2026, 3, 5)))
        self.assertFalse(fee.move_id)
        run.action_invoice()
        self.assertEqual((run.state, fee.state), ("done", "invoiced"))
        move = fee.move_id
        self.assertEqual((move.state, move.partner_id), ("posted", self.bill.partner_id))
        self.assertEqual((move.amount_total, move.amount_tax), (27.24, 3.13))
        self.assertEqual(
            move.invoice_line_ids.product_id, self.env.ref("power_billing.product_late_fee")
        )
        self.assertFalse(self._run("2026-07-31").fee_ids, "charged once")

    def test_a_tax_on_top_is_refused(self):
        """27.24 stay 27.24: with 13 % on top the customer would be asked for 30.78."""
        self._pay(self.bill, "2026-03-05")
        product = self.env.ref("power_billing.product_late_fee").with_company(self.company)
        product.taxes_id = self.company.power_tax_id.copy(
            {"name": "On top", "price_include_override": "tax_excluded"}
        )
        run = self._run()
        run.action_invoice()
        self.assertEqual(run.fee_ids.state, "failed")
        self.assertIn("30.78", run.fee_ids.failure_reason)
        product.taxes_id = False
        run.action_retry_failed()
        self.assertEqual(run.fee_ids.move_id.amount_total, 27.24)

    def test_parts_paid(self):
        """400*10*0.002 + 507.84*15*0.002 = 8.00 + 15.2352 = 23.2352."""
        self._pay(self.bill, "2026-02-28", 400)
        self._pay(self.bill, "2026-03-05")
        self.assertEqual(self._run().fee_ids.amount, 23.24)

    def test_paid_in_time(self):
        self._pay(self.bill, "2026-02-18")
        self.assertFalse(self._run().fee_ids)

    def test_least_amount(self):
        """A resident one day late: 907.84*0.001 = 0.91, charged as 1.00."""
        home = self._create_bill(self._create_point(usage_category_id=self.resident.id))
        self._pay(home, "2026-02-19")
        fee = self._run().fee_ids
        self.assertEqual((fee.bill_id, fee.is_resident, fee.amount), (home, True, 1.0))
        self.assertIn("1.00", fee.steps_text)

    def test_due_date_on_a_day_off(self):
        """With Monday and Tuesday as the only working days, due moves to 23 February: 10 days,
        907.84*10*0.002 = 18.1568; a holiday on the 23rd makes it the 24th: 9 days, 16.34112."""
        calendar = self.env["resource.calendar"].create(
            {"name": "Two days", "company_id": self.company.id, "tz": "Asia/Shanghai"}
        )
        calendar.attendance_ids.filtered(lambda line: line.dayofweek > "1").unlink()
        self.company.power_workday_calendar_id = calendar
        self._pay(self.bill, "2026-03-05")
        compute = self.env["power.late.fee"]._compute_bill_fees
        result = compute(self.bill, date(2026, 6, 30))[self.bill.id]
        self.assertEqual((result["due"], str(result["fee"].amount)), (date(2026, 2, 23), "18.16"))
        calendar.global_leave_ids = [
            Command.create(
                {
                    "name": "Holiday",
                    "date_from": "2026-02-22 16:00:00",
                    "date_to": "2026-02-23 15:59:59",
                }
            )
        ]
        result = compute(self.bill, date(2026, 6, 30))[self.bill.id]
        self.assertEqual((result["due"], str(result["fee"].amount)), (date(2026, 2, 24), "16.34"))

    def test_open_bill_month_by_month(self):
        """Until 28 Feb 10 days: 18.1568; until 31 March 41 days: 74.44288. Together 74.44."""
        first = self._run("2026-02-28", settled_only=False)
        self.assertEqual(first.fee_ids.amount, 18.16)
        self.assertFalse(self._run("2026-03-15", settled_only=False).fee_ids, "still proposed")
        first.action_invoice()
        second = self._run("2026-03-31", settled_only=False)
        self.assertEqual(second.fee_ids.amount_before, 18.16)
        self.assertEqual(second.fee_ids.amount, 56.28)
        self.assertFalse(self._run("2026-03-31").fee_ids, "not paid yet")

    def test_payment_known_later(self):
        """Charged until 31 March (74.44), then a bank file brings a payment of 5 March (27.24):
        47.20 too much go back, against the fee's own invoice."""
        first = self._run("2026-03-31", settled_only=False)
        first.action_invoice()
        invoice = first.fee_ids.move_id
        self._pay(self.bill, "2026-03-05")
        second = self._run("2026-04-30")
        self.assertEqual(second.fee_ids.amount, -47.2)
        second.action_invoice()
        self.assertEqual(second.fee_ids.move_id.move_type, "out_refund")
        self.assertEqual(second.fee_ids.move_id.amount_total, 47.2)
        self.assertEqual(invoice.amount_residual, 27.24)

    def test_credit_note_was_never_owed(self):
        """Half of the bill credited on 10 March: only 453.92 owed, 453.92*20*0.002 = 18.1568."""
        refund = self.bill.move_id._reverse_moves([{"invoice_date": "2026-03-10"}])
        for line in refund.invoice_line_ids:
            line.write({"quantity": 1, "price_unit": line.price_total / 2})
        refund.action_post()
        (refund + self.bill.move_id).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual(self.bill.amount_residual, 453.92)
        self._pay(self.bill, "2026-03-10")
        self.assertEqual(self._run().fee_ids.amount, 18.16)

    def test_waived_before_invoicing(self):
        self._pay(self.bill, "2026-03-05")
        run = self._run()
        fee = run.fee_ids
        fee._waive(7.24, "meter was exchanged late")
        self.assertEqual((fee.state, fee.amount_charged), ("proposed", 20.0))
        run.action_invoice()
        self.assertEqual(fee.move_id.amount_total, 20.0)
        self.assertEqual(fee.waived_by_id, self.env.user)
        self.assertTrue(fee.waived_on)
        self.assertFalse(self._run("2026-07-31").fee_ids, "what is waived does not come back")

    def test_waived_after_invoicing(self):
        self._pay(self.bill, "2026-03-05")
        run = self._run()
        run.action_invoice()
        fee, invoice = run.fee_ids, run.fee_ids.move_id
        wizard = self.env["power.late.fee.waive"].create(
            {"fee_ids": [Command.set(fee.ids)], "reason": "bank strike", "amount": 7.24}
        )
        wizard.action_waive()
        self.assertEqual((invoice.amount_residual, fee.state), (20.0, "invoiced"))
        with self.assertRaises(UserError):
            fee._waive(20.01, "too much")
        fee._waive(20.0, "the rest")
        self.assertEqual((invoice.amount_residual, fee.state), (0.0, "waived"))
        self.assertEqual(invoice.payment_state, "reversed")
        with self.assertRaises(UserError):
            fee._waive(1.0, "again")

    def test_protected_customer_is_held(self):
        self._pay(self.bill, "2026-03-05")
        self.bill.supply_point_id.life_support = True
        run = self._run()
        fee = run.fee_ids
        self.assertEqual(fee.state, "held")
        self.assertIn("life-support", fee.hold_reason)
        with self.assertRaises(UserError):
            run.action_invoice()
        fee.action_release()
        run.action_invoice()
        self.assertEqual(fee.state, "invoiced")

    def test_batches_and_one_bad_payer(self):
        """A stopped run goes on where it stood; a payer that cannot be invoiced fails alone."""
        bills = self.bill | self._create_bill() | self._create_bill(kwh=1000)
        for bill in bills:
            self._pay(bill, "2026-03-05")
        run = self.env["power.late.fee.run"].create(
            {"company_id": self.company.id, "date": "2026-06-30"}
        )
        with patch.object(power_late_fee_run, "BATCH", 1):
            run._set_state("computing")
            run._process_batch()
            self.assertEqual((len(run.fee_ids), run.state), (1, "computing"))
            while run._process_batch():
                pass
            self.assertEqual(run.fee_ids.bill_id, bills)
            self.assertEqual(run.state, "computed")
            bad = run.fee_ids.filtered(lambda fee: fee.bill_id == self.bill)
            prepare = type(bad)._prepare_move_line_vals

            def refuse(fee, *args):
                if fee.bill_id == self.bill:
                    raise ValueError("no account")
                return prepare(fee, *args)

            with (
                patch.object(type(bad), "_prepare_move_line_vals", refuse),
                mute_logger("odoo.addons.power_billing.models.power_late_fee_run"),
            ):
                run.action_invoice()
        self.assertEqual(bad.state, "failed")
        self.assertEqual(bad.failure_reason, "no account")
        self.assertEqual(set((run.fee_ids - bad).mapped("state")), {"invoiced"})
        self.assertEqual(run.state, "done")
        run.action_retry_failed()
        self.assertEqual((bad.state, run.state), ("invoiced", "done"))

    def test_proposed_by_the_calendar(self):
        self._pay(self.bill, "2026-03-05")
        self.company.power_late_fee_interval = "daily"
        runs = self.env["power.late.fee.run"]
        before = runs.search([])
        runs._cron_propose()
        run = (runs.search([]) - before).filtered(lambda run: run.company_id == self.company)
        self.assertEqual(run.state, "computing")
        runs._cron_propose()
        self.assertEqual(
            (runs.search([]) - before).filtered(lambda run: run.company_id == self.company), run
        )

    def test_a_first_that_was_missed_is_made_up_for(self):
        """Down on 1 March: proposed on the 3rd, once in the month; the next on 1 April."""
        self.company.power_late_fee_interval = "monthly"
        runs = self.env["power.late.fee.run"]
        for day, count in (("2026-03-03", 1), ("2026-03-04", 1), ("2026-04-01", 2)):
            with freeze_time(f"{day} 04:00:00"):
                runs._cron_propose()
            domain = [("company_id", "=", self.company.id), ("date", ">=", "2026-03-01")]
            self.assertEqual(runs.search_count(domain), count, day)

    def test_roles(self):
        self._pay(self.bill, "2026-03-05")
        fee = self._run().fee_ids
        users = {
            role: new_test_user(
                self.env,
                f"fee_{role}",
                groups=f"power_crm.group_{role}",
                company_id=self.company.id,
                company_ids=self.company.ids,
            )
            for role in ("billing_clerk", "finance")
        }
        clerk = users["billing_clerk"]
        self.assertEqual(fee.with_user(clerk).amount, 27.24)
        for call in (
            lambda: fee.with_user(clerk).write({"state": "waived"}),
            lambda: fee.with_user(clerk).run_id.action_invoice(),
            lambda: (
                self.env["power.late.fee.waive"]
                .with_user(clerk)
                .create({"fee_ids": [Command.set(fee.ids)], "reason": "x"})
            ),
        ):
            with self.assertRaises(AccessError):
                call()
        fee.with_user(users["finance"])._waive(1, "goodwill")
        self.assertEqual(fee.waived_by_id, users["finance"])
        fee.run_id.with_user(users["finance"]).action_invoice()
        self.assertEqual(fee.state, "invoiced")
