from datetime import date, datetime

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.power_contracts.tests.common import ContractsCase


@tagged("post_install", "-at_install")
class TestFaultCover(ContractsCase):
    """A fault in the customer's own equipment: covered by a contract, or quoted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bureau.power_tz = "Asia/Shanghai"
        cls.seller = new_test_user(
            cls.env,
            "cover_manager",
            groups="power_crm.group_account_manager",
            company_id=cls.bureau.id,
            company_ids=[(6, 0, cls.bureau.ids)],
        )
        cls.agent = new_test_user(
            cls.env,
            "cover_agent",
            groups="power_crm.group_dispatcher",
            company_id=cls.bureau.id,
            company_ids=[(6, 0, cls.bureau.ids)],
        )
        cls.bureau.power_quote_user_id = cls.seller

    def _create_fault(self, **vals):
        return self.env["power.fault"].create(
            {
                "symptom": "no_power",
                "supply_point_id": self.point.id,
                "company_id": self.bureau.id,
                "date_reported": datetime(2026, 6, 1, 2, 0),
                **vals,
            }
        )

    def _open_contract(self, calls=2, **vals):
        line = {"calls_included": calls, "recurring_rule_type": "yearly", **vals}
        contract = self._create_contract([("on_call", line)])
        contract._set_state("open")
        return contract

    def test_without_contract(self):
        fault = self._create_fault()
        self.assertEqual(fault.service_cover, "none")
        with self.assertRaisesRegex(UserError, "no contract covers"):
            fault.action_call_under_contract()

    @freeze_time("2026-06-01 03:00:00")
    def test_calls_are_taken_from_the_contract(self):
        contract = self._open_contract(calls=2)
        first, second, third = (self._create_fault() for _number in range(3))
        self.assertEqual(
            (first.service_cover, first.service_until, first.service_left),
            ("covered", date(2026, 12, 31), "2"),
        )
        first.action_call_under_contract()
        self.assertEqual(first.visit_ids.contract_id, contract)
        self.assertEqual(first.visit_ids.origin, "call")
        second.action_call_under_contract()
        third.invalidate_recordset()
        # two of two calls are taken
        self.assertEqual((third.service_cover, third.service_left), ("used", "0"))
        with self.assertRaises(UserError):
            third.action_call_under_contract()

    @freeze_time("2026-06-01 03:00:00")
    def test_equipment_named_alone_is_some_of_the_point(self):
        """A contract of the transformer alone, without its supply point; a cable stands beside."""
        cable = self._create_equipment("cable", name="Cable")
        contract = self._open_contract(calls=2)
        contract.supply_point_ids = False
        fault = self._create_fault()
        self.assertEqual(
            (fault.service_cover, fault.service_only), ("part", self.transformer.display_name)
        )
        with self.assertRaisesRegex(UserError, "Choose the faulty equipment"):
            fault.action_call_under_contract()
        fault.equipment_id = cable
        self.assertEqual(fault.service_cover, "none")
        fault.equipment_id = self.transformer
        self.assertEqual((fault.service_cover, fault.service_only), ("covered", ""))
        fault.action_call_under_contract()
        self.assertEqual(fault.visit_ids.equipment_ids, self.transformer)

    def test_visits_planned_are_no_calls(self):
        self._open_contract(calls=0, visit_months=1, recurring_invoicing_type="post-paid")
        self.assertEqual(self._create_fault().service_cover, "none")

    def test_day_of_the_report_is_the_utility_s(self):
        self._open_contract(calls_unlimited=True)
        # 31 December 2026, 23:30 in Shanghai; and an hour later, when the contract is over
        covered = self._create_fault(date_reported=datetime(2026, 12, 31, 15, 30))
        over = self._create_fault(date_reported=datetime(2026, 12, 31, 16, 30))
        self.assertEqual((covered.service_cover, over.service_cover), ("covered", "none"))
        self.assertEqual(covered.service_left, "without limit")

    def test_cause_says_whose_equipment_it_is(self):
        fault = self._create_fault()
        self.assertFalse(fault.is_beyond_boundary)
        cause = self.env["power.fault.cause"].search(
            [("parent_id", "!=", False), ("responsible", "=", "customer")], limit=1
        )
        fault.cause_id = cause
        self.assertTrue(fault.is_beyond_boundary)

    def test_two_clicks_draft_a_quote(self):
        fault = self._create_fault(description="Smell from the cabinet")
        action = fault.with_user(self.agent).action_quote()
        wizard = (
            self.env["power.fault.quote"]
            .with_user(self.agent)
            .with_context(**action["context"])
            .create({})
        )
        answer = wizard.action_draft()
        order = fault.sale_order_ids
        self.assertEqual(order.partner_id, self.customer)
        self.assertEqual(order.power_supply_point_ids, self.point)
        self.assertEqual(
            order.order_line.product_id, self.env.ref("power_contracts.product_on_call")
        )
        self.assertEqual(order.activity_ids.user_id, self.seller)
        self.assertIn("Smell from the cabinet", "".join(order.message_ids.mapped("body")))
        self.assertTrue(fault.is_beyond_boundary)
        # who may not sell is told who answers
        self.assertEqual(answer["tag"], "display_notification")
        self.assertIn(order.name, answer["params"]["message"])
        self.assertIn(order.name, "".join(fault.message_ids.mapped("body")))
