"""What a link leads to: an article, a list of articles, or either.

A link is judged by its address first (``crawler.urls.url_classifier``). Where that does not tell, by what the page does
with it: headlines stand in headings and teasers and have many words, sections stand in menus and have one or
two.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from crawler.parsers.link_regions import LinkRegion, is_link_text
from crawler.urls.pagination import PAGINATION_RULES
from crawler.urls.url_classifier import ARTICLE_SCORE, UrlClass, classify_url

SECTION_RANKS: Final = {
    **dict.fromkeys(("menu", "folder", "frame", "refresh", "index-page"), 0),
    **{"date-archive": 2, "short": 2, "terms": 3, "rel": 3, "tag": 4, "author": 5},
}
"""Sections by the rule that made them one; 1 for all others. The lower, the more articles of the site they lead to."""
FURTHER_PAGE_RULES: Final = PAGINATION_RULES | {"pager"}
"""The rules for further pages of a list."""
_TERM_RELATIONS = frozenset({"tag", "category", "author"})


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another page of the same site."""

    url: str
    """Canonical."""
    text: str
    """The longest text of the links to this address, in one line; may be empty."""
    kind: Literal["article", "section", "unknown"]
    score: float
    """How likely an article is, from 0.0 to 1.0; an order, not a probability."""
    rule: str
    """What decided: the id of a rule for addresses, or ``"rel"``, ``"pager"``, ``"terms"``, ``"folder"``,
    ``"menu"``, ``"short"``, ``"frame"``, ``"refresh"``, ``"place"``."""


@dataclass(slots=True)
class LinkUse:
    """What a page does with one address: all links to it together."""

    text: str = ""
    """The longest text of these links that is not "read more"."""
    marks: set[str] = field(default_factory=set)
    """Regions, what ``find_marks`` finds, ``frame`` and ``refresh``."""


def find_marks(element: Any, region: LinkRegion, text: str) -> Iterator[str]:
    """Yield what the element of a link says about it, beside its region: ``heading``, ``read-more`` and others."""
    relations = set((element.get("rel") or "").lower().split())
    if relations & _TERM_RELATIONS:
        # Drupal says rel="tag" of its "Read more" links too.
        yield "weak-rel" if relations == {"tag"} else "rel"
    if region.in_heading or next(element.iter("h1", "h2", "h3", "h4"), None) is not None:
        yield "heading"
    if region.in_teaser:
        yield "teaser"
    if is_link_text(text, "read_more") or "more-link" in (element.get("class") or ""):
        yield "read-more"
    if region.name == "pager" and (text.strip().isdigit() or is_link_text(text, "next_page")):
        yield "turns-page"


def classify_link(url: str, use: LinkUse, is_folder: bool) -> Link | None:
    """Return what a link leads to; ``None`` if it is hardly worth a visit.

    ``is_folder`` says whether the address is a folder of several others on the same page.
    """
    judgement = classify_url(url)
    words = _count_words(use.text)
    if judgement.rule == "front-page" and url.count("/") == 3:
        return None
    if judgement.kind == "section":
        return Link(url, use.text, "section", judgement.score, judgement.rule)
    if rule := _find_section_use(use.marks, words, judgement, is_folder):
        return Link(url, use.text, "section", 0.1, rule)
    if judgement.kind == "article" and judgement.rule != "words":
        return Link(url, use.text, "article", judgement.score, judgement.rule)
    score = _limit_score(
        judgement.score + _score_text(words) + sum(_SCORE_BY_MARK.get(mark, 0.0) for mark in use.marks)
    )
    if score >= ARTICLE_SCORE:
        return Link(url, use.text, "article", score, "place")
    if rule := _guess_section(use.marks, words, score):
        return Link(url, use.text, "section", score, rule)
    return Link(url, use.text, "unknown", score, "place") if score > _MIN_UNKNOWN_SCORE else None


_MIN_UNKNOWN_SCORE = 0.15
_SCORE_BY_MARK = {
    "heading": 0.35,
    "teaser": 0.1,
    "read-more": 0.25,
    "navigation": -0.3,
    "footer": -0.3,
    "comments": -0.1,
    "share": -0.3,
}


def _find_section_use(marks: set[str], words: int, url_class: UrlClass, is_folder: bool) -> str | None:
    """Why the page uses a link as one to a list of articles; ``None`` where it does not."""
    for mark in ("rel", "frame", "refresh"):
        if mark in marks:
            return mark
    if url_class.kind == "article" and (url_class.rule != "words" or "read-more" in marks):
        return None
    if "weak-rel" in marks and not marks & {"heading", "read-more"}:
        return "rel" if url_class.kind != "article" or "terms" in marks else None
    if "turns-page" in marks:
        return "pager"
    if "terms" in marks and "heading" not in marks and words <= 3:
        return "terms"
    return "folder" if is_folder else None


def _guess_section(marks: set[str], words: int, score: float) -> str | None:
    """Why a link that may be anything is rather one to a section; ``None`` where nothing says so."""
    if "navigation" in marks:
        return "menu" if words <= 4 and score <= 0.55 else None
    if "heading" in marks:
        return "short" if score <= 0.45 else None
    # Sites made by hand have menus that nothing marks as one.
    is_short = words in (1, 2) and score <= 0.4 and not marks & {"teaser", "read-more", "footer", "share"}
    return "short" if is_short else None


def _score_text(words: int) -> float:
    """Headlines have many words, names of sections one or two; a picture has none, and tells nothing."""
    return (0.0, -0.1, -0.1, 0.1, 0.2, 0.3)[min(words, 5)]


def _count_words(text: str) -> int:
    """The words of a text; in scripts without spaces, two characters are one."""
    unspaced = (
        0 if text.isascii() else sum(1 for character in text if "\u0e00" < character < "\ud7ff" and character.isalpha())
    )
    return max(len(text.split()), unspaced // 2)


def _limit_score(score: float) -> float:
    return round(max(0.0, min(score, 0.95)), 2)
