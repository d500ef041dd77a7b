"""Read and write OPML, the format in which feed readers exchange their subscriptions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from cleaning.output.safe_text import to_one_line
from crawler.parsers.xml import MarkupError, read_xml


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A subscription or a link in an OPML file. Missing values are empty."""

    name: str
    """Its ``title``, or else its ``text``."""
    site_url: str
    """``htmlUrl`` or ``url``, as written."""
    feed_url: str
    """``xmlUrl``, as written."""
    group: str = ""
    """The name of the folder that it is in, the innermost one if they are nested."""
    language: str = ""
    """The language code as written, e.g. ``"en-us"``."""
    line: int = 0
    """The line in which its tag ends, from 1; 0 for an outline that was not read from a file."""
    is_include: bool = False
    """Whether it includes another OPML file, at ``site_url``."""


def read_opml(body: bytes) -> Iterator[Outline]:
    """Yield the subscriptions of an OPML file in its order, including those in folders.

    An outline without a URL is a folder and is skipped. If it has no outlines in it either, it is yielded with empty
    URLs, so that the caller can report it.

    Raises:
        MarkupError: the file is not OPML, is broken, or is nested deeper than
            libxml2 allows (256).
    """
    document = read_xml(body)
    if document.root != "opml":
        raise MarkupError(f"its root element is <{document.root}>, not <opml>", document.kind)
    # No recovery here: a subscription that is lost silently is worse than a file that is rejected with its line.
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
                group=_find_folder_name(element),
                language=attributes.get("language", ""),
                line=element.sourceline + document.line - 1,
                is_include=attributes.get("type", "").lower() == "include",
            )


def _find_folder_name(element: etree._Element) -> str:
    folder = element.getparent()
    if folder is None or etree.QName(folder).localname != "outline":
        return ""
    return (folder.get("title") or folder.get("text") or "").strip()


def build_opml(outlines: Iterable[Outline], title: str = "Cleanwire's sources") -> str:
    """Format outlines as an OPML 2.0 file, with a folder for each group at the place of its first outline.

    An outline with a feed becomes a subscription (``type="rss"``), one without becomes a link. Control characters in
    names are removed, so that the file is valid XML.
    """
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    folders = {"": body}
    for outline in outlines:
        group = to_one_line(outline.group)
        if group not in folders:
            folders[group] = etree.SubElement(body, "outline", {"text": group, "title": group})
        name = to_one_line(outline.name)
        urls = (
            {"xmlUrl": outline.feed_url, "htmlUrl": outline.site_url} if outline.feed_url else {"url": outline.site_url}
        )
        attributes = {"type": "rss" if outline.feed_url else "link", "text": name, "title": name, **urls}
        if outline.language:
            attributes["language"] = outline.language
        etree.SubElement(folders[group], "outline", attributes)
    text: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return text.decode()
