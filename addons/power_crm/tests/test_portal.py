from odoo import http
from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_common import PowerPortalCase


@tagged("post_install", "-at_install")
class TestPortal(PowerPortalCase):
    def test_home_card(self):
        self.authenticate("portal_own", "portal_own")
        self.assertIn('href="/my/power"', self.url_open("/my/home").text)
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["power_supply_point_count"]}
        )
        self.assertEqual(counters["power_supply_point_count"], 1)

    def test_my_electricity(self):
        text = self.get_page("/my/power")
        for expected in (
            "Lake Mills",
            "PC-own",
            "own-1",
            "own-2",
            "Manager Mei",
            "+86 510 8888 0001",
            "mei@example.com",
            "LIC-own",
            "own shared inspection",
            "own shared defect",
        ):
            self.assertIn(expected, text)
        self.assertNotIn("internal", text)

    def test_page_of_a_point(self):
        text = self.get_page(f"/my/power/points/{self.own['points'][0].id}")
        for expected in (
            "own-1",
            "10 kV",
            "Three phase",
            "High-voltage supply, high-voltage metering",
            "1,250.00",
            "Portal North",
            "Active",
            "Station own-1",
            "Terminals of own-1",
            "Manager Mei",
            "own shared inspection",
            "own shared result",
            "own shared defect",
            "LIC-own",
        ):
            self.assertIn(expected, text)
        self.assertNotIn("internal", text)
        # records of one point do not appear on another
        text = self.get_page(f"/my/power/points/{self.own['points'][1].id}")
        self.assertNotIn("own shared inspection", text)

    def test_list_sorts_filters_and_searches(self):
        def listed(query):
            text = self.get_page(f"/my/power/points?{query}")
            return [
                number
                for _place, number in sorted(
                    (text.index(number), number) for number in ("own-1", "own-2") if number in text
                )
            ]

        self.assertEqual(listed(""), ["own-1", "own-2"])
        self.assertEqual(listed("sortby=capacity"), ["own-1", "own-2"])
        self.assertEqual(listed("sortby=name"), ["own-2", "own-1"])
        self.assertEqual(listed("filterby=active"), ["own-1"])
        self.assertEqual(listed("filterby=other"), ["own-2"])
        self.assertEqual(listed("filterby=high"), ["own-1"])
        self.assertEqual(listed("search_in=name&search=office"), ["own-2"])
        self.assertEqual(listed("search_in=number&search=office"), [])
        self.assertEqual(listed("search_in=address&search=own-1"), ["own-1"])
        self.assertEqual(listed("search_in=all&search=OFFICE"), ["own-2"])

    def test_unknown_keys_are_harmless(self):
        text = self.get_page(
            "/my/power/points?sortby=id;drop&filterby=x&search_in=partner_id&search=&groupby=y"
        )
        self.assertIn("own-1", text)
        self.assertIn("own-2", text)
        self.get_page("/my/power/points/page/99?search=%25%27%22%5C&search_in=all")
        self.get_page("/my/power/points?search=" + "x" * 5000)

    def test_pager(self):
        points = self.env["power.supply.point"].create(
            [
                self._prepare_point(self.partner, f"own-p{i:03d}", "Pump", "380v", 1)
                for i in range(85)
            ]
        )
        text = self.get_page("/my/power/points?sortby=number")
        self.assertNotIn(points[-1].number, text)
        text = self.get_page("/my/power/points/page/2?sortby=number")
        self.assertIn(points[-1].number, text)

    def test_in_chinese(self):
        self.user.lang = "zh_CN"
        text = self.get_page(f"/my/power/points/{self.own['points'][0].id}")
        for expected in ("我的用电", "高供高计", "三相", "产权分界", "您的客户经理", "在用"):
            self.assertIn(expected, text)
        self.authenticate("portal_own", "portal_own")
        data = {"phone": "12345", "csrf_token": http.Request.csrf_token(self)}
        text = self.as_text(self.url_open("/my/power/contact", data=data))
        self.assertIn("“12345”不是电话号码", text)

    def test_customer_without_points(self):
        self.own["points"][0].state = "closed"
        self.own["points"].active = False
        self.assertIn("You have no supply point yet", self.get_page("/my/power"))
        self.assertIn("You have no supply point yet", self.get_page("/my/power/points"))

    def test_staff_sees_its_own_portal_only(self):
        text = self.get_page("/my/power", login="portal_manager")
        self.assertNotIn("own-1", text)


@tagged("post_install", "-at_install")
class TestPortalContact(PowerPortalCase):
    def post(self, **data):
        self.authenticate("portal_own", "portal_own")
        data.setdefault("csrf_token", http.Request.csrf_token(self))
        return self.url_open("/my/power/contact", data=data)

    def test_phone_is_normalised_and_channel_kept(self):
        response = self.post(phone="１３９ 1234 5678", channel="sms")
        self.assertIn("Your contact data are saved", self.as_text(response))
        contact = self.user.partner_id
        self.assertEqual(contact.phone, "+86 139 1234 5678")
        self.assertEqual(contact.power_contact_channel, "sms")
        notes = contact.message_ids.filtered(lambda note: "+86 139 1234 5678" in note.body)
        self.assertEqual(notes.author_id, contact)

    def test_wrong_phone_is_explained_and_not_kept(self):
        self.user.partner_id.phone = "+86 139 1234 5678"
        text = self.as_text(self.post(phone="12345", channel="phone"))
        self.assertIn("“12345” is not a telephone number", text)
        self.assertEqual(self.user.partner_id.phone, "+86 139 1234 5678")
        self.assertFalse(self.user.partner_id.power_contact_channel)

    def test_channel_of_another_list(self):
        self.post(phone="13912345678", channel="pigeon")
        self.assertFalse(self.user.partner_id.power_contact_channel)
        self.assertFalse(self.user.partner_id.phone)

    def test_channel_phone_needs_a_number(self):
        text = self.as_text(self.post(phone="", channel="sms"))
        self.assertIn("Give a telephone number", text)

    def test_other_fields_are_not_touched(self):
        contact = self.user.partner_id
        other = self.other["user"].partner_id
        before = contact.read(["name", "email", "parent_id", "vat"])
        self.post(
            phone="13912345678",
            channel="email",
            name="Hacker",
            email="hacker@example.com",
            parent_id=str(self.other["partner"].id),
            partner_id=str(other.id),
            id=str(other.id),
            power_important_level="special",
        )
        contact.invalidate_recordset()
        self.assertEqual(contact.read(["name", "email", "parent_id", "vat"]), before)
        self.assertFalse(contact.power_important_level)
        self.assertFalse(other.phone)
        self.assertEqual(contact.phone, "+86 139 1234 5678")

    def test_nobody_posts_without_token_or_login(self):
        with mute_logger("odoo.http"):
            self.post(phone="13912345678", channel="sms", csrf_token="wrong")
        self.assertFalse(self.user.partner_id.phone)
        self.authenticate(None, None)
        self.url_open("/my/power/contact", data={"phone": "13912345678"})
        self.assertFalse(self.user.partner_id.phone)
