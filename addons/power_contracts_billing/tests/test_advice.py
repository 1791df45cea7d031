from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import AdviceCase


@tagged("post_install", "-at_install")
class TestAdvice(AdviceCase):
    """A factory of 1000 kVA that pays by capacity and never needs more than 300 kW.

    Energy 0.60; capacity 26 yuan a kVA, demand 40 yuan a kW (whole months of the calendar).
    January: 100,000 kWh: 60,000 and 26,000. By the demand measured: 300 × 40 = 12,000, which is
    14,000 less; twelve times 168,000 a year.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.two_part = cls._create_tariff(
            "Two-part",
            prices=(
                ("energy", "Energy", 0.6),
                ("capacity", "Capacity", 26),
                ("demand", "Demand", 40),
            ),
        )
        cls.point = cls._create_point(
            tariff_id=cls.two_part.id,
            voltage_class="10kv",
            capacity_kva=1000,
            meter_vals={"number": "ADVICE", "initial_value": 0, "digits": 8},
        )
        cls.point.fact_ids = [
            Command.create(
                {"date_from": "2025-01-01", "demand_choice": "capacity", "pf_standard": False}
            )
        ]
        only_demand = dict.fromkeys(("sharp", "peak", "flat", "valley"), False)
        cls.env["power.meter.register.add"].create(
            {"meter_id": cls.point.meter_ids.id, "demand": True, **only_demand}
        ).action_add()
        cls.company.power_advice_load = 80

    def test_nothing_to_learn_from(self):
        with self.assertRaisesRegex(UserError, "no posted bill"):
            self._advise()

    def test_what_would_have_been_cheaper(self):
        bill = self._bill("2026-01-01", "2026-01-31", active=100000, demand=300)
        self.assertEqual(bill.amount_total, 86000)
        advice = self._advise()
        choice = self._get_measure(advice, "choice")
        # The contract demand cannot be below 40 % of 1000 kVA: 400 × 40 = 16,000. What was
        # measured is cheaper: 300 × 40 = 12,000, so 14,000 a month.
        self.assertEqual(choice.facts, {"demand_choice": "actual"})
        self.assertEqual(choice.saving, 168000)
        # 300 kW at 0.95 and 80 %: 394.7 kVA, so 400; 600 × 26 = 15,600 a month
        capacity = self._get_measure(advice, "capacity")
        self.assertEqual(capacity.facts, {"capacity_kva": "400"})
        self.assertEqual(capacity.saving, 187200)
        # One charge is lowered once: the better of the two is promised.
        self.assertEqual(advice.saving, 187200)
        advice.line_ids.is_chosen = True
        with self.assertRaisesRegex(UserError, "offer one"):
            advice.action_offer()

    def test_promise_is_checked_against_later_bills(self):
        self._bill("2026-01-01", "2026-01-31", active=100000, demand=300)
        advice = self._advise()
        advice.line_ids.is_chosen = False
        self._get_measure(advice, "choice").is_chosen = True
        self.assertEqual(advice.saving, 168000)
        advice.action_offer()
        self.assertEqual(advice.state, "offered")
        order = advice.sale_order_id
        self.assertEqual(order.partner_id, self.point.partner_id)
        self.assertEqual(order.power_supply_point_ids, self.point)
        self.assertIn("168,000.00", order.order_line.name)
        advice.date_applied = "2026-02-01"
        advice.action_apply()
        with self.assertRaisesRegex(UserError, "no bill since"):
            advice.action_check()
        self.point.fact_ids = [
            Command.create({"date_from": "2026-02-01", "demand_choice": "actual"})
        ]
        # February: 50,000 kWh and 350 kW: 30,000 + 14,000; by capacity it would be 56,000
        bill = self._bill("2026-02-01", "2026-02-28", active=150000, demand=350)
        self.assertEqual(bill.amount_total, 44000)
        advice.action_check()
        self.assertEqual(
            (advice.checked_months, advice.promised_so_far, advice.saved_so_far),
            (1, 14000, 12000),
        )

    def test_checked_by_itself_with_every_bill(self):
        """The first bill saves 12,000 of 14,000 promised: the adviser is told, once."""
        self._bill("2026-01-01", "2026-01-31", active=100000, demand=300)
        advice = self._advise()
        advice.line_ids.is_chosen = False
        self._get_measure(advice, "choice").is_chosen = True
        advice.action_offer()
        advice.sale_order_id.action_confirm()
        self.assertIn("from which day", advice.activity_ids.summary)
        advice.date_applied = "2026-02-01"
        advice.action_apply()
        self.assertFalse(advice.activity_ids)
        self._check_by_itself()
        self.assertEqual(advice.state, "applied", "no bill yet")
        self.point.fact_ids = [
            Command.create({"date_from": "2026-02-01", "demand_choice": "actual"})
        ]
        self._bill("2026-02-01", "2026-02-28", active=150000, demand=350)
        self._check_by_itself()
        self._check_by_itself()
        self.assertEqual((advice.state, advice.checked_months), ("checked", 1))
        self.assertEqual(advice.saved_so_far, 12000)
        [activity] = advice.activity_ids
        self.assertEqual(activity.summary, "Saves less than promised")
        self.assertIn("12,000.00", activity.note)
        # March: 200,000 − 150,000 kWh and 100 kW: by capacity 26,000, measured 4,000
        self._bill("2026-03-01", "2026-03-31", active=200000, demand=100)
        self._check_by_itself()
        self.assertEqual((advice.checked_months, advice.saved_so_far), (2, 34000))

    def _check_by_itself(self):
        crons = self.registry["ir.cron"]
        with patch.object(crons, "_commit_progress", lambda *args, **kwargs: 1):
            self.env["power.advice"]._cron_check_savings()

    def test_offered_advice_stays_as_it_is(self):
        self._bill("2026-01-01", "2026-01-31", active=100000, demand=300)
        advice = self._advise()
        advice.action_offer()
        with self.assertRaisesRegex(UserError, "offered already"):
            advice.action_reckon()
