"""Merging exported terms into a translation file that people write.

Labels that come with Odoo's mixins (followers, activities, …) are already translated by Odoo;
its own words are taken where we have none, so that one thing has one name everywhere.
"""

import functools
from dataclasses import dataclass, field
from pathlib import Path

import polib

LANGUAGE = "zh_CN"


MIXINS = ("base", "mail", "portal", "rating", "sms", "phone_validation", "account")


@dataclass
class Report:
    terms: int = 0
    faults: list[str] = field(default_factory=list)


def merge(exported: Path, addon: Path, *, write: bool) -> Report:
    """Bring `i18n/zh_CN.po` and the template of an add-on up to date.

    Translations are kept, terms that are gone are dropped, new ones stay empty.

    :return: how many terms there are, and which are not translated.
    """
    template = polib.pofile(str(exported))
    target = addon / "i18n" / f"{LANGUAGE}.po"
    known = {}
    if target.exists():
        known = {(e.msgctxt, e.msgid): e for e in polib.pofile(str(target)) if not e.obsolete}
    merged = polib.POFile(wrapwidth=100)
    merged.metadata = {
        "Project-Id-Version": "Power CRM 19.0",
        "Language": LANGUAGE,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    report = Report(terms=len(template))
    for entry in sorted(template, key=lambda e: e.msgid):
        before = known.get((entry.msgctxt, entry.msgid))
        entry.msgstr = before.msgstr if before and not before.fuzzy else ""
        entry.msgstr = entry.msgstr or _odoo_words().get(entry.msgid, "")
        if not entry.msgstr:
            report.faults.append(f"not translated: {entry.msgid[:70]!r}")
        merged.append(entry)
    if write and len(merged):
        target.parent.mkdir(exist_ok=True)
        merged.save(str(target))
    return report


@functools.cache
def _odoo_words() -> dict[str, str]:
    """Odoo's own translations of the add-ons whose mixins we use; the first one wins."""
    import odoo.addons

    words: dict[str, str] = {}
    for module in MIXINS:
        for folder in odoo.addons.__path__:
            path = Path(folder) / module / "i18n" / f"{LANGUAGE}.po"
            if path.exists():
                for entry in polib.pofile(str(path)):
                    if entry.msgstr and not entry.fuzzy and not entry.obsolete:
                        words.setdefault(entry.msgid, entry.msgstr)
    return words
