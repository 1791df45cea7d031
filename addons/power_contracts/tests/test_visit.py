from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import ContractsCase


@tagged("post_install", "-at_install")
class TestVisit(ContractsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._prepare_accounts()
        cls.crew = cls._create_user("crew")

    def _open(self, **line):
        contract = self._create_contract(
            [
                (
                    "maintenance",
                    {
                        "price": 600,
                        "visit_months": 1,
                        "recurring_invoicing_type": "post-paid",
                        **line,
                    },
                )
            ],
            crew_user_id=self.crew.id,
        )
        contract.action_open()
        return contract

    def _finish(self, visit, day):
        for test in visit.test_ids:
            test.write({"outcome": "taken", "date": day, "value": 2000, "looks": "good"})
        visit.date_done = day
        visit._set_state("done")

    @freeze_time("2026-01-10")
    def test_planned_ahead(self):
        contract = self._open()
        # Three months ahead of 10 January is 10 April.
        self.assertEqual(
            sorted(contract.visit_ids.mapped("date_due")),
            [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)],
        )
        contract._plan_visits()
        self.assertEqual(len(contract.visit_ids), 4, "planning twice plans once")
        first = contract.visit_ids.sorted("date_due")[0]
        self.assertEqual(first.deadline, date(2026, 1, 31))
        self.assertEqual(first.user_id, self.crew)

    @freeze_time("2026-01-10")
    def test_all_at_the_supply_point_is_visited(self):
        contract = self._open()
        contract.equipment_ids = False
        contract.term_end = False
        visits = contract.contract_line_ids._generate_visits(date(2026, 5, 1))
        self.assertEqual(visits.date_due, date(2026, 5, 1))
        self.assertEqual(visits.equipment_ids, self.transformer)

    @freeze_time("2026-01-10")
    def test_check_list_by_kind(self):
        visit = self._open().visit_ids.sorted("date_due")[0]
        # By eye at every visit; insulation and windings are due since March 2023.
        self.assertEqual(
            set(visit.test_ids.type_id.mapped("code")), {"look", "insulation", "winding"}
        )
        with self.assertRaisesRegex(UserError, "3 checks are still to do"):
            visit.action_done()
        self._finish(visit, date(2026, 1, 10))
        self.assertEqual(self.transformer.next_test_date, date(2029, 1, 10))
        self.assertEqual(visit.date_done, date(2026, 1, 10))

    @freeze_time("2026-01-10")
    def test_only_visits_done_are_invoiced(self):
        """600.00 a visit. January is done; February's is missed; March does both."""
        contract = self._open()
        line = contract.contract_line_ids
        january, february, march, _april = contract.visit_ids.sorted("date_due")
        self._finish(january, date(2026, 1, 10))
        with freeze_time("2026-03-05"):
            invoice = contract._recurring_create_invoice(date(2026, 2, 1))
            self.assertEqual(invoice.amount_untaxed, 600)
            self.assertEqual(january.invoice_line_id.move_id, invoice)
            with self._no_commit():
                self.env["power.contract.visit"]._mark_missed()
            self.assertEqual((february.state, march.state), ("missed", "planned"))
            self.assertFalse(contract._recurring_create_invoice(date(2026, 3, 1)))
            self.assertEqual(line.last_date_invoiced, date(2026, 2, 28))
        with freeze_time("2026-03-20"):
            february.action_replan()
            self._finish(february, date(2026, 3, 18))
            self._finish(march, date(2026, 3, 19))
            invoice = contract._recurring_create_invoice(date(2026, 4, 1))
        self.assertEqual(invoice.amount_untaxed, 1200)
        self.assertEqual(invoice.invoice_line_ids.quantity, 2)
        with freeze_time("2026-05-01"):
            self.assertFalse(contract._recurring_create_invoice(date(2026, 5, 1)))

    @freeze_time("2026-01-10")
    def test_suspension_plans_no_visits(self):
        contract = self._open()
        with freeze_time("2026-01-20"):
            contract.action_suspend()
        states = contract.visit_ids.sorted("date_due").mapped("state")
        self.assertEqual(states, ["planned", "cancelled", "cancelled", "cancelled"])

    @freeze_time("2026-01-10")
    def test_customer_proposes_another_day(self):
        visit = self._open().visit_ids.sorted("date_due")[1]
        with self.assertRaisesRegex(UserError, "day to come"):
            visit._propose(date(2026, 1, 9))
        visit._propose(date(2026, 2, 12), "Maintenance week")
        self.assertIn(self.crew, visit.activity_ids.user_id)
        visit.action_accept_proposal()
        self.assertEqual(visit.date_planned.date(), date(2026, 2, 12))
        self.assertFalse(visit.proposed_date)

    @freeze_time("2026-01-10")
    def test_report_is_mailed(self):
        visit = self._open().visit_ids.sorted("date_due")[0]
        self.customer.email = "taihu@example.com"
        self._finish(visit, date(2026, 1, 10))
        before = self.env["mail.mail"].search([], order="id desc", limit=1).id or 0
        visit._send_report()
        mail = self.env["mail.mail"].search([("id", ">", before)])
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertEqual(len(mail.attachment_ids), 1)

    @freeze_time("2026-01-10")
    def test_crew_writes_its_own(self):
        first, second, *_rest = self._open().visit_ids.sorted("date_due")
        second.user_id = self._create_user("crew")
        first.with_user(self.crew).result = "All clean"
        with self.assertRaises(AccessError):
            second.with_user(self.crew).result = "Not mine"

    @freeze_time("2026-01-10")
    def test_wrong_line_is_refused(self):
        one = self._open()
        two = self._create_contract([("training", {})])
        with self.assertRaisesRegex(ValidationError, "is not one of"):
            self.env["power.contract.visit"].create(
                {"contract_id": one.id, "contract_line_id": two.contract_line_ids.id}
            )

    # === ENTITLEMENT === #

    @freeze_time("2026-01-10")
    def test_entitlement(self):
        contract = self._create_contract(
            [("on_call", {"calls_included": 2, "recurring_rule_type": "yearly"})]
        )
        ask = self.env["contract.contract"]._get_entitlement
        self.assertFalse(ask(self.transformer, "maintenance").covered, "a draft covers nothing")
        contract.action_open()
        answer = ask(self.transformer, "maintenance")
        self.assertEqual(
            (answer.covered, answer.contract, answer.until, answer.left, answer.response_hours),
            (True, contract, date(2026, 12, 31), 2, 1.0),
        )
        self.assertTrue(ask(self.point, contract.contract_line_ids.product_id).covered)
        self.assertFalse(ask(self.transformer, "training").covered)
        self.assertFalse(ask(self.transformer, "maintenance", date(2027, 1, 1)).covered)
        cable = self._create_equipment("cable", name="Cable")
        self.assertFalse(ask(cable, "maintenance").covered, "only the transformer is named")
        for day in (date(2026, 1, 5), date(2026, 1, 8)):
            self.env["power.contract.visit"].create(
                {
                    "contract_id": contract.id,
                    "contract_line_id": contract.contract_line_ids.id,
                    "date_due": day,
                }
            )
        answer = ask(self.transformer, "maintenance")
        self.assertEqual((answer.covered, answer.left), (False, 0))
        contract.visit_ids[0]._set_state("cancelled")
        self.assertEqual(ask(self.transformer, "maintenance").left, 1)
        contract.contract_line_ids.calls_unlimited = True
        self.assertIsNone(ask(self.transformer, "maintenance").left)
        contract.action_suspend(date(2026, 1, 10))
        self.assertFalse(ask(self.transformer, "maintenance").covered)
