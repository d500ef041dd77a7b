"""Reads feeds: RSS, RDF, Atom and JSON Feed. Bytes in, frozen values out.

:mod:`crawler.parsers.xml_feeds` and :mod:`crawler.parsers.json_feed` read the fields of the formats.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cleaning.urls import canonicalise
from crawler.parsers.comment_feeds import is_comments_feed
from crawler.parsers.json_feed import read_json_feed
from crawler.parsers.raw_feed import MAX_CONTENT_CHARS, MAX_FIELD_CHARS, NotAFeedError, RawEntry, RawFeed
from crawler.parsers.xml import MarkupError, read_xml
from crawler.parsers.xml_feeds import read_xml_feed

__all__ = ["FeedEntry", "NotAFeedError", "ParsedFeed", "find_full_text", "read_feed"]

MIN_CONTENT_CHARS: Final = 600
"""Characters of a text, without its markup, that is no summary any more: three paragraphs."""
_CUT_OFF = re.compile(r"(?:\[?(?:…|\.\.\.|&#8230;|&hellip;)\]?|\b(?:read more|continue reading)\W*)$", re.IGNORECASE)
_COMMENT_LINK = re.compile(r"#comment|#respond|showcomment=|/comment-page-\d|#c\d+$", re.IGNORECASE)
_TAG = re.compile(r"<[/!a-zA-Z][^<>]*>")


@dataclass(frozen=True, slots=True)
class FeedEntry:
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
class ParsedFeed:
    """A feed, read."""

    title: str | None
    language: str | None
    """The code as the feed writes it, e.g. ``"en-US"``."""
    entries: tuple[FeedEntry, ...]
    """Each address once, in the feed's order. Entries without an http(s) address are left out."""
    is_comments: bool = False
    """Whether the entries are readers' comments."""
    next_page: str | None = None
    """The feed's next page, with older entries (RFC 5005)."""
    site_url: str | None = None
    """The page that the feed belongs to."""


def read_feed(body: bytes, url: str) -> ParsedFeed:
    """The entries of a feed; ``url`` is where it was fetched, for relative addresses.

    Raises NotAFeedError on everything else, an armed document included.
    """
    try:
        if body[:100].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            return _build_feed(read_json_feed(body), url)
        document = read_xml(body)
        if document.kind != "feed":
            what = "it is a sitemap" if document.kind == "sitemap" else f"its root element is <{document.root}>"
            raise NotAFeedError(what, document.kind)
        return _build_feed(read_xml_feed(document, url), url)
    except MarkupError as error:
        raise NotAFeedError(error.reason, error.kind) from error


def _build_feed(feed: RawFeed, url: str) -> ParsedFeed:
    title = _strip_markup(feed.title)
    links = [entry.link for entry in feed.entries]
    return ParsedFeed(
        title=title,
        language=feed.language.strip()[:35] or None,
        entries=tuple(_build_entries(feed.entries, url)),
        is_comments=is_comments_feed(url, title) or (bool(links) and all(map(_COMMENT_LINK.search, links))),
        next_page=_resolve_url(feed.next_page, url),
        site_url=_resolve_url(feed.site_url, url),
    )


def _build_entries(raw: Iterable[RawEntry], url: str) -> Iterator[FeedEntry]:
    seen = set()
    for entry in raw:
        address = _resolve_url(entry.link, url)
        if address and address not in seen:
            seen.add(address)
            yield FeedEntry(
                address, _strip_markup(entry.title), entry.published, entry.modified, find_full_text(entry.content)
            )


def find_full_text(content: str) -> str | None:
    """The HTML of an entry where it is an article's whole text; ``None`` where it is a summary, or cut off.

    >>> find_full_text("<p>Rain is expected. […]</p>") is None
    True
    """
    if not MIN_CONTENT_CHARS <= len(content) <= MAX_CONTENT_CHARS:
        return None
    text = _TAG.sub("", content).strip()
    return content if len(text) >= MIN_CONTENT_CHARS and not _CUT_OFF.search(text) else None


def _resolve_url(link: str, url: str) -> str | None:
    try:
        return canonicalise(link, url) if link.strip() else None
    except ValueError:
        return None


def _strip_markup(text: str) -> str | None:
    """The text in one line, without tags: titles come as text, as HTML, and as HTML escaped twice."""
    text = html.unescape(_TAG.sub("", text[:MAX_FIELD_CHARS]))
    return " ".join(text.split()) or None
