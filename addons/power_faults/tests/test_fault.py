from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import NOON, FaultCase


@tagged("post_install", "-at_install")
class TestFault(FaultCase):
    """What a fault knows by itself, its moves, and how urgent it is."""

    def test_what_the_point_tells(self):
        fault = self._create_fault()
        self.assertEqual(fault.partner_id, self.household)
        self.assertEqual(fault.area_kind, "urban")
        self.assertEqual(fault.address, "Canal Road 5")
        self.assertEqual(fault.phone, "+86 158 7319 4286")
        self.assertRegex(fault.name, r"^F\d{4}\d{6}$")

    def test_a_caller_without_a_point(self):
        fault = self._create_fault(
            address="Bridge over the canal", phone="13900002222", contact_name="A passer-by"
        )
        self.assertFalse(fault.partner_id)
        self.assertEqual(fault.phone, "+86 139 0000 2222")
        self.assertEqual(fault.company_id, self.bureau)

    def test_a_number_that_is_none_does_not_stop_a_report(self):
        fault = self._create_fault(address="Canal", phone="the red house")
        self.assertEqual(fault.phone, "the red house")

    def test_a_point_of_another_customer_is_refused(self):
        other = self._create_customer("Somebody else")
        with self.assertRaises(ValidationError):
            self._create_fault(partner_id=other.id)

    def test_the_whole_way_is_stamped(self):
        with freeze_time(NOON):
            fault = self._create_fault()
        desk = fault.with_user(self.dispatcher)
        with freeze_time("2026-11-20 04:01:00"):
            desk.action_accept()
        with freeze_time("2026-11-20 04:02:00"):
            desk.crew_id = self.crew
        self.assertEqual(fault.state, "dispatched")
        self.assertEqual(fault.user_id, self.dispatcher)
        with freeze_time("2026-11-20 04:30:00"):
            self._drive(fault, "arrived")
        with freeze_time("2026-11-20 05:15:00"):
            self._drive(fault.with_user(self.boss), "restored")
        self.assertEqual(fault.minutes_worked, 45)
        self.assertEqual(fault.restored_crew_id, self.crew)
        with freeze_time("2026-11-20 06:00:00"):
            desk.action_confirm_yes()
        self.assertEqual(fault.state, "closed")
        self.assertEqual(
            fault.move_ids.mapped("state_to"),
            ["reported", "accepted", "dispatched", "arrived", "restored", "confirmed", "closed"],
        )
        accepted = fault.move_ids.filtered(lambda move: move.state_to == "accepted")
        self.assertEqual(accepted.user_id, self.dispatcher)
        self.assertEqual(str(accepted.date), "2026-11-20 04:01:00")

    def test_the_customers_own_equipment_ends_here(self):
        """The caller is told, nothing is promised any more, and no crew goes."""
        fault = self._drive(self._create_fault(), "accepted")
        fault.with_user(self.dispatcher).action_transfer()
        self.assertEqual((fault.state, bool(fault.date_closed)), ("transferred", True))
        told = fault.message_ids.filtered(lambda message: message.message_type == "sms")
        self.assertIn("own equipment", " ".join(told.mapped("body")))
        left = fault.clock_ids.filtered(lambda clock: clock.event != "accept")
        self.assertEqual(set(left.mapped("state")), {"void"})
        with self.assertRaises(UserError):
            fault.with_user(self.dispatcher).action_accept()

    def test_no_step_is_left_out(self):
        fault = self._create_fault()
        for target in ("dispatched", "arrived", "restored", "confirmed", "closed"):
            with self.subTest(target=target), self.assertRaises(UserError):
                fault.state = target
        fault.action_cancel()
        for target in ("reported", "accepted", "closed"):
            with self.subTest(target=target), self.assertRaises(UserError):
                fault.state = target

    def test_no_crew_no_dispatch(self):
        fault = self._drive(self._create_fault(), "accepted")
        with self.assertRaisesRegex(UserError, "choose the crew"):
            fault.state = "dispatched"

    def test_no_cause_no_closing(self):
        fault = self._drive(self._create_fault(), "accepted", "dispatched", "arrived", "restored")
        fault.cause_id = False
        fault.proof_ids._take_answer("yes")
        self.assertEqual(fault.state, "confirmed")
        with self.assertRaisesRegex(UserError, "without a cause"):
            fault.action_close()
        fault.cause_id = self.cause
        fault.action_close()
        self.assertEqual(fault.cause_group_id, self.env.ref("power_faults.cause_equipment"))

    def test_no_proof_no_closing(self):
        fault = self._drive(self._create_fault(), "accepted", "dispatched", "arrived", "restored")
        for target in ("confirmed", "closed"):
            with self.subTest(target=target), self.assertRaisesRegex(UserError, "nobody without"):
                fault.with_user(self.dispatcher).write({"state": target})
        fault.with_user(self.dispatcher).action_confirm_yes()
        self.assertEqual((fault.state, fault.proof_kind), ("closed", "callback"))

    def test_what_was_reported_is_never_deleted(self):
        with self.assertRaisesRegex(UserError, "Cancel it instead"):
            self._create_fault().unlink()

    def test_causes_have_two_levels(self):
        with self.assertRaises(ValidationError):
            self.env["power.fault.cause"].create(
                {"name": "Third", "code": "E7x", "parent_id": self.cause.id}
            )

    def test_open_and_not_open_are_searched_as_they_are(self):
        fault, gone = self._create_fault(), self._create_fault()
        gone.action_cancel()
        both = fault | gone
        domain = [("id", "in", both.ids)]
        faults = self.env["power.fault"]
        self.assertEqual(faults.search([*domain, ("is_open", "=", True)]), fault)
        self.assertEqual(faults.search([*domain, ("is_open", "=", False)]), gone)
        self.assertEqual(faults.search([*domain, ("is_open", "in", [True, False])]), both)

    # === PRIORITY === #

    def test_danger_goes_first_and_alarms(self):
        fault = self._create_fault(symptom="fallen_wire")
        self.assertTrue(fault.danger)
        self.assertEqual(fault.priority, "3")
        self.assertIn("Danger to life", fault.priority_note)
        alarm = fault.activity_ids.filtered(
            lambda activity: (
                activity.activity_type_id == self.env.ref("power_faults.mail_activity_type_urgent")
            )
        )
        self.assertEqual(alarm.user_id, self.dispatcher)
        fault.with_user(self.dispatcher).action_accept()
        self.assertFalse(fault.activity_ids, "What is accepted rings no longer.")

    def test_a_hospital_jumps_the_queue(self):
        """First-level customer: 60 points by the shipped table, which is from 50 on “High”;
        with somebody on life support 100 more, which is urgent. The service level, which may
        follow from either, is left aside."""
        levels = self.env["power.fault.priority.rule"].search([("fact", "=", "service_level")])
        levels.active = False
        hospital = self._create_customer("Hospital", power_important_level="first")
        ward = self._create_point(hospital, area_id=self.town.id)
        normal = self._create_fault()
        high = self._create_fault(supply_point_id=ward.id)
        self.assertEqual((normal.priority, high.priority), ("0", "2"))
        self.assertEqual(high.priority_points, 60)
        self.assertEqual(high.activity_ids.user_id, self.dispatcher, "It alarms.")
        self.assertFalse(normal.activity_ids)
        faults = self.env["power.fault"].search([("id", "in", (normal | high).ids)])
        self.assertEqual(faults[0], high)
        ward.life_support = True
        again = self._create_fault(supply_point_id=ward.id)
        # 60 (first level) + 100 (life support) + 20 (reported once already).
        self.assertEqual((again.priority, again.priority_points), ("3", 180))
        self.assertEqual(len(again.priority_note.splitlines()), 3)

    def test_what_becomes_urgent_alarms_then(self):
        fault = self._create_fault()
        fault.description = "Hums"
        self.assertFalse(fault.activity_ids)
        fault.danger = True
        fault.symptom = "sparks"
        kind = self.env.ref("power_faults.mail_activity_type_urgent")
        self.assertEqual(fault.activity_ids.activity_type_id, kind)
        self.assertEqual(len(fault.activity_ids), 1)
        second = self._create_customer("Works", power_important_level="second")
        other = self._create_fault()
        other.supply_point_id = self._create_point(second, area_id=self.town.id)
        self.assertEqual(len(other.activity_ids), 1)

    def test_the_same_place_again_is_raised(self):
        self._create_fault()
        second = self._create_fault()
        self.assertEqual((second.priority, second.priority_points), ("1", 20))

    def test_cancelled_reports_are_no_repeats(self):
        self._create_fault().action_cancel()
        self.assertEqual(self._create_fault().priority, "0")

    def test_own_points_of_a_bureau(self):
        self.env["power.fault.priority.rule"].create(
            {
                "fact": "customers",
                "threshold": 1,
                "points": 55,
                "company_id": self.bureau.id,
            }
        )
        self.assertEqual(self._create_fault().priority, "2")

    def test_the_form_opens_and_saves(self):
        with Form(self.env["power.fault"].with_user(self.dispatcher)) as form:
            form.supply_point_id = self.point
            form.symptom = "sparks"
        fault = form.record
        self.assertTrue(fault.danger)
        self.assertEqual(fault.state, "reported")

    @freeze_time(NOON)
    def test_repair_is_recorded(self):
        fault = self._create_fault()
        fault.write({"part_ids": [(0, 0, {"name": "Fuse 100 A", "quantity": 3, "unit": "pcs"})]})
        self.assertEqual(fault.part_ids.company_id, self.bureau)
