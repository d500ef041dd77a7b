"""Is a line prose? The tests that keep sentences of journalism from being taken for boilerplate."""

import re
from functools import cache

from cleaning.resources import load_toml

MIN_PROSE_WORDS = 12
"""Words from which on a line with an end of sentence counts as prose on its own."""

_SENTENCE_END = re.compile(r"[.!?…።۔؟।。！？][\"'”’»)\]]*(?:\s|$)")
_QUOTED = re.compile(r"[“„«‹「『][^”“»›」』]{3,}[”“»›」』]|(?<!\w)\"[^\"]{3,}\"")
_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def count_words(text: str) -> int:
    """Words of a text; in scripts that put no spaces between words, characters.

    >>> count_words("Ali said: no comment."), count_words("你好吗")
    (4, 3)
    """
    unspaced = len(_UNSPACED.findall(text))
    return unspaced + len(_WORD.findall(_UNSPACED.sub(" ", text) if unspaced else text))


def is_prose(text: str) -> bool:
    """Whether a line is plainly a sentence or more: long enough, with an end of sentence, or quoted speech.

    >>> is_prose("The river peaked at 1.8 metres on Saturday, just below the level of the dyke.")
    True
    >>> is_prose("Edited by: Ali Musa")
    False
    """
    return bool(_SENTENCE_END.search(text)) and (count_words(text) >= MIN_PROSE_WORDS or has_reported_speech(text))


def has_reported_speech(text: str, *, quote_words: int = 1) -> bool:
    """Whether a line quotes somebody, in so many words at least, or says who said it.

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
