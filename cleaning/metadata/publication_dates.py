"""When a page was published and last changed: what it states for machines, else what it shows near its headline."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, islice
from typing import Any, NamedTuple

from lxml import html

from cleaning.metadata.date_parsing import Stamp, date_in_path, find_dates, read_stamp
from cleaning.metadata.declared import Statements, meta_source, text_of
from cleaning.metadata.headline_context import is_elsewhere, stated_time
from cleaning.metadata.jsonld import first_text
from cleaning.metadata.visible_dates import (
    LABEL,
    LISTED,
    MOST,
    Dated,
    find_in_elements,
    find_in_title,
    find_labelled,
    find_near_headline,
    find_nearest,
)
from cleaning.resources import load_toml

NEXT = 2
"""Texts between the headline and a date that belongs to it beyond doubt."""
FEW, MANY = 8, 28
"""Texts below the headline among which its date is looked for, where machines are told one and where not."""

_KNOWLEDGE = load_toml("dates")
_PUBLISHED_NAME, _OTHER_NAME = re.compile(_KNOWLEDGE["published_name"]), re.compile(_KNOWLEDGE["other_name"])


class Dates(NamedTuple):
    """First publication and last change, where the page tells them."""

    published: Stamp | None
    modified: Stamp | None


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
    near = find_near_headline(seen, language, FEW if stated else MANY)
    in_path = date_in_path(url)
    shown = _publication_among(near, changed if stated else None, in_path)
    if stated and (shown is None or not _is_preferred(shown, stated, near, in_path)):
        published: Stamp | None = _finer(stated, [one.stamp for one in near])
    elif shown:
        published = _finer(shown.stamp, [created] if created else [])
    else:
        published = in_path or created or _elsewhere(seen, language)
    update = find_nearest(near, "updated")
    changed = changed or (update and update.stamp)
    if published is None:
        published, labelled_change = find_labelled(seen, language)
        changed = changed or labelled_change
        shown_change = (update and update.stamp) or labelled_change
        published = published or (shown_change and shown_change._replace(source="visible-update"))
    return Dates(published, changed)


def _publication_among(near: list[Dated], changed: Stamp | None, in_path: Stamp | None) -> Dated | None:
    """The date near the headline that is the publication: not marked as an update, nor of the day of the last change,
    where one is known. The address tells the order of its day and month."""
    shown = find_nearest(near, "published", "")
    if shown and changed and shown.label != "published" and _same_day(shown.stamp, changed):
        shown = find_nearest([one for one in near if not _same_day(one.stamp, changed)], "published", "")
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
    return _best(_marked(seen), language) or find_in_elements(seen, language) or find_in_title(seen.title, language)


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


def _is_update(element: html.HtmlElement) -> bool:
    classes = _classes(element)
    is_publication = "published" in classes or "published" in element.get("itemprop", "").casefold()
    return bool(classes & {"updated", "modified"}) and not is_publication


def _classes(element: html.HtmlElement) -> set[str]:
    return set(element.get("class", "").split())
