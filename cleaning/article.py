"""The values that the cleaner returns: an article, its blocks of text, and the pieces of text that were removed.

All of them are immutable, and complete when they are created.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from cleaning.usage import UsageStatement

Precision = Literal["year", "month", "day", "minute", "second"]
"""The smallest unit of a time that the page states."""


class BlockKind(StrEnum):
    """The kind of a block of text, from the HTML element that it comes from and its place on the page.

    New kinds go to the end: the models refer to kinds by position.
    """

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list-item"
    QUOTE = "quote"
    TABLE = "table"
    CAPTION = "caption"
    """The caption or the credit of a picture. It is in ``Article.blocks``, but as a rule not in ``Article.text``."""
    CODE = "code"
    STANDFIRST = "standfirst"
    """The summary between the headline and the text."""
    KEY_POINT = "key-point"
    """One of the points that sum up the story in a list of their own."""


LIST_KINDS = (BlockKind.LIST_ITEM, BlockKind.KEY_POINT)
"""The kinds of blocks that are items of a list in the text."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text that a browser displays on lines of its own, such as a paragraph, a heading or a list item."""

    kind: BlockKind
    text: str
    """The text on one line, without markup; spaces are single. Code and the rows of a table keep their line breaks."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A piece of text that was removed from the page, and the reason."""

    step: str
    """The step of the cleaner that removed the text, e.g. ``"drop_boilerplate_lines"``."""
    rule: str
    """The id of the rule that matched, e.g. ``"editor"``; most are in ``cleaning/rules/lines.toml``."""
    text: str
    """The text that was removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A cleaned article: its text, and the metadata that the page declares or shows.

    A field that the page says nothing about is ``None`` or empty. ``provenance`` names the part of the page that each
    value comes from.
    """

    text: str
    """The running text: blocks are separated by a blank line, the items of a list by a line break. The captions of
    pictures are not part of it, unless they have more words than the rest."""
    blocks: tuple[Block, ...]
    """The text in pieces, each with its kind, in the order of the page; the captions of pictures are among them."""
    title: str | None = None
    """The headline, without the name of the site."""
    url: str | None = None
    """The URL that the page was fetched from, as passed to the cleaner."""
    canonical_url: str | None = None
    """The absolute URL that the page declares as its own; ``None`` if it declares none, or an implausible one."""
    language: str = "unknown"
    """ISO 639-1 code in lower case (``"en"``, ``"so"``), or ``"unknown"`` if the language is uncertain."""
    language_confidence: float = 0.0
    """Confidence in ``language``, from 0.0 to 1.0; 0.0 if it is unknown."""
    published: datetime | None = None
    """Time of first publication; the time of the last update if the page shows only that. It is timezone-aware if the
    page states a time zone, otherwise naive, as stated. Units finer than ``published_precision`` are zero.
    """
    published_precision: Precision | None = None
    """The smallest unit of ``published`` that the page states; ``"day"`` for most dates in text."""
    modified: datetime | None = None
    """Time of the last change; time zone and precision as for ``published``."""
    modified_precision: Precision | None = None
    """The smallest unit of ``modified`` that the page states."""
    authors: tuple[str, ...] = ()
    """People named as authors, in the order of the page."""
    organisations: tuple[str, ...] = ()
    """Outlets, agencies and teams named as authors, e.g. ``"AFP"``, ``"Sahan Newsroom"``. See :attr:`signed_by` for
    whoever signs the article, person or not."""
    editors: tuple[str, ...] = ()
    """People named as editors, e.g. in "Edited by: Ali Musa"."""
    translators: tuple[str, ...] = ()
    """People named as translators."""
    contributors: tuple[str, ...] = ()
    """People named for additional reporting, camera, graphics, research and the like."""
    credits: tuple[str, ...] = ()
    """Agencies and other sources that the page credits, e.g. ``"Axadle international"``."""
    photo_credits: tuple[str, ...] = ()
    """Credits of the pictures, in the spelling of the page, e.g. ``"Lena Foss/AFP"``."""
    dateline: str | None = None
    """The place, and often the agency, that open the first sentence, e.g. ``"Mombasa (AX)"``. They stay in the text."""
    site_name: str | None = None
    """The name of the site, as the page declares it."""
    section: str | None = None
    """The section of the site, e.g. ``"Sport"``."""
    tags: tuple[str, ...] = ()
    """Keywords that the page declares."""
    description: str | None = None
    """The summary that the page declares."""
    image: str | None = None
    """Absolute URL of the lead image."""
    licence: str | None = None
    """URL or name of the licence that the page states. A URL is absolute if the URL of the page is known."""
    page_type: str | None = None
    """The type that the page declares: a schema.org type (``"NewsArticle"``) or an OpenGraph type (``"website"``)."""
    paywalled: bool | None = None
    """Whether reading the page, or a part of it, requires a subscription; ``None`` if the page does not say."""
    robots: tuple[str, ...] = ()
    """Directives of the page for all robots, in lower case: ``"noindex"``, ``"noai"``, ``"max-snippet:-1"`` and others.
    Servers may send more of them in headers and robots.txt, which the cleaner does not see."""
    tdm_reserved: bool | None = None
    """Whether the page reserves the rights to text and data mining (TDM Reservation Protocol); ``None`` if it does not
    say."""
    tdm_policy: str | None = None
    """URL of the policy on text and data mining. It is absolute if the URL of the page is known."""
    usage_statements: tuple[UsageStatement, ...] = ()
    """What the site states about the use of the article, with where it says so. The cleaner leaves it empty, since most
    is said outside of the page; the crawler fills it."""
    word_count: int = 0
    """Number of words in ``text``; scripts without spaces between words count characters."""
    content_hash: str = ""
    """SHA-256 of ``text`` in UTF-8, in hexadecimal."""
    provenance: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The part of the page that the value of a field comes from, by the name of the field: ``"json-ld"``,
    ``"opengraph"``, ``"dublin-core"``, ``"meta"`` (other ``meta`` elements), ``"microdata"``, ``"rdfa"``, ``"link"`` (a
    ``rel`` attribute), ``"rel-author"``, ``"h1"``, ``"h2"``, ``"h3"``, ``"title-element"``, ``"byline"`` (visible, or
    marked by a class), ``"time-element"``, ``"visible-date"``, ``"title"``, ``"url"``, ``"line"`` (a line that was
    removed), ``"caption"``, ``"picture"`` (the first picture below the headline), ``"text"`` (the text of the
    article), ``"lang-attribute"``, ``"site-rule"``."""
    flags: tuple[str, ...] = ()
    """Doubts about the text. ``"much-removed"``: boilerplate was a large part of it. ``"developing"``: the page says
    that more is to follow. ``"several-stories"``: the page shows several stories, each below a heading that links to
    its own page. ``"static-page"``: the site's CMS calls it a page, not a post."""

    @property
    def signed_by(self) -> tuple[str, ...]:
        """Return whoever the page names as the author: the people, or if it names none, the organisations.

        ``authors`` holds people only. Use this where a reader would look for the author's name, and an agency or a desk
        will do.

        >>> Article(text="", blocks=(), organisations=("AFP",)).signed_by
        ('AFP',)
        """
        return self.authors or self.organisations


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An article, and everything that was removed from its page to obtain it."""

    article: Article
    removals: tuple[Removal, ...]
    """One removal per piece of text, with its step and rule, in the order in which the steps removed them."""
