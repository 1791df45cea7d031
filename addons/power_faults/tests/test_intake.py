import json
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.sql_db import db_connect
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .common import NOON, FaultCase


class _Same:
    """Stands for a cursor of one's own where what is not committed must be seen."""

    def __init__(self, cr):
        self.cr = cr

    def __enter__(self):
        return self.cr

    def __exit__(self, *args):
        return False


@tagged("post_install", "-at_install")
class TestIntake(FaultCase):
    """Each report is kept, and none twice."""

    def _take(self, key=None, separate=False, **vals):
        vals = {"company_id": self.bureau.id, "channel": "phone", **vals}
        return self.env["power.fault"]._take_report(vals, key=key, separate=separate)

    def test_the_same_report_sent_again(self):
        first, outcome = self._take(key="page 1", supply_point_id=self.point.id)
        self.assertEqual(outcome, "new")
        again, outcome = self._take(key="page 1", supply_point_id=self.point.id)
        self.assertEqual((again, outcome), (first, "repeated"))
        self.assertEqual(first.call_count, 1)

    def test_the_same_place_calls_again(self):
        with freeze_time(NOON):
            first, _outcome = self._take(key="a", supply_point_id=self.point.id)
        with freeze_time("2026-11-20 04:20:00"):
            again, outcome = self._take(
                key="b", supply_point_id=self.point.id, symptom="sparks", description="It burns"
            )
        self.assertEqual((again, outcome), (first, "same_call"))
        self.assertEqual(first.call_count, 2)
        self.assertTrue(first.danger, "What is worse than before is taken over.")
        self.assertEqual(first.priority, "3")
        self.assertIn("It burns", "".join(first.message_ids.mapped("body")))

    def test_half_an_hour_later_it_is_another_fault(self):
        with freeze_time(NOON):
            first, _outcome = self._take(supply_point_id=self.point.id)
        with freeze_time("2026-11-20 04:31:00"):
            later, outcome = self._take(supply_point_id=self.point.id)
        self.assertEqual(outcome, "new")
        self.assertNotEqual(later, first)

    def test_a_mended_fault_is_not_the_same_call(self):
        first, _outcome = self._take(supply_point_id=self.point.id)
        first.action_cancel()
        _again, outcome = self._take(supply_point_id=self.point.id)
        self.assertEqual(outcome, "new")

    def test_the_same_number_from_another_address(self):
        self._take(phone="13900002222", address="Canal Road 1")
        _fault, outcome = self._take(phone="139 0000 2222", address="Canal Road 1")
        self.assertEqual(outcome, "same_call")
        _fault, outcome = self._take(phone="13900002222", address="Hill Street 9")
        self.assertEqual(outcome, "new")

    def test_who_cannot_be_told_from_others_is_not_the_same(self):
        self._take(address="Somewhere")
        call = self.env["power.fault.call"].with_user(self.agent).new({"company_id": self.bureau})
        self.assertFalse(call.same_fault_id)
        _fault, outcome = self._take(address="Elsewhere")
        self.assertEqual(outcome, "new")

    def test_a_second_call_adds_all_it_says(self):
        """What is heavier counts: flickering is no failure of the network, no power is one."""
        fault, _outcome = self._take(
            supply_point_id=self.point.id, symptom="flicker", grouping_pending=False
        )
        counted = []
        model = type(self.env["power.fault"])
        with patch.object(model, "_after_report", lambda faults: counted.extend(faults.ids)):
            self._take(
                supply_point_id=self.point.id,
                symptom="no_power",
                contact_name="Neighbour Hu",
                phone="13900007777",
                device_label="Pole 17",
                latitude=31.5,
                longitude=120.25,
            )
            self._take(supply_point_id=self.point.id, symptom="meter")
        self.assertEqual((fault.symptom, fault.call_count), ("no_power", 3))
        self.assertEqual(counted, fault.ids)
        self.assertTrue(fault.grouping_pending)
        self.assertEqual(fault.device_label, "Pole 17")
        self.assertEqual((fault.latitude, fault.longitude), (31.5, 120.25))
        self.assertEqual(fault.phone, "+86 158 7319 4286", "The first call-back number stays.")
        history = "".join(fault.message_ids.mapped("body"))
        for told in ("Neighbour Hu", "13900007777", "Pole 17", "31.500000 / 120.250000"):
            self.assertIn(told, history)

    def test_on_request_it_is_separate(self):
        self._take(supply_point_id=self.point.id)
        _fault, outcome = self._take(supply_point_id=self.point.id, separate=True)
        self.assertEqual(outcome, "new")

    # === WHAT COMES FROM OUTSIDE === #

    def test_cleaning(self):
        clean = self.env["power.fault"]._clean_report
        vals, errors = clean(
            {"symptom": "fallen_wire", "phone": "13912345678", "latitude": "31.5", "longitude": 120}
        )
        self.assertFalse(errors)
        self.assertTrue(vals["danger"])
        self.assertEqual(vals["phone"], "+86 139 1234 5678")
        self.assertEqual((vals["latitude"], vals["longitude"]), (31.5, 120.0))

    def test_wrong_values_are_named(self):
        clean = self.env["power.fault"]._clean_report
        for data, field in (
            ({"symptom": "moonlight"}, "symptom"),
            ({"symptom": "meter", "phone": "abc"}, "phone"),
            ({"symptom": "meter", "email": "nobody"}, "email"),
            ({"symptom": "meter", "latitude": "91", "longitude": "0"}, "latitude"),
            ({"symptom": "meter", "latitude": "nan", "longitude": "nan"}, "latitude"),
            ({"symptom": "meter", "latitude": "x", "longitude": "120"}, "latitude"),
            ({"symptom": "meter", "latitude": "31", "longitude": ""}, "latitude"),
        ):
            with self.subTest(data=data):
                self.assertEqual(list(clean(data)[1]), [field])

    @freeze_time(NOON)
    def test_since_is_bounded(self):
        clean = self.env["power.fault"]._clean_report
        vals, _errors = clean({"symptom": "meter", "minutes_ago": "60"})
        self.assertEqual(str(vals["date_since"]), "2026-11-20 03:00:00")
        self.assertNotIn("date_since", clean({"symptom": "meter", "minutes_ago": "soon"})[0])

    # === WHERE IT IS === #

    def test_label_and_position_lead_to_a_device(self):
        """0.001° of latitude are 111 m; the farther transformer, and another bureau's, are not
        meant. 0.01° are 1.1 km: nobody's."""
        nodes = self.env["power.network.node"]

        def create(code, latitude, company=self.bureau):
            return nodes.create(
                {
                    "name": code,
                    "code": code,
                    "latitude": latitude,
                    "longitude": 120.3,
                    "area_id": self.village.id if company == self.bureau else False,
                    "company_id": company.id,
                }
            )

        near, far = create("T-NEAR", 31.501), create("T-FAR", 31.502)
        create("T-NEAR", 31.5, self._create_bureau("Bureau over the river"))
        by_label = self._create_fault(address="By the canal", device_label=" t-far ")
        by_place = self._create_fault(address="Here", latitude=31.5, longitude=120.3)
        nowhere = self._create_fault(address="There", latitude=31.49, longitude=120.3)
        self.assertEqual((by_label.node_id, by_place.node_id), (far, near))
        self.assertFalse(nowhere.node_id)
        self.assertEqual(by_place.area_kind, "rural", "The promises of the village hold.")
        outage = self.env["power.outage"].create(
            {"company_id": self.bureau.id, "node_ids": [near.id], "kind": "fault"}
        )
        outage.action_confirm()
        form = Form(self.env["power.fault.call"].with_user(self.agent))
        form.device_label = "T-NEAR"
        self.assertIn(outage.name, form.outage_note)

    def test_a_telephone_number_leads_to_its_only_point(self):
        channel, _token = self._channel()
        answer, _status = self._take_item(channel, "k1", phone="158 7319 4286")
        self._work_off()
        fault = self._get_faults(channel)
        self.assertEqual((fault.name, fault.supply_point_id), (answer["fault"], self.point))
        self._create_point(self.household, area_id=self.town.id, state="active")
        with self.assertRaises(ValidationError):
            self._take_item(channel, "k2", phone="158 7319 4286", symptom="flicker")

    # === THE CODE === #

    def _report_from_the_web(self, **vals):
        fault, _outcome = self._take(
            channel="web",
            confirm_state="waiting",
            **{"address": "Canal Road 7", "phone": "13900003333", **vals},
        )
        with patch("odoo.addons.power_faults.models.power_fault_intake.secrets") as secrets:
            secrets.randbelow.return_value = 42
            fault._send_confirm_code()
        return fault

    def test_the_code_is_sent_and_confirms(self):
        fault = self._report_from_the_web()
        sms = self.env["sms.sms"].search([("number", "like", "139%0000%3333")])
        self.assertIn("000042", sms.body, "The text waits in the queue, to be seen.")
        self.assertNotIn("000042", fault.confirm_hash)
        self.assertFalse(fault._confirm_report("000041"))
        self.assertEqual(fault.confirm_state, "waiting")
        self.assertTrue(fault._confirm_report(" 000042 "))
        self.assertEqual(fault.confirm_state, "done")

    def test_the_words_are_templates(self):
        """By mail and text as the templates say; mail goes out at once, not within the hour."""
        self.env.ref("power_faults.mail_template_code").write(
            {"subject": "Code of {{ object.name }}"}
        )
        fault = self._report_from_the_web(phone=False, email="wu@example.com")
        mail = self.env["mail.mail"].search([("email_to", "=", "wu@example.com")])
        self.assertEqual((mail.subject, mail.state), (f"Code of {fault.name}", "outgoing"))
        self.assertIn("000042", mail.body_html)
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        self.assertTrue(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]))
        self.env.ref("power_faults.mail_template_reported").unlink()
        self.assertEqual(fault._tell_customer("reported"), [], "A template deleted is not sent.")

    def test_the_code_cannot_be_guessed(self):
        fault = self._report_from_the_web()
        for guess in range(5):
            self.assertFalse(fault._confirm_report(str(guess)))
        self.assertFalse(fault._confirm_report("000042"), "After five wrong ones no more.")

    def test_the_code_ends(self):
        with freeze_time(NOON):
            fault = self._report_from_the_web()
        with freeze_time("2026-11-20 04:31:00"):
            self.assertFalse(fault._confirm_report("000042"))

    def test_reports_count_when_confirmed_and_danger_at_once(self):
        counted = []
        model = type(self.env["power.fault"])
        with patch.object(model, "_after_report", lambda faults: counted.extend(faults.ids)):
            sure = self._create_fault()
            waiting = self._report_from_the_web()
            danger = self._report_from_the_web(danger=True, address="Canal Road 8")
            self.assertEqual(counted, [sure.id, danger.id])
            waiting._confirm_report("000042")
            danger._confirm_report("000042")
        self.assertEqual(counted, [sure.id, danger.id, waiting.id])

    def test_a_sure_call_confirms_what_waits(self):
        """The code never came, and the household calls the desk."""
        waiting = self._report_from_the_web(phone=False, supply_point_id=self.point.id)
        counted = []
        model = type(self.env["power.fault"])
        with patch.object(model, "_after_report", lambda faults: counted.extend(faults.ids)):
            self._take(supply_point_id=self.point.id, channel="web", confirm_state="waiting")
            self.assertEqual((waiting.confirm_state, counted), ("waiting", []))
            self._take(supply_point_id=self.point.id, phone="158 7319 4286")
        self.assertEqual((waiting.confirm_state, counted), ("done", waiting.ids))
        self.assertFalse(waiting.phone, "Who holds the link reads no number of the household.")

    def test_limits_count_an_hour(self):
        hits = self.env["power.intake.hit"]
        with freeze_time(NOON):
            self.assertEqual([hits._allow("t", "x", 2) for _i in range(3)], [True, True, False])
            self.assertTrue(hits._allow("t", "y", 2))
        with freeze_time("2026-11-20 05:00:01"):
            self.assertTrue(hits._allow("t", "x", 2))
        self.assertNotIn("x", hits.search([]).mapped("key"))

    # === OTHER SYSTEMS === #

    def _channel(self):
        channel = self.env["power.fault.channel"].create(
            {"name": "City app", "company_id": self.bureau.id}
        )
        return channel, channel._renew_token()

    def _take_item(self, channel, key, **item):
        faults = self.env["power.fault"].with_company(self.bureau)
        return faults._take_item(channel, {"symptom": "no_power", **item}, key)

    def _work_off(self):
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", return_value=60),
            patch.object(self.registry["power.fault.report"], "_gather"),
        ):
            self.env["power.outage"]._cron_group_reports()

    def _get_faults(self, channel):
        return self.env["power.fault"].search([("channel_id", "=", channel.id)], order="id")

    def test_an_item_of_another_system(self):
        channel, _token = self._channel()
        item = {"supply_point": self.point.number}
        answer, status = self._take_item(channel, "k1", **item)
        self.assertEqual((status, answer["outcome"]), (201, "new"))
        self.assertFalse(self._get_faults(channel), "Kept, and answered, before it is a fault.")
        again, status = self._take_item(channel, "k1", **item)
        self.assertEqual(
            (status, again["fault"], again["outcome"]), (200, answer["fault"], "repeated")
        )
        self._work_off()
        fault = self._get_faults(channel)
        self.assertEqual(fault.name, answer["fault"])
        self.assertEqual((fault.supply_point_id, fault.report_key), (self.point, "k1"))
        self.assertTrue(fault.clock_ids, "The promises run.")
        self.assertFalse(fault.grouping_pending)
        again, status = self._take_item(channel, "k1", **item)
        self.assertEqual((status, again["fault"], again["outcome"]), (200, fault.name, "repeated"))
        with self.assertRaises(UserError):
            self._take_item(channel, "k1", supply_point=self.point.number, symptom="meter")
        with self.assertRaises(ValidationError) as wrong:
            self._take_item(channel, "k2", supply_point="none", symptom="?")
        self.assertEqual(set(json.loads(str(wrong.exception))), {"supply_point", "symptom"})

    def test_a_report_is_kept_as_odoo_would(self):
        """Column by column what the record would be that is created."""
        channel, _token = self._channel()
        reports = self.env["power.fault.report"]
        with freeze_time(NOON):
            answer, _status = self._take_item(
                channel, "k1", supply_point=self.point.number, latitude=31.5, longitude=120.25
            )
            kept = reports.search([("channel_id", "=", channel.id)])
            self.assertEqual(kept.name, answer["fault"])
            place = f"point {self.point.id}"
            self.assertEqual(kept.place_key, place)
            vals = reports._prepare_report_vals(kept.vals, place, "k2", "same_call")
            created = reports.create({**vals, "name": kept.name, "state": "waiting"})
        stored = [field.name for field in reports._fields.values() if field.column_type]
        different = {"id", "report_key", "outcome", "create_date", "write_date"}
        for name in set(stored) - different:
            self.assertEqual(kept[name], created[name], name)
        self.assertTrue(kept.create_date)
        self.assertFalse(kept.message_ids, "Who sends it is not in its history.")

    def test_a_key_is_known_after_the_report_was_forgotten(self):
        channel, _token = self._channel()
        answer, _status = self._take_item(channel, "k1", supply_point=self.point.number)
        self._work_off()
        reports = self.env["power.fault.report"]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE power_fault_report SET create_date = create_date - interval '8 days'"
            " WHERE channel_id = %s",
            [channel.id],
        )
        self.env.invalidate_all()
        reports._gc_taken()
        self.assertFalse(reports.search([("channel_id", "=", channel.id)]))
        again, status = self._take_item(channel, "k1", supply_point=self.point.number)
        self.assertEqual(
            (status, again["fault"], again["outcome"]), (200, answer["fault"], "repeated")
        )

    def test_the_clock_starts_when_the_report_came(self):
        channel, _token = self._channel()
        with freeze_time(NOON):
            self._take_item(channel, "k1", supply_point=self.point.number)
        with freeze_time("2026-11-20 04:10:00"):
            self._work_off()
        fault = self._get_faults(channel)
        self.assertEqual(fault.date_reported, NOON)
        self.assertEqual(set(fault.clock_ids.mapped("date_start")), {NOON})

    def test_the_same_place_again_before_its_fault_is_made(self):
        channel, _token = self._channel()
        first, _status = self._take_item(channel, "k1", supply_point=self.point.number)
        again, status = self._take_item(
            channel, "k2", supply_point=self.point.number, description="Still dark"
        )
        self.assertEqual(
            (status, again["fault"], again["outcome"]), (200, first["fault"], "same_call")
        )
        self._work_off()
        fault = self._get_faults(channel)
        self.assertEqual((fault.name, fault.call_count), (first["fault"], 2))
        third, status = self._take_item(channel, "k3", supply_point=self.point.number)
        self.assertEqual((status, third["outcome"]), (200, "same_call"))
        self._work_off()
        self.assertEqual(fault.call_count, 3)

    def test_one_number_for_two_places_and_two_bureaus(self):
        """A concierge reports two houses; another bureau's sender has the same number."""
        channel, _token = self._channel()
        phone = "13900006666"
        first, _status = self._take_item(channel, "k1", phone=phone, address="Hill Road 1")
        second, status = self._take_item(channel, "k2", phone=phone, address="Hill Road 2")
        self.assertEqual((status, second["outcome"]), (201, "new"))
        again, status = self._take_item(channel, "k3", phone=phone, address="Hill Road 2")
        self.assertEqual(
            (status, again["outcome"], again["fault"]), (200, "same_call", second["fault"])
        )
        other = self._create_bureau("Bureau next door")
        foreign = self.env["power.fault.channel"].create({"name": "App", "company_id": other.id})
        far, status = (
            self.env["power.fault"]
            .with_company(other)
            ._take_item(
                foreign, {"symptom": "no_power", "phone": phone, "address": "Hill Road 1"}, "k1"
            )
        )
        self.assertEqual((status, far["outcome"]), (201, "new"))
        self._work_off()
        names = self._get_faults(channel).mapped("name")
        self.assertEqual(names, [first["fault"], second["fault"]])
        self.assertEqual(self._get_faults(foreign).mapped("name"), [far["fault"]])

    def test_two_who_do_not_see_each_other_are_not_both_new(self):
        """The second is refused by the database, and begun anew where it came by the web."""
        channel, _token = self._channel()
        vals = {"channel_id": channel.id, "company_id": self.bureau.id}
        reports = self.env["power.fault.report"]
        reports._keep(vals, "phone +86 1", "a", "new", "F1")
        reports._keep(vals, "phone +86 2", "b", "new", "F2")
        reports._keep(vals, "phone +86 1", "c", "same_call", "F1")
        with (
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            reports._keep(vals, "phone +86 1", "d", "new", "F3")

    def test_who_was_promised_a_number_has_it(self):
        """The place was reported by another meanwhile, and that one is a fault already."""
        channel, _token = self._channel()
        other = self._create_fault()
        unseen = patch.object(
            self.registry["power.fault"],
            "_get_same_call_sql",
            lambda *_args: SQL("SELECT NULL::int"),
        )
        with unseen:
            answer, status = self._take_item(channel, "k1", supply_point=self.point.number)
        self.assertEqual((status, answer["outcome"]), (201, "new"))
        self._work_off()
        self.assertEqual(self._get_faults(channel).name, answer["fault"])
        self.assertEqual(other.call_count, 1)
        again, _status = self._take_item(channel, "k1", supply_point=self.point.number)
        self.assertEqual((again["fault"], again["outcome"]), (answer["fault"], "repeated"))

    def test_who_calls_meanwhile_is_added_to_what_was_kept(self):
        """A caller at the desk or on a page, while the report of another system waits."""
        channel, _token = self._channel()
        answer, _status = self._take_item(channel, "k1", supply_point=self.point.number)
        fault, outcome = self._take(supply_point_id=self.point.id)
        self.assertEqual((fault.name, outcome), (answer["fault"], "same_call"))
        self.assertEqual(fault.call_count, 2)

    def test_danger_does_not_wait(self):
        """100 points for danger: urgent. It is a fault, with its alarm, before it is answered."""
        channel, _token = self._channel()
        self._take_item(channel, "k1", supply_point=self.point.number)
        answer, _status = self._take_item(
            channel, "k2", supply_point=self.point.number, symptom="sparks"
        )
        self.assertEqual((answer["outcome"], answer["priority"]), ("same_call", 3))
        fault = self._get_faults(channel)
        self.assertEqual((fault.name, fault.danger), (answer["fault"], True))
        self.assertTrue(fault.activity_ids)

    def test_one_that_cannot_be_taken_stops_no_other(self):
        channel, _token = self._channel()
        good, _status = self._take_item(channel, "k1", address="Lane 1")
        bad, _status = self._take_item(channel, "k2", address="Lane 2")
        report = self.env["power.fault.report"].search([("name", "=", bad["fault"])])
        report.vals = {**report.vals, "symptom": "no such thing"}
        with mute_logger("odoo.addons.power_faults.models.power_fault_report"):
            self._work_off()
        self.assertEqual(self._get_faults(channel).name, good["fault"])
        self.assertEqual(report.state, "failed")
        self.assertIn("no such thing", report.error)
        self.assertEqual(report.activity_ids.user_id, self.dispatcher, "Somebody is told.")
        report.vals = {**report.vals, "symptom": "no_power"}
        report.with_user(self.dispatcher).action_take_again()
        self.assertEqual(report.fault_id.name, bad["fault"])
        self.assertFalse(report.activity_ids)

    def test_the_cost_of_a_report(self):
        """It does not grow with what is open, and a fault more costs next to nothing."""
        channel, _token = self._channel()

        def count_queries(work):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            work()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        def take(number):
            self._take_item(channel, f"storm {number}", address=f"Lane {number}")

        take(0)
        few = count_queries(lambda: take(1))
        for number in range(2, 22):
            take(number)
        self.assertEqual(count_queries(lambda: take(22)), few)
        self.assertLessEqual(few, 4)

        self._work_off()
        for number in range(100, 102):
            take(number)
        two = count_queries(self._work_off)
        for number in range(200, 240):
            take(number)
        forty = count_queries(self._work_off)
        self.assertEqual(len(self._get_faults(channel)), 23 + 2 + 40)
        self.assertFalse(any(self._get_faults(channel).mapped("grouping_pending")))
        self.assertLessEqual(forty - two, 38, "Less than one query for each fault more.")

    def test_who_waits_for_nobody_is_taken_by_the_next_sender(self):
        """Where the scheduler does not run, reports come to the board all the same."""
        channel, _token = self._channel()
        self._take_item(channel, "k1", address="Lane 1")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE power_fault_report SET create_date = create_date - interval '1 minute'"
        )
        self.env.invalidate_all()
        with patch.object(self.registry, "cursor", lambda *args, **kw: _Same(self.env.cr)):
            self.env["power.fault.report"]._wake()
        self.assertEqual(len(self._get_faults(channel)), 1)

    def test_nobody_is_woken_who_looks_anyway(self):
        """He is at work, or was woken and has not begun; while he begins he is woken again."""
        cron = self.env.ref("power_faults.ir_cron_group_reports")
        database = db_connect(self.env.cr.dbname)

        def count_wakes():
            """How often the scheduled action is called by two reports that were kept."""
            with database.cursor() as cr, patch.object(self.registry, "cursor", lambda: _Same(cr)):
                env = self.env(cr=cr)
                before = env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
                env["power.fault.report"]._wake()
                env["power.fault.report"]._wake()
                after = env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
                cr.rollback()
            return after - before

        def forget():
            with database.cursor() as cr:
                cr.execute("DELETE FROM ir_cron_trigger WHERE cron_id = %s", [cron.id])

        forget()
        self.addCleanup(forget)
        with database.cursor() as worker:
            worker.execute("SELECT pg_advisory_xact_lock(190502, 0)")
            self.assertEqual(count_wakes(), 0, "At work.")
        self.assertEqual(count_wakes(), 1, "Once is enough.")
        with database.cursor() as cr:
            self.env(cr=cr)["ir.cron"].browse(cron.id)._trigger()
            cr.postcommit.clear()
        self.assertEqual(count_wakes(), 0, "Woken already.")
        with database.cursor() as cr:
            cr.execute("UPDATE ir_cron_trigger SET call_at = call_at - interval '5 s'")
        self.assertEqual(count_wakes(), 1, "Who has not begun since died with its server.")
        with database.cursor() as worker:
            worker.execute("DELETE FROM ir_cron_trigger WHERE cron_id = %s", [cron.id])
            self.assertEqual(count_wakes(), 1, "Begun, and perhaps past its last look.")
            worker.rollback()

    def test_who_sends_again_wakes_whom_it_waits_for(self):
        """Sent again while it waits: perhaps the server died that was woken first."""
        channel, _token = self._channel()
        self._take_item(channel, "k1", address="Lane 1")
        with patch.object(self.registry["power.fault.report"], "_wake_later") as wake:
            self._take_item(channel, "k1", address="Lane 1")
            self.assertEqual(wake.call_count, 1)
            self._work_off()
            self._take_item(channel, "k1", address="Lane 1")
            self.assertEqual(wake.call_count, 1, "It is a fault already.")

    def test_only_the_hash_of_a_token_is_kept(self):
        channel, token = self._channel()
        channels = self.env["power.fault.channel"]
        self.assertEqual(channels._find_by_token(token), channel)
        self.assertNotIn(token, str(channel.sudo().read()))
        channel._renew_token()
        self.assertFalse(channels._find_by_token(token))
        self.assertFalse(channels._find_by_token(""))

    # === MAIL === #

    def test_a_mail_is_a_fault(self):
        self.household.email = "wang@example.com"
        fault = self.env["power.fault"].message_new(
            {
                "email_from": '"Wang" <wang@example.com>',
                "subject": "Dark",
                "body": "<p>No light in the kitchen</p>",
                "author_id": False,
            }
        )
        self.assertEqual(fault.partner_id, self.household)
        self.assertEqual(fault.supply_point_id, self.point)
        self.assertEqual(fault.channel, "mail")
        self.assertIn("No light in the kitchen", fault.description)
        self.assertRegex(fault.name, r"^F\d{4}\d{6}$")
        self.assertEqual((fault.symptom, fault.grouping_pending), ("no_power", False))
        again = self.env["power.fault"].message_new(
            {
                "email_from": "wang@example.com",
                "subject": "电表箱",
                "body": "<p>箱子里冒火花！</p>",
                "message_id": "<1@example.com>",
                "attachments": [("box.png", b"\x89PNG\r\n\x1a\n"), ("a.txt", b"text")],
            }
        )
        self.assertEqual(again, fault, "The same place again.")
        self.assertEqual((fault.symptom, fault.danger, fault.priority), ("sparks", True, "3"))
        self.assertEqual(fault.photo_before_ids.mapped("name"), ["box.png"])

    # === THE AGENT === #

    def _call(self, text):
        form = Form(self.env["power.fault.call"].with_user(self.agent))
        form.search_text = text
        return form

    def test_the_number_finds_the_customer(self):
        form = self._call("158 7319 4286")
        self.assertEqual(form.partner_id, self.household)
        self.assertEqual(form.supply_point_id, self.point)
        self.assertEqual(form.contact_name, "Household Wang")
        form.symptom = "no_power"
        action = form.save().action_report()
        fault = self.env["power.fault"].browse(action["res_id"])
        self.assertEqual((fault.supply_point_id, fault.channel), (self.point, "phone"))
        self.assertEqual(fault.phone, "+86 158 7319 4286")

    def test_who_is_content_with_the_outage_needs_no_report(self):
        node = self.env["power.network.node"].create(
            {"name": "T-CALL", "code": "T-CALL", "company_id": self.bureau.id}
        )
        self.point.node_id = node
        outage = self.env["power.outage"].create(
            {"company_id": self.bureau.id, "node_ids": [node.id], "kind": "fault"}
        )
        outage.action_confirm()
        form = self._call("158 7319 4286")
        self.assertEqual(form.outage_id, outage)
        self.assertIn(outage.name, form.outage_note)
        before = self.env["power.fault"].search_count([])
        form.save().action_covered()
        self.assertEqual(self.env["power.fault"].search_count([]), before)
        self.assertIn("Household Wang", outage.message_ids[0].body, "The outage keeps note of it.")

    def test_point_number_and_name_find_it_too(self):
        for text in (self.point.number, self.household.power_customer_number, "Household Wa"):
            with self.subTest(text=text):
                self.assertEqual(self._call(text).supply_point_id, self.point)

    def test_the_second_call_is_seen_before_it_is_written(self):
        fault = self._create_fault()
        form = self._call("158 7319 4286")
        self.assertEqual(form.same_fault_id, fault)
        call = form.save()
        self.assertEqual(call.action_report()["res_id"], fault.id)
        self.assertEqual(fault.call_count, 2)
        other = self._call("158 7319 4286").save().action_report_separate()
        self.assertNotEqual(other["res_id"], fault.id)

    def test_an_unknown_number_still_reports(self):
        form = self._call("139 7777 8888")
        self.assertFalse(form.partner_id)
        call = form.save()
        with self.assertRaisesRegex(UserError, "Say where"):
            call.action_report()
        call.address = "Behind the station"
        fault = self.env["power.fault"].browse(call.action_report()["res_id"])
        self.assertEqual((fault.phone, fault.address), ("+86 139 7777 8888", "Behind the station"))

    def test_a_double_click_of_the_agent(self):
        call = self._call("158 7319 4286").save()
        self.assertEqual(call.action_report()["res_id"], call.action_report()["res_id"])
        self.assertEqual(call.fault_id.call_count, 1)
