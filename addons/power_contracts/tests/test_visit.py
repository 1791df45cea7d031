from datetime import date, datetime, timedelta
from unittest.mock import patch

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
    def test_a_test_due_stands_on_one_list(self):
        """Insulation and windings are due at once: the first visit has them, or who follows it."""
        first, second, third, _last = self._open().visit_ids.sorted("date_due")
        codes = {visit: set(visit.test_ids.type_id.mapped("code")) for visit in first + second}
        self.assertEqual(codes[first], {"look", "insulation", "winding"})
        self.assertEqual(codes[second], {"look"})
        first.action_refuse()
        self.assertEqual(len(second.test_ids), 3, "the next visit takes them over")
        self.assertEqual(len(third.test_ids), 1)
        first.action_replan()
        self._finish(first, date(2026, 1, 10))
        self.assertEqual(second.test_ids.type_id.mapped("code"), ["look"], "done before")

    @freeze_time("2026-01-10")
    def test_a_test_is_of_the_day_it_is_done(self):
        """Planned from 1 January on, entered on 1 September: the next ones are due from then."""
        visit = self._open().visit_ids.sorted("date_due")[0]
        test = visit.test_ids.filtered(lambda item: item.type_id.code == "insulation")
        self.assertFalse(test.date)
        with freeze_time("2026-09-01 03:00:00"):
            with self.assertRaisesRegex(ValidationError, "enter what was measured"):
                test.outcome = "taken"
            test.outcome = "open"
            test.value = 1500
            self.assertEqual((test.outcome, test.date), ("taken", date(2026, 9, 1)))
            due = self.transformer.due_ids.filtered(lambda item: item.type_id == test.type_id)
            # every 36 months
            self.assertEqual(due.date_due, date(2029, 9, 1))

    @freeze_time("2026-01-10")
    def test_a_report_stays_as_it_was_signed(self):
        visit = self._open().visit_ids.sorted("date_due")[0]
        self._finish(visit, date(2026, 1, 10))
        for record, vals in (
            (visit, {"result": "Nothing"}),
            (visit, {"signed_by": "Somebody"}),
            (visit.test_ids[0], {"value": 9999}),
        ):
            with self.assertRaisesRegex(UserError, "stays as it is"):
                record.write(vals)
        with self.assertRaisesRegex(UserError, "stays as it is"):
            visit.test_ids[0].unlink()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            visit.action_fill_check_list()
            self._create_test(self.transformer, "look", date(2026, 1, 10), visit_id=visit.id)

    def test_days_are_those_of_the_utility(self):
        """17:00 UTC of 31 January is 1 February in Shanghai: what was due in January is late."""
        self.bureau.power_tz = "Asia/Shanghai"
        with freeze_time("2026-01-10"):
            visit = self._open().visit_ids.sorted("date_due")[0]
        visits = self.env["power.contract.visit"].with_context(tz="UTC")
        own = [("id", "=", visit.id), ("is_late", "=", True)]
        with freeze_time("2026-01-31 15:00:00"):
            self.assertFalse(visits.search(own))
            visits._mark_missed()
            self.assertEqual(visit.state, "planned")
        with freeze_time("2026-01-31 17:00:00"):
            self.assertTrue(visits.search(own))
            visits._mark_missed()
            self.assertEqual(visit.state, "missed")

    @freeze_time("2026-01-10")
    def test_work_beyond_the_contract_is_quoted_from_the_visit(self):
        """The crew drafts it with the parts used; whoever answers is told."""
        visit = self._open().visit_ids.sorted("date_due")[0]
        fuse = self.env["product.product"].create({"name": "Fuse", "list_price": 45})
        visit.part_ids = [(0, 0, {"product_id": fuse.id, "quantity": 3})]
        answer = visit.with_user(self.crew).action_quote()
        self.assertEqual(answer["tag"], "display_notification")
        order = self.env["sale.order"].search([("power_visit_id", "=", visit.id)])
        parts = order.order_line.filtered(lambda line: line.product_id == fuse)
        self.assertEqual((parts.product_uom_qty, parts.price_unit), (3, 45))
        self.assertEqual((order.partner_id, visit.quote_count), (self.customer, 1))

    @freeze_time("2026-01-10")
    def test_equipment_of_a_branch_is_visited(self):
        branch = self._create_customer(
            "Taihu Steel, Binhu", parent_id=self.customer.id, company_id=self.bureau.id
        )
        # a branch is a contact of its company
        branch.is_company = False
        point = self._create_point(branch)
        grid = self._create_equipment("earthing", name="Grid", supply_point_id=point.id)
        line = {"price": 600, "visit_months": 1, "recurring_invoicing_type": "post-paid"}
        contract = self._create_contract(
            [("maintenance", line)], equipment_ids=[(6, 0, (grid + self.transformer).ids)]
        )
        contract.action_open()
        self.assertIn(grid, contract.visit_ids.equipment_ids)

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
        self.assertFalse(visit.proposed_date or visit.activity_ids)
        told = visit.message_ids.filtered(lambda item: self.customer in item.partner_ids)
        self.assertIn("02/12/2026", told.body)
        visit._propose(date(2026, 2, 20), partner=self.customer)
        visit.action_keep_day()
        self.assertEqual(visit.date_planned.date(), date(2026, 2, 12))
        self.assertFalse(visit.proposed_date or visit.activity_ids)
        told = visit.message_ids.filtered(lambda item: self.customer in item.partner_ids) - told
        self.assertIn("stays", told.body)

    @freeze_time("2026-01-10")
    def test_a_proposed_day_is_one_of_the_utility(self):
        """07:30 in Shanghai is 23:30 UTC of the day before; the visit stays at 07:30."""
        self.bureau.power_tz = "Asia/Shanghai"
        visit = self._open().visit_ids.sorted("date_due")[1]
        # 1 February is a Sunday; at nine on Monday, whatever the clocks of the server show
        self.assertEqual(visit.date_planned, datetime(2026, 2, 2, 1, 0))
        visit.date_planned = datetime(2026, 1, 31, 23, 30)
        visit._propose(date(2026, 2, 12))
        visit.action_accept_proposal()
        self.assertEqual(visit.date_planned, datetime(2026, 2, 11, 23, 30))
        self.assertEqual(visit._format_planned_day(), "02/12/2026")

    @freeze_time("2026-01-10")
    def test_one_that_fails_does_not_stop_the_others(self):
        """What keeps a visit from being marked missed is told; the rest of the night goes on."""
        first, second, *_rest = self._open().visit_ids.sorted("date_due")
        first.contract_id.user_id = self.crew
        hand_on, reason = type(first)._hand_on_tests, "No list today"

        def fail(visits):
            if first in visits:
                raise UserError(reason)
            return hand_on(visits)

        with freeze_time("2026-03-10"), patch.object(type(first), "_hand_on_tests", fail):
            first._mark_missed()
        self.assertEqual((first.state, second.state), ("planned", "missed"))
        self.assertIn("No list today", "".join(first.contract_id.activity_ids.mapped("note")))

    @freeze_time("2026-01-10")
    def test_planned_anew_has_a_day_to_come(self):
        contract = self._open()
        contract.user_id = self.crew
        visit = contract.visit_ids.sorted("date_due")[0]
        with freeze_time("2026-02-10"):
            visit._mark_missed()
            self.assertEqual((visit.state, visit.activity_ids.user_id), ("missed", self.crew))
            action = visit.action_plan_anew()
            wizard = self.env[action["res_model"]].with_context(**action["context"]).create({})
            self.assertEqual(wizard.date_planned.date(), date(2026, 2, 11), "tomorrow")
            wizard.date_planned = "2026-02-09 08:00:00"
            with self.assertRaisesRegex(UserError, "day to come"):
                wizard.action_replan()
            wizard.write({"date_planned": "2026-02-20 08:00:00", "deadline": date(2026, 2, 28)})
            wizard.action_replan()
            self.assertEqual((visit.state, visit.deadline), ("planned", date(2026, 2, 28)))
            self.assertFalse(visit.activity_ids)
            visit._mark_missed()
            self.assertEqual(visit.state, "planned")

    @freeze_time("2026-01-10")
    def test_report_is_mailed(self):
        visit = self._open().visit_ids.sorted("date_due")[0]
        self._finish(visit, date(2026, 1, 10))
        visit._send_report()
        self.assertIn("hand over", visit.message_ids[0].body)
        self.customer.email = "taihu@example.com"
        before = self.env["mail.mail"].search([], order="id desc", limit=1).id or 0
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        woken = [("cron_id", "=", queue.id)]
        triggers = self.env["ir.cron.trigger"].search_count(woken)
        visit._send_report()
        self.assertGreater(
            self.env["ir.cron.trigger"].search_count(woken), triggers, "at once, not in an hour"
        )
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

    # === DOUBLE-BOOKED === #

    def _read_clash(self, visit):
        """What the form says; the filter finds the same."""
        visit.invalidate_recordset(["has_clash", "clash_note"])
        self.assertEqual(
            visit.has_clash, visit in visit.search([("has_clash", "=", True)]), visit.clash_note
        )
        return visit.clash_note or ""

    @freeze_time("2026-01-10")
    def test_nobody_is_at_two_places(self):
        """Two hours each; one after the other is no clash. Nor can who is away come."""
        visit = self._open().visit_ids.sorted("date_due")[1]
        begin, end = visit.date_planned, visit.date_end
        self.assertFalse(self._read_clash(visit))
        line = {"visit_months": 1, "recurring_invoicing_type": "post-paid"}
        twin = self._create_contract([("training", line)], crew_user_id=self.crew.id)
        twin.action_open()
        other = twin.visit_ids.sorted("date_due")[1]
        self.assertEqual(other.date_planned, end, "planned after the first one by itself")
        self.assertFalse(self._read_clash(visit))
        other.date_planned = begin + timedelta(hours=1)
        self.assertIn(other.name, self._read_clash(visit))
        other.date_planned = end
        record = self._create_record(
            self.customer, name="Inspection", user_id=self.crew.id, date_planned=begin
        )
        self.assertIn("Inspection", self._read_clash(visit))
        record.action_cancel()
        self.assertFalse(self._read_clash(visit))
        person = self.env["resource.resource"].create(
            {"name": "Crew", "user_id": self.crew.id, "company_id": self.bureau.id}
        )
        self.env["resource.calendar.leaves"].create(
            {"name": "Ill", "resource_id": person.id, "date_from": begin, "date_to": end}
        )
        self.assertIn("Away", self._read_clash(visit))
        self.assertNotIn("Ill", visit.clash_note)
        wizard = self.env["power.contract.visit.replan"].create({"visit_id": visit.id})
        wizard.date_planned = begin
        self.assertIn("Away", wizard.clash_note)
        visit.user_id = False
        self.assertFalse(self._read_clash(visit))

    @freeze_time("2026-01-10")
    def test_planned_when_the_technician_is_free(self):
        """Eight hours of work; away until ten on Wednesday 4 February, Thursday is a holiday.

        In January, whose visit is due since the 1st, the next working day is Monday the 12th.
        """
        person = self.env["resource.resource"].create(
            {"name": "Crew", "user_id": self.crew.id, "company_id": self.bureau.id}
        )
        zone = self.bureau._get_power_midnight
        self.env["resource.calendar.leaves"].create(
            {
                "resource_id": person.id,
                "date_from": zone(date(2026, 2, 1)),
                "date_to": zone(date(2026, 2, 4)) + timedelta(hours=10),
            }
        )
        self.env["power.workday"].create(
            {
                "name": "Day",
                "company_id": self.bureau.id,
                "date": "2026-02-05",
                "kind": "holiday",
            }
        )
        january, february, *_rest = self._open(visit_hours=8).visit_ids.sorted("date_due")
        self.assertEqual(january.date_planned, zone(date(2026, 1, 12)) + timedelta(hours=9))
        # the 4th has seven hours left, the 5th is a holiday
        self.assertEqual(february.date_planned, zone(date(2026, 2, 6)) + timedelta(hours=9))
        self.assertFalse(february.has_clash)

    # === ENTITLEMENT === #

    @freeze_time("2026-01-10")
    def test_the_service_desk_asks(self):
        """By remote call, and on what it writes about the customer; only of what it may read."""
        contract = self._create_contract(
            [("on_call", {"calls_included": 2, "recurring_rule_type": "yearly"})]
        )
        contract.action_open()
        agent = self._create_user("agent")
        ask = self.env["contract.contract"].with_user(agent).get_entitlement
        self.assertEqual(
            ask("power.equipment", self.transformer.id),
            {
                "covered": True,
                "contract_id": contract.id,
                "contract": contract.code,
                "line_id": contract.contract_line_ids.id,
                "until": "2026-12-31",
                "left": 2,
                "response_hours": 1.0,
                "only": [],
                "text": f"{contract.code}, “on_call”; calls left: 2; until 2026-12-31; "
                "on site within 1 h",
            },
        )
        product = contract.contract_line_ids.product_id
        self.assertTrue(ask("power.supply.point", self.point.id, product.id)["covered"])
        later = ask("power.equipment", self.transformer.id, "maintenance", "2027-01-01")
        self.assertEqual((later["covered"], later["contract_id"]), (False, False))
        for wrong in (("res.partner", self.customer.id), ("power.equipment", 1, "repairs")):
            with self.assertRaises(UserError):
                ask(*wrong)
        stranger = self._create_user("portal", groups="base.group_portal")
        with self.assertRaises(AccessError):
            contract.with_user(stranger).get_entitlement("power.equipment", self.transformer.id)
        record = self._create_record(self.customer, kind="demand", supply_point_id=self.point.id)
        self.assertIn("calls left: 2", record.with_user(agent).service_cover_note)

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
        # Its point is covered in part; wholly, once all that stands there is named or nothing is.
        contract.supply_point_ids = False
        self.assertEqual(ask(self.point, "maintenance").only, self.transformer)
        contract.equipment_ids += cable
        self.assertEqual(ask(self.point, "maintenance").covered, True)
        self.assertFalse(ask(self.point, "maintenance").only)
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
        full = self.assertRaisesRegex(UserError, "includes 2 calls a year and all are taken")
        with full, self.env.cr.savepoint():
            contract.visit_ids[0].copy()
        contract.visit_ids[0]._set_state("cancelled")
        self.assertEqual(ask(self.transformer, "maintenance").left, 1)
        contract.contract_line_ids.calls_unlimited = True
        self.assertIsNone(ask(self.transformer, "maintenance").left)
        contract.action_suspend(date(2026, 1, 10))
        self.assertFalse(ask(self.transformer, "maintenance").covered)
