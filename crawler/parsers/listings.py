"""Pages that list articles: feeds, sitemaps, sections. One shape for what the crawl takes from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cleaning.urls import canonicalise, make_url_key
from crawler.parsers.feeds import ParsedFeed
from crawler.parsers.link_rules import Link
from crawler.parsers.links import PageLinks
from crawler.parsers.sitemaps import ParsedSitemap, SitemapEntry, select_children, sort_newest_first
from crawler.urls.url_classifier import classify_kind, find_section_urls, is_same_site

ListingKind = Literal["feed", "sitemap-index", "sitemap", "section"]

MAX_ENTRIES: Final = 50_000
"""What one listing may add. The sitemap protocol has the same limit."""


@dataclass(frozen=True, slots=True)
class ListedLink:
    """An address that may be an article's."""

    url: str
    key: str
    """Shared by all spellings of the address; see :func:`cleaning.urls.make_url_key`."""
    is_likely_article: bool
    """Whether the address looks like an article's, or its place says so; else it may be one."""
    title: str | None = None
    published: datetime | None = None
    """Aware. Where the listing only says when the page changed last, that."""
    content: str | None = None
    """The article's full text, in HTML, where a feed has it."""


@dataclass(frozen=True, slots=True)
class ListedSitemap:
    """A sitemap that an index or a page names."""

    url: str
    modified: datetime | None = None
    """Aware; when the index says it changed last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page that lists articles, read."""

    kind: ListingKind
    pages: tuple[ListedLink, ...] = ()
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[ListedSitemap, ...] = ()
    """Further sitemaps: of an index those worth reading, newest first."""
    sections: tuple[str, ...] = ()
    next_page: str | None = None
    generator: str | None = None
    """The software that the page says it was made with."""
    is_comments: bool = False
    """A feed of readers' comments: it lists no articles."""


def from_feed(feed: ParsedFeed, hosts: tuple[str, ...]) -> Listing:
    """What a feed lists: every entry on the site, whatever its address looks like."""
    if feed.is_comments:
        return Listing(kind="feed", is_comments=True)
    entries = (
        (entry.url, True, entry.title, entry.published or entry.modified, entry.content) for entry in feed.entries
    )
    return Listing(kind="feed", pages=_build_links(entries, hosts), next_page=feed.next_page)


def from_sitemap(sitemap: ParsedSitemap, hosts: tuple[str, ...]) -> Listing:
    """What a sitemap lists; pages whose address is a section's or a service page's are left out."""
    if sitemap.kind == "index":
        named = tuple(ListedSitemap(entry.url, entry.modified) for entry in select_children(sitemap))
        return Listing(kind="sitemap-index", sitemaps=named)
    folders = find_section_urls(entry.url for entry in sitemap.entries)
    entries = (
        (entry.url, is_sure, entry.title, entry.published or entry.modified, None)
        for entry in sort_newest_first(sitemap.entries)
        if (is_sure := _is_certain_article(entry))
        or (classify_kind(entry.url) == "unknown" and entry.url not in folders)
    )
    return Listing(kind="sitemap", pages=_build_links(entries, hosts))


def _is_certain_article(entry: SitemapEntry) -> bool:
    """Whether a sitemap's entry is an article for sure: news sitemaps say when each was published."""
    return entry.published is not None or classify_kind(entry.url) == "article"


def from_page(page: PageLinks, hosts: tuple[str, ...]) -> Listing:
    """What a front page or a section links to."""
    entries = ((link.url, link.kind == "article", link.text or None, None, None) for link in _select_links(page))
    return Listing(
        kind="section",
        pages=_build_links(entries, hosts),
        feeds=page.feeds,
        sitemaps=tuple(ListedSitemap(url) for url in page.sitemaps),
        sections=tuple(link.url for link in page.sections),
        next_page=page.next_page,
        generator=page.generator,
    )


def _select_links(page: PageLinks) -> tuple[Link, ...]:
    """The links to articles; on a page that has none to be sure of, those that may be."""
    return page.articles or page.unknown


def _build_links(
    entries: Iterable[tuple[str, bool, str | None, datetime | None, str | None]], hosts: tuple[str, ...]
) -> tuple[ListedLink, ...]:
    listed: dict[str, ListedLink] = {}
    for address, sure, title, published, content in entries:
        if len(listed) == MAX_ENTRIES:
            break
        try:
            url, key = canonicalise(address), make_url_key(address)
        except ValueError:
            continue
        if any(is_same_site(url, host) for host in hosts):
            listed.setdefault(key, ListedLink(url, key, sure, title, published, content))
    return tuple(listed.values())
