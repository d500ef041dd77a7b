"""Tests for prose. They keep sentences of journalism from being removed as boilerplate."""

import re
from functools import cache, lru_cache

from cleaning.resources import load_toml

MIN_PROSE_WORDS = 12
"""Words from which on a line with the end of a sentence counts as prose; a boilerplate sentence is often shorter."""

MAX_CACHED_TEXTS = 4_096
"""Texts whose tests are kept in memory: each step asks for the same lines of a page again."""

# The ends of sentences in Latin, Arabic, Urdu, Devanagari, Ethiopic, Chinese and Japanese, with closing quotes.
_SENTENCE_END = re.compile(r"[.!?…።۔؟।。！？][\"'”’»)\]]*(?:\s|$)")
_QUOTED = re.compile(r"[“„«‹「『][^”“»›」』]{3,}[”“»›」』]|(?<!\w)\"[^\"]{3,}\"")
_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@lru_cache(maxsize=MAX_CACHED_TEXTS)
def count_words(text: str) -> int:
    """Return the number of words in a text. Scripts without spaces between words count characters instead.

    These are Thai, Lao, Khmer, Chinese and Japanese.

    >>> count_words("Ali said: no comment."), count_words("你好吗")
    (4, 3)
    """
    unspaced = 0 if text.isascii() else len(_UNSPACED.findall(text))
    return unspaced + len(_WORD.findall(_UNSPACED.sub(" ", text) if unspaced else text))


@lru_cache(maxsize=MAX_CACHED_TEXTS)
def is_prose(text: str) -> bool:
    """Return whether a line is certainly prose: it has the end of a sentence, and is long or reports speech.

    A short sentence without reported speech is not prose by this test, but need not be boilerplate either.

    >>> is_prose("The river peaked at 1.8 metres on Saturday, just below the level of the dyke.")
    True
    >>> is_prose("Edited by: Ali Musa")
    False
    """
    return bool(_SENTENCE_END.search(text)) and (count_words(text) >= MIN_PROSE_WORDS or has_reported_speech(text))


def has_reported_speech(text: str, *, quote_words: int = 1) -> bool:
    """Return whether a line reports speech: it has a quotation, or a verb of reporting such as "said".

    Such a line is news, whatever else it looks like. The verbs are in ``rules/prose.toml``.

    Args:
        text: the line.
        quote_words: the words that a quotation must have; fewer words in quotation marks may be the label of a button.

    >>> has_reported_speech("Join us in mourning, the family asked.")
    True
    >>> has_reported_speech("Choose “Manage options”.", quote_words=4)
    False
    """
    quotes = (count_words(match[0]) for match in _QUOTED.finditer(text))
    return any(words >= quote_words for words in quotes) or bool(_build_reporting_pattern().search(text))


@cache
def _build_reporting_pattern() -> re.Pattern[str]:
    return re.compile(load_toml("prose")["reporting"], re.IGNORECASE)
