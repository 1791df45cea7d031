import doctest
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools import amounts as exact_amounts
from ..tools import determinants, rating, tiers
from .kernel_data import amounts, bill, component, fact, june, register, rows, version

D = Decimal

ZHEJIANG = version(
    component(
        "energy",
        prices=rows(
            {
                (None, 1): "0.538",
                (None, 2): "0.588",
                (None, 3): "0.838",
                ("peak", 1): "0.568",
                ("peak", 2): "0.618",
                ("peak", 3): "0.868",
                ("valley", 1): "0.288",
                ("valley", 2): "0.338",
                ("valley", 3): "0.588",
            }
        ),
    ),
    tiers={"basis": "year", "limits": ["2760", "4800"], "household_extra": "100"},
)
EXAM = version(
    component("energy", prices=rows({(None, 1): "0.588", (None, 2): "0.638", (None, 3): "0.888"})),
    tiers={"basis": "month", "limits": ["180", "450"]},
)


def extra_only(limits, basis="year", **more):
    """What tiers 2 and 3 cost above tier 1, the national rule: 0.05 and 0.30."""
    return version(
        component("energy", prices=rows({(None, 2): "0.05", (None, 3): "0.30"})),
        tiers={"basis": basis, "limits": limits, **more},
    )


@tagged("at_install")
class TestTiers(BaseCase):
    def test_doctests(self):
        for module in (tiers, exact_amounts, determinants):
            self.assertFalse(doctest.testmod(module).failed)

    def test_case_1_month(self):
        """650 × 0.588 + (450 - 180) × 0.05 + (650 - 450) × 0.30 = 455.70 (3dmxku.com/3300367)"""
        result = rating.rate(bill(EXAM, [register(650)]))
        self.assertEqual([charge.quantity for charge in result.charges], [180, 270, 200])
        self.assertEqual(result.total, D("455.70"))
        self.assertEqual([charge.tier for charge in result.charges], [1, 2, 3])
        self.assertEqual(result.charges[1].step, "270 kWh × 0.638 = 172.26")

    def test_months_with_a_day_of_service(self):
        """Limits of 180 and 450 a month, two months: 360 and 900. Supplied from 15 October on, the
        second month alone counts: 180 and 450; of limits for the whole cycle the half."""
        dates = ("2026-08-31", "2026-10-31")
        cycle = {**EXAM, "tiers": {**EXAM["tiers"], "basis": "cycle"}}
        for tariff, since, expected in (
            (EXAM, "2026-09-01", [360, 540, 100]),
            (EXAM, "2026-09-20", [360, 540, 100]),
            (EXAM, "2026-10-15", [180, 270, 550]),
            (cycle, "2026-09-01", [180, 270, 550]),
            (cycle, "2026-10-15", [90, 135, 775]),
        ):
            data = bill(tariff, [register(1000, dates=dates)], service_from=since)
            result = rating.rate({**data, "period_from": "2026-09-01"})
            self.assertEqual([charge.quantity for charge in result.charges], expected)

    def test_case_2_year(self):
        """(3000 - 2160) × 0.05 = 42.00, wherever in the year the threshold is crossed."""
        for before, month in ((0, 3000), (2000, 1000), (2160, 840)):
            data = bill(
                extra_only(["2160", "4200"]),
                [register(month)],
                history={"year_kwh": str(before)},
            )
            self.assertEqual(rating.rate(data).total, D("42.00"))

    def test_case_3_new_customer(self):
        """Supplied from July: 230 × 6 = 1380 kWh; (2000 - 1380) × 0.05 = 31.00"""
        data = bill(
            extra_only(["2760", "4800"]),
            [register(2000)],
            facts=[fact(supplied_from="2026-07-31")],
        )
        result = rating.rate(data)
        self.assertEqual(result.total, D("31.00"))
        self.assertIn(
            "2760 kWh × 6/12 = 1380 kWh; 4800 kWh × 6/12 = 2400 kWh",
            [step["step"] for step in result.steps],
        )

    def test_leaver_by_months(self):
        """Supplied until 15 June: limits of six months, 1380 and 2400. 2600 kWh were billed, all in
        tier 1; 100 more now. By months 1380 + 1020 + 300: 1220 leave tier 1, 200 of them for
        tier 3, where this bill's own are as well.

        -1220 × 0.538 = -656.36, 1020 × 0.588 = 599.76, 300 × 0.838 = 251.40: 194.80,
        what 2700 kWh cost by months (742.44 + 599.76 + 251.40) less 2600 × 0.538 = 1398.80.
        """
        by_months = {**ZHEJIANG, "tiers": {**ZHEJIANG["tiers"], "leaver": "months"}}
        for tariff, expected in (
            (
                by_months,
                [(1, D(-1220), D("-656.36")), (2, 1020, D("599.76")), (3, 300, D("251.40"))],
            ),
            (ZHEJIANG, [(1, 100, D("53.80"))]),
        ):
            data = june(
                tariff,
                [register(100)],
                facts=[fact(supplied_to="2026-06-15")],
                history={"year_kwh": "2600"},
            )
            result = rating.rate(data)
            self.assertEqual([(c.tier, c.quantity, c.amount) for c in result.charges], expected)
            self.assertEqual(sum(c.quantity for c in result.charges), result.kwh)

    def test_leaver_is_settled_once(self):
        """New limits from 16 June: of 30 kWh the last 15 are cut with those of the new list, 1800
        and 3000 (half of 3600 and 6000); of the 1900 before 100 move, once."""
        tiers = {**ZHEJIANG["tiers"], "leaver": "months"}
        old = {**ZHEJIANG, "key": "old", "date_to": "2026-06-15", "tiers": tiers}
        new = {
            **ZHEJIANG,
            "key": "new",
            "date_from": "2026-06-16",
            "tiers": {**tiers, "limits": ["3600", "6000"]},
        }
        data = june(
            [old, new],
            [register(30)],
            facts=[fact(supplied_to="2026-06-30")],
            history={"year_kwh": "1900"},
        )
        result = rating.rate(data)
        self.assertEqual(
            [(c.version, c.tier, c.quantity) for c in result.charges],
            [("old", 2, 15), ("new", 1, -100), ("new", 2, 115)],
        )

    def test_leaver_keeps_his_periods_and_household(self):
        """June, 60 peak and 40 valley, 1000 before. Since July last year a large household: 1380 +
        600 = 1980 kWh in tier 1, so nothing moves; without it 1380 - 1000 are left, nothing moves
        either; of 1400 before 20 move, 12 peak and 8 valley."""
        tiers = {**ZHEJIANG["tiers"], "leaver": "months"}
        used = [register(60, "peak"), register(40, "valley")]
        for before, extra, expected in (
            (1000, "2025-07-01", [("peak", 1, 60), ("valley", 1, 40)]),
            (1000, None, [("peak", 1, 60), ("valley", 1, 40)]),
            (1400, "2025-07-01", [("peak", 1, 60), ("valley", 1, 40)]),
            (1400, None, [("peak", 1, -12), ("peak", 2, 72), ("valley", 1, -8), ("valley", 2, 48)]),
        ):
            facts = [fact(supplied_to="2026-06-30", household_extra_from=extra)]
            data = june(
                {**ZHEJIANG, "tiers": tiers},
                used,
                facts=facts,
                history={"year_kwh": str(before)},
            )
            result = rating.rate(data)
            found = [(c.period, c.tier, c.quantity) for c in result.charges]
            self.assertEqual(found, expected, before)

    def test_zhejiang_without_time_of_use(self):
        """2700 used, 2200 more: 60 × 0.538 + 2040 × 0.588 + 100 × 0.838

        = 32.28 + 1199.52 + 83.80 = 1315.60
        """
        data = bill(ZHEJIANG, [register(2200)], history={"year_kwh": "2700"})
        self.assertEqual(amounts(rating.rate(data)), [D("32.28"), D("1199.52"), D("83.80")])

    def test_zhejiang_with_time_of_use(self):
        """2700 used, 200 more (120 peak, 80 valley): 60 kWh are tier 1, 140 tier 2, pro rata.

        peak   36 × 0.568 = 20.448 → 20.45,  84 × 0.618 = 51.912 → 51.91
        valley 24 × 0.288 =  6.912 →  6.91,  56 × 0.338 = 18.928 → 18.93
        """
        data = bill(
            ZHEJIANG,
            [register(120, "peak"), register(80, "valley")],
            history={"year_kwh": "2700"},
        )
        result = rating.rate(data)
        self.assertEqual(
            [(c.period, c.tier, c.quantity, c.amount) for c in result.charges],
            [
                ("peak", 1, D(36), D("20.45")),
                ("peak", 2, D(84), D("51.91")),
                ("valley", 1, D(24), D("6.91")),
                ("valley", 2, D(56), D("18.93")),
            ],
        )
        self.assertEqual(result.total, D("98.20"))

    def test_tiers_inside_each_period(self):
        """Each period has 100 kWh at 1.00, the rest at 2.00: 100 + 2 × 20 and 80."""
        data = bill(
            version(
                component("energy", prices=rows({(None, 1): "1", (None, 2): "2"})),
                tiers={"basis": "month", "limits": ["100"], "mode": "inside"},
            ),
            [register(120, "peak"), register(80, "valley")],
        )
        result = rating.rate(data)
        self.assertEqual(result.total, D("220.00"))
        self.assertEqual(
            [step.get("period") for step in result.steps if step["type"] == "tiers"],
            ["peak", "valley"],
        )

    def test_large_household_from_its_month(self):
        """Approved on 20 October: 100 kWh for that month move both limits: 280 and 550.

        280 × 0.588 + 270 × 0.638 + 100 × 0.888 = 164.64 + 172.26 + 88.80 = 425.70
        """
        for since, total in (("2026-10-20", "425.70"), ("2026-11-01", "455.70")):
            tariff = {**EXAM, "tiers": {**EXAM["tiers"], "household_extra": "100"}}
            data = bill(tariff, [register(650)], facts=[fact(household_extra_from=since)])
            self.assertEqual(rating.rate(data).total, D(total))

    def test_large_household_by_year(self):
        """From October: 3 months × 100 kWh; (3000 - 2460) × 0.05 = 27.00"""
        data = bill(
            extra_only(["2160", "4200"], household_extra="100"),
            [register(3000)],
            facts=[fact(household_extra_from="2026-10-31")],
        )
        self.assertEqual(rating.rate(data).total, D("27.00"))

    def test_year_begins_anew(self):
        """16 December to 15 January, 310 kWh, 2100 used: 60 + 160/31 × … by days.

        December 16 days 160 kWh: 60 left of tier 1, 100 × 0.05 = 5.00; January 150 kWh: tier 1.
        """
        data = bill(
            extra_only(["2160", "4200"]),
            [register(310, dates=("2026-12-15", "2027-01-15"))],
            history={"year_kwh": "2100"},
        ) | {"period_from": "2026-12-16", "period_to": "2027-01-15"}
        self.assertEqual(rating.rate(data).total, D("5.00"))

    def test_year_of_a_reading_after_two_years(self):
        """1 January 2025 to 31 December 2026, 1460 kWh, 730 a year: 2 × 30 kWh above 700"""
        data = bill(
            extra_only(["700", "9000"]) | {"date_from": "2024-01-01"},
            [register(1460, dates=("2024-12-31", "2026-12-31"))],
        ) | {"period_from": "2025-01-01", "period_to": "2026-12-31"}
        result = rating.rate(data)
        self.assertEqual([c.quantity for c in result.charges if c.tier == 2], [30, 30])

    def test_two_months_have_two_limits(self):
        """1 September to 31 October: 360 and 900; 720 kWh: 360 × 0.588 + 360 × 0.638 = 441.36

        By cycle the limits stay: 180 × 0.588 + 270 × 0.638 + 270 × 0.888 = 517.86
        """
        for basis, total in (("month", "441.36"), ("cycle", "517.86")):
            data = bill(
                {**EXAM, "tiers": {**EXAM["tiers"], "basis": basis}},
                [register(720, dates=("2026-08-31", "2026-10-31"))],
            ) | {"period_from": "2026-09-01"}
            self.assertEqual(rating.rate(data).total, D(total))

    def test_month_served_before_the_first_reading(self):
        """December and January, the meter read from 31 December on: 500 kWh of the new year.

        50 kWh a month of another category are 100 kWh: (500 - 100 - 300) × 0.05 = 5.00
        """
        shop = {**EXAM, "date_from": "2025-01-01"}
        data = bill(
            extra_only(["300", "9000"]) | {"date_from": "2024-01-01"},
            [register(500, dates=("2025-12-31", "2026-01-31"))],
            shares=[{"key": "s", "kind": "fixed", "value": "50", "versions": [shop]}],
        ) | {"period_from": "2025-12-01", "period_to": "2026-01-31"}
        charges = rating.rate(data).charges
        self.assertEqual([c.amount for c in charges if c.tier == 2 and not c.share], [D("5.00")])

    def test_new_price_moves_no_energy_to_another_tier(self):
        """310 kWh, prices doubled from the 11th: 180 and 130 are split 10 : 21 by days.

        tier 1 58.06 × 1 + 121.94 × 2, tier 2 41.94 × 10 + 88.06 × 20; 100 and 210 kWh a version
        """
        old = version(
            component("energy", prices=rows({(None, 1): "1", (None, 2): "10"})),
            key="old",
            date_to="2026-10-10",
            tiers={"limits": ["180"]},
        )
        new = version(
            component("energy", prices=rows({(None, 1): "2", (None, 2): "20"})),
            key="new",
            date_from="2026-10-11",
            tiers={"limits": ["180"]},
        )
        result = rating.rate(bill([old, new], [register(310)]))
        self.assertEqual(
            [(c.version, c.tier, c.quantity) for c in result.charges],
            [
                ("old", 1, D("58.06")),
                ("old", 2, D("41.94")),
                ("new", 1, D("121.94")),
                ("new", 2, D("88.06")),
            ],
        )

    def test_new_limits_in_the_month_count_by_days(self):
        """Limits 310 until the 10th, 620 after: 310 × 10/31 = 100, 620 × 21/31 = 420."""
        price = component("energy", prices=rows({(None, 1): "0", (None, 2): "1"}))
        old = version(price, key="old", date_to="2026-10-10", tiers={"limits": ["310"]})
        new = version(price, key="new", date_from="2026-10-11", tiers={"limits": ["620"]})
        result = rating.rate(bill([old, new], [register(930)]))
        # 930 kWh: 300 and 630 by days; above the limits 200 and 210
        self.assertEqual([c.quantity for c in result.charges if c.tier == 2], [200, 210])
        self.assertEqual(result.total, D("410.00"))

    def test_matrix_keeps_both_sums(self):
        """Every small split: rows and columns keep their sums, no cell is negative."""
        for total in range(40):
            for peak in range(0, total + 1, 3):
                columns = [D(peak) / 100, D(total - peak) / 200, D(total - peak) / 200]
                columns = [exact_amounts.energy(c) for c in columns[:2]]
                columns.append(D(total) / 100 - sum(columns))
                for first in range(0, total + 1, 2):
                    lines = [D(first) / 100, D(total - first) / 100]
                    cells = exact_amounts.split_matrix(lines, columns)
                    self.assertEqual([sum(row) for row in cells], lines)
                    self.assertEqual([sum(c) for c in zip(*cells, strict=True)], columns)
                    self.assertTrue(all(cell >= 0 for row in cells for cell in row))
