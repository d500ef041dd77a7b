"""Is a cleaned page news? Sites also have pages about themselves, and those clean just as well.

The cleaner knows the page alone. Here its address, and the place where it was found, have a say too.
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
# A page that calls itself one of these is no article, even where a plugin stamps a date on it.
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
"""What the rules of ``url_patterns.toml`` call by a name of its own; other sections are index pages."""
_VAGUE_OUTCOMES: Final = frozenset({Outcome.INDEX_PAGE.value, Outcome.TOO_SHORT.value})

_AMP_ATTRIBUTE = re.compile(rb"<html\b[^>]*[\s\"'](?:amp|\xe2\x9a\xa1)(?=[\s=>])", re.IGNORECASE)
_HEAD_BYTES = 4_000
"""Bytes of a page in which its ``html`` element begins."""
_PRINT_URL = re.compile(
    r"(?:^|[/?&=.])(?:print|printer|printable|print-?(?:version|view|page|article)|druck|drucken|druck(?:version|ansicht)|"
    r"imprimir|imprimer|impression|stampa|afdrukken|yazdir|drukuj|tisk|skriv-?ut|utskrift|pechat|cetak)(?:$|[/?&=.])"
)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a page that was cleaned is not taken."""

    outcome: str
    detail: str
    """A sentence."""
    original_url: str | None = None
    """Where the article itself is to be had; ``None`` where there is none."""


def is_article_type(page_type: str | None) -> bool:
    """Whether a schema.org or OpenGraph type is a kind of article.

    >>> [is_article_type(t) for t in ("NewsArticle", "article", "OpinionNewsArticle", "WebPage", None)]
    [True, True, True, False, False]
    """
    kind = (page_type or "").casefold()
    return kind in _ARTICLE_TYPES or kind.endswith("newsarticle")


def reject_non_news(article: Article, found_in: str, url_class: UrlClass, *, vouched: bool = False) -> Rejection | None:
    """Why a page is no news; ``None`` where it is news.

    A feed lists news and nothing else, and so does a spider made for the site. What sitemaps and links lead to must
    show it: by a publication date, by a type, or by an address as only articles have it: ``/2024/10/12/title/``,
    ``/posts/title/``; for a text of some length ``/a-title-of-many-words/`` will do.

    Args:
        article: the page, cleaned.
        found_in: the place that named it.
        address: the judgement of where it was found in the end.
        vouched: whether pages of such addresses are known to be this site's articles;
            see :meth:`crawler.pages.site_profile.SiteProfile.is_article_pattern`.
    """
    if url_class.rule == "front-page":
        return Rejection(Outcome.INDEX_PAGE, "its address leads to the front page")
    if found_in == "spider":
        return None
    if found_in == "feed" and (url_class.kind != "other" or article.published):
        return None
    if kind := _OUTCOME_BY_PAGE_TYPE.get((article.page_type or "").casefold()):
        return Rejection(kind, f"it calls itself {article.page_type}")
    if name := _find_outcome_for_url(url_class):
        return Rejection(name, "its address is not an article's")
    if "several-stories" in article.flags:
        return Rejection(Outcome.INDEX_PAGE, "it shows several stories, each below a heading that links to its page")
    is_long = article.word_count >= MIN_STORY_WORDS
    has_articles_address = url_class.kind == "article" and (url_class.rule != "words" or is_long)
    if article.published or is_article_type(article.page_type) or has_articles_address or vouched:
        return None
    return Rejection(NOT_NEWS, "it has no date of publication and does not call itself an article")


def _find_outcome_for_url(url_class: UrlClass) -> str | None:
    """The outcome that an address stands for; ``None`` for that of an article, or of anything."""
    if url_class.kind in ("section", "other"):
        return _OUTCOME_BY_URL_RULE.get(url_class.rule, Outcome.INDEX_PAGE if url_class.kind == "section" else NOT_NEWS)
    return None


def refine_outcome(outcome: str, url_class: UrlClass) -> str:
    """The outcome of a page that the cleaner refused, where its address says more exactly what it is.

    >>> refine_outcome("index-page", classify_url("https://example.org/tag/roads/"))
    'tag-page'
    >>> refine_outcome("too-short", classify_url("https://example.org/2024/10/12/a-title/"))
    'too-short'
    """
    name = _find_outcome_for_url(url_class) if outcome in _VAGUE_OUTCOMES else None
    return str(name) if name and name != NOT_NEWS else outcome


def detect_home_redirect(url_class: UrlClass, requested_class: UrlClass) -> Rejection | None:
    """Why a page is none where the server leads to its front page instead: that is how many say that it is gone."""
    if url_class.rule == "front-page" and requested_class.rule != "front-page":
        return Rejection(Outcome.SOFT_404, "the server leads to its front page instead")
    return None


def detect_alternate_rendering(body: bytes, url: str, asked: str, canonical_url: str | None) -> Rejection | None:
    """Why a page is only another rendering of an article that is to be had at its own address.

    Where that address was asked for, and the server gives the rendering, there is nothing better to be had.

    >>> detect_alternate_rendering(b"<!doctype html><html amp>", *["https://example.org/a-7.amp1"] * 2, "https://example.org/a-7").original_url
    'https://example.org/a-7'
    """
    if canonical_url is None or not _is_plausible(canonical_url, url):
        return None
    if make_url_key(canonical_url) in (make_url_key(url), make_url_key(asked)):
        return None
    if _AMP_ATTRIBUTE.search(body[:_HEAD_BYTES]):
        return Rejection(AMP_RENDERING, f"an AMP rendering of {canonical_url}", canonical_url)
    parts = urlsplit(url)
    if _PRINT_URL.search(unquote(f"{parts.path}?{parts.query}").lower()):
        return Rejection(PRINT_RENDERING, f"for the printer; the article is at {canonical_url}", canonical_url)
    return None


def make_article_key(final_url: str, canonical_url: str | None) -> str:
    """The key that an article is known by: of its canonical address where this is plausible, else of its own.

    A canonical address on another site, or the site's front page or a section, would make one article of many.

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
