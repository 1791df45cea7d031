import dataclasses
import math
from datetime import datetime

import vobject
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from odoo.tests import BaseCase

from odoo.addons.power_crm.tests.properties import steady
from odoo.addons.power_faults.tools import outage_feeds, outage_map
from odoo.addons.power_faults.tools.outage_feeds import Channel, PublicOutage

CHANNEL = Channel("Outages: Bureau", "All", "https://b.example.com/x", "a@example.com", "zh-CN")
OUTAGE = PublicOutage(
    number="O202600001",
    state="current",
    title="Power outage: 滨湖 <A & B>",
    text="Cause: weather. \x00 Back soon.",
    area="滨湖",
    cause="Weather",
    customers=42,
    start=datetime(2026, 3, 1, 2),
    end=datetime(2026, 3, 1, 5),
    updated=datetime(2026, 3, 1, 2, 30),
    url="https://b.example.com/x#O202600001",
    position=(31.49, 120.31),
)
# CAP 1.2, chapter 3.2: the elements in the order of the schema, and whether they must be there.
CAP_ALERT = (
    "identifier!", "sender!", "sent!", "status!", "msgType!", "scope!",
    "references", "info",
)  # fmt: skip
CAP_INFO = (
    "language", "category!", "event!", "responseType", "urgency!", "severity!", "certainty!",
    "effective", "onset", "expires", "senderName", "headline", "description", "web", "area",
)  # fmt: skip
CAP_AREA = ("areaDesc!", "circle")
CAP_WORDS = {
    "status": {"Actual", "Exercise", "System", "Test", "Draft"},
    "msgType": {"Alert", "Update", "Cancel", "Ack", "Error"},
    "scope": {"Public", "Restricted", "Private"},
    "category": {"Infra"},
    "responseType": {"Shelter", "Evacuate", "Prepare", "Monitor", "Assess", "AllClear", "None"},
    "urgency": {"Immediate", "Expected", "Future", "Past", "Unknown"},
    "severity": {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
    "certainty": {"Observed", "Likely", "Possible", "Unlikely", "Unknown"},
}


class TestFeeds(BaseCase):
    def check_cap(self, content):
        """Check an alert against structure, order and words of the CAP 1.2 schema."""
        root = etree.fromstring(content)
        self.assertEqual(root.tag, f"{{{outage_feeds.CAP}}}alert")
        self._check_order(root, CAP_ALERT)
        (info,) = root.findall(f"{{{outage_feeds.CAP}}}info")
        self._check_order(info, CAP_INFO)
        for area in info.findall(f"{{{outage_feeds.CAP}}}area"):
            self._check_order(area, CAP_AREA)
        for name, words in CAP_WORDS.items():
            for node in root.iter(f"{{{outage_feeds.CAP}}}{name}"):
                self.assertIn(node.text, words)
        for name in ("sent", "effective", "onset", "expires"):
            for node in root.iter(f"{{{outage_feeds.CAP}}}{name}"):
                self.assertRegex(node.text, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d$")
        for name in ("identifier", "sender"):
            self.assertNotRegex(root.findtext(f"{{{outage_feeds.CAP}}}{name}"), r"[\s,<&]")
        return root

    def _check_order(self, node, expected):
        names = [etree.QName(child).localname for child in node]
        known = [name.rstrip("!") for name in expected]
        self.assertEqual(names, sorted(names, key=known.index))
        for name in expected:
            if name.endswith("!"):
                self.assertIn(name[:-1], names)

    def test_cap(self):
        root = self.check_cap(outage_feeds.to_cap(CHANNEL, OUTAGE))
        self.assertEqual(root.findtext(f".//{{{outage_feeds.CAP}}}circle"), "31.49,120.31 1")
        self.assertEqual(
            root.findtext(f".//{{{outage_feeds.CAP}}}onset"), "2026-03-01T02:00:00+00:00"
        )
        for state in ("planned", "restored", "cancelled"):
            bare = dataclasses.replace(OUTAGE, state=state, end=None, position=None, area="")
            self.check_cap(outage_feeds.to_cap(CHANNEL, bare))

    def test_cap_that_replaces_another(self):
        """CAP 1.2, 3.2.1: references are "sender,identifier,sent", parted by blanks."""
        first = self.check_cap(outage_feeds.to_cap(CHANNEL, OUTAGE))
        self.assertEqual(first.findtext(f"{{{outage_feeds.CAP}}}msgType"), "Alert")
        wanted = ",".join(
            first.findtext(f"{{{outage_feeds.CAP}}}{name}")
            for name in ("sender", "identifier", "sent")
        )
        for state, kind in (("current", "Update"), ("cancelled", "Cancel")):
            later = dataclasses.replace(
                OUTAGE, state=state, updated=datetime(2026, 3, 1, 3), before=(OUTAGE.updated,)
            )
            root = self.check_cap(outage_feeds.to_cap(CHANNEL, later))
            self.assertEqual(root.findtext(f"{{{outage_feeds.CAP}}}msgType"), kind)
            self.assertEqual(root.findtext(f"{{{outage_feeds.CAP}}}references"), wanted)

    def test_cap_index(self):
        link = "https://b.example.com/x/O202600001.cap"
        content = outage_feeds.to_cap_index(CHANNEL, [(OUTAGE, link)], OUTAGE.updated)
        entry = etree.fromstring(content).find(f"{{{outage_feeds.ATOM}}}entry")
        self.assertEqual(entry.find(f"{{{outage_feeds.ATOM}}}link").get("href"), link)

    def test_rss(self):
        root = etree.fromstring(outage_feeds.to_rss(CHANNEL, [OUTAGE], OUTAGE.updated))
        self.assertEqual(root.findtext("channel/item/title"), OUTAGE.title)
        self.assertEqual(root.findtext("channel/item/pubDate"), "Sun, 01 Mar 2026 02:30:00 +0000")
        later = dataclasses.replace(OUTAGE, updated=datetime(2026, 3, 1, 3))
        other = etree.fromstring(outage_feeds.to_rss(CHANNEL, [later], OUTAGE.updated))
        self.assertNotEqual(root.findtext("channel/item/guid"), other.findtext("channel/item/guid"))

    def test_ical(self):
        endless = dataclasses.replace(OUTAGE, number="O2", end=None)
        content = outage_feeds.to_ical(CHANNEL, [OUTAGE, endless]).decode()
        calendar = vobject.readOne(content)
        (event,) = calendar.vevent_list
        self.assertEqual(event.uid.value, "O202600001@b.example.com")
        self.assertEqual(event.dtstart.value.isoformat(), "2026-03-01T02:00:00+00:00")
        self.assertEqual(event.summary.value, OUTAGE.title)

    @steady
    @given(st.text(max_size=60))
    def test_any_text_gives_xml(self, text):
        odd = dataclasses.replace(OUTAGE, title=text, text=text, area=text)
        etree.fromstring(outage_feeds.to_rss(CHANNEL, [odd], OUTAGE.updated))
        etree.fromstring(outage_feeds.to_cap(CHANNEL, odd))


class TestMap(BaseCase):
    def test_broken_coordinates_are_left_out(self):
        places = {
            "good": (31.5, 120.3),
            "zero": (0, 0),
            "pole": (90.0, 0.0),
            "far": (31.5, 999.0),
            "nan": (math.nan, 120.3),
            "text": ("31.5", "x"),
            "none": (None, None),
        }
        plan = outage_map.plan(places)
        self.assertEqual(plan.markers, {"good": (50.0, 50.0)})
        self.assertIsNone(outage_map.plan({"zero": (0, 0)}))

    def test_projection(self):
        """Wuxi, 31.5 N 120.3 E, lies on tile 13/6833/3337 (the usual slippy map formula).

        x = (120.3 + 180) / 360 · 8192 = 6833.5; y = (1 - asinh(tan 31.5°) / π) / 2 · 8192
        = (1 - 0.580059 / 3.141593) / 2 · 8192 = 3339.8.
        """
        x, y = outage_map.project(31.5, 120.3, 13)
        self.assertEqual(int(x / 256), 6833)
        self.assertAlmostEqual(y / 256, 3339.8, 0)

    @steady
    @given(
        st.dictionaries(
            st.integers(), st.tuples(st.floats(-80, 80), st.floats(-179, 179)), max_size=6
        )
    )
    def test_markers_lie_on_the_map(self, places):
        plan = outage_map.plan(places)
        for left, top in plan.markers.values() if plan else ():
            self.assertTrue(0 <= left <= 100 and 0 <= top <= 100)
