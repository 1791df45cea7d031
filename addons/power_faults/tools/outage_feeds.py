"""Outages as RSS 2.0, iCalendar and CAP 1.2, for other programs.

What goes in is public already: no customer, no device, a place no finer than an area. Times are
naive UTC.
"""

import dataclasses
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

import vobject
from lxml import etree
from vobject.icalendar import utc

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
ATOM = "http://www.w3.org/2005/Atom"
# Characters that XML 1.0 does not know.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclasses.dataclass(frozen=True, slots=True)
class PublicOutage:
    """What everybody may know. ``state`` is planned, current, restored or cancelled; the position
    (latitude, longitude) is rounded to about a kilometre, or None; ``updated`` is when it last
    changed, ``before`` when it was published before that."""

    number: str
    state: str
    title: str
    text: str
    area: str
    cause: str
    customers: int
    start: datetime
    end: datetime | None
    updated: datetime
    url: str
    position: tuple[float, float] | None = None
    before: tuple[datetime, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Channel:
    """Who publishes: name and address of the page, ``sender`` as in CAP (an e-mail or domain)."""

    title: str
    description: str
    url: str
    sender: str
    language: str


def clean(text: object) -> str:
    """Return a text that XML can hold.

    >>> clean("a\\x00b")
    'ab'
    """
    return _FORBIDDEN.sub("", str(text or ""))


def _add(parent: etree._Element, name: str, text: object = None, **attributes: str):
    node = etree.SubElement(parent, name, attributes)
    if text is not None:
        node.text = clean(text)
    return node


def _dump(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def to_rss(channel: Channel, outages: Sequence[PublicOutage], now: datetime) -> bytes:
    """Return an RSS 2.0 feed, an item an outage; the guid changes when the outage does."""
    root = etree.Element("rss", {"version": "2.0"})
    head = _add(root, "channel")
    _add(head, "title", channel.title)
    _add(head, "link", channel.url)
    _add(head, "description", channel.description)
    _add(head, "language", channel.language)
    _add(head, "lastBuildDate", format_datetime(now.replace(tzinfo=UTC)))
    for outage in outages:
        item = _add(head, "item")
        _add(item, "title", outage.title)
        _add(item, "link", outage.url)
        _add(item, "description", outage.text)
        _add(item, "category", outage.area)
        stamp = outage.updated.strftime("%Y%m%d%H%M%S")
        _add(item, "guid", f"{outage.number}-{stamp}", isPermaLink="false")
        _add(item, "pubDate", format_datetime(outage.updated.replace(tzinfo=UTC)))
    return _dump(root)


def to_ical(channel: Channel, outages: Sequence[PublicOutage]) -> bytes:
    """Return an iCalendar of outages with a known end; programs update an event by its UID."""
    calendar = vobject.iCalendar()
    calendar.add("prodid").value = "-//Power CRM//Outages//EN"
    calendar.add("method").value = "PUBLISH"
    calendar.add("x-wr-calname").value = clean(channel.title)
    for outage in outages:
        if not outage.end:
            continue
        event = calendar.add("vevent")
        host = re.sub(r"^\w+://([^/:]+).*$", r"\1", channel.url)
        event.add("uid").value = f"{outage.number}@{host}"
        event.add("dtstamp").value = outage.updated.replace(tzinfo=utc, microsecond=0)
        event.add("last-modified").value = outage.updated.replace(tzinfo=utc, microsecond=0)
        event.add("dtstart").value = outage.start.replace(tzinfo=utc)
        event.add("dtend").value = max(outage.end, outage.start).replace(tzinfo=utc)
        event.add("summary").value = clean(outage.title)
        event.add("description").value = clean(outage.text)
        event.add("location").value = clean(outage.area)
        event.add("url").value = outage.url
        cancelled = outage.state == "cancelled"
        event.add("status").value = "CANCELLED" if cancelled else "CONFIRMED"
    return calendar.serialize().encode()


def _cap_time(moment: datetime) -> str:
    """CAP wants an offset written out and never Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def to_cap(channel: Channel, outage: PublicOutage) -> bytes:
    """Return the CAP 1.2 alert of one outage: category Infra, with the area and a circle."""
    root = etree.Element(f"{{{CAP}}}alert", nsmap={None: CAP})

    def add(parent, name, text=None):
        return _add(parent, f"{{{CAP}}}{name}", text)

    ended = outage.state in ("restored", "cancelled")
    # identifiers hold no space, comma or angle bracket
    number = re.sub(r"[\s,<&]", "-", outage.number)
    sender = re.sub(r"[\s,<&]", "", channel.sender) or "power"
    add(root, "identifier", f"{number}-{outage.updated:%Y%m%d%H%M%S}")
    add(root, "sender", sender)
    add(root, "sent", _cap_time(outage.updated))
    add(root, "status", "Actual")
    # a later alert replaces those it names; a Cancel that names none is not valid
    later = "Cancel" if outage.state == "cancelled" else "Update"
    add(root, "msgType", later if outage.before else "Alert")
    add(root, "scope", "Public")
    if outage.before:
        references = [
            f"{sender},{number}-{moment:%Y%m%d%H%M%S},{_cap_time(moment)}"
            for moment in outage.before
        ]
        add(root, "references", " ".join(references))
    info = add(root, "info")
    add(info, "language", channel.language)
    add(info, "category", "Infra")
    add(info, "event", outage.title)
    add(info, "responseType", "AllClear" if ended else "Prepare")
    add(info, "urgency", {"planned": "Future", "current": "Immediate"}.get(outage.state, "Past"))
    add(info, "severity", "Minor" if ended else "Moderate")
    add(info, "certainty", "Likely" if outage.state == "planned" else "Observed")
    add(info, "effective", _cap_time(outage.updated))
    add(info, "onset", _cap_time(outage.start))
    if outage.end:
        add(info, "expires", _cap_time(max(outage.end, outage.start)))
    add(info, "senderName", channel.title)
    add(info, "headline", outage.title[:160])
    add(info, "description", outage.text)
    add(info, "web", outage.url)
    area = add(info, "area")
    add(area, "areaDesc", outage.area or channel.title)
    if outage.position:
        latitude, longitude = outage.position
        add(area, "circle", f"{latitude:.2f},{longitude:.2f} 1")
    return _dump(root)


def to_cap_index(
    channel: Channel, outages: Sequence[tuple[PublicOutage, str]], now: datetime
) -> bytes:
    """Return an Atom feed with a link to the CAP alert of each outage.

    :param outages: outages with the addresses of their alerts
    """
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})

    def add(parent, name, text=None, **attributes):
        return _add(parent, f"{{{ATOM}}}{name}", text, **attributes)

    add(root, "id", channel.url)
    add(root, "title", channel.title)
    add(root, "updated", _cap_time(now))
    author = add(root, "author")
    add(author, "name", channel.title)
    for outage, address in outages:
        entry = add(root, "entry")
        add(entry, "id", address)
        add(entry, "title", outage.title)
        add(entry, "updated", _cap_time(outage.updated))
        add(entry, "summary", outage.text)
        add(entry, "link", rel="alternate", type="application/cap+xml", href=address)
    return _dump(root)
