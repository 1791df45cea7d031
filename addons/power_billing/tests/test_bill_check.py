from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import PowerBillingCase


@tagged("post_install", "-at_install", "power_slow")
class TestBillCheck(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["power.bill.check"].with_context(active_test=False).search([]).unlink()
        cls.high = cls._create_check("kwh_high", threshold=5, floor=300, min_bills=1)

    @classmethod
    def _create_check(cls, kind, **vals):
        return cls.env["power.bill.check"].create({"name": f"Is {kind}", "kind": kind, **vals})

    def _create_month(self, *kwh):
        """A run of February, to rate, after a posted January of 100 kWh for each point."""
        points = self.env["power.supply.point"]
        for used in kwh:
            point = self._create_point()
            self._create_bill(point, kwh=100)
            self._read(point, "2026-02-28", 10100 + used).write({"release_note": "test"})
            point.meter_ids.register_ids.reading_ids.filtered(
                lambda reading: reading.state == "held"
            ).action_release()
            points |= point
        return self._create_run(
            "2026-02-01", "2026-03-03", supply_point_ids=[Command.set(points.ids)]
        )

    def _release(self, bills, note="seen on the spot", **vals):
        action = bills.action_release_checks()
        form = Form(self.env[action["res_model"]].with_context(**action["context"]))
        form.note = note
        for name, value in vals.items():
            form[name] = value
        form.save().action_confirm()

    def test_an_odd_bill_waits_until_it_is_released(self):
        """900 kWh is more than five times the usual 100 and 800 more: it waits; 110 is posted."""
        run = self._create_month(110, 900)
        run._process_all()
        good, odd = run.bill_ids.sorted("kwh")
        self.assertEqual((run.state, good.state, odd.state), ("done", "posted", "rated"))
        self.assertEqual((run.to_check_count, run.postable_count), (1, 0))
        self.assertEqual(odd.check_state, "to_check")
        self.assertEqual(odd.check_reason, "Is kwh_high: 900.00 kWh; usual are 100.00")
        self.assertEqual(run.problem_ids, odd)
        self.assertIn(odd, odd.search(run.action_view_to_check()["domain"]))
        with self.assertRaisesRegex(UserError, "waits for a clerk"):
            odd.action_post()
        self._release(odd)
        self.assertEqual((odd.check_state, odd.check_note), ("released", "seen on the spot"))
        self.assertEqual(odd.check_user_id, self.env.user)
        self.assertEqual((run.to_check_count, run.postable_count), (0, 1))
        run.action_approve()
        run._process_all()
        self.assertEqual((run.state, run.posted_count), ("done", 2))
        self.assertEqual(odd.move_id.state, "posted")

    def test_all_of_one_kind(self):
        """A bill with another reason besides keeps waiting."""
        run = self._create_month(900, 950, 2000)
        self._create_check("amount_high", threshold=5, floor=1000, min_bills=1)
        run._process_all()
        first, second, both = run.bill_ids.sorted("kwh")
        self.assertEqual(run.to_check_count, 3)
        self.assertEqual(len(both.check_ids), 2)
        self._release(first, check_id=self.high)
        states = (first + second + both).mapped("check_state")
        self.assertEqual(states, ["released", "released", "to_check"])

    def test_rating_again_checks_again(self):
        run = self._create_month(900)
        run._process_all()
        self.high.threshold = 20
        run.bill_ids.action_rate()
        self.assertFalse(run.bill_ids.check_state)
        self.assertFalse(run.bill_ids.check_reason)
        self.high.active = False
        self.assertEqual(run.bill_ids.state, "rated")

    def test_totals_show_the_difference(self):
        """100 kWh in January, 110 in February: 10 more; 7.36 more of 73.57 is a tenth."""
        run = self._create_month(110)
        run._process_all()
        total = run.total_ids
        self.assertEqual((total.last_kwh, total.kwh, total.kwh_change), (100, 110, 10))
        # 100 × 0.690486 = 69.05, 100 × 0.0452 = 4.52; 110: 75.95 + 4.97 = 80.92
        self.assertAlmostEqual(total.amount_change, 80.92 - 73.57)
        self.assertAlmostEqual(total.change, 7.35 / 73.57, 4)

    def test_kinds_at_their_limits(self):
        figures = {
            "bills": 3, "kwh": 0.0, "amount": 0.0, "point_state": "active",
            "usual_kwh": 100.0, "usual_amount": 70.0,
        }  # fmt: skip
        low = self._create_check("kwh_low", threshold=10, floor=50)
        amount = self._create_check("amount_high", threshold=2, floor=10)
        amount_low = self._create_check("amount_low", threshold=10, floor=10)
        zero = self._create_check("zero", floor=100)
        first = self._create_check("first")
        closed = self._create_check("closed")
        negative = self._create_check("negative")
        for check, changes, expected in (
            (self.high, {"kwh": 500}, False),  # not more than five times
            (self.high, {"kwh": 501}, True),
            (self.high, {"kwh": 501, "bills": 0}, False),  # nothing is usual yet
            (self.high, {"kwh": 299, "usual_kwh": 1}, False),  # 298 more do not matter
            (low, {"kwh": 10}, False),
            (low, {"kwh": 9}, True),
            (low, {"kwh": 0}, False),  # that is what "zero" is for
            (amount, {"amount": 140}, False),
            (amount, {"amount": 140.01}, True),
            (amount_low, {"amount": 7}, False),  # not less than a tenth of 70
            (amount_low, {"amount": 6.99}, True),
            (amount_low, {"amount": 0}, False),
            (amount_low, {"amount": -1}, False),  # that is what "negative" is for
            (zero, {}, True),
            (zero, {"usual_kwh": 99.0}, False),
            (zero, {"kwh": 1}, False),
            (first, {}, False),
            (first, {"bills": 0}, True),
            (closed, {"point_state": "suspended", "kwh": 1}, True),
            (closed, {"point_state": "suspended"}, False),
            (closed, {"point_state": "closed", "kwh": 1, "is_final": True}, False),
            (closed, {"kwh": 1}, False),
            (negative, {"amount": -0.01}, True),
            (negative, {}, False),
        ):
            with self.subTest(kind=check.kind, **changes):
                found = check._find({**figures, **changes}, self.company.currency_id)
                self.assertEqual(bool(found), expected)

    def test_preview_is_the_bill_and_stores_nothing(self):
        point = self._create_point()
        self._read(point, "2026-01-31", 11234)
        preview = self.env["power.bill.preview"].create(
            {"supply_point_id": point.id, "period": date(2026, 1, 15)}
        )
        preview.action_preview()
        self.assertEqual((preview.state, preview.kwh), ("rated", 1234))
        # 1234 × 0.690486 + 1234 × 0.0452, each to the cent
        self.assertEqual(preview.amount_total, 907.84)
        self.assertEqual(preview.line_ids.mapped("amount"), [852.06, 55.78])
        self.assertTrue(preview.with_context(bin_size=False).pdf.startswith(b"JVBER"))  # %PDF
        self.assertFalse(point.bill_ids)
        self.assertEqual(
            set(point.meter_ids.register_ids.reading_ids.mapped("state")), {"validated"}
        )
        bill_run = self._create_run(supply_point_ids=[Command.set(point.ids)])
        bill_run._start()
        preview.action_preview()
        self.assertEqual(bill_run.bill_ids.state, "draft")
        bill_run._process_all()
        self.assertEqual(bill_run.bill_ids.amount_total, preview.amount_total)
        with self.assertRaisesRegex(UserError, "billed already"):
            preview.action_preview()

    def test_preview_says_what_is_missing(self):
        point = self._create_point()
        preview = self.env["power.bill.preview"].create(
            {"supply_point_id": point.id, "period": date(2026, 1, 15)}
        )
        preview.action_preview()
        self.assertEqual(preview.state, "failed")
        self.assertIn("no validated reading", preview.problem)
        self.assertFalse(point.bill_ids)
