"""Search the ids and classes of elements for words that say what they hold; the words are in ``rules/kinds.toml``."""

import re
from functools import cache, lru_cache

from cleaning.resources import load_toml

_NAME_PART = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")


def has_word(names: str, kind: str) -> bool:
    """Return whether one of an element's names has a word of a kind, without a negation before it.

    Args:
        names: the id and the classes of the element, separated by spaces.
        kind: a key of ``rules/kinds.toml``.

    >>> has_word("box leadMediaCaption", "caption"), has_word("hasCaption", "caption")
    (True, False)
    """
    return kind in _find_kinds(names)


# Pages of a site repeat the same few hundred names; each is split once for all kinds.
@lru_cache(maxsize=20_000)
def _find_kinds(names: str) -> frozenset[str]:
    """Return the kinds whose words are in an element's names."""
    index, kinds = _index_words(), set[str]()
    for name in names.split():
        before = ""
        for part in _split_name(name):
            if part in index and "negations" not in index.get(before, ()):
                kinds.update(index[part])
            before = part
    return frozenset(kinds)


@cache
def _index_words() -> dict[str, tuple[str, ...]]:
    """Return the kinds of each word."""
    table = load_toml("kinds")
    words = {word for kind in table.values() for word in kind}
    return {word: tuple(kind for kind, listed in table.items() if word in listed) for word in words}


@lru_cache(maxsize=20_000)
def has_phrase(names: str, kind: str) -> bool:
    """Return whether one of an element's names has the words of a phrase, one after the other.

    >>> has_phrase("story-key-points", "key_points"), has_phrase("points key", "key_points")
    (True, False)
    """
    joined = [f" {' '.join(_split_name(name))} " for name in names.split()]
    return any(f" {phrase} " in name for phrase in _load_words(kind) for name in joined)


def _split_name(name: str) -> list[str]:
    """Return the parts of a name in lower case: ``leadMediaCaption`` has three."""
    return [part.casefold() for part in _NAME_PART.findall(name)]


@cache
def _load_words(kind: str) -> frozenset[str]:
    return frozenset(load_toml("kinds")[kind])
