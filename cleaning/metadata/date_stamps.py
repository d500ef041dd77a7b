"""Tell the date that stamps an article from a date that a sentence mentions.

Standfirsts, captions and headings near the headline name days of all kinds: "The pier was opened on 3 May 1998." Such a
date must never be taken for the publication. A stamp has little beside its date: a label, a weekday, a name, a section.
No list of verbs is needed: in scripts with capitals, words in lower case tell sentences from stamps.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from cleaning.lines.person_names import load_particles
from cleaning.metadata.date_parsing import VisibleDate
from cleaning.resources import load_toml

MAX_SMALL_WORDS = 2
"""Words in lower case, beside those of stamps, that a stamp has at most."""
MAX_CASELESS_WORDS = 4
"""The same in scripts without capitals, where a name and a section count too."""
MIN_SENTENCE_WORDS = 2
"""Words beside a date, and beside the words of stamps, that a sentence with a full stop has at least."""
LETTERS_PER_WORD = 4
"""Letters that count as a word in Thai and its neighbours."""
MIN_JOINED_CHARACTERS = 3
"""Chinese or Japanese characters directly beside a date that make it a part of a sentence."""

_KNOWLEDGE = load_toml("dates")
_LABEL = re.compile(rf"\b(?:{_KNOWLEDGE['updated']}|{_KNOWLEDGE['published']})", re.IGNORECASE)
_BYLINE = re.compile(load_toml("metadata")["by"], re.IGNORECASE)
_OTHER_DATE = re.compile(rf"\b(?:{_KNOWLEDGE['other_dates']})", re.IGNORECASE)
_OWN_ARTICLE = re.compile(_KNOWLEDGE["own_article"], re.IGNORECASE)
_PREPOSITIONS = frozenset(_KNOWLEDGE["prepositions"].split())
_STAMP_WORDS = _PREPOSITIONS | frozenset(_KNOWLEDGE["stamp_words"].split()) | frozenset(_KNOWLEDGE["weekdays"].split())
_BARS = re.compile(r"\s*[|·•⋅›»]\s*|\s[–—-]\s")
_COMMAS = re.compile(r"[,;،、/]\s*|\s*[|·•⋅›»]\s*|\s[–—-]\s")
_WORD = re.compile(r"[^\W\d_][^\s\d,;:.!?()\[\]|/،、：]*")
_SENTENCE_END = re.compile(r"(?:[^\W\d_]\S|\d|\0)[.!?…।؟]['\"”’»)]*$|[。！？]")
_JOINED_BEFORE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+$")
_JOINED_AFTER = re.compile(r"^日?([\u3040-\u30ff\u3400-\u9fff]+)")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_MARK = "\0"


class DateRole(StrEnum):
    """What a date in a short text is."""

    STAMP = "stamp"
    """The date stands by itself, or beside a label, a name or a section."""
    UNCLEAR = "unclear"
    """It may be a stamp: "Report of 3 May 2024". It counts if the page states nothing better."""
    MENTION = "mention"
    """A sentence mentions it, or a word beside it says that it is another day: "Founded on 3 May 1998"."""


def classify_date(text: str, dates: Sequence[VisibleDate], date: VisibleDate) -> DateRole:
    """Return what a date in a short text is.

    Args:
        text: the whole text.
        dates: all dates in it.
        date: one of them.

    >>> from cleaning.metadata.date_parsing import find_dates
    >>> for text in ("Ali Musa | 3 May 2024", "Report of 3 May 2024", "The pier was opened on 3 May 1998."):
    ...     dates = list(find_dates(text))
    ...     print(classify_date(text, dates, dates[0]).value)
    stamp
    unclear
    mention
    """
    before, after = _blank_dates(text, dates, date)
    if _is_part_of_sentence(before, after) or _OTHER_DATE.search(_COMMAS.split(before)[-1]):
        return DateRole.MENTION
    return DateRole.STAMP if _is_bare(before, after) else DateRole.UNCLEAR


def is_own_label(text: str, date: VisibleDate) -> bool:
    """Return whether a sentence says when the article itself was published or changed.

    >>> from cleaning.metadata.date_parsing import find_dates
    >>> texts = ("First published on 3 May 2024.", "This story was updated 3 May 2024.", "A book published 3 May 2024")
    >>> [is_own_label(text, next(find_dates(text))) for text in texts]
    [True, True, False]
    """
    before = text[: date.start]
    label = _LABEL.search(before)
    is_first = label is not None and len(_list_foreign_words(before[: label.start()])) == 0
    return is_first or bool(label and _OWN_ARTICLE.search(before))


def _blank_dates(text: str, dates: Sequence[VisibleDate], date: VisibleDate) -> tuple[str, str]:
    """Return the text before and after a date, without the other dates in it."""
    before, after, end = "", "", 0
    for other in dates:
        piece = text[end : other.start]
        before, after = (before + piece, after) if other.end <= date.end else (before, after + piece)
        end = other.end
    return before, after + text[end:]


def _is_part_of_sentence(before: str, after: str) -> bool:
    """Return whether the text around a date is a sentence."""
    before, after = _BARS.split(before)[-1], _BARS.split(after)[0]
    if _is_joined(before, after):
        return True
    # A label ("Published on …") belongs to the stamp, and so do the names of a byline.
    foreign = _list_foreign_words(f"{before} {_MARK} {after}")
    small, caseless = _count_small_words(foreign), _count_caseless_words(foreign)
    if small > MAX_SMALL_WORDS or caseless > MAX_CASELESS_WORDS:
        return True
    if after.strip() and _SENTENCE_END.search(f"{before}{_MARK}{after}".strip()):
        return small + caseless >= 1 and len(foreign) >= MIN_SENTENCE_WORDS
    if label := _LABEL.search(before):
        # "A book published …" is not about the article; "Ali Musa, published …" is.
        return _count_small_words(_list_foreign_words(before[: label.start()])) > 0
    follows = _list_foreign_words(after)[:1]
    return small >= MAX_SMALL_WORDS and (_ends_with_preposition(before) or bool(_count_small_words(follows)))


def _is_joined(before: str, after: str) -> bool:
    """Return whether Chinese or Japanese text runs into a date or goes on behind it."""
    start, end = _JOINED_BEFORE.search(_LABEL.sub(" ", before)), _JOINED_AFTER.search(_LABEL.sub(" ", after))
    joined = (start[0] if start else "", end[1] if end else "")
    return any(len(run) >= MIN_JOINED_CHARACTERS and run not in _STAMP_WORDS for run in joined)


def _is_bare(before: str, after: str) -> bool:
    """Return whether a date has nothing beside it but a label, a byline, a place or a section."""
    head, tail = _COMMAS.split(before)[-1], _COMMAS.split(after)[0]
    foreign = _list_foreign_words(f"{head} {tail}")
    if _count_small_words(foreign) or _count_caseless_words(foreign) >= MAX_CASELESS_WORDS:
        return False
    is_labelled = bool(_LABEL.search(before)) or bool(_BYLINE.match(_BARS.split(before)[-1].strip()))
    return is_labelled or not foreign or not _ends_with_preposition(head)


def _list_foreign_words(text: str) -> list[str]:
    """Return the words of a text that are not those of stamps."""
    words = _WORD.findall(_LABEL.sub(" ", text))
    # Thai writes its "on the" behind the weekday.
    return [word for word in words if word.casefold().rstrip(".").removesuffix("ที่") not in _STAMP_WORDS]


def _count_small_words(words: Sequence[str]) -> int:
    """Count the words in lower case that no name has."""
    return sum(word[0].islower() and word not in load_particles() for word in words)


def _count_caseless_words(words: Sequence[str]) -> int:
    """Count the words in scripts without capitals; Chinese and Japanese ones are judged by :func:`_is_joined`.

    Thai, Lao, Burmese and Khmer have no spaces between words, so their letters are counted.
    """
    caseless = [word for word in words if word.lower() == word.upper() and not "\u3040" <= word[0] <= "\u9fff"]
    return sum(max(1, len(word) // LETTERS_PER_WORD) if _UNSPACED.match(word) else 1 for word in caseless)


def _ends_with_preposition(text: str) -> bool:
    """Return whether a text ends with a preposition, as before the date in "the law of 3 May"."""
    words = _WORD.findall(text)
    return bool(words) and words[-1].casefold() in _PREPOSITIONS and text.rstrip().endswith(words[-1])
