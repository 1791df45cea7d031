import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import NOON, FaultCase

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestCrew(FaultCase):
    """Crews are proposed with a reason, and their telephone acts once however often it sends."""

    def _sent_fault(self):
        return self._drive(self._create_fault(), "accepted", "dispatched")

    def _act(self, key, fault, action, data=None, at=None, user=None):
        actions = self.env["power.crew.action"].with_user(user or self.leader)
        return actions._take(key, fault.with_user(user or self.leader), action, at, data or {})

    # === PROPOSALS === #

    def test_the_nearest_free_crew_is_proposed(self):
        """0.01° = 1.1 km away against 0.1° = 11.1 km."""
        now = fields.Datetime.now()
        self.crew.write({"latitude": 31.51, "longitude": 120.3, "date_position": now})
        far = self._create_crew("Far", latitude=31.6, longitude=120.3, date_position=now)
        self.point.write({"latitude": 31.5, "longitude": 120.3})
        fault = self._drive(self._create_fault(), "accepted")
        proposals = fault._propose_crews()
        self.assertEqual([p.key for p in proposals], [self.crew.id, far.id])
        self.assertEqual(fault.proposal_note, "North 1 · 1.1 km away · free")

    def test_who_is_on_shift_goes_first(self):
        """Friday and Saturday, 10:00 in Shanghai, by an office week and a round-the-clock crew."""
        self.crew.calendar_id = self.env["resource.calendar"].create(
            {"name": "Office", "tz": "Asia/Shanghai", "company_id": self.bureau.id}
        )
        always = self._create_crew("Always")
        busy = self._drive(self._create_fault(crew_id=always.id), "accepted", "dispatched")
        self.assertEqual(busy.crew_id, always)
        fault = self._drive(self._create_fault(), "accepted")
        for moment, first in (("2026-11-20 02:00:00", self.crew), ("2026-11-21 02:00:00", always)):
            with freeze_time(moment):
                self.env.invalidate_all()
                self.assertEqual(fault._propose_crews()[0].key, first.id)

    def test_an_old_position_is_none(self):
        self.crew.write(
            {
                "latitude": 31.51,
                "longitude": 120.3,
                "date_position": fields.Datetime.now() - timedelta(hours=5),
            }
        )
        fault = self._drive(self._create_fault(), "accepted")
        self.assertIn("position not known", fault.proposal_note)

    def test_the_wizard_sends_the_chosen_crew(self):
        fault = self._drive(self._create_fault(), "accepted").with_user(self.dispatcher)
        action = fault.action_dispatch()
        assign = (
            self.env["power.fault.assign"]
            .with_user(self.dispatcher)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(assign.crew_id, self.crew)
        self.assertEqual(assign.line_ids.crew_id, self.crew)
        assign.action_send()
        self.assertEqual((fault.state, fault.crew_id), ("dispatched", self.crew))

    def test_dragging_on_the_board(self):
        fault = self._create_fault()
        desk = fault.with_user(self.dispatcher)
        desk.crew_id = self.crew
        self.assertEqual(fault.state, "dispatched")
        self.assertTrue(fault.date_accepted)
        other = self._create_crew("South 1")
        desk.crew_id = other
        self.assertEqual((fault.state, fault.crew_id), ("dispatched", other))
        self.assertIn("North 1 → South 1", fault.move_ids.mapped("note"))
        self._drive(fault, "arrived")
        fault.check_ids = self.env["power.fault.check"].search([])
        desk.crew_id = self.crew
        self.assertEqual((fault.state, fault.check_ids.ids), ("dispatched", []))
        self.assertIn("South 1 → North 1", fault.move_ids.mapped("note"))
        desk.crew_id = False
        self.assertEqual((fault.state, fault.crew_id.id), ("accepted", False))

    def test_the_board_opens_what_no_crew_has(self):
        """Unless somebody has folded it."""
        fault = self._create_fault()

        def columns(opening_info):
            groups = self.env["power.fault"].web_read_group(
                [("company_id", "=", self.bureau.id)],
                ["crew_id"],
                auto_unfold=True,
                opening_info=opening_info,
                unfold_read_specification={"name": {}},
            )["groups"]
            return {group["crew_id"]: group.get("__records") for group in groups}

        self.assertEqual(columns(None)[False], [{"id": fault.id, "name": fault.name}])
        folded = {"value": False, "folded": True}
        self.assertIsNone(columns([folded])[False])

    # === THE TELEPHONE === #

    def test_the_whole_job_by_telephone(self):
        with freeze_time(NOON):
            fault = self._sent_fault()
        with freeze_time(NOON + timedelta(minutes=50)):
            self._act("1", fault, "take", at=NOON + timedelta(minutes=1))
            self._act(
                "2",
                fault,
                "arrive",
                {"latitude": 31.5, "longitude": 120.3},
                at=NOON + timedelta(minutes=20),
            )
            for number, check in enumerate(self.env["power.fault.check"].search([])):
                self._act(f"c{number}", fault, "check", {"check": check.id, "done": True})
            image = "data:image/png;base64," + base64.b64encode(PNG).decode()
            self._act("3", fault, "photo", {"when": "after", "name": "a.png", "image": image})
            self._act("4", fault, "part", {"name": "Fuse", "quantity": "2"})
            answer = self._act(
                "5",
                fault,
                "restore",
                {"cause": str(self.cause.id), "note": "Fuse changed"},
                at=NOON + timedelta(minutes=45),
            )
        self.assertTrue(answer["ok"], answer)
        self.assertEqual(fault.state, "restored")
        self.assertEqual(fault.date_arrived, NOON + timedelta(minutes=20))
        self.assertEqual(fault.date_restored, NOON + timedelta(minutes=45))
        self.assertEqual(fault.minutes_worked, 25)
        self.assertEqual((fault.cause_id, fault.cause_note), (self.cause, "Fuse changed"))
        self.assertEqual(fault.part_ids.mapped("quantity"), [2.0])
        self.assertEqual(fault.photo_after_ids.res_id, fault.id)
        self.assertEqual((self.crew.latitude, self.crew.longitude), (31.5, 120.3))
        self.assertEqual(fault.restored_by_id, self.leader)

    def test_sent_again_changes_nothing(self):
        fault = self._sent_fault()
        first = self._act("p", fault, "part", {"name": "Fuse", "quantity": 1})
        again = self._act("p", fault, "part", {"name": "Fuse", "quantity": 1})
        self.assertEqual((first["ok"], first["repeated"]), (True, False))
        self.assertEqual((again["ok"], again["repeated"]), (True, True))
        self.assertEqual(len(fault.part_ids), 1)

    def test_a_refusal_is_answered_and_kept(self):
        """Power cannot be reported back before the safety checks; the queue goes on."""
        fault = self._sent_fault()
        self._act("a", fault, "arrive")
        answer = self._act("r", fault, "restore")
        self.assertFalse(answer["ok"])
        self.assertIn("Helmet", answer["error"])
        self.assertEqual(fault.state, "arrived")
        self.assertFalse(self._act("x", fault, "explode")["ok"])
        self.assertFalse(self._act("y", fault, "part", {"name": "Fuse", "quantity": "two"})["ok"])

    def test_the_clock_of_the_telephone_is_bounded(self):
        with freeze_time(NOON):
            fault = self._sent_fault()
        with freeze_time(NOON + timedelta(minutes=30)):
            self._act("a", fault, "arrive", at=NOON - timedelta(days=3))
        self.assertEqual(fault.date_arrived, NOON)
        with freeze_time(NOON):
            later = self._sent_fault()
            self._act("b", later, "arrive", at=NOON + timedelta(days=3))
        self.assertEqual(later.date_arrived, NOON)

    def test_handed_over_it_is_the_desks_again(self):
        fault = self._sent_fault()
        self.assertTrue(self._act("h", fault, "hand_over", {"note": "Needs a lift"})["ok"])
        self.assertEqual((fault.state, fault.crew_id.id), ("accepted", False))
        self.assertIn("Needs a lift", fault.move_ids.mapped("note"))
        self.assertFalse(self._act("i", fault, "arrive")["ok"])

    def test_another_crew_cannot_act(self):
        fault = self._sent_fault()
        stranger = self._create_user("crew")
        answer = self._act("s", fault, "arrive", user=stranger)
        self.assertFalse(answer["ok"])
        self.assertEqual(fault.state, "dispatched")

    def test_only_photos_are_photos(self):
        fault = self._sent_fault()
        with self.assertRaises(UserError):
            fault._add_photo("photo_after_ids", "x.svg", b"<svg onload='alert(1)'/>")

    def test_who_is_sent_is_told(self):
        """On the page of the telephone and as every user is notified; who is relieved sees it."""
        other = self._create_crew("South 2", leader_id=self._create_user("crew").id)
        fault = self._create_fault(symptom="sparks")
        self.env["bus.bus"].search([]).unlink()
        self.env.cr.precommit.clear()
        fault.with_user(self.dispatcher).crew_id = self.crew
        told = self.env["mail.message"].search(
            [
                ("model", "=", fault._name),
                ("res_id", "=", fault.id),
                ("subject", "like", "Sent to you"),
            ]
        )
        self.assertEqual(told.notified_partner_ids, self.leader.partner_id)
        self.assertIn(fault.name, told.subject)
        for fact in ("Danger to life", "Sparks", "Canal Road 5", "+86 158 7319 4286"):
            self.assertIn(fact, told.body)
        fault.with_user(self.dispatcher).crew_id = other
        self.env.cr.precommit.run()
        pages = self.env["bus.bus"].search([("message", "like", "power_faults/crew")])
        channels = pages.mapped("channel")
        for user, count in ((self.leader, 2), (other.leader_id, 1)):
            key = f'"res.partner",{user.partner_id.id}]'
            self.assertEqual(len([c for c in channels if c.endswith(key)]), count)

    def test_the_board_is_told_numbers_only(self):
        fault = self._create_fault()
        self.env["bus.bus"].search([]).unlink()
        self.env.cr.precommit.clear()
        fault._tell_board("moved")
        self.env.cr.precommit.run()
        messages = self.env["bus.bus"].search([]).mapped("message")
        self.assertTrue(messages)
        for message in messages:
            self.assertIn("power_faults/board", message)
            self.assertNotIn("Wang", message)
            self.assertNotIn("Canal Road", message)
