"""Checks of files that no linter of others makes: XML, manifests, translations."""

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from lxml import etree

LANGUAGE = "zh_CN"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sdrf]|%[sd](?![a-z])")


def every_file(root: Path) -> Iterator[str]:
    """What is wrong, a line each: file, then the fault."""
    for addon in sorted(path.parent for path in root.glob("addons/*/__manifest__.py")):
        for fault in (*_manifest(addon), *_xml(addon), *_access(addon), *_translation(addon)):
            yield f"{addon.relative_to(root)}: {fault}"


def _manifest(addon: Path) -> Iterator[str]:
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
    listed = [name for key in ("data", "demo") for name in manifest.get(key, [])]
    for name in listed:
        if not (addon / name).is_file():
            yield f"__manifest__.py lists {name}, which is not there"
    for folder in ("data", "demo", "security", "views", "wizard", "report"):
        for path in addon.glob(f"{folder}/*.xml"):
            if str(path.relative_to(addon)) not in listed:
                yield f"{path.relative_to(addon)} is not in __manifest__.py"
    for name in ("README.md", "static/description/icon.png"):
        if not (addon / name).is_file() and not manifest.get("auto_install"):
            yield f"{name} is missing"
    if not manifest["version"].startswith("19.0."):
        yield "the version does not begin with 19.0."


def _xml(addon: Path) -> Iterator[str]:
    for path in addon.rglob("*.xml"):
        try:
            etree.parse(path)
        except etree.XMLSyntaxError as error:
            yield f"{path.relative_to(addon)}: {error}"


def _access(addon: Path) -> Iterator[str]:
    path = addon / "security" / "ir.model.access.csv"
    if not path.is_file():
        return
    with path.open() as lines:
        for row in csv.DictReader(lines):
            if not row["group_id:id"]:
                yield f"{path.name}: {row['id']} names no group, so everybody has it"


def _translation(addon: Path) -> Iterator[str]:
    path = addon / "i18n" / f"{LANGUAGE}.po"
    if not path.is_file():
        if any(addon.glob("views/*.xml")):
            yield f"i18n/{LANGUAGE}.po is missing"
        return
    for entry in polib.pofile(str(path)):
        if entry.obsolete:
            continue
        if entry.fuzzy or not entry.msgstr:
            yield f"{path.name}: not translated: {entry.msgid[:60]!r}"
        elif sorted(PLACEHOLDER.findall(entry.msgid)) != sorted(PLACEHOLDER.findall(entry.msgstr)):
            yield f"{path.name}: other placeholders than the source: {entry.msgid[:60]!r}"
