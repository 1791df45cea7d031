from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools import determinants, rating, schedule
from .kernel_data import amounts, bill, component, fact, register, rows, version

D = Decimal


def row(period, start, end, months=tuple(range(1, 13)), days="any"):
    return {"months": list(months), "days": days, "period": period, "from": start, "to": end}


# 鄂发改价管〔2024〕77号
SUMMER, REST = (7, 8), (1, 2, 3, 4, 5, 6, 9, 10, 11, 12)
HUBEI_PERIODS = [
    row("valley", "00:00", "06:00"),
    row("flat", "06:00", "12:00"),
    row("valley", "12:00", "14:00"),
    row("flat", "14:00", "16:00"),
    row("peak", "16:00", "20:00", SUMMER),
    row("sharp", "20:00", "22:00", SUMMER),
    row("peak", "22:00", "24:00", SUMMER),
    row("peak", "16:00", "18:00", REST),
    row("sharp", "18:00", "20:00", REST),
    row("peak", "20:00", "24:00", REST),
]
FACTORS = {"sharp": "2.00", "peak": "1.49", "valley": "0.45"}
PERIODS = ("sharp", "peak", "flat", "valley")
# 国网湖北 代理购电工商业用户电价表, January 2026: transmission and distribution price, then the
# printed prices of the four periods.
HUBEI_LIST = {
    "single <1": ("0.2103", "1.133999", "0.930961", "0.735686", "0.516924"),
    "single 1-10(20)": ("0.1903", "1.113999", "0.910961", "0.715686", "0.496924"),
    "single 35": ("0.1703", "1.093999", "0.890961", "0.695686", "0.476924"),
    "two_part 1-10(20)": ("0.1263", "1.049999", "0.848961", "0.651886", "0.432924"),
    "two_part 35": ("0.1065", "1.030199", "0.827161", "0.632086", "0.413124"),
    "two_part 110": ("0.0884", "1.012099", "0.809061", "0.613986", "0.395024"),
    "two_part 220+": ("0.0694", "0.993099", "0.790061", "0.594986", "0.376024"),
}


def hubei(delivery):
    """The components of the list: the agent price and the line loss float, nothing else."""
    return version(
        component("energy", "0.384470", key="agent", factors=FACTORS),
        component("energy", "0.013643", key="loss", factors=FACTORS),
        component("energy", delivery, key="delivery"),
        component("energy", "0.082273", key="system"),
        component("fund", "0.0452", key="funds"),
        schedule=HUBEI_PERIODS,
    )


def hours(day, *values):
    return {"date": day.isoformat(), "values": [None if v is None else str(v) for v in values]}


def month_of_hours(values, first=date(2026, 10, 1), days=31, **extra):
    return {
        "key": "M1",
        "quantity": "active",
        "minutes": 60,
        "days": [hours(first + timedelta(number), *values) for number in range(days)],
        **extra,
    }


@tagged("at_install")
class TestPeriods(BaseCase):
    def test_hubei_list_from_its_components(self):
        """A million kWh in each period gives the printed prices, to the sixth decimal.

        Known oddities of the official table itself: one-part flat prices are 0.0002 below the
        sum of the components, and two-part 1-10 kV floats its peak by 1.49502.
        """
        for name, (delivery, *printed) in HUBEI_LIST.items():
            registers = [register(1000000, period) for period in PERIODS]
            result = rating.rate(bill(hubei(delivery), registers))
            rest = D(delivery) + D("0.082273") + D("0.0452")
            for period, price in zip(PERIODS, printed, strict=True):
                floating = [
                    c.amount
                    for c in result.charges
                    if c.period == period and c.component in ("agent", "loss")
                ]
                self.assertEqual(len(floating), 2)
                unit = (sum(floating) / 1000000 + rest).quantize(D("0.000001"))
                expected = D(price)
                if name.startswith("single") and period == "flat":
                    expected += D("0.0002")
                if name == "two_part 1-10(20)" and period == "peak":
                    expected -= D("0.398113") * (D("1.49502") - D("1.49"))
                self.assertLessEqual(abs(unit - expected), D("0.000002"), (name, period))

    def test_only_the_floating_component_floats(self):
        result = rating.rate(bill(hubei("0.1263"), [register(100, "peak"), register(50, "flat")]))
        lines = [(c.component, c.period, c.quantity, c.amount) for c in result.charges]
        self.assertEqual(
            lines,
            [
                ("agent", "peak", D(100), D("57.29")),  # 100 × 0.384470 × 1.49 = 57.28603
                ("agent", "flat", D(50), D("19.22")),  # 19.2235
                ("loss", "peak", D(100), D("2.03")),  # 2.032807
                ("loss", "flat", D(50), D("0.68")),  # 0.68215
                ("delivery", None, D(150), D("18.95")),  # 18.945
                ("system", None, D(150), D("12.34")),  # 12.34095
                ("funds", None, D(150), D("6.78")),
            ],
        )
        self.assertEqual(result.charges[0].step, "100 kWh × 0.38447 × 1.49 = 57.29")

    def test_printed_absolute_prices(self):
        """Two-part 1-10 kV as printed: 100 × 0.848961 + 200 × 0.432924 = 84.90 + 86.58"""
        tariff = version(
            component(
                "energy",
                "0.651886",
                prices=rows({("peak", None): "0.848961", ("valley", None): "0.432924"}),
            )
        )
        data = bill(tariff, [register(100, "peak"), register(200, "valley")])
        self.assertEqual(amounts(rating.rate(data)), [D("84.90"), D("86.58")])

    def test_total_register_rules(self):
        """Total 1000, peak 300, valley 200.5: flat is 499.5, whatever its register says."""
        tariff = version(component("energy", "1", factors={"peak": "2", "valley": "0.5"}))
        for flat in ([], [register("499", "flat")]):
            data = bill(
                tariff,
                [register(1000), register(300, "peak"), register("200.5", "valley"), *flat],
            )
            result = rating.rate(data)
            self.assertEqual(
                result.periods, {"peak": D(300), "flat": D("499.50"), "valley": D("200.50")}
            )
            self.assertEqual(result.kwh, D(1000))
            self.assertEqual(result.total, D("1199.75"))  # 600 + 499.50 + 100.25

    def test_periods_above_the_total_are_refused(self):
        data = bill(version(component("energy", 1)), [register(100), register(101, "peak")])
        with self.assertRaises(rating.RatingError) as caught:
            rating.rate(data)
        self.assertEqual(caught.exception.code, "periods_exceed")

    def test_unknown_period_is_refused(self):
        with self.assertRaises(rating.RatingError) as caught:
            rating.rate(bill(hubei("0.1"), [register(100, "peek")]))
        self.assertEqual(caught.exception.code, "unknown_period")
        self.assertIn("no period 'peek'", str(caught.exception))

    def test_register_given_twice_is_refused(self):
        data = bill(version(component("energy", 1)), [register(100), register(100)])
        with self.assertRaises(rating.RatingError) as caught:
            rating.rate(data)
        self.assertEqual(caught.exception.code, "duplicate_register")
        # Taken down and put up again on other days it is no other than an exchange.
        first, second = ("2026-09-30", "2026-10-15"), ("2026-10-20", "2026-10-31")
        data["registers"] = [register(100, dates=first), register(150, start=100, dates=second)]
        self.assertEqual(rating.rate(data).total, D("150.00"))

    def test_exchange_with_periods(self):
        """Peak 100 on the old meter and 50 on the new one, valley 30 and 20."""
        old, new = ("2026-09-30", "2026-10-15"), ("2026-10-15", "2026-10-31")
        tariff = version(component("energy", "1", factors={"peak": "2", "valley": "0.5"}))
        data = bill(
            tariff,
            [
                register(100, "peak", dates=old, key="old"),
                register(30, "valley", dates=old, key="old"),
                register(50, "peak", dates=new, key="new"),
                register(20, "valley", dates=new, key="new"),
            ],
        )
        self.assertEqual(amounts(rating.rate(data)), [D("300.00"), D("25.00")])


@tagged("at_install")
class TestSchedule(BaseCase):
    def parsed(self, *lines, **extra):
        return determinants.read_version(version(schedule=list(lines), **extra))

    def periods(self, tariff, day):
        return schedule.Calendar(tariff).periods(day, 60)

    def test_hubei_by_month(self):
        tariff = self.parsed(*HUBEI_PERIODS)
        july = self.periods(tariff, date(2026, 7, 1))
        october = self.periods(tariff, date(2026, 10, 1))
        self.assertEqual(july[16:24], ["peak"] * 4 + ["sharp"] * 2 + ["peak"] * 2)
        self.assertEqual(october[16:24], ["peak"] * 2 + ["sharp"] * 2 + ["peak"] * 4)
        self.assertEqual(october[:16], july[:16])
        self.assertEqual(
            october[:16], ["valley"] * 6 + ["flat"] * 6 + ["valley"] * 2 + ["flat"] * 2
        )
        self.assertEqual(list(schedule.gaps(tariff.schedule)), [])

    def test_special_days_win(self):
        """1 October 2026 is a Thursday and a holiday, the 2nd a Friday, the 3rd a Saturday."""
        tariff = self.parsed(
            row("holiday", "00:00", "24:00", days="holiday"),
            row("weekend", "00:00", "24:00", days="weekend"),
            row("day", "08:00", "20:00"),
            row("night", "20:00", "08:00"),
            holidays=["2026-10-01"],
        )
        self.assertEqual(set(self.periods(tariff, date(2026, 10, 1))), {"holiday"})
        self.assertEqual(set(self.periods(tariff, date(2026, 10, 3))), {"weekend"})
        friday = self.periods(tariff, date(2026, 10, 2))
        self.assertEqual(friday, ["night"] * 8 + ["day"] * 12 + ["night"] * 4)

    def test_gaps_are_named(self):
        tariff = self.parsed(
            row("day", "08:00", "20:00"),
            row("night", "20:00", "07:00"),
        )
        gaps = list(schedule.gaps(tariff.schedule))
        self.assertEqual({line[0] for line in gaps}, set(range(1, 13)))
        found = [line for line in gaps if line[0] == 3]
        self.assertEqual(
            found,
            [
                (3, "workday", "07:00", "08:00"),
                (3, "weekend", "07:00", "08:00"),
                (3, "holiday", "07:00", "08:00"),
            ],
        )


@tagged("at_install")
class TestIntervals(BaseCase):
    tariff = version(
        component("energy", "1", factors={"sharp": "3", "peak": "2", "valley": "0.5"}),
        component("demand", "10", key="demand"),
        schedule=HUBEI_PERIODS,
    )

    def test_energy_and_demand_of_a_month(self):
        """1 kWh every hour, 5 in the hour from 18:00, of 31 days in October.

        sharp 31 × (5 + 1) = 186, peak 31 × 6 = 186, flat 31 × 8 = 248, valley 31 × 8 = 248
        558 + 372 + 248 + 124 = 1302, demand 5 kW × 10 = 50
        """
        day = [1] * 24
        day[18] = 5
        result = rating.rate(bill(self.tariff, [], intervals=[month_of_hours(day)]))
        self.assertEqual(
            result.periods,
            {"valley": D(248), "flat": D(248), "peak": D(186), "sharp": D(186)},
        )
        self.assertEqual(result.demand_kw, D(5))
        self.assertEqual(result.total, D("1352.00"))

    def test_days_outside_the_period_do_not_count(self):
        day = month_of_hours([1] * 24, first=date(2026, 9, 1), days=91)
        day["days"][0]["values"] = ["99"] * 24
        result = rating.rate(bill(self.tariff, [], intervals=[day]))
        self.assertEqual((result.kwh, result.demand_kw), (D(744), D(1)))

    def test_quarter_hours_measure_power(self):
        """2 kWh in a quarter of an hour are 8 kW."""
        series = {
            "key": "M1",
            "quantity": "active",
            "minutes": 15,
            "days": [
                hours(date(2026, 10, 1) + timedelta(number), *[2, *[0] * 95])
                for number in range(31)
            ],
        }
        result = rating.rate(bill(self.tariff, [], intervals=[series]))
        self.assertEqual(result.demand_kw, D(8))

    def test_register_rules_the_total(self):
        """The register counted 1000, the intervals 992 as 3 : 1; a hole is told, not billed."""
        day = [None if hour == 6 else 0 for hour in range(24)]
        day[0], day[7] = 24, 8
        series = month_of_hours(day)
        result = rating.rate(bill(self.tariff, [register(1000)], intervals=[series]))
        self.assertEqual(
            {k: v for k, v in result.periods.items() if v}, {"valley": D(750), "flat": D(250)}
        )
        gaps = [step for step in result.steps if step["type"] == "gap"]
        self.assertEqual(len(gaps), 31)
        self.assertEqual(gaps[0]["step"], "2026-10-01 06:00: 1 × 60 min")

    def test_holes_and_duplicates_are_refused(self):
        def code(series):
            with self.assertRaises(rating.RatingError) as caught:
                rating.rate(bill(self.tariff, [], intervals=[series]))
            return caught.exception

        series = month_of_hours([1] * 24)
        del series["days"][4:6]
        error = code(series)
        self.assertEqual(error.code, "interval_gap")
        self.assertEqual(
            error.data, {"meter": "M1", "date": date(2026, 10, 5), "time": "00:00", "missing": 48}
        )
        series = month_of_hours([1] * 24)
        series["days"].append(series["days"][0])
        self.assertEqual(code(series).code, "interval_duplicate")
        series = month_of_hours([1] * 24)
        series["days"][3]["values"].pop()
        self.assertEqual(code(series).code, "interval_length")

    def test_new_schedule_in_the_month(self):
        """Until the 10th all is valley, then as in Hubei: 240 valley and 21 × (4, 12, 8 …)."""
        old = version(
            component("energy", "1", factors={"valley": "0.5"}),
            key="old",
            date_to="2026-10-10",
            schedule=[row("valley", "00:00", "24:00")],
        )
        new = {**self.tariff, "key": "new", "date_from": "2026-10-11"}
        result = rating.rate(bill([old, new], [], intervals=[month_of_hours([1] * 24)]))
        found = {(c.version, c.period): c.quantity for c in result.charges if c.kind == "energy"}
        self.assertEqual(
            found,
            {
                ("old", "valley"): D(240),
                ("new", "sharp"): D(42),
                ("new", "peak"): D(126),
                ("new", "flat"): D(168),
                ("new", "valley"): D(168),
            },
        )
        self.assertEqual(result.kwh, D(744))

    def test_period_change_within_an_interval_is_refused(self):
        tariff = version(
            component("energy", "1"),
            schedule=[row("day", "08:30", "20:00"), row("night", "20:00", "08:30")],
        )
        with self.assertRaises(rating.RatingError) as caught:
            rating.rate(bill(tariff, [], intervals=[month_of_hours([1] * 24)]))
        self.assertEqual(caught.exception.code, "interval_boundary")

    def test_reactive_series(self):
        """100 kWh and 75 kvarh an hour: PF 0.80 of 0.80, no adjustment"""
        tariff = version(component("energy", "1"), component("power_factor"))
        series = [
            month_of_hours([100] * 24),
            month_of_hours([75] * 24, quantity="reactive"),
        ]
        result = rating.rate(bill(tariff, [], intervals=series, facts=[fact(pf_standard="0.80")]))
        self.assertEqual(result.pf, D("0.80"))
        self.assertEqual(amounts(result), [D("74400.00"), D("0.00")])
