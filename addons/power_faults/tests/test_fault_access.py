from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import FaultCase


@tagged("post_install", "-at_install")
class TestFaultAccess(FaultCase):
    """Roles, companies and customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env,
            "fault_wang",
            groups="base.group_portal",
            company_id=cls.bureau.id,
            company_ids=[Command.set(cls.bureau.ids)],
            partner_id=cls.household.id,
        )
        cls.stranger = cls._create_customer("Stranger Li", phone="13700007777")
        cls.stranger_point = cls._create_point(cls.stranger, area_id=cls.town.id)
        cls.own_fault = cls._create_fault()
        cls.other_fault = cls._create_fault(supply_point_id=cls.stranger_point.id)

    def _assert_refused(self, method, *args):
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            method(*args)

    def test_customers_see_their_own(self):
        faults = self.env["power.fault"].with_user(self.portal)
        self.assertEqual(
            faults.search([("id", "in", (self.own_fault | self.other_fault).ids)]), self.own_fault
        )
        self._assert_refused(self.other_fault.with_user(self.portal).read, ["name"])
        self._assert_refused(self.own_fault.with_user(self.portal).write, {"danger": True})
        self._assert_refused(self.own_fault.with_user(self.portal).action_cancel)

    def test_customers_read_all_of_their_own(self):
        self.env.invalidate_all()
        fault = self.own_fault.with_user(self.portal)
        own = [name for name in fault.fields_get() if not name.startswith(("activity_", "message"))]
        values = fault.read(own)[0]
        self.assertEqual(values["name"], self.own_fault.name)
        self.assertNotIn("confirm_hash", values)
        for name in ("report_key", "clock_ids", "proof_ids", "priority_note", "part_ids"):
            self.assertNotIn(name, values)

    def test_photos_follow_the_fault(self):
        png = b"\x89PNG\r\n\x1a\n"
        self.own_fault._add_photo("photo_before_ids", "own.png", png)
        self.other_fault._add_photo("photo_before_ids", "other.png", png)
        self.env.invalidate_all()
        photo = self.other_fault.photo_before_ids
        self.assertEqual(photo.with_user(self.agent).read(["name"])[0]["name"], "other.png")
        self._assert_refused(photo.with_user(self.portal).read, ["name"])
        stranger = self._create_user("manager", company=self._create_bureau("Photo bureau"))
        alone = {"allowed_company_ids": stranger.company_id.ids}
        self._assert_refused(photo.with_user(stranger).with_context(**alone).read, ["name"])

    def test_customers_have_no_business_with_the_rest(self):
        for model in (
            "power.fault.clock",
            "power.fault.proof",
            "power.fault.move",
            "power.fault.hold",
            "power.fault.channel",
            "power.crew",
            "power.crew.action",
            "power.intake.hit",
            "power.fault.scorecard",
        ):
            with self.subTest(model=model):
                self.assertFalse(self.env[model].with_user(self.portal).has_access("read"))

    def test_the_board_is_no_channel_of_customers(self):
        groups = self.portal.all_group_ids
        for group in ("dispatcher", "agent"):
            self.assertNotIn(self.env.ref(f"power_crm.group_{group}"), groups)

    def test_crews_write_only_what_is_given_to_them(self):
        self._drive(self.own_fault, "accepted", "dispatched")
        self.own_fault.with_user(self.leader).action_arrive()
        self.assertEqual(self.own_fault.state, "arrived")
        self._assert_refused(self.other_fault.with_user(self.leader).write, {"danger": True})
        self.assertFalse(self.env["power.fault"].with_user(self.leader).has_access("create"))

    def test_each_move_has_its_role(self):
        """By remote call as by button: the desk sends, cancels and closes; crews mend."""
        fault = self.own_fault
        desk, agent, leader = (
            fault.with_user(user) for user in (self.dispatcher, self.agent, self.leader)
        )
        for action in ("action_accept", "action_cancel", "action_transfer"):
            self._assert_refused(getattr(agent, action))
        self._assert_refused(agent.write, {"crew_id": self.crew.id})
        desk.action_accept()
        desk.crew_id = self.crew
        self._assert_refused(leader.action_cancel)
        self._assert_refused(leader.write, {"crew_id": False})
        leader.with_context(power_move_date="2020-01-01 00:00:00").action_arrive()
        self.assertGreater(fault.date_arrived, fault.date_reported, "No date from outside.")
        self._drive(fault, "restored")
        self._assert_refused(leader.action_confirm_yes)
        self._assert_refused(agent.action_confirm_yes)

    def test_nobody_writes_what_the_gate_stamps(self):
        fault = self._drive(self.own_fault, "accepted", "dispatched", "arrived", "restored")
        early = "2020-01-01 00:00:00"
        for user in (self.leader, self.agent, self.dispatcher, self.boss):
            mine = fault.with_user(user)
            for vals in (
                {"date_arrived": early},
                {"date_reported": early},
                {"state": "arrived", "date_restored": early},
                {"is_refuted": True},
                {"proof_kind": "customer"},
                {"confirm_state": "done"},
            ):
                self._assert_refused(mine.write, vals)
            self._assert_refused(fault.proof_ids.with_user(user).write, {"answer": "yes"})
            self._assert_refused(
                self.env["power.fault.proof"].with_user(user).create,
                {"fault_id": fault.id, "kind": "customer", "answer": "yes"},
            )
        clock = fault.clock_ids[0].with_user(self.dispatcher)
        self._assert_refused(clock.write, {"is_late": False})
        self._assert_refused(clock.write, {"date_deadline": early})
        clock.breach_reason = "Road closed"
        other = self.other_fault
        hold_vals = {
            "fault_id": other.id,
            "reason_id": self.env.ref("power_faults.hold_no_access").id,
        }
        holds = self.env["power.fault.hold"].with_user(self.dispatcher)
        early_hold = self.assertRaisesRegex(UserError, "between its report and now")
        with early_hold, self.env.cr.savepoint():
            holds.create({**hold_vals, "date_from": early})
        hold = holds.create(hold_vals)
        self._assert_refused(hold.write, {"date_from": early})
        other.with_user(self.dispatcher).action_resume()
        self.assertTrue(hold.date_to)

    def test_agents_report_and_do_not_configure(self):
        fault = (
            self.env["power.fault"]
            .with_user(self.agent)
            .create({"supply_point_id": self.point.id, "company_id": self.bureau.id})
        )
        self.assertEqual(fault.state, "reported")
        promise = self.env.ref("power_faults.promise_arr_city")
        self._assert_refused(promise.with_user(self.agent).write, {"limit": 1})
        self._assert_refused(promise.with_user(self.dispatcher).write, {"limit": 1})
        promise.with_user(self.boss).limit = 44

    def test_another_bureau_sees_nothing(self):
        other = self._create_bureau("Other bureau")
        stranger = self._create_user("manager", company=other)
        alone = {"allowed_company_ids": other.ids}
        for model, field in (
            ("power.fault", "id"),
            ("power.fault.clock", "fault_id"),
            ("power.fault.move", "fault_id"),
        ):
            records = self.env[model].with_user(stranger).with_context(**alone)
            self.assertFalse(records.search([(field, "=", self.own_fault.id)]), model)
        crew = self.crew.with_user(stranger).with_context(**alone)
        self._assert_refused(crew.read, ["name"])
        tokens = self.env["power.fault.channel"].create(
            {"name": "App", "company_id": self.bureau.id}
        )
        self._assert_refused(tokens.with_user(stranger).with_context(**alone).action_renew_token)
        # The manager of the same bureau may not read the hash either.
        self._assert_refused(tokens.with_user(self.boss).read, ["token_hash"])

    def test_points_of_one_bureau_do_not_make_anothers_faults_urgent(self):
        other = self._create_bureau("Third bureau")
        self.env["power.fault.priority.rule"].create(
            {"fact": "customers", "threshold": 1, "points": 99, "company_id": other.id}
        )
        self.assertEqual(self.other_fault.priority, "0")
