"""Compose one printable HTML page from what Odoo hands to wkhtmltopdf.

Odoo gives one HTML page per document, and two more pages that hold all headers and all footers
in the order of the documents. A printable page is the document with its own header and footer
as running elements.
"""

import dataclasses

import lxml.html

HEADERS_ID = "minimal_layout_report_headers"
FOOTERS_ID = "minimal_layout_report_footers"

# wkhtmltopdf's "smart shrinking" prints a CSS pixel at about this share of its nominal size;
# Odoo's report layouts are drawn for it.
SHRINKING = 0.8

_PAGE_CSS = """
@page {{
    size: {width:.3f}mm {height:.3f}mm;
    margin: {margin_top:.3f}mm {margin_right:.3f}mm {margin_bottom:.3f}mm {margin_left:.3f}mm;
    @top-left {{
        content: element(o_print_header);
        width: 100%; height: 100%; margin: 0; padding: {header_top:.3f}mm 0 0 0;
        vertical-align: top; text-align: left; {header_border}
    }}
    @bottom-left {{
        content: element(o_print_footer);
        width: 100%; height: 100%; margin: 0; vertical-align: top; text-align: left;
    }}
}}
html, body {{ height: auto !important; overflow: visible !important; }}
body.container, .o_print_running.container {{ max-width: none !important; }}
.o_print_running {{ width: 100%; height: auto; overflow: visible !important; }}
#o_print_header {{ position: running(o_print_header); }}
#o_print_footer {{ position: running(o_print_footer); }}
.o_print_running .page::after {{ content: counter(page); }}
.o_print_running .topage::after {{ content: counter(pages); }}
tr {{ break-inside: avoid; }}
thead {{ display: table-header-group; }}
"""


@dataclasses.dataclass(frozen=True)
class PageLayout:
    """Size and margins of a page, in millimetres on paper; ``zoom`` is the print scale."""

    width: float
    height: float
    margin_top: float
    margin_right: float
    margin_bottom: float
    margin_left: float
    header_spacing: float = 0.0
    header_line: bool = False
    zoom: float = SHRINKING

    def to_css(self) -> str:
        """Return the @page rule; lengths are divided by the zoom, which scales all of them."""

        def scale(length: float) -> float:
            return length / self.zoom

        return _PAGE_CSS.format(
            width=scale(self.width),
            height=scale(self.height),
            margin_top=scale(self.margin_top),
            margin_right=scale(self.margin_right),
            margin_bottom=scale(self.margin_bottom),
            margin_left=scale(self.margin_left),
            header_top=scale(max(self.margin_top - self.header_spacing, 0.0)),
            header_border="border-bottom: 1px solid #000;" if self.header_line else "",
        )


@dataclasses.dataclass
class PrintPage:
    """One document to print: its HTML tree, the stylesheets it links and its record."""

    root: lxml.html.HtmlElement
    stylesheet_urls: list[str]
    record: tuple[str, int] | None
    title: str

    def get_class_names(self) -> frozenset[str]:
        return frozenset(name for names in self.root.xpath("//@class") for name in names.split())

    def get_styles(self) -> str:
        """Return what the document says of style itself, in lower case."""
        return " ".join(self.root.xpath("//@style | //style/text() | //@face")).lower()


def split_running_elements(html: str | None, container_id: str) -> list[lxml.html.HtmlElement]:
    """Return the headers (or footers) of all documents, each wrapped with the body's classes,
    on which Odoo's margins depend."""
    if not html:
        return []
    root = _parse(html)
    body = root.find(".//body")
    classes = (body.get("class") if body is not None else "") or ""
    containers = root.xpath("//div[@id=$id]", id=container_id)
    elements = []
    for child in containers[0] if containers else []:
        wrapper = lxml.html.Element("div", {"class": f"o_print_running {classes}"})
        child.tail = None
        wrapper.append(child)
        elements.append(wrapper)
    return elements


def compose_page(
    body: str,
    headers: list[lxml.html.HtmlElement],
    footers: list[lxml.html.HtmlElement],
    index: int,
    lang: str,
) -> PrintPage:
    """Return document number ``index`` with its header and footer.

    :param lang: language of the user, as in ``zh_CN``; the document's own wins
    """
    root = _parse(body)
    article = next(iter(root.xpath("//*[@data-oe-model or @data-oe-lang]")), None)
    if article is not None and article.get("data-oe-lang"):
        lang = article.get("data-oe-lang")
    root.set("lang", lang.replace("_", "-"))
    body_node = root.find(".//body")
    for name, elements in (("footer", footers), ("header", headers)):
        if elements:
            element = elements[min(index, len(elements) - 1)]
            element.set("id", f"o_print_{name}")
            body_node.insert(0, element)
    heading = next(iter(root.xpath("//h1|//h2")), None)
    return PrintPage(
        root=root,
        stylesheet_urls=_take_stylesheet_urls(root),
        record=_get_record(article),
        title=" ".join(heading.text_content().split()) if heading is not None else "",
    )


def _parse(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(str(html).strip(), parser=lxml.html.HTMLParser())


def _take_stylesheet_urls(root) -> list[str]:
    """Remove scripts and links to stylesheets; return the addresses of the latter."""
    urls = []
    for node in root.xpath("//head//link[@rel='stylesheet' and @href]"):
        urls.append(node.get("href"))
        node.drop_tree()
    for node in root.xpath("//script"):
        node.drop_tree()
    return list(dict.fromkeys(urls))


def _get_record(article) -> tuple[str, int] | None:
    if article is None or not (article.get("data-oe-id") or "").isdigit():
        return None
    return article.get("data-oe-model") or "", int(article.get("data-oe-id"))
