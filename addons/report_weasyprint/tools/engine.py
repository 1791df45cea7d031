"""The process-wide WeasyPrint: fonts and parsed stylesheets are kept from call to call."""

import atexit
import itertools
import logging
import threading
from collections.abc import Callable, Sequence
from urllib.parse import urljoin

import lxml.html

from .page import PageLayout, PrintPage
from .stylesheet import prepare_stylesheet

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
        documents = [
            _layout(page, layout, fetcher, base_url, cache_key, cache, images) for page in pages
        ]
        sheets = [sheet for document in documents for sheet in document.pages]
        return (
            documents[0]
            .copy(sheets)
            .write_pdf(zoom=layout.zoom, finisher=_make_finisher(pages, documents))
        )


def _layout(page, layout, fetcher, base_url, cache_key, cache, images):
    from weasyprint import CSS, HTML

    sheets = [
        _get_sheet(cache, cache_key, urljoin(base_url, url), fetcher)
        for url in page.stylesheet_urls
    ]
    page_css = layout.to_css()
    if (page_css,) not in cache.sheets:
        cache.sheets[page_css,] = CSS(string=page_css, font_config=cache.fonts)
    markup = lxml.html.tostring(page.root, encoding="unicode", doctype="<!DOCTYPE html>")
    return HTML(string=markup, base_url=base_url, url_fetcher=fetcher).render(
        font_config=cache.fonts,
        stylesheets=[sheet for sheet in sheets if sheet] + [cache.sheets[page_css,]],
        cache=images,
    )


def _get_sheet(cache, cache_key, url, fetcher):
    """Return the parsed stylesheet; addresses of bundles change with their content."""
    from weasyprint import CSS

    key = (cache_key, url)
    if key not in cache.sheets:
        try:
            text = fetcher(url).read().decode()
        except ValueError as error:
            _logger.warning("Stylesheet %s is left out of a report: %s", url, error)
            return None
        cache.sheets[key] = CSS(
            string=prepare_stylesheet(text, FALLBACK_FACE),
            base_url=url,
            url_fetcher=fetcher,
            font_config=cache.fonts,
        )
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
