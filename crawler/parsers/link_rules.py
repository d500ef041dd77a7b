"""Classify links: does a link lead to an article, to a list of articles, or is it unknown?

The URL comes first (:mod:`crawler.urls.url_classifier`). If it does not decide, the way in which the page uses the link
does: headlines are in headings and teasers and have many words, sections are in menus and have one or two.
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
"""Rank of a section by the rule that classified it; 1 for all other rules. Sections with a low rank are polled first:
menus and index pages lead to most articles of a site, tags and authors repeat them."""
FURTHER_PAGE_RULES: Final = PAGINATION_RULES | {"pager"}
"""The rules that recognise further pages of a list."""
_TERM_RELATIONS = frozenset({"tag", "category", "author"})


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another page of the same site."""

    url: str
    """Canonical URL."""
    text: str
    """The longest text of all links to this URL, on one line; may be empty."""
    kind: Literal["article", "section", "unknown"]
    score: float
    """How likely the page is an article, from 0.0 to 1.0: a ranking, not a probability."""
    rule: str
    """The rule that decided: the id of a rule of ``url_patterns.toml``, or ``"rel"``, ``"pager"``, ``"terms"``,
    ``"folder"``, ``"menu"``, ``"short"``, ``"frame"``, ``"refresh"``, ``"place"``."""


@dataclass(slots=True)
class LinkUse:
    """How a page uses one URL: everything about all links to it."""

    text: str = ""
    """The longest text of these links, except "read more" and the like."""
    marks: set[str] = field(default_factory=set)
    """The regions of the links, the marks that ``find_marks`` yields, ``frame`` and ``refresh``."""


def find_marks(element: Any, region: LinkRegion, text: str) -> Iterator[str]:
    """Yield marks of a link, in addition to its region, that are evidence for or against an article.

    The marks are ``heading``, ``teaser``, ``read-more``, ``rel``, ``weak-rel`` and ``turns-page``.

    Args:
        element: the ``a`` element.
        region: the region that it is in.
        text: its text, on one line.
    """
    relations = set((element.get("rel") or "").lower().split())
    if relations & _TERM_RELATIONS:
        # Drupal writes rel="tag" on its "Read more" links too, so the relation alone is weak evidence.
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
    """Classify a link by its URL and its use on the page; return ``None`` if it is hardly worth a visit.

    Strong evidence decides first: a URL rule for sections, then a use as a section (a pager, a tag list), then a URL
    rule for articles. The rest is scored by words and marks.

    Args:
        url: canonical URL of the link's target.
        use: the text and the marks of all links to it on the page.
        is_folder: whether several other URLs on the page are below this one.
    """
    url_class = classify_url(url)
    words = _count_words(use.text)
    # The site's own front page is polled anyway; one in a folder, such as "/en/", may be that of another edition.
    if url_class.rule == "front-page" and url.count("/") == 3:
        return None
    if url_class.kind == "section":
        return Link(url, use.text, "section", url_class.score, url_class.rule)
    if rule := _find_section_use(use.marks, words, url_class, is_folder):
        return Link(url, use.text, "section", 0.1, rule)
    if url_class.kind == "article" and url_class.rule != "words":
        return Link(url, use.text, "article", url_class.score, url_class.rule)
    score = _limit_score(
        url_class.score + _score_text(words) + sum(_SCORE_BY_MARK.get(mark, 0.0) for mark in use.marks)
    )
    if score >= ARTICLE_SCORE:
        return Link(url, use.text, "article", score, "place")
    if rule := _guess_section(use.marks, words, score):
        return Link(url, use.text, "section", score, rule)
    return Link(url, use.text, "unknown", score, "place") if score > _MIN_UNKNOWN_SCORE else None


_MIN_UNKNOWN_SCORE = 0.15
"""A link with this score or less, such as "Imprint" in a footer, is dropped."""
# Added to the URL's score, which is 0.4 for a slug of one word: a heading lifts it over ARTICLE_SCORE, a menu or a
# footer pushes it below _MIN_UNKNOWN_SCORE.
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
    """Return the rule by which the page uses a link as one to a list of articles; ``None`` if it does not."""
    for mark in ("rel", "frame", "refresh"):
        if mark in marks:
            return mark
    # A URL that a rule calls an article's outweighs what follows; one that only looks like it does next to "read more".
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
    """Return the rule by which an undecided link is probably one to a section; ``None`` if there is no sign of it."""
    if "navigation" in marks:
        return "menu" if words <= 4 and score <= 0.55 else None
    if "heading" in marks:
        return "short" if score <= 0.45 else None
    # Hand-made sites have menus without any mark: one or two words outside of teasers are probably a section's name.
    is_short = words in (1, 2) and score <= 0.4 and not marks & {"teaser", "read-more", "footer", "share"}
    return "short" if is_short else None


def _score_text(words: int) -> float:
    """Return what a text of so many words adds to the score: headlines have many, names of sections one or two.

    A picture has none, which is no evidence either way.
    """
    return (0.0, -0.1, -0.1, 0.1, 0.2, 0.3)[min(words, 5)]


def _count_words(text: str) -> int:
    """Count the words of a text; in scripts without spaces, such as Thai or Chinese, two characters count as one."""
    unspaced = (
        0 if text.isascii() else sum(1 for character in text if "\u0e00" < character < "\ud7ff" and character.isalpha())
    )
    return max(len(text.split()), unspaced // 2)


def _limit_score(score: float) -> float:
    return round(max(0.0, min(score, 0.95)), 2)
