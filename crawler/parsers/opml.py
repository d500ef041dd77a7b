"""OPML: how feed readers exchange their subscriptions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from cleaning.output.safe_text import to_one_line
from crawler.parsers.xml import MarkupError, read_xml


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A subscription, or a link. What is unknown is empty."""

    name: str
    site_url: str
    """As it is written, ``htmlUrl`` or ``url``."""
    feed_url: str
    """As it is written, ``xmlUrl``."""
    language: str = ""
    """As it is written, e.g. ``"en-us"``."""
    line: int = 0
    """From 1, the line in which its tag ends; 0 where it was not read."""
    is_include: bool = False
    """Whether it stands for what another OPML file, ``site``, lists."""


def read_opml(body: bytes) -> Iterator[Outline]:
    """The subscriptions of an OPML file, those in folders too, in its order.

    An outline without an address is a folder; one that has no outlines in it either comes out empty. Raises
    MarkupError on what is no OPML, broken, armed, or nested deeper than libxml2 goes (256).
    """
    document = read_xml(body)
    if document.root != "opml":
        raise MarkupError(f"its root element is <{document.root}>, not <opml>", document.kind)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        for piece in document.pieces:
            parser.feed(piece)
        root = parser.close()
    except etree.XMLSyntaxError as error:
        line = (error.lineno or 1) + document.line - 1
        raise MarkupError(f"it is broken XML in line {line}: {error.msg}") from error
    for element in root.iter("{*}outline"):
        attributes = {name.lower(): value.strip() for name, value in element.attrib.items()}
        site = attributes.get("htmlurl") or attributes.get("url", "")
        feed = attributes.get("xmlurl", "")
        if site or feed or not len(element):
            yield Outline(
                name=attributes.get("title") or attributes.get("text", ""),
                site_url=site,
                feed_url=feed,
                language=attributes.get("language", ""),
                line=element.sourceline + document.line - 1,
                is_include=attributes.get("type", "").lower() == "include",
            )


def build_opml(outlines: Iterable[Outline], title: str = "Cleanwire's sources") -> str:
    """An OPML 2.0 file; what has no feed becomes a link."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for outline in outlines:
        name = to_one_line(outline.name)
        place = (
            {"xmlUrl": outline.feed_url, "htmlUrl": outline.site_url} if outline.feed_url else {"url": outline.site_url}
        )
        attributes = {"type": "rss" if outline.feed_url else "link", "text": name, "title": name, **place}
        if outline.language:
            attributes["language"] = outline.language
        etree.SubElement(body, "outline", attributes)
    text: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return text.decode()
