import json
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import NOON, FaultCase


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

    def test_an_item_of_another_system(self):
        channel, _token = self._channel()
        item = {"supply_point": self.point.number, "symptom": "no_power"}
        take = self.env["power.fault"].with_company(self.bureau)._take_item
        answer, status = take(channel, item, "k1")
        self.assertEqual((status, answer["outcome"]), (201, "new"))
        fault = self.env["power.fault"].search([("name", "=", answer["fault"])])
        self.assertEqual((fault.channel_id, fault.supply_point_id), (channel, self.point))
        again, status = take(channel, dict(item), "k1")
        self.assertEqual((status, again["fault"], again["outcome"]), (200, fault.name, "repeated"))
        with self.assertRaises(UserError):
            take(channel, {**item, "symptom": "meter"}, "k1")
        with self.assertRaises(ValidationError) as wrong:
            take(channel, {"supply_point": "none", "symptom": "?"}, "k2")
        self.assertEqual(set(json.loads(str(wrong.exception))), {"supply_point", "symptom"})

    def test_taking_costs_the_same_however_many_are_open(self):
        """Reports of other systems are weighed together, not each with all that are open."""
        channel, _token = self._channel()
        faults = self.env["power.fault"].with_company(self.bureau)

        def count_queries(number):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            item = {"address": f"Lane {number}", "symptom": "no_power"}
            faults._take_item(channel, item, f"storm {number}")
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count_queries(0)
        few = count_queries(1)
        for number in range(2, 22):
            count_queries(number)
        self.assertEqual(count_queries(22), few)

        taken = faults.search([("channel_id", "=", channel.id)])
        self.assertEqual(len(taken), 23)
        self.assertTrue(all(taken.mapped("grouping_pending")))
        cron = self.env.ref("power_faults.ir_cron_group_reports")
        self.assertTrue(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]))
        self.env["power.outage"]._cron_group_reports()
        self.assertFalse(any(taken.mapped("grouping_pending")))

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
