import copy
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings

from odoo.tests import BaseCase, tagged

from odoo.addons.power_crm.tests.properties import steady

from ..tools import compare, rating
from .kernel_data import bill, component, fact, register, rows, version
from .test_kernel_properties import bills

D = Decimal
PER_KWH = version(component("energy", "0.5"))


def november(versions, registers, **extra):
    """The 30 days after ``bill``'s 31."""
    for one in registers:
        one["readings"][0]["date"], one["readings"][-1]["date"] = "2026-10-31", "2026-11-30"
    return bill(versions, registers, **extra) | {
        "period_from": "2026-11-01",
        "period_to": "2026-11-30",
    }


@tagged("at_install")
class TestCompare(BaseCase):
    def check(self, before, after, **expected):
        result = compare.compare(before, after)
        self.assertEqual(result.before, rating.rate(before).total)
        self.assertEqual(result.after, rating.rate(after).total)
        self.assertEqual(sum(reason.amount for reason in result.reasons), result.difference)
        found = {reason.key: reason.amount for reason in result.reasons}
        self.assertEqual(found, {key: D(amount) for key, amount in expected.items()})
        return result

    def test_same_bill(self):
        data = bill(PER_KWH, [register(310)])
        self.check(data, data)

    def test_days_volume_and_price(self):
        """310 kWh in 31 days at 0.50 = 155.00; 330 kWh in 30 days at 0.60 = 198.00.

        days 300 × 0.50 = 150.00: -5.00; volume 330 × 0.50 = 165.00: +15.00; price +33.00
        """
        result = self.check(
            bill(PER_KWH, [register(310)]),
            november(version(component("energy", "0.6"), key="new"), [register(330)]),
            days="-5.00",
            volume="15.00",
            price="33.00",
        )
        steps = [reason.step for reason in result.reasons]
        self.assertEqual(steps, ["31 → 30: -5.00", "310 kWh → 330 kWh: +15.00", "v → new: +33.00"])

    def test_tier(self):
        """200 kWh at 0.50, above at 0.60; 310 kWh = 166.00, then 330 kWh = 178.00.

        days    300 kWh, limit 193.55: 96.78 + 63.87 = 160.65: -5.35
        volume  330 kWh, limit 212.90: 106.45 + 70.26 = 176.71: +16.06
        tier    330 kWh, limit 200: 100.00 + 78.00 = 178.00: +1.29
        """
        tariff = version(
            component("energy", prices=rows({(None, 1): "0.5", (None, 2): "0.6"})),
            tiers={"limits": ["200"]},
        )
        self.check(
            bill(tariff, [register(310)]),
            november(tariff, [register(330)]),
            days="-5.35",
            volume="16.06",
            tier="1.29",
        )

    def test_tier_of_the_year(self):
        """300 kWh at 0.50 with 2460 used, 300 at 0.60 with 2760 used: all of it is the tier."""
        tariff = version(
            component("energy", prices=rows({(None, 1): "0.5", (None, 2): "0.6"})),
            tiers={"basis": "year", "limits": ["2760"]},
        )
        before = bill(tariff, [register(310)], history={"year_kwh": "2450"})
        after = november(tariff, [register(300)], history={"year_kwh": "2760"})
        result = self.check(before, after, days="-5.00", tier="30.00")
        self.assertEqual((result.reasons[1].before, result.reasons[1].after), ("1", "2"))

    def test_new_customer_over_the_new_year(self):
        """Supplied from July 2026: 1380 kWh for 2026; 2760 for 2027, begun anew.

        December 310 kWh after 1400: all tier 2, 186.00; January 310 of 2760: tier 1, 155.00.
        """
        tariff = version(
            component("energy", prices=rows({(None, 1): "0.5", (None, 2): "0.6"})),
            tiers={"basis": "year", "limits": ["2760"]},
        )
        facts = [fact(supplied_from="2026-07-10")]
        before = bill(
            tariff,
            [register(310, dates=("2026-11-30", "2026-12-31"))],
            facts=facts,
            history={"year_kwh": "1400"},
        ) | {"period_from": "2026-12-01", "period_to": "2026-12-31"}
        after = bill(tariff, [register(310, dates=("2026-12-31", "2027-01-31"))], facts=facts) | {
            "period_from": "2027-01-01",
            "period_to": "2027-01-31",
        }
        result = self.check(before, after, tier="-31.00")
        self.assertEqual(result.reasons[0].step, "2 → 1: -31.00")

    def test_price_that_changed_within_the_month_before(self):
        """0.50 until the 10th, 1.00 after: 100 × 0.50 + 210 = 260.00; all at 1.00: 310.00"""
        versions = [
            version(component("energy", "0.5"), key="a", date_to="2026-10-10"),
            version(component("energy", "1"), key="b", date_from="2026-10-11"),
        ]
        after = bill(versions, [register(310, dates=("2026-11-30", "2026-12-31"))])
        after |= {"period_from": "2026-12-01", "period_to": "2026-12-31"}
        result = self.check(bill(versions, [register(310)]), after, price="50.00")
        self.assertEqual(result.reasons[0].step, "a, b → b: +50.00")

    def test_mix(self):
        """Peak 2, valley 0.50: 310 and 310 kWh = 775.00, days 750.00, then 450 and 150 = 975"""
        tariff = version(component("energy", "1", factors={"peak": "2", "valley": "0.5"}))
        result = self.check(
            bill(tariff, [register(310, "peak"), register(310, "valley")]),
            november(tariff, [register(450, "peak"), register(150, "valley")]),
            days="-25.00",
            mix="225.00",
        )
        self.assertEqual(result.reasons[1].after, "peak 75 %, valley 25 %")

    def test_demand_and_power_factor(self):
        """310 → 300 kWh, 100 → 120 kW × 40, tan 0.45 → 0.60 of standard 0.90.

        before 310 + 4000 = 4310.00 × -0.15 % (PF 0.91) = -6.465 → -6.47: 4303.53
        days   300 + 4000 = 4300.00, -6.45: 4293.55, -9.98
        demand 300 + 4800 = 5100.00, -7.65: 5092.35, +798.80
        factor 5100.00 × 2 % (PF 0.86) = 102.00: 5202.00, +109.65
        """
        tariff = version(
            component("energy", "1"), component("demand", "40"), component("power_factor")
        )
        facts = [fact(pf_standard="0.90")]

        def registers(kwh, kw, kvarh):
            return [
                register(kwh),
                register(kw, quantity="demand"),
                register(kvarh, quantity="reactive"),
            ]

        self.check(
            bill(tariff, registers(310, 100, "139.5"), facts=facts),
            november(tariff, registers(300, 120, 180), facts=facts),
            days="-9.98",
            demand="798.80",
            power_factor="109.65",
        )

    def test_estimate_is_made_good(self):
        """October was estimated 300 kWh, November's reading shows 310; 610 in 61 days, 1.00 each.

        October should have been 310 (+10), November 300 of its own and 10 of October's (+10);
        the days are 31 → 30: -10.
        """
        tariff = version(component("energy", "1"))
        before, after = bill(tariff, [register(300)]), november(tariff, [register(310)])
        before["registers"][0]["readings"][-1]["kind"] = "estimated"
        after["registers"][0]["readings"][0]["kind"] = "estimated"
        self.check(before, after, estimate="20.00", days="-10.00")

    def test_supplied_for_part_of_the_month(self):
        """Fixed 31.00 for 10 of 31 days = 10.00, then 31.00"""
        tariff = version(component("fixed", "31"))
        before = bill(tariff, [register(0)], service_from="2026-10-22")
        self.check(before, november(tariff, [register(0)]), days="21.00")

    def test_first_energy(self):
        """Nothing used, then 100 kWh"""
        self.check(bill(PER_KWH, [register(0)]), november(PER_KWH, [register(100)]), volume="50.00")

    def test_from_flat_to_time_of_use(self):
        """A new tariff of another kind is a price: 310 × 0.50 → 300 × 0.50 → 100 × 1 + 200 × 0.2"""
        tariff = version(
            component("energy", "0.5", factors={"peak": "2", "valley": "0.4"}), key="tou"
        )
        self.check(
            bill(PER_KWH, [register(310)]),
            november(tariff, [register(100, "peak"), register(200, "valley")]),
            days="-5.00",
            price="-10.00",
        )

    def test_reading_between_prices_is_other(self):
        """New price from the 11th: 0.50 and 1.00; by days 155 = 25 + 105 … by reading it differs.

        100 of 310 kWh by days until the 10th: 50.00 + 210.00 = 260.00; by the reading of 200:
        100.00 + 110.00 = 210.00. The same bill again without the reading: other +50.00.
        """
        versions = [
            version(component("energy", "0.5"), key="a", date_to="2026-10-10"),
            version(component("energy", "1"), key="b", date_from="2026-10-11"),
        ]
        after = bill(versions, [register(310)])
        before = copy.deepcopy(after)
        before["registers"][0]["readings"].insert(1, {"date": "2026-10-10", "value": "200"})
        self.check(before, after, other="50.00")

    @settings(steady, max_examples=40)
    @given(bills(), bills())
    def test_parts_always_add_up(self, one, two):
        before, after = one[0], copy.deepcopy(two[0])
        result = compare.compare(before, after)
        self.assertEqual(sum((r.amount for r in result.reasons), D(0)), result.difference)
        self.assertEqual({r.key for r in result.reasons} - set(compare.REASONS), set())
        same = compare.compare(before, before)
        self.assertEqual(same.reasons, [])

    def test_periods_are_laid_on_each_other(self):
        """The 11th of 31 days is the 11th of 30, the first of each is the first, ends are ends."""
        old = compare._Side(bill(PER_KWH, [register(1)])).state()
        new = compare._Side(november(PER_KWH, [register(1)])).state()
        move = compare._mover(old, new)
        self.assertEqual(move(date(2026, 10, 1)), date(2026, 11, 1))
        self.assertEqual(move(date(2026, 10, 11)), date(2026, 11, 11))
        self.assertEqual(move(date(2026, 11, 1)), date(2026, 12, 1))
        self.assertEqual(move(date(2026, 9, 30)), date(2026, 10, 31))
        for number in range(-40, 80):
            day = date(2026, 10, 1) + timedelta(days=number)
            self.assertLessEqual(move(day), move(day + timedelta(days=1)))
