"""Reads feeds: RSS, RDF, Atom and JSON Feed. Bytes in, frozen values out.

Without feedparser, which was tried: 10 ms for a WordPress feed against 2 ms here (0.8 s against 0.2 s for one
of 5,000 entries), 9 s for 3 MB of broken tags, regular expressions for what is not well-formed, and its own
ideas of time zones, of base addresses and of what to open when given a string. What is left to do is a few
fields of an entry.
"""

import html
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from cleaning.urls import canonicalise
from crawler.parsers.timestamps import utc_time
from crawler.parsers.xml import (
    MAX_DEPTH,
    MAX_WHOLE,
    DocumentKind,
    MarkupError,
    OtherDocumentError,
    TooDeepError,
    XmlDocument,
    read_xml,
    texts_of,
)
from crawler.urls.well_known import places_of

MAX_ENTRIES: Final = 10_000
"""Entries of one feed that are read. Feeds with all of a site's articles have some thousands."""


class NotAFeedError(OtherDocumentError):
    """Bytes that are no feed, or one that must not be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An article that a feed names."""

    url: str
    """Canonical."""
    title: str | None = None
    """One line, without markup."""
    published: datetime | None = None
    """In UTC."""
    modified: datetime | None = None
    """In UTC."""
    content: str | None = None
    """The article's whole text, in HTML; ``None`` where the feed has a summary alone."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A feed, read."""

    title: str | None
    language: str | None
    """The code as the feed writes it, e.g. ``"en-US"``."""
    entries: tuple[Entry, ...]
    """Each address once, in the feed's order. Entries without an http(s) address are left out."""
    is_comments: bool = False
    """Whether the entries are readers' comments."""
    next_page: str | None = None
    """The feed's next page, with older entries (RFC 5005)."""
    site_url: str | None = None
    """The page that the feed belongs to."""


def read_feed(body: bytes, url: str) -> FeedPage:
    """The entries of a feed; ``url`` is where it was fetched, for relative addresses.

    Raises NotAFeedError on everything else, an armed document included.
    """
    try:
        if body[:100].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            return _page(_read_json(body), url)
        document = read_xml(body)
        if document.kind != "feed":
            what = "it is a sitemap" if document.kind == "sitemap" else f"its root element is <{document.root}>"
            raise NotAFeedError(what, _instead(document.kind))
        return _page(_read_xml_feed(document, url), url)
    except MarkupError as error:
        raise NotAFeedError(error.reason, _instead(error.kind)) from error


def is_comments_feed(url: str, title: str | None = None) -> bool:
    """Whether a feed is one of readers' comments, by its address or its title.

    >>> is_comments_feed("https://example.com/comments/feed/")
    True
    >>> is_comments_feed("https://example.com/opinion/rss.xml", "Comment and analysis")
    False
    """
    parts = urlsplit(url[:_LONGEST])
    texts = {
        "url": unquote(parts.path + (f"?{parts.query}" if parts.query else "")).lower(),
        "title": " ".join((title or "")[:_LONGEST].lower().split()),
    }
    return any(pattern.search(texts[of]) for of, pattern in comment_feed_rules())


def usual_places(url: str, generator: str | None = None) -> tuple[str, ...]:
    """Addresses on the site of ``url`` where feeds usually are, the likeliest first.

    ``generator`` is what the front page names as its software; it puts that software's places in front.
    """
    return places_of("feeds", url, generator)


@cache
def comment_feed_rules() -> tuple[tuple[Literal["url", "title"], re.Pattern[str]], ...]:
    """The rules of ``comment_feeds.toml``: what a pattern is searched in, and the pattern."""
    tables = tomllib.loads((files("crawler.parsers") / "comment_feeds.toml").read_text("utf-8"))
    return tuple((rule["of"], re.compile(rule["pattern"])) for rule in tables["rule"])


# --- what the formats have in common

_LONGEST = 2_000
LONGEST_CONTENT: Final = 200_000
"""Characters of an article's text in a feed, with its markup. Longer ones are pages with their pictures in them."""
SHORTEST_CONTENT: Final = 600
"""Characters of a text, without its markup, that is no summary any more: three paragraphs."""
_CUT_OFF = re.compile(r"(?:\[?(?:…|\.\.\.|&#8230;|&hellip;)\]?|\b(?:read more|continue reading)\W*)$", re.IGNORECASE)
_COMMENT_LINK = re.compile(r"#comment|#respond|showcomment=|/comment-page-\d|#c\d+$", re.IGNORECASE)
_TAG = re.compile(r"<[/!a-zA-Z][^<>]*>")


class _RawEntry(NamedTuple):
    link: str
    title: str
    published: datetime | None
    modified: datetime | None
    content: str


class _RawFeed(NamedTuple):
    title: str
    language: str
    site: str
    next_page: str
    entries: list[_RawEntry]


def _page(feed: _RawFeed, url: str) -> FeedPage:
    title = _line(feed.title)
    links = [entry.link for entry in feed.entries]
    return FeedPage(
        title=title,
        language=feed.language.strip()[:35] or None,
        entries=tuple(_entries(feed.entries, url)),
        is_comments=is_comments_feed(url, title) or (bool(links) and all(map(_COMMENT_LINK.search, links))),
        next_page=_address(feed.next_page, url),
        site_url=_address(feed.site, url),
    )


def _entries(raw: Iterable[_RawEntry], url: str) -> Iterator[Entry]:
    seen = set()
    for entry in raw:
        address = _address(entry.link, url)
        if address and address not in seen:
            seen.add(address)
            yield Entry(address, _line(entry.title), entry.published, entry.modified, whole_text(entry.content))


def whole_text(content: str) -> str | None:
    """The HTML of an entry where it is an article's whole text; ``None`` where it is a summary, or cut off.

    >>> whole_text("<p>Rain is expected. […]</p>") is None
    True
    """
    if not SHORTEST_CONTENT <= len(content) <= LONGEST_CONTENT:
        return None
    text = _TAG.sub("", content).strip()
    return content if len(text) >= SHORTEST_CONTENT and not _CUT_OFF.search(text) else None


def _address(link: str, url: str) -> str | None:
    try:
        return canonicalise(link, url) if link.strip() else None
    except ValueError:
        return None


def _line(text: str) -> str | None:
    """The text in one line, without tags: titles come as text, as HTML, and as HTML escaped twice."""
    text = html.unescape(_TAG.sub("", text[:_LONGEST]))
    return " ".join(text.split()) or None


def _instead(kind: DocumentKind) -> DocumentKind | None:
    return None if kind == "other" else kind


# --- RSS, RDF and Atom

# Children of an entry that are read, by their local names in lower case; the first that is there counts.
_PUBLISHED = ("pubdate", "published", "issued", "created", "date")
_MODIFIED = ("updated", "modified")
_CONTENT = ("encoded", "content")
_FIELDS = frozenset({"title", "link", "guid", "id", "origlink", "language", *_CONTENT, *_PUBLISHED, *_MODIFIED})
# Extensions with elements of the same names: the title of a picture, the link of a podcast.
_EXTENSION = re.compile(
    r"mrss|media|itunes|podcast|rss/1\.0/modules/(?!content)|georss|gml|wellformedweb|google|yandex|sitemap|xhtml"
)
_PREFIXES = ("", "dc", "dcterms", "atom", "feedburner", "rss", "content")


def _longest(field: str) -> int:
    """Characters of a field that are read."""
    return LONGEST_CONTENT if field in _CONTENT else _LONGEST


class _FullError(Exception):
    """There are as many entries as we read."""


def _read_xml_feed(document: XmlDocument, url: str) -> _RawFeed:
    collector = _Collector(url)
    parser = etree.XMLParser(
        target=collector,
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        for piece in document.pieces:
            if piece:
                parser.feed(piece)
        parser.close()
    except (_FullError, TooDeepError):
        pass
    except etree.XMLSyntaxError as error:
        if not collector.entries:
            raise NotAFeedError(f"it is broken XML: {error.msg}") from error
    if not (collector.entries or collector.is_whole):
        raise NotAFeedError("it is cut off or broken before its first entry")
    return collector.feed()


@lru_cache(maxsize=1_000)
def _field(tag: str) -> str:
    """The local name of an element in lower case; empty for one of an extension.

    By name and not by namespace, since many feeds declare the wrong one, or none.
    """
    namespace, _, name = tag.lower().rpartition("}")
    prefix, colon, local = name.rpartition(":")
    return "" if _EXTENSION.search(namespace) or (colon and prefix not in _PREFIXES) else local


class _Collector:
    """Takes the parser's events and keeps the fields alone, so that memory does not grow with the texts."""

    def __init__(self, url: str) -> None:
        self.entries: list[_RawEntry] = []
        self._path: list[str] = []
        self._bases: list[tuple[int, str]] = [(0, url)]
        self._language = ""
        self._feed = _Fields()
        self._entry: _Fields | None = None
        self._entry_depth = 0
        self._field: str | None = None
        self._texts: list[str] = []
        self._size = 0

    @property
    def is_whole(self) -> bool:
        """Whether every element that began has ended."""
        return not self._path

    def feed(self) -> _RawFeed:
        fields = self._feed
        return _RawFeed(
            title=fields.texts.get("title", ""),
            language=fields.texts.get("language", "") or self._language,
            site=fields.link(),
            next_page=fields.next_page,
            entries=self.entries,
        )

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = _field(tag)
        self._path.append(name)
        if len(self._path) > MAX_DEPTH:
            raise TooDeepError
        self._enter_base(attributes)
        if self._field is not None:
            return
        if self._entry is None and name in ("item", "entry"):
            self._entry, self._entry_depth = (
                _Fields(about=self._absolute(attributes.get(_ABOUT, ""))),
                len(self._path),
            )
        elif name in _FIELDS and (fields := self._fields_here()) is not None:
            self._field, self._texts, self._size = name, [], 0
            fields.enter(name, attributes, self._absolute(attributes.get("href", "")))
        elif name in ("feed", "channel", "rss"):
            self._language = self._language or attributes.get(_LANG, "")

    def data(self, text: str) -> None:
        if self._field is not None and self._size <= _longest(self._field):
            self._texts.append(text)
            self._size += len(text)

    def end(self, tag: str) -> None:
        name = self._path[-1]
        if self._field == name and (fields := self._fields_here()) is not None:
            text = "".join(self._texts).strip()
            fields.leave(name, self._absolute(text) if name in ("link", "origlink") else text)
            self._field = None
        elif self._entry is not None and self._entry_depth == len(self._path):
            self._keep(self._entry)
            self._entry = None
        if self._bases[-1][0] == len(self._path):
            self._bases.pop()
        self._path.pop()

    def close(self) -> None:
        """Nothing is left to do; the parser asks for the method."""

    def _fields_here(self) -> "_Fields | None":
        """What the current element is a field of: the entry or the feed whose child it is, or nothing."""
        if self._entry is not None:
            return self._entry if len(self._path) == self._entry_depth + 1 else None
        return self._feed if len(self._path) > 1 and self._path[-2] in ("channel", "feed") else None

    def _enter_base(self, attributes: Mapping[str, str]) -> None:
        if (base := attributes.get(_BASE)) and (address := self._absolute(base)):
            self._bases.append((len(self._path), address))

    def _absolute(self, link: str) -> str:
        """The link on the base that counts here; fragments stay, since they tell comments from articles."""
        try:
            return urljoin(self._bases[-1][1], link) if link and len(link) <= _LONGEST else ""
        except ValueError:
            return ""

    def _keep(self, fields: "_Fields") -> None:
        if len(self.entries) >= MAX_ENTRIES:
            raise _FullError
        self.entries.append(
            _RawEntry(
                fields.link(),
                fields.texts.get("title", ""),
                fields.moment(_PUBLISHED),
                fields.moment(_MODIFIED),
                next((fields.texts[name] for name in _CONTENT if name in fields.texts), ""),
            )
        )


_XML = "{http://www.w3.org/XML/1998/namespace}"
_BASE, _LANG = f"{_XML}base", f"{_XML}lang"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


class _Fields:
    """The fields of an entry, or of the feed, while they are read."""

    def __init__(self, about: str = "") -> None:
        self.texts: dict[str, str] = {}
        self.next_page = ""
        self._about = about
        self._page = ""
        self._alternate = ""
        self._is_permalink = True

    def enter(self, name: str, attributes: Mapping[str, str], href: str) -> None:
        if name == "guid":
            self._is_permalink = attributes.get("isPermaLink", "true").strip().lower() != "false"
        elif name == "link" and href:
            relation = attributes.get("rel", "alternate").lower()
            if relation == "next":
                self.next_page = href
            elif relation == "alternate" and "html" in attributes.get("type", "html"):
                self._page = self._page or href
            elif relation == "alternate":
                self._alternate = self._alternate or href

    def leave(self, name: str, text: str) -> None:
        if text and len(text) <= _longest(name):
            self.texts.setdefault(name, text)

    def link(self) -> str:
        """The address of the page. FeedBurner's links are redirections, and say what they lead to."""
        text = self.texts.get("origlink") or self.texts.get("link") or self._page or self._alternate
        guid = self.texts.get("guid", "") if self._is_permalink else ""
        # Identities are often addresses, and often numbers; a guid counts as a link unless it says otherwise.
        named = (
            name for name in (guid, self.texts.get("id", ""), self.texts.get("guid", ""), self._about) if _is_web(name)
        )
        return text or next(named, "")

    def moment(self, names: Iterable[str]) -> datetime | None:
        moments = (utc_time(self.texts[name]) for name in names if name in self.texts)
        return next((moment for moment in moments if moment), None)


def _is_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


# --- JSON Feed


def _read_json(body: bytes) -> _RawFeed:
    try:
        feed = json.loads("".join(texts_of(body)).lstrip("\ufeff")) if len(body) <= MAX_WHOLE else None
    except (ValueError, RecursionError) as error:
        raise NotAFeedError("it is broken JSON") from error
    if not isinstance(feed, dict) or "jsonfeed.org/version" not in _text(feed, "version"):
        raise NotAFeedError("it is JSON, but no JSON Feed")
    items = feed.get("items")
    return _RawFeed(
        title=_text(feed, "title"),
        language=_text(feed, "language"),
        site=_text(feed, "home_page_url"),
        next_page=_text(feed, "next_url"),
        entries=[_json_entry(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else [],
    )


def _json_entry(item: dict[str, Any]) -> _RawEntry:
    identity = _text(item, "id")
    return _RawEntry(
        _text(item, "url") or (identity if _is_web(identity) else ""),
        _text(item, "title"),
        utc_time(_text(item, "date_published")),
        utc_time(_text(item, "date_modified")),
        _text(item, "content_html"),
    )


def _text(table: dict[str, Any], name: str) -> str:
    value = table.get(name)
    return value if isinstance(value, str) else ""
