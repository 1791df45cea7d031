from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.power_bill import PowerBill
from ..models.power_bill_run import LOCK_CLASS
from ..models.power_invoice_set_number import LOCK_CLASS as NUMBER_LOCK_CLASS
from ..tools import bill_export
from ..tools.pace import Pace
from .common import PowerBillingCase


@tagged("post_install", "-at_install")
class TestBillRun(PowerBillingCase):
    def test_bill_by_hand(self):
        """(11234 - 10000) × 1 = 1234 kWh at 0.735686, of which funds 0.0452:

        energy 1234 × 0.690486 = 852.06; funds 1234 × 0.0452 = 55.78; together 907.84
        VAT within: 852.06 × 13/113 = 98.02, 55.78 × 13/113 = 6.42; together 104.44
        net: 754.04 + 49.36 = 803.40
        """
        bill = self._create_bill()
        self.assertEqual(bill.state, "posted")
        self.assertEqual(bill.kwh, 1234)
        self.assertEqual(bill.line_ids.mapped("amount"), [852.06, 55.78])
        self.assertEqual(bill.amount_total, 907.84)
        move = bill.move_id
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.amount_total, 907.84)
        self.assertEqual(move.amount_tax, 104.44)
        self.assertEqual(move.amount_untaxed, 803.40)
        self.assertEqual(move.name, "ELEC/2026/00001")
        self.assertEqual(move.payment_reference, bill.payment_reference)
        self.assertEqual(str(move.invoice_date_due), "2026-02-18")
        fund = move.line_ids.filtered(
            lambda line: line.account_id == self.company.power_fund_account_id
        )
        self.assertEqual(fund.balance, -49.36)
        self.assertEqual(bill.amount_residual, 907.84)
        self.assertEqual(bill.payment_state, "not_paid")
        self.assertEqual(bill.reading_ids.state, "billed")

    def test_replay(self):
        bill = self._create_bill()
        self.env.invalidate_all()
        result = bill._replay()
        self.assertEqual(float(result.total), bill.amount_total)
        self.assertEqual(result.steps, bill.steps)

    def test_rollover_and_transformer(self):
        """(20 - 9990 + 10000) × 40 = 1200 kWh: 828.58 + 54.24 = 882.82"""
        point = self._create_point(meter_vals={"digits": 4, "ct_ratio": 40, "initial_value": 9990})
        self._read(point, "2026-01-31", 20, rollover=True)
        run = self._create_run()
        run._process_all()
        self.assertEqual(run.bill_ids.kwh, 1200)
        self.assertEqual(run.bill_ids.amount_total, 882.82)

    def test_a_plain_write_of_the_state_passes_the_gate(self):
        """A bill gets into the books with its invoice only, and out with a credit note."""
        point = self._create_point()
        self._read(point, "2026-01-31", 10100)
        run = self._create_run()
        with self.assertRaisesRegex(UserError, "cannot go from"):
            run.state = "done"
        run._start()
        run._process_batch()
        bill = run.bill_ids
        self.assertEqual(bill.state, "rated")
        with self.assertRaisesRegex(UserError, "makes its invoice"):
            bill.state = "posted"
        bill.action_post()
        self.assertEqual(bill.state, "posted")
        with self.assertRaisesRegex(UserError, "makes its credit note"):
            bill.write({"state": "cancelled"})
        with self.assertRaisesRegex(UserError, "cannot go from"):
            bill.write({"state": "draft"})

    def test_two_meters_and_an_exchange(self):
        point = self._create_point()
        old = point.meter_ids
        self._read(point, "2026-01-15", 10100)
        old.date_removed = "2026-01-15"
        new = self._create_meter(point, number="new", date_installed="2026-01-15", initial_value=0)
        self._read(point, "2026-01-31", 50, meter=new)
        run = self._create_run()
        run._process_all()
        self.assertEqual(run.bill_ids.kwh, 150)
        self._read(point, "2026-02-28", 80, meter=new)
        second = self._create_run("2026-02-01", "2026-03-03")
        second._process_all()
        self.assertEqual(second.bill_ids.kwh, 30)

    def test_new_version_in_the_month(self):
        version = self.tariff.version_ids
        version.date_to = "2026-01-10"
        version.copy({"date_from": "2026-01-11", "date_to": False}).component_ids[0].price = 0.8
        bill = self._create_bill(kwh=310)
        self.assertIn("The price changed", bill._get_print_split_reason())
        self.assertEqual(len(bill.line_ids), 4)
        self.assertEqual(bill.line_ids.mapped("quantity"), [100, 100, 210, 210])
        # 69.05 + 4.52 + 168.00 + 9.49
        self.assertEqual(bill.amount_total, 251.06)
        self.assertEqual(bill.move_id.amount_total, 251.06)

    def test_each_cent_is_explained(self):
        """A part of a month keeps its decimals: 10 of 31 days are 0.322581; × 3.155 = 1.02."""
        prices = (("energy", "Energy", 0.5), ("fixed", "Fee", 3.155))
        tariff = self._create_tariff("Fixed", prices=prices)
        point = self._create_point(tariff_id=tariff.id, meter_vals={"date_installed": "2026-01-21"})
        point.date_activated = "2026-01-22"
        bill = self._create_bill(point, kwh=100)
        energy, fee = bill._get_print_charges()
        self.assertEqual((energy["quantity"], fee["quantity"]), ("100.00", "0.322581"))
        self.assertEqual(fee["amount"], 1.02)
        line = bill.line_ids[0]
        line.step = "PF 0.91 (standard 0.90): -0.15 %; 100.00 × -0.15 % = -0.15"
        self.assertEqual(
            line.calculation,
            "Power factor 0.91 (standard 0.90): -0.15 %; 100.00 × -0.15 % = -0.15",
        )
        split = {"type": "split", "version": 1}
        for days, words in (
            (("2025-12-20", "2026-01-01"), "A new year began"),
            (("2026-01-01", "2026-01-11"), "What the charges depend on"),
        ):
            bill.steps = [{**split, "date_from": day} for day in days]
            self.assertIn(words, bill._get_print_split_reason())

    def test_next_month_begins_where_the_last_ended(self):
        point = self._create_point()
        first = self._create_bill(point, kwh=100)
        self._read(point, "2026-02-28", 10250)
        run = self._create_run("2026-02-01", "2026-03-03")
        run._process_all()
        self.assertEqual(run.bill_ids.kwh, 150)
        self.assertEqual(run.bill_ids.previous_balance, first.amount_total)
        self.assertEqual(run.total_ids.last_kwh, 100)
        # Energy at 0.690486: 150 kWh 103.57, 100 kWh 69.05.
        total = run.period_total_ids
        self.assertEqual((total.kwh, total.amount), (150, 103.57))
        self.assertEqual((total.last_kwh, total.last_amount, total.kwh_change), (100, 69.05, 50))

    def _rate_run(self, period, point):
        """A run of one point up to its rated or failed bill."""
        run = self._create_run(period, "2026-05-03", supply_point_ids=[Command.set(point.ids)])
        run._start()
        while run.state == "rating":
            run._process_batch()
        return run.bill_ids

    def test_a_bill_waits_for_the_one_before(self):
        """January 100 kWh, February 150: the same readings are never billed twice."""
        point = self._create_point()
        self._read(point, "2026-01-31", 10100)
        self._read(point, "2026-02-28", 10250)
        first = self._rate_run("2026-01-01", point)
        second = self._rate_run("2026-02-01", point)
        self.assertEqual((first.state, second.failure_code), ("rated", "earlier_open"))
        self.assertIn(first.name, second.failure_reason)
        first.action_post()
        second.action_retry()
        self.assertEqual((second.state, second.kwh), ("rated", 150))
        again = first._bill_again("misread")
        second.action_post()
        self.assertEqual(second.state, "failed")
        self.assertIn(first.name, second.failure_reason)
        again.action_post()
        second.action_retry()
        second.action_post()
        self.assertEqual((again.kwh, second.kwh, second.state), (100, 150, "posted"))

    def test_two_bills_of_a_point_are_cancelled_or_made_again_together(self):
        point = self._create_point()
        first = self._create_bill(point, kwh=100)
        self._read(point, "2026-02-28", 10250)
        second = self._rate_run("2026-02-01", point)
        second.action_post()
        both = first | second
        one, two = both._bill_again("misread")
        self.assertEqual((one.corrects_id, two.corrects_id), (first, second))
        self.assertEqual((one.kwh, two.failure_code), (100, "earlier_open"))
        one.action_post()
        two.action_retry()
        two.action_post()
        self.assertEqual((two.state, two.kwh), ("posted", 150))
        (one | two)._cancel("misread again")
        self.assertEqual(set((one | two).mapped("state")), {"cancelled"})
        self.assertEqual((one | two).credit_move_id.mapped("state"), ["posted", "posted"])

    def test_a_reading_changed_after_rating(self):
        """A bill is posted from the readings as they are, or not at all."""
        point = self._create_point()
        reading = self._read(point, "2026-01-31", 10100)
        first = self._rate_run("2026-01-01", point)
        reading.value = 10080
        first.action_post()
        self.assertIn("Rate bill", first.failure_reason)
        first.action_retry()
        first.action_post()
        self.assertEqual((first.state, first.kwh), ("posted", 80))
        estimate = self._read(point, "2026-02-28", 10200, kind="estimated")
        second = self._rate_run("2026-02-01", point)
        self._read(point, "2026-02-28", 10150)
        self.assertFalse(estimate.exists())
        second.action_post()
        self.assertIn("Rate bill", second.failure_reason)
        second.action_retry()
        self.assertEqual((second.state, second.kwh), ("rated", 70))
        first._cancel("misread")
        second.action_post()
        self.assertIn("Rate bill", second.failure_reason, "it began where January ended")

    def test_a_month_left_out_is_part_of_the_next_bill(self):
        """100 kWh a month at 0.5, above at 0.8; 20 kVA at 30 yuan a month.

        January: 100 × 0.5 + 600 = 650. February and March in one bill: 300 kWh, of which
        2 × 100 at 0.5 and 100 at 0.8, 2 × 600: 100 + 80 + 1200 = 1380.
        """
        tiers = self._create_tariff(
            "Tiers", prices=(("energy", "Energy", 0.5), ("capacity", "Capacity", 30))
        )
        tiers.version_ids.write({"tier_basis": "month", "tier_limits": "100"})
        tiers.version_ids.component_ids[0].price_ids = [Command.create({"tier": 2, "value": 0.8})]
        point = self._create_point(tariff_id=tiers.id, capacity_kva=20)
        self.assertEqual(self._create_bill(point, kwh=100).amount_total, 650)
        left = self._rate_run("2026-02-01", point)
        self.assertEqual(left.failure_code, "no_reading")
        self._read(point, "2026-03-31", 10400)
        bill = self._rate_run("2026-03-01", point)
        self.assertEqual((bill.failure_code, str(bill.period_from)), ("earlier_open", "2026-03-01"))
        left._cancel("not read")
        bill.action_retry()
        self.assertEqual((bill.state, str(bill.period_from)), ("rated", "2026-02-01"))
        self.assertEqual(bill.line_ids.mapped("amount"), [100, 80, 1200])
        with self.assertRaisesRegex(UserError, "Nothing to bill"):
            self._rate_run("2026-02-01", point)
        bill.action_post()
        self.assertEqual((bill.state, bill.move_id.amount_total), ("posted", 1380))

    def test_the_first_bill_begins_with_the_supply(self):
        """Supplied since 15 February, read in March only: no bill of January, one of 45 days."""
        fixed = self._create_tariff("Fixed", prices=(("energy", "E", 1.0), ("fixed", "F", 59)))
        point = self._create_point(
            tariff_id=fixed.id, meter_vals={"date_installed": "2026-02-15", "initial_value": 0}
        )
        point.date_activated = "2026-02-15"
        run = self._create_run(supply_point_ids=[Command.set(point.ids)])
        self.assertEqual(run.scope_count, 0)
        self._read(point, "2026-03-31", 100)
        bill = self._rate_run("2026-03-01", point)
        self.assertEqual(str(bill.period_from), "2026-02-01")
        # 2 months × 45 of 59 days × 59 yuan = 90.00
        self.assertEqual(bill.line_ids.mapped("amount"), [100, 90])

    def test_what_was_open_and_paid_before(self):
        """January 69.05 + 4.52 = 73.57, paid; February 138.10 + 9.04 = 147.14, 47.14 paid."""
        point = self._create_point()
        self._pay(self._create_bill(point, kwh=100), 73.57)
        self._read(point, "2026-02-28", 10300)
        second = self._create_run("2026-02-01", "2026-03-03")
        second._process_all()
        self.assertEqual(second.bill_ids.previous_balance, 0)
        self.assertEqual(second.bill_ids.payments_received, 73.57)
        self._pay(second.bill_ids, 47.14)
        self._read(point, "2026-03-31", 10350)
        third = self._create_run("2026-03-01", "2026-04-03")
        third._process_all()
        self.assertEqual(third.bill_ids.previous_balance, 100)
        self.assertEqual(third.bill_ids.payments_received, 47.14)

    def test_tax_on_top_of_the_prices(self):
        """Prices without tax, 13 % on top: 852.06 + 55.78 = 907.84, tax 118.02 (110.77 + 7.25),
        together 1025.86. A month of 1000 kWh: 690.49 + 45.20 = 735.69, tax 95.64 (89.76 + 5.88),
        together 831.33; of the difference of 194.53 the tax is 22.38."""
        included = self.company.power_tax_id
        self.company.power_tax_id = included.copy(
            {"name": "On top", "price_include_override": "tax_excluded"}
        )
        self.company._power_setup_products()
        tariff = self._create_tariff("Without tax")
        self.assertEqual(tariff.version_ids.tax_mode, "excluded")
        point = self._create_point(tariff_id=tariff.id)
        bill = self._create_bill(point)
        self.assertEqual((bill.state, bill.amount_total), ("posted", 1025.86))
        self.assertEqual(bill.amount_tax_added, 118.02)
        self.assertEqual((bill.move_id.amount_untaxed, bill.move_id.amount_tax), (907.84, 118.02))
        self.assertFalse(bill._get_replay_problems())
        document = bill._get_export_document()
        self.assertEqual(document["bill"]["tax_on_top"], "118.02")
        self.assertFalse(bill_export.verify(document).problems)
        told = tariff._compare_bills(bill)
        self.assertEqual(
            (told["billed"], told["amount"], told["difference"]), (1025.86,) * 2 + (0,)
        )
        usage = {"date_from": "2026-01-01", "date_to": "2026-01-31", "kwh": "1234"}
        rated = tariff.rate_usage(tariff.id, usage)
        self.assertEqual((rated["total"], rated["tax_on_top"]), ("907.84", "118.02"))
        self._read(point, "2026-02-28", 12234)
        estimate = point._estimate_prepaid(date(2026, 2, 28))[point.id]
        self.assertEqual(estimate["unbilled"], Decimal("831.33"))
        run = self._create_run("2026-02-01", "2026-03-03")
        run._process_all()
        later = run.bill_ids
        self.assertEqual(later.amount_total, 831.33)
        change = later._get_change(bill)
        parts = {row["key"]: row["amount"] for row in change["rows"]}
        self.assertEqual(parts["tax"], Decimal("-22.38"))
        self.assertEqual(sum(parts.values()), Decimal("-194.53"))
        self.assertEqual(change["amount"], Decimal("-194.53"))
        self.company.power_tax_id = included
        self.company._power_setup_products()
        self._read(point, "2026-03-31", 12334)
        run = self._create_run("2026-03-01", "2026-04-03")
        run._process_all()
        self.assertEqual(run.bill_ids.failure_code, "tax_mode")

    def test_balance_and_what_is_to_pay(self):
        """100.00 on account, 100 kWh cost 73.57 (69.05 + 4.52), 300 kWh cost 220.71.

        January: 100.00 before, 26.43 after, nothing to pay. February, two points of the payer:
        26.43 before the first bill of 73.57, -47.14 after; the second of 220.71 begins there and
        ends at -267.85. The 26.43 pay part of the first: 47.14 to pay; the second in full.
        """
        payer = self._create_customer("Payer")
        self.env["account.payment"].create(
            {
                "partner_id": payer.id,
                "partner_type": "customer",
                "payment_type": "inbound",
                "amount": 100,
                "date": "2026-01-05",
            }
        ).action_post()
        points = self._create_point(payer), self._create_point(payer)
        january = self._create_bill(points[0], kwh=100)
        self.assertEqual(january._get_print_balances(), (100, 26.43))
        self.assertEqual((january._get_print_paid(), january._get_amount_to_pay()), (73.57, 0))
        self.assertIn("nothing to pay", january._get_payment_request())
        html, __ = self.env["ir.actions.report"]._render_qweb_html(
            "power_billing.report_bill", january.ids
        )
        self.assertNotIn("Pay until", html.decode())
        self._read(points[0], "2026-02-28", 10200)
        self._read(points[1], "2026-02-28", 10300)
        run = self._create_run("2026-02-01", "2026-03-03")
        run._process_all()
        first, second = run.bill_ids.sorted("id")
        self.assertEqual(first._get_print_balances(), (26.43, -47.14))
        self.assertEqual(second._get_print_balances(), (-47.14, -267.85))
        self.assertEqual((first._get_amount_to_pay(), second._get_amount_to_pay()), (47.14, 220.71))
        self.assertIn("47.14", first._get_payment_request())
        self._pay(first, 47.14)
        self.assertEqual(first._get_amount_to_pay(), 0)
        self.assertEqual(first._get_print_balances(), (26.43, -47.14), "as on the day of the bill")

    def test_what_the_payer_before_left_open_is_not_told(self):
        """The debt of 73.57 is of the customer before: the next one's bill does not show it."""
        point = self._create_point()
        self._pay(self._create_bill(point, kwh=100), 20)
        point.write({"partner_id": self._create_customer("Next Shop").id})
        self._read(point, "2026-02-28", 10300)
        run = self._create_run("2026-02-01", "2026-03-03")
        run._process_all()
        bill = run.bill_ids
        self.assertEqual(bill.partner_id.name, "Next Shop")
        self.assertEqual((bill.previous_balance, bill.payments_received), (0, 0))

    def _pay(self, bill, amount):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=bill.move_id.ids
        ).create({"amount": amount})._create_payments()
        self.env.flush_all()

    def test_bad_points_fail_alone_with_their_reason(self):
        good = self._create_point()
        self._read(good, "2026-01-31", 10100)
        no_meter = self._create_point(meter=False)
        no_tariff = self._create_point(tariff_id=False)
        self._read(no_tariff, "2026-01-31", 10100)
        no_reading = self._create_point()
        held = self._create_point()
        self._read(held, "2026-01-31", 10100).action_hold()
        run = self._create_run()
        run._process_all()
        codes = {bill.supply_point_id: bill.failure_code for bill in run.bill_ids}
        self.assertEqual(
            codes,
            {
                good: False,
                no_meter: "no_register",
                no_tariff: "no_tariff",
                no_reading: "no_reading",
                held: "held",
            },
        )
        self.assertEqual(run.state, "done")
        self.assertEqual((run.posted_count, run.failed_count, run.held_count), (1, 4, 1))
        self.assertTrue(all(run.bill_ids.filtered("failure_code").mapped("failure_reason")))

        self._read(no_reading, "2026-01-31", 10050)
        no_tariff.tariff_id = self.tariff
        run.action_retry_failed()
        run._process_all()
        self.assertEqual((run.posted_count, run.failed_count), (3, 2))
        self.assertEqual(run.bill_ids.move_id.mapped("sequence_number"), [1, 2, 3])

    def test_an_unexpected_error_fails_alone(self):
        points = [self._create_point() for __ in range(3)]
        for point in points:
            self._read(point, "2026-01-31", 10100)
        original = PowerBill._get_determinants

        def broken(bill, inputs):
            if bill.supply_point_id == points[1]:
                raise ValueError("a bad register")
            return original(bill, inputs)

        run = self._create_run()
        with patch.object(PowerBill, "_get_determinants", broken):
            run._process_all()
        self.assertEqual((run.posted_count, run.failed_count), (2, 1))

    def test_a_refused_invoice_fails_alone(self):
        points = [self._create_point() for __ in range(3)]
        for point in points:
            self._read(point, "2026-01-31", 10100)
        original = PowerBill._prepare_move_vals

        def refused(bill, cache):
            if bill.supply_point_id == points[1]:
                reason = "refused"
                raise UserError(reason)
            return original(bill, cache)

        run = self._create_run()
        with patch.object(PowerBill, "_prepare_move_vals", refused):
            run._process_all()
        self.assertEqual((run.posted_count, run.failed_count), (2, 1))
        self.assertEqual(sorted(run.bill_ids.move_id.mapped("sequence_number")), [1, 2])
        run.action_retry_failed()
        run._process_all()
        self.assertEqual(sorted(run.bill_ids.move_id.mapped("sequence_number")), [1, 2, 3])

    def test_batches_resume(self):
        """Whatever was committed stays; the rest is found and done, nothing twice."""
        self.company.power_bill_batch = 2
        for __ in range(5):
            self._read(self._create_point(), "2026-01-31", 10100)
        run = self._create_run()
        run._start()
        run._process_batch()
        self.assertEqual((run.rated_count, run.draft_count), (2, 3))
        again = self.env["power.bill.run"].browse(run.id)
        again._process_all()
        self.assertEqual(again.posted_count, 5)
        self.assertEqual(sorted(run.bill_ids.move_id.mapped("sequence_number")), [1, 2, 3, 4, 5])
        self.assertEqual(run.progress, 100)

    def test_nothing_is_billed_twice(self):
        self._create_bill()
        with self.assertRaisesRegex(UserError, "Nothing to bill"):
            self._create_run()._process_all()

    def test_second_clerk_is_told(self):
        self._read(self._create_point(), "2026-01-31", 10100)
        run = self._create_run()
        key = (LOCK_CLASS, run.journal_id.id)
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
            try:
                with self.assertRaisesRegex(UserError, "just now"):
                    run.action_start()
            finally:
                other.execute("SELECT pg_advisory_unlock(%s, %s)", key)
        run.action_start()
        with self.assertRaisesRegex(UserError, "already started"):
            run.action_start()

    def test_cron(self):
        self.company.power_bill_batch = 2
        for __ in range(3):
            self._read(self._create_point(), "2026-01-31", 10100)
        run = self._create_run(auto_post=True)
        run.action_start()
        with self.enter_registry_test_mode():
            self.env.ref("power_billing.ir_cron_continue_runs").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.posted_count, 3)

    def test_without_approval_a_batch_is_posted_before_the_next_is_rated(self):
        self.company.power_bill_batch = 2
        for __ in range(5):
            self._read(self._create_point(), "2026-01-31", 10100)
        run = self._create_run(auto_post=True)
        run._start()
        counts = []
        while run._is_working():
            run._process_next()
            counts.append((run.draft_count, run.rated_count, run.posted_count))
        self.assertEqual(counts[:3], [(3, 0, 2), (1, 0, 4), (0, 0, 5)])
        self.assertEqual(run.state, "done")
        self.assertEqual(sorted(run.bill_ids.move_id.mapped("sequence_number")), [1, 2, 3, 4, 5])

    def test_few_are_posted_at_first_and_more_while_they_go_fast(self):
        for __ in range(15):
            self._read(self._create_point(), "2026-01-31", 10100)
        run = self._create_run(auto_post=True)
        run._start()
        run._do_batch("rating")
        counts = []
        for pace in (Pace(first=2, seconds=1000), Pace(first=2, seconds=0)):
            paced = run.with_context(power_post_pace=pace)
            counts.append([paced._do_batch("posting") for _batch in range(2)])
        self.assertEqual(counts, [[2, 10], [2, 1]])

    def test_a_single_bill_takes_its_turn_to_number_too(self):
        bill = self._create_bill()
        self.assertTrue(bill.move_id)
        key = (NUMBER_LOCK_CLASS, bill.move_id.journal_id.id)
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", key)
            self.assertEqual(other.fetchall(), [(False,)])

    def test_scope(self):
        other = self.env["power.area"].create(
            {"name": "West", "code": "W1", "kind": "rural", "company_id": self.company.id}
        )
        here = self._create_point()
        self._create_point(area_id=other.id)
        run = self._create_run(area_ids=[Command.set(self.area.ids)])
        self.assertEqual(run.scope_count, 1)
        run._start()
        self.assertEqual(run.bill_ids.supply_point_id, here)

    def test_zero_bill_needs_no_invoice(self):
        bill = self._create_bill(kwh=0)
        self.assertEqual(bill.state, "posted")
        self.assertFalse(bill.move_id)
        self.assertEqual(bill.reading_ids.state, "billed")

    def test_cancel_and_bill_again(self):
        point = self._create_point()
        bill = self._create_bill(point)
        number = bill.move_id.name
        bill._cancel("misread")
        self.assertEqual(bill.state, "cancelled")
        self.assertEqual(bill.credit_move_id.move_type, "out_refund")
        self.assertEqual(bill.credit_move_id.amount_total, 907.84)
        self.assertEqual(bill.move_id.payment_state, "reversed")
        reading = point.meter_ids.reading_ids.filtered(lambda r: r.kind == "actual")
        self.assertEqual(reading.state, "validated")
        reading.value = 11000
        run = self._create_run()
        run._process_all()
        again = run.bill_ids
        self.assertEqual(again.kwh, 1000)
        self.assertNotEqual(again.move_id.name, number)

    def test_only_the_last_bill_is_cancelled(self):
        point = self._create_point()
        first = self._create_bill(point)
        self._read(point, "2026-02-28", 11500)
        self._create_run("2026-02-01", "2026-03-03")._process_all()
        with self.assertRaisesRegex(UserError, "first"):
            first._cancel("too late")

    def test_a_foreign_payer_still_pays_vat(self):
        partner = self._create_customer(country_id=self.env.ref("base.us").id)
        bill = self._create_bill(self._create_point(partner))
        self.assertEqual(bill.move_id.amount_tax, 104.44)

    def test_payment_terms_of_the_service_level(self):
        level = self.env.ref("power_crm.service_level_vip")
        term = self.env.ref("account.account_payment_term_30days")
        level.with_company(self.company).payment_term_id = term
        partner = self._create_customer(power_service_level_id=level.id)
        bill = self._create_bill(self._create_point(partner))
        self.assertEqual(str(bill.invoice_date_due), "2026-03-05")

    def test_payers_of_one_batch_keep_their_own(self):
        """Terms of payment and fiscal position are looked up once, for whom they are."""
        level = self.env.ref("power_crm.service_level_vip")
        level.with_company(self.company).payment_term_id = self.env.ref(
            "account.account_payment_term_30days"
        )
        position = self.env["account.fiscal.position"].create(
            {"name": "By hand", "company_id": self.company.id}
        )
        important = self._create_customer(power_service_level_id=level.id)
        important.with_company(self.company).property_account_position_id = position
        points = [self._create_point(), self._create_point(important), self._create_point()]
        for point in points:
            self._read(point, "2026-01-31", 10100)
        run = self._create_run()
        run._process_all()
        bills = [run.bill_ids.filtered(lambda b, p=p: b.supply_point_id == p) for p in points]
        self.assertEqual(
            [(str(bill.invoice_date_due), bill.move_id.fiscal_position_id) for bill in bills],
            [
                ("2026-02-18", position.browse()),
                ("2026-03-05", position),
                ("2026-02-18", position.browse()),
            ],
        )

    @mute_logger("odoo.sql_db")
    def test_invoice_equals_bill_on_half_cents(self):
        """Random and half-cent quantities: the invoice's total is always the bill's."""
        for index, kwh in enumerate((0.5, 5, 12.5, 33.33, 101.01, 999.99, 1000, 12345.67)):
            point = self._create_point(meter_vals={"initial_value": 0})
            self._read(point, "2026-01-31", kwh, kind="actual", source=str(index))
        run = self._create_run()
        run._process_all()
        self.assertEqual(run.posted_count, 8)
        for bill in run.bill_ids:
            self.assertEqual(bill.move_id.amount_total, bill.amount_total)
            self.assertTrue(all(q != 1 for q in bill.move_id.invoice_line_ids.mapped("quantity")))

    def test_books(self):
        """Receivable = unpaid bills; income + tax + funds = billed, to the cent."""
        for kwh in (100, 333.33, 1234.5, 77.77):
            point = self._create_point()
            self._read(point, "2026-01-31", 10000 + kwh)
        run = self._create_run()
        run._process_all()
        lines = self.env["account.move.line"].search(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")]
        )

        def balance(condition):
            return round(sum(lines.filtered(condition).mapped("balance")), 2)

        billed = round(sum(run.bill_ids.mapped("amount_total")), 2)
        self.assertEqual(
            balance(lambda line: line.account_id.account_type == "asset_receivable"), billed
        )
        income = balance(lambda line: line.account_id == self.company.power_income_account_id)
        funds = balance(lambda line: line.account_id == self.company.power_fund_account_id)
        tax = balance(lambda line: line.tax_line_id)
        self.assertEqual(round(-income - funds - tax, 2), billed)
        self.assertEqual(round(sum(lines.mapped("balance")), 2), 0)
        self.assertEqual(round(sum(run.bill_ids.mapped("amount_residual")), 2), billed)
