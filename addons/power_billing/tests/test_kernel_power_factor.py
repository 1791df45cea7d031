import csv
import doctest
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools import power_factor, rating
from .kernel_data import amounts, bill, component, fact, register, version

D = Decimal


@tagged("at_install")
class TestPowerFactor(BaseCase):
    def test_doctests(self):
        self.assertFalse(doctest.testmod(power_factor).failed)

    def test_table_is_whole(self):
        self.assertEqual(
            set(power_factor.table()),
            {(pf, standard) for pf in range(1, 101) for standard in (90, 85, 80)},
        )

    def test_table_agrees_with_closed_form(self):
        for (pf, standard), percent in power_factor.table().items():
            self.assertEqual(power_factor.closed_form(pf, standard), percent, (pf, standard))

    def test_anchors_of_the_method(self):
        """As the text of 1983 words it, and 0.94 for 0.85 where programs are known to err."""
        for pf, standard, percent in (
            ("0.90", "0.90", "0"),
            ("0.95", "0.90", "-0.75"),
            ("1.00", "0.90", "-0.75"),
            ("0.70", "0.90", "10"),
            ("0.65", "0.90", "15"),
            ("0.64", "0.90", "17"),
            ("0.94", "0.85", "-1.1"),
            ("0.65", "0.85", "10"),
            ("0.60", "0.85", "15"),
            ("0.92", "0.80", "-1.3"),
            ("0.60", "0.80", "10"),
            ("0.54", "0.80", "17"),
        ):
            found = power_factor.adjustment_percent(D(pf), D(standard))
            self.assertEqual(found, D(percent), (pf, standard))

    def test_tangent_ranges_as_printed(self):
        """Both ends of every printed range of kvarh/kWh give that power factor."""
        with power_factor.TABLE.open(encoding="utf-8") as file:
            printed = list(csv.DictReader(line for line in file if not line.startswith("#")))
        self.assertEqual(len(printed), 100)
        for row in printed:
            for end in ("tan_from", "tan_to"):
                found = power_factor.power_factor(D(10000), 10000 * D(row[end]))
                self.assertEqual(found, D(row["pf"]), row)

    def test_no_energy_no_factor(self):
        self.assertIsNone(power_factor.power_factor(D(0), D(100)))
        self.assertEqual(power_factor.power_factor(D(5), D(0)), D("1.00"))
        self.assertEqual(power_factor.power_factor(D(3), D(4)), D("0.60"))

    def test_fed_back_reactive_energy_is_added(self):
        """300 kvarh taken and 150 fed back count 450; 1000 kWh: PF 0.91 of standard 0.90.

        base = energy 1000 × 0.60 + capacity 100 × 26.3 = 600.00 + 2630.00 = 3230.00
        (the fund is outside), × -0.15 % = -4.845 → -4.85
        """
        data = bill(
            version(
                component("energy", "0.60"),
                component("fund", "0.0452"),
                component("capacity", "26.3"),
                component("power_factor"),
                basic={},
            ),
            [
                register(1000),
                register(300, quantity="reactive"),
                register(150, quantity="reactive_export"),
            ],
            facts=[fact(pf_standard="0.90", demand_choice="capacity", capacity_kva="100")],
        )
        result = rating.rate(data)
        self.assertEqual(result.pf, D("0.91"))
        self.assertEqual(amounts(result, "power_factor"), [D("-4.85")])
        self.assertEqual(
            result.charges[-1].step,
            "PF 0.91 (standard 0.90): -0.15 %; 3230.00 × -0.15 % = -4.85",
        )

    def test_component_outside_the_base(self):
        """Of 100.00 in the base and 50.00 outside, PF 0.60 of 0.80 charges 10 % of 100.00."""
        data = bill(
            version(
                component("energy", "1", key="in"),
                component("energy", "0.5", key="out", pf_base=False),
                component("power_factor"),
            ),
            [register("100"), register("133", quantity="reactive")],
            facts=[fact(pf_standard="0.80")],
        )
        # 100 / √(100² + 133²) = 0.6009 → 0.60
        self.assertEqual(amounts(rating.rate(data)), [D("100.00"), D("50.00"), D("10.00")])

    def test_reactive_energy_is_required_where_a_standard_holds(self):
        data = bill(
            version(component("energy", "1"), component("power_factor")),
            [register("100")],
            facts=[fact(pf_standard="0.80")],
        )
        with self.assertRaises(rating.RatingError) as caught:
            rating.rate(data)
        self.assertEqual(caught.exception.code, "no_reactive")
        data["facts"] = [fact()]
        self.assertEqual(rating.rate(data).total, D("100.00"))
