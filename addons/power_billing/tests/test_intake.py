import base64
import io
import json

from PIL import Image

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged

from .common import PowerBillingCase

URL = "/power/api/readings"


@tagged("post_install", "-at_install")
class TestReadingApi(PowerBillingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.point = cls._create_point(
            meter_vals={"number": "API1", "initial_value": 100, "date_installed": "2025-12-31"}
        )
        cls.meter = cls.point.meter_ids
        cls.headend = cls.env["power.headend"].create({"name": "AMI", "company_id": cls.company.id})
        cls.token = cls.headend._renew_token()

    def _send(self, readings, token=None, key=None, **kw):
        headers = {
            "Authorization": f"Bearer {token or self.token}",
            "Content-Type": "application/json",
        }
        if key:
            headers["Idempotency-Key"] = key
        data = readings if isinstance(readings, str) else json.dumps({"readings": readings})
        return self.url_open(URL, data=data.encode(), headers=headers, **kw)

    def _get_readings(self):
        return self.meter.reading_ids.filtered(lambda r: r.kind == "actual").sorted("date")

    def test_only_with_a_token(self):
        readings = [{"meter": "API1", "date": "2026-01-31", "value": "110"}]
        for token in ("wrong", self.headend.name):
            self.assertEqual(self._send(readings, token).status_code, 401)
        self.assertEqual(self.url_open(URL, data=b"[]").status_code, 401)
        before = self.token
        self.headend._renew_token()
        self.assertEqual(self._send(readings, before).status_code, 401)
        self.assertFalse(self._get_readings())
        self.assertNotIn(self.token, self.headend.sudo().token_hash)

    def test_who_may_only_read_gives_no_token(self):
        clerk = new_test_user(
            self.env,
            "headend_clerk",
            groups="power_crm.group_billing_clerk",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        with self.assertRaises(AccessError):
            self.headend.with_user(clerk)._renew_token()

    def test_archived_headend_is_out(self):
        self.headend.active = False
        self.assertEqual(self._send([{"meter": "API1"}]).status_code, 401)

    def test_answers_by_row(self):
        for month, value in ((1, 110), (2, 120), (3, 130)):
            self._read(self.point, f"2026-{month:02d}-28", value)
        answer = self._send(
            [
                {"meter": "API1", "date": "2026-04-28", "value": "140.5"},
                {"meter": "NONE", "date": "2026-04-28", "value": 1},
                {"meter": "API1", "date": "2026-05-28", "value": 9000},
                {"meter": "API1", "date": "soon", "value": 9000},
                {"meter": "API1", "date": "2026-02-28", "value": "120.00"},
                {"meter": "API1", "date": "2026-03-28", "value": "131"},
                {"meter": "API1", "date": "2026-06-28", "value": "1", "register": "reactive"},
                "no object",
            ]
        )
        self.assertEqual(answer.status_code, 200)
        data = answer.json()
        self.assertEqual((data["accepted"], data["held"], data["refused"]), (2, 1, 5))
        self.assertEqual(
            [(row["row"], row["status"], row.get("code")) for row in data["rows"]],
            [
                (0, "accepted", None),
                (1, "refused", "unknown_meter"),
                (2, "held", "check"),
                (3, "refused", "bad_date"),
                (4, "accepted", "known"),
                (5, "refused", "exists"),
                (6, "refused", "no_register"),
                (7, "refused", "bad_row"),
            ],
        )
        self.assertIn("times the usual", data["rows"][2]["reason"])
        problems = str(self.headend.request_ids.problems)
        self.assertIn("NONE", problems)
        self.assertIn("There is no meter NONE.", problems)
        # A fallen value is a clerk's to judge: it waits with its reason and counts for nothing.
        fallen = self._send([{"meter": "API1", "date": "2026-07-31", "value": "5"}]).json()
        self.assertEqual((fallen["held"], fallen["refused"]), (1, 0))
        held = self.meter.reading_ids.filtered(lambda r: str(r.date) == "2026-07-31")
        self.assertEqual((held.state, held.value), ("held", 5))
        self.assertIn("lower than the reading before, 140.50", held.hold_reason)
        held.release_note = "sure"
        with self.assertRaisesRegex(ValidationError, "is lower than"):
            held.action_release()
        self.assertEqual(self._get_readings()[3].consumption, 10.5)
        self.assertEqual(self._get_readings()[3].source, "AMI")

    def test_same_key_is_taken_once(self):
        batch = [{"meter": "API1", "date": "2026-01-31", "value": "110", "clock_drift_s": 400}]
        first = self._send(batch, key="batch-1")
        self.assertEqual(first.json()["held"], 1)
        self.assertEqual(self._send(batch, key="batch-1").json(), first.json())
        self.assertEqual(len(self._get_readings()), 1)
        self.assertEqual(self._get_readings().check_ids.code, "clock")
        batch[0]["value"] = "111"
        self.assertEqual(self._send(batch, key="batch-1").status_code, 409)
        self.assertEqual(len(self.headend.request_ids), 1)

    def test_bad_bodies(self):
        for body in (" ", "{", "[]", '{"readings": {}}', '"x"', "[" * 100000):
            self.assertEqual(self._send(body).status_code, 400, body[:10])
        self.headend.batch_limit = 1
        self.assertEqual(self._send([{}, {}]).status_code, 413)

    def test_another_company_is_closed(self):
        other = self._get_company("Other Bureau")
        stranger = self.env["power.headend"].create({"name": "Else", "company_id": other.id})
        answer = self._send(
            [{"meter": "API1", "date": "2026-01-31", "value": "110"}], stranger._renew_token()
        )
        self.assertEqual(answer.json()["rows"][0]["code"], "unknown_meter")

    def test_registers_of_a_meter(self):
        self.env["power.meter.register.add"].create({"meter_id": self.meter.id}).action_add()
        answer = self._send(
            [
                {"meter": "API1", "date": "2026-01-31", "value": "110"},
                {"meter": "API1", "date": "2026-01-31", "value": "6", "period": "peak"},
                {"meter": "API1", "date": "2026-01-31", "value": "4", "period": "谷"},
            ]
        )
        self.assertEqual(answer.json()["accepted"], 3)
        self.assertEqual(
            {(r.register_id.period, r.consumption) for r in self._get_readings()},
            {(False, 10), ("peak", 6), ("valley", 4)},
        )


@tagged("post_install", "-at_install", "power_slow")
class TestPortalReading(PowerBillingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            login: cls._create_portal_user(login, name=login) for login in ("teller", "stranger")
        }
        cls.point = cls._create_point(
            cls.users["teller"].partner_id,
            meter_vals={"initial_value": 100, "date_installed": "2025-12-31"},
        )
        cls.meter = cls.point.meter_ids
        cls._read(cls.point, "2026-01-31", 410)
        cls.url = f"/my/power/points/{cls.point.id}/reading"

    def _tell(self, value, login="teller", photo=None, **values):
        self.authenticate(login, login)
        data = {
            "csrf_token": Request.csrf_token(self),
            "register": self.meter.main_register_id.id,
            "value": value,
            **values,
        }
        return self.url_open(self.url, data=data, files=photo and {"photo": photo})

    def _get_told(self):
        return self.meter.reading_ids.filtered(lambda r: r.kind == "customer")

    def _photo(self):
        content = io.BytesIO()
        Image.new("RGB", (40, 30), "white").save(content, "PNG")
        return content.getvalue()

    def test_told_with_photo_waits_for_a_clerk(self):
        self.authenticate("teller", "teller")
        self.assertIn(f"{self.url}", self.url_open(self.url.rpartition("/")[0]).text)
        page = self._tell("1,410.5", photo=("meter.png", self._photo(), "image/png"))
        self.assertIn("alert-success", page.text)
        told = self._get_told()
        self.assertEqual((told.value, told.state), (1410.5, "draft"))
        self.assertEqual(told.date, fields.Date.context_today(told))
        self.assertTrue(base64.b64decode(told.photo).startswith(b"\x89PNG"))
        told.action_validate()
        self.assertEqual(told.state, "validated")

    def test_taken_over_where_the_company_says_so(self):
        self.company.power_accept_told = True
        self.assertIn("alert-success", self._tell("1410").text)
        self.assertEqual(self._get_told().state, "validated")

    def test_anothers_meter_is_refused(self):
        page = self._tell("500", login="stranger")
        self.assertNotIn(self.meter.number, page.text)
        self.assertFalse(self._get_told())
        other = self._create_point(self.users["stranger"].partner_id)
        page = self._tell("500", register=other.meter_ids.main_register_id.id)
        self.assertIn("alert-danger", page.text)
        self.assertFalse(other.meter_ids.reading_ids.filtered(lambda r: r.kind == "customer"))

    def test_clear_messages(self):
        for value, text in (
            ("400", "lower than the 410.00"),
            ("about 500", "digits only"),
            ("-5", "digits only"),
            ("12345678", "at most 6 digits"),
            ("", "digits only"),
            ("900000", "far more than usual"),
        ):
            self.assertIn("alert-danger", self._tell(value).text)
            self.assertFalse(self._get_told())
            # The page speaks the visitor's language; here the message in English.
            with self.assertRaisesRegex(UserError, text):
                self.meter.main_register_id._tell(value)
        # What is confirmed is kept, and waits for the clerk.
        self._tell("900000", sure="1")
        self.assertEqual(self._get_told().state, "draft")
        self.assertIn("alert-danger", self._tell("900001").text)
        with self.assertRaisesRegex(UserError, "already has the reading 900000.00"):
            self.meter.main_register_id._tell("900001")
        self.assertEqual(len(self._get_told()), 1)

    def test_a_photo_must_be_one(self):
        page = self._tell("1410", photo=("meter.png", b"<svg onload=alert(1)>", "image/png"))
        self.assertIn("alert-danger", page.text)
        self.assertFalse(self._get_told())
