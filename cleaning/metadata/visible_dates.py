"""The dates that a page shows its readers, with the words that say what they are."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, filterfalse, islice
from typing import NamedTuple

from lxml import html

from cleaning.lines.normalization import folded
from cleaning.metadata.date_parsing import MAYBE_DATE, Shown, Stamp, find_dates
from cleaning.metadata.declared import Statements, text_of
from cleaning.metadata.headline_context import (
    LONG,
    is_elsewhere,
    stated_time,
    texts_above,
    texts_below,
    texts_in,
    texts_with,
)
from cleaning.resources import load_toml

LABEL = 40
"""Characters before a date in which a word says what date it is."""
DATELINE = 70
"""Characters of a paragraph that its dateline may take."""
LISTED = 3
"""As many elements of one class that show different days are a list of other articles."""
MOST = 60
"""Statements of one kind that are read."""
OPENING = 200
"""Characters from which on a paragraph opens the article of a page without a headline."""

_KNOWLEDGE = load_toml("dates")
# Each label in a group of its own: the last one before a date says what it is.
_LABEL = re.compile(rf"\b(?:(?P<updated>{_KNOWLEDGE['updated']})|(?P<published>{_KNOWLEDGE['published']}))", re.I)
_SENTENCE = re.compile(r"\s[^\W\d_]\w*\s[^\W\d_]\w*\s[^\W\d_]\w*\s[^\W\d_]|[.:;!?]\s")
_DASH = re.compile(r"\s?(?:[-–—:|)(„“»]|//|\.\s)")


class Dated(NamedTuple):
    """A date that the page shows."""

    stamp: Stamp
    label: str
    """``"published"`` or ``"updated"`` where a word before it says so, else empty."""
    distance: int
    """Texts between it and the headline."""


def find_near_headline(seen: Statements, language: str | None, texts: int) -> list[Dated]:
    """The dates in the texts around the headline; on a page without one, those above its first paragraph."""
    headline = _headline(seen)
    if headline is not None:
        below = islice(chain(islice(texts_in(headline), 1, None), texts_below(headline)), texts)
        dates = [*_dated(below, language), *_dated_above(headline, language)]
        if dates:
            return dates
    opening = _opening(seen.page)
    return _dated_above(opening, language) if opening is not None else []


def _dated_above(element: html.HtmlElement, language: str | None) -> list[Dated]:
    above = list(texts_above(element))
    return [one._replace(distance=len(above) - one.distance) for one in _dated(reversed(above), language)]


def _headline(seen: Statements) -> html.HtmlElement | None:
    """The ``h1`` that the page's title confirms, else the first one, else a lower heading that the title confirms."""
    title = folded(seen.title)
    for heading in chain(seen.headings, seen.subheadings):
        text = folded(heading.text)
        if len(text) > 8 and text[:60] in title:
            return heading.element
    return seen.headings[0].element if seen.headings else None


def _opening(page: html.HtmlElement) -> html.HtmlElement | None:
    """The first long paragraph."""
    return next((element for element in page.iter("p") if len(text_of(element)) > OPENING), None)


def _dated(texts: Iterable[str], language: str | None) -> Iterator[Dated]:
    """The dates in short texts, and those that open a paragraph, with the words that say what they are."""
    before = ""
    for distance, text in enumerate(texts):
        end = 0
        for found in find_dates(text, language) if len(text) <= LONG else _opening_date(text, language):
            label = text[max(end, found.start - LABEL) : found.start]
            stamp = found.stamp._replace(source="visible-date")
            yield Dated(stamp, _label(label if label.strip() else before), distance)
            end = found.end
        before = text if not end and len(text) <= LABEL else ""


def _opening_date(text: str, language: str | None) -> Iterator[Shown]:
    """The date of a dateline: "Mombasa, 12 October 2024 – The river rose"."""
    for found in islice(find_dates(text[:DATELINE], language), 1):
        if not _SENTENCE.search(text[: found.start]) and _DASH.match(text, found.end):
            yield found


def _label(text: str) -> str:
    last = ""
    for match in _LABEL.finditer(text):
        last = match.lastgroup or ""
    return last


def find_nearest(dates: Iterable[Dated], *labels: str) -> Dated | None:
    """The date nearest to the headline among those with one of some labels."""
    return min((one for one in dates if one.label in labels), key=lambda one: one.distance, default=None)


def find_in_elements(seen: Statements, language: str | None) -> Stamp | None:
    """The first date among elements whose class says that they hold one, or ``time`` elements; not one of many."""
    groups: dict[tuple[str, str], list[Dated]] = {}
    here = (islice(filterfalse(is_elsewhere, elements), MOST) for elements in (seen.times, seen.dates))
    for element in chain.from_iterable(here):
        for dated in islice(_dated([stated_time(element) or text_of(element)[:LONG]], language), 1):
            groups.setdefault((element.tag, element.get("class", "")), []).append(dated)
    for group in groups.values():
        if len({dated.stamp.time.date() for dated in group}) < LISTED and group[0].label != "updated":
            return group[0].stamp
    return None


def find_in_title(title: str, language: str | None) -> Stamp | None:
    """The date that a page title opens or ends with."""
    for part in re.split(r"\s[|–—•·-]+\s", title):
        for found in find_dates(part, language):
            if found.start == 0 or found.end >= len(part) - 6:
                return found.stamp._replace(source="title")
    return None


def find_labelled(seen: Statements, language: str | None) -> tuple[Stamp | None, Stamp | None]:
    """The first dates, wherever they stand, that a word before them makes the publication and the last change."""
    dates = list(_dated(texts_with(MAYBE_DATE, seen.page), language))
    published, changed = (
        next((one.stamp for one in dates if one.label == label), None) for label in ("published", "updated")
    )
    return published, changed
