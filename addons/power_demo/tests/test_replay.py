import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from odoo.tests import HttpCase, tagged

REPLAY = Path(__file__).resolve().parents[3] / "scripts" / "replay"


@tagged("post_install", "-at_install")
class TestReplay(HttpCase):
    """Every bill of the utility is what its determinants make it."""

    def test_every_bill_replays(self):
        bills = self.env["power.bill"].with_context(lang="en_US")
        count, found = bills._find_not_replayed()
        self.assertEqual(count, bills.search_count([("state", "=", "posted")]))
        self.assertGreater(count, 5000)
        self.assertEqual(found, {})

    def test_exported_bills_replay_without_odoo(self):
        """The logins' own bills, downloaded one by one, as chains, with plain Python."""
        python = shutil.which("python3")
        if not REPLAY.exists() or not python:
            self.skipTest("The script stands beside the add-ons, where a whole project is.")
        for login in ("household", "factory"):
            self.authenticate(login, login)
            user = self.env["res.users"].search([("login", "=", login)])
            bills = self.env["power.bill"].with_user(user).search([], order="id")
            point = bills[0].supply_point_id
            with self.subTest(login=login), tempfile.TemporaryDirectory() as folder:
                paths, totals = [], []
                for bill in bills.filtered(lambda bill, point=point: bill.supply_point_id == point):
                    document = self.url_open(f"/my/power/bills/{bill.id}/data").json()
                    paths.append(Path(folder) / f"{bill.id}.json")
                    paths[-1].write_text(json.dumps(document), encoding="utf-8")
                    totals.append(f"{bill.name}: {bill.amount_total:.2f}")
                done = subprocess.run(
                    [python, "-S", str(REPLAY), "--chain", *map(str, paths)],
                    capture_output=True,
                    text=True,
                    timeout=120,
                    env={"LANG": "C.UTF-8"},
                    check=False,
                )
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(done.stdout.splitlines(), totals)
                self.assertEqual(len(totals), 24)
