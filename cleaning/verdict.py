"""Is the page an article? If not, by which name it is refused.

A true article that is refused is lost, a page of another kind that passes is one wrong row: each test needs either the
page's own statement or two signs.
"""

import re
from collections.abc import Sequence
from functools import cache

from lxml import html

from .article import Removal
from .blocks import PageBlock
from .data import load_toml
from .lines import Line
from .metadata import Metadata
from .outcomes import NotAnArticleError, Outcome
from .prose import count_words, is_prose

FEWEST_WORDS = 25
"""Words below which a text is no article; the shortest agency briefs have about thirty."""
FEWEST_TEASERS, STORY_WORDS = 3, 80
"""A page with so many teasers below linked titles must have so many words of prose between two to hold a story."""
TITLE_WORDS = 4
"""Words that such a title has at least."""
CARD = 3
"""Blocks from a title to its teaser at most: a section and a date may stand between them."""
STUB_WORDS = 120
"""Words below which a page that is a captcha, an error or a paywall by its title is nothing else."""

_ASIDE = ("nav", "aside", "footer")


def refuse_listings(tree: html.HtmlElement, metadata: Metadata) -> None:
    """Raise ``index-page`` for a list of articles: by what the page says, or by linked headlines without a story."""
    body = tree.find("body")
    classes = frozenset((body.get("class") or "").split()) if body is not None else frozenset()
    if "error404" in classes:
        raise NotAnArticleError(Outcome.SOFT_404, "the page calls itself an error page")
    if metadata.is_declared_article or _named("single_classes") & classes:
        return
    headlines = linked_headlines(tree)
    if headlines and (_named("listing_classes") & classes or {"home", "blog"} <= classes):
        raise NotAnArticleError(Outcome.INDEX_PAGE, "the page calls itself a list")
    if len(headlines) >= 2 and metadata.page_type in _named("listing_types"):
        raise NotAnArticleError(Outcome.INDEX_PAGE, f"the page calls itself a {metadata.page_type}")


def linked_headlines(tree: html.HtmlElement) -> list[html.HtmlElement]:
    """Headings that are links, or within links, outside of navigation, asides and footers."""
    return [
        heading
        for heading in tree.iter("h1", "h2", "h3")
        if (heading.find(".//a[@href]") is not None or any(True for _ in heading.iterancestors("a")))
        and not any(True for _ in heading.iterancestors(*_ASIDE))
    ]


def refuse_teasers(blocks: Sequence[PageBlock], chosen: Sequence[bool], metadata: Metadata) -> None:
    """Raise ``index-page`` where what was chosen is teasers below linked titles, and no story between any two."""
    if metadata.is_declared_article:
        return
    teasers, since_title, words, longest = 0, CARD, 0, 0
    for block, is_chosen in zip(blocks, chosen, strict=True):
        if _is_linked_title(block):
            since_title, words = 0, 0
        elif is_chosen and is_prose(block.text) and block.links < len(block.text) / 2:
            teasers += words == 0 and since_title < CARD
            words += count_words(block.text)
            longest = max(longest, words)
        else:
            since_title += 1
    if teasers >= FEWEST_TEASERS and longest < STORY_WORDS:
        raise NotAnArticleError(Outcome.INDEX_PAGE, f"{teasers} teasers and no story")


def _is_linked_title(block: PageBlock) -> bool:
    """Whether a block is the text of a link that may be another article's title."""
    is_link = block.links >= 0.9 * len(block.text) and block.removal is None
    return is_link and count_words(block.text) >= TITLE_WORDS


def refuse_thin(lines: Sequence[Line], metadata: Metadata, removals: Sequence[Removal], page_title: str | None) -> None:
    """Raise the outcome of a page with little text: an error, a captcha, a stub, a consent dialogue, or just short."""
    text = " ".join(line.text for line in lines)
    words = count_words(text)
    title = f"{page_title or ''} {metadata.title or ''}"
    if words < STUB_WORDS:
        if _pattern("captcha").search(title) or (words < FEWEST_WORDS * 2 and _pattern("captcha").search(text)):
            raise NotAnArticleError(Outcome.CAPTCHA, "it asks for proof of being human")
        if _pattern("error").search(title):
            raise NotAnArticleError(Outcome.SOFT_404, f"its title says so: {' '.join(title.split())[:80]!r}")
        if any(removal.rule == "paywall" for removal in removals) and (metadata.paywalled or words < FEWEST_WORDS * 2):
            raise NotAnArticleError(Outcome.PAYWALL_STUB, f"{words} words and an invitation to subscribe")
    if words < FEWEST_WORDS:
        if any(removal.rule.startswith("consent") and count_words(removal.text) > words for removal in removals):
            raise NotAnArticleError(Outcome.CONSENT_PAGE, f"{words} words beside a consent notice")
        raise NotAnArticleError(
            Outcome.TOO_SHORT, f"{words} words, fewer than the {FEWEST_WORDS} of the shortest brief"
        )


@cache
def _named(name: str) -> frozenset[str]:
    return frozenset(load_toml("pages")[name])


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("|".join(load_toml("pages")[name]), re.IGNORECASE)
