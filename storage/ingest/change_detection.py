"""What to do with what the crawl brings, decided from values alone: no clock, no database."""

import hashlib
import json
from datetime import timedelta
from enum import Enum, auto

from cleaning.article import Article

MAX_ATTEMPTS = 3
"""How many runs try an address that fails for reasons that pass, before it counts as failed for good."""

FINAL_RETRY_DELAY = timedelta(hours=6)
"""The next run may try a failed address at once; before the last attempt an outage gets time to end."""

TRANSIENT_OUTCOMES = frozenset(
    {"timeout", "dns-failure", "connection-failed", "incomplete", "robots-unreachable", "cleaner-crashed"}
)
TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})


VISIBLE_FIELDS = (
    "title",
    "text",
    "published",
    "language",
    "authors",
    "organisations",
    "editors",
    "translators",
    "contributors",
    "credits",
    "photo_credits",
    "dateline",
)
"""What a reader of an article would see change, in the order in which it is in fingerprints."""


class Change(Enum):
    """What a fetched article is to the corpus."""

    NEW = auto()
    CHANGED = auto()
    UNCHANGED = auto()


def detect_change(old: str | None, new: str) -> Change:
    """Compare the fingerprint that is stored (``None``: no such article) with the fetched one.

    >>> detect_change(None, "a"), detect_change("a", "b"), detect_change("b", "b")
    (<Change.NEW: 1>, <Change.CHANGED: 2>, <Change.UNCHANGED: 3>)
    """
    if old is None:
        return Change.NEW
    return Change.UNCHANGED if old == new else Change.CHANGED


def compute_fingerprint(article: Article) -> str:
    """SHA-256 in hexadecimal over what a reader of the article would see change.

    Left out is what sites change with every delivery although the article stays as it is: the time of
    modification, addresses of images with their signatures, tags and descriptions that are made by machine.
    """
    values = {name: getattr(article, name) for name in VISIBLE_FIELDS}
    published = article.published and article.published.isoformat()
    seen = tuple((values | {"published": published}).values())
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def is_same_story(title: str | None, text: str, other_title: str | None, other_text: str) -> bool:
    """Whether two pages that claim one canonical address tell one story, so that the claim may be true.

    Some sites name one address on all their pages; taking them at their word would lose articles.

    >>> is_same_story("Ceasefire holds", "One.\\n\\nTwo.", "Ceasefire holds: live", "One.\\n\\nTwo.\\n\\nThree.")
    True
    >>> is_same_story("Ceasefire holds", "One.\\n\\nTwo.", "Rain expected", "Three.\\n\\nFour.")
    False
    """
    if title and title == other_title:
        return True
    paragraphs, others = set(text.split("\n\n")), set(other_text.split("\n\n"))
    return 2 * len(paragraphs & others) >= min(len(paragraphs), len(others))


def is_transient(outcome: str, http_status: int | None) -> bool:
    """Whether a failure may be gone by the next run: no connection, a timeout, a server in trouble.

    >>> is_transient("timeout", None), is_transient("http-503", 503), is_transient("http-404", 404)
    (True, True, False)
    """
    return outcome in TRANSIENT_OUTCOMES or http_status in TRANSIENT_STATUSES


def retry_delay(attempts: int) -> timedelta | None:
    """How long to wait once so many attempts failed for reasons that pass; ``None``: no further attempt."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return FINAL_RETRY_DELAY if attempts == MAX_ATTEMPTS - 1 else timedelta(0)
