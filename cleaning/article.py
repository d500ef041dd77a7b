"""The values that cleaning gives: an article, and what was removed from it."""

from dataclasses import dataclass
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
    """First publication; timezone-aware where the page states a zone, else naive. See the precision."""
    published_precision: Precision | None = None
    """Down to what ``published`` is known; what is finer is zero."""
    modified: datetime | None = None
    """Last change, like ``published``."""
    modified_precision: Precision | None = None
    authors: tuple[str, ...] = ()
    """The people named as authors."""
    editors: tuple[str, ...] = ()
    translators: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    """People named for additional reporting, photographs and the like."""
    credits: tuple[str, ...] = ()
    """Sources and agencies credited, e.g. ``"Axadle international"``."""
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
    """Address or name of the licence the page states."""
    page_type: str | None = None
    """What the page says it is: a schema.org type (``"NewsArticle"``) or an OpenGraph type (``"website"``)."""
    paywalled: bool | None = None
    """Whether the page says that reading it takes a subscription; ``None`` where it says nothing."""
    word_count: int = 0
    """Words of ``text``; in scripts without spaces, characters."""
    content_hash: str = ""
    """SHA-256 of ``text`` in hexadecimal."""
    flags: tuple[str, ...] = ()
    """``"much-removed"`` where boilerplate was a large part of the text; ``"developing"`` where the page says that more
    is to follow."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An article with the account of what was removed from its page."""

    article: Article
    removals: tuple[Removal, ...]
