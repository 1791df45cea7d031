"""Chromium for tours and stories."""

import os
import shutil

from . import debian
from .console import Stop, note, step

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def ensure() -> str | None:
    """Path of a Chromium, installed through apt where we may; None where there is none.

    :raise Stop: there is none and this is CI, where nothing may be skipped.
    """
    found = _find()
    if found:
        return found
    try:
        with step("Chromium, for tours and stories"):
            debian.install(["chromium"], "Chromium is missing, so no page can be tested.")
    except Stop as stop:
        if os.environ.get("CI"):
            raise
        note(f"Browser tests will be skipped. {stop}")
    return _find()


def _find() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)
