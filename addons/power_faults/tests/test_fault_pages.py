import json
import re
from unittest.mock import patch

from odoo import http
from odoo.fields import Command
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import file_open, mute_logger

from .common import FaultCase


@tagged("post_install", "-at_install")
class TestFaultPages(FaultCase, HttpCase):
    """Households, crews and other systems over the wire."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Pages without a login work in the first company.
        cls.company = cls.env.ref("base.main_company")
        cls.company.country_id = cls.china
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": [cls.company.id, cls.bureau.id]}
        )
        cls.home = cls._create_customer("Household Zhou", phone="13800005555")
        cls.home_point = cls._create_point(
            cls.home, company_id=cls.company.id, number="PT-ZHOU-1", street="Lake Road 8"
        )
        cls.portal = new_test_user(
            cls.env,
            "fault_zhou",
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            partner_id=cls.home.id,
        )
        cls.channel = cls.env["power.fault.channel"].create(
            {"name": "City app", "company_id": cls.company.id}
        )
        cls.token = cls.channel._renew_token()

    def _post(self, path, **values):
        return self.url_open(
            path, data={"csrf_token": http.Request.csrf_token(self), **values}, timeout=60
        )

    def _new_faults(self):
        return self.env["power.fault"].search([("company_id", "=", self.company.id)])

    def _text(self, response):
        body = re.sub(r"<(script|style)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", body).split())

    # === STAFF === #

    def test_a_crew_reports_what_it_sees(self):
        """It is not the customer, nobody asks it for a code, and it need not name a number."""
        crew = self._create_user("crew", company=self.company)
        self.authenticate(crew.login, crew.login)
        before = self._new_faults()
        self._post("/power/fault", symptom="equipment", point_number="PT-ZHOU-1", key="seen1")
        fault = self._new_faults() - before
        self.assertEqual((fault.channel, fault.confirm_state), ("onsite", "none"))
        self.assertEqual((fault.partner_id, fault.create_uid), (self.home, crew))

    # === WITHOUT A LOGIN === #

    def test_a_household_without_login_is_told_to_the_end(self):
        self.authenticate(None, None)
        page = self.url_open("/power/fault")
        self.assertEqual(page.status_code, 200)
        key = re.search(r'name="key" value="(\w+)"', page.text).group(1)
        before = self._new_faults()
        report = {
            "key": key,
            "symptom": "no_power",
            "phone": "13912345678",
            "address": "Lake Road 9",
        }
        with patch(
            "odoo.addons.power_faults.models.power_fault_intake.secrets.randbelow",
            return_value=123456,
        ):
            answer = self._post("/power/fault", **report)
        fault = self._new_faults() - before
        self.assertEqual(len(fault), 1)
        self.assertIn(fault.name, answer.text)
        self.assertIn("Please confirm it", answer.text)
        self.assertEqual((fault.confirm_state, fault.channel), ("waiting", "web"))
        again = self._post("/power/fault", **report)
        self.assertIn(fault.name, again.text)
        self.assertEqual(self._new_faults() - before, fault, "A second click reports nothing new.")

        confirm = f"/power/fault/{fault.id}/confirm"
        wrong = self._post(confirm, access_token=fault.access_token, code="1")
        self.assertIn("This code is not right", wrong.text)
        self._post(confirm, access_token="guessed", code="123456")
        self.env.invalidate_all()
        self.assertEqual(fault.confirm_state, "waiting", "A number alone opens nothing.")
        self._post(confirm, access_token=fault.access_token, code="123456")
        self.env.invalidate_all()
        self.assertEqual(fault.confirm_state, "done")

        crew = self._create_crew("Lake 1", company_id=self.company.id)
        fault._set_state("accepted")
        fault.crew_id = crew
        page = self.url_open(f"/my/power/faults/{fault.id}?access_token={fault.access_token}")
        self.assertIn("Crew on its way", page.text)
        self._drive(fault, "arrived", "restored")
        link = f"/power/restored/{fault.proof_ids.token}"
        question = self.url_open(link)
        self.assertIn("Is your power back?", question.text)
        self.env.invalidate_all()
        self.assertEqual(fault.state, "restored", "Opening a link answers nothing.")
        reply = self._post(link, answer="no", note="still dark")
        self.env.invalidate_all()
        self.assertTrue(fault.is_refuted)
        self.assertIn(fault.child_ids.name, reply.text)
        self.assertIn("We go on", self.url_open(link).text)

    def test_what_is_missing_is_said_at_the_field(self):
        self.authenticate(None, None)
        before = self._new_faults()
        answer = self._post("/power/fault", symptom="no_power", phone="12")
        text = self._text(answer)
        self.assertIn("is not a telephone number", text)
        self.assertIn("Say where the power is missing", text)
        self.assertEqual(self._new_faults(), before)

    def test_who_is_covered_is_answered(self):
        """The outage and its time, and no fault, until the caller wants one; danger is one at
        once, with what to do."""
        node = self.env["power.network.node"].create(
            {"name": "T-LAKE", "code": "T-LAKE", "company_id": self.company.id}
        )
        self.home_point.write({"node_id": node.id, "state": "active"})
        self.company.power_tz = "Asia/Shanghai"
        outage = self.env["power.outage"].create(
            {
                "company_id": self.company.id,
                "node_ids": [Command.set(node.ids)],
                "date_expected": "2099-01-01 06:30:00",
            }
        )
        outage.action_confirm()
        self.authenticate(None, None)
        report = {"symptom": "no_power", "phone": "13912345678", "point_number": "PT-ZHOU-1"}
        before = self._new_faults()
        answer = self._post("/power/fault", key="c1", **report)
        self.assertIn(outage.name, answer.text)
        self.assertIn("back at 1/1/99, 2:30 PM", self._text(answer), "As the clocks there show.")
        self.assertEqual(self._new_faults(), before)
        self._post("/power/fault", key="c1", separate="1", **report)
        fault = self._new_faults() - before
        self.assertEqual(fault.supply_point_id, self.home_point)
        fault.action_cancel()
        answer = self._post("/power/fault", key="c2", **{**report, "symptom": "sparks"})
        self.assertIn("Danger to life: keep away!", self._text(answer))
        self.assertTrue((self._new_faults() - before - fault).danger)

    def test_too_many_reports_from_one_number(self):
        self.authenticate(None, None)
        self.company.power_fault_reports_phone = 1
        report = {"symptom": "no_power", "phone": "13922223333"}
        self._post("/power/fault", **report, address="Lake Road 1", key="k1")
        answer = self._post("/power/fault", **report, address="Lake Road 2", key="k2")
        self.assertIn("Many reports came from here", answer.text)
        danger = self._post("/power/fault", **report, address="Here", key="k3", danger="1")
        self.assertIn("Danger to life", danger.text)
        urgent = self._new_faults().filtered(lambda f: f.address == "Here")
        self.assertTrue(urgent.danger)
        self.assertEqual(urgent.confirm_state, "waiting")
        # Three times as many as other reports, then the desk looks first.
        for number in range(2, 5):
            self._post("/power/fault", **report, address=f"Here {number}", danger="1")
        many = self._new_faults().filtered(lambda f: f.address == "Here 4")
        self.assertEqual((many.danger, many.confirm_state), (True, "desk"))
        self.assertFalse(many.activity_ids, "It does not ring.")
        self.assertFalse(many._is_report_sure())

    def test_a_number_of_a_point_shows_nothing_of_its_customer(self):
        self.authenticate(None, None)
        self.home.email = "zhou@example.com"
        texts = self.env["sms.sms"].search_count([("number", "like", "138%0000%5555")])
        for contact in ({"phone": "13944445555"}, {"email": "visitor@example.com"}):
            before = self._new_faults()
            answer = self._post(
                "/power/fault", symptom="no_power", point_number="PT-ZHOU-1", **contact
            )
            self.assertIn("PT-ZHOU-1", answer.text)
            for secret in ("Lake Road 8", "Household Zhou", "138 0000", "zhou@example.com"):
                self.assertNotIn(secret, self._text(answer))
            fault = self._new_faults() - before
            fault.action_cancel()
        self.assertEqual(
            (fault.phone, fault.email, fault.contact_name), (False, "visitor@example.com", False)
        )
        # The code goes to who asked for it, not to the customer of the supply point.
        self.assertEqual(
            self.env["sms.sms"].search_count([("number", "like", "138%0000%5555")]), texts
        )

    def test_a_number_of_the_utility_that_was_asked(self):
        self.authenticate(None, None)
        report = {"symptom": "no_power", "phone": "13944446677", "company": self.bureau.id}
        self._post("/power/fault", **report, point_number=self.point.number)
        self.assertTrue(self.env["power.fault"].search([("supply_point_id", "=", self.point.id)]))

    def test_who_reports_the_same_place_learns_nothing_of_the_first(self):
        self.authenticate(None, None)
        report = {"symptom": "no_power", "point_number": "PT-ZHOU-1"}
        self._post("/power/fault", **report, phone="13944447777", description="My own words")
        before = self._new_faults()
        answer = self._post("/power/fault", **report, phone="13944448888")
        self.assertIn("we know already", answer.text)
        for secret in ("My own words", "13944447777", "139 4444 7777", before[:1].access_token):
            self.assertNotIn(secret, answer.text)
        self.assertEqual(self._new_faults(), before)

    def test_photos_and_unknown_numbers_are_kept(self):
        self.authenticate(None, None)
        before = self._new_faults()
        report = {"symptom": "no_power", "phone": "13944449999", "point_number": "PT-NONE"}
        answer = self._post("/power/fault", **report)
        self.assertIn("We know no supply point with this number", self._text(answer))
        self.assertEqual(self._new_faults(), before)
        self._post("/power/fault", **report, address="Lake Road 10")
        self.url_open(
            "/power/fault",
            data={"csrf_token": http.Request.csrf_token(self), **report, "address": "Lake Road 10"},
            files={"photo": ("pole.png", b"\x89PNG\r\n\x1a\n", "image/png")},
        )
        fault = self._new_faults() - before
        self.assertEqual(fault.call_count, 2)
        self.assertIn("PT-NONE", fault.description)
        self.assertEqual(fault.photo_before_ids.mapped("name"), ["pole.png"])

    def test_a_programs_report_is_dropped(self):
        self.authenticate(None, None)
        before = self._new_faults()
        self._post(
            "/power/fault", symptom="no_power", phone="13944446666", address="x", website="spam"
        )
        self.assertEqual(self._new_faults(), before)

    # === WITH A LOGIN === #

    def test_a_customer_reports_its_own_point(self):
        self.authenticate("fault_zhou", "fault_zhou")
        self.assertIn("PT-ZHOU-1", self.url_open("/power/fault").text)
        answer = self._post("/power/fault", symptom="flicker", point_id=str(self.home_point.id))
        fault = self._new_faults().filtered(lambda f: f.supply_point_id == self.home_point)
        self.assertEqual((fault.channel, fault.confirm_state), ("portal", "none"))
        self.assertEqual(fault.phone, "+86 138 0000 5555")
        self.assertIn(fault.name, answer.text)
        self.assertIn(fault.name, self.url_open("/my/power/faults").text)
        self.assertIn("Lake Road 8", self.url_open(f"/my/power/faults/{fault.id}").text)

    def test_a_point_of_somebody_else_is_not_taken(self):
        self.authenticate("fault_zhou", "fault_zhou")
        answer = self._post("/power/fault", symptom="flicker", point_id=str(self.point.id))
        self.assertIn("Say where the power is missing", answer.text)

    def test_another_customers_fault_stays_closed(self):
        """By its address, by the address of its photo, by remote call and by the bus."""
        secret = self._create_fault(description="Secret of Wang")
        secret._add_photo("photo_before_ids", "secret.png", b"\x89PNG\r\n\x1a\n")
        self.authenticate("fault_zhou", "fault_zhou")
        for query in ("", "?access_token=guessed"):
            page = self.url_open(f"/my/power/faults/{secret.id}{query}")
            self.assertNotIn("Secret of Wang", page.text)
            self.assertNotIn(secret.name, page.text)
        photo = secret.photo_before_ids
        for address in (
            f"/web/content/{photo.id}",
            f"/web/content/{photo.id}?access_token=guessed",
            f"/web/content/ir.attachment/{photo.id}/datas",
        ):
            self.assertEqual(self.url_open(address).status_code, 404)
        for method, *args in (
            ("read", ["description"]),
            ("write", {"description": "Mine"}),
            ("message_post",),
            ("action_cancel",),
        ):
            with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                self._call_kw(method, secret.ids, *args)
        self.assertEqual(self._call_kw("search_read", [("id", "=", secret.id)]), [])

    def _call_kw(self, method, *args):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/power.fault/{method}",
            {"model": "power.fault", "method": method, "args": args, "kwargs": {}},
        )

    def test_another_customers_fault_on_the_bus(self):
        """Who looks after faults hears of them; a customer does not, whatever it asks for."""
        login = self._create_user("dispatcher").login
        self.assertIn("power_faults/board", self._listen(login))
        self.assertNotIn("power_faults/board", self._listen("fault_zhou"))

    def _listen(self, login):
        """Report a fault and return the kinds of what the bus then tells somebody."""
        self.authenticate(login, login)
        last = self.env["bus.bus"].search([], order="id desc", limit=1).id
        secret = self._create_fault(description="Secret of Wang")
        self.env.cr.precommit.run()
        group = self.env.ref("power_crm.group_dispatcher")
        channels = [
            "power_faults/board",
            f"res.groups_{group.id}",
            f"power.fault_{secret.id}",
            f"mail.thread-power.fault-{secret.id}",
        ]
        told = self.make_jsonrpc_request(
            "/websocket/peek_notifications",
            {"channels": channels, "last": last, "is_first_poll": True},
        )
        return [notification["message"]["type"] for notification in told["notifications"]]

    # === OTHER SYSTEMS === #

    def _call_api(self, path, data, token=None, key=None):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        body = data if isinstance(data, str) else json.dumps(data)
        return self.url_open(path, data=body, headers=headers, timeout=60)

    def test_the_endpoint(self):
        item = {"supply_point": "PT-ZHOU-1", "symptom": "no_power"}
        path = "/power/api/faults"
        self.assertEqual(self._call_api(path, item).status_code, 401)
        self.assertEqual(self._call_api(path, item, token="wrong").status_code, 401)
        self.assertEqual(self._call_api(path, "{", token=self.token).status_code, 400)
        self.assertEqual(self._call_api(path, "[1]", token=self.token).status_code, 400)
        wrong = self._call_api(path, {"supply_point": "?", "symptom": "?"}, token=self.token)
        self.assertEqual(set(wrong.json()["fields"]), {"supply_point", "symptom"})
        first = self._call_api(path, item, token=self.token, key="k")
        self.assertEqual((first.status_code, first.json()["outcome"]), (201, "new"))
        again = self._call_api(path, item, token=self.token, key="k")
        self.assertEqual((again.status_code, again.json()["fault"]), (200, first.json()["fault"]))
        clash = self._call_api(path, {**item, "symptom": "meter"}, token=self.token, key="k")
        self.assertEqual(clash.status_code, 409)

    def test_the_documented_calls(self):
        """What ``doc/interface.md`` shows is taken as it stands, and its words are all."""
        with file_open("power_faults/doc/interface.md") as file:
            text = file.read()
        sections = re.split(r"^## .*`POST (.*)`$", text, flags=re.MULTILINE)[1:]
        calls = {
            path: [json.loads(block) for block in re.findall(r"```json\n(.*?)```", part, re.DOTALL)]
            for path, part in zip(sections[::2], sections[1::2], strict=True)
        }
        nothing = dict.fromkeys(("outage", "kind", "since", "expected_back"))
        for path, count, status, expected in (
            ("/power/api/faults", 2, 201, {"outcome": "new"}),
            ("/power/api/faults/outage", 3, 200, nothing),
            ("/power/api/faults/signals", 1, 200, {"faults": []}),
        ):
            items = calls.pop(path)
            self.assertEqual(len(items), count)
            for item in items:
                answer = self._call_api(path, item, token=self.token)
                self.assertEqual(answer.status_code, status)
                self.assertLessEqual(expected.items(), answer.json().items())
                self.assertTrue(all(f"`{name}`" in text for name in answer.json()))
        self.assertFalse(calls)
        faults = self.env["power.fault"]
        outages = self.env["power.outage"]
        for words in (faults._fields["symptom"], faults._fields["state"], outages._fields["kind"]):
            for word, _label in words._description_selection(self.env):
                self.assertIn(f"`{word}`", text)

    def test_a_place_is_asked_about(self):
        """By number, label, position and telephone: the outage, and nothing else of anybody."""
        node, beside = (
            self.env["power.network.node"].create(
                {
                    "name": code,
                    "code": code,
                    "latitude": latitude,
                    "longitude": 120.3,
                    "company_id": self.company.id,
                }
            )
            for code, latitude in (("T-ASK", 31.9), ("T-BESIDE", 31.95))
        )
        self.home_point.write({"node_id": node.id, "state": "active"})
        before = self._new_faults()
        path = "/power/api/faults/outage"
        places = (
            {"supply_point": "PT-ZHOU-1"},
            {"supply_point": "PT-ZHOU-1", "symptom": "moonlight"},
            {"device_label": "T-ASK"},
            {"latitude": 31.9, "longitude": 120.3},
            {"phone": "138 0000 5555"},
        )
        nothing = dict.fromkeys(("outage", "kind", "since", "expected_back"))
        outage = self.env["power.outage"].create(
            {
                "company_id": self.company.id,
                "node_ids": [Command.set(node.ids)],
                "date_start": "2026-11-20 04:00:00",
                "date_expected": "2099-01-01 06:30:00",
            }
        )
        for place in places:
            answer = self._call_api(path, place, token=self.token)
            self.assertEqual((answer.status_code, answer.json()), (200, nothing), "Only proposed.")
        outage.action_confirm()
        for place in places:
            answer = self._call_api(path, place, token=self.token)
            self.assertEqual(
                (answer.status_code, answer.json()),
                (
                    200,
                    {
                        "outage": outage.name,
                        "kind": "fault",
                        "since": "2026-11-20T04:00:00Z",
                        "expected_back": "2099-01-01T06:30:00Z",
                    },
                ),
            )
        for place in (
            {"device_label": beside.code},
            {"device_label": "nowhere"},
            {"phone": "138 0000 4444"},
            {"latitude": 0, "longitude": 0},
        ):
            answer = self._call_api(path, place, token=self.token)
            self.assertEqual((answer.status_code, answer.json()), (200, nothing))
        self.assertEqual(self._new_faults(), before, "A question is no report.")
        self.assertEqual(self._call_api(path, places[0]).status_code, 401)
        self.assertEqual(self._call_api(path, [1], token=self.token).status_code, 400)
        for place, field in (
            ({}, "supply_point"),
            ({"address": "Lake Road 8"}, "supply_point"),
            ({"address": "Lake Road 8", "phone": "138 0000 5555"}, "supply_point"),
            ({"supply_point": "?"}, "supply_point"),
            ({"latitude": "x", "longitude": 1}, "latitude"),
        ):
            refused = self._call_api(path, place, token=self.token)
            self.assertEqual((refused.status_code, list(refused.json()["fields"])), (400, [field]))
        other = self.env["power.fault.channel"].create(
            {"name": "Next door", "company_id": self._create_bureau("Bureau next door").id}
        )
        foreign = other._renew_token()
        for place in places[2:]:
            answer = self._call_api(path, place, token=foreign)
            self.assertEqual(answer.json(), nothing, "Another utility's network.")
        self.assertEqual(self._call_api(path, places[0], token=foreign).status_code, 400)

    def test_a_meter_signal(self):
        fault = self._create_fault(supply_point_id=self.home_point.id, company_id=self.company.id)
        fault._set_state("accepted")
        fault.crew_id = self._create_crew("Lake 2", company_id=self.company.id)
        self._drive(fault, "arrived", "restored")
        path = "/power/api/faults/signals"
        wrong = self._call_api(path, {"supply_point": "PT-ZHOU-1", "power": "on"}, self.token)
        self.assertEqual(wrong.status_code, 400)
        answer = self._call_api(path, {"supply_point": "PT-ZHOU-1", "power": True}, self.token)
        self.assertEqual(answer.json(), {"faults": [fault.name]})
        self.env.invalidate_all()
        self.assertEqual((fault.state, fault.proof_kind), ("closed", "meter"))

    # === CREWS AND AGENTS === #

    def test_the_crews_telephone(self):
        fault = self._drive(self._create_fault(), "accepted", "dispatched")
        login = self.leader.login
        self.authenticate(login, login)
        page = self.url_open("/my/power/crew")
        self.assertIn(fault.name, page.text)
        actions = [
            {"key": "q1", "fault": fault.id, "action": "take", "at": "x", "data": {}},
            {"key": "q2", "fault": fault.id, "action": "arrive", "data": None},
            {"key": "q3", "fault": 0, "action": "arrive", "data": {}},
            {"fault": fault.id, "action": "arrive"},
        ]
        answers = self.make_jsonrpc_request("/my/power/crew/act", {"actions": actions})
        self.assertEqual(
            {key: answer["ok"] for key, answer in answers.items()},
            {"q1": True, "q2": True, "q3": False},
        )
        again = self.make_jsonrpc_request("/my/power/crew/act", {"actions": actions[:2]})
        self.assertTrue(all(answer["repeated"] for answer in again.values()))
        self.env.invalidate_all()
        self.assertEqual(fault.state, "arrived")
        self.assertIn('data-state="arrived"', self.url_open("/my/power/crew").text)

    def test_who_is_logged_in_sends_nothing_of_another(self):
        """Two crews share a telephone: what the first did waits for the first."""
        fault = self._drive(self._create_fault(), "accepted", "dispatched")
        other = self._create_user("crew").login
        self.authenticate(other, other)
        actions = [{"key": "o1", "fault": fault.id, "action": "take", "data": {}}]
        with self.assertRaisesRegex(JsonRpcException, "SessionExpired"):
            self.make_jsonrpc_request(
                "/my/power/crew/act", {"actions": actions, "user": str(self.leader.id)}
            )
        self.assertFalse(self.env["power.crew.action"].search([("fault_id", "=", fault.id)]))

    def test_the_page_has_a_worker_of_its_own(self):
        worker = self.url_open("/my/power/crew/worker.js")
        self.assertEqual(worker.headers["Service-Worker-Allowed"], "/my/power/crew")
        self.assertTrue(worker.headers["Content-Type"].startswith("text/javascript"))

    def test_customers_find_no_crew_page(self):
        self.authenticate("fault_zhou", "fault_zhou")
        self.assertNotIn("o_power_crew_cards", self.url_open("/my/power/crew").text)

    def test_the_link_of_the_telephone_system(self):
        login = self.agent.login
        self.authenticate(login, login)
        answer = self.url_open("/power/call?phone=tel:15873194286", allow_redirects=False)
        number = re.search(r"/odoo/power-call/(\d+)", answer.headers["Location"]).group(1)
        call = self.env["power.fault.call"].browse(int(number))
        self.assertEqual(call.partner_id, self.household)
        self.authenticate("fault_zhou", "fault_zhou")
        refused = self.url_open("/power/call?phone=15873194286", allow_redirects=False)
        self.assertTrue(refused.headers["Location"].endswith("/my"))
