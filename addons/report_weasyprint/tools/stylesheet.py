"""Make Odoo's report stylesheets fit for WeasyPrint. Plain text in, plain text out."""

import dataclasses
import re
from collections.abc import Iterable

_FONT_FACE = re.compile(r"(@font-face\s*\{[^}]*\})", re.IGNORECASE)
_FONT_FAMILY = re.compile(r"(?<![\w-])font-family\s*:\s*([^;{}]+)", re.IGNORECASE)
_GENERIC = {
    "serif",
    "sans-serif",
    "monospace",
    "cursive",
    "fantasy",
    "system-ui",
    "ui-sans-serif",
    "ui-serif",
    "ui-monospace",
}
_KEYWORDS = {"inherit", "initial", "unset", "revert"}
# A4 at the print scale is some 990 CSS pixels wide: Bootstrap's "sm" and "md" apply, "lg" not.
_NARROW_MEDIA = re.compile(r"@media\s*\(min-width:\s*(?:576|768)px\)", re.IGNORECASE)
# What ends, opens or closes a rule, or must be skipped because it may hold such a character.
_TOKEN = re.compile(r"""/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]""", re.DOTALL)
_STRING_OR_ATTRIBUTE = re.compile(r"""\[[^\]]*\]|"[^"]*"|'[^']*'""")
_PARENTHESES = re.compile(r"\([^()]*\)")
_CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
# States of a screen: nothing on paper is ever in one.
_SCREEN_STATE = re.compile(r":(?:hover|focus|active|focus-visible|focus-within)\b")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Columns of 33.33333333 % and 66.66666667 % add up to a hair more than the row and would wrap.
_LONG_PERCENTAGE = re.compile(r"(\d+\.\d{2})\d{3,}%")


def with_fallback_face(families: str, face: str) -> str:
    """Return the font-family list with ``face`` before its first generic family.

    >>> with_fallback_face("Lato, sans-serif", "WenQuanYi Micro Hei")
    'Lato, "WenQuanYi Micro Hei", sans-serif'
    """
    value, important, _rest = families.partition("!")
    names = [name.strip() for name in value.split(",") if name.strip()]
    bare = [name.strip("\"'") for name in names]
    if not names or "var(" in value or bare[0].lower() in _KEYWORDS or face in bare:
        return families
    position = next((i for i, name in enumerate(bare) if name.lower() in _GENERIC), len(names))
    names.insert(position, f'"{face}"')
    return ", ".join(names) + (f" {important}{_rest}" if important else "")


def prepare_stylesheet(css: str, face: str) -> str:
    """Add the fallback face to every font-family, let the media queries for narrow screens
    apply (WeasyPrint knows media types only) and cut long percentages."""
    parts = _FONT_FACE.split(css)
    for index in range(0, len(parts), 2):
        parts[index] = _FONT_FAMILY.sub(
            lambda match: f"font-family: {with_fallback_face(match[1], face)}", parts[index]
        )
    return _LONG_PERCENTAGE.sub(r"\1%", _NARROW_MEDIA.sub("@media print", "".join(parts)))


@dataclasses.dataclass(frozen=True)
class Rule:
    """One rule of a stylesheet.

    ``alternatives`` are the classes each of its selectors asks for (no class: it may always
    match); ``family`` is the name of a font that the rule brings, in lower case.
    """

    text: str
    alternatives: tuple[frozenset[str], ...] = (frozenset(),)
    family: str = ""


def split_rules(css: str) -> list[Rule]:
    """Return the rules of a stylesheet that can ever apply on paper, in their order.

    A stylesheet of Odoo has thousands of rules, a document uses the classes of a few hundred;
    parsing all takes seconds.

    >>> [rule.text for rule in split_rules("@media screen{a{b:c}} @media print{.d{e:f}}")]
    ['.d{e:f}']
    """
    rules = []
    for prelude, block in _split_blocks(_COMMENT.sub("", css)):
        if block is None:
            rules.append(Rule(prelude))
        elif prelude.lower().startswith("@media"):
            rules += _split_media(prelude, block)
        elif prelude.lower().startswith("@font-face"):
            family = _FONT_FAMILY.search(block)
            name = family[1].strip().strip("\"'").lower() if family else ""
            rules.append(Rule(f"{prelude}{{{block}}}", family=name))
        elif re.match(r"@(-\w+-)?keyframes", prelude, re.IGNORECASE):
            continue
        else:
            alternatives = _get_alternatives(prelude)
            if alternatives:
                rules.append(Rule(f"{prelude}{{{block}}}", alternatives))
    return rules


def _split_blocks(css: str):
    """Yield (prelude, content of the block) of the outermost blocks; None for a statement."""
    depth = start = opened = 0
    for match in _TOKEN.finditer(css):
        token = match[0]
        if token == "{":
            if not depth:
                opened = match.start()
            depth += 1
        elif token == "}":
            depth -= 1
            if not depth:
                yield css[start:opened].strip(), css[opened + 1 : match.start()].strip()
                start = match.end()
        elif token == ";" and not depth:
            yield css[start : match.end()].strip(), None
            start = match.end()


def _split_media(prelude: str, block: str) -> list[Rule]:
    query = prelude[len("@media") :].strip().lower()
    if query in ("print", "all"):
        return split_rules(block)
    if "," not in query and (query.startswith(("screen", "only screen", "("))):
        return []
    return [Rule(f"{prelude}{{{block}}}")]


def _get_alternatives(prelude: str) -> tuple[frozenset[str], ...]:
    """Return the classes each selector needs; a selector that never matches is left out."""
    if prelude.startswith("@") or "\\" in prelude:
        return (frozenset(),)
    bare = _STRING_OR_ATTRIBUTE.sub("", prelude)
    while (inner := _PARENTHESES.sub("", bare)) != bare:
        bare = inner
    return tuple(
        frozenset(_CLASS.findall(selector))
        for selector in bare.split(",")
        if not _SCREEN_STATE.search(selector)
    )


def get_class_names(rules: Iterable[Rule]) -> frozenset[str]:
    """Return all classes that rules ask for."""
    return frozenset().union(*(names for rule in rules for names in rule.alternatives))


def choose_rules(
    rules: Iterable[Rule], class_names: frozenset[str], families: frozenset[str]
) -> list[Rule]:
    """Return the rules that may apply to documents with these classes, and the fonts they use.

    :param families: fonts that the documents name themselves, in lower case
    """
    chosen = [rule for rule in rules if any(n <= class_names for n in rule.alternatives)]
    text = "".join(rule.text for rule in chosen if not rule.family).lower()
    return [
        rule for rule in chosen if not rule.family or rule.family in families or rule.family in text
    ]
