"""Odoo 19: one that is already there (`ODOO_HOME`), else Debian's package under `.odoo/`."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import debian, environment, paths
from .console import Stop, step

SERIES = (19, 0)
LAUNCHER = paths.VENV / "bin" / "odoo"
FETCHED = paths.ODOO / "root" / "usr" / "lib" / "python3" / "dist-packages"
STAMP = paths.ODOO / ".complete"
# odoo-19 links to files of the other packages; the font is for Chinese PDF and screenshots.
PACKAGES = [
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-wqy-microhei",
]
SUITE = "sid"
FONTS = paths.ODOO / "fonts.conf"


def ensure() -> None:
    """Make `.venv/bin/odoo` start an Odoo 19.0."""
    environment.ensure()
    home = _home()
    link = _site_packages() / "odoo-home.pth"
    text = f"{home}\n"
    if not link.exists() or link.read_text() != text:
        link.write_text(text)
    LAUNCHER.write_text(f"#!{paths.PYTHON}\nimport odoo.cli\n\nodoo.cli.main()\n")
    LAUNCHER.chmod(0o755)
    _write_font_configuration()


def addons_path() -> str:
    """Folders with add-ons, beside Odoo's own and those installed by pip."""
    folders = [paths.ADDONS]
    tree = _home() / "addons"
    if (tree / "web").is_dir():
        folders.append(tree)
    if any(paths.TEST_ADDONS.glob("*/__manifest__.py")):
        folders.append(paths.TEST_ADDONS)
    return ",".join(map(str, folders))


def child_environment() -> dict[str, str]:
    """Environment for Odoo and browsers.

    The Chinese face is found without installing it, and compiled Python is kept, whatever the
    shell says of it: each server would compile Odoo's two thousand files anew.
    """
    kept = {"FONTCONFIG_FILE": str(FONTS), "PYTHONPYCACHEPREFIX": str(paths.DATA / "python")}
    environment = os.environ | kept
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def _home() -> Path:
    given = os.environ.get("ODOO_HOME")
    if given:
        home = Path(given).expanduser().resolve()
        version = _version(home)
        if version != SERIES:
            found = ".".join(map(str, version)) if version else "no Odoo"
            raise Stop(
                f"ODOO_HOME={given} holds {found}; Odoo 19.0 is needed. Point it to the folder "
                "that contains odoo/release.py, or unset it to fetch Debian's package."
            )
        return home
    if not STAMP.exists():
        _fetch()
    return FETCHED


def _fetch() -> None:
    with step("Odoo 19.0 Community from Debian's package (about 140 MB, once)"):
        root = paths.ODOO / "root"
        shutil.rmtree(root, ignore_errors=True)
        debian.unpack(PACKAGES, SUITE, root)
        _complete(root)
        if _version(FETCHED) != SERIES:
            raise Stop("The package fetched is no Odoo 19.0. Point ODOO_HOME to one.")
        STAMP.touch()


def _complete(root: Path) -> None:
    """Add what the Debian package only refers to: the icon font and one script of `mail`."""
    fonts = root / "usr" / "share" / "fonts-font-awesome" / "fonts"
    packaged = _site_packages() / "xstatic" / "pkg" / "font_awesome" / "data" / "fonts"
    shutil.copytree(packaged, fonts, dirs_exist_ok=True)
    script = FETCHED / "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("// Background blur in calls is not in Debian's package.\n")


def _version(home: Path) -> tuple[int, int] | None:
    release = home / "odoo" / "release.py"
    if not release.is_file():
        return None
    found = re.search(r"version_info = \((\d+), (\d+)", release.read_text())
    return (int(found[1]), int(found[2])) if found else None


def _site_packages() -> Path:
    return next((paths.VENV / "lib").glob("python3.*")) / "site-packages"


def _write_font_configuration() -> None:
    fonts = paths.ODOO / "root" / "usr" / "share" / "fonts"
    FONTS.parent.mkdir(exist_ok=True)
    FONTS.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        '  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n'
        f"  <dir>{fonts}</dir>\n"
        f"  <cachedir>{paths.DATA / 'fontconfig'}</cachedir>\n</fontconfig>\n"
    )


def check_pdf_libraries() -> None:
    """WeasyPrint needs Pango: install it where we are root, else say how."""
    if _weasyprint_loads():
        return
    packages = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]
    with step("Pango, for PDF"):
        debian.install(packages, "Pango is missing, so no PDF can be printed.")
    if not _weasyprint_loads():
        raise Stop(f"WeasyPrint does not load. Install {' '.join(packages)} and run again.")


def _weasyprint_loads() -> bool:
    command = [paths.PYTHON, "-c", "import weasyprint"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
