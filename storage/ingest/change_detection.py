"""Decide whether an article has changed, from values alone: no clock, no database."""

import hashlib
import json
import re
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


MIN_SHARED_WORDS = 0.6
MIN_SHARED_SENTENCES = 0.25
"""The shares of the shorter title's words, and of the shorter text's sentences, from which two pages with one id in
their feed are one story."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese."""
_SENTENCE_END = re.compile(r"(?<=[.!?。！？؟।…])\s+|\n+")


def is_edited_story(
    title: str | None, text: str, other_title: str | None, other_text: str, *, same_time: bool = True
) -> bool:
    """Return whether two pages are the same story before and after its editing.

    Asked only of pages to which their feed gives the same id. Feeds that number their entries by place give one id to
    many stories, so the id alone proves nothing; but an edited story may have a new headline and changed paragraphs.

    Args:
        title: The title of one page.
        text: Its text.
        other_title: The title of the other page.
        other_text: Its text.
        same_time: Whether both state the same time of publication. Otherwise their titles prove nothing, because
            columns such as the weather have one title every day.

    >>> is_edited_story("Truce holds", "It began. It held. Talks go on.", "Truce is over", "It began. It broke.")
    True
    >>> is_edited_story("Truce holds", "It began. It held.", "Rain expected", "Farmers are glad.")
    False
    """
    if is_same_story(title if same_time else None, text, other_title, other_text):
        return True
    words, others = _split_words(title), _split_words(other_title)
    if same_time and min(len(words), len(others)) >= 3 and _compute_overlap(words, others) >= MIN_SHARED_WORDS:
        return True
    sentences, other_sentences = _split_sentences(text), _split_sentences(other_text)
    return _compute_overlap(sentences, other_sentences) >= MIN_SHARED_SENTENCES


def resemble_each_other(title: str | None, other: str | None) -> bool:
    """Return whether two titles may be those of one story: they share a third of the shorter one's words.

    >>> resemble_each_other("Flood wall fails", "Live: flood wall"), resemble_each_other("Flood wall", "Back soon")
    (True, False)
    >>> resemble_each_other("台风登陆广东多地停课", "台风登陆广东，多地停课")
    True
    """
    return 3 * _compute_overlap(_split_words(title), _split_words(other)) >= 1


def _split_words(text: str | None) -> set[str]:
    """Return the words of a text; for scripts without spaces between words, such as Chinese, each two characters."""
    words: set[str] = set()
    for word in re.findall(r"\w+", (text or "").casefold()):
        is_run = len(word) > 2 and _UNSPACED.search(word) is not None
        words.update(word[start : start + 2] for start in range(len(word) - 1)) if is_run else words.add(word)
    return words


def _split_sentences(text: str) -> set[str]:
    return {sentence.strip() for sentence in _SENTENCE_END.split(text)} - {""}


def _compute_overlap(some: set[str], others: set[str]) -> float:
    """Return the share of the smaller set that both have; 0.0 if one is empty."""
    return len(some & others) / min(len(some), len(others)) if some and others else 0.0
