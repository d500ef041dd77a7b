"""Parse feeds: RSS, RDF, Atom and JSON Feed. Bytes in, frozen values out.

:mod:`crawler.parsers.xml_feeds` and :mod:`crawler.parsers.json_feed` read the fields as they are written; this module
makes them uniform: canonical URLs, titles without markup, full texts apart from summaries.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cleaning.lines.normalization import fold_text
from cleaning.urls import canonicalise
from crawler.parsers.comment_feeds import is_comments_feed
from crawler.parsers.feed_credits import read_feed_authors, read_feed_tags
from crawler.parsers.json_feed import read_json_feed
from crawler.parsers.raw_feed import MAX_CONTENT_CHARS, MAX_FIELD_CHARS, NotAFeedError, RawEntry, RawFeed
from crawler.parsers.xml import MarkupError
from crawler.parsers.xml_feeds import read_xml_feed

__all__ = ["FeedEntry", "NotAFeedError", "ParsedFeed", "find_full_text", "read_feed"]

MIN_CONTENT_CHARS: Final = 600
"""Minimum length of a full text, without markup: about three paragraphs. Anything shorter is taken for a summary."""
# WordPress and others cut summaries off with an ellipsis or a "read more" link, however long they are.
_CUT_OFF = re.compile(r"(?:\[?(?:…|\.\.\.|&#8230;|&hellip;)\]?|\b(?:read more|continue reading)\W*)$", re.IGNORECASE)
# Links to single comments instead of articles.
_COMMENT_LINK = re.compile(r"#comment|#respond|showcomment=|/comment-page-\d|#c\d+$", re.IGNORECASE)
_TAG = re.compile(r"<[/!a-zA-Z][^<>]*>")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An article in a feed."""

    url: str
    """Canonical URL."""
    title: str | None = None
    """One line, without markup."""
    published: datetime | None = None
    """In UTC; ``None`` if it is missing or cannot be a publication time."""
    modified: datetime | None = None
    """In UTC; ``None`` if it is missing or cannot be a publication time."""
    content: str | None = None
    """The article's full text, in HTML; ``None`` if the feed has only a summary."""
    guid: str | None = None
    """The id that the feed gives the article, as written. It stays the same if the URL is corrected."""
    related: str | None = None
    """Canonical URL of a page that the entry names beside ``url``; ``None`` if there is none. In a feed that links to
    other sites' pages it is the site's own page."""
    authors: tuple[str, ...] = ()
    """People that the entry names as authors, without mail addresses and placeholders such as "admin"."""
    tags: tuple[str, ...] = ()
    """Its categories."""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A parsed feed."""

    title: str | None
    language: str | None
    """The code as the feed writes it, e.g. ``"en-US"``."""
    entries: tuple[FeedEntry, ...]
    """The entries in the feed's order, each URL once. Entries without an http(s) URL are left out."""
    is_comments: bool = False
    """Whether the entries are readers' comments instead of articles."""
    next_page: str | None = None
    """URL of the feed's next page, with older entries (RFC 5005)."""
    site_url: str | None = None
    """URL of the page that the feed belongs to."""
    damage: str | None = None
    """The reason why entries may be missing, as a sentence; ``None`` if the feed is complete."""


def read_feed(body: bytes, url: str) -> ParsedFeed:
    """Parse a feed; the format is detected from the content, whatever the Content-Type was.

    Args:
        body: the response body; may be gzip.
        url: the URL that the feed was fetched from, which relative URLs are resolved against.

    Raises:
        NotAFeedError: the body is something else, or too damaged to have an entry. ``actual_kind`` says what it is, if
            that is known.
    """
    try:
        if body[:100].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            return _build_feed(read_json_feed(body), url)
        return _build_feed(read_xml_feed(body, url), url)
    except MarkupError as error:
        raise NotAFeedError(error.reason, error.kind) from error


def _build_feed(feed: RawFeed, url: str) -> ParsedFeed:
    title = _strip_markup(feed.title)
    # Some comment feeds have neutral URLs and titles, but all their links lead to comments.
    links = [entry.link for entry in feed.entries]
    return ParsedFeed(
        title=title,
        language=feed.language.strip()[:35] or None,
        entries=tuple(_build_entries(feed.entries, url, title)),
        is_comments=is_comments_feed(url, title) or (bool(links) and all(map(_COMMENT_LINK.search, links))),
        next_page=_resolve_url(feed.next_page, url),
        site_url=_resolve_url(feed.site_url, url),
        damage=feed.damage,
    )


def _build_entries(raw: Iterable[RawEntry], url: str, title: str | None) -> Iterator[FeedEntry]:
    seen = set()
    site_name = fold_text(title or "")
    for entry in raw:
        entry_url = _resolve_url(entry.link, url)
        if entry_url and entry_url not in seen:
            seen.add(entry_url)
            yield FeedEntry(
                entry_url,
                _strip_markup(entry.title),
                entry.published,
                entry.modified,
                find_full_text(entry.content),
                entry.guid[:MAX_FIELD_CHARS] or None,
                _resolve_url(entry.related, url),
                tuple(name for name in read_feed_authors(entry.authors) if fold_text(name) != site_name),
                read_feed_tags(entry.tags),
            )


def find_full_text(content: str) -> str | None:
    """Return the HTML of an entry if it is an article's full text; ``None`` if it is a summary or cut off.

    The crawl uses the full text of a feed if the page itself cannot be fetched. A heuristic: at least
    ``MIN_CONTENT_CHARS`` of text that does not end in an ellipsis or "read more".

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
    """Return a text on one line, without tags and entities; ``None`` if nothing is left."""
    # Titles come as plain text, as HTML, and as HTML that was escaped twice.
    text = html.unescape(_TAG.sub("", text[:MAX_FIELD_CHARS]))
    return " ".join(text.split()) or None
