from odoo.fields import Command
from odoo.tests import tagged

from .common import PowerBillingCase

HOURS = ((0, 8, "valley"), (8, 12, "flat"), (12, 18, "peak"), (18, 20, "sharp"), (20, 24, "peak"))
PRICES = {"sharp": 1.0, "peak": 0.8, "flat": 0.6, "valley": 0.38}


@tagged("post_install", "-at_install", "power_slow")
class TestMeteredBill(PowerBillingCase):
    """From registers, facts and curves to the posted bill, at a published example's figures.

    cenep ``tests/test_bill_recalculator.py``: 100/200/300/400 kWh at 1.00/0.80/0.60/0.38 and a
    demand of 100 kW at 39 yuan: 592 + 3900 = 4492.00 yuan.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        periods = cls.env["power.tariff.period"]._get_ids()
        cls.two_part = cls._create_tariff("Two-part", prices=(("energy", "Energy", 0.6),))
        cls.two_part.version_ids.write(
            {
                "schedule_ids": [
                    Command.create(
                        {"hour_from": begin, "hour_to": end, "period_id": periods[period]}
                    )
                    for begin, end, period in HOURS
                ],
                "component_ids": [
                    Command.update(
                        cls.two_part.version_ids.component_ids.id,
                        {
                            "price_ids": [
                                Command.create({"period_id": periods[period], "value": price})
                                for period, price in PRICES.items()
                            ]
                        },
                    )
                ],
            }
        )
        cls.point = cls._create_point(
            tariff_id=cls.two_part.id,
            voltage_class="10kv",
            capacity_kva=200,
            meter_vals={"number": "FACTORY", "initial_value": 0},
        )
        cls.meter = cls.point.meter_ids

    def _add_demand(self):
        self.two_part.version_ids.component_ids = [
            Command.create({"kind": "demand", "name": "Demand", "price": 39})
        ]
        self.point.fact_ids = [
            Command.create({"date_from": "2025-01-01", "demand_choice": "actual"})
        ]

    def _rate(self):
        run = self._create_run(supply_point_ids=[Command.set(self.point.ids)])
        run._process_all()
        return run.bill_ids

    def test_registers_and_demand(self):
        self._add_demand()
        self.env["power.meter.register.add"].create(
            {"meter_id": self.meter.id, "demand": True}
        ).action_add()
        entry = self.env["power.reading.entry"].create(
            {"meter_id": self.meter.id, "date": "2026-01-31"}
        )
        values = {"sharp": 100, "peak": 200, "flat": 300, "valley": 400, False: 1000}
        for line in entry.line_ids:
            register = line.register_id
            line.value = 100 if register.quantity == "demand" else values[register.period]
        entry.action_save()
        bill = self._rate()
        self.assertEqual((bill.state, bill.failure_reason), ("posted", False))
        self.assertEqual((bill.kwh, bill.amount_energy, bill.amount_total), (1000, 592.0, 4492.0))
        self.assertEqual(bill.move_id.amount_total, 4492.0)
        totals = {total.period: (total.kwh, total.amount) for total in bill.run_id.period_total_ids}
        self.assertEqual(
            totals,
            {"sharp": (100, 100), "peak": (200, 160), "flat": (300, 180), "valley": (400, 152)},
        )
        self.assertIn("Peak", bill.run_id.period_total_ids.mapped("name"))
        # All registers are settled, and the kept determinants give the same bill again.
        read = self.meter.reading_ids.filtered(lambda r: r.kind == "actual")
        self.assertEqual(set(read.mapped("state")), {"billed"})
        self.assertEqual(read.bill_id, bill)
        self.assertEqual(str(bill._replay().total), "4492.00")
        steps = [step for step in bill.steps if step["type"] == "register"]
        self.assertEqual(
            [bill._get_register_label(step) for step in steps],
            ["", "Active energy · Sharp"]
            + [f"Active energy · {period}" for period in ("Peak", "Flat", "Valley")],
        )

    def _load_days(self, days):
        # A month of 31 days; each day 100/31 of … is uneven, so the curve gives the shape only:
        # 1 kWh in two sharp hours, 2 in ten peak, 3 in four flat, 4 in eight valley hours.
        kwh = dict.fromkeys(range(24), "")
        for begin, end, period in HOURS:
            share = {"sharp": "0.5", "peak": "0.2", "flat": "0.75", "valley": "0.5"}[period]
            kwh |= dict.fromkeys(range(begin, end), share)
        line = ",".join(kwh[hour] for hour in range(24))
        heads = "meter,date," + ",".join(map(str, range(24)))
        lines = [f"FACTORY,2026-01-{day:02d},{line}" for day in days]
        self.env["power.load.day"].with_company(self.company)._load_csv(
            "\n".join((heads, *lines)).encode()
        )

    def test_curve_splits_the_total(self):
        self._load_days(range(1, 32))
        self._read(self.point, "2026-01-31", 1000)
        bill = self._rate()
        self.assertEqual((bill.state, bill.failure_reason), ("posted", False))
        self.assertEqual((bill.kwh, bill.amount_total), (1000, 592.0))

    def test_periods_that_nothing_tells_wait_for_a_clerk(self):
        """1 000 kWh without periods, then with a curve without 7, 8 and 20 January: two holes."""
        self._read(self.point, "2026-01-31", 1000)
        bill = self._rate()
        self.assertEqual((bill.state, bill.check_state), ("rated", "to_check"))
        self.assertEqual(bill.check_ids.mapped("kind"), ["no_periods"])
        self._load_days({*range(1, 32)} - {7, 8, 20})
        bill.action_retry()
        self.assertEqual((bill.check_state, bill.amount_total), ("to_check", 592.0))
        self.assertEqual(bill.check_ids.mapped("kind"), ["curve_gap"])
        self.assertIn("holes in the load curve: 2", bill.check_reason)

    def test_facts_without_what_they_need_fail_with_a_reason(self):
        self._add_demand()
        self._read(self.point, "2026-01-31", 1000)
        bill = self._rate()
        self.assertEqual(bill.state, "failed")
        self.assertTrue(bill.failure_reason)
