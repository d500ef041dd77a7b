"""Read the authors and the categories of feed entries, which serve articles whose pages name none."""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import unescape
from typing import Final

from cleaning.lines.normalization import fold_text
from cleaning.metadata.bylines import BYLINE_OPENING, MAX_BYLINE_CHARACTERS, read_byline

MAX_NAMES: Final = 40
"""Authors, or tags, that are kept of one entry."""
MAX_TAG_CHARS: Final = 100
"""Longer categories are no tags but sentences."""

_TAG = re.compile(r"<[/!a-zA-Z][^<>]*>")
# RSS prescribes "mail@site.example (Name)" for authors; Blogger fills it with "noreply@blogger.com".
_MAILBOX = re.compile(r"[^\s@()]+@[^\s@()]+\s*\(([^()]+)\)")
# What content management systems enter if nobody chooses a category.
_EMPTY_TAGS = frozenset(
    {"uncategorized", "uncategorised", "unclassified", "allgemein", "sincategoria", "nonclasse", "semcategoria"}
    | {"nezarazene", "geencategorie", "genel", "general", "default", "none", "senzacategoria", "безрубрики", "未分类"}
)


def read_feed_authors(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the people that the author fields of an entry name, each once.

    Mail addresses, placeholders such as "admin" and organisations are left out.

    >>> read_feed_authors(["lena@site.example (Lena Foss)", "noreply@blogger.com", "admin", "By Ali Musa"])
    ('Lena Foss', 'Ali Musa')
    """
    names = (name for text in texts for name in _read_author(text))
    return tuple(dict.fromkeys(names))[:MAX_NAMES]


@lru_cache(maxsize=2_000)
def _read_author(text: str) -> tuple[str, ...]:
    line = _strip_to_line(text)
    if mailbox := _MAILBOX.fullmatch(line):
        line = mailbox[1].strip()
    if len(line) > MAX_BYLINE_CHARACTERS:
        return ()
    return read_byline(line, is_shown=BYLINE_OPENING.match(line) is not None).people


def read_feed_tags(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the categories of an entry, each once, without URLs and the names of empty categories.

    >>> read_feed_tags(["Harbour &amp; ferries", "harbour & ferries", "Uncategorized", "https://site.example/term"])
    ('Harbour & ferries',)
    """
    tags: dict[str, str] = {}
    for text in texts:
        tag = _strip_to_line(text)
        key = fold_text(tag)
        if key and len(tag) <= MAX_TAG_CHARS and "://" not in tag and key not in _EMPTY_TAGS:
            tags.setdefault(key, tag)
    return tuple(tags.values())[:MAX_NAMES]


def _strip_to_line(text: str) -> str:
    return " ".join(unescape(_TAG.sub("", text)).split())
