"""Articles as a feed: Atom 1.0 (RFC 4287), RSS 2.0, or JSON Feed 1.1.

What identifies an entry is the address that the article's page names as its own, else the one it was fetched from: it
is the same in every feed, and when the article changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from cleaning.output.safe_text import json_text, printable
from storage.values import StoredArticle

_ATOM: Final = "http://www.w3.org/2005/Atom"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_CONTENT: Final = "http://purl.org/rss/1.0/modules/content/"
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_LONGEST_TITLE: Final = 100
_GENERATOR: Final = "Cleanwire"


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a feed says of itself."""

    title: str
    link: str | None
    """Address of the page that it stands for; ``None`` where there is none."""
    updated: datetime
    """When the newest of it last changed; timezone-aware."""

    @property
    def id(self) -> str:
        """What identifies the feed: its link, else a URN that depends on the title alone."""
        return _followable(self.link) or uuid5(NAMESPACE_URL, f"cleanwire:{self.title}").urn


def _followable(address: str | None) -> str | None:
    """An address that a reader may follow; ``None`` for all others."""
    return address if address and leads_somewhere(address) else None


def atom(articles: Iterable[StoredArticle], head: FeedHead) -> str:
    """The articles as Atom, in their order. One without a date is dated by when it was fetched."""
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    _add(feed, "id", head.id)
    _add(feed, "title", head.title)
    _add(feed, "updated", _rfc3339(head.updated))
    _add(feed, "generator", _GENERATOR)
    if link := _followable(head.link):
        _add(feed, "link", rel="alternate", href=link)
    for article in articles:
        _add_entry(feed, article)
    return _document(feed)


def _add_entry(feed: Any, article: StoredArticle) -> None:
    entry = etree.SubElement(feed, f"{{{_ATOM}}}entry")
    if article.language != "unknown":
        entry.set(_XML_LANG, _legal(article.language))
    _add(entry, "id", id_of(article))
    _add(entry, "title", title_of(article))
    _add(entry, "updated", _rfc3339(article.modified or article.published or article.fetched_at))
    if article.published:
        _add(entry, "published", _rfc3339(article.published))
    if link := _followable(id_of(article)):
        _add(entry, "link", rel="alternate", href=link)
    for name in bylines(article) or (article.site_name or article.source,):  # an entry must have an author
        _add(etree.SubElement(entry, f"{{{_ATOM}}}author"), "name", name)
    for tag in article.tags:
        _add(entry, "category", term=tag)
    if article.licence:
        _add(entry, "rights", article.licence)
    if article.description:
        _add(entry, "summary", article.description)
    _add(entry, "content", as_html(article.text), type="html")


def rss(articles: Iterable[StoredArticle], head: FeedHead) -> str:
    """The articles as RSS 2.0, in their order; the whole text is in ``content:encoded``."""
    root = etree.Element("rss", version="2.0", nsmap={"dc": _DC, "content": _CONTENT})
    channel = etree.SubElement(root, "channel")
    _add(channel, "title", head.title)
    _add(channel, "link", head.id)
    _add(channel, "description", head.title)
    _add(channel, "lastBuildDate", _rfc822(head.updated))
    _add(channel, "generator", _GENERATOR)
    for article in articles:
        _add_item(channel, article)
    return _document(root)


def _add_item(channel: Any, article: StoredArticle) -> None:
    item = etree.SubElement(channel, "item")
    _add(item, "title", title_of(article))
    if link := _followable(id_of(article)):
        _add(item, "link", link)
    _add(item, "guid", id_of(article), isPermaLink="true" if link else "false")
    if article.published:
        _add(item, "pubDate", _rfc822(article.published))
    for name in bylines(article):
        _add(item, f"{{{_DC}}}creator", name)
    for tag in article.tags:
        _add(item, "category", tag)
    if article.language != "unknown":
        _add(item, f"{{{_DC}}}language", article.language)
    if article.licence:
        _add(item, f"{{{_DC}}}rights", article.licence)
    _add(item, "description", escape(article.description or _beginning(article.text)))  # readers take it for HTML
    _add(item, f"{{{_CONTENT}}}encoded", as_html(article.text))


def json_feed(articles: Iterable[StoredArticle], head: FeedHead) -> str:
    """The articles as JSON Feed, in their order."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        "home_page_url": _followable(head.link),
        "items": [_without_none(_json_item(article)) for article in articles],
    }
    return json_text(_without_none(feed), indent=1) + "\n"


def _json_item(article: StoredArticle) -> dict[str, Any]:
    return {
        "id": id_of(article),
        "url": _followable(id_of(article)),
        "title": article.title,
        "content_text": article.text,
        "summary": article.description,
        "image": _followable(article.image),
        "date_published": article.published and _rfc3339(article.published),
        "date_modified": article.modified and _rfc3339(article.modified),
        "authors": [{"name": name} for name in bylines(article)] or None,
        "tags": list(article.tags) or None,
        "language": None if article.language == "unknown" else article.language,
    }


def id_of(article: StoredArticle) -> str:
    """What identifies an article in a feed, and leads to it; a URN where its address is none to follow."""
    address = article.canonical_url or article.url
    return address if leads_somewhere(address) else uuid5(NAMESPACE_URL, address).urn


def leads_somewhere(address: str) -> bool:
    """Whether it is an address to follow, and none that readers would run (``javascript:``) or open (``file:``)."""
    return address.lower().startswith(("http://", "https://"))


def title_of(article: StoredArticle) -> str:
    """An article's title; where it has none, the beginning of its text."""
    return article.title or _beginning(article.text)


def bylines(article: StoredArticle) -> tuple[str, ...]:
    """Who wrote an article: people, else organisations."""
    return article.authors or article.organisations


def as_html(text: str) -> str:
    """An article's text as HTML: paragraphs, and the line breaks in them.

    >>> as_html("It rained <hard>.\\n\\nDead:\\n3")
    '<p>It rained &lt;hard&gt;.</p>\\n<p>Dead:<br>3</p>'
    """
    paragraphs = (escape(paragraph, quote=False).replace("\n", "<br>") for paragraph in text.split("\n\n"))
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def _beginning(text: str) -> str:
    words = " ".join(text[: _LONGEST_TITLE * 4].split())
    return words if len(words) <= _LONGEST_TITLE else words[:_LONGEST_TITLE].rpartition(" ")[0] + "…"


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> None:
    """An element with a text, in its parent's namespace where the name has none."""
    namespace = etree.QName(parent).namespace
    tag = f"{{{namespace}}}{name}" if namespace and not name.startswith("{") else name
    element = etree.SubElement(parent, tag, {key: _legal(value) for key, value in attributes.items()})
    element.text = None if text is None else _legal(text)


def _legal(text: str) -> str:
    """Text as XML may hold it, and as a reader may show it: they show titles as they are."""
    return printable(text)


def _document(root: Any) -> str:
    etree.indent(root)
    text: str = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment)


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
