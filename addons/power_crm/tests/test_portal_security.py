import base64
import datetime
import json

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .portal_common import PowerPortalCase

_MODELS = (
    "power.supply.point",
    "power.licence",
    "power.service.record",
    "power.defect",
    "power.supply.source",
    "power.generator",
    "power.manager.assignment",
    "power.area",
)


@tagged("post_install", "-at_install")
class TestPortalSecurity(PowerPortalCase):
    """Nothing of anybody else: by address, search, remote call, attachment, thread or token."""

    @property
    def foreign(self):
        """Return what belongs to the other customer, and what is not shared with this one."""
        return (
            *self.other["points"],
            self.other["licence"],
            self.other["shared"],
            self.other["internal"],
            self.other["shared_defect"],
            self.other["internal_defect"],
            *self.other["points"].source_ids,
            self.own["internal"],
            self.own["internal_defect"],
            self.area,
        )

    # === ADDRESSES === #

    def test_page_of_another_customer_s_point(self):
        self.authenticate("portal_own", "portal_own")
        for point_id in (*self.other["points"].ids, 10**8):
            response = self.url_open(f"/my/power/points/{point_id}")
            self.assertNotIn("/my/power/points", response.url)
            self.assertNotIn("Rival", response.text)

    def test_pages_need_a_login(self):
        self.authenticate(None, None)
        for url in (
            "/my/power",
            "/my/power/points",
            f"/my/power/points/{self.own['points'][0].id}",
        ):
            response = self.url_open(url)
            self.assertIn("/web/login", response.url)

    def test_search_does_not_reach_others(self):
        for query in ("search=Rival", "search=other-1", "search_in=address&search=Canal"):
            text = self.get_page(f"/my/power/points?{query}")
            self.assertNotIn("Rival Mills spinning", text)
            self.assertNotIn("other-1 Canal", text)
        text = self.get_page("/my/power")
        self.assertNotIn("other", text)
        self.assertNotIn("Rival", text)

    # === TOKENS === #

    def test_token_opens_one_point_and_no_file(self):
        point, second = self.other["points"]
        token = point._portal_ensure_token()
        second._portal_ensure_token()
        self.env.flush_all()
        for login in ("portal_own", None):
            self.authenticate(login, login)
            response = self.url_open(f"/my/power/points/{point.id}?access_token={token}")
            self.assertIn("Rival Mills spinning", response.text)
            for secret in ("LIC-other", "other shared", "other internal", "other-2"):
                self.assertNotIn(secret, response.text)
            for wrong in (token[:-1], "", "x" * len(token)):
                response = self.url_open(f"/my/power/points/{point.id}?access_token={wrong}")
                self.assertNotIn("Rival", response.text)
            response = self.url_open(f"/my/power/points/{second.id}?access_token={token}")
            self.assertNotIn("Rival", response.text)

    # === REMOTE CALLS === #

    def call_kw(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def test_read_by_remote_call(self):
        self.authenticate("portal_own", "portal_own")
        for record in self.foreign:
            with (
                self.subTest(record=record),
                mute_logger("odoo.http"),
                self.assertRaises(JsonRpcException),
            ):
                self.call_kw(record._name, "read", record.ids, ["display_name"])

    def test_search_by_remote_call(self):
        self.authenticate("portal_own", "portal_own")
        allowed = {
            "power.supply.point": set(self.own["points"].ids),
            "power.licence": set(self.own["licence"].ids),
            "power.service.record": set(self.own["shared"].ids),
        }
        for model in _MODELS:
            with self.subTest(model=model), mute_logger("odoo.http"):
                if model in allowed:
                    rows = self.call_kw(model, "search_read", [], ["display_name"])
                    self.assertEqual({row["id"] for row in rows}, allowed[model])
                else:
                    with self.assertRaises(JsonRpcException):
                        self.call_kw(model, "search_read", [], ["display_name"])
        groups = self.call_kw(
            "power.supply.point", "formatted_read_group", [], ["partner_id"], ["__count"]
        )
        self.assertEqual(len(groups), 1)

    def test_write_by_remote_call(self):
        self.authenticate("portal_own", "portal_own")
        own, partner = self.own["points"][0], self.user.partner_id
        for model, method, *args in (
            ("power.supply.point", "write", own.ids, {"name": "x"}),
            ("power.supply.point", "action_close", own.ids),
            ("power.supply.point", "create", [{"partner_id": self.partner.id}]),
            ("power.supply.point", "unlink", own.ids),
            ("power.licence", "write", self.own["licence"].ids, {"number": "x"}),
            ("power.service.record", "write", self.own["shared"].ids, {"result": "x"}),
            ("res.partner", "write", partner.ids, {"power_important_level": "special"}),
            ("power.customer.import", "create", [{}]),
        ):
            with (
                self.subTest(model=model, method=method),
                mute_logger("odoo.http"),
                self.assertRaises(JsonRpcException),
            ):
                self.call_kw(model, method, *args)
        self.env.invalidate_all()
        self.assertEqual(own.state, "active")

    def test_json_2(self):
        expiry = datetime.datetime.now() + datetime.timedelta(hours=1)
        key = self.env["res.users.apikeys"].with_user(self.user)._generate("rpc", "test", expiry)
        headers = {"Authorization": f"bearer {key}", "Content-Type": "application/json"}

        def call(model, method, **body):
            return self.url_open(
                f"/json/2/{model}/{method}", data=json.dumps(body), headers=headers
            )

        response = call("power.supply.point", "search_read", domain=[], fields=["number"])
        self.assertEqual({row["number"] for row in response.json()}, {"own-1", "own-2"})
        with mute_logger("odoo.http"):
            for record in self.foreign:
                response = call(record._name, "read", ids=record.ids, fields=["display_name"])
                self.assertEqual(response.status_code, 403, record)

    # === ATTACHMENTS AND THREADS === #

    def test_attachments(self):
        attachments = {
            record: self.env["ir.attachment"].create(
                {
                    "name": "scan.txt",
                    "datas": base64.b64encode(b"private scan"),
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )
            for record in self.foreign
        }
        own = self.env["ir.attachment"].create(
            {
                "name": "own.txt",
                "datas": base64.b64encode(b"own scan"),
                "res_model": "power.licence",
                "res_id": self.own["licence"].id,
            }
        )
        self.authenticate("portal_own", "portal_own")
        # portal users get attachments by the token that a message gives them
        token = own.generate_access_token()[0]
        self.env.flush_all()
        response = self.url_open(f"/web/content/{own.id}?access_token={token}")
        self.assertEqual(response.content, b"own scan")
        for record, attachment in attachments.items():
            with self.subTest(record=record), mute_logger("odoo.http"):
                response = self.url_open(f"/web/content/{attachment.id}?access_token={token}")
                self.assertEqual(response.status_code, 404)
                self.assertNotIn(b"private scan", response.content)

    def test_thread(self):
        point = self.other["points"][0]
        for record, body, subtype in (
            (point, "Rival secret", "mail.mt_comment"),
            (self.own["points"][0], "For you", "mail.mt_comment"),
            (self.own["points"][0], "Internal note", "mail.mt_note"),
        ):
            record.message_post(body=body, message_type="comment", subtype_xmlid=subtype)
        self.authenticate("portal_own", "portal_own")

        def fetch(url, record):
            return json.dumps(
                self.make_jsonrpc_request(
                    url,
                    {"thread_model": record._name, "thread_id": record.id, "fetch_params": {}},
                )
            )

        with mute_logger("odoo.http"):
            for url in ("/mail/chatter_fetch", "/mail/thread/messages"):
                own = fetch(url, self.own["points"][0])
                self.assertIn("For you", own)
                self.assertNotIn("Internal note", own)
                try:
                    self.assertNotIn("Rival secret", fetch(url, point))
                except JsonRpcException:
                    pass
            with self.assertRaises(JsonRpcException):
                self.post_message(point)
        self.post_message(self.own["points"][0])
        message = self.own["points"][0].message_ids[0]
        self.assertIn("Hello", message.body)
        self.assertEqual(message.author_id, self.user.partner_id)

    def post_message(self, record):
        return self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": record._name,
                "thread_id": record.id,
                "post_data": {
                    "body": "Hello",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        )

    def test_records_are_refused_below_the_pages_too(self):
        for record in self.foreign:
            with self.subTest(record=record), self.assertRaises(AccessError):
                self.env.invalidate_all()
                record.with_user(self.user).check_access("read")
