"""Decide whether an article has changed and whether a failure is retried, from values alone: no clock, no database."""

import hashlib
import json
from datetime import timedelta
from enum import Enum, auto

from cleaning.article import Article

MAX_ATTEMPTS = 3
"""How often a URL with a temporary failure is tried, each time by another run, before it counts as failed for good."""

FINAL_RETRY_DELAY = timedelta(hours=6)
"""The wait before the last attempt, to give an outage time to end. The attempt before it may be made by the next run,
however soon."""

# These may be gone by the next run. Other failures, such as 404, are final.
TRANSIENT_OUTCOMES = frozenset(
    {"timeout", "dns-failure", "connection-failed", "incomplete", "robots-unreachable", "cleaner-crashed"}
)
# 520 to 524 are Cloudflare's, for an origin server that does not respond properly.
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
"""The fields whose changes a reader would see, in the order in which fingerprints contain them."""


class Change(Enum):
    """How a fetched article differs from the stored one."""

    NEW = auto()
    CHANGED = auto()
    UNCHANGED = auto()


def detect_change(old: str | None, new: str) -> Change:
    """Compare the stored fingerprint of an article (``None`` if it is not stored) with the fetched one.

    >>> detect_change(None, "a"), detect_change("a", "b"), detect_change("b", "b")
    (<Change.NEW: 1>, <Change.CHANGED: 2>, <Change.UNCHANGED: 3>)
    """
    if old is None:
        return Change.NEW
    return Change.UNCHANGED if old == new else Change.CHANGED


def compute_fingerprint(article: Article) -> str:
    """Return the SHA-256, in hexadecimal, of the fields of an article whose changes a reader would see.

    Fields that sites change on every request, although the article is the same, are left out: the time of
    modification, URLs of images with their signatures, and machine-made tags and descriptions.
    """
    values = {name: getattr(article, name) for name in VISIBLE_FIELDS}
    published = article.published and article.published.isoformat()
    visible = tuple((values | {"published": published}).values())
    return hashlib.sha256(json.dumps(visible).encode()).hexdigest()


def is_same_story(title: str | None, text: str, other_title: str | None, other_text: str) -> bool:
    """Return whether two pages with the same canonical URL are the same story, so that the claim may be true.

    They are if their titles are equal, or if the shorter one shares at least half of its paragraphs with the other.
    Some sites name one canonical URL on all their pages; believing them would lose articles.

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
    """Return whether a failure is temporary: no connection, a timeout, or a server that is overloaded or broken.

    ``outcome`` is the name of the page's outcome; ``http_status`` is ``None`` if there was no response.

    >>> is_transient("timeout", None), is_transient("http-503", 503), is_transient("http-404", 404)
    (True, True, False)
    """
    return outcome in TRANSIENT_OUTCOMES or http_status in TRANSIENT_STATUSES


def compute_retry_delay(attempts: int) -> timedelta | None:
    """Return how long to wait after a number of failed attempts; ``None`` if there is no further attempt.

    >>> compute_retry_delay(1), compute_retry_delay(2), compute_retry_delay(3)
    (datetime.timedelta(0), datetime.timedelta(seconds=21600), None)
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    return FINAL_RETRY_DELAY if attempts == MAX_ATTEMPTS - 1 else timedelta(0)
