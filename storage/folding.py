"""Text folded to the words it is found by: the same for what is stored and for what is searched.

SQLite's own tokenizers find half of what people search for outside English. Folding here finds it, and every
database that can match words between spaces can use the result. Whoever changes what `fold` gives must add a
revision that rebuilds the search index.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from storage.letters import APOSTROPHES, FOLDED_LETTERS, INVISIBLE, JAMO, MARKS, ONE_BY_ONE, PLAIN_APOSTROPHES

# No repetition is without end: what is longer than words are falls into several, and the cache below stays
# small.
_CORE = rf"[^\W_{ONE_BY_ONE}]"
_WORD = re.compile(
    rf"{_CORE}{{1,80}}(?:[{MARKS}{INVISIBLE}]{{1,8}}{_CORE}{{0,20}}|[{APOSTROPHES}]{_CORE}{{1,40}}){{0,20}}"
    rf"|{JAMO}|[{ONE_BY_ONE}][{MARKS}\uff9e\uff9f]{{0,8}}"
)
_SINGLE = re.compile(rf"{JAMO}|[{ONE_BY_ONE}]")
_CHARACTER = re.compile(rf"[{MARKS}]*[^\W_][{MARKS}]*")
_PIECE = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*")

# "l'Ukraine" is found by "Ukraine", "Zelensky's" by "Zelensky", "İstanbul'da" by "İstanbul". Any other apostrophe
# is part of its word, and may be left out: Somali "go'aan", "O'Neil", "Sana'a", Ukrainian "м'яч".
_ELISION = re.compile(r"^(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu|dell|all|nell|sull|dall|quell|un)'(?=[aeiouyh])")
_POSSESSIVE = re.compile("'s$")
_TURKISH_CASE = re.compile(
    "(?<=[a-z]{3})(?:(?<=[^aeiou])'[aeiu]|'(?:y[aeiu]|n?[iu]n|[dt][ae](?:n|ki)?|n?d[ae]n|y?l[ae]|l[iu]|s[iu]))$"
)
# The article, alone or after a particle, where enough of a word is left: "والعراق" is found by "عراق".
_ARABIC_ARTICLE = re.compile("^(?:[وفبك]?ال|لل)(?=[ء-ي]{3})")
_ARTICLE_OF_BEGINNING = re.compile("^(?:[وفبك]?ال|لل)(?=[ء-ي]{2})")


class Token(NamedTuple):
    """A folded word, and the piece of the text that it comes from."""

    folded: str
    start: int
    end: int


def fold(text: str) -> str:
    """The words of a text as it is searched: folded, between single spaces.

    Case, accents and the width of letters do not matter, nor do apostrophes within words, Arabic vowel signs,
    the spelling of alef and ya and the Arabic article, and which of its homophones Amharic writes. Chinese,
    Japanese, Korean, Thai, Lao, Khmer and Burmese come as single characters.

    >>> fold("Zelensky’s ÉLYSÉE visit, the Straße & İstanbul")
    'zelensky elysee visit the strasse istanbul'
    >>> fold("Go’aanka Soomaaliya"), fold("العِراق والعراق"), fold("停火協議")
    ('goaanka soomaaliya', 'عراق عراق', '停 火 協 議')
    """
    return " ".join(filter(None, map(_folded, _WORD.findall(text))))


def tokens(text: str) -> Iterator[Token]:
    """The same words one by one, each with its place in the text; a word may give several tokens, or none.

    >>> list(tokens("À l’Elysée"))
    [Token(folded='a', start=0, end=1), Token(folded='elysee', start=2, end=10)]
    """
    for match in _WORD.finditer(text):
        for folded in _folded(match[0]).split():
            yield Token(folded, match.start(), match.end())


def without_article(beginning: str) -> str:
    """The beginning of a folded word, as it is if what it begins with is the Arabic article.

    >>> without_article("العر"), without_article("zelen")
    ('عر', 'zelen')
    """
    return _ARTICLE_OF_BEGINNING.sub("", beginning)


# News repeats its words: two of three come from here.
@lru_cache(maxsize=32_768)
def _folded(word: str) -> str:
    """One match of ``_WORD``, folded: its tokens, between spaces."""
    if _SINGLE.match(word):
        return " ".join(_CHARACTER.findall(unicodedata.normalize("NFKC", word).casefold()))
    if word.isascii():
        word = word.lower().replace("`", "'")
    else:
        word = unicodedata.normalize("NFKD", word.translate(PLAIN_APOSTROPHES))
        word = unicodedata.normalize("NFKD", word.casefold()).translate(FOLDED_LETTERS)
    if "'" in word:
        word = _TURKISH_CASE.sub("", _POSSESSIVE.sub("", _ELISION.sub("", word))).replace("'", "")
    return " ".join(_ARABIC_ARTICLE.sub("", piece) for piece in _PIECE.findall(word))
