"""The dates that a page shows its readers, with the words that say what they are."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, filterfalse, islice
from typing import NamedTuple

from lxml import html

from cleaning.lines.normalization import fold_text
from cleaning.metadata.date_parsing import MAYBE_DATE, Timestamp, VisibleDate, find_dates
from cleaning.metadata.declared import DeclaredMetadata, extract_text
from cleaning.metadata.headline_context import (
    MAX_SHORT_TEXT_CHARACTERS,
    find_texts_above,
    find_texts_below,
    find_texts_in,
    find_texts_matching,
    get_machine_readable_time,
    is_outside_article,
)
from cleaning.resources import load_toml

LABEL_CHARACTERS = 40
"""Characters before a date in which a word says what date it is."""
DATELINE_CHARACTERS = 70
"""Characters of a paragraph that its dateline may take."""
MIN_LISTED_DATES = 3
"""As many elements of one class that show different days are a list of other articles."""
MAX_STATEMENTS = 60
"""Statements of one kind that are read."""
MIN_OPENING_CHARACTERS = 200
"""Characters from which on a paragraph opens the article of a page without a headline."""

_KNOWLEDGE = load_toml("dates")
# Each label in a group of its own: the last one before a date says what it is.
_LABEL = re.compile(rf"\b(?:(?P<updated>{_KNOWLEDGE['updated']})|(?P<published>{_KNOWLEDGE['published']}))", re.I)
_SENTENCE_BEFORE_DATE = re.compile(r"\s[^\W\d_]\w*\s[^\W\d_]\w*\s[^\W\d_]\w*\s[^\W\d_]|[.:;!?]\s")
_DATELINE_END = re.compile(r"\s?(?:[-–—:|)(„“»]|//|\.\s)")


class DateCandidate(NamedTuple):
    """A date that the page shows."""

    stamp: Timestamp
    label: str
    """``"published"`` or ``"updated"`` where a word before it says so, else empty."""
    distance: int
    """Texts between it and the headline."""


def find_near_headline(declared: DeclaredMetadata, language: str | None, texts: int) -> list[DateCandidate]:
    """The dates in the texts around the headline; on a page without one, those above its first paragraph."""
    headline = _find_headline(declared)
    if headline is not None:
        below = islice(chain(islice(find_texts_in(headline), 1, None), find_texts_below(headline)), texts)
        dates = [*_find_candidates(below, language), *_find_above(headline, language)]
        if dates:
            return dates
    opening = _find_opening_paragraph(declared.page)
    return _find_above(opening, language) if opening is not None else []


def _find_above(element: html.HtmlElement, language: str | None) -> list[DateCandidate]:
    above = list(find_texts_above(element))
    return [one._replace(distance=len(above) - one.distance) for one in _find_candidates(reversed(above), language)]


def _find_headline(declared: DeclaredMetadata) -> html.HtmlElement | None:
    """The ``h1`` that the page's title confirms, else the first one, else a lower heading that the title confirms."""
    title = fold_text(declared.title)
    for heading in chain(declared.headings, declared.subheadings):
        text = fold_text(heading.text)
        if len(text) > 8 and text[:60] in title:
            return heading.element
    return declared.headings[0].element if declared.headings else None


def _find_opening_paragraph(page: html.HtmlElement) -> html.HtmlElement | None:
    """The first long paragraph."""
    return next((element for element in page.iter("p") if len(extract_text(element)) > MIN_OPENING_CHARACTERS), None)


def _find_candidates(texts: Iterable[str], language: str | None) -> Iterator[DateCandidate]:
    """The dates in short texts, and those that open a paragraph, with the words that say what they are."""
    before = ""
    for distance, text in enumerate(texts):
        end = 0
        for found in (
            find_dates(text, language)
            if len(text) <= MAX_SHORT_TEXT_CHARACTERS
            else _find_dateline_date(text, language)
        ):
            label = text[max(end, found.start - LABEL_CHARACTERS) : found.start]
            stamp = found.stamp._replace(source="visible-date")
            yield DateCandidate(stamp, _find_label(label if label.strip() else before), distance)
            end = found.end
        before = text if not end and len(text) <= LABEL_CHARACTERS else ""


def _find_dateline_date(text: str, language: str | None) -> Iterator[VisibleDate]:
    """The date of a dateline: "Mombasa, 12 October 2024 – The river rose"."""
    for found in islice(find_dates(text[:DATELINE_CHARACTERS], language), 1):
        if not _SENTENCE_BEFORE_DATE.search(text[: found.start]) and _DATELINE_END.match(text, found.end):
            yield found


def _find_label(text: str) -> str:
    last = ""
    for match in _LABEL.finditer(text):
        last = match.lastgroup or ""
    return last


def find_nearest(dates: Iterable[DateCandidate], *labels: str) -> DateCandidate | None:
    """The date nearest to the headline among those with one of some labels."""
    return min((one for one in dates if one.label in labels), key=lambda one: one.distance, default=None)


def find_in_elements(declared: DeclaredMetadata, language: str | None) -> Timestamp | None:
    """The first date among elements whose class says that they hold one, or ``time`` elements; not one of many."""
    groups: dict[tuple[str, str], list[DateCandidate]] = {}
    here = (
        islice(filterfalse(is_outside_article, elements), MAX_STATEMENTS)
        for elements in (declared.times, declared.dates)
    )
    for element in chain.from_iterable(here):
        for dated in islice(
            _find_candidates(
                [get_machine_readable_time(element) or extract_text(element)[:MAX_SHORT_TEXT_CHARACTERS]], language
            ),
            1,
        ):
            groups.setdefault((element.tag, element.get("class", "")), []).append(dated)
    for group in groups.values():
        if len({dated.stamp.time.date() for dated in group}) < MIN_LISTED_DATES and group[0].label != "updated":
            return group[0].stamp
    return None


def find_in_title(title: str, language: str | None) -> Timestamp | None:
    """The date that a page title opens or ends with."""
    for part in re.split(r"\s[|–—•·-]+\s", title):
        for found in find_dates(part, language):
            if found.start == 0 or found.end >= len(part) - 6:
                return found.stamp._replace(source="title")
    return None


def find_labelled(declared: DeclaredMetadata, language: str | None) -> tuple[Timestamp | None, Timestamp | None]:
    """The first dates, wherever they stand, that a word before them makes the publication and the last change."""
    dates = list(_find_candidates(find_texts_matching(MAYBE_DATE, declared.page), language))
    published, changed = (
        next((one.stamp for one in dates if one.label == label), None) for label in ("published", "updated")
    )
    return published, changed
