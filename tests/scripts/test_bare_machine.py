"""A machine without network, with a broken download, without apt: one sentence, then go on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
SMALL = "libjs-underscore"  # the smallest of the packages Odoo's own refers to
HEAD = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); from pathlib import Path\n"
UNPACK = HEAD + (
    "from house import console, debian\n"
    "here = Path(sys.argv[1]); debian.APT = here / 'apt'\n"
    f"console.main(lambda: debian.unpack([{SMALL!r}], 'sid', here / 'root'))\n"
)
CHROMIUM = HEAD + (
    "from house import browser, console\n"
    "console.main(lambda: 0 if browser.ensure() is None else 7)\n"
)


def run(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    surroundings = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=surroundings | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_no_network_is_said_in_one_sentence(tmp_path):
    settings = tmp_path / "apt.conf"
    settings.write_text(
        'Acquire::http::Proxy "http://127.0.0.1:1";\nAcquire::https::Proxy "http://127.0.0.1:1";\n'
        'Acquire::Retries "0";\n'
    )
    done = run(UNPACK, tmp_path, APT_CONFIG=str(settings))
    assert done.returncode == 1
    assert "Check the network" in done.stderr
    assert "run again" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_download_is_said_and_the_next_start_mends_it(tmp_path):
    # An apt-get in front of the real one, whose download ends too early once.
    tools = tmp_path / "tools"
    tools.mkdir()
    real = subprocess.run(
        ["which", "apt-get"], capture_output=True, text=True, check=True
    ).stdout.strip()
    shim = tools / "apt-get"
    shim.write_text(
        f'#!/bin/sh\n"{real}" "$@" || exit $?\n'
        'case " $* " in *" download "*) for file in *.deb; do truncate -s 1000 "$file"; done;; '
        "esac\n"
    )
    shim.chmod(0o755)
    broken = run(UNPACK, tmp_path, PATH=f"{tools}:{os.environ['PATH']}")
    assert broken.returncode == 1
    assert SMALL in broken.stderr
    assert "is broken. Run again to fetch it anew." in broken.stderr
    assert "Traceback" not in broken.stderr

    again = run(UNPACK, tmp_path)
    assert again.returncode == 0, again.stderr
    assert list((tmp_path / "root").rglob("underscore*.js"))


def test_without_apt_and_browser_the_skip_is_said(tmp_path):
    done = run(CHROMIUM, PATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Browser tests will be skipped" in done.stdout + done.stderr
    assert "sudo apt-get install chromium" in done.stdout + done.stderr


def test_without_apt_and_browser_ci_fails(tmp_path):
    done = run(CHROMIUM, PATH=str(tmp_path), CI="1")
    assert done.returncode == 1
    assert "Chromium is missing" in done.stderr


def test_no_package_index_is_said_in_one_sentence(tmp_path):
    checkout = tmp_path / "checkout"
    shutil.copytree(SCRIPTS, checkout / "scripts")
    shutil.copy(SCRIPTS.parent / "requirements.txt", checkout)
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:1/", "PIP_RETRIES": "0"}
    done = subprocess.run(
        [sys.executable, checkout / "scripts" / "lint"],
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert "package index could not be reached" in done.stderr
    assert "Check the network and run again." in done.stderr
    assert "Traceback" not in done.stderr
