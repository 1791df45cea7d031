import base64
from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import PowerBillingCase

MONTH_ENDS = [date.fromordinal(date(2025, m, 1).toordinal() - 1) for m in range(2, 13)]
MONTH_ENDS += [date(2025, 12, 31), date(2026, 1, 31)]


@tagged("post_install", "-at_install", "power_slow")
class TestEstimate(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.point = cls._create_point(
            meter_vals={"initial_value": 1000, "date_installed": "2025-12-31"}
        )
        cls.meter = cls.point.meter_ids

    def _estimate(self, day, points=None, **vals):
        wizard = self.env["power.reading.estimate"].create(
            {
                "date": day,
                "company_id": self.company.id,
                "supply_point_ids": [Command.set((points or self.point).ids)],
                "method": "average",
                **vals,
            }
        )
        return wizard._estimate()

    def _bill(self, period):
        run = self._create_run(period, supply_point_ids=[Command.set(self.point.ids)])
        run._process_all()
        return run.bill_ids

    def _get_live_bills(self):
        return self.point.bill_ids.filtered(lambda b: b.state != "cancelled").sorted("period_from")

    # === Making estimates === #

    def test_methods(self):
        point = self._create_point(
            meter_vals={"initial_value": 0, "date_installed": "2025-01-01", "ct_ratio": 10}
        )
        value = 0
        for number, day in enumerate(MONTH_ENDS):
            # 10 units a day; 20 in February 2025.
            before = MONTH_ENDS[number - 1] if number else date(2025, 1, 1)
            value += (day - before).days * (20 if day == date(2025, 2, 28) else 10)
            self._read(point, day, value, release_note="x")
        point.meter_ids.reading_ids.filtered(lambda r: r.state == "held").action_release()
        for method, moved in (
            ("last_year", 28 * 20),  # February 2025: 20 units a day
            ("average", 28 * 10),
        ):
            estimate = self._estimate("2026-02-28", point, method=method)
            self.assertEqual(estimate.value - value, moved)
            self.assertEqual(estimate.consumption, moved * 10)
            self.assertEqual((estimate.kind, estimate.state), ("estimated", "validated"))
            estimate.unlink()

    def test_profile_follows_the_category(self):
        """A point used evenly gets the shape of its category's year."""
        category = self.env["power.usage.category"].create({"name": "Shaped", "code": "SHAPED"})
        points = self.env["power.supply.point"]
        for winter, other in ((10, 10), (30, 10)):
            point = self._create_point(
                usage_category_id=category.id,
                meter_vals={"initial_value": 0, "date_installed": "2025-01-31"},
            )
            value, before = 0, date(2025, 1, 31)
            for day in MONTH_ENDS[1:]:
                value += (day - before).days * (winter if day.month == 2 else other)
                self._read(point, day, value)
                before = day
            points |= point
        points.meter_ids.reading_ids.filtered(lambda r: r.state == "held").write(
            {"release_note": "x"}
        )
        points.meter_ids.reading_ids.action_release()
        even = points[0].meter_ids
        estimate = self._estimate("2026-02-28", points, method="profile")
        estimate = estimate.filtered(lambda r: r.meter_id == even)
        # The category used 20 a day in February 2025 and, over the 365 days from 1 February 2025
        # to 31 January 2026, (2 × 10 × 365 + 20 × 28) / 730 = 10.767; the point 10 × 20 / 10.767
        # = 18.575 a day, 520.10 in 28 days.
        self.assertAlmostEqual(estimate.consumption, 520.10, 2)

    def test_only_what_was_not_read(self):
        self._read(self.point, "2026-01-31", 1310)
        self.assertFalse(self._estimate("2026-01-31"))
        self.assertEqual(self._estimate("2026-02-28").value, 1590)  # 10 a day × 28
        self.assertFalse(self._estimate("2026-02-28"))
        new = self._create_point(meter_vals={"number": "NEW"})
        with self.assertRaisesRegex(UserError, "no history"):
            self.env["power.reading.estimate"].create(
                {
                    "date": "2026-01-31",
                    "company_id": self.company.id,
                    "supply_point_ids": [Command.set(new.ids)],
                }
            ).action_estimate()

    def test_estimate_past_the_last_digit(self):
        point = self._create_point(
            meter_vals={"initial_value": 9500, "digits": 4, "date_installed": "2025-12-31"}
        )
        self._read(point, "2026-01-31", 9810)
        estimate = self._estimate("2026-02-28", point)
        self.assertEqual((estimate.value, estimate.rollover), (90, True))  # 9810 + 280 - 10000
        self.assertEqual(estimate.consumption, 280)

    # === Estimates not billed === #

    def test_reading_takes_the_place_of_an_estimate(self):
        self._read(self.point, "2026-01-31", 1310)
        self._estimate("2026-02-28")
        read = self._read(self.point, "2026-02-28", 1400)
        self.assertEqual(read.consumption, 90)
        self._estimate("2026-03-31")
        later = self._read(self.point, "2026-04-30", 1420)
        # The estimate of March, 1400 + 31 × 6.78, lay above: it is gone.
        self.assertEqual(later.previous_date, date(2026, 2, 28))

    def test_imported_reading_takes_the_place_of_an_estimate(self):
        self._read(self.point, "2026-01-31", 1310)
        self._estimate("2026-02-28")
        content = f"meter,date,value\n{self.meter.number},2026-02-28,1400\n"
        wizard = self.env["power.reading.import"].create(
            {
                "file": base64.b64encode(content.encode()),
                "filename": "x.csv",
                "company_id": self.company.id,
            }
        )
        wizard.action_import()
        self.assertEqual(wizard.imported_count, 1)
        self.assertEqual(self.meter.last_value, 1400)

    # === True-up === #

    def test_bill_says_it_is_estimated(self):
        self._read(self.point, "2026-01-31", 1310)
        self.assertFalse(self._bill("2026-01-01").is_estimated)
        self._estimate("2026-02-28")
        self.assertTrue(self._bill("2026-02-01").is_estimated)

    def test_higher_reading_trues_up_by_itself(self):
        self._read(self.point, "2026-01-31", 1310)
        self._bill("2026-01-01")
        self._estimate("2026-02-28")  # 1590
        self._bill("2026-02-01")
        self._read(self.point, "2026-03-31", 1700)
        march = self._bill("2026-03-01")
        self.assertEqual((march.kwh, march.is_estimated), (110, False))
        # All three bills: what the meter counted.
        self.assertEqual(sum(self._get_live_bills().mapped("kwh")), 700)

    def _overestimate(self):
        """Billed: 310 read in January, 280 estimated in February; March shows 59 since January."""
        self._read(self.point, "2026-01-31", 1310)
        self._bill("2026-01-01")
        self._estimate("2026-02-28")
        self._bill("2026-02-01")
        return self._read(self.point, "2026-03-31", 1369)

    def test_lower_reading_is_held_and_trued_up(self):
        reading = self._overestimate()
        self.assertEqual(reading.state, "held")
        self.assertIn("estimate 1590.00 billed on 2026-02-28", reading.hold_reason)
        self.assertTrue(reading.is_below_estimate)
        wrong = self._get_live_bills()[-1]
        # 280 × 0.690486 = 193.34, 280 × 0.0452 = 12.66.
        self.assertEqual((wrong.kwh, wrong.amount_total), (280, 206.00))
        finance, clerk = (
            new_test_user(
                self.env,
                f"true_{role}",
                groups=f"power_crm.group_{role}",
                company_id=self.company.id,
                company_ids=self.company.ids,
            )
            for role in ("finance", "billing_clerk")
        )
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            reading.with_user(clerk).action_true_up()
        reading.with_user(finance).action_true_up()
        self.assertEqual((reading.state, reading.released_by_id), ("validated", finance))
        self.assertEqual((wrong.state, wrong.credit_move_id.state), ("cancelled", "posted"))
        self.assertEqual(wrong.credit_move_id.amount_total, wrong.amount_total)
        # 59 kWh in 59 days: 28 in February, 31 in March.
        january, february = self._get_live_bills()
        self.assertEqual((january.kwh, february.kwh), (310, 28))
        # 28 × 0.690486 = 19.33, 28 × 0.0452 = 1.27: 20.60, so 206.00 - 20.60 = 185.40 are given
        # back in February.
        self.assertEqual(february.amount_total, 20.60)
        moves = (wrong | february).move_id | wrong.credit_move_id
        self.assertAlmostEqual(sum(moves.mapped("amount_total_signed")), 20.60)
        self.assertEqual(february.move_id.state, "posted")
        march = self._bill("2026-03-01")
        self.assertEqual(march.kwh, 31)
        self.assertEqual(sum(self._get_live_bills().mapped("kwh")), 369)

    def test_true_up_over_two_estimated_bills(self):
        self._read(self.point, "2026-01-31", 1310)
        self._bill("2026-01-01")
        for day, period in (("2026-02-28", "2026-02-01"), ("2026-03-31", "2026-03-01")):
            self._estimate(day)
            self._bill(period)
        reading = self._read(self.point, "2026-04-30", 1310 + 89)
        reading.action_true_up()
        # 89 kWh in 89 days.
        self.assertEqual(self._get_live_bills().mapped("kwh"), [310, 28, 31])
        self.assertEqual(self._bill("2026-04-01").kwh, 30)

    def test_released_without_true_up_is_refused(self):
        reading = self._overestimate()
        reading.release_note = "surely right"
        with self.assertRaisesRegex(ValidationError, "True up"):
            reading.action_release()

    def test_true_up_below_the_last_true_reading(self):
        reading = self._overestimate()
        reading.value = 1300
        with self.assertRaisesRegex(UserError, "last true reading 1310"):
            reading.action_true_up()

    def test_nothing_to_true_up(self):
        reading = self._read(self.point, "2026-01-31", 1310)
        with self.assertRaisesRegex(UserError, "no estimate"):
            reading.action_true_up()
