"""One type for all listings: feeds, sitemaps and section pages, as discovery uses them.

It keeps only links to the hosts of the site, and decides which entries may be articles.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

from cleaning.urls import canonicalise, make_url_key
from crawler.parsers.feeds import FeedEntry, ParsedFeed
from crawler.parsers.link_rules import Link
from crawler.parsers.links import PageLinks
from crawler.parsers.other_hosts import OtherHost, count_other_hosts
from crawler.parsers.raw_feed import is_web_url
from crawler.parsers.sitemaps import (
    ParsedSitemap,
    SitemapEntry,
    estimate_published,
    select_children,
    sort_newest_first,
)
from crawler.urls.url_classifier import classify_kind, find_section_urls, is_same_site

ListingKind = Literal["feed", "sitemap-index", "sitemap", "section"]

MAX_ENTRIES: Final = 50_000
"""Maximum number of links that one listing may add. The sitemap protocol has the same limit."""


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A URL in a listing that may be an article's."""

    url: str
    """Canonical URL."""
    key: str
    """The same for all spellings of the URL; see :func:`cleaning.urls.make_url_key`."""
    is_likely_article: bool
    """Whether the URL or its place in the listing says that it is an article; otherwise it may be one."""
    title: str | None = None
    published: datetime | None = None
    """Publication time, with a time zone. If the listing does not state it, the first moment of the day in
    the URL, or the time of the last change."""
    content: str | None = None
    """The article's full text, in HTML, if a feed has it."""
    modified: datetime | None = None
    """Time of the last change according to the listing, with a time zone."""
    guid: str | None = None
    """The id that a feed gives the article, as written."""
    authors: tuple[str, ...] = ()
    """People that a feed names as authors."""
    tags: tuple[str, ...] = ()
    """Its categories in a feed."""


@dataclass(frozen=True, slots=True)
class ListedSitemap:
    """A sitemap that an index or a page links to."""

    url: str
    modified: datetime | None = None
    """Time of its last change according to the index, with a time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A parsed listing."""

    kind: ListingKind
    pages: tuple[ListedLink, ...] = ()
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[ListedSitemap, ...] = ()
    """Further sitemaps; those of an index without the ones that list no articles, newest first."""
    sections: tuple[str, ...] = ()
    """URLs of further section pages, the most useful first."""
    next_page: str | None = None
    """URL of the next page of the list, with older articles."""
    generator: str | None = None
    """The software that the page names, e.g. ``"WordPress 6.1"``."""
    is_comments: bool = False
    """Whether it is a feed of readers' comments, which lists no articles."""
    other_hosts: tuple[OtherHost, ...] = ()
    """Hosts that are not the site's and that entries lead to, the most frequent ones first."""
    needs_scripts: bool = False
    """Whether it is a page without links to articles that its scripts would fill."""
    damage: str | None = None
    """The reason why links may be missing, as a sentence; ``None`` if the listing was read completely."""


def from_feed(feed: ParsedFeed, hosts: tuple[str, ...]) -> Listing:
    """Convert a feed: every entry on the site counts as an article, whatever its URL looks like.

    ``hosts`` are those of the site; entries on other hosts are only counted. A feed of comments becomes an empty
    listing.
    """
    if feed.is_comments:
        return Listing(kind="feed", is_comments=True)
    entries = [
        _Entry(
            _choose_own_url(entry, hosts),
            True,
            entry.title,
            entry.published or entry.modified,
            entry.content,
            entry.modified,
            entry.guid,
            entry.authors,
            entry.tags,
        )
        for entry in feed.entries
    ]
    return Listing(
        kind="feed",
        pages=_build_links(entries, hosts),
        next_page=feed.next_page,
        other_hosts=count_other_hosts((entry.url for entry in entries), hosts),
        damage=feed.damage,
    )


def _choose_own_url(entry: FeedEntry, hosts: tuple[str, ...]) -> str:
    """Return the URL of an entry on the site: its link, or else its id or its related link.

    Link blogs link to the page that they write about, and redirectors count clicks on another host; the id is then
    often the URL of the site's own page.
    """
    urls = (entry.url, entry.guid or "", entry.related or "")
    return next((url for url in urls if is_web_url(url) and _is_on_hosts(url, hosts)), entry.url)


def from_sitemap(sitemap: ParsedSitemap, hosts: tuple[str, ...]) -> Listing:
    """Convert a sitemap or a sitemap index; URLs of sections and service pages are left out.

    Sitemaps list tags, authors and archives too: a plain sitemap spider stored 133 false articles next to 277 real ones
    on four test sites. ``hosts`` are those of the site.
    """
    if sitemap.kind == "index":
        children = tuple(ListedSitemap(entry.url, entry.modified) for entry in select_children(sitemap))
        return Listing(kind="sitemap-index", sitemaps=children, damage=sitemap.damage)
    folders = find_section_urls(entry.url for entry in sitemap.entries)
    entries = (
        _Entry(entry.url, is_certain, entry.title, estimate_published(entry), modified=entry.modified)
        for entry in sort_newest_first(sitemap.entries)
        if (is_certain := _is_certain_article(entry))
        or (classify_kind(entry.url) == "unknown" and entry.url not in folders)
    )
    return Listing(kind="sitemap", pages=_build_links(entries, hosts), damage=sitemap.damage)


def _is_certain_article(entry: SitemapEntry) -> bool:
    """Return whether an entry is certainly an article: by its URL, or by a publication time (news sitemaps)."""
    return entry.published is not None or classify_kind(entry.url) == "article"


def from_page(page: PageLinks, hosts: tuple[str, ...]) -> Listing:
    """Convert the links of a front page or a section page.

    Its articles are candidates; if it has none that are certain, its unknown links are. ``hosts`` are those of the
    site; feeds and sitemaps may be on other hosts.
    """
    entries = (_Entry(link.url, link.kind == "article", link.text or None) for link in _select_links(page))
    return Listing(
        kind="section",
        pages=_build_links(entries, hosts),
        feeds=page.feeds,
        sitemaps=tuple(ListedSitemap(url) for url in page.sitemaps),
        sections=tuple(link.url for link in page.sections),
        next_page=page.next_page,
        generator=page.generator,
        other_hosts=count_other_hosts(page.foreign_articles, hosts),
    )


def _select_links(page: PageLinks) -> tuple[Link, ...]:
    """Return the links to articles, or those that may be articles if there are none."""
    return page.articles or page.unknown


class _Entry(NamedTuple):
    """An entry of a listing of any kind; the fields are those of `ListedLink`."""

    url: str
    is_certain: bool
    title: str | None
    published: datetime | None = None
    content: str | None = None
    modified: datetime | None = None
    guid: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def _is_on_hosts(url: str, hosts: tuple[str, ...]) -> bool:
    return any(is_same_site(url, host) for host in hosts)


def _build_links(entries: Iterable[_Entry], hosts: tuple[str, ...]) -> tuple[ListedLink, ...]:
    listed: dict[str, ListedLink] = {}
    for entry in entries:
        if len(listed) == MAX_ENTRIES:
            break
        try:
            url, key = canonicalise(entry.url), make_url_key(entry.url)
        except ValueError:
            continue
        if _is_on_hosts(url, hosts):
            listed.setdefault(key, ListedLink(url, key, *entry[1:]))
    return tuple(listed.values())
