"""Articles as a feed: Atom 1.0 (RFC 4287), RSS 2.0, or JSON Feed 1.1.

An entry is identified by the article's canonical URL, or by the URL from which it was fetched if it has no canonical
URL. This stays the same in all feeds and when the article changes, so that feed readers do not show an article twice.

Only http and https URLs become links: pages can declare ``javascript:`` URLs, which some feed readers would execute.
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
"""Length of a title that is made from the beginning of a text."""
_GENERATOR: Final = "Cleanwire"


@dataclass(frozen=True, slots=True)
class FeedHead:
    """The title, link and time of a feed."""

    title: str
    link: str | None
    """URL of the web page that the feed belongs to; ``None`` if there is no such page."""
    updated: datetime
    """When an entry last changed; timezone-aware."""

    @property
    def id(self) -> str:
        """The feed's identifier: its link, or a URN that is derived from its title.

        It must stay the same when the feed is written again, so it is not random.
        """
        return _keep_web_url(self.link) or uuid5(NAMESPACE_URL, f"cleanwire:{self.title}").urn


def _keep_web_url(url: str | None) -> str | None:
    """Return a URL if feed readers may open it, else ``None``."""
    return url if url and is_web_url(url) else None


def atom(articles: Iterable[StoredArticle], head: FeedHead) -> str:
    """Return an Atom 1.0 document with the articles, in the given order.

    Atom requires a date and an author for each entry: an article without a date has the time at which it was fetched,
    and one without an author the name of its site.
    """
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
    # RFC 4287 requires an author.
    for name in get_bylines(article) or (article.site_name or article.source,):
        _add_element(etree.SubElement(entry, f"{{{_ATOM_NAMESPACE}}}author"), "name", name)
    for tag in article.tags:
        _add_element(entry, "category", term=tag)
    if article.licence:
        _add_element(entry, "rights", article.licence)
    if article.description:
        _add_element(entry, "summary", article.description)
    _add_element(entry, "content", render_html(article.text), type="html")


def rss(articles: Iterable[StoredArticle], head: FeedHead) -> str:
    """Return an RSS 2.0 document with the articles, in the given order.

    The whole text is in ``content:encoded``, authors are in ``dc:creator``. Articles without a date have no
    ``pubDate``.
    """
    root = etree.Element("rss", version="2.0", nsmap={"dc": _DUBLIN_CORE_NAMESPACE, "content": _CONTENT_NAMESPACE})
    channel = etree.SubElement(root, "channel")
    _add_element(channel, "title", head.title)
    # RSS requires a link, even of a feed without a web page: the identifier is used then.
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
    # Feed readers interpret the description as HTML, so plain text is escaped twice: here and by the XML serializer.
    _add_element(item, "description", escape(article.description or _shorten_text(article.text)))
    _add_element(item, f"{{{_CONTENT_NAMESPACE}}}encoded", render_html(article.text))


def json_feed(articles: Iterable[StoredArticle], head: FeedHead) -> str:
    """Return a JSON Feed 1.1 document with the articles, in the given order.

    The text is in ``content_text``, without markup. Missing values are left out.
    """
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
    """Return the identifier of an article in feeds: its canonical URL, or else the URL from which it was fetched.

    It is a URN if that is not an http or https URL, because some readers use the identifier as a link.
    """
    url = article.canonical_url or article.url
    return url if is_web_url(url) else uuid5(NAMESPACE_URL, url).urn


def is_web_url(url: str) -> bool:
    """Return whether a URL is http or https. Readers would execute others (``javascript:``) or open them (``file:``).

    >>> is_web_url("https://news.example/flood"), is_web_url("JavaScript:alert(1)")
    (True, False)
    """
    return url.lower().startswith(("http://", "https://"))


def make_title(article: StoredArticle) -> str:
    """Return an article's title, or the beginning of its text if it has none."""
    return article.title or _shorten_text(article.text)


def get_bylines(article: StoredArticle) -> tuple[str, ...]:
    """Return the names of an article's authors: people if any are named, else organisations."""
    return article.authors or article.organisations


def render_html(text: str) -> str:
    """Return an article's text as HTML: a ``p`` element per paragraph, with its line breaks. All markup is escaped.

    >>> render_html("It rained <hard>.\\n\\nDead:\\n3")
    '<p>It rained &lt;hard&gt;.</p>\\n<p>Dead:<br>3</p>'
    """
    paragraphs = (escape(paragraph, quote=False).replace("\n", "<br>") for paragraph in text.split("\n\n"))
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def _shorten_text(text: str) -> str:
    # Cut before splitting: a text may have millions of characters.
    words = " ".join(text[: _MAX_TITLE_CHARACTERS * 4].split())
    return words if len(words) <= _MAX_TITLE_CHARACTERS else words[:_MAX_TITLE_CHARACTERS].rpartition(" ")[0] + "…"


def _add_element(parent: Any, name: str, text: str | None = None, **attributes: str) -> None:
    """Add a child element with a text. A name without a namespace gets the namespace of the parent."""
    namespace = etree.QName(parent).namespace
    tag = f"{{{namespace}}}{name}" if namespace and not name.startswith("{") else name
    element = etree.SubElement(parent, tag, {key: _clean_text(value) for key, value in attributes.items()})
    element.text = None if text is None else _clean_text(text)


def _clean_text(text: str) -> str:
    """Remove characters that XML does not allow, that are invisible, or that change the direction of writing."""
    # lxml raises ValueError for the former; readers would show the latter as they are, in titles for example.
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
