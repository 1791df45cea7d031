from datetime import timedelta

from lxml import etree

from odoo.fields import Command, Datetime
from odoo.tests import HttpCase, tagged

from .network_common import NetworkCase


@tagged("post_install", "-at_install")
class TestOutagePages(NetworkCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lakeside = cls._create_area("Lakeside quarter")
        cls.points = cls._create_points(
            cls.transformer1, 3, area_id=cls.lakeside.id, street="Heron Lane 7"
        )
        cls.points[0].partner_id.write({"name": "Secret Wang", "email": "secret@example.com"})
        # a feed with broken coordinates still works; 999 is refused by the database, 0 is not
        cls.transformer1.write({"latitude": 31.491234, "longitude": 0.0})
        cls.outage = cls.env["power.outage"].create(
            {
                "node_ids": [Command.set(cls.transformer1.ids)],
                "company_id": cls.bureau.id,
                "cause": "weather",
                "description": "A tree fell.",
                "date_start": Datetime.now() - timedelta(hours=1),
                "date_expected": Datetime.now() + timedelta(hours=2),
            }
        )
        cls.outage.action_confirm()
        cls.hidden = cls.outage.copy()
        portal = cls._create_user("user", groups="base.group_portal", login="outage_portal")
        portal.partner_id.parent_id = False
        cls.portal = portal
        cls.own = cls._create_point(portal.partner_id, node_id=cls.transformer1.id, state="active")

    def _get(self, url):
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200, url)
        return response.text

    def test_page_names_no_customer(self):
        page = self._get("/power/outages")
        self.assertIn(self.outage.name, page)
        self.assertIn("A tree fell.", page)
        self.assertNotIn(self.hidden.name, page)
        for secret in ("Secret Wang", "secret@example.com", "Heron Lane", self.points[0].number):
            self.assertNotIn(secret, page)
        # the page itself, without any map tile
        self.assertNotIn('<img class="position-absolute"', page)

    def test_look_up(self):
        self.assertIn(self.outage.name, self._get("/power/outages?address=heron+lane"))
        self.assertIn(self.outage.name, self._get("/power/outages?address=lakeside"))
        # As Chinese addresses are written, in one word: city, street and house together.
        self.points[0].write({"city": "清江市", "street": "东湖路12号", "street2": False})
        for address in ("清江市东湖路12号", "东湖路12号3单元402室", "江苏省清江市东湖路12号"):
            self.assertIn(self.outage.name, self._get(f"/power/outages?address={address}"))
        self.assertNotIn(self.outage.name, self._get("/power/outages?address=清江市东湖路13号"))
        page = self._get("/power/outages?address=nowhere+street")
        self.assertNotIn(self.outage.name, page)
        self.assertIn("We know of no outage", page)
        self.assertIn(self.outage.name, self._get(f"/power/outages?area={self.lakeside.id}"))
        # what an address says is never trusted
        self._get("/power/outages?area=x'--&address=%00%25")

    def test_feeds(self):
        rss = etree.fromstring(self._get("/power/outages.rss").encode())
        self.assertIn(f"{self.outage.name}", " ".join(rss.xpath("//item/link/text()")))
        self.assertIn("BEGIN:VEVENT", self._get("/power/outages.ics"))
        self.assertIn(f"{self.outage.name}.cap", self._get("/power/outages.cap"))
        alert = self._get(f"/power/outages/{self.outage.name}.cap")
        self.assertIn("urn:oasis:names:tc:emergency:cap:1.2", alert)
        self.assertNotIn("Secret", alert)
        hidden = self.url_open(f"/power/outages/{self.hidden.name}.cap")
        self.assertEqual(hidden.status_code, 404)

    def test_tiles_and_position(self):
        self.transformer1.longitude = 120.314567
        self.bureau.power_outage_tiles = "https://tiles.example.com/{z}/{x}/{y}.png"
        page = self._get(f"/power/outages?area={self.lakeside.id}")
        self.assertIn("https://tiles.example.com/14/", page)
        self.assertEqual(self.outage._get_public_position(), (31.49, 120.31))

    def test_the_utility_that_is_asked_for(self):
        """Two utilities in one database: ``?company=`` says which, else the host of the page."""
        far = self._create_bureau("Far bureau")
        moor = self._create_area("Moor", company_id=far.id)
        node = self._create_node("T far", "transformer", self.env["power.network.node"])
        node.company_id = far
        outage = self.env["power.outage"].create(
            {"node_ids": [Command.set(node.ids)], "company_id": far.id, "area_id": moor.id}
        )
        outage.action_confirm()
        far.power_fault_hotline = "400 100 200"
        page = self._get(f"/power/outages?company={far.id}")
        self.assertIn(outage.name, page)
        self.assertIn("Far bureau", page)
        self.assertNotIn(self.outage.name, page)
        self.assertNotIn("Lakeside quarter", page)
        self.assertIn(f"/power/fault?company={far.id}", page)
        self.assertIn("400 100 200", self._get(f"/power/fault?company={far.id}"))
        self.assertNotIn(self.outage.name, self._get(f"/power/outages.rss?company={far.id}"))
        both = self._get("/power/outages?company=0'--")
        self.assertTrue(self.outage.name in both and outage.name in both)
        self.bureau.website = "https://127.0.0.1/"
        here = self._get("/power/outages")
        self.assertTrue(self.outage.name in here and outage.name not in here)

    def _subscribe(self, **vals):
        page = self._get("/power/outages")
        token = etree.HTML(page).xpath("//input[@name='csrf_token']/@value")[0]
        return self.url_open("/power/outages/subscribe", data={"csrf_token": token, **vals})

    def test_subscription(self):
        subscriptions = self.env["power.outage.subscription"]
        wrong = self._subscribe(area_id=self.lakeside.id, contact="nonsense")
        self.assertIn("is-invalid", wrong.text)
        answer = self._subscribe(area_id=self.lakeside.id, contact="Bird@Example.com")
        self.assertIn("We have sent you a link", answer.text)
        found = subscriptions.search([("email", "=", "bird@example.com")])
        self.assertEqual((found.state, found.area_id), ("waiting", self.lakeside))
        mail = self.env["mail.mail"].search([("email_to", "=", "bird@example.com")])
        self.assertIn(found.token, mail.body_html)
        # looking at the link is not confirming it: mail scanners look at every link
        page = self._get(f"/power/outages/confirm/{found.token}")
        self.assertEqual(found.state, "waiting")
        token = etree.HTML(page).xpath("//input[@name='csrf_token']/@value")[0]
        self.url_open(f"/power/outages/confirm/{found.token}", data={"csrf_token": token})
        found.invalidate_recordset()
        self.assertEqual(found.state, "confirmed")
        self.assertEqual(self.outage._get_subscribers()[0]["email"], "bird@example.com")
        self.outage.date_told = self.outage.date_expected
        self.outage.date_expected += timedelta(hours=3)
        self.assertIn("bird@example.com", self.outage.notice_ids.mapped("address"))
        self.assertEqual(self.url_open("/power/outages/confirm/xyz").status_code, 404)

    def test_portal(self):
        self.authenticate("outage_portal", "outage_portal")
        page = self._get("/my/power/outages")
        self.assertIn(self.own.number, page)
        self.assertIn("Off now", page)
        self.assertNotIn(self.points[0].number, page)
        self.assertNotIn("Secret Wang", page)
        response = self.url_open("/power/reliability/1/xlsx")
        self.assertIn(response.status_code, (403, 404))
        response = self.url_open("/power/network_import/template")
        self.assertEqual(response.status_code, 404)
