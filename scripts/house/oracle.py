"""Independent programs that the kernel is compared with: fetched for the test, kept apart."""

import hashlib
import os
import shutil
import sys
import tomllib

from . import environment, paths
from .console import run

GROUP = "oracle"


def ensure() -> None:
    """Make the packages of the group importable; nothing of them enters `.venv`."""
    project = paths.ROOT / "pyproject.toml"
    packages = tomllib.loads(project.read_text())["dependency-groups"][GROUP]
    digest = hashlib.sha256("\n".join([*packages, sys.version]).encode()).hexdigest()
    home = paths.DATA / "oracle"
    folder = home / digest[:12]
    if not folder.exists():
        shutil.rmtree(home, ignore_errors=True)
        fetched = folder.with_suffix(".part")
        run(
            [paths.VENV / "bin" / "uv", "pip", "install", "--python", paths.PYTHON]
            + ["--target", fetched, *packages],
            "The programs to compare with could not be fetched. Check the network and run again.",
            env=os.environ | environment.index_settings(),
        )
        fetched.rename(folder)
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
