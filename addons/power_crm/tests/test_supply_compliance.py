from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools.supply_compliance import (
    LEVEL_DEMANDS,
    Demand,
    Generator,
    Source,
    count_circuits,
    count_substations,
    count_supplies,
    judge,
    missing_emergency_power,
    missing_supplies,
    security_class,
)
from .properties import steady

A1F1, A1F2 = Source("A", "I", "f1"), Source("A", "I", "f2")
A2F3, B1F4, C1F5 = Source("A", "II", "f3"), Source("B", "I", "f4"), Source("C", "I", "f5")

names = st.sampled_from(["", "A", "B", "C", " a "])
sources = st.lists(st.builds(Source, names, names, names), max_size=5)
loads = st.decimals(min_value=0, max_value=5000, places=2)
generators = st.lists(
    st.builds(
        Generator,
        capacity_kw=loads,
        transfer_time_s=st.none() | st.decimals(min_value=0, max_value=60, places=1),
        interlocked=st.sampled_from([True, False, None]),
    ),
    max_size=4,
)


class TestSupplyCompliance(BaseCase):
    """Expected values: 电监安全〔2008〕43号 and GB/T 29328-2018, as stated in the kernel."""

    def _demands(self, level, lines):
        return {missing.demand.value for missing in missing_supplies(level, lines)}

    def test_supplies_of_each_level(self):
        table = [
            # lines, special, first, second, temporary
            ([], "su sb", "su sb", "c", "c"),
            ([A1F1], "su sb", "su sb", "c", "c"),
            ([A1F1, A1F1], "su sb", "su sb", "c", "c"),  # one line entered twice
            ([A1F1, A1F2], "su sb", "su sb", "", ""),  # two circuits of one bus section
            ([A1F1, A2F3], "su sb", "sb", "", ""),  # two bus sections of one substation
            ([A1F1, B1F4], "su", "", "", ""),
            ([A1F1, A1F2, A2F3], "su sb", "sb", "", ""),
            ([A1F1, A1F2, B1F4], "su", "", "", ""),
            ([A1F1, A2F3, B1F4], "", "", "", ""),
            ([A1F1, B1F4, C1F5], "", "", "", ""),
        ]
        short = {"su": "supplies", "sb": "substations", "c": "circuits"}
        for lines, *expected in table:
            for level, codes in zip(
                ("special", "first", "second", "temporary"), expected, strict=True
            ):
                with self.subTest(level=level, lines=lines):
                    self.assertEqual(
                        self._demands(level, lines), {short[code] for code in codes.split()}
                    )

    def test_every_combination_of_three_lines_against_a_second_reading(self):
        lines = [A1F1, A1F2, A2F3, B1F4, C1F5, None]
        for chosen in product(lines, repeat=3):
            present = [line for line in chosen if line]
            sections = {(line.substation, line.bus_section) for line in present}
            stations = {line.substation for line in present}
            expected = {
                "special": len(sections) >= 3 and len(stations) >= 2,
                "first": len(sections) >= 2 and len(stations) >= 2,
                "second": len(set(present)) >= 2,
                "temporary": len(set(present)) >= 2,
            }
            for level, met in expected.items():
                self.assertEqual(not missing_supplies(level, present), met, (level, chosen))

    def test_what_is_not_recorded_proves_nothing(self):
        self.assertEqual(count_supplies([Source(), Source("", "I", "f1")]), 0)
        self.assertEqual(count_supplies([Source("A"), Source("A", "I")]), 1)
        self.assertEqual(count_supplies([Source("A"), Source("a ")]), 1)
        self.assertEqual(count_substations([Source(), Source("A"), Source(" a")]), 1)
        self.assertEqual(count_circuits([Source(), Source("A"), Source("A")]), 1)

    def test_missing_says_how_much(self):
        missing = missing_supplies("special", [A1F1, B1F4])[0]
        self.assertEqual((missing.demand, missing.needed, missing.present), (Demand.SUPPLIES, 3, 2))

    def test_emergency_power_at_the_boundary(self):
        # 250 kW safety load x 120 % = 300 kW
        load = Decimal(250)

        def demands(*capacities, **kwargs):
            own = [Generator(Decimal(capacity)) for capacity in capacities]
            return [missing.demand for missing in missing_emergency_power(own, load, **kwargs)]

        self.assertEqual(demands("300"), [])
        self.assertEqual(demands("299.99"), [Demand.GENERATOR_CAPACITY])
        self.assertEqual(demands("150", "150"), [])
        self.assertEqual(demands(), [Demand.GENERATOR])
        self.assertEqual(demands("0"), [Demand.GENERATOR])
        self.assertEqual(demands("250", margin_percent=Decimal(100)), [])

    def test_safety_load_must_be_recorded(self):
        missing = missing_emergency_power([Generator(Decimal(100))], Decimal(0))
        self.assertEqual([entry.demand for entry in missing], [Demand.SAFETY_LOAD])

    def test_transfer_time(self):
        def demands(times, allowed):
            own = [Generator(Decimal(100), time) for time in times]
            return [
                missing.demand
                for missing in missing_emergency_power(
                    own, Decimal(10), allowed_interruption_s=allowed
                )
            ]

        self.assertEqual(demands([Decimal(15)], Decimal(15)), [])
        self.assertEqual(demands([Decimal(16)], Decimal(15)), [Demand.TRANSFER_TIME])
        self.assertEqual(demands([Decimal(16), Decimal(1)], Decimal(15)), [])
        self.assertEqual(demands([None], Decimal(15)), [])
        self.assertEqual(demands([Decimal(16)], None), [])

    def test_interlock(self):
        for interlocked, expected in ((True, []), (None, []), (False, [Demand.INTERLOCK])):
            own = [Generator(Decimal(100), interlocked=interlocked)]
            missing = missing_emergency_power(own, Decimal(10))
            self.assertEqual([entry.demand for entry in missing], expected)

    def test_ordinary_customers_owe_nothing(self):
        self.assertIsNone(judge(None, [], [], Decimal(0)))

    def test_security_class(self):
        own = [Generator(Decimal(1))]
        self.assertEqual(security_class([A1F1, B1F4], own), "A")
        self.assertEqual(security_class([A1F1, B1F4], []), "B")
        self.assertEqual(security_class([A1F1], own), "C")
        self.assertEqual(security_class([A1F1], [Generator(Decimal(0))]), "D")

    @settings(steady, max_examples=200)
    @given(st.sampled_from(sorted(LEVEL_DEMANDS)), sources, generators, loads)
    def test_more_never_makes_it_worse(self, level, lines, own, load):
        before = {missing.demand for missing in judge(level, lines, own, load)}
        more = [*own, Generator(Decimal(100), Decimal(0), True)]
        after = {missing.demand for missing in judge(level, [*lines, C1F5], more, load)}
        self.assertLessEqual(after - {Demand.SAFETY_LOAD, Demand.GENERATOR_CAPACITY}, before)

    @settings(steady, max_examples=200)
    @given(sources)
    def test_levels_are_ordered(self, lines):
        met = {level: not missing_supplies(level, lines) for level in LEVEL_DEMANDS}
        self.assertLessEqual(met["special"], met["first"])
        self.assertLessEqual(met["first"], met["second"])
        self.assertEqual(met["second"], met["temporary"])

    @settings(steady, max_examples=200)
    @given(sources)
    def test_counts_are_nested_and_blind_to_order(self, lines):
        self.assertLessEqual(count_substations(lines), count_supplies(lines))
        self.assertLessEqual(count_supplies(lines), count_circuits(lines))
        self.assertEqual(count_supplies(lines), count_supplies(lines[::-1]))

    @settings(steady, max_examples=200)
    @given(generators, loads, st.integers(min_value=0, max_value=300))
    def test_capacity_is_judged_exactly(self, own, load, margin):
        missing = {entry.demand for entry in missing_emergency_power(own, load, Decimal(margin))}
        total = sum((generator.capacity_kw for generator in own), Decimal(0))
        if total > 0:
            self.assertEqual(Demand.GENERATOR_CAPACITY in missing, total * 100 < load * margin)
