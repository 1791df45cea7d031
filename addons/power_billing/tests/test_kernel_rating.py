from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.power_crm.tests.properties import steady

from ..tools import rating

D = Decimal


def component(kind, price, key=None):
    return {
        "key": key or kind,
        "kind": kind,
        "name": kind,
        "price": str(price),
        "unit": "month" if kind == "fixed" else "kWh",
    }


def version(key, date_from, date_to, *components):
    return {
        "key": key,
        "name": key,
        "date_from": date_from,
        "date_to": date_to,
        "components": list(components),
    }


def register(*readings, multiplier=1, digits=6, key="M1"):
    return {
        "key": key,
        "multiplier": str(multiplier),
        "digits": digits,
        "readings": [
            {"date": item[0], "value": str(item[1]), "rollover": len(item) > 2} for item in readings
        ],
    }


def bill(versions, *registers, **extra):
    return {
        "period_from": "2026-10-01",
        "period_to": "2026-10-31",
        "registers": list(registers),
        "versions": versions,
        **extra,
    }


FLAT = version(
    "flat", "2026-01-01", None, component("energy", "0.690486"), component("fund", "0.0452")
)


@tagged("at_install")
class TestRating(BaseCase):
    def test_flat_bill_by_hand(self):
        """Below 1 kV, one part, printed price 0.735686 yuan/kWh of which funds 0.0452.

        (11234 - 10000) × 1 = 1234 kWh
        energy 1234 × 0.690486 = 852.059724 → 852.06
        funds  1234 × 0.0452   =  55.7768   →  55.78
        total                               = 907.84 (and 1234 × 0.735686 = 907.836524)
        """
        result = rating.rate(bill([FLAT], register(("2026-09-30", 10000), ("2026-10-31", 11234))))
        self.assertEqual(result.kwh, D("1234.00"))
        self.assertEqual([charge.amount for charge in result.charges], [D("852.06"), D("55.78")])
        self.assertEqual(result.total, D("907.84"))
        self.assertEqual(result.charges[0].step, "1234 kWh × 0.690486 = 852.06")
        self.assertEqual(result.steps[0]["step"], "(11234 - 10000) × 1 = 1234 kWh")

    def test_half_a_cent_goes_up(self):
        # 5 × 0.001 = 0.005 → 0.01; 4.9 × 0.001 = 0.0049 → 0.00; 45 × 0.0001 = 0.0045 → 0.00
        for kwh, price, amount in (
            ("5", "0.001", "0.01"),
            ("4.9", "0.001", "0.00"),
            ("45", "0.0001", "0.00"),
            ("1", "1.005", "1.01"),
            ("3", "0.335", "1.01"),
        ):
            data = bill(
                [version("v", "2026-01-01", None, component("energy", price))],
                register(("2026-09-30", 0), ("2026-10-31", kwh)),
            )
            self.assertEqual(rating.rate(data).total, D(amount))

    def test_rollover_and_multiplier(self):
        """(15 - 999990 + 1000000) × 40 = 1000 kWh"""
        result = rating.rate(
            bill(
                [FLAT],
                register(("2026-09-30", 999990), ("2026-10-31", 15, True), multiplier=40),
            )
        )
        self.assertEqual(result.kwh, D("1000.00"))
        self.assertEqual(result.steps[0]["step"], "(15 - 999990 + 1000000) × 40 = 1000 kWh")

    def test_new_price_in_the_month_by_days(self):
        """310 kWh in 31 days, new price from the 11th: 100 × 0.50 + 210 × 0.60 = 176.00"""
        versions = [
            version("old", "2026-01-01", "2026-10-10", component("energy", "0.5")),
            version("new", "2026-10-11", None, component("energy", "0.6")),
        ]
        result = rating.rate(bill(versions, register(("2026-09-30", 0), ("2026-10-31", 310))))
        self.assertEqual([charge.quantity for charge in result.charges], [D(100), D(210)])
        self.assertEqual(result.total, D("176.00"))
        self.assertEqual(
            [step["step"] for step in result.steps if step["type"] == "split"],
            ["310 kWh × 10/31 = 100 kWh", "310 kWh × 21/31 = 210 kWh"],
        )

    def test_new_price_in_the_month_by_reading(self):
        """A reading at the end of the 10th makes it exact: 40 × 0.50 + 270 × 0.60 = 182.00"""
        versions = [
            version("old", "2026-01-01", "2026-10-10", component("energy", "0.5")),
            version("new", "2026-10-11", None, component("energy", "0.6")),
        ]
        result = rating.rate(
            bill(versions, register(("2026-09-30", 0), ("2026-10-10", 40), ("2026-10-31", 310)))
        )
        self.assertEqual(result.total, D("182.00"))
        self.assertFalse([step for step in result.steps if step["type"] == "split"])

    def test_fixed_charge_whole_and_part_month(self):
        """31.00 a month: whole 31.00; service from the 22nd 31.00 × 10/31 = 10.00"""
        versions = [version("v", "2026-01-01", None, component("fixed", "31"))]
        zero = register(("2026-09-30", 0), ("2026-10-31", 0))
        self.assertEqual(rating.rate(bill(versions, zero)).total, D("31.00"))
        part = rating.rate(bill(versions, zero, service_from="2026-10-22"))
        self.assertEqual(part.total, D("10.00"))
        self.assertEqual(part.charges[0].step, "31 × 10/31 = 10.00")
        none = rating.rate(bill(versions, zero, service_from="2026-11-02"))
        self.assertEqual(none.charges, [])

    def test_meter_exchange(self):
        """Old meter 10000 → 10500 on the 15th, new one 0 → 300: 800 kWh, one line"""
        result = rating.rate(
            bill(
                [FLAT],
                register(("2026-09-30", 10000), ("2026-10-15", 10500), key="old"),
                register(("2026-10-15", 0), ("2026-10-31", 300), key="new"),
            )
        )
        self.assertEqual(result.kwh, D("800.00"))
        self.assertEqual(len(result.charges), 2)

    def test_replay_from_json(self):
        import json

        data = bill([FLAT], register(("2026-09-30", "10000.5"), ("2026-10-31", "11234.25")))
        again = rating.rate(json.loads(json.dumps(data)))
        first = rating.rate(data)
        self.assertEqual(first.steps, again.steps)
        json.dumps(first.steps)

    def test_errors_name_their_reason(self):
        good = register(("2026-09-30", 0), ("2026-10-31", 10))
        cases = {
            "no_register": bill([FLAT]),
            "no_reading": bill([FLAT], register(("2026-09-30", 0))),
            "fell": bill([FLAT], register(("2026-09-30", 10), ("2026-10-31", 9))),
            "order": bill([FLAT], register(("2026-10-31", 9), ("2026-10-31", 10))),
            "no_version": bill([version("v", "2026-10-15", None)], good),
            "kind": bill([version("v", "2026-01-01", None, component("magic", 1))], good),
            "period": bill([FLAT], good) | {"period_to": "2026-09-01"},
        }
        for code, data in cases.items():
            with self.assertRaises(rating.RatingError) as caught:
                rating.rate(data)
            self.assertEqual(caught.exception.code, code)

    def test_split_exhaustively(self):
        """Every small energy over every pair of day counts: sum kept, parts never shrink."""
        for one in range(12):
            for two in range(1, 12):
                before = [D(0), D(0)]
                for cents in range(60):
                    kwh = D(cents) / 100
                    parts = rating.split_energy(kwh, [one, two])
                    self.assertEqual(sum(parts), kwh)
                    self.assertTrue(all(map(D.__ge__, parts, before)), (one, two, kwh))
                    before = parts


prices = st.decimals("0", "5", places=6)
energies = st.decimals("0", "999999", places=2)


@st.composite
def versions_strategy(draw):
    """Up to four versions that cover September to December without a hole."""
    cuts = sorted(draw(st.sets(st.integers(1, 60), max_size=3)))
    start, result = date(2026, 9, 1), []
    for index, cut in enumerate([*cuts, None]):
        end = None if cut is None else date(2026, 9, 20) + timedelta(days=cut)
        kinds = draw(st.lists(st.sampled_from(["energy", "fund", "fixed"]), max_size=3))
        result.append(
            version(
                f"v{index}",
                start.isoformat(),
                end and end.isoformat(),
                *(
                    component(kind, draw(prices), key=f"c{number}")
                    for number, kind in enumerate(kinds)
                ),
            )
        )
        start = end and end + timedelta(days=1)
    return result


@tagged("at_install")
class TestRatingProperties(BaseCase):
    @settings(steady, max_examples=150)
    @given(versions_strategy(), energies, energies)
    def test_totals_and_order(self, versions, low, more):
        def rated(kwh):
            return rating.rate(
                bill(versions, register(("2026-09-25", 0), ("2026-10-31", kwh), digits=8))
            )

        first, second = rated(low), rated(low + more)
        self.assertEqual(first.kwh, low)
        self.assertEqual(second.kwh, low + more)
        self.assertEqual(first.total, sum((c.amount for c in first.charges), D(0)))
        self.assertGreaterEqual(second.total, first.total)
        for charge in second.charges:
            self.assertEqual(charge.amount, charge.amount.quantize(D("0.01")))
            if charge.kind != "fixed":
                exact = charge.quantity * charge.price
                self.assertEqual(charge.amount, exact.quantize(D("0.01"), ROUND_HALF_UP))
                self.assertLessEqual(abs(charge.amount - exact), D("0.005"))

    @settings(steady, max_examples=100)
    @given(versions_strategy(), st.lists(st.tuples(st.integers(1, 20), energies), min_size=1))
    def test_split_never_changes_energy(self, versions, moves):
        day, value, readings = date(2026, 9, 10), D(0), [("2026-09-10", 0)]
        for days, energy in moves:
            day, value = day + timedelta(days=days), value + energy
            readings.append((day.isoformat(), value))
        result = rating.rate(bill(versions, register(*readings, digits=12)))
        self.assertEqual(result.kwh, value)

    @settings(steady, max_examples=60)
    @given(energies, prices, st.integers(1, 30))
    def test_same_price_before_and_after_is_within_a_cent_a_line(self, kwh, price, cut):
        one = [version("v", "2026-01-01", None, component("energy", price))]
        end = date(2026, 10, cut)
        two = [
            version("a", "2026-01-01", end.isoformat(), component("energy", price)),
            version("b", (end + timedelta(days=1)).isoformat(), None, component("energy", price)),
        ]
        readings = register(("2026-09-30", 0), ("2026-10-31", kwh))
        difference = rating.rate(bill(two, readings)).total - rating.rate(bill(one, readings)).total
        self.assertLessEqual(abs(difference), D("0.01"))
