"""The process-wide WeasyPrint: fonts and parsed stylesheets are kept from call to call."""

import atexit
import itertools
import logging
import threading
from collections.abc import Callable, Sequence
from urllib.parse import urljoin

import lxml.html

from .page import PageLayout, PrintPage
from .stylesheet import choose_rules, get_class_names, prepare_stylesheet, split_rules

_logger = logging.getLogger(__name__)

# WeasyPrint warns of every vendor prefix in Bootstrap.
logging.getLogger("weasyprint").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)

FALLBACK_FACE = "WenQuanYi Micro Hei"
_MAX_SHEETS = 32

# Pango's objects may not be shared by threads at work; rendering holds the interpreter anyway.
_lock = threading.RLock()


def get_load_error() -> str:
    """Return why WeasyPrint cannot work here, or an empty string."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as error:
        return (str(error).strip() or repr(error)).splitlines()[0]
    return ""


class _Cache:
    """Font configuration and stylesheets that were parsed with it."""

    def __init__(self):
        from weasyprint.text.fonts import FontConfiguration

        self.fonts = FontConfiguration()
        self.sheets = {}


class _Sheet:
    """A stylesheet of which only the rules are parsed that the documents printed so far use.

    Parsing is most of a process's first print. A document with classes that were not met yet
    has them parsed too; after a few kinds of document nothing is parsed any more.
    """

    def __init__(self, text, url):
        self.url = url
        self.rules = split_rules(prepare_stylesheet(text, FALLBACK_FACE))
        self.class_names = get_class_names(self.rules)
        self.families = frozenset(rule.family for rule in self.rules) - {""}
        self.used = (frozenset(), frozenset())
        self.loaded_faces = set()
        self.css = None

    def get_css(self, class_names, styles, fetcher, fonts):
        """Return the parsed rules for documents with these classes and this style of their own."""
        known_names, known_families = self.used
        names = known_names | (class_names & self.class_names)
        families = known_families | {name for name in self.families if name in styles}
        if self.css is None or (names, families) != self.used:
            self.used = (names, families)
            self.css = self._parse(choose_rules(self.rules, names, families), fetcher, fonts)
        return self.css

    def _parse(self, rules, fetcher, fonts):
        from weasyprint import CSS

        # The font configuration keeps the fonts it was given once.
        texts = [rule.text for rule in rules if rule.text not in self.loaded_faces]
        self.loaded_faces.update(rule.text for rule in rules if rule.family)
        return CSS(
            string="\n".join(texts), base_url=self.url, url_fetcher=fetcher, font_config=fonts
        )


_cache: _Cache | None = None


def _get_cache() -> _Cache:
    global _cache
    if _cache is None or len(_cache.sheets) > _MAX_SHEETS:
        _cache = _Cache()
    return _cache


def reset() -> None:
    """Forget fonts and stylesheets (after fonts were installed, and in tests)."""
    global _cache
    with _lock:
        _cache = None


# Fonts must go before the interpreter's own modules do.
atexit.register(reset)


def render(
    pages: Sequence[PrintPage],
    layout: PageLayout,
    fetch: Callable[[str], tuple[bytes, str]],
    base_url: str,
    cache_key: str,
) -> bytes:
    """Return one PDF with all pages; page numbers start again with each of them.

    :param fetch: returns content and MIME type of an address, or raises ValueError
    :param cache_key: stylesheets of equal address are shared below equal keys (the database)
    """
    with _lock:
        cache = _get_cache()
        fetcher = _make_fetcher(fetch)
        images = {}
        sheets = _get_sheets(pages, cache, cache_key, base_url, fetcher)
        documents = [
            _layout(page, layout, fetcher, base_url, cache, sheets, images) for page in pages
        ]
        printed = [sheet for document in documents for sheet in document.pages]
        return (
            documents[0]
            .copy(printed)
            .write_pdf(zoom=layout.zoom, finisher=_make_finisher(pages, documents))
        )


def _get_sheets(pages, cache, cache_key, base_url, fetcher):
    """Return {address: stylesheet} with all that the pages need of each."""
    class_names = frozenset().union(*(page.get_class_names() for page in pages))
    styles = " ".join(page.get_styles() for page in pages)
    sheets = {}
    for url in dict.fromkeys(url for page in pages for url in page.stylesheet_urls):
        sheet = _get_sheet(cache, cache_key, urljoin(base_url, url), fetcher)
        if sheet:
            sheets[url] = sheet.get_css(class_names, styles, fetcher, cache.fonts)
    return sheets


def _layout(page, layout, fetcher, base_url, cache, sheets, images):
    from weasyprint import CSS, HTML

    page_css = layout.to_css()
    if (page_css,) not in cache.sheets:
        cache.sheets[page_css,] = CSS(string=page_css, font_config=cache.fonts)
    markup = lxml.html.tostring(page.root, encoding="unicode", doctype="<!DOCTYPE html>")
    return HTML(string=markup, base_url=base_url, url_fetcher=fetcher).render(
        font_config=cache.fonts,
        stylesheets=[
            *(sheets[url] for url in page.stylesheet_urls if url in sheets),
            cache.sheets[page_css,],
        ],
        cache=images,
    )


def _get_sheet(cache, cache_key, url, fetcher):
    """Return the stylesheet; addresses of bundles change with their content."""
    key = (cache_key, url)
    if key not in cache.sheets:
        try:
            text = fetcher(url).read().decode()
        except ValueError as error:
            _logger.warning("Stylesheet %s is left out of a report: %s", url, error)
            return None
        cache.sheets[key] = _Sheet(text, url)
    return cache.sheets[key]


def _make_fetcher(fetch: Callable[[str], tuple[bytes, str]]):
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class InProcessFetcher(URLFetcher):
        def fetch(self, url, headers=None):
            if url.lower().startswith("data:"):
                return super().fetch(url, headers)
            content, mimetype = fetch(url)
            return URLFetcherResponse(url, content, {"Content-Type": mimetype})

    return InProcessFetcher(allowed_protocols=("data",))


def _make_finisher(pages, documents):
    """Return a finisher that writes one top-level outline per record.

    ``ir.actions.report`` cuts a PDF of several records at the outlines. It reads them as
    wkhtmltopdf writes them: named destinations in the catalogue whose first entry is the number
    of the page.
    """
    starts = []
    number = 0
    previous = object()
    for page, document in zip(pages, documents, strict=True):
        if page.record is None or page.record != previous:
            starts.append((number, page.title))
        previous = page.record
        number += len(document.pages)
    if len(starts) < 2:
        return None

    def finisher(_document, pdf):
        import pydyf

        root = pydyf.Dictionary({"Type": "/Outlines", "Count": len(starts)})
        pdf.add_object(root)
        items = []
        destinations = pydyf.Dictionary()
        for index, (page_number, title) in enumerate(starts):
            destinations[f"document{index}"] = pydyf.Array([page_number, "/Fit"])
            item = pydyf.Dictionary(
                {
                    "Title": pydyf.String(title or str(index + 1)),
                    "Parent": root.reference,
                    "Dest": f"/document{index}",
                }
            )
            pdf.add_object(item)
            items.append(item)
        for item, following in itertools.pairwise(items):
            item["Next"] = following.reference
            following["Prev"] = item.reference
        root["First"] = items[0].reference
        root["Last"] = items[-1].reference
        pdf.catalog["Outlines"] = root.reference
        pdf.catalog["Dests"] = destinations

    return finisher
