"""Find the dates that a page shows its readers, and the words that say what kind of date each is.

Dates are searched in four places, which :mod:`cleaning.metadata.publication_dates` tries in this order: around the
headline, in elements marked as dates, in the page title, and after a label such as "Published" anywhere on the page.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, filterfalse, islice
from typing import NamedTuple

from lxml import html

from cleaning.lines.normalization import fold_text
from cleaning.metadata.date_parsing import MAYBE_DATE, Timestamp, VisibleDate, find_dates
from cleaning.metadata.date_stamps import DateRole, classify_date, is_own_label
from cleaning.metadata.declared import DeclaredMetadata, extract_text
from cleaning.metadata.headline_context import (
    MAX_SHORT_TEXT_CHARACTERS,
    find_texts_above,
    find_texts_below,
    find_texts_in,
    find_texts_matching,
    get_machine_readable_time,
    is_in_card,
    is_in_other_content,
    is_outside_article,
)
from cleaning.metadata.titles import parse_host
from cleaning.resources import load_toml

LABEL_CHARACTERS = 40
"""Characters before a date that are searched for a label; a text this short may also be a label by itself."""
DATELINE_CHARACTERS = 70
"""Characters at the beginning of a paragraph that are searched for its dateline's date."""
MIN_LISTED_DATES = 3
"""Elements of one class that show at least this many different days list other articles."""
MAX_STATEMENTS = 60
"""Statements of one kind that are read; the rest of a page made to take long is skipped."""
MIN_OPENING_CHARACTERS = 200
"""A longer paragraph can open the article on a page without a headline."""

_KNOWLEDGE = load_toml("dates")
# One group a label, so that `lastgroup` is the label. The last label before a date decides what the date is.
_LABEL = re.compile(rf"\b(?:(?P<updated>{_KNOWLEDGE['updated']})|(?P<published>{_KNOWLEDGE['published']}))", re.I)
_NUMERIC_DATE = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/20\d\d(?!\d)")
# Domains of countries, without those that sites of all countries use and those of countries that write the month first.
_COUNTRY_HOST = re.compile(r"\.(?!us|ph|co|io|tv|me|ai|fm|ly|cc|to|gg|sh|is|la|ws|vc|eu)[a-z]{2}$")
_SENTENCE_BEFORE_DATE = re.compile(r"\s[^\W\d_]\w*\s[^\W\d_]\w*\s[^\W\d_]\w*\s[^\W\d_]|[.:;!?]\s")
_DATELINE_END = re.compile(r"\s?(?:[-–—:|)(„“»]|//|\.\s)")


class DateCandidate(NamedTuple):
    """A visible date that may be the article's, with its label and its distance from the headline."""

    timestamp: Timestamp
    label: str
    """``"published"`` or ``"updated"`` if a word before the date says so, else empty."""
    distance: int
    """Number of texts between the date and the headline."""
    is_stamp: bool = True
    """Whether the date stands by itself; else it counts only if the page states nothing better."""


def find_date_order(declared: DeclaredMetadata, language: str | None, url: str | None) -> str | None:
    """Return the page's language, with the region that decides the order of day and month in its numeric dates.

    Another date of the page may decide: in 25/10/2024 the day comes first. Else plain English on a site of another
    country than the United States is read as British.

    Args:
        declared: the page's declared metadata.
        language: the page's declared language.
        url: the page's URL.
    """
    base = (language or "").replace("_", "-").split("-")[0].casefold()
    # Only English is written in both orders, so for other languages the marked dates suffice. The plain search comes
    # first, because it runs over every element of the page.
    elements = declared.elements if base in ("", "en") else [*declared.times, *declared.dates]
    texts = (text for element in elements if (text := element.text) and "/20" in text)
    numbers = [(int(match[1]), int(match[2])) for text in texts if (match := _NUMERIC_DATE.search(text[:500]))]
    day_first, month_first = (any(pair[i] > 12 and pair[1 - i] <= 12 for pair in numbers) for i in (0, 1))
    if day_first != month_first:
        return f"{base or 'en'}-us" if month_first else "en-gb" if base == "en" else language
    is_foreign = bool(_COUNTRY_HOST.search(parse_host(url))) and (language or "").casefold() == "en"
    return "en-gb" if is_foreign else language


def find_near_headline(declared: DeclaredMetadata, language: str | None, texts: int) -> list[DateCandidate]:
    """Return the dates around the headline, below it and above it.

    On a page without a headline, or without a date near it, the texts above the first long paragraph are searched.

    Args:
        declared: the page's declared metadata, with its headings and title.
        language: the page's declared language, as in :func:`cleaning.metadata.date_parsing.parse_visible_date`.
        texts: how many texts below the headline are searched.
    """
    headline = _find_headline(declared)
    if headline is not None:
        below = islice(chain(islice(find_texts_in(headline), 1, None), find_texts_below(headline)), texts)
        dates = [*_find_candidates(below, language), *_find_above(headline, language)]
        if dates:
            return dates
    opening = _find_opening_paragraph(declared.page)
    return _find_above(opening, language) if opening is not None else []


def _find_above(element: html.HtmlElement, language: str | None) -> list[DateCandidate]:
    """Return the dates in the short texts above an element, with their distance from it."""
    above = list(find_texts_above(element))
    dates = _find_candidates(reversed(above), language)
    return [date._replace(distance=len(above) - date.distance) for date in dates]


def _find_headline(declared: DeclaredMetadata) -> html.HtmlElement | None:
    """Return the element that shows the headline.

    It is a heading that the page title contains, an ``h1`` before a lower one; else the first ``h1``; else None.
    """
    title = fold_text(declared.title)
    for heading in chain(declared.headings, declared.subheadings):
        text = fold_text(heading.text)
        # Short headings such as "News" occur in many titles by chance, and long headlines are cut in titles.
        if len(text) > 8 and text[:60] in title:
            return heading.element
    return declared.headings[0].element if declared.headings else None


def _find_opening_paragraph(page: html.HtmlElement) -> html.HtmlElement | None:
    """Return the first long paragraph of a page; None if there is none."""
    return next((element for element in page.iter("p") if len(extract_text(element)) > MIN_OPENING_CHARACTERS), None)


def _find_candidates(texts: Iterable[str], language: str | None) -> Iterator[DateCandidate]:
    """Yield the dates in short texts and in the datelines of longer ones, each with its label.

    A label may precede the date in its own text, or be the whole text before it. Distances count from the first text.
    """
    before = ""
    for distance, text in enumerate(texts):
        is_short = len(text) <= MAX_SHORT_TEXT_CHARACTERS
        dates = list(find_dates(text, language) if is_short else _find_dateline_date(text, language))
        end = 0
        for date in dates:
            label_text = text[max(end, date.start - LABEL_CHARACTERS) : date.start]
            label = _find_label(label_text if label_text.strip() else before)
            role = classify_date(text, dates, date) if is_short else DateRole.UNCLEAR
            end = date.end
            if role is not DateRole.MENTION or (label and is_own_label(text, date)):
                timestamp = date.timestamp._replace(source="visible-date")
                yield DateCandidate(timestamp, label, distance, role is DateRole.STAMP)
        before = text if not dates and len(text) <= LABEL_CHARACTERS else ""


def _find_dateline_date(text: str, language: str | None) -> Iterator[VisibleDate]:
    """Yield the date in a paragraph's dateline: "Mombasa, 12 October 2024 – The river rose"."""
    for date in islice(find_dates(text[:DATELINE_CHARACTERS], language), 1):
        if not _SENTENCE_BEFORE_DATE.search(text[: date.start]) and _DATELINE_END.match(text, date.end):
            yield date


def _find_label(text: str) -> str:
    """Return the label nearest to the end of a text: ``"published"``, ``"updated"``, or empty for none."""
    last = ""
    for match in _LABEL.finditer(text):
        last = match.lastgroup or ""
    return last


def find_nearest(dates: Iterable[DateCandidate], *labels: str) -> DateCandidate | None:
    """Return the date nearest to the headline among those with one of the given labels; None if there is none.

    Args:
        dates: the dates found near the headline.
        labels: ``"published"``, ``"updated"``, or ``""`` for dates without a label.
    """
    return min((date for date in dates if date.label in labels), key=lambda date: date.distance, default=None)


def find_in_elements(declared: DeclaredMetadata, language: str | None) -> Timestamp | None:
    """Return the first date in ``time`` elements, then in elements whose class marks a date.

    Elements with the same tag and class count as a group. A group that shows several days lists other articles, and one
    that begins with an update is not the publication; both are skipped. Returns None if no group is left.
    """
    groups: dict[tuple[str, str], list[DateCandidate]] = {}
    frame = find_frame(declared)
    in_article = (
        islice(filterfalse(partial(_is_of_others, frame=frame), elements), MAX_STATEMENTS)
        for elements in (declared.times, declared.dates)
    )
    for element in chain.from_iterable(in_article):
        for date in islice(
            _find_candidates(
                [get_machine_readable_time(element) or extract_text(element)[:MAX_SHORT_TEXT_CHARACTERS]], language
            ),
            1,
        ):
            groups.setdefault((element.tag, element.get("class", "")), []).append(date)
    for group in groups.values():
        if len({date.timestamp.time.date() for date in group}) < MIN_LISTED_DATES and group[0].label != "updated":
            return group[0].timestamp
    return None


def find_frame(declared: DeclaredMetadata) -> set[html.HtmlElement]:
    """Return the elements around the headline; empty on a page without one."""
    headline = _find_headline(declared)
    return set(headline.iterancestors()) if headline is not None else set()


def _is_of_others(element: html.HtmlElement, frame: set[html.HtmlElement]) -> bool:
    """Return whether an element that shows a date belongs to the site or to other articles."""
    return is_outside_article(element) or is_in_other_content(element, frame) or is_in_card(element, frame)


def find_in_title(title: str, language: str | None) -> Timestamp | None:
    """Return the date at the beginning or the end of the page title, or of a part of it; None if there is none.

    A date in the middle belongs to the headline: it is one that the story is about.
    """
    for part in re.split(r"\s[|–—•·-]+\s", title):
        for date in find_dates(part, language):
            # A time of day may follow the date: " 10:15" has six characters.
            if date.start == 0 or date.end >= len(part) - 6:
                return date.timestamp._replace(source="title")
    return None


def find_labelled(declared: DeclaredMetadata, language: str | None) -> tuple[Timestamp | None, Timestamp | None]:
    """Return the first dates on the page that are labelled as publication and as last change, each None if absent.

    This searches the whole page, so only dates directly after a word such as "Published" or "Updated" count.
    """
    dates = list(_find_candidates(find_texts_matching(MAYBE_DATE, declared.page), language))
    published, changed = (
        next((date.timestamp for date in dates if date.label == label), None) for label in ("published", "updated")
    )
    return published, changed
