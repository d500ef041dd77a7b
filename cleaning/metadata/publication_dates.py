"""When a page was published and last changed: what it states for machines, else what it shows near its headline."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, islice
from typing import Any, NamedTuple

from lxml import html

from cleaning.metadata.date_parsing import Timestamp, find_date_in_url, find_dates, parse_timestamp
from cleaning.metadata.declared import DeclaredMetadata, classify_meta_name, extract_text
from cleaning.metadata.headline_context import get_machine_readable_time, is_outside_article
from cleaning.metadata.jsonld import find_first_text
from cleaning.metadata.visible_dates import (
    LABEL_CHARACTERS,
    MAX_STATEMENTS,
    MIN_LISTED_DATES,
    DateCandidate,
    find_in_elements,
    find_in_title,
    find_labelled,
    find_near_headline,
    find_nearest,
)
from cleaning.resources import load_toml

MAX_ADJACENT_TEXTS = 2
"""Texts between the headline and a date that belongs to it beyond doubt."""
MAX_TEXTS_IF_DECLARED, MAX_TEXTS_IF_UNDECLARED = 8, 28
"""Texts below the headline among which its date is looked for, where machines are told one and where not."""

_KNOWLEDGE = load_toml("dates")
_PUBLISHED_NAME, _OTHER_NAME = re.compile(_KNOWLEDGE["published_name"]), re.compile(_KNOWLEDGE["other_name"])


class ArticleDates(NamedTuple):
    """First publication and last change, where the page tells them."""

    published: Timestamp | None
    modified: Timestamp | None


def read_dates(
    declared: DeclaredMetadata, posting: Mapping[str, Any], language: str | None = None, url: str | None = None
) -> ArticleDates:
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
    changed = _choose_timestamp(_iter_declared_change(declared, posting), language)
    stated = _choose_timestamp(_iter_declared_publication(declared, posting), language)
    created = _choose_timestamp(_iter_declared_creation(declared, posting), language)
    near = find_near_headline(declared, language, MAX_TEXTS_IF_DECLARED if stated else MAX_TEXTS_IF_UNDECLARED)
    in_path = find_date_in_url(url)
    shown = _choose_publication(near, changed if stated else None, in_path)
    if stated and (shown is None or not _is_visible_preferred(shown, stated, near, in_path)):
        published: Timestamp | None = _choose_finer_timestamp(stated, [one.stamp for one in near])
    elif shown:
        published = _choose_finer_timestamp(shown.stamp, [created] if created else [])
    else:
        published = in_path or created or _find_elsewhere(declared, language)
    update = find_nearest(near, "updated")
    changed = changed or (update and update.stamp)
    if published is None:
        published, labelled_change = find_labelled(declared, language)
        changed = changed or labelled_change
        shown_change = (update and update.stamp) or labelled_change
        published = published or (shown_change and shown_change._replace(source="visible-update"))
    return ArticleDates(published, changed)


def _choose_publication(
    near: list[DateCandidate], changed: Timestamp | None, in_path: Timestamp | None
) -> DateCandidate | None:
    """The date near the headline that is the publication: not marked as an update, nor of the day of the last change,
    where one is known. The address tells the order of its day and month."""
    shown = find_nearest(near, "published", "")
    if shown and changed and shown.label != "published" and _is_same_day(shown.stamp, changed):
        shown = find_nearest([one for one in near if not _is_same_day(one.stamp, changed)], "published", "")
    if shown and in_path and _is_same_day(shown.stamp, in_path):
        day = in_path.time
        time = shown.stamp.time.replace(month=day.month, day=day.day)
        return shown._replace(stamp=shown.stamp._replace(time=time))
    return shown


def _is_visible_preferred(
    shown: DateCandidate, stated: Timestamp, near: list[DateCandidate], in_path: Timestamp | None
) -> bool:
    """Whether the date that readers see counts more than the one for machines, which differs from it.

    Templates put the day of the export or of the last change into ``datePublished``, or the day in UTC. Of the labelled
    pages on which the two differ, and the shown day is not that of the last change, readers were right on 13, machines
    on 5.
    """
    if any(_is_same_day(one.stamp, stated) for one in near if one.label != "updated"):
        return False
    if in_path and in_path.time.date() in (stated.time.date(), shown.stamp.time.date()):
        return in_path.time.date() == shown.stamp.time.date()
    return shown.distance <= MAX_ADJACENT_TEXTS or shown.label == "published"


def _is_same_day(one: Timestamp, other: Timestamp) -> bool:
    """Whether two times are of one day, in whatever order one of them was written."""
    ours, theirs = one.time.date(), other.time.date()
    return ours == theirs or (ours.year, ours.month, ours.day) == (theirs.year, theirs.day, theirs.month)


def _find_elsewhere(declared: DeclaredMetadata, language: str | None) -> Timestamp | None:
    """A date that stands farther from the headline."""
    return (
        _choose_timestamp(_iter_marked_times(declared), language)
        or find_in_elements(declared, language)
        or find_in_title(declared.title, language)
    )


def _iter_declared_publication(
    declared: DeclaredMetadata, posting: Mapping[str, Any]
) -> Iterator[tuple[str | None, str]]:
    """What the page states for machines, with the kind of statement, the more reliable first."""
    yield find_first_text(posting.get("datePublished")), "json-ld"
    yield from _iter_metas(declared, chain(_KNOWLEDGE["published_metas"], filter(_is_publication_name, declared.metas)))
    yield from _iter_properties(declared, "datepublished")


def _iter_declared_creation(declared: DeclaredMetadata, posting: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    yield from _iter_metas(declared, _KNOWLEDGE["dated_metas"])
    yield find_first_text(posting.get("dateCreated")), "json-ld"
    yield from _iter_properties(declared, "datecreated")


def _iter_declared_change(declared: DeclaredMetadata, posting: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    yield find_first_text(posting.get("dateModified")), "json-ld"
    yield from _iter_properties(declared, "datemodified")
    yield from _iter_metas(declared, _KNOWLEDGE["modified_metas"])
    for element in declared.times:
        if _is_update(element) and not is_outside_article(element):
            yield element.get("datetime"), "time-element"


def _iter_metas(declared: DeclaredMetadata, names: Iterable[str]) -> Iterator[tuple[str | None, str]]:
    for name in names:
        for value in declared.metas.get(name, ()):
            yield value, classify_meta_name(name)


def _iter_properties(declared: DeclaredMetadata, name: str) -> Iterator[tuple[str | None, str]]:
    """The values of a microdata property, unless they are those of several articles."""
    elements = declared.properties.get(name, ())
    if len(elements) < MIN_LISTED_DATES:
        for element in elements:
            yield (
                element.get("datetime") or element.get("content") or element.get("title") or extract_text(element),
                "microdata",
            )


def _iter_marked_times(declared: DeclaredMetadata) -> Iterator[tuple[str | None, str]]:
    """``time`` elements that are marked as the publication, wherever they stand."""
    for element in declared.times:
        is_marked = "pubdate" in element.attrib or _get_classes(element) & {"published", "entry-date"}
        if is_marked and not is_outside_article(element):
            yield get_machine_readable_time(element) or extract_text(element), "time-element"


@lru_cache(maxsize=2000)
def _is_publication_name(name: str) -> bool:
    return bool(_PUBLISHED_NAME.search(name)) and not _OTHER_NAME.search(name)


def _choose_timestamp(statements: Iterable[tuple[str | None, str]], language: str | None) -> Timestamp | None:
    """The first time that can be read; a later one of the same day that is known more exactly wins."""
    read = (_parse_statement(text, source, language) for text, source in islice(statements, MAX_STATEMENTS))
    stamps = [stamp for stamp in read if stamp]
    days = [stamp for stamp in stamps if stamp.precision not in ("year", "month")]
    return _choose_finer_timestamp(days[0], days) if days else next(iter(stamps), None)


def _parse_statement(text: str | None, source: str, language: str | None) -> Timestamp | None:
    if not text:
        return None
    stamp = parse_timestamp(text) or next(
        (found.stamp for found in find_dates(text[:LABEL_CHARACTERS], language or "en")), None
    )
    return stamp and stamp._replace(source=source)


def _choose_finer_timestamp(stamp: Timestamp, others: Iterable[Timestamp]) -> Timestamp:
    """The same day as known more exactly to another statement: with its time, or with the zone of its time."""
    for other in others:
        is_finer = stamp.precision == "day" or (stamp.time.tzinfo is None and other.time.tzinfo is not None)
        if is_finer and other.precision != "day" and other.time.date() == stamp.time.date():
            return other
    return stamp


def _is_update(element: html.HtmlElement) -> bool:
    classes = _get_classes(element)
    is_publication = "published" in classes or "published" in element.get("itemprop", "").casefold()
    return bool(classes & {"updated", "modified"}) and not is_publication


def _get_classes(element: html.HtmlElement) -> set[str]:
    return set(element.get("class", "").split())
