"""What a message in HTML says in a text message: words and addresses, no marks and no footnotes."""

from html.parser import HTMLParser

_BLOCKS = frozenset(
    {"blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "tr", "ul"}
)


def to_text(html: str) -> str:
    r"""Return plain text, a line a paragraph; an address stands behind the words of its link.

    >>> to_text('<p>Back <b>at 5</b>\n pm.</p><p>See <a href="https://x.cn/a?b=1&amp;c">here</a>.</p>')
    'Back at 5 pm.\nSee here https://x.cn/a?b=1&c.'
    >>> to_text('<a href="https://x.cn">https://x.cn</a><br/>A &lt; B')
    'https://x.cn\nA < B'
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(filter(None, lines))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "a":
            self.address = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "a" and self.address:
            if self.parts[-1:] != [self.address]:
                self.parts.append(f" {self.address}")
            self.address = ""

    def handle_data(self, data: str) -> None:
        self.parts.append(" ".join(data.split("\n")))
