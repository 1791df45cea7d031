from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common import NOON, FaultCase


@tagged("post_install", "-at_install")
class TestRestoration(FaultCase):
    """Power is back when those who were without it say so."""

    def _mended(self, **vals):
        return self._drive(
            self._create_fault(**vals), "accepted", "dispatched", "arrived", "restored"
        )

    def test_the_customer_is_asked_by_a_link(self):
        fault = self._mended()
        proof = fault.proof_ids
        self.assertEqual(proof.kind, "customer")
        sms = self.env["sms.sms"].search([("number", "like", "158%7319%4286")])
        self.assertTrue(any(proof.token in body for body in sms.mapped("body")))
        self.assertTrue(fault.date_asked)

    def test_yes_confirms_and_closes(self):
        fault = self._mended()
        self.assertTrue(fault.proof_ids._take_answer("yes", "thank you"))
        self.assertEqual((fault.state, fault.proof_kind), ("closed", "customer"))
        self.assertFalse(fault.is_refuted)

    def test_one_customer_in_the_dark_counts(self):
        """Off at 12:00, back at 12:45, said so at 13:00: 45 minutes of one customer."""
        with freeze_time(NOON):
            fault = self._create_fault()
            own = self._create_fault(address="elsewhere", supply_point_id=self.point.id)
            for one in (fault, own):
                self._drive(one, "accepted", "dispatched", "arrived")
        with freeze_time(NOON + timedelta(minutes=45)):
            own.cause_id = self.env.ref("power_faults.cause_customer_breaker")
            for one in (fault, own):
                self._drive(one, "restored")
        with freeze_time(NOON + timedelta(hours=1)):
            fault.proof_ids._take_answer("yes")
            own.proof_ids._take_answer("yes")
        row = fault.interruption_ids
        self.assertEqual((row.minutes, row.customer_minutes, row.customer_count), (45, 45, 1))
        self.assertEqual((row.point_ids, str(row.day)), (self.point, "2026-11-20"))
        self.assertTrue(row.sustained)
        self.assertFalse(own.interruption_ids, "The customer's own breaker.")
        # told to be back at 14:00 and was not: one interruption, from 13:00 until 15:00
        with freeze_time(NOON + timedelta(hours=1)):
            wrong = self._drive(self._create_fault(), "accepted", "dispatched", "arrived")
        with freeze_time(NOON + timedelta(hours=2)):
            self._drive(wrong, "restored").proof_ids._take_answer("no")
            child = self._drive(wrong.child_ids, "accepted", "dispatched", "arrived")
        with freeze_time(NOON + timedelta(hours=3)):
            self._drive(child, "restored").proof_ids._take_answer("yes")
        self.assertFalse(wrong.interruption_ids)
        self.assertEqual(child.interruption_ids.minutes, 120)

    def test_a_repair_that_was_none_keeps_no_promise(self):
        """Crew there at 12:00, “back” at 13:00, still dark, back at 15:20: 200 of 180 minutes."""
        with freeze_time(NOON):
            fault = self._drive(self._create_fault(), "accepted", "dispatched", "arrived")
        with freeze_time(NOON + timedelta(hours=1)):
            self._drive(fault, "restored").proof_ids._take_answer("no")
            child = self._drive(fault.child_ids, "accepted", "dispatched", "arrived")
        with freeze_time(NOON + timedelta(minutes=200)):
            self._drive(child, "restored")
        promise = self.env.ref("power_faults.promise_res_city")
        first, second = (
            record.clock_ids.filtered(lambda clock: clock.promise_id == promise)
            for record in (fault, child)
        )
        self.assertEqual((first.state, first.is_late), ("void", False))
        self.assertEqual((second.state, second.minutes, second.is_late), ("done", 200, True))

    def test_an_answer_counts_once(self):
        fault = self._mended()
        proof = fault.proof_ids
        self.assertTrue(proof._take_answer("no"))
        self.assertFalse(proof._take_answer("no"))
        self.assertFalse(proof._take_answer("yes"))
        self.assertEqual(len(fault.child_ids), 1)

    def test_no_reopens_and_counts_against_the_closer(self):
        with freeze_time(NOON):
            fault = self._mended(contact_name="Mrs Wang")
        fault.proof_ids._take_answer("no", "still dark")
        child = fault.child_ids
        self.assertEqual((fault.state, fault.is_refuted), ("closed", True))
        self.assertEqual((child.state, child.parent_id), ("reported", fault))
        self.assertEqual(child.date_since, NOON, "It lasts since it began.")
        self.assertEqual((child.contact_name, child.phone), ("Mrs Wang", fault.phone))
        self.assertIn("still dark", child.description)
        self.assertEqual(self.crew.reopened_count, 1)
        # 20 points: reported once already (the fault it reopens and the place are two: from 1 on).
        self.assertEqual(child.priority, "1")

    def test_the_customers_no_counts_after_others_said_yes(self):
        fault = self._mended()
        asked = fault.proof_ids
        fault.with_user(self.dispatcher).action_confirm_yes()
        self.assertEqual((fault.state, fault.proof_kind), ("closed", "callback"))
        self.assertTrue(asked._take_answer("no", "only half the house"))
        self.assertEqual((fault.state, fault.is_refuted), ("closed", True))
        self.assertEqual(fault.child_ids.state, "reported")

    def test_a_link_too_old_answers_nothing(self):
        with freeze_time(NOON):
            fault = self._mended()
        with freeze_time(NOON + timedelta(days=8)):
            self.assertFalse(fault.proof_ids._take_answer("yes"))
        self.assertEqual(fault.state, "restored")

    def test_a_meter_answers_for_the_customer(self):
        fault = self._mended()
        faults = self.env["power.fault"]
        self.assertEqual(faults._take_signal(self.point, True), fault)
        self.assertEqual((fault.state, fault.proof_kind), ("closed", "meter"))
        self.assertFalse(faults._take_signal(self.point, True))
        other = self._mended()
        faults._take_signal(self.point, False)
        self.assertTrue(other.is_refuted)

    def test_neighbours_answer_when_the_customer_is_silent(self):
        node = self.env["power.network.node"].create(
            {"name": "T1", "code": "T-TEST-1", "company_id": self.bureau.id}
        )
        self.point.node_id = node
        for number in range(4):
            self._create_point(
                self._create_customer(f"Neighbour {number}", phone=f"1390000444{number}"),
                node_id=node.id,
                state="active",
            )
        with freeze_time(NOON):
            fault = self._mended()
        self._prove_at(NOON + timedelta(hours=23))
        self.assertEqual(len(fault.proof_ids), 1)
        self._prove_at(NOON + timedelta(hours=25))
        asked = fault.proof_ids.filtered(lambda proof: proof.kind == "neighbour")
        self.assertEqual(len(asked), 3)
        self.assertNotIn(self.point, asked.supply_point_id)
        with freeze_time(NOON + timedelta(hours=26)):
            asked[0]._take_answer("yes")
            self.assertEqual(fault.state, "restored", "One neighbour is judged when time is up.")
        self._prove_at(NOON + timedelta(hours=50))
        self.assertEqual((fault.state, fault.proof_kind), ("closed", "neighbour"))

    def test_a_neighbour_in_the_dark_reopens(self):
        fault = self._mended()
        neighbour = self._create_point(
            self._create_customer("Neighbour", phone="13900004449"),
            street="Canal Road 7",
            latitude=31.6,
            longitude=120.4,
        )
        proof = self.env["power.fault.proof"].create(
            fault._prepare_proof_vals("neighbour", neighbour)
        )
        proof._take_answer("no")
        self.assertEqual(fault.child_ids.supply_point_id, neighbour)
        child = fault.child_ids
        self.assertEqual(child.partner_id, neighbour.partner_id)
        # The crew drives to the neighbour and calls there, not the first caller.
        self.assertEqual((child.address, child.phone), ("Canal Road 7", "+86 139 0000 4449"))
        self.assertEqual((child.latitude, child.longitude), (31.6, 120.4))

    def test_nobody_to_ask_is_called_once(self):
        with freeze_time(NOON):
            fault = self._mended()
        for hours in (25, 50):
            self._prove_at(NOON + timedelta(hours=hours))
        kind = self.env.ref("power_faults.mail_activity_type_callback")
        calls = fault.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)
        self.assertEqual(len(calls), 1)
        self.assertEqual(fault.state, "restored", "Silence proves nothing.")

    def test_jobs_write_in_the_language_of_the_reader(self):
        """A Chinese dispatcher and a Chinese neighbour, and a job that has no language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.dispatcher.lang = self.bureau.partner_id.lang = "zh_CN"
        fault = self._create_fault(address="运河路 7 号", symptom="sparks")
        self.assertEqual(fault.lang, "zh_CN", "A caller nobody knows reads as the bureau does.")
        self.assertTrue(fault.activity_ids.summary.startswith("紧急"))
        fault._add_call({"description": "冒火花"})
        self.assertIn("再次报修", fault.message_ids[0].body)

    def test_nobody_silent_is_left_out(self):
        """However many wait: more than one batch is looked at in one run."""
        with freeze_time(NOON):
            faults = [self._mended() for _number in range(2)]
        with patch("odoo.addons.power_faults.models.power_fault_restoration._BATCH", 1):
            self._prove_at(NOON + timedelta(hours=25))
        self.assertTrue(all(fault.activity_ids for fault in faults))

    def _prove_at(self, instant):
        with freeze_time(instant), self._no_commit():
            self.env["power.fault"]._cron_prove()

    def test_without_a_number_or_mail_nobody_is_told(self):
        self.household.write({"phone": False, "email": False})
        fault = self._mended()
        self.assertFalse(fault.date_asked)
        self.assertEqual(len(fault.proof_ids), 1, "The page of the fault asks.")

    def test_low_rating_is_looked_after(self):
        fault = self._mended()
        fault.proof_ids._take_answer("yes")
        token = fault._rating_get_access_token()
        fault.rating_apply(1, token=token, feedback="Muddy boots")
        self.assertEqual(fault.rating_last_value, 1)
        activity = fault.activity_ids.filtered(lambda a: "Muddy boots" in (a.summary or ""))
        self.assertEqual(activity.user_id, self.boss)
        self.assertEqual(fault.rating_ids.rated_partner_id, fault.restored_by_id.partner_id)

    @freeze_time(NOON)
    def test_by_mail_for_who_prefers_it(self):
        self.household.write({"email": "wang@example.com", "power_contact_channel": "email"})
        fault = self._mended()
        mail = self.env["mail.mail"].search(
            [("email_to", "=", "wang@example.com"), ("res_id", "=", fault.id)]
        )
        self.assertTrue(any(fault.proof_ids.token in body for body in mail.mapped("body_html")))
        self.assertEqual(fault.date_asked, fields.Datetime.to_datetime(NOON))
