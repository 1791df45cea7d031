from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Datetime
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from ..tools import outage_grouping as kernel
from .common import NOON
from .network_common import NetworkCase


class OutageCase(NetworkCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bureau.partner_id.tz = "Asia/Shanghai"
        cls.bureau.email = "office@bureau.example.com"
        cls.points1 = cls._create_points(cls.transformer1, 20)
        cls.points2 = cls._create_points(cls.transformer2, 20)
        cls.points3 = cls._create_points(cls.transformer3, 20)
        cls.env["power.network.node"]._refresh_customer_totals(cls.bureau)

    def _report(self, points, minutes=0):
        """Each of these customers reports, so many minutes ago."""
        moment = Datetime.now() - timedelta(minutes=minutes)
        return self.env["power.fault"].create(
            [
                {
                    "company_id": self.bureau.id,
                    "partner_id": point.partner_id.id,
                    "supply_point_id": point.id,
                    "date_reported": moment,
                }
                for point in points
            ]
        )

    def _create_outage(self, node, **vals):
        return self.env["power.outage"].create(
            {"node_ids": [Command.set(node.ids)], "company_id": self.bureau.id, **vals}
        )


class TestGroupingInDatabase(OutageCase):
    def test_reports_become_a_proposal(self):
        faults = self._report(self.points1[:1], 6)
        self.assertFalse(faults.outage_id)
        for index in range(1, 6):
            faults |= self._report(self.points1[index], 6 - index)
        outage = faults.outage_id
        self.assertEqual((outage.node_ids, outage.state), (self.transformer1, "proposed"))
        self.assertTrue(outage.automatic)
        self.assertGreater(outage.probability, 0.9)
        self.assertEqual(outage.fault_ids, faults)
        self.assertEqual((outage.customer_count, outage.silent_count), (20, 14))
        self.assertEqual(outage._get_silent_points(), self.points1[6:])
        self.assertEqual(outage.feeder_id, self.feeder1)
        for fault in faults:
            self.assertIn(fault.name, outage.basis)
        self.assertFalse(any(faults.mapped("grouping_pending")))

    def test_proposal_climbs_and_stays_one(self):
        first = self._report(self.points1[:6], 5)
        outage = first.outage_id
        second = self._report(self.points2[:6], 3)
        self.assertEqual((first | second).outage_id, outage)
        self.assertEqual(outage.node_ids, self.feeder1)

    def test_elsewhere_is_another_outage(self):
        first = self._report(self.points1[:14], 60)
        other = self._report(self.points3[:14], 30)
        # nobody below T2 has called in an hour, so neither the feeder nor the substation failed
        self.assertEqual(first.outage_id.node_ids, self.transformer1)
        # T3 is all that F2 feeds, and feeders fail more often than transformers
        self.assertEqual(other.outage_id.node_ids, self.feeder2)

    def test_a_round_is_about_what_is_new(self):
        """Somebody calls below another substation: nothing new is said of the first, and weighing
        everything at the same moment comes to the same below the other."""
        substation = self._create_node("S2", "substation")
        points = self._create_points(self._create_node("T9", "transformer", substation), 20)
        self.env["power.network.node"]._refresh_customer_totals(self.bureau)
        weighed, group = [], kernel.group

        def weigh(tree, calls, now, settings, tops):
            weighed.append((len(calls), tops))
            return group(tree, calls, now, settings, tops)

        with freeze_time(NOON), patch.object(kernel, "group", weigh):
            first = self._report(self.points1[:6], 5).outage_id
            second = self._report(points[:6], 3).outage_id
            facts = self._read_facts(second)
            self.env["power.outage"]._group_reports(self.bureau)
            self.env["power.outage"]._group_everywhere()
        self.assertEqual((first.node_ids, second.node_ids.code), (self.transformer1, "T9"))
        one, two = self.substation.id, substation.id
        self.assertEqual(weighed, [(6, {one}), (12, {two}), (12, {one, two})])
        self.assertEqual(self._read_facts(second), facts)
        self.assertEqual(first.node_ids, self.transformer1)

    def _read_facts(self, outage):
        names = ("node_ids", "fault_ids", "date_start", "probability", "basis", "state")
        return [outage[name] for name in names]

    def test_silence_speaks_too(self):
        """Six below T1, one below T2 and one below F2 call at once: the substation, at first. When
        nobody else has called below F2 four minutes later, F1 has failed."""
        with freeze_time(NOON):
            faults = self._report(self.points1[:6] | self.points2[:1] | self.points3[:1], 1)
            outage = faults.outage_id
            self.assertEqual(outage.node_ids, self.substation)
        with freeze_time(NOON + timedelta(minutes=4)):
            self.env["power.outage"]._group_waiting()
            self.assertEqual(outage.node_ids, self.substation, "Nothing waits.")
            self.env["power.outage"]._group_everywhere()
        self.assertEqual(outage.node_ids, self.feeder1)
        self.assertEqual(outage.fault_ids, faults[:7])
        self.assertFalse(faults[7].outage_id)

    @freeze_time(NOON)
    def test_a_round_costs_the_same_with_many_proposals(self):
        """Ten outages side by side: no query more for each of them."""
        tops = [self._create_node(f"S{number}", "substation") for number in range(10, 20)]
        places = [self._create_points(self._create_node(f"{t.code}T", parent=t), 8) for t in tops]
        self.env["power.network.node"]._refresh_customer_totals(self.bureau)
        faults = self._report(places[0][:5] | places[1][:5], 5)
        few = self._count_queries()
        for points in places[2:]:
            faults |= self._report(points[:5], 5)
        self.assertEqual(len(faults.outage_id), 10)
        self.assertEqual(self._count_queries(), few)

    def _count_queries(self):
        """Queries of a round over everything that finds what was found already."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.env["power.outage"]._group_reports(self.bureau, everywhere=True)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_what_a_person_decided_is_left_alone(self):
        first = self._report(self.points1[:6], 5)
        outage = first.outage_id
        outage.node_ids = self.feeder1
        self.assertFalse(outage.automatic)
        self._report(self.points1[6:8], 1)
        self.assertEqual(outage.node_ids, self.feeder1)
        outages = self.env["power.outage"].search([("company_id", "=", self.bureau.id)])
        self.assertEqual(outages, outage)

    def test_report_under_a_confirmed_outage_joins_it(self):
        outage = self._create_outage(self.feeder1)
        outage.date_expected = Datetime.now() + timedelta(hours=2)
        outage.action_confirm()
        fault = self._report(self.points2[0])
        self.assertEqual(fault.outage_id, outage)
        self.assertEqual(outage.notice_ids.mapped("kind"), ["covered"])
        self.assertEqual(self.env["power.outage"]._find_covering(self.points2[5]), outage)
        self.assertFalse(self.env["power.outage"]._find_covering(self.points3[5]))

    def test_end_of_the_outage_ends_its_reports(self):
        """Where nobody arrived the caller is asked; a crew at work goes on."""
        faults = self._report(self.points1[:6], 5)
        faults.write({"phone": "+86 139 1234 5678"})
        with self.assertRaisesRegex(UserError, "Nobody has been at"):
            faults[0]._set_state("restored")
        faults[1].action_accept()
        crew = self.env["power.crew"].create({"name": "North", "company_id": self.bureau.id})
        faults[2].action_accept()
        faults[2].crew_id = crew
        faults[2]._set_state("arrived")
        outage = faults.outage_id
        outage.cause_id = self.env.ref("power_faults.cause_equipment_fuse")
        outage.action_confirm()
        outage.action_restore()
        expected = ["restored", "restored", "arrived", "restored", "restored", "restored"]
        self.assertEqual(faults.mapped("state"), expected)
        self.assertEqual(faults[0].date_restored, outage.date_restored)
        self.assertEqual(faults[0].cause_id, outage.cause_id)
        self.assertEqual(faults[0].proof_ids.kind, "customer")

    def test_a_step_ends_the_reports_below_it(self):
        faults = self._report(self.points1[:6], 5) | self._report(self.points2[:6], 4)
        faults.write({"phone": "+86 139 1234 5678"})
        outage = faults.outage_id
        self.assertEqual(outage.node_ids, self.feeder1)
        outage.action_confirm()
        self.assertEqual(outage._to_public().customers, 40)
        moment = Datetime.now().replace(microsecond=0) - timedelta(minutes=1)
        outage.step_ids = [
            Command.create(
                {"node_ids": [Command.set(self.transformer1.ids)], "date_restored": moment}
            )
        ]
        self.assertEqual(faults.mapped("state"), ["restored"] * 6 + ["reported"] * 6)
        self.assertEqual(faults[0].date_restored, moment)
        self.assertEqual(faults[0].proof_ids.kind, "customer")
        self.assertEqual(outage._to_public().customers, 20)
        self.assertEqual(outage.state, "confirmed")

    def test_cancelled_outage_gives_its_reports_back(self):
        faults = self._report(self.points1[:6], 5)
        outage = faults.outage_id
        outage.action_confirm()
        outage.action_cancel()
        self.assertFalse(faults.outage_id)
        self.assertTrue(all(faults.mapped("grouping_pending")))
        self.env["power.outage"]._group_waiting()
        self.assertEqual(len(faults.outage_id), 1)
        self.assertNotEqual(faults.outage_id, outage)

    def test_grouping_never_loses_a_report(self):
        """Whatever goes wrong while grouping, the report is kept and waits for the scheduler."""
        outages = self.registry["power.outage"]
        with (
            self._patch(outages, "_ask_kernel"),
            mute_logger("odoo.addons.power_faults.models.power_outage_grouping"),
        ):
            faults = self._report(self.points1[:6], 5)
        self.assertTrue(all(faults.mapped("grouping_pending")))
        self.env["power.outage"]._group_waiting()
        self.assertEqual(faults.outage_id.node_ids, self.transformer1)

    def _patch(self, model, name):
        return patch.object(model, name, side_effect=ZeroDivisionError)

    def test_merge_keeps_every_ticket_and_tells_everybody(self):
        one = self._report(self.points1[:14], 60)
        two = self._report(self.points3[:14], 30)
        first, second = one.outage_id, two.outage_id
        (first | second).action_confirm()
        wizard = self.env["power.outage.merge"].create(
            {"outage_ids": [Command.set((first | second).ids)]}
        )
        self.assertEqual(wizard.outage_id, first)
        # the substation above both has T2's customers too, of whom nobody called
        self.assertFalse(wizard.node_id)
        self.assertEqual(wizard.customer_count, 40)
        wizard.node_id = self.substation
        self.assertEqual(wizard.customer_count, 60)
        wizard.action_merge()
        self.assertEqual((one | two).outage_id, first)
        self.assertEqual(first.node_ids, self.substation)
        self.assertEqual((second.state, second.merged_into_id), ("cancelled", first))
        told = first.notice_ids.filtered(lambda notice: notice.kind == "merged")
        self.assertEqual(told.partner_id, two.partner_id)

    def test_merge_proposes_what_explains_all_reports(self):
        """Two transformers taken for two outages: together their callers speak of the feeder."""
        one = self._report(self.points1[:8], 5)
        one.outage_id.action_confirm()
        two = self._report(self.points2[:8], 4)
        two.outage_id.node_ids = self.transformer2
        wizard = self.env["power.outage.merge"].create(
            {"outage_ids": [Command.set((one | two).outage_id.ids)]}
        )
        self.assertEqual(len(wizard.outage_ids), 2)
        self.assertEqual((wizard.node_id, wizard.customer_count), (self.feeder1, 40))

    def test_split(self):
        """F1 was proposed; only T1 failed there, and one report comes from neither part."""
        faults = self._report(self.points1[:6], 5) | self._report(self.points2[:6], 4)
        outage = faults.outage_id
        self.assertEqual(outage.node_ids, self.feeder1)
        transformer9 = self._create_node("T9", "transformer", self.feeder1)
        point9 = self._create_points(transformer9, 1)
        outage.action_confirm()
        odd = self._report(point9)
        self.assertEqual(odd.outage_id, outage)
        wizard = self.env["power.outage.split"].create(
            {"outage_id": outage.id, "node_ids": [Command.set(self.transformer2.ids)]}
        )
        self.assertEqual(wizard.keep_ids, self.transformer1 | transformer9)
        wizard.keep_ids = self.transformer1
        self.assertEqual((wizard.moved_count, wizard.freed_count), (6, 1))
        wizard.action_split()
        new = faults[6:].outage_id
        self.assertEqual((new.node_ids, new.state), (self.transformer2, "confirmed"))
        self.assertEqual(faults[:6].outage_id, outage)
        self.assertEqual(outage.node_ids, self.transformer1)
        self.assertFalse(odd.outage_id)
        self.assertEqual(new.notice_ids.partner_id, faults[6:].partner_id)
        freed = outage.notice_ids.filtered(lambda notice: notice.kind == "freed")
        self.assertEqual(freed.partner_id, odd.partner_id)

    def test_storm_confirms_and_answers(self):
        user = self._create_user("dispatcher")
        self._report(self.points1[:6], 5)
        self.env["power.storm"].with_user(user).create({}).action_switch()
        self.assertTrue(self.bureau.power_storm_mode)
        outage = self.env["power.outage"].search([("company_id", "=", self.bureau.id)])
        self.assertEqual((outage.state, outage.node_ids), ("confirmed", self.transformer1))
        self.assertEqual(len(outage.notice_ids), 6)
        # the next ones wait for the scheduler, the feeder is found and takes the first one over
        faults = self._report(self.points2[:8], 3)
        self.assertTrue(all(faults.mapped("grouping_pending")))
        self.env["power.outage"]._group_waiting()
        self.assertEqual(faults.outage_id.node_ids, self.feeder1)
        self.assertEqual(faults.outage_id.state, "confirmed")
        self.assertEqual(outage.state, "cancelled")
        self.assertEqual(faults.outage_id.fault_count, 14)
        agent = self._create_user("agent")
        with self.assertRaises(AccessError):
            self.env["power.storm"].with_user(agent).create({})


class TestExpected(OutageCase):
    def _create_history(self, minutes, **vals):
        for index, length in enumerate(minutes):
            start = Datetime.now() - timedelta(days=10 + index)
            self._create_outage(
                self.transformer3,
                date_start=start,
                date_restored=start + timedelta(minutes=length),
                state="restored",
                **vals,
            )

    def test_estimate_from_history(self):
        """Nine cable faults of 10 to 90 minutes: median 50, bound 74 (kernel test)."""
        self._create_history(range(10, 100, 10), cause="equipment")
        self._create_history([600] * 9, cause="weather")
        start = Datetime.now().replace(second=0) - timedelta(minutes=2)
        outage = self._create_outage(self.transformer1, cause="equipment", date_start=start)
        outage.action_confirm()
        moved = outage.date_expected - (start + timedelta(minutes=50))
        self.assertTrue(timedelta() <= moved < timedelta(minutes=5), moved)
        self.assertEqual(outage.date_bound, start + timedelta(minutes=74))
        self.assertEqual(outage.estimate_ids.samples, 9)
        self.assertIn("cause", outage.estimate_ids.basis)
        outage.cause = "weather"
        outage.action_estimate()
        self.assertEqual(outage.estimate_ids.mapped("samples"), [9, 9])
        self.assertGreater(outage.date_expected, start + timedelta(minutes=590))

    def test_told_when_it_moves_enough(self):
        self.bureau.power_outage_tell_minutes = 30
        faults = self._report(self.points1[:6], 5)
        outage = faults.outage_id
        base = Datetime.now().replace(microsecond=0) + timedelta(hours=2)
        outage.date_expected = base
        outage.action_confirm()
        self.assertEqual(outage.notice_ids.mapped("kind"), ["confirmed"] * 6)
        outage.date_expected = base + timedelta(minutes=20)
        self.assertEqual(len(outage.notice_ids), 6)
        # 20 and 20 are 40 minutes from what the customers know
        outage.date_expected = base + timedelta(minutes=40)
        new = outage.notice_ids.filtered(lambda notice: notice.kind == "estimate")
        self.assertEqual(new.partner_id, faults.partner_id)
        self.assertEqual(outage.date_told, base + timedelta(minutes=40))
        self.assertEqual(outage.estimate_ids.sorted("id").mapped("told"), [False, False, True])

    def test_the_first_time_is_told(self):
        """Confirmed without any like fault: the first time anybody gives is news."""
        faults = self._report(self.points1[:6], 5)
        outage = faults.outage_id
        outage.action_confirm()
        self.assertFalse(outage.date_told)
        outage.date_expected = Datetime.now() + timedelta(hours=2)
        self.assertEqual(outage.notice_ids.mapped("kind").count("estimate"), 6)
        self.assertEqual(outage.date_told, outage.date_expected)

    def test_with_the_outage_its_time_is_told_once(self):
        self._create_history(range(10, 100, 10))
        outage = self._report(self.points1[:6], 5).outage_id
        outage.action_confirm()
        self.assertEqual(outage.notice_ids.mapped("kind"), ["confirmed"] * 6)
        self.assertEqual(outage.date_told, outage.date_expected)

    def test_a_time_that_has_passed(self):
        """After 65 minutes only the faults of 70, 80 and 90 minutes are like it: median 80."""
        self.bureau.power_fault_dispatcher_id = self._create_user("dispatcher")
        self._create_history(range(10, 100, 10), cause="equipment")
        now = Datetime.now().replace(second=0, microsecond=0)
        start = now - timedelta(minutes=65)
        outage = self._create_outage(self.transformer1, cause="equipment", date_start=start)
        outage.date_expected = now - timedelta(minutes=5)
        outage.action_confirm()
        self.env["power.outage"]._cron_watch_times()
        moved = outage.date_expected - (start + timedelta(minutes=80))
        self.assertTrue(timedelta() <= moved < timedelta(minutes=5), moved)
        self.assertFalse(outage.activity_ids)
        # 100 minutes is longer than any: somebody has to say until when
        outage.write(
            {"date_start": now - timedelta(minutes=100), "date_expected": now - timedelta(hours=1)}
        )
        self.env["power.outage"]._cron_watch_times()
        self.env["power.outage"]._cron_watch_times()
        self.assertEqual(len(outage.activity_ids), 1)
        self.assertEqual(outage.activity_ids.user_id, self.bureau.power_fault_dispatcher_id)


class TestPlanned(OutageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("manager")
        cls.dispatcher = cls._create_user("dispatcher")
        cls.points1[0].partner_id.write({"email": "one@example.com"})
        cls.points1[1].partner_id.write(
            {"phone": "+86 139 1234 5678", "power_contact_channel": "sms"}
        )

    def _plan(self, node, days=10, **vals):
        start = Datetime.now().replace(microsecond=0) + timedelta(days=days)
        return self._create_outage(
            node,
            kind="planned",
            date_start=start,
            date_expected=start + timedelta(hours=4),
            reason="Replace a switch",
            cause="work",
            **vals,
        )

    def test_story(self):
        plan = self._plan(self.transformer1)
        with self.assertRaisesRegex(UserError, "not been approved"):
            plan.action_confirm()
        with self.assertRaisesRegex(UserError, "approved by a manager"):
            plan.with_user(self.dispatcher).action_approve()
        plan.with_user(self.manager).action_approve()
        self.assertEqual(plan.approved_by_id, self.manager)
        plan.with_user(self.dispatcher).action_announce()
        self.assertFalse(plan.announced_late)
        # one row a customer, with the way it was told
        self.assertEqual(len(plan.notice_ids), 20)
        by_partner = {notice.partner_id: notice for notice in plan.notice_ids}
        mail = by_partner[self.points1[0].partner_id]
        text = by_partner[self.points1[1].partner_id]
        self.assertEqual((mail.channel, mail.address), ("email", "one@example.com"))
        self.assertEqual((text.channel, text.state), ("sms", "queued"))
        self.assertTrue(text.sms_uuid)
        self.assertEqual(plan.notice_open_count, 18)
        self.assertIn("Replace a switch", mail.body)
        self.assertIn(plan.name, mail.mail_id.body_html)
        # extension and early end are told too
        plan.date_expected += timedelta(hours=1)
        plan.date_expected -= timedelta(hours=3)
        kinds = by_partner[self.points1[0].partner_id].search(
            [("outage_id", "=", plan.id), ("partner_id", "=", mail.partner_id.id)], order="id"
        )
        self.assertEqual(kinds.mapped("kind"), ["planned", "extended", "early"])
        plan.action_confirm()
        self.assertEqual(self.env["power.outage"]._find_covering(self.points1[3]), plan)
        plan.action_restore()
        self.assertEqual(plan.interruption_ids.kind, "planned")

    def test_proof_of_sending(self):
        plan = self._plan(self.transformer1)
        plan.action_approve()
        plan.action_announce()
        mail = plan.notice_ids.filtered(lambda notice: notice.channel == "email")
        mail.mail_id.write({"state": "exception", "failure_reason": "refused"})
        self.assertEqual((mail.state, mail.failure), ("failed", "refused"))
        mail.mail_id.write({"state": "sent"})
        self.assertEqual(mail.state, "sent")
        self.assertTrue(mail.date_sent)
        self.assertFalse(mail.failure)
        text = plan.notice_ids.filtered(lambda notice: notice.channel == "sms")
        text.sms_id.write({"state": "pending"})
        self.assertEqual(text.state, "sent")
        text.sms_id.write({"state": "error", "failure_type": "sms_number_format"})
        self.assertEqual((text.state, text.failure), ("failed", "sms_number_format"))
        first = text.sms_id
        (text | mail).with_user(self.dispatcher).action_send_again()
        self.assertEqual((text.state, mail.state), ("queued", "sent"))
        self.assertNotEqual(text.sms_id, first)
        with self.assertRaises(AccessError):
            text.with_user(self._create_user("user")).action_send_again()

    def test_protected_customers_need_a_reason(self):
        self.points1[2].life_support = True
        self.points1[3].important_level = "first"
        plan = self._plan(self.transformer1)
        self.assertEqual(plan.protected_count, 2)
        self.assertIn(self.points1[2].number, plan.plan_problems)
        with self.assertRaisesRegex(UserError, "Why nevertheless"):
            plan.action_approve()
        plan.approval_note = "A generator is brought to both."
        plan.action_approve()
        self.assertEqual(plan.state, "approved")

    def test_more_than_was_approved(self):
        """Who may not approve withdraws the approval by adding customers; fewer need none."""
        plan = self._plan(self.transformer1 | self.transformer2)
        plan.with_user(self.manager).action_approve()
        desk = plan.with_user(self.dispatcher)
        desk.node_ids = self.transformer1
        desk.date_expected -= timedelta(hours=1)
        self.assertEqual(plan.state, "approved")
        self.points3[0].life_support = True
        desk.node_ids |= self.transformer3
        self.assertEqual((plan.state, plan.approved_by_id.id), ("proposed", False))
        self.assertEqual(plan.activity_ids.user_id, self.manager)
        with self.assertRaisesRegex(UserError, "Why nevertheless"):
            plan.with_user(self.manager).action_approve()
        plan.node_ids = self.transformer1
        plan.with_user(self.manager).action_approve()
        # a manager answers for the change, and has to say why
        with self.assertRaisesRegex(UserError, "Why nevertheless"), self.cr.savepoint():
            plan.with_user(self.manager).node_ids |= self.transformer3
        desk.date_expected += timedelta(hours=1)
        self.assertEqual(plan.state, "proposed", "A longer window is another plan.")
        plan.with_user(self.manager).action_approve()
        desk.action_confirm()
        with self.assertRaisesRegex(UserError, "approved for its devices only"):
            desk.node_ids |= self.transformer2
        desk.date_expected += timedelta(hours=1)

    def test_devices_added_and_taken_out_are_told(self):
        plan = self._plan(self.transformer1 | self.transformer2)
        plan.action_approve()
        plan.action_announce()
        known = plan.notice_ids
        plan.node_ids = self.transformer1 | self.transformer3
        new = plan.notice_ids - known
        by_kind = new.grouped("kind")
        self.assertEqual(by_kind["planned"].partner_id, self.points3.partner_id)
        self.assertEqual(by_kind["cancelled"].partner_id, self.points2.partner_id)
        self.assertEqual(len(new), 40)
        # a change that needs approval is told when it is approved
        known = plan.notice_ids
        plan.with_user(self.dispatcher).write(
            {"node_ids": (self.transformer1 | self.transformer2).ids}
        )
        self.assertEqual(plan.notice_ids, known)
        plan.action_approve()
        by_kind = (plan.notice_ids - known).grouped("kind")
        self.assertEqual(by_kind["planned"].partner_id, self.points2.partner_id)
        self.assertEqual(by_kind["cancelled"].partner_id, self.points3.partner_id)

    def test_the_hour_of_the_plan(self):
        """From its first minute a plan answers reports; who plans is reminded of both ends."""
        self._speak_chinese()
        plan = self._plan(self.transformer1, days=0)
        plan.approval_note = "A pole leans."
        plan.action_approve()
        other = self._plan(self.transformer2, days=0, approval_note="Not approved")
        fault = self._report(self.points1[0])
        self.assertEqual(fault.outage_id, plan)
        self.assertEqual(plan.notice_ids.mapped("kind"), ["covered"])
        outages = self.env["power.outage"]
        self.assertEqual(outages._find_covering(self.points1[1]), plan)
        self.assertFalse(outages._find_covering(self.points2[1]))
        outages._cron_watch_times()
        outages._cron_watch_times()
        self.assertEqual(plan.activity_ids.summary, f"{plan.name}：是否已停电？")
        self.assertFalse(other.activity_ids)
        plan.action_confirm()
        with freeze_time(plan.date_expected + timedelta(minutes=1)):
            self.assertFalse(outages._find_covering(self.points2[1]))
            outages._cron_watch_times()
        self.assertEqual(len(plan.activity_ids), 2)
        self.assertEqual(len(other.activity_ids), 1)

    def test_clash_with_another_plan(self):
        first = self._plan(self.feeder1)
        second = self._plan(self.transformer1)
        self.assertIn(first.name, second.plan_problems)
        self.assertFalse(self._plan(self.transformer3).plan_problems)
        self.assertFalse(self._plan(self.transformer2, days=30).plan_problems)

    def test_seven_calendar_days(self):
        """Off on 20 May, 09:00 in Shanghai (01:00 UTC): told until the end of 13 May there."""
        plan = self._create_outage(
            self.transformer1,
            kind="planned",
            date_start=datetime(2027, 5, 20, 1),
            date_expected=datetime(2027, 5, 20, 5),
        )
        self.assertEqual(plan.date_notice_due, datetime(2027, 5, 13, 15, 59, 59))
        plan.kind = "temporary"
        self.assertEqual(plan.date_notice_due, datetime(2027, 5, 19, 1))

    def test_rule_is_dated(self):
        self.env["power.outage.notice.rule"].create(
            {
                "code": "OUT_PLAN",
                "kind": "planned",
                "amount": 10,
                "unit": "day",
                "date_from": "2027-06-01",
                "company_id": self.bureau.id,
            }
        )
        before = self._create_outage(
            self.transformer1, kind="planned", date_start=datetime(2027, 5, 31, 1)
        )
        after = self._create_outage(
            self.transformer1, kind="planned", date_start=datetime(2027, 6, 20, 1)
        )
        self.assertEqual(before.date_notice_due.day, 24)
        self.assertEqual(after.date_notice_due.day, 10)

    def test_too_late(self):
        plan = self._plan(self.transformer1, days=3)
        self.assertIn("too late", plan.plan_problems)
        plan.approval_note = "Danger"
        plan.action_approve()
        plan.action_announce()
        self.assertTrue(plan.announced_late)
        with self.assertRaisesRegex(UserError, "announced already"):
            plan.action_announce()

    def test_cancelled_plan_is_told(self):
        plan = self._plan(self.transformer1)
        plan.action_approve()
        plan.action_announce()
        plan.action_cancel()
        last = plan.notice_ids.filtered(lambda notice: notice.kind == "cancelled")
        self.assertEqual(len(last), 20)

    def test_reminder(self):
        """Who planned is reminded once, in the language of the company: a job has none."""
        self._speak_chinese()
        plan = self._plan(self.transformer1, days=7)
        self.env["power.outage"]._cron_remind_notices()
        self.env["power.outage"]._cron_remind_notices()
        self.assertEqual(plan.activity_ids.summary, f"发布 {plan.name} 的通知")
        self.assertEqual(plan.activity_ids.date_deadline, plan.date_notice_due.date())

    def _speak_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.bureau.partner_id.lang = "zh_CN"


class TestOutageGate(OutageCase):
    def test_moves(self):
        outage = self._create_outage(self.transformer1)
        with self.assertRaisesRegex(UserError, "only planned work is approved"):
            outage.action_approve()
        outage.action_confirm()
        self.assertTrue(outage.date_confirmed)
        with self.assertRaises(UserError):
            outage.action_close()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            outage.unlink()
        empty = self.env["power.outage"].create({"company_id": self.bureau.id})
        with self.assertRaisesRegex(UserError, "Name the devices"):
            empty.action_confirm()
        outage.action_restore()
        outage.action_close()
        with self.assertRaises(UserError):
            outage.action_confirm()

    def test_roles(self):
        outage = self._create_outage(self.transformer1)
        reader = self._create_user("user")
        dispatcher = self._create_user("dispatcher")
        outage.with_user(dispatcher).action_confirm()
        with self.assertRaises(AccessError):
            outage.with_user(reader).action_restore()
        with self.assertRaises(AccessError):
            self.env["power.interruption"].with_user(dispatcher).create({})
        outage.with_user(dispatcher).action_restore()
        self.assertTrue(outage.interruption_ids)
        with self.assertRaises(AccessError):
            outage.with_user(dispatcher).notice_ids.create({})

    def test_the_words_are_templates(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        own, other = self.points1[0].partner_id, self.points1[1].partner_id
        own.write({"lang": "zh_CN", "email": False, "phone": "139 0000 1111"})
        other.write({"lang": "en_US", "email": "other@example.com"})
        template = self.env.ref("power_faults.mail_template_outage_confirmed")
        words = '<p>Dark in <t t-out="object._get_notice_place()"/>: <b>sorry</b></p>'
        words += '<p><a href="https://example.com/why">Why</a></p>'
        template.body_html = words
        template.with_context(lang="zh_CN").body_html = words.replace("sorry", "抱歉")
        outage = self._create_outage(self.transformer1)
        notices = outage._tell("confirmed", points=self.points1[:2])
        by_partner = {notice.partner_id: notice for notice in notices}
        self.assertIn("<b>sorry</b>", by_partner[other].mail_id.body_html)
        text = by_partner[own].sms_id.body
        self.assertEqual(text, "Dark in T1: 抱歉\nWhy https://example.com/why")
        template.unlink()
        self.assertFalse(outage._tell("confirmed", points=self.points1[2:4]))

    def test_what_everybody_knows_is_stamped(self):
        """A feed names what it said before; notes inside change nothing for the public."""
        outage = self._create_outage(self.transformer1)
        with freeze_time("2026-03-01 02:00:00"):
            outage.action_confirm()
        self.assertFalse(outage._to_public().before)
        with freeze_time("2026-03-01 02:10:00"):
            outage.note = "Ask for the key"
        self.assertEqual(str(outage._to_public().updated), "2026-03-01 02:00:00")
        with freeze_time("2026-03-01 02:20:00"):
            outage.cause = "weather"
        with freeze_time("2026-03-01 02:30:00"):
            outage.action_cancel()
            self.assertIn(outage, outage._get_public_outages())
            facts = outage._to_public()
        self.assertEqual((facts.state, str(facts.updated)), ("cancelled", "2026-03-01 02:30:00"))
        self.assertEqual(
            list(map(str, facts.before)), ["2026-03-01 02:00:00", "2026-03-01 02:20:00"]
        )

    def test_subscribers_may_leave(self):
        area = self._create_area("Lakeside")
        subscription = self.env["power.outage.subscription"].create(
            {"area_id": area.id, "email": "bird@example.com", "state": "confirmed"}
        )
        outage = self._create_outage(self.transformer1, area_id=area.id)
        notice = outage._tell("confirmed", subscribers=True)
        self.assertEqual(notice.address, "bird@example.com")
        self.assertIn(f"/power/outages/confirm/{subscription.token}", notice.body)

    def test_other_company(self):
        outage = self._create_outage(self.transformer1)
        outage.action_confirm()
        outage._tell("confirmed", points=self.points1)
        outage.action_restore()
        other = self._create_bureau("Far bureau")
        stranger = self._create_user("manager", company=other)
        for records in (
            outage,
            outage.interruption_ids,
            outage.notice_ids,
            self.transformer1,
        ):
            model = records.with_user(stranger).with_context(allowed_company_ids=other.ids)
            found = model.search([("id", "in", records.ids)])
            self.assertFalse(found, records)

    def test_portal_user_sees_none(self):
        outage = self._create_outage(self.transformer1)
        outage.action_confirm()
        portal = self._create_user("user", groups="base.group_portal")
        for model in ("power.outage", "power.outage.notice", "power.interruption"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(portal).search([])
