"""When a page was published and last changed: what it states for machines, else what it shows near its headline."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, filterfalse, islice
from typing import Any, NamedTuple

from lxml import html

from cleaning.lines.normalization import folded
from cleaning.metadata.date_parsing import MAYBE_DATE, Shown, Stamp, date_in_path, find_dates, read_stamp
from cleaning.metadata.declared import Statements, meta_source, text_of
from cleaning.metadata.headline_context import (
    LONG,
    is_elsewhere,
    stated_time,
    texts_above,
    texts_below,
    texts_in,
    texts_with,
)
from cleaning.metadata.jsonld import first_text
from cleaning.resources import load_toml

LABEL = 40
"""Characters before a date in which a word says what date it is."""
DATELINE = 70
"""Characters of a paragraph that its dateline may take."""
LISTED = 3
"""As many elements of one class that show different days are a list of other articles."""
NEXT = 2
"""Texts between the headline and a date that belongs to it beyond doubt."""
FEW, MANY = 8, 28
"""Texts below the headline among which its date is looked for, where machines are told one and where not."""
MOST = 60
"""Statements of one kind that are read."""
OPENING = 200
"""Characters from which on a paragraph opens the article of a page without a headline."""

_KNOWLEDGE = load_toml("dates")
_PUBLISHED_NAME, _OTHER_NAME = re.compile(_KNOWLEDGE["published_name"]), re.compile(_KNOWLEDGE["other_name"])
# Each label in a group of its own: the last one before a date says what it is.
_LABEL = re.compile(rf"\b(?:(?P<updated>{_KNOWLEDGE['updated']})|(?P<published>{_KNOWLEDGE['published']}))", re.I)
_SENTENCE = re.compile(r"\s[^\W\d_]\w*\s[^\W\d_]\w*\s[^\W\d_]\w*\s[^\W\d_]|[.:;!?]\s")
_DASH = re.compile(r"\s?(?:[-–—:|)(„“»]|//|\.\s)")


class Dates(NamedTuple):
    """First publication and last change, where the page tells them."""

    published: Stamp | None
    modified: Stamp | None


class Dated(NamedTuple):
    """A date that the page shows."""

    stamp: Stamp
    label: str
    """``"published"`` or ``"updated"`` where a word before it says so, else empty."""
    distance: int
    """Texts between it and the headline."""


def read_dates(
    seen: Statements, posting: Mapping[str, Any], language: str | None = None, url: str | None = None
) -> Dates:
    """When the page was published and last changed.

    Args:
        seen: what the page states.
        posting: its article in JSON-LD; empty where it has none.
        language: the page's own statement, which decides how a visible date is read.
        url: the page's address, whose day counts where the page shows none near its headline.

    Returns:
        Publication and change. A page that shows its readers only when it was updated is dated by that; the source of
        its publication is then ``"visible-update"``.
    """
    changed = _best(_stated_change(seen, posting), language)
    stated = _best(_stated_publication(seen, posting), language)
    created = _best(_stated_creation(seen, posting), language)
    near = _near_headline(seen, language, FEW if stated else MANY)
    in_path = date_in_path(url)
    shown = _publication_among(near, changed if stated else None, in_path)
    if stated and (shown is None or not _is_preferred(shown, stated, near, in_path)):
        published: Stamp | None = _finer(stated, [one.stamp for one in near])
    elif shown:
        published = _finer(shown.stamp, [created] if created else [])
    else:
        published = in_path or created or _elsewhere(seen, language)
    update = _nearest(near, "updated")
    changed = changed or (update and update.stamp)
    if published is None:
        published, labelled_change = _labelled(seen, language)
        changed = changed or labelled_change
        shown_change = (update and update.stamp) or labelled_change
        published = published or (shown_change and shown_change._replace(source="visible-update"))
    return Dates(published, changed)


def _publication_among(near: list[Dated], changed: Stamp | None, in_path: Stamp | None) -> Dated | None:
    """The date near the headline that is the publication: not marked as an update, nor of the day of the last change,
    where one is known. The address tells the order of its day and month."""
    shown = _nearest(near, "published", "")
    if shown and changed and shown.label != "published" and _same_day(shown.stamp, changed):
        shown = _nearest([one for one in near if not _same_day(one.stamp, changed)], "published", "")
    if shown and in_path and _same_day(shown.stamp, in_path):
        day = in_path.time
        time = shown.stamp.time.replace(month=day.month, day=day.day)
        return shown._replace(stamp=shown.stamp._replace(time=time))
    return shown


def _is_preferred(shown: Dated, stated: Stamp, near: list[Dated], in_path: Stamp | None) -> bool:
    """Whether the date that readers see counts more than the one for machines, which differs from it.

    Templates put the day of the export or of the last change into ``datePublished``, or the day in UTC. Of the labelled
    pages on which the two differ, and the shown day is not that of the last change, readers were right on 13, machines
    on 5.
    """
    if any(_same_day(one.stamp, stated) for one in near if one.label != "updated"):
        return False
    if in_path and in_path.time.date() in (stated.time.date(), shown.stamp.time.date()):
        return in_path.time.date() == shown.stamp.time.date()
    return shown.distance <= NEXT or shown.label == "published"


def _same_day(one: Stamp, other: Stamp) -> bool:
    """Whether two times are of one day, in whatever order one of them was written."""
    ours, theirs = one.time.date(), other.time.date()
    return ours == theirs or (ours.year, ours.month, ours.day) == (theirs.year, theirs.day, theirs.month)


def _elsewhere(seen: Statements, language: str | None) -> Stamp | None:
    """A date that stands farther from the headline."""
    return _best(_marked(seen), language) or _listed(seen, language) or _in_title(seen.title, language)


def _stated_publication(seen: Statements, posting: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    """What the page states for machines, with the kind of statement, the more reliable first."""
    yield first_text(posting.get("datePublished")), "json-ld"
    yield from _metas(seen, chain(_KNOWLEDGE["published_metas"], filter(_names_publication, seen.metas)))
    yield from _properties(seen, "datepublished")


def _stated_creation(seen: Statements, posting: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    yield from _metas(seen, _KNOWLEDGE["dated_metas"])
    yield first_text(posting.get("dateCreated")), "json-ld"
    yield from _properties(seen, "datecreated")


def _stated_change(seen: Statements, posting: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    yield first_text(posting.get("dateModified")), "json-ld"
    yield from _properties(seen, "datemodified")
    yield from _metas(seen, _KNOWLEDGE["modified_metas"])
    for element in seen.times:
        if _is_update(element) and not is_elsewhere(element):
            yield element.get("datetime"), "time-element"


def _metas(seen: Statements, names: Iterable[str]) -> Iterator[tuple[str | None, str]]:
    for name in names:
        for value in seen.metas.get(name, ()):
            yield value, meta_source(name)


def _properties(seen: Statements, name: str) -> Iterator[tuple[str | None, str]]:
    """The values of a microdata property, unless they are those of several articles."""
    elements = seen.properties.get(name, ())
    if len(elements) < LISTED:
        for element in elements:
            yield (
                element.get("datetime") or element.get("content") or element.get("title") or text_of(element),
                "microdata",
            )


def _marked(seen: Statements) -> Iterator[tuple[str | None, str]]:
    """``time`` elements that are marked as the publication, wherever they stand."""
    for element in seen.times:
        is_marked = "pubdate" in element.attrib or _classes(element) & {"published", "entry-date"}
        if is_marked and not is_elsewhere(element):
            yield stated_time(element) or text_of(element), "time-element"


@lru_cache(maxsize=2000)
def _names_publication(name: str) -> bool:
    return bool(_PUBLISHED_NAME.search(name)) and not _OTHER_NAME.search(name)


def _best(statements: Iterable[tuple[str | None, str]], language: str | None) -> Stamp | None:
    """The first time that can be read; a later one of the same day that is known more exactly wins."""
    read = (_read(text, source, language) for text, source in islice(statements, MOST))
    stamps = [stamp for stamp in read if stamp]
    days = [stamp for stamp in stamps if stamp.precision not in ("year", "month")]
    return _finer(days[0], days) if days else next(iter(stamps), None)


def _read(text: str | None, source: str, language: str | None) -> Stamp | None:
    if not text:
        return None
    stamp = read_stamp(text) or next((found.stamp for found in find_dates(text[:LABEL], language or "en")), None)
    return stamp and stamp._replace(source=source)


def _finer(stamp: Stamp, others: Iterable[Stamp]) -> Stamp:
    """The same day as known more exactly to another statement: with its time, or with the zone of its time."""
    for other in others:
        is_finer = stamp.precision == "day" or (stamp.time.tzinfo is None and other.time.tzinfo is not None)
        if is_finer and other.precision != "day" and other.time.date() == stamp.time.date():
            return other
    return stamp


def _near_headline(seen: Statements, language: str | None, texts: int) -> list[Dated]:
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


def _nearest(dates: Iterable[Dated], *labels: str) -> Dated | None:
    return min((one for one in dates if one.label in labels), key=lambda one: one.distance, default=None)


def _listed(seen: Statements, language: str | None) -> Stamp | None:
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


def _in_title(title: str, language: str | None) -> Stamp | None:
    """The date that a page title opens or ends with."""
    for part in re.split(r"\s[|–—•·-]+\s", title):
        for found in find_dates(part, language):
            if found.start == 0 or found.end >= len(part) - 6:
                return found.stamp._replace(source="title")
    return None


def _labelled(seen: Statements, language: str | None) -> Dates:
    """The first dates, wherever they stand, that a word before them makes the publication and the last change."""
    dates = list(_dated(texts_with(MAYBE_DATE, seen.page), language))
    published, changed = (
        next((one.stamp for one in dates if one.label == label), None) for label in ("published", "updated")
    )
    return Dates(published, changed)


def _is_update(element: html.HtmlElement) -> bool:
    classes = _classes(element)
    is_publication = "published" in classes or "published" in element.get("itemprop", "").casefold()
    return bool(classes & {"updated", "modified"}) and not is_publication


def _classes(element: html.HtmlElement) -> set[str]:
    return set(element.get("class", "").split())
