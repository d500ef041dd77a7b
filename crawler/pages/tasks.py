"""What the worker processes do with a body: clean an article, or read a page that lists articles.

Bytes and text go in, plain values come out; nothing here raises for what a page can contain.
"""

import os
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from html import escape
from typing import Final, Literal

from cleaning import Cleaned, NotAnArticleError, Sites, clean_and_explain, load_sites
from cleaning.html.decoding import decode_by_header
from crawler.pages.news_filter import (
    detect_alternate_rendering,
    detect_home_redirect,
    make_article_key,
    refine_outcome,
    reject_non_news,
)
from crawler.parsers.feeds import NotAFeedError, read_feed
from crawler.parsers.links import NotAPageError, read_links
from crawler.parsers.listings import Listing, from_feed, from_page, from_sitemap
from crawler.parsers.sitemaps import NotASitemapError, read_sitemap
from crawler.urls.url_classifier import classify_url

ExpectedFormat = Literal["feed", "sitemap", "page", "anything"]

FROM_FEED_FLAG: Final = "from-feed"
"""The flag of an article whose text is its feed's, not its page's."""


@dataclass(frozen=True, slots=True)
class CleanedNews:
    """A page that holds an article."""

    cleaned: Cleaned
    article_key: str
    """What the article is known by, whatever address it is found at."""


@dataclass(frozen=True, slots=True)
class RejectedPage:
    """A page without an article to store."""

    reason: str
    """The name of its outcome."""
    detail: str | None
    """The reason as a sentence; ``None`` if the outcome says it all."""
    original_url: str | None = None
    """The URL of the article that this page is only another rendering of; ``None`` if it is no rendering."""


@dataclass(frozen=True, slots=True)
class UnreadableListing:
    """A body that is not the feed, sitemap or page that it was taken for."""

    reason: str
    """A sentence."""


@cache
def load_site_rules() -> Sites:
    """What the user knows of single sites: the files and folders of ``CLEANWIRE_SITES``, parted as in ``PATH``.

    Raises:
        SitesError: one of them cannot be used.
    """
    return load_sites(*filter(None, os.environ.get("CLEANWIRE_SITES", "").split(os.pathsep)))


def read_article(
    body: bytes, url: str, charset: str | None, found_in: str, *, asked: str | None = None, vouched: bool = False
) -> CleanedNews | RejectedPage:
    """The article of a page, if it has one and it is news.

    Args:
        body: the page as it came.
        url: where it was found in the end.
        charset: what the HTTP header says.
        found_in: the place that named it.
        asked: the address that was asked for. With it, what leads to the front page is refused, and an AMP or print
            rendering is, which then names the address to ask for ``instead``.
        vouched: whether such addresses are known to be this site's articles.
    """
    address = classify_url(url)
    if asked is not None and (refusal := detect_home_redirect(address, classify_url(asked))):
        return RejectedPage(str(refusal.outcome), refusal.detail)
    try:
        cleaned = clean_and_explain(decode_by_header(body, charset), url, sites=load_site_rules())
    except NotAnArticleError as error:
        return RejectedPage(refine_outcome(error.reason.value, address), error.detail)
    canonical_url = cleaned.article.canonical_url
    refusal = detect_alternate_rendering(body, url, asked, canonical_url) if asked is not None else None
    refusal = refusal or reject_non_news(cleaned.article, found_in, address, vouched=vouched)
    if refusal is not None:
        return RejectedPage(str(refusal.outcome), refusal.detail, refusal.original_url)
    return CleanedNews(cleaned, make_article_key(url, canonical_url))


def read_feed_text(content: str, url: str, title: str | None, published: datetime | None) -> CleanedNews | RejectedPage:
    """The article of which a feed has the full text, in HTML: for when its page cannot be had."""
    head = f'<meta property="article:published_time" content="{published.isoformat()}">' if published else ""
    heading = f"<h1>{escape(title)}</h1>" if title else ""
    page = f"<!doctype html><html><head>{head}</head><body><article>{heading}{content}</article></body></html>"
    try:
        cleaned = clean_and_explain(page, url, sites=load_site_rules())
    except NotAnArticleError as error:
        return RejectedPage(error.reason.value, error.detail)
    article = replace(cleaned.article, flags=(*cleaned.article.flags, FROM_FEED_FLAG))
    return CleanedNews(replace(cleaned, article=article), make_article_key(url, None))


def read_listing(
    body: bytes, url: str, expected: ExpectedFormat, hosts: tuple[str, ...]
) -> Listing | UnreadableListing:
    """What a feed, a sitemap or a page lists, of the given hosts' sites.

    A sitemap's index also names feeds, and the address that a person gives may be any of the three.
    """
    readers = {"feed": _read_feed, "sitemap": _read_sitemap, "page": _read_page, "anything": _read_feed}
    try:
        return readers[expected](body, url, hosts)
    except (NotAFeedError, NotASitemapError) as error:
        if error.actual_kind == "feed" or error.actual_kind == "sitemap":
            return read_listing(body, url, error.actual_kind, hosts)
        return read_listing(body, url, "page", hosts) if expected == "anything" else UnreadableListing(error.reason)
    except NotAPageError as error:
        return UnreadableListing(error.reason)


def _read_feed(body: bytes, url: str, hosts: tuple[str, ...]) -> Listing:
    return from_feed(read_feed(body, url), hosts)


def _read_sitemap(body: bytes, url: str, hosts: tuple[str, ...]) -> Listing:
    return from_sitemap(read_sitemap(body, url), hosts)


def _read_page(body: bytes, url: str, hosts: tuple[str, ...]) -> Listing:
    return from_page(read_links(body, url), hosts)
