"""The lists of words in ``rules/shapes.toml``, by how they are looked for."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from cleaning.resources import load_toml

PREFIX_LETTERS = 3
"""Letters by which words are told apart at first."""
_TOKEN = re.compile(r"[^\s,;:!?.()\[\]\"|/<>«»…。、！？「」،؛۔।]+")


@dataclass(frozen=True, slots=True)
class _WordList:
    """A list of words, by how they are looked for."""

    whole: frozenset[str]
    spaced: dict[str, tuple[str, ...]]
    """Beginnings of words and phrases, with the spaces around them, by their first letters: most lines have none."""
    unspaced: tuple[str, ...]

    def has_any(self, words: tuple[str, ...]) -> bool:
        if not self.whole.isdisjoint(words):
            return True
        joined = f" {' '.join(words)} "
        for word in words:
            starts = self.spaced.get(word[:PREFIX_LETTERS])
            if starts and any(start in joined for start in starts):
                return True
        return not joined.isascii() and any(word in joined for word in self.unspaced)


def has_word(kind: str, words: tuple[str, ...]) -> bool:
    """Whether words in lower case hold one of a kind, e.g. ``"thing"``, ``"ours"`` or ``"networks"``."""
    return _load_word_list(kind).has_any(words)


@cache
def _load_word_list(kind: str) -> _WordList:
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
    return any("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af" for char in word)


@lru_cache(maxsize=256)
def tokenize(text: str) -> tuple[str, ...]:
    """The words of a text, without the marks around them."""
    return tuple(_TOKEN.findall(text))


@cache
def load_prefixes(*keys: str) -> tuple[str, ...]:
    """The words of a list as beginnings: behind a space where a script sets spaces, anywhere elsewhere."""
    return tuple(f" {word}" if word[0] < "\u0590" else word for word in load_words(*keys))


@cache
def load_word_set(*keys: str) -> frozenset[str]:
    """The words of a list, as a set."""
    return frozenset(load_words(*keys))


@cache
def load_words(*keys: str) -> tuple[str, ...]:
    """The list under these keys of the file."""
    found = load_toml("shapes")
    for key in keys:
        found = found[key]
    return tuple(found)
