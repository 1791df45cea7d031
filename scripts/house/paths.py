"""Where everything stands. Nothing outside the project's folder is written."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADDONS = ROOT / "addons"
TEST_ADDONS = ROOT / "tests" / "addons"
CONFIG = ROOT / "config"
REQUIREMENTS = ROOT / "requirements.txt"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
ODOO = ROOT / ".odoo"
DATA = ROOT / ".data"


def suite() -> list[str]:
    """Names of the add-ons of the suite, in alphabetical order."""
    return sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py"))


def test_addons() -> list[str]:
    """Names of the add-ons that hold nothing but tests."""
    return sorted(path.parent.name for path in TEST_ADDONS.glob("*/__manifest__.py"))
