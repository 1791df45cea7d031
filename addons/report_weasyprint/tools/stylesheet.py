"""Make Odoo's report stylesheets fit for WeasyPrint. Plain text in, plain text out."""

import re

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
