"""An exported bill is rated again by a Python that has nothing installed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from house import kernel

ROOT = Path(__file__).resolve().parents[2]

# 1234 kWh × 0.690486 = 852.06
DETERMINANTS = {
    "period_from": "2026-10-01",
    "period_to": "2026-10-31",
    "registers": [
        {
            "key": "M1",
            "readings": [
                {"date": "2026-09-30", "value": "10000"},
                {"date": "2026-10-31", "value": "11234"},
            ],
        }
    ],
    "versions": [
        {
            "key": "v",
            "date_from": "2026-01-01",
            "components": [
                {"key": "energy", "kind": "energy", "name": "能量", "price": "0.690486"}
            ],
        }
    ],
}


def replay(*arguments) -> subprocess.CompletedProcess:
    """No site-packages, no variables of the environment, no folder of the user."""
    return subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "scripts" / "replay", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def bill(tmp_path):
    document = kernel.load("bill_export").build({"number": "B1"}, DETERMINANTS)
    path = tmp_path / "bill.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_bill_is_confirmed(bill):
    done = replay("--steps", bill)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "  能量: 1234 kWh × 0.690486 = 852.06\nB1: 852.06\n"


def test_a_changed_bill_is_not(bill):
    bill.write_text(bill.read_text().replace('"852.06"', '"852.05"'))
    done = replay(bill)
    assert done.returncode == 1
    assert "B1: NOT CONFIRMED" in done.stdout
    assert "The hash does not fit" in done.stdout
    assert "The bill says 852.05, the kernel makes it 852.06." in done.stdout


def test_the_chain_is_followed(bill, tmp_path):
    first = json.loads(bill.read_text())
    second = tmp_path / "second.json"
    for previous, code in ((first["hash"], 0), ("0" * 64, 1)):
        document = kernel.load("bill_export").build({"number": "B2"}, DETERMINANTS, previous)
        second.write_text(json.dumps(document))
        assert replay("--chain", bill, second).returncode == code


def test_what_is_no_bill_is_told(tmp_path):
    path = tmp_path / "bill.json"
    path.write_text("nothing")
    done = replay(path)
    assert done.returncode == 1
    assert "is no JSON" in done.stderr
    done = replay(tmp_path / "absent.json")
    assert "cannot be read: No such file" in done.stderr
    assert "Traceback" not in done.stderr
