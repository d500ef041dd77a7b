"""Decide whether an article has changed, from values alone: no clock, no database."""

import hashlib
import json
from enum import Enum, auto

from cleaning.article import Article

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
