import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from .test_bill_why import WhyCase

REPLAY = Path(__file__).resolve().parents[3] / "scripts" / "replay"


@tagged("post_install", "-at_install", "power_slow")
class TestBillExport(WhyCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = cls._create_plain_bills()

    def _download(self, bill):
        token = bill._portal_ensure_token()
        page = self.url_open(f"/my/power/bills/{bill.id}/data?access_token={token}")
        self.assertEqual(page.status_code, 200)
        self.assertIn(".json", page.headers["Content-Disposition"])
        return page.json()

    def _replay(self, *documents, chain=False):
        """Rate documents with a Python that knows nothing but itself."""
        python = shutil.which("python3")
        if not REPLAY.exists() or not python:
            self.skipTest("The script stands beside the add-ons, where a whole project is.")
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, document in enumerate(documents):
                paths.append(Path(folder) / f"{number}.json")
                paths[-1].write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
            options = ["--chain"] if chain else []
            return subprocess.run(
                [python, "-S", str(REPLAY), *options, *map(str, paths)],
                capture_output=True,
                text=True,
                timeout=60,
                env={"LANG": "C.UTF-8"},
                check=False,
            )

    def test_download_and_replay(self):
        document = self._download(self.second)
        self.assertEqual(document["bill"]["total"], "1029.96")
        self.assertEqual(document["bill"]["number"], self.second.name)
        done = self._replay(document)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.strip(), f"{self.second.name}: 1029.96")

    def test_tampered_file_is_refused(self):
        document = self._download(self.second)
        document["determinants"]["registers"][0]["readings"][-1]["value"] = "2000.00"
        done = self._replay(document)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{self.second.name}: NOT CONFIRMED", done.stdout)
        self.assertIn("The hash does not fit: something was changed after the export.", done.stdout)

    def test_chain(self):
        first, second = self._download(self.first), self._download(self.second)
        self.assertIsNone(first["previous_hash"])
        self.assertEqual(second["previous_hash"], first["hash"])
        self.assertEqual(self._download(self.second), second)
        self.assertEqual(self._replay(first, second, chain=True).returncode, 0)
        self.assertEqual(self._replay(second, first, chain=True).returncode, 1)

    def test_cancelled_bill_keeps_its_place(self):
        second = self._download(self.second)
        third = self._bill(self.second.supply_point_id, "2026-03-01", "2026-03-31", 4000)
        third_hash = self._download(third)["hash"]
        third._cancel("wrong reading")
        self.assertEqual(third._get_export_document()["hash"], third_hash)
        self.assertEqual(third._get_export_document()["previous_hash"], second["hash"])
        run = self._create_run(
            "2026-03-01", supply_point_ids=[Command.set(self.second.supply_point_id.ids)]
        )
        run._process_all()
        fourth = run.bill_ids
        self.assertEqual(fourth.state, "posted")
        self.assertEqual(fourth._get_export_document()["previous_hash"], third_hash)

    def test_what_was_billed_is_exported(self):
        """Charges come from the bill: were they changed, the replay would say so."""
        line = self.second.line_ids[0]
        self.assertEqual(self.second._get_replay_problems(), [])
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE power_bill_line SET amount = 966.67 WHERE id = %s", line.id)
        )
        self.env.cr.execute(
            SQL("UPDATE power_bill SET amount_total = 1029.95 WHERE id = %s", self.second.id)
        )
        self.env.invalidate_all()
        domain = [("supply_point_id", "=", self.second.supply_point_id.id)]
        count, found = self.env["power.bill"]._find_not_replayed(domain)
        self.assertEqual((count, list(found)), (2, [self.second]))
        self.assertEqual(
            found[self.second],
            [
                "The charges are 966.67, 63.28; rated again they are 966.68, 63.28.",
                "The total is 1029.95; rated again it is 1029.96.",
            ],
        )
        self.assertEqual(self._replay(self._download(self.second)).returncode, 1)

    def test_a_bill_not_issued_is_not_given(self):
        bill = self.env["power.bill"].create(
            {
                "supply_point_id": self._create_point().id,
                "company_id": self.company.id,
                "period_from": "2026-01-01",
                "period_to": "2026-01-31",
            }
        )
        token = bill._portal_ensure_token()
        page = self.url_open(f"/my/power/bills/{bill.id}/data?access_token={token}")
        self.assertEqual(page.status_code, 404)
