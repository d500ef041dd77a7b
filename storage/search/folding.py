"""Folding: normalising text to the words by which it is found. Articles and queries are folded in the same way.

SQLite's own tokenizers found 11 (unicode61) and 12 (trigram) of 21 multilingual probes; text that is folded here found
all 21, and the same on PostgreSQL and MariaDB, because every database can match words between spaces. Folding takes 0.2
ms a page.

A change of what `fold` returns needs a revision in ``storage/migrations`` that rebuilds the search index: otherwise
queries no longer match the articles that were indexed before.
"""

import re
import unicodedata
from collections.abc import Collection
from functools import cache, lru_cache
from itertools import islice

from storage.search.folding_tables import (
    APOSTROPHES,
    FOLDED_LETTERS,
    INVISIBLE,
    JAMO_SYLLABLE,
    MARKS,
    MARKS_BMP,
    PLAIN_APOSTROPHES,
    UNSPACED_SCRIPTS,
    UNSPACED_SCRIPTS_BMP,
)


def _compile_word_pattern(one_by_one: str, marks: str) -> re.Pattern[str]:
    # Every repetition has a maximum. A run of letters that is too long for a word is split into several words, so that
    # the entries of the cache below stay small.
    core = rf"[^\W_{one_by_one}]"
    return re.compile(
        rf"[{one_by_one}][{marks}\uff9e\uff9f]{{0,8}}"
        rf"|{core}{{1,80}}(?:[{marks}{INVISIBLE}]{{1,8}}{core}{{0,20}}|[{APOSTROPHES}]{core}{{1,40}}){{0,20}}"
        rf"|{JAMO_SYLLABLE}"
    )


# Three patterns that find the same words, the general one and two that are faster. Python's re searches a character
# class one range at a time if the class reaches beyond U+FFFF, and uses a bitmap otherwise: a page takes 0.8 ms with
# the first pattern, 0.3 ms with the second, and 0.1 ms with the third, which is for texts without combining marks and
# without scripts that are folded to single characters.
_WORD_PATTERN = _compile_word_pattern(UNSPACED_SCRIPTS, MARKS)
_BMP_WORD_PATTERN = _compile_word_pattern(UNSPACED_SCRIPTS_BMP, MARKS_BMP)
_PLAIN_WORD_PATTERN = re.compile(rf"[^\W_]{{1,80}}(?:[{APOSTROPHES}][^\W_]{{1,40}}){{0,20}}")
_IS_PLAIN = re.compile(rf"[^{MARKS}{INVISIBLE}{UNSPACED_SCRIPTS}\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7ff]").match
_SINGLE = re.compile(rf"{JAMO_SYLLABLE}|[{UNSPACED_SCRIPTS}]")
_CHARACTER = re.compile(rf"[{MARKS}]*[^\W_][{MARKS}]*")
_PIECE = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*")

# These are removed with their apostrophe: "Ukraine" finds "l'Ukraine", "Zelensky" finds "Zelensky's", and "İstanbul"
# finds "İstanbul'da". Any other apostrophe is a part of its word and optional in a query: Somali "go'aan", "O'Neil",
# "Sana'a", Ukrainian "м'яч".
_ELISION = re.compile(r"^(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu|dell|all|nell|sull|dall|quell|un)'(?=[aeiouyh])")
_POSSESSIVE = re.compile("'s$")
_TURKISH_CASE = re.compile(
    "(?<=[a-z]{3})(?:(?<=[^aeiou])'[aeiu]|'(?:y[aeiu]|n?[iu]n|[dt][ae](?:n|ki)?|n?d[ae]n|y?l[ae]|l[iu]|s[iu]))$"
)
# The Arabic article, alone or after a one-letter particle, if at least three letters of the word are left: "عراق" finds
# "والعراق". In a shorter word, these letters may be its own.
_ARABIC_ARTICLE = re.compile("^(?:[وفبك]?ال|لل)(?=[ء-ي]{3})")
_ARABIC_ARTICLE_OF_PREFIX = re.compile("^(?:[وفبك]?ال|لل)(?=[ء-ي]{2})")


def fold(text: str) -> str:
    """Return the folded words of a text, separated by single spaces; empty if it has no letters and digits.

    Texts fold to the same words if they differ only in case, accents, full or half width, apostrophes within words,
    Arabic vowel marks, the spelling of alef and ya, the Arabic article, or the choice among Amharic homophones.
    Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese become single characters, because they are written without
    spaces, or with particles attached to words.

    >>> fold("Zelensky’s ÉLYSÉE visit, the Straße & İstanbul")
    'zelensky elysee visit the strasse istanbul'
    >>> fold("Go’aanka Soomaaliya"), fold("العِراق والعراق"), fold("停火協議")
    ('goaanka soomaaliya', 'عراق عراق', '停 火 協 議')
    """
    return " ".join(filter(None, map(_fold_word, _choose_word_pattern(text).findall(text))))


def has_single_characters(folded: str) -> bool:
    """Return whether a folded text has words of a script that folds to single characters, such as Chinese or Thai."""
    return not folded.isascii() and _SINGLE.search(folded) is not None


@lru_cache(maxsize=32_768)
def is_single_character(word: str) -> bool:
    """Return whether a folded word is a single character of such a script, with its marks.

    A single Latin letter or a digit is not: it is a word.
    """
    return _SINGLE.match(word) is not None


class Tokens:
    """The words that `fold` returns, as a list, with their places in the original text.

    Used to mark the found words in snippets as they are written.

    >>> tokens = Tokens("À l’Elysée")
    >>> tokens.folded, tokens.find_spans([1])
    (['a', 'elysee'], {1: (2, 10)})
    """

    def __init__(self, text: str, max_pieces: int = 50_000) -> None:
        """Fold the first ``max_pieces`` words of a text."""
        self._text = text
        self.folded: list[str] = []
        """The folded words. A written word may fold to several words, or to none."""
        self._pieces: list[int] = []
        for number, folded in enumerate(map(_fold_word, _choose_word_pattern(text).findall(text)[:max_pieces])):
            for word in folded.split(" ") if folded else ():
                self.folded.append(word)
                self._pieces.append(number)

    def find_spans(self, numbers: Collection[int]) -> dict[int, tuple[int, int]]:
        """Return the start and end offsets in the text of some words, by their indexes in `folded`.

        Offsets are computed here and not in ``__init__``, because a snippet needs those of a few words only.
        """
        pieces = {self._pieces[number] for number in numbers}
        found = islice(_choose_word_pattern(self._text).finditer(self._text), max(pieces, default=-1) + 1)
        spans = {number: match.span() for number, match in enumerate(found) if number in pieces}
        return {number: spans[self._pieces[number]] for number in numbers}


def _choose_word_pattern(text: str) -> re.Pattern[str]:
    """Return the fastest of the patterns that find the words of this text correctly."""
    characters = set(text)
    if all(map(_is_plain_character, characters)):
        return _PLAIN_WORD_PATTERN
    return _BMP_WORD_PATTERN if max(characters) <= "\uffff" else _WORD_PATTERN


@cache
def _is_plain_character(character: str) -> bool:
    return _IS_PLAIN(character) is not None


def strip_arabic_article(beginning: str) -> str:
    """Return the beginning of a folded word without the Arabic article, if it starts with one.

    For queries such as ``العر*``: folding leaves the article on a beginning that is too short to be a word.

    >>> strip_arabic_article("العر"), strip_arabic_article("zelen")
    ('عر', 'zelen')
    """
    return _ARABIC_ARTICLE_OF_PREFIX.sub("", beginning)


# News texts repeat their words: two of three are found in this cache.
@lru_cache(maxsize=32_768)
def _fold_word(word: str) -> str:
    """Fold one match of a word pattern; return its words, separated by spaces."""
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
