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

from cleaning.output.safe_text import dump_safe_json, strip_unprintable
from storage.values import StoredArticle

_ATOM_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
_DUBLIN_CORE_NAMESPACE: Final = "http://purl.org/dc/elements/1.1/"
_CONTENT_NAMESPACE: Final = "http://purl.org/rss/1.0/modules/content/"
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_MAX_TITLE_CHARACTERS: Final = 100
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
        return _keep_web_url(self.link) or uuid5(NAMESPACE_URL, f"cleanwire:{self.title}").urn


def _keep_web_url(address: str | None) -> str | None:
    """An address that a reader may follow; ``None`` for all others."""
    return address if address and is_web_url(address) else None


def atom(articles: Iterable[StoredArticle], head: FeedHead) -> str:
    """The articles as Atom, in their order. One without a date is dated by when it was fetched."""
    feed = etree.Element(f"{{{_ATOM_NAMESPACE}}}feed", nsmap={None: _ATOM_NAMESPACE})
    _add_element(feed, "id", head.id)
    _add_element(feed, "title", head.title)
    _add_element(feed, "updated", _format_rfc3339(head.updated))
    _add_element(feed, "generator", _GENERATOR)
    if link := _keep_web_url(head.link):
        _add_element(feed, "link", rel="alternate", href=link)
    for article in articles:
        _add_entry(feed, article)
    return _serialize_document(feed)


def _add_entry(feed: Any, article: StoredArticle) -> None:
    entry = etree.SubElement(feed, f"{{{_ATOM_NAMESPACE}}}entry")
    if article.language != "unknown":
        entry.set(_XML_LANG, _clean_text(article.language))
    _add_element(entry, "id", make_entry_id(article))
    _add_element(entry, "title", make_title(article))
    _add_element(entry, "updated", _format_rfc3339(article.modified or article.published or article.fetched_at))
    if article.published:
        _add_element(entry, "published", _format_rfc3339(article.published))
    if link := _keep_web_url(make_entry_id(article)):
        _add_element(entry, "link", rel="alternate", href=link)
    for name in get_bylines(article) or (article.site_name or article.source,):  # an entry must have an author
        _add_element(etree.SubElement(entry, f"{{{_ATOM_NAMESPACE}}}author"), "name", name)
    for tag in article.tags:
        _add_element(entry, "category", term=tag)
    if article.licence:
        _add_element(entry, "rights", article.licence)
    if article.description:
        _add_element(entry, "summary", article.description)
    _add_element(entry, "content", render_html(article.text), type="html")


def rss(articles: Iterable[StoredArticle], head: FeedHead) -> str:
    """The articles as RSS 2.0, in their order; the whole text is in ``content:encoded``."""
    root = etree.Element("rss", version="2.0", nsmap={"dc": _DUBLIN_CORE_NAMESPACE, "content": _CONTENT_NAMESPACE})
    channel = etree.SubElement(root, "channel")
    _add_element(channel, "title", head.title)
    _add_element(channel, "link", head.id)
    _add_element(channel, "description", head.title)
    _add_element(channel, "lastBuildDate", _format_rfc822(head.updated))
    _add_element(channel, "generator", _GENERATOR)
    for article in articles:
        _add_item(channel, article)
    return _serialize_document(root)


def _add_item(channel: Any, article: StoredArticle) -> None:
    item = etree.SubElement(channel, "item")
    _add_element(item, "title", make_title(article))
    if link := _keep_web_url(make_entry_id(article)):
        _add_element(item, "link", link)
    _add_element(item, "guid", make_entry_id(article), isPermaLink="true" if link else "false")
    if article.published:
        _add_element(item, "pubDate", _format_rfc822(article.published))
    for name in get_bylines(article):
        _add_element(item, f"{{{_DUBLIN_CORE_NAMESPACE}}}creator", name)
    for tag in article.tags:
        _add_element(item, "category", tag)
    if article.language != "unknown":
        _add_element(item, f"{{{_DUBLIN_CORE_NAMESPACE}}}language", article.language)
    if article.licence:
        _add_element(item, f"{{{_DUBLIN_CORE_NAMESPACE}}}rights", article.licence)
    _add_element(
        item, "description", escape(article.description or _shorten_text(article.text))
    )  # readers take it for HTML
    _add_element(item, f"{{{_CONTENT_NAMESPACE}}}encoded", render_html(article.text))


def json_feed(articles: Iterable[StoredArticle], head: FeedHead) -> str:
    """The articles as JSON Feed, in their order."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        "home_page_url": _keep_web_url(head.link),
        "items": [_drop_none(_build_json_item(article)) for article in articles],
    }
    return dump_safe_json(_drop_none(feed), indent=1) + "\n"


def _build_json_item(article: StoredArticle) -> dict[str, Any]:
    return {
        "id": make_entry_id(article),
        "url": _keep_web_url(make_entry_id(article)),
        "title": article.title,
        "content_text": article.text,
        "summary": article.description,
        "image": _keep_web_url(article.image),
        "date_published": article.published and _format_rfc3339(article.published),
        "date_modified": article.modified and _format_rfc3339(article.modified),
        "authors": [{"name": name} for name in get_bylines(article)] or None,
        "tags": list(article.tags) or None,
        "language": None if article.language == "unknown" else article.language,
    }


def make_entry_id(article: StoredArticle) -> str:
    """What identifies an article in a feed, and leads to it; a URN where its address is none to follow."""
    address = article.canonical_url or article.url
    return address if is_web_url(address) else uuid5(NAMESPACE_URL, address).urn


def is_web_url(address: str) -> bool:
    """Whether it is an address to follow, and none that readers would run (``javascript:``) or open (``file:``)."""
    return address.lower().startswith(("http://", "https://"))


def make_title(article: StoredArticle) -> str:
    """An article's title; where it has none, the beginning of its text."""
    return article.title or _shorten_text(article.text)


def get_bylines(article: StoredArticle) -> tuple[str, ...]:
    """Who wrote an article: people, else organisations."""
    return article.authors or article.organisations


def render_html(text: str) -> str:
    """An article's text as HTML: paragraphs, and the line breaks in them.

    >>> render_html("It rained <hard>.\\n\\nDead:\\n3")
    '<p>It rained &lt;hard&gt;.</p>\\n<p>Dead:<br>3</p>'
    """
    paragraphs = (escape(paragraph, quote=False).replace("\n", "<br>") for paragraph in text.split("\n\n"))
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def _shorten_text(text: str) -> str:
    words = " ".join(text[: _MAX_TITLE_CHARACTERS * 4].split())
    return words if len(words) <= _MAX_TITLE_CHARACTERS else words[:_MAX_TITLE_CHARACTERS].rpartition(" ")[0] + "…"


def _add_element(parent: Any, name: str, text: str | None = None, **attributes: str) -> None:
    """An element with a text, in its parent's namespace where the name has none."""
    namespace = etree.QName(parent).namespace
    tag = f"{{{namespace}}}{name}" if namespace and not name.startswith("{") else name
    element = etree.SubElement(parent, tag, {key: _clean_text(value) for key, value in attributes.items()})
    element.text = None if text is None else _clean_text(text)


def _clean_text(text: str) -> str:
    """Text as XML may hold it, and as a reader may show it: they show titles as they are."""
    return strip_unprintable(text)


def _serialize_document(root: Any) -> str:
    etree.indent(root)
    text: str = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _format_rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _format_rfc822(moment: datetime) -> str:
    return format_datetime(moment)


def _drop_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
