"""The fields of a feed as they are written, and limits: shared by the parsers for XML feeds and JSON Feed."""

from datetime import datetime
from typing import Final, NamedTuple

from crawler.parsers.xml import UnexpectedDocumentError

MAX_ENTRIES: Final = 10_000
"""Maximum number of entries of one feed. Feeds with all articles of a site have some thousands."""
MAX_FIELD_CHARS: Final = 2_000
"""Maximum length of a title, a URL or another short field."""
MAX_REPEATS: Final = 40
"""Maximum number of authors, and of categories, of one entry."""
MAX_CONTENT_CHARS: Final = 200_000
"""Maximum length of an article's text in a feed, with its markup. Longer ones are pages with embedded pictures."""


class NotAFeedError(UnexpectedDocumentError):
    """The bytes are not a feed, or one that must not be parsed."""


class RawEntry(NamedTuple):
    """An entry as written in a feed. Missing texts are empty, missing times ``None``."""

    link: str
    title: str
    published: datetime | None
    modified: datetime | None
    content: str
    guid: str = ""
    """The id that the feed gives the entry: a URL, a number, a UUID or a ``tag:`` URI."""
    related: str = ""
    """A page about the same subject as ``link``: some feeds link to another site's page and name their own here."""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class RawFeed(NamedTuple):
    """A feed as written. Missing texts are empty."""

    title: str
    language: str
    site_url: str
    next_page: str
    entries: list[RawEntry]
    damage: str | None = None
    """The reason why entries may be missing, as a sentence; ``None`` if the feed is complete."""


def is_web_url(text: str) -> bool:
    """Return whether a text begins like a URL of a web page; the ids of entries often do.

    Ids also come as numbers, UUIDs and ``tag:`` URIs, which are no links.
    """
    return text.startswith(("http://", "https://"))
