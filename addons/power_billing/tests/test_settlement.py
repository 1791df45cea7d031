from datetime import date
from decimal import Decimal
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import BaseCase, tagged

from odoo.addons.power_crm.tests.properties import steady

from ..models.power_bill_settlement import SETTLED_KINDS
from ..tools import rating
from .common import PowerBillingCase
from .kernel_data import bill, component, fact, june, register, version

D = Decimal


def _parts(tariff, ends, days, **extra):
    """Rate June in parts that end on ``days`` with the register at ``ends``; the last is all.

    :return: the parts' totals
    """
    energy = {
        **tariff,
        "components": [one for one in tariff["components"] if one["kind"] in SETTLED_KINDS],
    }
    readings = [
        {"date": f"2026-06-{day:02}", "value": str(end)}
        for day, end in zip(days, ends, strict=True)
    ]
    opening = {"date": "2026-05-31", "value": "0"}
    settled, totals = [], []
    for number, day in enumerate(days, 1):
        last = number == len(days)
        data = {
            "period_from": "2026-06-01",
            "period_to": f"2026-06-{day:02}",
            "registers": [{"key": "M", "digits": 8, "readings": [opening, *readings[:number]]}],
            "versions": [tariff if last else energy],
            "settled": settled,
            **extra,
        }
        total = rating.rate(data).total
        totals.append(total)
        settled = [
            *settled,
            {"bill": f"part {number}", "date_to": f"2026-06-{day:02}", "amount": str(total)},
        ]
    return totals


@tagged("at_install")
class TestKernelSettlement(BaseCase):
    """The parts of a month add up to the month's bill."""

    TARIFF = version(
        component("energy", "0.6", prices=[{"tier": 2, "price": "0.7"}]),
        component("fund", "0.0452"),
        component("capacity", "26.3"),
        tiers={"basis": "month", "limits": ["5000"]},
    )
    FACTS = [fact(capacity_kva="200", demand_choice="capacity")]

    def _whole(self, end):
        data = june(self.TARIFF, [register(end)], facts=self.FACTS)
        return rating.rate(data).total

    def test_worked_example(self):
        """3000 kWh until the 10th, 7000 until the 20th, 12000 in June; from 5000 on 0.70 yuan.

        10th: 3000 × 0.60 + 3000 × 0.0452 = 1800.00 + 135.60 = 1935.60
        20th: 5000 × 0.60 + 2000 × 0.70 + 7000 × 0.0452 = 4400.00 + 316.40 = 4716.40; less
        1935.60 is 2780.80
        30th: 3000.00 + 7000 × 0.70 + 12000 × 0.0452 + 200 × 26.3
        = 3000.00 + 4900.00 + 542.40 + 5260.00 = 13702.40; less 4716.40 is 8986.00
        """
        parts = _parts(self.TARIFF, (3000, 7000, 12000), (10, 20, 30), facts=self.FACTS)
        self.assertEqual(parts, [D("1935.60"), D("2780.80"), D("8986.00")])
        self.assertEqual(self._whole(12000), D("13702.40"))

    def test_advance(self):
        """30 % of 13702.40 = 4110.72"""
        data = {
            "period_from": "2026-07-01",
            "period_to": "2026-07-10",
            "registers": [],
            "versions": [],
            "advance": {"month": "2026-06", "base": "13702.40", "percent": "30"},
        }
        self.assertEqual(rating.rate(data).total, D("4110.72"))
        data["advance"]["base"] = "-5"
        self.assertEqual(rating.rate(data).total, 0)

    def test_wrong_data_is_named(self):
        with self.assertRaisesRegex(rating.RatingError, r"settled\[0\].amount"):
            rating.rate(
                bill(
                    self.TARIFF,
                    [register(1)],
                    settled=[{"bill": "a", "date_to": "2026-06-10", "amount": 1.5}],
                )
            )

    @settings(steady, max_examples=60)
    @given(st.lists(st.integers(0, 30_000), min_size=2, max_size=6), st.data())
    def test_parts_add_up(self, use, data):
        days = sorted(
            data.draw(st.sets(st.integers(1, 28), min_size=len(use) - 1, max_size=len(use) - 1))
        )
        ends = [sum(use[: number + 1]) for number in range(len(use))]
        parts = _parts(self.TARIFF, ends, [*days, 30], facts=self.FACTS)
        self.assertEqual(sum(parts), self._whole(ends[-1]))


@tagged("post_install", "-at_install", "power_slow")
class TestSettlement(PowerBillingCase):
    """A works of 200 kVA with settlements on the 10th and the 20th, and its twin without.

    January: 3000 kWh until the 10th, 7000 until the 20th, 12000 at the end, 9000 kvarh.
    Energy 12000 × 0.60 = 7200.00, funds 12000 × 0.05 = 600.00, capacity 200 × 26.3 = 5260.00;
    power factor 12000 / √(12000² + 9000²) = 0.80, at a standard of 0.90 5 % of
    7200.00 + 5260.00: 623.00. Together 13683.00.
    10th: 3000 × 0.65 = 1950.00. 20th: 7000 × 0.65 - 1950.00 = 2600.00.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tariff = cls._create_tariff(
            "Two-part",
            prices=(
                ("energy", "Energy", 0.6),
                ("fund", "Funds", 0.05),
                ("capacity", "Capacity", 26.3),
                ("power_factor", "Power factor", 0),
            ),
        )
        cls.works, cls.twin = (cls._create_works(name) for name in ("Works", "Twin"))
        cls.works.settlement_ids = [
            Command.create({"day": day, "basis": "reading", "date_from": "2026-01-01"})
            for day in (10, 20)
        ]
        cls.company.power_settlement_post = True

    @classmethod
    def _create_works(cls, name):
        point = cls._create_point(
            cls._create_customer(name),
            capacity_kva=200,
            meter_vals={"initial_value": 0},
        )
        point.fact_ids = [
            Command.create(
                {"date_from": "2025-01-01", "demand_choice": "capacity", "pf_standard": "0.90"}
            )
        ]
        cls.env["power.meter.register"].create(
            {
                "meter_id": point.meter_ids.id,
                "quantity": "reactive",
                "digits": 6,
                "initial_value": 0,
            }
        )
        return point

    def _read_all(self, point, day, kwh, kvarh=None):
        active, reactive = point.meter_ids.register_ids.sorted("is_main", reverse=True)
        self._read(point, day, kwh, register_id=active.id)
        if kvarh:
            self._read(point, day, kvarh, register_id=reactive.id)

    def _settle(self, day, point=None):
        with patch.object(fields.Date, "context_today", lambda *args: date.fromisoformat(day)):
            return (point or self.works).settlement_ids._settle(date.fromisoformat(day))

    def _settle_january(self):
        self._read_all(self.works, "2026-01-10", 3000)
        first = self._settle("2026-01-10")
        self._read_all(self.works, "2026-01-20", 7000)
        return first | self._settle("2026-01-20")

    def _bill_month(self, points=None, period="2026-01-01"):
        run = self._create_run(
            period=period, supply_point_ids=[Command.set((points or self.works).ids)]
        )
        run._process_all()
        return run.bill_ids

    def test_the_month_comes_to_the_same(self):
        parts = self._settle_january()
        self.assertEqual(parts.mapped("state"), ["posted", "posted"])
        self.assertEqual(parts.mapped("amount_total"), [1950.0, 2600.0])
        self.assertEqual(parts.move_id.mapped("amount_total"), [1950.0, 2600.0])
        self.assertEqual(parts.mapped("settlement_kwh"), [3000, 7000])
        for point in (self.works, self.twin):
            self._read_all(point, "2026-01-31", 12000, 9000)
        bills = self._bill_month(self.works | self.twin)
        last, single = (
            bills.filtered(lambda bill, point=point: bill.supply_point_id == point)
            for point in (self.works, self.twin)
        )
        self.assertEqual(single.amount_total, 13683.0)
        self.assertEqual((last.amount_total, last.kwh), (9133.0, 12000))
        self.assertEqual(last.amount_settled, -4550.0)
        self.assertEqual(sum(parts.mapped("amount_total")) + last.amount_total, 13683.0)
        self.assertEqual(last.move_id.amount_total, 9133.0)
        self.assertEqual(last.previous_balance, 4550.0, "the settlements are still open")
        self.assertEqual(last._replay().total, D("9133.00"))
        tariff = self.works.tariff_id
        told = tariff._compare_bills(tariff._get_compare_months(self.works.bill_ids))
        self.assertEqual((told["kwh"], told["billed"], told["amount"]), (12000, 13683, 13683))
        # Income and tax come to the same, account by account.
        sums = [
            self.env["account.move.line"]._read_group(
                [("move_id", "in", moves.ids), ("display_type", "in", ("product", "tax"))],
                ["account_id"],
                ["balance:sum"],
            )
            for moves in ((parts | last).move_id, single.move_id)
        ]
        for (account, balance), (other, whole) in zip(*sums, strict=True):
            self.assertEqual(account, other)
            self.assertAlmostEqual(balance, whole, delta=0.02)
        self.assertEqual(len(last._get_history()), 1, "the chart counts the month once")
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("power_billing.action_report_bill", last.ids)[0]
            .decode()
        )
        self.assertIn(parts[0].name, html)

    def test_advance_by_share(self):
        """40 % of January's 13683.00 is 5473.20; February comes to the twin's amount."""
        for point in (self.works, self.twin):
            self._read_all(point, "2026-01-31", 12000, 9000)
            self._read_all(point, "2026-02-28", 22000, 15000)
        self.works.settlement_ids.unlink()
        self.works.settlement_ids = [
            Command.create({"day": 15, "basis": "share", "share": 40, "date_from": "2026-02-01"})
        ]
        early = self._settle("2026-02-15")
        self.assertEqual(early.state, "failed")
        self.assertIn("2026-01", early.failure_reason)
        self._bill_month(self.works | self.twin)
        advance = self._settle("2026-02-16")
        self.assertEqual(advance, early, "tried again")
        self.assertEqual((advance.amount_total, advance.kwh), (5473.2, 0))
        last, single = self._bill_month(self.works | self.twin, "2026-02-01").sorted(
            lambda bill: bill.supply_point_id != self.works
        )
        self.assertEqual(last.amount_total + 5473.2, single.amount_total)
        self.assertEqual(advance.move_id.payment_reference, advance.payment_reference)

    def test_an_advance_is_a_share_of_ones_own_bill(self):
        """From 21 January on another runs the works: 5000 kWh and kvarh in eleven days. Energy
        3000.00, funds 250.00, capacity 5260 × 11/30 = 1928.67; power factor 0.71: 9.5 % of
        3000.00 + 1928.67 = 468.22. Together 5646.89, 40 % of it 2258.76."""
        self.works.settlement_ids.unlink()
        self._read_all(self.works, "2026-01-20", 7000, 4000)
        self.env["power.point.close"].create(
            {
                "supply_point_id": self.works.id,
                "date": "2026-01-20",
                "new_partner_id": self._create_customer("Comer").id,
            }
        ).action_hand_over()
        self._read_all(self.works, "2026-01-31", 12000, 9000)
        self.assertEqual(self._bill_month().amount_total, 5646.89)
        self.works.settlement_ids = [
            Command.create({"day": 15, "basis": "share", "share": 40, "date_from": "2026-02-01"})
        ]
        self.assertEqual(self._settle("2026-02-15").amount_total, 2258.76)

    def test_needs_a_reading_after_the_settlement_before(self):
        self._read_all(self.works, "2026-01-10", 3000)
        self._settle("2026-01-10")
        second = self._settle("2026-01-20")
        self.assertEqual((second.state, second.failure_code), ("failed", "no_reading"))

    def test_made_once(self):
        self._read_all(self.works, "2026-01-10", 3000)
        self.assertEqual(len(self._settle("2026-01-12")), 1)
        self.assertFalse(self._settle("2026-01-13"))

    def test_not_posted_in_time(self):
        """What was not posted when the month is billed is dropped; nothing is billed twice."""
        self.company.power_settlement_post = False
        part = self._settle_january()
        self.assertEqual(part.mapped("state"), ["rated", "rated"])
        self._read_all(self.works, "2026-01-31", 12000, 9000)
        last = self._bill_month()
        self.assertEqual(last.amount_total, 13683.0)
        self.assertEqual(part.mapped("state"), ["cancelled", "cancelled"])

    def test_posted_after_the_months_bill_was_rated(self):
        self.company.power_settlement_post = False
        first, second = self._settle_january()
        self._read_all(self.works, "2026-01-31", 12000, 9000)
        last = self.env["power.bill"].create(
            {
                "supply_point_id": self.works.id,
                "company_id": self.company.id,
                "period_from": "2026-01-01",
                "period_to": "2026-01-31",
            }
        )
        last._rate_bills()
        first.action_post()
        second.action_post()
        self.assertIn("Rate bill", second.failure_reason, "it does not know the first")
        last.action_post()
        self.assertIn("Rate bill", last.failure_reason)
        second.action_retry()
        second.action_post()
        last.action_retry()
        last.action_post()
        self.assertEqual((last.state, last.amount_total), ("posted", 9133.0))
        with self.assertRaisesRegex(UserError, "takes off"):
            second._cancel("mistake")
        last._cancel("mistake")
        second._cancel("mistake")
        again = last.create(last._prepare_again_vals())
        again._rate_bills()
        self.assertEqual(again.amount_total, 11733.0, "13683.00 less the first 1950.00")
