"""Decides whether a cleaned page is news. Sites also have pages about themselves, which clean just as well.

The cleaner knows the page alone. Here its URL and the listing that named it count, too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from cleaning import Article, Outcome
from cleaning.urls import get_site, make_url_key
from crawler.outcomes import AMP_RENDERING, NOT_NEWS, PRINT_RENDERING
from crawler.urls.url_classifier import UrlClass, classify_url

MIN_STORY_WORDS: Final = 80
"""Words of a text that is more than a note below a heading."""

_ARTICLE_TYPES: Final = frozenset({"article", "blogposting", "socialmediaposting", "report", "scholarlyarticle"})
# A page that declares one of these types is no article, even if a plugin adds a publication date to it.
_OUTCOME_BY_PAGE_TYPE: Final[Mapping[str, str]] = {
    "collectionpage": Outcome.INDEX_PAGE,
    "itemlist": Outcome.INDEX_PAGE,
    "searchresultspage": Outcome.SEARCH_PAGE,
    "profilepage": Outcome.AUTHOR_PAGE,
    "profile": Outcome.AUTHOR_PAGE,
    **dict.fromkeys(("aboutpage", "contactpage", "faqpage", "checkoutpage", "product"), NOT_NEWS),
}
_OUTCOME_BY_URL_RULE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("tag", "blogger-label"), Outcome.TAG_PAGE),
    **dict.fromkeys(("search", "search-parameter"), Outcome.SEARCH_PAGE),
    "author": Outcome.AUTHOR_PAGE,
    "account": Outcome.LOGIN_PAGE,
}
"""The outcomes of rules in ``url_patterns.toml`` that have one of their own; other section URLs are index pages."""
# These say only what a page is not; its URL may say what it is.
_VAGUE_OUTCOMES: Final = frozenset({Outcome.INDEX_PAGE.value, Outcome.TOO_SHORT.value})

# AMP pages mark their html element with "amp" or with the character U+26A1 (a lightning bolt).
_AMP_ATTRIBUTE = re.compile(rb"<html\b[^>]*[\s\"'](?:amp|\xe2\x9a\xa1)(?=[\s=>])", re.IGNORECASE)
_HEAD_BYTES = 4_000
"""Bytes at the beginning of a page in which its ``html`` element is looked for."""
# Print versions have no common markup, but a word for "print" in their URL, here in a dozen languages.
_PRINT_URL = re.compile(
    r"(?:^|[/?&=.])(?:print|printer|printable|print-?(?:version|view|page|article)|druck|drucken|druck(?:version|ansicht)|"
    r"imprimir|imprimer|impression|stampa|afdrukken|yazdir|drukuj|tisk|skriv-?ut|utskrift|pechat|cetak)(?:$|[/?&=.])"
)


@dataclass(frozen=True, slots=True)
class Rejection:
    """The reason why a cleaned page is not accepted."""

    outcome: str
    detail: str
    """The reason as a sentence."""
    original_url: str | None = None
    """The article's own URL if the page is another rendering of it, else ``None``."""


def is_article_type(page_type: str | None) -> bool:
    """Return whether a schema.org or OpenGraph type is a kind of article.

    Subtypes such as ``OpinionNewsArticle`` count; ``None`` and general types such as ``WebPage`` do not.

    >>> [is_article_type(t) for t in ("NewsArticle", "article", "OpinionNewsArticle", "WebPage", None)]
    [True, True, True, False, False]
    """
    kind = (page_type or "").casefold()
    return kind in _ARTICLE_TYPES or kind.endswith("newsarticle")


def reject_non_news(
    article: Article, found_in: str, url_class: UrlClass, *, is_article_pattern: bool = False
) -> Rejection | None:
    """Reject a page that is not news; return ``None`` if it is.

    A feed lists nothing but news, and so does a custom spider. Pages from sitemaps and links must prove it: by a
    publication date, by a declared type, or by a URL of a form that only articles have, such as ``/2024/10/12/title/``
    or ``/posts/title/``. For a text of :data:`MIN_STORY_WORDS`, ``/a-title-of-many-words/`` is enough.

    Args:
        article: the cleaned page.
        found_in: the kind of listing that named the URL.
        url_class: the class of the URL after redirects.
        is_article_pattern: whether URLs of this pattern are known to be the site's articles;
            see :meth:`crawler.pages.site_profile.SiteProfile.is_article_pattern`.
    """
    if url_class.rule == "front-page":
        return Rejection(Outcome.INDEX_PAGE, "its URL is the front page")
    if found_in == "spider":
        return None
    # Some feeds also list pages such as the imprint, so a URL that is clearly not an article's needs a date.
    if found_in == "feed" and (url_class.kind != "other" or article.published):
        return None
    if outcome := _OUTCOME_BY_PAGE_TYPE.get((article.page_type or "").casefold()):
        return Rejection(outcome, f"it declares the type {article.page_type}")
    if outcome := _find_outcome_for_url(url_class):
        return Rejection(outcome, "its URL is not an article's")
    if "several-stories" in article.flags:
        return Rejection(Outcome.INDEX_PAGE, "it shows several stories, each below a heading that links to its page")
    is_long = article.word_count >= MIN_STORY_WORDS
    has_article_url = url_class.kind == "article" and (url_class.rule != "words" or is_long)
    if article.published or is_article_type(article.page_type) or has_article_url or is_article_pattern:
        return None
    return Rejection(NOT_NEWS, "it has no publication date and does not declare itself an article")


def _find_outcome_for_url(url_class: UrlClass) -> str | None:
    """Return the outcome that a URL implies; ``None`` for an article's URL or one that implies nothing."""
    if url_class.kind in ("section", "other"):
        return _OUTCOME_BY_URL_RULE.get(url_class.rule, Outcome.INDEX_PAGE if url_class.kind == "section" else NOT_NEWS)
    return None


def refine_outcome(outcome: str, url_class: UrlClass) -> str:
    """Return a more exact outcome for a page that the cleaner rejected, if its URL implies one.

    Only vague outcomes are refined; others are based on the page itself, which knows better.

    >>> refine_outcome("index-page", classify_url("https://example.org/tag/roads/"))
    'tag-page'
    >>> refine_outcome("too-short", classify_url("https://example.org/2024/10/12/a-title/"))
    'too-short'
    """
    refined = _find_outcome_for_url(url_class) if outcome in _VAGUE_OUTCOMES else None
    return str(refined) if refined and refined != NOT_NEWS else outcome


def detect_home_redirect(url_class: UrlClass, requested_class: UrlClass) -> Rejection | None:
    """Reject a page whose URL redirects to the front page: many sites do this instead of answering 404 or 410.

    Args:
        url_class: the class of the URL after redirects.
        requested_class: the class of the requested URL.
    """
    if url_class.rule == "front-page" and requested_class.rule != "front-page":
        return Rejection(Outcome.SOFT_404, "it redirects to the front page")
    return None


def detect_alternate_rendering(
    body: bytes, url: str, requested_url: str, canonical_url: str | None
) -> Rejection | None:
    """Reject an AMP or print version of an article that has a URL of its own, which is then fetched instead.

    The page is accepted if the article's own URL was requested and the server answered with this rendering: then there
    is nothing better to fetch.

    Args:
        body: the page as it was received.
        url: its URL after redirects.
        requested_url: its URL before redirects.
        canonical_url: the canonical URL that the page declares.

    >>> detect_alternate_rendering(b"<!doctype html><html amp>", *["https://example.org/a-7.amp1"] * 2, "https://example.org/a-7").original_url
    'https://example.org/a-7'
    """
    if canonical_url is None or not _is_plausible(canonical_url, url):
        return None
    if make_url_key(canonical_url) in (make_url_key(url), make_url_key(requested_url)):
        return None
    if _AMP_ATTRIBUTE.search(body[:_HEAD_BYTES]):
        return Rejection(AMP_RENDERING, f"an AMP version of {canonical_url}", canonical_url)
    parts = urlsplit(url)
    if _PRINT_URL.search(unquote(f"{parts.path}?{parts.query}").lower()):
        return Rejection(PRINT_RENDERING, f"a print version of {canonical_url}", canonical_url)
    return None


def make_article_key(final_url: str, canonical_url: str | None) -> str:
    """Return the key that identifies an article: that of its canonical URL if this is plausible, else of its own.

    A canonical URL on another site, or one of a front page or section, would merge many articles into one.

    >>> make_article_key("https://example.org/a?page=1", "https://www.example.org/a")
    'example.org/a'
    >>> make_article_key("https://example.org/a", "https://example.org/")
    'example.org/a'
    """
    if canonical_url is not None and _is_plausible(canonical_url, final_url):
        return make_url_key(canonical_url)
    return make_url_key(final_url)


def _is_plausible(canonical_url: str, final_url: str) -> bool:
    try:
        same_site = get_site(canonical_url) == get_site(final_url)
    except ValueError:
        return False
    return same_site and classify_url(canonical_url).kind != "section"
