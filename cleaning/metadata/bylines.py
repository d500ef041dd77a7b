"""The people and organisations that the text of a byline names."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from cleaning.lines.normalization import fold_text, normalize_punctuation
from cleaning.lines.people import strip_place
from cleaning.lines.person_names import (
    LIST_SEPARATOR,
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
MAX_BYLINE_CHARACTERS = 160
"""Characters of an element that is a byline; a longer one is an author's biography."""

_KNOWLEDGE = load_toml("metadata")
BYLINE_OPENING = re.compile(_KNOWLEDGE["by"], re.IGNORECASE)
WRITTEN_BY = re.compile(_KNOWLEDGE["written_by"], re.IGNORECASE)
_BYLINE_END = re.compile(_KNOWLEDGE["byline_end"], re.IGNORECASE)
_DATA_BYLINE_END = re.compile(r"\s*(?:[|·•()\[\]@<>]|\s[–—-]\s|https?:)")
_BARS = re.compile(r"\s*[|·•⋅]\s*|\s[–—-]\s")


class Byline(NamedTuple):
    """Those whom a statement names as authors."""

    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.people or self.organisations)


EMPTY_BYLINE = Byline()


def read_byline(text: str, *, allow_handles: bool = False, is_shown: bool = True) -> Byline:
    """Those whom the text of a byline names.

    Args:
        text: a text that holds a byline and little else.
        handles: whether one word in small letters can be a name: "mh".
        is_shown: whether the text may open with a word for "by".

    >>> read_byline("By Ali Musa, Staff Writer, and K. Nurow (AFP) | 2 min read")
    Byline(people=('Ali Musa', 'K. Nurow'), organisations=())
    >>> read_byline("Sahan Newsroom")
    Byline(people=(), organisations=('Sahan Newsroom',))
    """
    text = " ".join(text.split())
    dated = next(find_dates(text), None)
    text = text[: dated.start] if dated else text
    text = _BYLINE_END.split(_strip_opening(text))[0] if is_shown else _DATA_BYLINE_END.split(text)[0]
    people: list[str] = []
    organisations: list[str] = []
    for part in LIST_SEPARATOR.split(text):
        name = _trim_name(part)
        if not name or is_placeholder_name(name) or (is_role(name) and (people or " " in name)):
            continue
        if is_name(name) or (allow_handles and is_handle(name)):
            people.append(name)
        elif is_outlet(name):
            organisations.append(name)
        elif not people:
            return EMPTY_BYLINE
        else:
            break
    return Byline(merge_names(_select_full_names(people, bool(organisations))), merge_names(organisations))


def _select_full_names(names: list[str], beside_organisation: bool = False) -> list[str]:
    """Names without the single words among full names, or after an organisation's: sections, places, degrees."""
    full = [name for name in names if is_full_name(name)]
    return full if full or beside_organisation else names


def _strip_opening(text: str) -> str:
    """A byline without the words that open it: "Posted by", "Von", "著者："; but "Di Stefano" is a name."""
    opening = BYLINE_OPENING.match(text)
    if not opening:
        return text
    is_particle = opening[0].strip().casefold() in load_particles()
    return text if is_particle and " " not in text[opening.end() :].strip() else text[opening.end() :]


def _trim_name(part: str) -> str:
    name = strip_place(part.strip(" :·-–—*\t"))
    return name if re.search(r"(?:^|[\s.])[^\W\d_]\.$|\b(?:Jr|Sr)\.$", name) else name.rstrip(".")


def read_byline_line(text: str) -> Byline:
    """Those whom a line of text without markup names, if it reads as a byline in one of the rules' languages.

    >>> read_byline_line("By Ali Musa in Nairobi").people
    ('Ali Musa',)
    >>> read_byline_line("By the river")
    Byline(people=(), organisations=())
    """
    for part in _split_around_dates(text):
        if BYLINE_OPENING.match(part):
            named = read_byline(part, allow_handles=part.count(" ") == 1)
            sure = named.people and (WRITTEN_BY.match(part) or part.count(" ") == 1)
            return named if sure or any(map(is_full_name, named.people)) else EMPTY_BYLINE
    readings = match_line(normalize_punctuation(text), _select_author_rules())
    return merge_bylines(read_byline(reading.value or "") for reading in readings)


def _split_around_dates(text: str) -> Iterator[str]:
    """The parts of a line, at its bars and without the dates in it: "Posted on 3 May 2024 by Ali Musa"."""
    for part in _BARS.split(text):
        start = 0
        for found in find_dates(part):
            yield part[start : found.start].strip()
            start = found.end
        yield part[start:].strip()


@cache
def _select_author_rules() -> tuple[Rule, ...]:
    return tuple(rule for rule in load_line_rules() if rule.harvest == "authors")


def is_byline_label(text: str) -> bool:
    """Whether a text is all label: "Written by", "Autor:", with the name in another element."""
    opening = BYLINE_OPENING.match(text)
    return opening is not None and opening.end() == len(text)


def is_full_name(name: str) -> bool:
    """Whether a name has two words, or is of a script that joins them (and has no capitals)."""
    return " " in name or name.lower() == name.upper()


def merge_bylines(bylines: Iterable[Byline]) -> Byline:
    """One byline of several: each name once, and no single words among full names."""
    every = [byline for byline in bylines if byline]
    if not every:
        return EMPTY_BYLINE
    people = [name for byline in every for name in byline.people]
    return Byline(
        merge_names(_select_full_names(people))[:MAX_AUTHORS],
        merge_names(name for byline in every for name in byline.organisations)[:MAX_AUTHORS],
    )


def merge_names(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, as it was spelt first."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(fold_text(name), name)
    return tuple(first.values())
