"""What the readers of XML feeds and of JSON Feed have in common: fields as they are written, and limits."""

from datetime import datetime
from typing import Final, NamedTuple

from crawler.parsers.xml import UnexpectedDocumentError

MAX_ENTRIES: Final = 10_000
"""Entries of one feed that are read. Feeds with all of a site's articles have some thousands."""
MAX_FIELD_CHARS: Final = 2_000
"""Characters of a title, an address or another field that are read."""
MAX_CONTENT_CHARS: Final = 200_000
"""Characters of an article's text in a feed, with its markup. Longer ones are pages with their pictures in them."""


class NotAFeedError(UnexpectedDocumentError):
    """Bytes that are no feed, or one that must not be read."""


class RawEntry(NamedTuple):
    """An entry as a feed writes it. What is absent is empty, or ``None``."""

    link: str
    title: str
    published: datetime | None
    modified: datetime | None
    content: str


class RawFeed(NamedTuple):
    """A feed as it is written."""

    title: str
    language: str
    site_url: str
    next_page: str
    entries: list[RawEntry]


def is_web_url(address: str) -> bool:
    """Whether an address is one of the web; identities of entries often are."""
    return address.startswith(("http://", "https://"))
