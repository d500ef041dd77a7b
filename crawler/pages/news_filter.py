"""Is a cleaned page news? Sites also have pages about themselves, and those clean just as well.

The cleaner knows the page alone. Here its address, and the place where it was found, have a say too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from cleaning import Article, Outcome
from cleaning.urls import same_article_key, site_of
from crawler.outcomes import AMP_TWIN, NOT_NEWS, PRINT_TWIN
from crawler.urls.classifier import Judgement, judge

STORY_WORDS: Final = 80
"""Words of a text that is more than a note below a heading."""

_ARTICLE_TYPES: Final = frozenset({"article", "blogposting", "socialmediaposting", "report", "scholarlyarticle"})
# A page that calls itself one of these is no article, even where a plugin stamps a date on it.
_OTHER_TYPES: Final[Mapping[str, str]] = {
    "collectionpage": Outcome.INDEX_PAGE,
    "itemlist": Outcome.INDEX_PAGE,
    "searchresultspage": Outcome.SEARCH_PAGE,
    "profilepage": Outcome.AUTHOR_PAGE,
    "profile": Outcome.AUTHOR_PAGE,
    **dict.fromkeys(("aboutpage", "contactpage", "faqpage", "checkoutpage", "product"), NOT_NEWS),
}
_BY_RULE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("tag", "blogger-label"), Outcome.TAG_PAGE),
    **dict.fromkeys(("search", "search-parameter"), Outcome.SEARCH_PAGE),
    "author": Outcome.AUTHOR_PAGE,
    "account": Outcome.LOGIN_PAGE,
}
"""What the rules of ``url_patterns.toml`` call by a name of its own; other sections are index pages."""
_VAGUE: Final = frozenset({Outcome.INDEX_PAGE.value, Outcome.TOO_SHORT.value})

_AMP = re.compile(rb"<html\b[^>]*[\s\"'](?:amp|\xe2\x9a\xa1)(?=[\s=>])", re.IGNORECASE)
_HEAD = 4_000
"""Bytes of a page in which its ``html`` element begins."""
_PRINT = re.compile(
    r"(?:^|[/?&=.])(?:print|printer|printable|print-?(?:version|view|page|article)|druck|drucken|druck(?:version|ansicht)|"
    r"imprimir|imprimer|impression|stampa|afdrukken|yazdir|drukuj|tisk|skriv-?ut|utskrift|pechat|cetak)(?:$|[/?&=.])"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a page that was cleaned is not taken."""

    outcome: str
    detail: str
    """A sentence."""
    instead: str | None = None
    """Where the article itself is to be had; ``None`` where there is none."""


def is_article_type(page_type: str | None) -> bool:
    """Whether a schema.org or OpenGraph type is a kind of article.

    >>> [is_article_type(t) for t in ("NewsArticle", "article", "OpinionNewsArticle", "WebPage", None)]
    [True, True, True, False, False]
    """
    kind = (page_type or "").casefold()
    return kind in _ARTICLE_TYPES or kind.endswith("newsarticle")


def why_no_news(article: Article, found_in: str, address: Judgement, *, vouched: bool = False) -> Refusal | None:
    """Why a page is no news; ``None`` where it is news.

    A feed lists news and nothing else, and so does a spider made for the site. What sitemaps and links lead to must
    show it: by a publication date, by a type, or by an address as only articles have it: ``/2024/10/12/title/``,
    ``/posts/title/``; for a text of some length ``/a-title-of-many-words/`` will do.

    Args:
        article: the page, cleaned.
        found_in: the place that named it.
        address: the judgement of where it was found in the end.
        vouched: whether pages of such addresses are known to be this site's articles;
            see :meth:`crawler.pages.site_profile.SiteProfile.vouches`.
    """
    if address.rule == "front-page":
        return Refusal(Outcome.INDEX_PAGE, "its address leads to the front page")
    if found_in == "spider":
        return None
    if found_in == "feed" and (address.kind != "other" or article.published):
        return None
    if kind := _OTHER_TYPES.get((article.page_type or "").casefold()):
        return Refusal(kind, f"it calls itself {article.page_type}")
    if name := _name_of_address(address):
        return Refusal(name, "its address is not an article's")
    if "several-stories" in article.flags:
        return Refusal(Outcome.INDEX_PAGE, "it shows several stories, each below a heading that links to its page")
    is_long = article.word_count >= STORY_WORDS
    has_articles_address = address.kind == "article" and (address.rule != "words" or is_long)
    if article.published or is_article_type(article.page_type) or has_articles_address or vouched:
        return None
    return Refusal(NOT_NEWS, "it has no date of publication and does not call itself an article")


def _name_of_address(address: Judgement) -> str | None:
    """The outcome that an address stands for; ``None`` for that of an article, or of anything."""
    if address.kind in ("section", "other"):
        return _BY_RULE.get(address.rule, Outcome.INDEX_PAGE if address.kind == "section" else NOT_NEWS)
    return None


def outcome_at(outcome: str, address: Judgement) -> str:
    """The outcome of a page that the cleaner refused, where its address says more exactly what it is.

    >>> outcome_at("index-page", judge("https://example.org/tag/roads/"))
    'tag-page'
    >>> outcome_at("too-short", judge("https://example.org/2024/10/12/a-title/"))
    'too-short'
    """
    name = _name_of_address(address) if outcome in _VAGUE else None
    return str(name) if name and name != NOT_NEWS else outcome


def led_home(address: Judgement, asked_for: Judgement) -> Refusal | None:
    """Why a page is none where the server leads to its front page instead: that is how many say that it is gone."""
    if address.rule == "front-page" and asked_for.rule != "front-page":
        return Refusal(Outcome.SOFT_404, "the server leads to its front page instead")
    return None


def twin(body: bytes, url: str, asked: str, canonical_url: str | None) -> Refusal | None:
    """Why a page is only another rendering of an article that is to be had at its own address.

    Where that address was asked for, and the server gives the rendering, there is nothing better to be had.

    >>> twin(b"<!doctype html><html amp>", *["https://example.org/a-7.amp1"] * 2, "https://example.org/a-7").instead
    'https://example.org/a-7'
    """
    if canonical_url is None or not _is_plausible(canonical_url, url):
        return None
    if same_article_key(canonical_url) in (same_article_key(url), same_article_key(asked)):
        return None
    if _AMP.search(body[:_HEAD]):
        return Refusal(AMP_TWIN, f"an AMP rendering of {canonical_url}", canonical_url)
    parts = urlsplit(url)
    if _PRINT.search(unquote(f"{parts.path}?{parts.query}").lower()):
        return Refusal(PRINT_TWIN, f"for the printer; the article is at {canonical_url}", canonical_url)
    return None


def article_key(final_url: str, canonical_url: str | None) -> str:
    """The key that an article is known by: of its canonical address where this is plausible, else of its own.

    A canonical address on another site, or the site's front page or a section, would make one article of many.

    >>> article_key("https://example.org/a?page=1", "https://www.example.org/a")
    'example.org/a'
    >>> article_key("https://example.org/a", "https://example.org/")
    'example.org/a'
    """
    if canonical_url is not None and _is_plausible(canonical_url, final_url):
        return same_article_key(canonical_url)
    return same_article_key(final_url)


def _is_plausible(canonical_url: str, final_url: str) -> bool:
    try:
        same_site = site_of(canonical_url) == site_of(final_url)
    except ValueError:
        return False
    return same_site and judge(canonical_url).kind != "section"
