import doctest
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools import basic_charge, rating
from .kernel_data import amounts, bill, component, fact, june, register, rows, version

D = Decimal

RULES = {"heavy_kwh_per_kva": "260"}


def capacity_bill(price, facts, month=june, **extra):
    tariff = version(component("capacity", price), basic=RULES)
    return month(tariff, [register(0)], facts=facts, **extra)


def by_capacity(**values):
    return fact(demand_choice="capacity", **values)


def demand_bill(price, measured, kwh=0, basic=None, registers=None, **facts):
    tariff = version(component("demand", price), basic=basic or RULES)
    registers = registers or [register(measured, quantity="demand")]
    return bill(tariff, [register(kwh), *registers], facts=[fact(**facts)])


@tagged("at_install")
class TestCapacity(BaseCase):
    def test_doctests(self):
        self.assertFalse(doctest.testmod(basic_charge).failed)

    def test_case_1_pause(self):
        """1000 × 15 + 630 × 15 - 1000 × 15 × 20/30 × 0.5 = 19450

        The question credits half of the paused 1000 kVA, so 500 kVA are taken off for 20 days.
        """
        pause = {"date_from": "2026-06-11", "date_to": "2026-06-30", "kva": "500"}
        data = capacity_bill("15", [by_capacity(capacity_kva="1630", suspensions=[pause])])
        result = rating.rate(data)
        self.assertEqual(result.total, D("19450.00"))
        # 1130 kVA all month, 500 kVA for 10 days
        self.assertEqual(result.charges[0].step, "(1130 + 500 × 10/30) kVA × 15 = 19450.00")

    def test_cases_2_and_3_capacity(self):
        """Interlocked (630 + 200) × 30 = 24900, hot standby 2000 × 28 = 56000"""
        for kva, price, total in (("830", "30", "24900.00"), ("2000", "28", "56000.00")):
            data = capacity_bill(price, [by_capacity(capacity_kva=kva)])
            self.assertEqual(rating.rate(data).total, D(total))

    def test_case_4_short_pause(self):
        """A pause of 11 days is not deducted: 815 × 28 = 22820; one of 15 days is."""
        for last, total in (("2026-06-15", "22820.00"), ("2026-06-18", "22820.00")):
            pause = {"date_from": "2026-06-05", "date_to": last, "kva": "500"}
            data = capacity_bill("28", [by_capacity(capacity_kva="815", suspensions=[pause])])
            self.assertEqual(rating.rate(data).total, D(total))
        # 15 days: 315 × 28 + 500 × 28 × 15/30 = 8820 + 7000
        pause = {"date_from": "2026-06-05", "date_to": "2026-06-19", "kva": "500"}
        data = capacity_bill("28", [by_capacity(capacity_kva="815", suspensions=[pause])])
        self.assertEqual(rating.rate(data).total, D("15820.00"))

    def test_pause_over_two_months_is_long(self):
        """20 June to 10 July is 21 days: in June 11 of them are deducted: 1000 × 19/30 × 30"""
        pause = {"date_from": "2026-06-20", "date_to": "2026-07-10", "kva": "1000"}
        data = capacity_bill("30", [by_capacity(capacity_kva="1000", suspensions=[pause])])
        self.assertEqual(rating.rate(data).total, D("19000.00"))

    def test_whole_month_is_one_month(self):
        for first, last in (("2026-02-01", "2026-02-28"), ("2026-10-01", "2026-10-31")):
            data = capacity_bill("26.3", [by_capacity(capacity_kva="1000")], month=bill)
            data |= {"period_from": first, "period_to": last}
            self.assertEqual(rating.rate(data).total, D("26300.00"))

    def test_new_supply_by_days_over_thirty(self):
        """From 22 October 10 days: 1000 × 10/30 × 26.3 = 8766.67; from the 2nd: 30/30."""
        for first, total in (("2026-10-22", "8766.67"), ("2026-10-02", "26300.00")):
            data = capacity_bill(
                "26.3", [by_capacity(capacity_kva="1000")], month=bill, service_from=first
            )
            self.assertEqual(rating.rate(data).total, D(total))

    def test_increase_in_the_month(self):
        """630 kVA, 1000 from 22 October: (630 + 370 × 10/30) × 26.3 = 19812.67"""
        facts = [
            by_capacity(capacity_kva="630") | {"date_to": "2026-10-21"},
            by_capacity(capacity_kva="1000") | {"date_from": "2026-10-22"},
        ]
        result = rating.rate(capacity_bill("26.3", facts, month=bill))
        self.assertEqual(result.total, D("19812.67"))
        self.assertEqual(len(result.charges), 1)
        self.assertEqual(result.charges[0].quantity, D("753.333333"))

    def test_new_price_in_the_month(self):
        """1000 × 10/31 × 26.3 = 8483.87 and 1000 × 21/31 × 27 = 18290.32"""
        versions = [
            version(component("capacity", "26.3"), key="a", date_to="2026-10-10", basic={}),
            version(component("capacity", "27"), key="b", date_from="2026-10-11", basic={}),
        ]
        data = bill(versions, [register(0)], facts=[by_capacity(capacity_kva="1000")])
        self.assertEqual(amounts(rating.rate(data)), [D("8483.87"), D("18290.32")])

    def test_motor_counts_as_capacity(self):
        """1 kW of a high-voltage motor is 1 kVA: (800 + 200) × 26.3"""
        data = capacity_bill("26.3", [by_capacity(capacity_kva="800", hv_motor_kw="200")])
        self.assertEqual(rating.rate(data).total, D("26300.00"))

    def test_choice_is_required(self):
        with self.assertRaises(rating.RatingError) as caught:
            rating.rate(capacity_bill("26.3", [fact(capacity_kva="800")]))
        self.assertEqual(caught.exception.code, "no_demand_choice")

    def test_capacity_is_required(self):
        for facts in ([fact()], [by_capacity()], []):
            tariff = version(component("capacity", "26.3"))
            with self.assertRaises(rating.RatingError) as caught:
                rating.rate(bill(tariff, [register(0)], facts=facts))
            self.assertEqual(caught.exception.code, "missing_fact")

    def test_only_the_choice_is_charged(self):
        tariff = version(component("capacity", "26.3"), component("demand", "42"), basic={})
        facts = {"capacity_kva": "1000", "contract_demand_kw": "600"}
        registers = [register(0), register(500, quantity="demand")]
        for choice, total in (
            ("capacity", "26300.00"),
            ("contract", "25200.00"),  # 600 × 42
            ("actual", "21000.00"),  # 500 × 42
        ):
            data = bill(tariff, registers, facts=[fact(demand_choice=choice, **facts)])
            self.assertEqual(rating.rate(data).total, D(total))


@tagged("at_install")
class TestDemand(BaseCase):
    def test_three_readings_of_the_rule(self):
        """C 1000, M 1200, 40 yuan: 52000, 54000, 56000"""
        for reading, total, step in (
            ("R1", "52000.00", "(1000 + 2 × (1200 - 1.05 × 1000)) kW × 40 = 52000.00"),
            ("R2", "54000.00", "(1.05 × 1000 + 2 × (1200 - 1.05 × 1000)) kW × 40 = 54000.00"),
            ("R3", "56000.00", "(1000 + 2 × (1200 - 1000)) kW × 40 = 56000.00"),
        ):
            data = demand_bill(
                "40",
                "1200",
                basic={"over_reading": reading},
                demand_choice="contract",
                contract_demand_kw="1000",
            )
            result = rating.rate(data)
            self.assertEqual(result.total, D(total))
            self.assertEqual(result.charges[0].step, step)

    def test_within_the_limit(self):
        """R1 and R2 pay the contract up to 105 %; R3 what was measured, at least 95 %."""
        for reading, measured, total in (
            ("R1", "1050", "40000.00"),
            ("R2", "1050", "40000.00"),
            ("R1", "10", "40000.00"),
            ("R3", "1050", "42000.00"),
            ("R3", "960", "38400.00"),
            ("R3", "10", "38000.00"),
        ):
            data = demand_bill(
                "40",
                measured,
                basic={"over_reading": reading},
                demand_choice="contract",
                contract_demand_kw="1000",
            )
            self.assertEqual(rating.rate(data).total, D(total), (reading, measured))

    def test_floor_of_forty_percent(self):
        """Contract 300 of 900 kVA and 100 kW motors: 400 kW; at 450 kW 400 + 2 × 30 = 460 kW"""
        for measured, total in (("350", "16000.00"), ("450", "18400.00")):
            data = demand_bill(
                "40",
                measured,
                demand_choice="contract",
                contract_demand_kw="300",
                capacity_kva="900",
                hv_motor_kw="100",
            )
            self.assertEqual(rating.rate(data).total, D(total))

    def test_much_energy_for_the_capacity(self):
        """260 kWh per kVA: 800 × 42 × 0.90 = 30240.00; a hundredth of a kWh less: 33600.00"""
        for kwh, total in (("260000", "30240.00"), ("259999.99", "33600.00")):
            data = demand_bill("42", "800", kwh, demand_choice="actual", capacity_kva="1000")
            self.assertEqual(rating.rate(data).total, D(total))

    def test_every_line_is_measured(self):
        """Two lines 500 and 300 kW: 800 × 42; a meter exchanged on one line: its maximum."""
        two = [
            register(500, quantity="demand", line="1"),
            register(300, quantity="demand", line="2", key="M2"),
        ]
        data = demand_bill("42", None, registers=two, demand_choice="actual")
        self.assertEqual(rating.rate(data).total, D("33600.00"))
        exchange = [
            register(500, quantity="demand", line="1", dates=("2026-09-30", "2026-10-15")),
            register(
                300, quantity="demand", line="1", key="M2", dates=("2026-10-15", "2026-10-31")
            ),
        ]
        data = demand_bill("42", None, registers=exchange, demand_choice="actual")
        self.assertEqual(rating.rate(data).total, D("21000.00"))

    def test_two_meters_on_one_line_take_turns(self):
        """500 and 300 kW side by side are 800 kW: without lines 300 would be lost in silence."""
        two = [
            register(500, quantity="demand"),
            register(300, quantity="demand", key="M2"),
        ]
        with self.assertRaises(rating.RatingError) as caught:
            rating.rate(demand_bill("42", None, registers=two, demand_choice="actual"))
        self.assertEqual(caught.exception.code, "parallel_demand")

    def test_reading_in_between_is_a_maximum_too(self):
        """Two demand readings in the month, 2.5 and 2.0 × 200: 500 kW"""
        one = register("2.0", quantity="demand", multiplier=200)
        one["readings"].insert(1, {"date": "2026-10-10", "value": "2.5"})
        data = demand_bill("42", None, registers=[one], demand_choice="actual")
        result = rating.rate(data)
        self.assertEqual(result.demand_kw, D(500))
        self.assertEqual(result.total, D("21000.00"))

    def test_price_as_a_row_of_one_tier(self):
        """A price list may write the one price of 120 kW as tier 1: 120 × 5"""
        tariff = version(component("demand", prices=rows({(None, 1): "5"})))
        data = bill(tariff, [register(1), register(120, quantity="demand")])
        self.assertEqual(rating.rate(data).total, D("600.00"))

    def test_missing_measure_and_contract(self):
        tariff = version(component("demand", "42"), basic={})
        data = bill(tariff, [register(1)], facts=[fact(demand_choice="actual")])
        with self.assertRaises(rating.RatingError) as caught:
            rating.rate(data)
        self.assertEqual(caught.exception.code, "no_demand")
        with self.assertRaises(rating.RatingError) as caught:
            rating.rate(demand_bill("42", "10", demand_choice="contract"))
        self.assertEqual(caught.exception.code, "missing_fact")

    def test_foreign_demand_by_period_and_tier(self):
        """Peak 120 kW in tiers at 100: 100 × 5 + 20 × 8; flat maximum of all periods 150 × 2."""
        tariff = version(
            component(
                "demand",
                key="peak",
                period="peak",
                limits=["100"],
                prices=rows({(None, 1): "5", (None, 2): "8"}),
            ),
            component("demand", "2", key="any"),
        )
        registers = [
            register(1),
            register(120, "peak", "demand"),
            register(150, "valley", "demand"),
        ]
        result = rating.rate(bill(tariff, registers))
        self.assertEqual(amounts(result), [D("500.00"), D("160.00"), D("300.00")])
        self.assertEqual([charge.tier for charge in result.charges], [1, 2, None])

    def test_change_of_method_in_the_month(self):
        """June, capacity until the 15th: 1000 × 15/30 × 26, then demand: 800 × 15/30 × 40"""
        tariff = version(component("capacity", "26"), component("demand", "40"), basic={})
        facts = [
            by_capacity(capacity_kva="1000") | {"date_to": "2026-06-15"},
            fact(capacity_kva="1000", demand_choice="actual") | {"date_from": "2026-06-16"},
        ]
        data = june(tariff, [register(0), register(800, quantity="demand")], facts=facts)
        self.assertEqual(amounts(rating.rate(data)), [D("13000.00"), D("16000.00")])
