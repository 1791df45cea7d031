"""The Python environment: `.venv` with exactly what `requirements.txt` pins."""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

from . import paths
from .console import Stop, run, step

MINIMUM = (3, 11)
STAMP = paths.VENV / ".requirements"


def enter() -> None:
    """Go on in the project's own environment, whichever Python started the script."""
    ensure()
    if Path(sys.prefix).resolve() != paths.VENV.resolve():
        os.execv(paths.PYTHON, [str(paths.PYTHON), *sys.argv])


def ensure() -> None:
    """Make `.venv` and install the pinned requirements, if they are not there yet."""
    if sys.version_info < MINIMUM:
        raise Stop(
            f"Python {'.'.join(map(str, MINIMUM))} or newer is needed, this is "
            f"{sys.version.split()[0]}. Start the script with a newer python3."
        )
    digest = hashlib.sha256(paths.REQUIREMENTS.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == digest:
        return
    with step("Python packages into .venv"):
        _create()
        _install()
        STAMP.write_text(digest)


def _create() -> None:
    if paths.PYTHON.exists():
        return
    try:
        venv.create(paths.VENV, with_pip=True, symlinks=True)
    except (subprocess.CalledProcessError, OSError) as error:
        raise Stop(
            "The virtual environment could not be made. On Debian and Ubuntu install "
            f"python3-venv and run again. ({error})"
        ) from error


def _install() -> None:
    offline = (
        "The package index could not be reached or refused a package. "
        "Check the network and run again."
    )
    run([paths.PYTHON, "-m", "pip", "install", "--quiet", "uv"], offline)
    run(
        [paths.VENV / "bin" / "uv", "pip", "install", "--python", paths.PYTHON]
        + ["--no-deps", "--requirement", paths.REQUIREMENTS],
        offline,
        env=os.environ | index_settings(),
    )


def index_settings() -> dict[str, str]:
    """uv does not read pip's configuration: hand it the index and certificate pip uses."""
    settings = {}
    for option, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        answer = subprocess.run(
            [paths.PYTHON, "-m", "pip", "config", "get", f"global.{option}"],
            capture_output=True,
            text=True,
            check=False,
        )
        value = answer.stdout.strip() or os.environ.get(f"PIP_{option.upper().replace('-', '_')}")
        if value and variable not in os.environ:
            settings[variable] = value
    return settings
