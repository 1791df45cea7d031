from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import PRICES, PowerBillingCase


@tagged("post_install", "-at_install")
class TestBillCycle(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tariff = cls._create_tariff(
            "With basic charge", prices=(*PRICES, ("fixed", "Basic", 31.0))
        )
        cls.two = cls._create_cycle("Two months, even")
        cls.reading_day = cls._create_cycle("To the 25th", months=1, end_day=25)

    @classmethod
    def _create_cycle(cls, name, **vals):
        return cls.env["power.bill.cycle"].create(
            {"name": name, "company_id": cls.company.id, **vals}
        )

    def _bill(self, point, period, **vals):
        run = self._create_run(
            period, supply_point_ids=[Command.set(point.ids)],
            billing_cycle_id=point.billing_cycle_id.id, **vals,
        )  # fmt: skip
        run._process_all()
        return run.bill_ids

    def test_days(self):
        quarter = self._create_cycle("Quarter to the 20th", months=3, end_month=1, end_day=20)
        year = self._create_cycle("Year", months=12)
        none = self.two.browse()
        for cycle, day, first, last in (
            (none, (2026, 2, 10), (2026, 2, 1), (2026, 2, 28)),
            (self.two, (2026, 1, 1), (2026, 1, 1), (2026, 2, 28)),
            (self.two, (2026, 2, 28), (2026, 1, 1), (2026, 2, 28)),
            (self.two, (2026, 12, 31), (2026, 11, 1), (2026, 12, 31)),
            (self.reading_day, (2026, 2, 25), (2026, 1, 26), (2026, 2, 25)),
            (self.reading_day, (2026, 2, 26), (2026, 2, 26), (2026, 3, 25)),
            (self.reading_day, (2025, 12, 31), (2025, 12, 26), (2026, 1, 25)),
            (quarter, (2026, 1, 20), (2025, 10, 21), (2026, 1, 20)),
            (quarter, (2026, 1, 21), (2026, 1, 21), (2026, 4, 20)),
            (quarter, (2025, 12, 25), (2025, 10, 21), (2026, 1, 20)),
            (year, (2026, 6, 1), (2026, 1, 1), (2026, 12, 31)),
        ):
            with self.subTest(cycle=cycle.name, day=day):
                self.assertEqual(cycle._get_days(date(*day)), (date(*first), date(*last)))

    def test_two_months(self):
        """900 kWh: 621.44 + 40.68 + 2 × 31.00 = 724.12; the next begins where it ends."""
        point = self._create_point(billing_cycle_id=self.two.id)
        self._read(point, "2026-02-28", 10900)
        bill = self._bill(point, "2026-01-01")
        self.assertEqual((bill.period_from, bill.period_to), (date(2026, 1, 1), date(2026, 2, 28)))
        self.assertEqual(bill.line_ids.mapped("amount"), [621.44, 40.68, 62.0])
        self._read(point, "2026-04-30", 11000)
        bill = self._bill(point, "2026-04-30")
        self.assertEqual((bill.period_from, bill.kwh), (date(2026, 3, 1), 100))
        totals = bill.run_id.total_ids
        self.assertEqual((totals.last_kwh, totals.last_amount_total), (900, 724.12))

    def test_from_reading_day_to_reading_day(self):
        point = self._create_point(
            billing_cycle_id=self.reading_day.id, meter_vals={"date_installed": "2026-01-25"}
        )
        for period, day, value, first in (
            ("2026-02-01", "2026-02-25", 10100, date(2026, 1, 26)),
            ("2026-03-01", "2026-03-25", 10300, date(2026, 2, 26)),
        ):
            self._read(point, day, value)
            bill = self._bill(point, period)
            self.assertEqual((bill.period_from, str(bill.period_to)), (first, day))
            self.assertEqual(bill.line_ids[-1].amount, 31.0, "a cycle is a month")

    def test_tiers_of_the_cycle_and_of_its_months(self):
        """500 kWh in two months: limits of 180 a month are 360, one of 400 a cycle is 400."""
        for basis, limits, expected in (
            ("month", "180", [360, 140]),
            ("cycle", "400", [400, 100]),
        ):
            tariff = self._create_tariff(f"Steps by {basis}", prices=(("energy", "Energy", 0.5),))
            tariff.version_ids.write({"tier_basis": basis, "tier_limits": limits})
            tariff.version_ids.component_ids.price_ids = [Command.create({"tier": 2, "value": 0.6})]
            point = self._create_point(billing_cycle_id=self.two.id, tariff_id=tariff.id)
            self._read(point, "2026-02-28", 10500)
            bill = self._bill(point, "2026-02-01")
            self.assertEqual(bill.line_ids.mapped("quantity"), expected)

    def test_estimates_and_gaps_know_the_cycle(self):
        """Read in December and at the end of February: nothing is missing, 59 days are no gap."""
        self.env.ref("power_billing.reading_check_gap").threshold = 50
        two, monthly = self._create_point(billing_cycle_id=self.two.id), self._create_point()
        for point in (two, monthly):
            reading = self._read(point, "2026-02-28", 10600)
            self.assertEqual("59" in (reading.hold_reason or ""), point == monthly)
        estimate = self.env["power.reading.estimate"].create(
            {"date": "2026-03-31", "method": "average", "company_id": self.company.id}
        )
        self.assertEqual(estimate._estimate().supply_point_id, monthly)
        estimate.write({"date": "2026-04-30", "billing_cycle_id": self.two.id})
        self.assertEqual(estimate._estimate().supply_point_id, two)

    def test_runs_leave_other_cycles_alone(self):
        monthly, other = self._create_point(), self._create_point(billing_cycle_id=self.two.id)
        points = [Command.set((monthly | other).ids)]
        self.assertEqual(self._create_run(supply_point_ids=points).scope_count, 1)
        run = self._create_run(supply_point_ids=points, billing_cycle_id=self.two.id)
        self.assertEqual((run.scope_count, run.name), (1, "2026-01 · Two months, even"))
        run._start()
        self.assertEqual(run.bill_ids.supply_point_id, other)
        with self.assertRaisesRegex(UserError, "Nothing to bill"):
            self._create_run(
                supply_point_ids=[Command.set(monthly.ids)], billing_cycle_id=self.two.id
            )._start()
