"""The functions that run in worker processes: clean an article, or parse a listing.

They take bytes and text and return plain values. Nothing that a page can contain makes them raise.
"""

import os
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from typing import Final, Literal

from cleaning import Cleaned, NotAnArticleError, Outcome, Sites, clean_and_explain, load_sites
from cleaning.html.decoding import decode_by_header
from crawler.outcomes import NEEDS_SCRIPTS
from crawler.pages.article_pages import find_following_page, is_following_page, join_pages
from crawler.pages.news_filter import (
    detect_alternate_rendering,
    detect_home_redirect,
    make_article_key,
    refine_outcome,
    reject_non_news,
)
from crawler.pages.script_shell import is_script_shell
from crawler.parsers.feeds import NotAFeedError, read_feed
from crawler.parsers.links import NotAPageError, read_links
from crawler.parsers.listings import Listing, from_feed, from_page, from_sitemap
from crawler.parsers.refresh import find_refresh_url
from crawler.parsers.sitemaps import NotASitemapError, read_sitemap
from crawler.urls.url_classifier import classify_url

ExpectedFormat = Literal["feed", "sitemap", "page", "anything"]

FROM_FEED_FLAG: Final = "from-feed"
"""The flag of an article whose text comes from its feed instead of its page."""


@dataclass(frozen=True, slots=True)
class CleanedNews:
    """A page that holds an article."""

    cleaned: Cleaned
    article_key: str
    """The key that identifies the article, at whatever URL it is found."""
    next_page: str | None = None
    """The URL of the page on which the article goes on; ``None`` if this is its last page."""


@dataclass(frozen=True, slots=True)
class RejectedPage:
    """A page without an article to store."""

    reason: str
    """The name of its outcome."""
    detail: str | None
    """The reason as a sentence; ``None`` if the outcome says it all."""
    original_url: str | None = None
    """The URL of the article that this page is only another rendering of; ``None`` if it is no rendering."""
    refresh_url: str | None = None
    """The URL to which the page sends browsers at once; ``None`` if it sends them nowhere."""
    robots: tuple[str, ...] = ()
    """The page's directives for robots, as in :attr:`cleaning.Article.robots`. They also hold without an article."""


@dataclass(frozen=True, slots=True)
class UnreadableListing:
    """A body that is not the expected feed, sitemap or page."""

    reason: str
    """The reason as a sentence."""


@cache
def load_site_rules() -> Sites:
    """Return the site rules of the user, from the files and folders that ``CLEANWIRE_SITES`` names.

    They are separated as in ``PATH``, and loaded once per process.

    Raises:
        SitesError: a file cannot be read or has an error.
    """
    return load_sites(*filter(None, os.environ.get("CLEANWIRE_SITES", "").split(os.pathsep)))


def read_article(
    body: bytes,
    url: str,
    charset: str | None,
    found_in: str,
    *,
    requested_url: str | None = None,
    is_article_pattern: bool = False,
    is_rendered: bool = False,
) -> CleanedNews | RejectedPage:
    """Clean a page and decide whether it is news.

    Args:
        body: the page as it was received.
        url: its URL after redirects.
        charset: the charset of the HTTP header.
        found_in: the kind of listing that named the URL.
        requested_url: its URL before redirects. With it, redirects to the front page and alternate renderings are
            rejected; ``None`` for archived pages, for which no other URL can be requested.
        is_article_pattern: whether URLs of this pattern are known to be the site's articles.
        is_rendered: whether the page's scripts have run.

    Returns:
        The article, or the reason why there is none; for an alternate rendering with the URL to fetch instead.
    """
    url_class = classify_url(url)
    if requested_url is not None and (rejection := detect_home_redirect(url_class, classify_url(requested_url))):
        return RejectedPage(str(rejection.outcome), rejection.detail)
    try:
        cleaned = clean_and_explain(decode_by_header(body, charset), url, sites=load_site_rules())
    except NotAnArticleError as error:
        rejected = _reject_page(body, url, refine_outcome(error.reason.value, url_class), error.detail, is_rendered)
        return replace(rejected, robots=error.metadata.robots if error.metadata is not None else ())
    canonical_url = cleaned.article.canonical_url
    rejection = (
        detect_alternate_rendering(body, url, requested_url, canonical_url) if requested_url is not None else None
    )
    rejection = rejection or reject_non_news(
        cleaned.article, found_in, url_class, is_article_pattern=is_article_pattern
    )
    if rejection is not None:
        outcome, robots = str(rejection.outcome), cleaned.article.robots
        return RejectedPage(outcome, rejection.detail, rejection.original_url, robots=robots)
    next_page = find_following_page(body, url, 1) if requested_url is not None else None
    return CleanedNews(cleaned, make_article_key(url, canonical_url), next_page)


def _reject_page(body: bytes, url: str, outcome: str, detail: str | None, is_rendered: bool) -> RejectedPage:
    """Return the rejection of a page without an article, and what would bring one: another page, or its scripts."""
    refresh_url = find_refresh_url(body, url)
    is_empty = outcome in (Outcome.TOO_SHORT, Outcome.EMPTY)
    if is_empty and refresh_url is None and not is_rendered and is_script_shell(body):
        return RejectedPage(NEEDS_SCRIPTS, "its text is made by scripts, which run with js = true")
    return RejectedPage(outcome, detail, refresh_url=refresh_url)


def read_following_page(
    article: CleanedNews, body: bytes, url: str, charset: str | None, first_url: str, number: int
) -> CleanedNews | RejectedPage:
    """Clean a further page of an article, and return the article with its text.

    Args:
        article: the pages before it.
        body: the page as it was received.
        url: its URL after redirects.
        charset: the charset of the HTTP header.
        first_url: the URL of the article's first page.
        number: the number of this page, from 2.
    """
    try:
        following = clean_and_explain(decode_by_header(body, charset), url, sites=load_site_rules())
    except NotAnArticleError as error:
        return RejectedPage(error.reason.value, error.detail)
    if not is_following_page(article.cleaned.article, following.article, first_url, url, number):
        return RejectedPage("off-site", f"{url} is no further page of {first_url}")
    joined = join_pages(article.cleaned, following)
    if joined is None:
        return replace(article, next_page=None)
    return replace(article, cleaned=joined, next_page=find_following_page(body, first_url, number))


def read_feed_text(content: str, url: str, title: str | None) -> CleanedNews | RejectedPage:
    """Clean the full text that a feed has of an article, for when its page cannot be fetched.

    Args:
        content: the text as HTML.
        url: the URL of the page that could not be fetched.
        title: the title in the feed.
    """
    heading = f"<h1>{escape(title)}</h1>" if title else ""
    # The text is wrapped in a page, so that it goes through the same steps as any other.
    page = f"<!doctype html><html><body><article>{heading}{content}</article></body></html>"
    try:
        cleaned = clean_and_explain(page, url, sites=load_site_rules())
    except NotAnArticleError as error:
        return RejectedPage(error.reason.value, error.detail)
    article = replace(cleaned.article, flags=(*cleaned.article.flags, FROM_FEED_FLAG))
    return CleanedNews(replace(cleaned, article=article), make_article_key(url, None))


def read_listing(
    body: bytes, url: str, expected: ExpectedFormat, hosts: tuple[str, ...], link_header: str = ""
) -> Listing | UnreadableListing:
    """Parse a feed, a sitemap or a page, and return the links to the sites of the given hosts.

    A body of another kind than expected is parsed as what it is: sitemap indexes also name feeds, and the URL that a
    user configures may be any of the three. ``link_header`` is the ``Link`` header of a page, which may name feeds.
    """
    # "anything" begins as a feed: the feed parser recognises sitemaps and HTML from their first element and says so.
    readers = {"feed": _read_feed, "sitemap": _read_sitemap, "anything": _read_feed}
    try:
        if expected == "page":
            listing = from_page(read_links(body, url, link_header, hosts), hosts)
            return listing if listing.pages else replace(listing, needs_scripts=is_script_shell(body))
        return readers[expected](body, url, hosts)
    except (NotAFeedError, NotASitemapError) as error:
        if error.actual_kind == "feed" or error.actual_kind == "sitemap":
            return read_listing(body, url, error.actual_kind, hosts)
        if expected != "anything":
            return UnreadableListing(error.reason)
        return read_listing(body, url, "page", hosts, link_header)
    except NotAPageError as error:
        return UnreadableListing(error.reason)


def _read_feed(body: bytes, url: str, hosts: tuple[str, ...]) -> Listing:
    return from_feed(read_feed(body, url), hosts)


def _read_sitemap(body: bytes, url: str, hosts: tuple[str, ...]) -> Listing:
    return from_sitemap(read_sitemap(body, url), hosts)
