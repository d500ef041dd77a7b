"""Parse the text of a byline into people and organisations.

This module knows only texts. Which texts of a page are bylines is decided in :mod:`cleaning.metadata.authors` and
:mod:`cleaning.metadata.marked_bylines`.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from cleaning.lines.lexicon import load_words
from cleaning.lines.normalization import fold_text, normalize_punctuation
from cleaning.lines.people import strip_office, strip_place
from cleaning.lines.person_names import (
    LIST_SEPARATOR,
    is_agency,
    is_degree,
    is_desk,
    is_handle,
    is_name,
    is_outlet,
    is_placeholder_name,
    is_role,
    load_particles,
)
from cleaning.lines.rule_loader import Rule, load_line_rules
from cleaning.lines.rule_matcher import match_line
from cleaning.metadata.date_parsing import find_dates
from cleaning.resources import load_toml

MAX_AUTHORS = 40
"""People, or organisations, that are kept of one page."""
MAX_BYLINE_CHARACTERS = 160
"""Longer elements are not bylines but an author's biography."""

_KNOWLEDGE = load_toml("metadata")
BYLINE_OPENING = re.compile(_KNOWLEDGE["by"], re.IGNORECASE)
WRITTEN_BY = re.compile(_KNOWLEDGE["written_by"], re.IGNORECASE)
_BYLINE_END = re.compile(_KNOWLEDGE["byline_end"], re.IGNORECASE)
_DATA_BYLINE_END = re.compile(r"\s*(?:[|·•()\[\]@<>]|\s[–—-]\s|https?:)")
_AGE = re.compile("|".join(f"(?:{age})" for age in load_words("stamp", "relative")), re.IGNORECASE)
_DATES = load_toml("dates")
_DATE_OPENINGS = frozenset(f"{_DATES['weekdays']} {_DATES['prepositions']} the".split())
_EMAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.\w+")
# "Text: Ali Musa Foto: Lena Foss": the second label is that of another role.
_NEXT_LABEL = re.compile(r"\s+[^\s:：]{2,15}\s?[:：]")
_EAST_ASIAN_OFFICE = re.compile(
    r"^(?:本报|本報)?(?:通讯员|记者|記者|特派员)\s*(?=\S)|(?<=\S)\s*(?:记者|記者|(?:선임|인턴|수습)?기자|특파원)$"
)
_BARS = re.compile(r"\s*[|·•⋅]\s*|\s[–—-]\s")


class Byline(NamedTuple):
    """The authors that one byline or one piece of structured data names."""

    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.people or self.organisations)


EMPTY_BYLINE = Byline()


def read_byline(text: str, *, allow_handles: bool = False, is_shown: bool = True) -> Byline:
    """Return the people and organisations that the text of a byline names.

    The text is cut at the first date, bar, bracket or word such as "in" or "for"; the rest is split into names. Roles
    ("Staff Writer") and placeholders ("admin") are skipped, and the first part that is no name ends the list.

    Args:
        text: the text of an element or value that holds a byline and little else.
        allow_handles: accept a single lower-case word ("mh") as a name.
        is_shown: the byline is visible, so it may open with a word for "by"; False for values made for machines.

    >>> read_byline("By Ali Musa, Staff Writer, and K. Nurow (AFP) | 2 min read")
    Byline(people=('Ali Musa', 'K. Nurow'), organisations=())
    >>> read_byline("Sahan Newsroom")
    Byline(people=(), organisations=('Sahan Newsroom',))
    """
    text = " ".join(_EMAIL.sub(" ", text).split())
    text = _cut_at_date(text) if is_shown else text
    opening = BYLINE_OPENING.match(text)
    text = (
        _BYLINE_END.split(_NEXT_LABEL.split(_strip_opening(text))[0])[0]
        if is_shown
        else _DATA_BYLINE_END.split(text)[0]
    )
    people: list[str] = []
    organisations: list[str] = []
    has_job = False
    for part in LIST_SEPARATOR.split(text):
        name = _strip_degrees(_trim_name(part))
        if is_desk(name) and not people:
            organisations.append(name)
            continue
        if not name or is_placeholder_name(name):
            continue
        if is_role(name) and (people or " " in name):
            has_job = bool(people)
            continue
        if is_name(name) or (allow_handles and is_handle(name)):
            people.append(name)
        elif is_outlet(name):
            # Behind a job stand its fields: "Head of Marketing and Community Development".
            organisations += [] if has_job and not is_agency(name) else [name]
        # Before any person, text that is neither a name nor an outlet means that this is no byline.
        elif not people:
            return EMPTY_BYLINE
        else:
            break
    # Several single words without "by" are the tags or sections of the article.
    is_list = len(people) > 1 and is_shown and not opening and not any(map(is_full_name, people))
    people = [] if is_list else _select_full_names(people, bool(organisations))
    return Byline(merge_names(people), merge_names(organisations))


def _cut_at_date(text: str) -> str:
    """Cut a visible byline at its first date, or at an age such as "2 hours ago", with the words that belong to it.

    >>> _cut_at_date("Publié par Lena Foss le 10/10/2024"), _cut_at_date("Lena Foss Thursday 3 May 2024")
    ('Publié par Lena Foss', 'Lena Foss')
    """
    date, age = next(find_dates(text), None), _AGE.search(text)
    starts = [match_start for match_start in (date and date.start, age and age.start()) if match_start is not None]
    # A byline may follow its date: "12 October 2024, Ali Musa".
    if not starts or min(starts) == 0:
        return text if not date or date.start else text[date.end :].lstrip(" ,;|·•-–—")
    return _strip_date_opening(text[: min(starts)], 0)


def _strip_date_opening(text: str, min_words: int) -> str:
    """Remove weekdays and prepositions from the end of a text, but leave at least some words.

    >>> _strip_date_opening("Lena Foss le", 2), _strip_date_opening("Goodluck Sunday", 2)
    ('Lena Foss', 'Goodluck Sunday')
    """
    words = text.split()
    while len(words) > min_words and words[-1].casefold().strip(" ,.:;|-–—()") in _DATE_OPENINGS:
        words.pop()
    return " ".join(words)


def _strip_degrees(name: str) -> str:
    """Remove the degrees in capitals behind a name; a text that is nothing else becomes empty.

    >>> _strip_degrees("Ali Musa PhD"), _strip_degrees("MD"), _strip_degrees("JACK MA")
    ('Ali Musa', '', 'JACK MA')
    """
    words = name.split()
    if len(words) > 1 and all(word.isupper() for word in words):
        return name
    while words and words[-1][1:] != words[-1][1:].lower() and is_degree(words[-1]):
        words.pop()
    return " ".join(words)


def _select_full_names(names: list[str], has_organisation: bool = False) -> list[str]:
    """Drop single words if there are full names, or an organisation: they are sections, places or degrees."""
    full_names = [name for name in names if is_full_name(name)]
    return full_names if full_names or has_organisation else names


def _strip_opening(text: str) -> str:
    """Remove the words that open a byline: "Posted by", "Von", "著者："."""
    opening = BYLINE_OPENING.match(text)
    if not opening:
        return text
    # "Di Stefano" is a name although "di" is also an Italian word for "by": a particle before one word stays.
    rest = text[opening.end() :].strip()
    is_particle = opening[0].strip().casefold() in load_particles()
    return text if is_particle and " " not in rest and is_name(rest) else text[opening.end() :]


def _trim_name(part: str) -> str:
    """Remove the place and the punctuation around a name, but not the full stop of an initial or of Jr and Sr."""
    name = _strip_date_opening(strip_place(part.strip(" :·-–—*\t")), 2)
    name = strip_office(_EAST_ASIAN_OFFICE.sub("", name))
    # A final full stop belongs to the name after an initial ("Musa A.") and in "Jr.".
    return name if re.search(r"(?:^|[\s.])[^\W\d_]\.$|\b(?:Jr|Sr)\.$", name) else name.rstrip(".")


def read_byline_line(text: str) -> Byline:
    """Return the authors that a line without markup names, if it reads as a byline in one of the rules' languages.

    Without markup, "By" alone proves little, so a line that opens with it must name a full name, or open with an
    unmistakable form such as "Written by", or consist of two words.

    >>> read_byline_line("By Ali Musa in Nairobi").people
    ('Ali Musa',)
    >>> read_byline_line("By the river")
    Byline(people=(), organisations=())
    """
    follows_label = False
    for part in split_around_dates(text):
        if follows_label and part:
            return read_byline(part)
        # "كتب - علي موسى": a bar stands between the label and the name.
        follows_label = is_byline_label(part) and WRITTEN_BY.match(part) is not None
        if BYLINE_OPENING.match(part) and not follows_label:
            byline = read_byline(part, allow_handles=part.count(" ") == 1)
            if byline.organisations and not byline.people and _is_signed_by_outlet(byline.organisations):
                return byline
            is_certain = byline.people and (WRITTEN_BY.match(part) or part.count(" ") == 1)
            return byline if is_certain or any(map(is_full_name, byline.people)) else EMPTY_BYLINE
    matches = match_line(normalize_punctuation(text), _select_author_rules())
    return merge_bylines(read_byline(match.value or "") for match in matches)


def _is_signed_by_outlet(names: Iterable[str]) -> bool:
    """Return whether names behind "by" are those of agencies, desks or acronyms, without markup: "By TPN"."""
    return all(is_agency(name) or is_desk(name) or (name.isupper() and len(name) <= 6) for name in names)


def split_around_dates(text: str) -> Iterator[str]:
    """Yield the parts of a line between its bars and dates: "Posted on 3 May 2024 by Ali Musa" has two."""
    for part in _BARS.split(text):
        start = 0
        for date in find_dates(part):
            yield part[start : date.start].strip()
            start = date.end
        yield part[start:].strip()


@cache
def _select_author_rules() -> tuple[Rule, ...]:
    """Return the line rules that harvest authors."""
    return tuple(rule for rule in load_line_rules() if rule.harvest == "authors")


def is_byline_label(text: str) -> bool:
    """Return whether a text is only a label, with the name in the next element: "Written by", "Autor:".

    >>> is_byline_label("Written by"), is_byline_label("Written by Ali Musa")
    (True, False)
    """
    opening = BYLINE_OPENING.match(text)
    return opening is not None and opening.end() == len(text)


def is_full_name(name: str) -> bool:
    """Return whether a name has two words, or is in a script without capitals.

    Chinese, Japanese and other scripts join given name and surname, so one word can be a full name there.

    >>> is_full_name("Ali Musa"), is_full_name("Ali"), is_full_name("王伟")
    (True, False, True)
    """
    return " " in name or name.lower() == name.upper()


def merge_bylines(bylines: Iterable[Byline]) -> Byline:
    """Merge several bylines into one, with each name once.

    Single words are dropped if any of the bylines has a full name. At most :data:`MAX_AUTHORS` of each kind are kept.
    """
    nonempty = [byline for byline in bylines if byline]
    if not nonempty:
        return EMPTY_BYLINE
    people = [name for byline in nonempty for name in byline.people]
    return Byline(
        merge_names(_select_full_names(people))[:MAX_AUTHORS],
        merge_names(name for byline in nonempty for name in byline.organisations)[:MAX_AUTHORS],
    )


def merge_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return each name once, in its first spelling; case, accents and punctuation do not make a difference.

    >>> merge_names(["Ali Musa", "ALI MUSA", "Lena Foss"])
    ('Ali Musa', 'Lena Foss')
    """
    spellings: dict[str, str] = {}
    for name in names:
        spellings.setdefault(fold_text(name), name)
    return tuple(spellings.values())
