from datetime import date, timedelta
from decimal import Decimal

from odoo.fields import Command
from odoo.tests import BaseCase, tagged

from odoo.addons.power_billing.tests.kernel_data import (
    bill,
    component,
    register,
    rows,
    version,
)
from odoo.addons.power_billing.tools import rating

from ..tools import shift
from .common import AdviceCase

D = Decimal
# 国网湖北 代理购电工商业用户电价表, January 2026, two-part 1-10 kV: peak, flat and valley.
PEAK, FLAT, VALLEY = "0.848961", "0.651886", "0.432924"
HOURS = [
    {"months": list(range(1, 13)), "days": "any", "period": period, "from": start, "to": end}
    for period, start, end in (
        ("valley", "00:00", "08:00"),
        ("flat", "08:00", "16:00"),
        ("peak", "16:00", "24:00"),
    )
]


@tagged("at_install")
class TestShiftKernel(BaseCase):
    """Hubei, January 2026: a peak kWh 0.848961, a valley kWh 0.432924."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        prices = {("peak", None): PEAK, ("flat", None): FLAT, ("valley", None): VALLEY}
        cls.tariff = version(component("energy", 0, prices=rows(prices)), schedule=HOURS)

    def test_a_fifth_of_the_peak(self):
        """1000 kWh at the peak and 500 in the valley: 848.96 + 216.46 = 1065.42. With 200 kWh of
        the peak in the valley 800 × 0.848961 = 679.17 and 700 × 0.432924 = 303.05: 982.22."""
        data = bill(self.tariff, [register(1000, "peak"), register(500, "valley")])
        self.assertEqual(rating.rate(data).total, D("1065.42"))
        moved = shift.with_shift(data, D("0.2"))
        self.assertEqual(rating.rate(moved).total, D("982.22"))
        self.assertEqual(shift.peak_and_valley(moved), (D(800), D(700)))
        self.assertEqual(data["registers"][0]["readings"][1]["value"], "1000", "as it was")

    def test_back_again(self):
        """800 and 700 shared as before, two thirds at the peak: 1000 and 500."""
        data = bill(self.tariff, [register(800, "peak"), register(700, "valley")])
        share = shift.share_to_restore(data, D(1000) / D(1500))
        back = shift.with_shift(data, share)
        self.assertEqual(shift.peak_and_valley(back), (D(1000), D(500)))
        self.assertEqual(rating.rate(back).total, D("1065.42"))

    def test_multiplier_rollover_and_whole_register(self):
        """The peak register turned over: 5 + 5 = 10, × 100 = 1000. The whole stays 1700."""
        peak = register("5", "peak", start="999995", digits=6, multiplier=100)
        peak["readings"][1]["rollover"] = True
        data = bill(
            self.tariff,
            [
                register(17, multiplier=100),
                peak,
                register(5, "valley", multiplier=100),
            ],
        )
        before, after = rating.rate(data), rating.rate(shift.with_shift(data, D("0.2")))
        self.assertEqual(before.periods, {"peak": D(1000), "valley": D(500), "flat": D(200)})
        self.assertEqual(after.periods, {"peak": D(800), "valley": D(700), "flat": D(200)})

    def test_load_curve(self):
        """2 kWh an hour in the peak (16 a day), 1 in the valley (8), 31 days.

        A quarter of the peak is 4 kWh a day, half a kWh in each of the eight valley hours:
        31 × 12 = 372 and 31 × 12 = 372.
        """
        values = ["1"] * 8 + ["0"] * 8 + ["2"] * 8
        first = date(2026, 10, 1)
        days = [
            {"date": (first + timedelta(days=day)).isoformat(), "values": values}
            for day in range(31)
        ]
        curve = {"key": "M1", "quantity": "active", "minutes": 60, "days": days}
        data = bill(self.tariff, [], intervals=[curve])
        self.assertEqual(shift.peak_and_valley(data), (D(496), D(248)))
        moved = shift.with_shift(data, D("0.25"))
        self.assertEqual(shift.peak_and_valley(moved), (D(372), D(372)))
        self.assertEqual(moved["intervals"][0]["days"][0]["values"][0], "1.50")
        share = shift.share_to_restore(moved, D(496) / D(744))
        self.assertEqual(shift.peak_and_valley(shift.with_shift(moved, share)), (D(496), D(248)))

    def test_nothing_to_move(self):
        data = bill(self.tariff, [register(1000, "flat")])
        self.assertEqual(shift.with_shift(data, D("0.2"))["registers"], data["registers"])
        self.assertIsNone(shift.share_to_restore(data, D("0.5")))


@tagged("post_install", "-at_install")
class TestShift(AdviceCase):
    """A factory with 1000 kWh at the peak and 500 in the valley in January."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tariff = cls._create_tariff("Time of use", prices=(("energy", "Energy", 0.651886),))
        periods = cls.env["power.tariff.period"]._get_ids()
        tariff.version_ids.schedule_ids = [
            Command.create({"hour_from": start, "hour_to": end, "period_id": periods[code]})
            for start, end, code in ((0, 8, "valley"), (8, 16, "flat"), (16, 24, "peak"))
        ]
        tariff.version_ids.component_ids.price_ids = [
            Command.create({"period_id": periods[code], "value": value})
            for code, value in (("peak", 0.848961), ("valley", 0.432924))
        ]
        cls.point = cls._create_point(
            tariff_id=tariff.id, meter_vals={"number": "SHIFT", "initial_value": 0}
        )
        cls.env["power.meter.register.add"].create(
            {
                "meter_id": cls.point.meter_ids.id,
                "sharp": False,
                "flat": False,
                "peak": True,
                "valley": True,
            }
        ).action_add()

    def test_promise_and_check(self):
        """1065.42 less 982.22 are 83.20 a month, 998.40 a year; 200 kWh a month, 2400 a year."""
        bill = self._bill("2026-01-01", "2026-01-31", active=1500, peak=1000, valley=500)
        self.assertEqual(bill.amount_total, 1065.42)
        self.company.power_advice_shift = 20
        advice = self._advise()
        line = self._get_measure(advice, "shift")
        self.assertEqual(line.saving, 998.4)
        self.assertFalse(line.is_chosen, "the customer says whether its work can move")
        self.assertEqual(
            line.description,
            "Use 20 % of the peak energy in the valley hours: 2400 kWh a year",
        )
        advice.line_ids.is_chosen = False
        line.is_chosen = True
        advice.action_offer()
        self.assertIn(line.description, advice.sale_order_id.order_line.name)
        self.assertIn("998.40", advice.sale_order_id.order_line.name)
        advice.date_applied = "2026-02-01"
        advice.action_apply()
        # February: 800 and 700, as advised: 982.22 instead of 1065.42
        self._bill("2026-02-01", "2026-02-28", active=3000, peak=1800, valley=1200)
        advice.action_check()
        self.assertEqual((advice.promised_so_far, advice.saved_so_far), (83.2, 83.2))

    def test_another_share(self):
        """Half: 500 × 0.848961 = 424.48 and 1000 × 0.432924 = 432.92; 208.02 a month less."""
        self._bill("2026-01-01", "2026-01-31", active=1500, peak=1000, valley=500)
        advice = self._advise(shift_percent=50)
        line = self._get_measure(advice, "shift")
        self.assertEqual(line.saving, 2496.24)
        advice.shift_percent = 0
        advice.action_reckon()
        self.assertFalse(self._get_measure(advice, "shift"))
