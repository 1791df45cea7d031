import copy
import hashlib
import json

from odoo.tests import BaseCase, tagged

from ..tools import bill_export
from .kernel_data import bill, component, register, version

NAMES = {
    "number": "B/2026/0001",
    "supply_point": "1000000001",
    "period_from": "2026-10-01",
    "period_to": "2026-10-31",
}


def export(kwh=1234, previous=None):
    data = bill(version(component("energy", "0.690486", key="能量")), [register(kwh)])
    return bill_export.build(NAMES, data, previous)


@tagged("at_install", "power_slow")
class TestBillExport(BaseCase):
    def test_what_is_exported_is_confirmed(self):
        """1234 × 0.690486 = 852.06, also after a journey through a file with other key order."""
        document = export()
        self.assertEqual(document["bill"]["total"], "852.06")
        self.assertEqual(document["charges"][0]["step"], "1234 kWh × 0.690486 = 852.06")
        again = json.loads(json.dumps(document, indent=2))
        again = dict(reversed(again.items()))
        verdict = bill_export.verify(again)
        self.assertEqual(verdict.problems, [])
        self.assertEqual(str(verdict.total), "852.06")

    def test_hash_is_sha256_of_canonical_json(self):
        document = export()
        content = {key: value for key, value in document.items() if key != "hash"}
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self.assertEqual(document["hash"], hashlib.sha256(text.encode("utf-8")).hexdigest())
        self.assertIn("能量", text)

    def test_chain(self):
        first = export()
        second = export(100, first["hash"])
        self.assertTrue(bill_export.verify(second, first).good)
        self.assertFalse(bill_export.verify(second, export(1235)).good)
        self.assertIsNone(first["previous_hash"])

    def test_every_change_is_found(self):
        """Whatever is changed breaks the hash; with a new hash the kernel still finds it."""
        document = export()
        for change in (
            lambda d: d["charges"][0].update(amount="852.07"),
            lambda d: d["bill"].update(total="800.00"),
            lambda d: d["steps"].pop(),
            lambda d: d["determinants"]["registers"][0]["readings"][1].update(value="1235"),
            lambda d: d["charges"].pop(),
            lambda d: d["determinants"].pop("registers"),
            lambda d: d.update(note="x"),
            lambda d: d.update(format="power-bill/2"),
        ):
            broken = copy.deepcopy(document)
            change(broken)
            self.assertFalse(bill_export.verify(broken).good)
            broken["hash"] = bill_export.digest(broken)
            self.assertFalse(bill_export.verify(broken).good)
        renamed = copy.deepcopy(document)
        renamed["bill"]["number"] = "other"
        self.assertEqual(len(bill_export.verify(renamed).problems), 1)

    def test_wrong_charge_is_named(self):
        document = export()
        step = document["charges"][0]["step"]
        document["charges"][0]["step"] = "1234 kWh × 1 = 852.06"
        document["hash"] = bill_export.digest(document)
        self.assertEqual(
            bill_export.verify(document).problems,
            ["Charge 1 (能量): 1234 kWh × 1 = 852.06; the kernel makes it " + step + "."],
        )

    def test_other_things_are_refused(self):
        for other in ({}, [], None, {"format": "power-bill/1"}):
            self.assertFalse(bill_export.verify(other).good)
