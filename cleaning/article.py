"""The values that cleaning gives: an article, and what was removed from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

Precision = Literal["year", "month", "day", "minute", "second"]


class BlockKind(StrEnum):
    """What a block of text is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list-item"
    QUOTE = "quote"
    TABLE = "table"
    CAPTION = "caption"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of an article, or another piece of text that stands on its own."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class Removal:
    """A piece of text that was removed, and why."""

    step: str
    """The step that removed it, e.g. ``"drop_boilerplate_lines"``."""
    rule: str
    """The id of the rule behind it, e.g. ``"editor"``."""
    text: str
    """The text that went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A cleaned article. It exists only when it is finished; what the page does not tell is ``None`` or empty."""

    text: str
    """The prose: blocks separated by a blank line, list items of one list by a line break."""
    blocks: tuple[Block, ...]
    """The same text, piece by piece, in the page's order."""
    title: str | None = None
    """The headline, without the site's name."""
    url: str | None = None
    """The address the page was fetched from, as given to the cleaner."""
    canonical_url: str | None = None
    """The address the page names as its own, absolute; ``None`` where it names none that is plausible."""
    language: str = "unknown"
    """ISO 639-1 code in lower case (``"en"``, ``"so"``); ``"unknown"`` where nothing is certain."""
    language_confidence: float = 0.0
    """0.0 to 1.0; 0.0 where the language is unknown."""
    published: datetime | None = None
    """First publication, or where the page shows only when it was updated, that; timezone-aware where the page states a
    zone, else naive. See the precision."""
    published_precision: Precision | None = None
    """Down to what ``published`` is known; what is finer is zero."""
    modified: datetime | None = None
    """Last change, like ``published``."""
    modified_precision: Precision | None = None
    authors: tuple[str, ...] = ()
    """The people named as authors."""
    organisations: tuple[str, ...] = ()
    """Outlets, agencies and teams named as authors, e.g. ``"AFP"``, ``"Sahan Newsroom"``."""
    editors: tuple[str, ...] = ()
    translators: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    """People named for additional reporting, photographs and the like."""
    credits: tuple[str, ...] = ()
    """Sources and agencies credited, e.g. ``"Axadle international"``."""
    photo_credits: tuple[str, ...] = ()
    """Who took the pictures, as the page writes it, e.g. ``"Lena Foss/AFP"``."""
    dateline: str | None = None
    """The place and agency that opened the first sentence, e.g. ``"Mombasa (AX)"``."""
    site_name: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    """The page's own summary."""
    image: str | None = None
    """Address of the lead image, absolute."""
    licence: str | None = None
    """Address (absolute where the page's is known) or name of the licence the page states."""
    page_type: str | None = None
    """What the page says it is: a schema.org type (``"NewsArticle"``) or an OpenGraph type (``"website"``)."""
    paywalled: bool | None = None
    """Whether the page says that reading it, or a part of it, takes a subscription; ``None`` where it says nothing."""
    robots: tuple[str, ...] = ()
    """What the page asks of all robots, in lower case: ``"noindex"``, ``"noai"``, ``"max-snippet:-1"`` and the like.
    Servers may ask more in headers and in robots.txt, which the cleaner does not see."""
    tdm_reserved: bool | None = None
    """Whether the page reserves the rights to text and data mining (TDM Reservation Protocol); ``None`` where it says
    nothing."""
    tdm_policy: str | None = None
    """Address of the page's policy on text and data mining, absolute where the page's address is known."""
    word_count: int = 0
    """Words of ``text``; in scripts without spaces, characters."""
    content_hash: str = ""
    """SHA-256 of ``text`` in hexadecimal."""
    provenance: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Where fields that have a value come from, by their names: ``"json-ld"``, ``"opengraph"``, ``"dublin-core"``,
    ``"meta"`` (other ``meta`` elements), ``"microdata"``, ``"rdfa"``, ``"link"`` (a ``rel`` attribute),
    ``"rel-author"``, ``"h1"``, ``"h2"``, ``"h3"``, ``"title-element"``, ``"byline"`` (shown, or marked by a class),
    ``"time-element"``, ``"visible-date"``, ``"title"``, ``"url"``, ``"line"`` (a line that was removed),
    ``"text"`` (the article's own), ``"lang-attribute"``, ``"site-rule"``."""
    flags: tuple[str, ...] = ()
    """``"much-removed"`` where boilerplate was a large part of the text; ``"developing"`` where the page says that more
    is to follow; ``"several-stories"`` where the page shows several, each below a heading that links to its own page;
    ``"static-page"`` where the site's system calls it a page and not a post."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An article with the account of what was removed from its page."""

    article: Article
    removals: tuple[Removal, ...]
