from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, freeze_time, tagged

from .common import FaultCase


@tagged("post_install", "-at_install")
class TestFaultMap(FaultCase):
    """Faults and crews on the map of the board."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.west = cls._create_fault(address="West 1", latitude=31.5, longitude=120.0)
        cls.east = cls._create_fault(address="East 1", latitude=31.5, longitude=120.1, danger=True)
        cls.domain = [("company_id", "=", cls.bureau.id)]

    def _get_map(self, user=None):
        faults = self.env["power.fault"].with_user(user or self.dispatcher)
        return faults.with_company(self.bureau).get_power_map(self.domain)

    def _get_marks(self, **kw):
        plan = html.fromstring(self._get_map(**kw)["html"])
        return {link.get("href"): link for link in plan.iter("a")}

    def _get_place(self, mark):
        parts = dict(part.split(":") for part in mark.get("style").split(";"))
        left, top = (float(parts[name].strip().rstrip("%")) for name in ("left", " top"))
        return round(left, 2), round(top, 2)

    def test_where_they_lie(self):
        """0.1° are 0.1 / 360 × 256 × 2^13 = 582.54 pixels at zoom 13, the last at which both fit
        into 85 % of 960: 291.27 left and right of the middle, 30.34 % of the width."""
        marks = self._get_marks()
        self.assertEqual(self._get_place(marks[f"#power.fault/{self.west.id}"]), (19.66, 50.0))
        self.assertEqual(self._get_place(marks[f"#power.fault/{self.east.id}"]), (80.34, 50.0))

    def test_colours_say_how_urgent(self):
        """Danger alone is 100 points: urgent. The other is an ordinary one."""
        marks = self._get_marks()
        self.assertIn("text-bg-danger", marks[f"#power.fault/{self.east.id}"].get("class"))
        west = marks[f"#power.fault/{self.west.id}"]
        self.assertIn("text-bg-success", west.get("class"))
        self.assertIn("West 1", west.get("title"))
        self.assertIn("No power", west.get("title"))

    def test_what_has_just_run_out_is_red(self):
        """The five minutes to accept are over, the job that writes it down has not come yet."""
        with freeze_time(fields.Datetime.now() + timedelta(minutes=6)):
            mark = self._get_marks()[f"#power.fault/{self.west.id}"]
        self.assertFalse(self.west.is_late)
        self.assertIn("text-bg-danger", mark.get("class"))

    def test_crews_old_and_new_places(self):
        now = fields.Datetime.now()
        old = self._create_crew("Old place", latitude=31.5, longitude=120.05)
        old.date_position = fields.Datetime.subtract(now, hours=5)
        self.crew.write({"latitude": 31.5, "longitude": 120.05, "date_position": now})
        nowhere = self._create_crew("Nowhere")
        marks = self._get_marks()
        self.assertIn("text-bg-primary", marks[f"#power.crew/{self.crew.id}"].get("class"))
        self.assertIn("text-bg-light", marks[f"#power.crew/{old.id}"].get("class"))
        self.assertNotIn(f"#power.crew/{nowhere.id}", marks)

    def test_a_fault_without_a_place(self):
        """It lies where its device stands; without one it is counted."""
        lost = self._create_fault(address="Somewhere")
        found = self._get_map()
        self.assertEqual((found["shown"], found["lost"], found["left_out"]), (2, 1, 0))
        lost.node_id = self.env["power.network.node"].create(
            {
                "name": "T1",
                "code": "T1",
                "kind": "transformer",
                "company_id": self.bureau.id,
                "latitude": 31.5,
                "longitude": 120.05,
            }
        )
        self.assertEqual(self._get_map()["lost"], 0)
        mark = self._get_marks()[f"#power.fault/{lost.id}"]
        self.assertEqual(self._get_place(mark), (50.0, 50.0))

    def test_nothing_to_show(self):
        (self.west | self.east).write({"latitude": 0, "longitude": 0})
        self.env["power.crew"].search([]).write({"latitude": 0, "longitude": 0})
        found = self._get_map()
        self.assertEqual((found["html"], found["shown"], found["lost"]), (False, 0, 2))

    def test_tiles_where_there_are_some(self):
        self.assertNotIn("<img", self._get_map()["html"])
        self.bureau.power_outage_tiles = "https://tiles.example.com/{z}/{x}/{y}.png"
        self.assertIn("https://tiles.example.com/13/", self._get_map()["html"])

    def test_who_may_not_read_faults_sees_no_map(self):
        stranger = self.env["res.users"].create(
            {"name": "Stranger", "login": "map_stranger", "group_ids": [(6, 0, [])]}
        )
        with self.assertRaises(AccessError):
            self._get_map(user=stranger)


@tagged("post_install", "-at_install", "power_slow")
class TestFaultMapTour(FaultCase, HttpCase):
    """The dispatcher looks where faults and crews are."""

    def test_the_dispatcher_looks_at_the_map(self):
        self.crew.write(
            {
                "name": "Tour crew",
                "latitude": 31.52,
                "longitude": 120.02,
                "date_position": fields.Datetime.now(),
            }
        )
        self.point.write({"latitude": 31.5, "longitude": 120.0})
        self._create_fault()
        self._create_fault(address="Somewhere")
        self.dispatcher.write({"lang": "en_US"})
        self.start_tour(
            "/odoo/power-dispatch?debug=0", "power_faults_map", login=self.dispatcher.login
        )

    def test_callers_and_agents_point_to_the_place(self):
        """On the public page and on the agent's screen what lies under the cross is the place."""
        self.env["power.network.node"].create(
            {
                "name": "S",
                "code": "S",
                "kind": "substation",
                "company_id": self.bureau.id,
                "area_id": self.town.id,
                "latitude": 31.5,
                "longitude": 120.0,
            }
        )
        self.assertEqual(
            self.bureau._get_power_place_map()["areas"],
            [{"name": "Old town", "place": [31.5, 120.0]}],
        )
        self.start_tour(f"/power/fault?company={self.bureau.id}", "power_faults_place")
        self.agent.lang = "en_US"
        self.start_tour("/odoo/power-call", "power_faults_call_place", login=self.agent.login)
