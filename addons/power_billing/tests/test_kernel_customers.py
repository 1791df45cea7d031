"""Losses, shares, export, allowance, minimum, and whole bills published with their result."""

from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools import losses, rating
from .kernel_data import amounts, bill, component, fact, june, register, rows, version

D = Decimal


def lossy(loss, **facts):
    return [fact(loss=loss, **facts)]


@tagged("at_install")
class TestPublishedBills(BaseCase):
    def test_transformer_of_fifty_and_two_hundred_kva(self):
        """B2 (dushuang.com/detail/981711): 21673.60

        50 kVA metered at low voltage, energised 20 of 30 days: loss 304 × 20/30 = 203,
        (1800 - 1500) × 20 + 203 = 6203 kWh at 0.5 = 3101.50.
        200 kVA: peak 40 × 200 × 0.5 × 1.6 = 6400, valley 30 × 200 × 0.5 × 0.4 = 1200,
        flat 110 × 200 × 0.5 = 11000; tan 0.45, PF 0.91, -0.15 % = -27.90: 18572.10.
        """
        small = rating.rate(
            june(
                version(component("energy", "0.5")),
                [register(1800, start=1500, multiplier=20)],
                service_from="2026-06-11",
                facts=lossy({"method": "agreed", "iron_kwh": "304"}),
            )
        )
        self.assertEqual(small.loss_kwh, D(203))
        self.assertEqual(small.total, D("3101.50"))
        self.assertIn("304 kWh × 20/30 = 203 kWh", [step["step"] for step in small.steps])
        large = rating.rate(
            june(
                version(
                    component("energy", "0.5", factors={"peak": "1.6", "valley": "0.4"}),
                    component("power_factor"),
                ),
                [
                    register(40, "peak", multiplier=200),
                    register(110, "flat", multiplier=200),
                    register(30, "valley", multiplier=200),
                    register(81, quantity="reactive", multiplier=200),
                ],
                facts=[fact(pf_standard="0.90")],
            )
        )
        self.assertEqual(amounts(large), [D("6400.00"), D("11000.00"), D("1200.00"), D("-27.90")])
        self.assertEqual(small.total + large.total, D("21673.60"))

    def test_four_periods_and_demand(self):
        """B6: 100/200/300/400 kWh at 1.00/0.80/0.60/0.38 = 592; 100 kW × 39 = 3900"""
        tariff = version(
            component(
                "energy",
                prices=rows(
                    {
                        ("sharp", None): "1.00",
                        ("peak", None): "0.80",
                        ("flat", None): "0.60",
                        ("valley", None): "0.38",
                    }
                ),
            ),
            component("demand", "39"),
            basic={},
        )
        registers = [
            register(100, "sharp"),
            register(200, "peak"),
            register(300, "flat"),
            register(400, "valley"),
            register(100, quantity="demand"),
        ]
        result = rating.rate(bill(tariff, registers, facts=[fact(demand_choice="actual")]))
        self.assertEqual(sum(amounts(result, "energy")), D("592.00"))
        self.assertEqual(result.total, D("4492.00"))


@tagged("at_install")
class TestLosses(BaseCase):
    flat = version(component("energy", "1"))

    def lost(self, loss, kwh="10000", kvarh=None, **extra):
        registers = [register(kwh)]
        if kvarh is not None:
            registers.append(register(kvarh, quantity="reactive"))
        facts = lossy(loss, **extra.pop("facts", {}))
        return rating.rate(bill(self.flat, registers, facts=facts, **extra))

    def test_formula(self):
        """P0 0.5 kW, Pk 4 kW, Se 200 kVA, I0 2 %, Uk 4 %, K 1.1, 720 h, 36000 kWh, 27000 kvarh.

        Wp² + Wq² = 36000² + 27000² = 45000² = 2025000000
        kWh   0.5 × 720 + 1.1 × 4 × 2025000000 / (200² × 720) = 360 + 309.375 = 669.375 → 669
        kvarh 0.02 × 200 × 720 + 1.1 × 0.04 × 2025000000 / (200 × 720) = 2880 + 618.75 → 3499
        """
        loss = {
            "method": "formula",
            "rated_kva": "200",
            "no_load_kw": "0.5",
            "load_loss_kw": "4",
            "no_load_current_pct": "2",
            "impedance_pct": "4",
            "shape": "1.1",
        }
        result = self.lost(loss, "36000", "27000")
        self.assertEqual(result.loss_kwh, D(669))
        self.assertEqual(result.kvarh, D(27000 + 3499))
        self.assertEqual(result.metered_kwh, D(36000))
        self.assertEqual(result.kwh, D(36669))
        exact = self.lost(loss | {"decimals": "2"}, "36000", "27000")
        self.assertEqual((exact.loss_kwh, exact.kvarh), (D("669.38"), D("30498.75")))

    def test_no_hours_no_loss(self):
        self.assertEqual(losses.formula_losses(None, D(1), D(1), D(0)), (0, 0))

    def test_percent_agreed_and_line(self):
        """Copper 2 % of 10000 = 200; with iron 304 a month 504; line 1 % of 10504 = 105"""
        self.assertEqual(self.lost({"method": "percent", "copper_pct": "2"}).loss_kwh, D(200))
        loss = {"method": "agreed", "iron_kwh": "304", "copper_pct": "2", "line_pct": "1"}
        result = self.lost(loss)
        self.assertEqual(result.loss_kwh, D(609))
        steps = [step["step"] for step in result.steps if step["type"] == "loss"]
        self.assertEqual(
            steps,
            ["304 kWh + 10000 kWh × 2 % = 504 kWh", "10504 kWh × 1 % = 105 kWh"],
        )

    def test_table(self):
        table = [
            {"to_kwh": "5000", "kwh": "120", "kvarh": "900"},
            {"to_kwh": "10000", "kwh": "180", "kvarh": "1100"},
            {"to_kwh": None, "kwh": "260", "kvarh": "1400"},
        ]
        for kwh, lost in (("5000", 120), ("5000.01", 180), ("10000", 180), ("20000", 260)):
            self.assertEqual(self.lost({"method": "table", "table": table}, kwh).loss_kwh, lost)

    def test_days_energised(self):
        """Sealed from the 11th to the end of October: 10 days of 30: 300 × 10/30 = 100"""
        pause = {"date_from": "2026-10-11", "date_to": None, "kva": "100"}
        facts = {"capacity_kva": "100", "suspensions": [pause]}
        result = self.lost({"method": "agreed", "iron_kwh": "300"}, facts=facts)
        self.assertEqual(result.loss_kwh, D(100))

    def test_loss_goes_into_its_period(self):
        tariff = version(component("energy", "1", factors={"peak": "2", "valley": "0.5"}))
        registers = [register(100, "peak"), register(100, "valley")]
        for period, total in ((None, "260.00"), ("peak", "270.00")):
            loss = {"method": "agreed", "iron_kwh": "10"}
            if period:
                loss["period"] = period
            data = bill(tariff, registers, facts=lossy(loss))
            self.assertEqual(rating.rate(data).total, D(total))

    def test_reading_of_two_versions_has_one_loss(self):
        """2 % of 310 kWh = 6 kWh, over 10 and 21 days 1.94 and 4.06"""
        versions = [
            version(component("energy", "1"), key="a", date_to="2026-10-10"),
            version(component("energy", "1"), key="b", date_from="2026-10-11"),
        ]
        data = bill(
            versions, [register(310)], facts=lossy({"method": "percent", "copper_pct": "2"})
        )
        self.assertEqual(
            [charge.quantity for charge in rating.rate(data).charges], [D("101.94"), D("214.06")]
        )


@tagged("at_install")
class TestShares(BaseCase):
    main = version(
        component("energy", "1", factors={"peak": "2", "valley": "0.5"}),
        component("power_factor"),
    )
    light = version(component("energy", "0.6"), component("fund", "0.05"), key="light")

    def test_share_that_changes_inside_the_period(self):
        """3100 kWh in 31 days, 100 a day; the share changes on the 11th.

        Fixed 310, then 620 kWh a month: 310 × 10/31 = 100 and 620 × 21/31 = 420. 10, then 20 %:
        1000 × 10 % = 100 and 2100 × 20 % = 420. 3100 - 520 = 2580 are left.
        """
        for kind, values in (("fixed", ("310", "620")), ("percent", ("10", "20"))):
            result = self.rated(
                [register(3100)],
                {"key": "old", "kind": kind, "value": values[0], "date_to": "2026-10-10"},
                {"key": "new", "kind": kind, "value": values[1], "date_from": "2026-10-11"},
            )
            kwh = {
                share: sum(
                    charge.quantity
                    for charge in result.charges
                    if charge.share == share and charge.kind == "energy"
                )
                for share in (None, "old", "new")
            }
            self.assertEqual(kwh, {None: 2580, "old": 100, "new": 420}, kind)
            days = {charge.share: charge.date_to.isoformat() for charge in result.charges}
            self.assertEqual(days["old"], "2026-10-10")

    def test_share_that_changes_on_the_day_of_a_reading(self):
        """A reading of 1900 on the 10th: 1900 × 10 % = 190 and 1200 × 20 % = 240."""
        meter = register(3100)
        meter["readings"].insert(1, {"date": "2026-10-10", "value": "1900"})
        result = self.rated(
            [meter],
            {"key": "old", "kind": "percent", "value": "10", "date_to": "2026-10-10"},
            {"key": "new", "kind": "percent", "value": "20", "date_from": "2026-10-11"},
        )
        taken = {step["share"]: step["kwh"] for step in result.steps if step["type"] == "share"}
        self.assertEqual(taken, {"old": "190.00", "new": "240.00"})

    def test_share_that_begins_and_ends(self):
        """A share of 5 days in October only; before and after all is the main energy."""
        result = self.rated(
            [register(3100)],
            {
                "key": "fair",
                "kind": "percent",
                "value": "50",
                "date_from": "2026-10-05",
                "date_to": "2026-10-09",
            },
        )
        taken = [step["kwh"] for step in result.steps if step["type"] == "share"]
        self.assertEqual(taken, ["250.00"])  # 5 × 100 × 50 %

    def rated(self, registers, *shares, **extra):
        shares = [{"name": share["key"], "versions": [self.light]} | share for share in shares]
        return rating.rate(bill(self.main, registers, shares=shares, **extra))

    def test_percentage(self):
        """10 % of 600 peak and 400 valley: 540 × 2 + 360 × 0.5, lighting 100 × 0.65"""
        registers = [register(600, "peak"), register(400, "valley")]
        result = self.rated(registers, {"key": "light", "kind": "percent", "value": "10"})
        self.assertEqual(amounts(result), [D("1080.00"), D("180.00"), D("60.00"), D("5.00")])
        self.assertEqual([c.share for c in result.charges], [None, None, "light", "light"])
        self.assertEqual(result.kwh, D(1000))
        self.assertIn("1000 kWh × 10 % = 100 kWh", [step["step"] for step in result.steps])

    def test_fixed_energy(self):
        """50 kWh a month; half a month of June 25; no more than was used."""
        for kwh, extra, light in (
            (1000, {}, "50.00"),
            (1000, {"service_from": "2026-06-16"}, "25.00"),
            (30, {}, "30.00"),
        ):
            data = june(
                self.main,
                [register(kwh)],
                shares=[{"key": "s", "kind": "fixed", "value": "50", "versions": [self.light]}],
                **extra,
            )
            result = rating.rate(data)
            quantity = sum(c.quantity for c in result.charges if c.share and c.kind == "energy")
            self.assertEqual(quantity, D(light))
            self.assertEqual(sum(c.quantity for c in result.charges if c.kind == "energy"), D(kwh))

    def test_fixed_energy_of_two_months(self):
        data = bill(
            self.main,
            [register(1000, dates=("2026-08-31", "2026-10-31"))],
            shares=[{"key": "s", "kind": "fixed", "value": "50", "versions": [self.light]}],
        ) | {"period_from": "2026-09-01"}
        steps = [step["step"] for step in rating.rate(data).steps if step["type"] == "share"]
        self.assertEqual(steps, ["50 kWh × 2 = 100 kWh"])

    def test_sub_meter(self):
        """The sub-meter's 100 kWh are part of the main meter's 1000, pro rata of its periods."""
        registers = [
            register(600, "peak"),
            register(400, "valley"),
            register(100, key="SUB"),
        ]
        share = {"key": "light", "kind": "meter", "value": "SUB"}
        result = self.rated(registers, share)
        self.assertEqual(amounts(result), [D("1080.00"), D("180.00"), D("60.00"), D("5.00")])
        self.assertEqual(result.kwh, D(1000))
        own = [register(600, "peak"), register(400, "valley"), register(100, "peak", key="SUB")]
        self.assertEqual(amounts(self.rated(own, share))[:2], [D("1000.00"), D("200.00")])

    def test_sub_meter_above_the_main_one_is_refused(self):
        with self.assertRaises(rating.RatingError) as caught:
            self.rated(
                [register(100), register(101, key="SUB")],
                {"key": "light", "kind": "meter", "value": "SUB"},
            )
        self.assertEqual(caught.exception.code, "share_exceeds")
        with self.assertRaises(rating.RatingError) as caught:
            self.rated([register(100)], {"key": "light", "kind": "meter", "value": "SUB"})
        self.assertEqual(caught.exception.code, "share_meter")

    def test_lighting_apart_is_outside_the_power_factor(self):
        """Main 900 × 1, PF 0.60 of 0.80: + 10 % of 900.00 only; lighting 100 × 0.65 alone"""
        result = self.rated(
            [register(1000), register(1330, quantity="reactive")],
            {"key": "light", "kind": "percent", "value": "10"},
            facts=[fact(pf_standard="0.80")],
        )
        self.assertEqual(amounts(result), [D("900.00"), D("90.00"), D("60.00"), D("5.00")])


@tagged("at_install")
class TestDates(BaseCase):
    def refused(self, data):
        with self.assertRaises(rating.RatingError) as caught:
            rating.rate(data)
        return caught.exception.code, caught.exception.data

    def test_hole_between_versions(self):
        versions = [
            version(component("energy", "1"), key="a", date_to="2026-10-10"),
            version(component("energy", "1"), key="b", date_from="2026-10-16"),
        ]
        self.assertEqual(
            self.refused(bill(versions, [register(31)])),
            ("no_version", {"date": date(2026, 10, 11)}),
        )

    def test_facts_of_energy_read_late(self):
        """The first facts known hold for days before them; a hole between facts is refused."""
        tariff = version(component("energy", "1"))
        late = [register(40, dates=("2026-09-20", "2026-10-31"))]
        facts = [fact(date_from="2026-10-01", date_to="2026-10-10")]
        self.assertEqual(
            self.refused(bill(tariff, late, facts=facts)),
            ("no_fact", {"date": date(2026, 10, 11)}),
        )
        facts.append(fact(date_from="2026-10-11"))
        self.assertEqual(rating.rate(bill(tariff, late, facts=facts)).total, D("40.00"))


@tagged("at_install")
class TestOtherCharges(BaseCase):
    def test_export_is_credited(self):
        """1000 kWh × 0.60 and 250 kWh fed in × 0.40: 600 - 100; the energy is 1000"""
        tariff = version(component("energy", "0.60"), component("export", "0.40"))
        data = bill(tariff, [register(1000), register(250, quantity="active_export")])
        result = rating.rate(data)
        self.assertEqual(amounts(result), [D("600.00"), D("-100.00")])
        self.assertEqual(result.charges[1].step, "-250 kWh × 0.4 = -100.00")
        self.assertEqual((result.kwh, result.export_kwh), (D(1000), D(250)))

    def test_free_energy_at_the_first_tier(self):
        """15 free kWh at 0.538 + 0.01; of 10 kWh used only 10 are free."""
        tariff = version(
            component("energy", prices=rows({(None, 1): "0.538", (None, 2): "0.588"})),
            component("fund", "0.01"),
            component("allowance", quantity="15"),
            tiers={"limits": ["230"]},
        )
        for kwh, free in ((100, "-8.22"), (10, "-5.48")):
            result = rating.rate(bill(tariff, [register(kwh)]))
            self.assertEqual(amounts(result, "allowance"), [D(free)])

    def test_no_amount_is_minus_nothing(self):
        tariff = version(component("energy", "1"), component("export", "0"))
        data = bill(tariff, [register(1), register(5, quantity="active_export")])
        self.assertEqual(str(amounts(rating.rate(data), "export")[0]), "0.00")

    def test_minimum_tops_up(self):
        tariff = version(component("energy", "1"), component("minimum", "30"))
        for kwh, found in ((10, ["10.00", "20.00"]), (30, ["30.00"]), (40, ["40.00"])):
            result = rating.rate(bill(tariff, [register(kwh)]))
            self.assertEqual(amounts(result), [D(amount) for amount in found])

    def test_fixed_charge_of_two_months(self):
        tariff = version(component("fixed", "12"))
        data = bill(tariff, [register(0, dates=("2026-08-31", "2026-10-31"))])
        data["period_from"] = "2026-09-01"
        result = rating.rate(data)
        self.assertEqual(result.total, D("24.00"))
        self.assertEqual(result.charges[0].step, "12 × 2 = 24.00")


@tagged("at_install")
class TestStrictReading(BaseCase):
    def refused(self, change):
        data = bill(
            version(component("energy", "1", factors={"peak": "1.5"}), schedule=[]),
            [register(10)],
            facts=[fact()],
        )
        change(data)
        with self.assertRaises(rating.RatingError) as caught:
            rating.rate(data)
        return str(caught.exception)

    def test_path_of_what_is_wrong(self):
        for change, sentence in (
            (
                lambda d: d["versions"][0]["components"][0].update(prise="1"),
                "versions[0].components[0].prise is not known",
            ),
            (
                lambda d: d["versions"][0]["components"][0].update(price="1,5"),
                "versions[0].components[0].price: '1,5' is not a number written as text",
            ),
            (
                lambda d: d["versions"][0]["components"][0].update(price=0.5),
                "versions[0].components[0].price: 0.5 is not a number written as text",
            ),
            (
                lambda d: d["versions"][0]["components"][0]["factors"].update(peak="x"),
                "versions[0].components[0].factors.peak: 'x' is not a number written as text",
            ),
            (lambda d: d.pop("period_to"), "period_to is missing"),
            (
                lambda d: d["registers"][0]["readings"][1].update(date="31.10.2026"),
                "registers[0].readings[1].date: '31.10.2026' is not a date such as 2026-10-31",
            ),
            (
                lambda d: d["registers"][0].update(quantity="power"),
                (
                    "registers[0].quantity: 'power' is not one of active, reactive, demand, "
                    "active_export, reactive_export"
                ),
            ),
            (
                lambda d: d["facts"][0].update(pf_standard="0.95"),
                "facts[0].pf_standard: '0.95' is not one of 0.90, 0.85, 0.80",
            ),
            (
                lambda d: d["versions"][0].update(tiers={"limits": ["5", "4"]}),
                "versions[0].tiers.limits: ['5', '4'] is not a list of rising limits",
            ),
            (
                lambda d: d["versions"][0].update(
                    schedule=[{"period": "peak", "from": "8:00", "to": "20:00"}]
                ),
                (
                    "versions[0].schedule[0].from: '8:00' is not a time such as 16:00 (the end of "
                    "the day is 24:00)"
                ),
            ),
            (
                lambda d: d["versions"][0]["components"][0].update(kind="fund"),
                (
                    "versions[0].components[0].factors: {'peak': '1.5'} is not possible for fund, "
                    "which has one price"
                ),
            ),
            (lambda d: d.update(shares=[{"key": "s"}]), "shares[0].kind is missing"),
            (
                lambda d: d["facts"][0].update(loss={"method": "formula"}),
                "facts[0].loss.rated_kva is missing",
            ),
        ):
            self.assertEqual(self.refused(change), sentence)
