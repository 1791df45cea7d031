"""Debian packages unpacked into the project's folder: no root, nothing on the system replaced."""

import os
import shutil
import subprocess
from pathlib import Path

from . import paths
from .console import Stop, run

APT = paths.ODOO / "apt"


def unpack(packages: list[str], suite: str | None, target: Path) -> None:
    """Download packages through apt's configured mirror and unpack them under `target`.

    :param suite: a Debian suite, or None for the machine's own.
    :raise Stop: apt is missing, the mirror does not carry them, or a download broke.
    """
    for tool in ("apt-get", "dpkg"):
        if not shutil.which(tool):
            raise Stop(
                f"{tool} is missing, so {packages[0]} cannot be fetched. "
                "Use a Debian-like machine, or point ODOO_HOME to an Odoo 19 that is already there."
            )
    options = _options(suite)
    run(
        ["apt-get", *options, "update"],
        "The Debian package list could not be fetched. Check the network and run again.",
    )
    downloads = APT / "debs"
    shutil.rmtree(downloads, ignore_errors=True)
    downloads.mkdir(parents=True)
    run(
        ["apt-get", *options, "-o", "APT::Sandbox::User=root", "download", *packages],
        f"{packages[0]} could not be downloaded. "
        "Check the network and the free disk space and run again; where the mirror does not "
        "carry it, point ODOO_HOME to an Odoo 19 that is already there.",
        cwd=downloads,
    )
    target.mkdir(parents=True, exist_ok=True)
    for package in sorted(downloads.glob("*.deb")):
        run(
            ["dpkg", "-x", package, target],
            f"{package.name} is broken. Run again to fetch it anew.",
        )
    shutil.rmtree(downloads)


def install(packages: list[str], why: str) -> None:
    """Install system packages through apt as root.

    :raise Stop: not root, or apt failed; the text holds the command to type.
    """
    if os.geteuid() or not shutil.which("apt-get"):
        raise Stop(f"{why} Install it: sudo apt-get install {' '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    offline = (
        f"{why} apt-get could not install {' '.join(packages)}. Check the network and run again."
    )
    run(["apt-get", "update"], offline, env=environment)
    run(
        ["apt-get", "install", "--yes", "--no-install-recommends", *packages],
        offline,
        env=environment,
    )


def _options(suite: str | None) -> list[str]:
    """Options for an apt of our own: its lists and cache in the project, one source line."""
    if suite is None:
        return []
    folders = {"State::Lists": APT / "lists", "Cache": APT / "cache"}
    for folder in folders.values():
        (folder / "partial").mkdir(parents=True, exist_ok=True)
        (folder / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    sources = APT / "sources.list"
    sources.write_text(f"deb {_keyring()}{_mirror()} {suite} main\n")
    options = ["-o", f"Dir::Etc::SourceList={sources}", "-o", "Dir::Etc::SourceParts=-"]
    for name, folder in folders.items():
        options += ["-o", f"Dir::{name}={folder}"]
    return options


def _mirror() -> str:
    """The first Debian mirror in apt's own configuration."""
    listing = subprocess.run(
        ["apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI)"],
        capture_output=True,
        text=True,
        check=False,
    )
    for address in listing.stdout.split():
        if address.rstrip("/").endswith("/debian"):
            return address
    raise Stop(
        "apt knows no Debian mirror here, so Odoo cannot be fetched. "
        "Point ODOO_HOME to an Odoo 19 that is already there, or add a Debian mirror to apt."
    )


def _keyring() -> str:
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    return f"[signed-by={keyring}] " if keyring.exists() else ""
