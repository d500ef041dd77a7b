"""The word lists in ``rules/shapes.toml``, indexed for fast lookup: every line of every page is compared with them."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from cleaning.resources import load_toml

PREFIX_LETTERS = 3
"""Letters of a word that are compared first: most words are excluded by these alone."""
_TOKEN = re.compile(r"[^\s,;:!?.()\[\]\"|/<>«»…。、！？「」،؛۔।]+")


@dataclass(frozen=True, slots=True)
class _WordList:
    """A list of words and phrases, indexed by the way in which they are searched."""

    whole: frozenset[str]
    """Single words."""
    spaced: dict[str, tuple[str, ...]]
    """Phrases and beginnings of words, with the spaces around them, by the first letters of their first word."""
    unspaced: tuple[str, ...]
    """Words of scripts without spaces between words, which may be anywhere in a text."""

    def has_any(self, words: tuple[str, ...]) -> bool:
        """Return whether words in lower case contain a word, a phrase or a beginning of this list."""
        if not self.whole.isdisjoint(words):
            return True
        joined = f" {' '.join(words)} "
        for word in words:
            starts = self.spaced.get(word[:PREFIX_LETTERS])
            if starts and any(start in joined for start in starts):
                return True
        return not joined.isascii() and any(word in joined for word in self.unspaced)


def has_word(kind: str, words: tuple[str, ...]) -> bool:
    """Return whether some words contain one of a list.

    Args:
        kind: the name of a list in ``rules/shapes.toml``, such as ``"thing"`` or ``"ours"``; ``"networks"`` is the list
            in ``rules/lines.toml``.
        words: the words of a text in lower case, in order, from :func:`tokenize`.

    >>> has_word("networks", ("follow", "us", "on", "telegram")), has_word("networks", ("follow", "the", "path"))
    (True, False)
    """
    return _load_word_list(kind).has_any(words)


@cache
def _load_word_list(kind: str) -> _WordList:
    """Load a list; in the file, ``*`` at the end marks a beginning of words."""
    book = load_toml("shapes")
    if kind == "networks":
        words = load_toml("lines")["networks"]["names"]
    else:
        words = book["request"]["final"] if kind == "final" else book[kind]["words"]
    unspaced = tuple(word for word in words if _is_unspaced(word))
    spaced = [word for word in words if word not in unspaced]
    whole = frozenset(word for word in spaced if " " not in word and not word.endswith("*"))
    by_head: dict[str, tuple[str, ...]] = {}
    for word in spaced:
        if word not in whole:
            head = word.partition(" ")[0].rstrip("*")[:PREFIX_LETTERS]
            by_head[head] = (*by_head.get(head, ()), f" {word[:-1]}" if word.endswith("*") else f" {word} ")
    return _WordList(whole, by_head, unspaced)


def _is_unspaced(word: str) -> bool:
    """Return whether a word is Chinese, Japanese or Korean."""
    return any("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af" for char in word)


@lru_cache(maxsize=256)
def tokenize(text: str) -> tuple[str, ...]:
    """Return the words of a text, without the punctuation around them.

    >>> tokenize("Read more: «Flood»")
    ('Read', 'more', 'Flood')
    """
    return tuple(_TOKEN.findall(text))


@cache
def load_prefixes(*keys: str) -> tuple[str, ...]:
    """Return the words of a list as prefixes that can be searched with ``in`` in a text that begins with a space.

    A prefix of a Latin, Greek or Cyrillic word gets a space in front, so that it is found only where a word begins.
    Words of other scripts may have articles attached, or no spaces around them, so their prefixes are found anywhere.
    """
    return tuple(f" {word}" if word[0] < "\u0590" else word for word in load_words(*keys))


@cache
def load_word_set(*keys: str) -> frozenset[str]:
    """Return the words of a list as a set. The keys are those of :func:`load_words`."""
    return frozenset(load_words(*keys))


@cache
def load_words(*keys: str) -> tuple[str, ...]:
    """Return a word list of ``rules/shapes.toml``.

    Args:
        keys: the names of the tables that lead to the list, outermost first: ``("stamp", "modified")``.
    """
    entry = load_toml("shapes")
    for key in keys:
        entry = entry[key]
    return tuple(entry)
