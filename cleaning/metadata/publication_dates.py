"""Decide when an article was published and last changed, from declared metadata, visible dates and the URL.

Declared dates are usually right and exact, but templates also put export times and last changes into them, so a visible
date near the headline can overrule them (:func:`_is_visible_preferred`). The other places are tried only if neither has
a date.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta, timezone
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
    find_date_order,
    find_in_elements,
    find_in_title,
    find_labelled,
    find_near_headline,
    find_nearest,
)
from cleaning.resources import load_toml

MAX_ADJACENT_TEXTS = 2
"""Texts between the headline and a date that is beyond doubt its own."""
MAX_TEXTS_IF_DECLARED, MAX_TEXTS_IF_UNDECLARED = 8, 28
"""Texts below the headline that are searched for its date, if the page declares one and if it does not."""
MIN_ZONE_OFFSET, MAX_ZONE_OFFSET, ZONE_STEP = timedelta(hours=-11), timedelta(hours=14), timedelta(minutes=30)
"""Offsets of the zones farthest from UTC, and the step between zones; the few quarter hours are left out."""

_KNOWLEDGE = load_toml("dates")
_PUBLISHED_NAME, _OTHER_NAME = re.compile(_KNOWLEDGE["published_name"]), re.compile(_KNOWLEDGE["other_name"])


class ArticleDates(NamedTuple):
    """When an article was first published and last changed; None for each that the page does not state."""

    published: Timestamp | None
    modified: Timestamp | None


def read_dates(
    declared: DeclaredMetadata, jsonld_article: Mapping[str, Any], language: str | None = None, url: str | None = None
) -> ArticleDates:
    """Return when the page's article was published and last changed.

    Args:
        declared: the page's declared metadata.
        jsonld_article: its article in JSON-LD; empty if it has none.
        language: the page's declared language, which decides how visible dates are read.
        url: the page's URL. The day in its path counts if the page neither declares a publication nor shows a date near
            its headline.

    Returns:
        Publication and last change. If the page shows only when it was updated, that is the publication too, with
        the source ``"visible-update"``.
    """
    language = find_date_order(declared, language, url)
    changed = _choose_timestamp(_iter_declared_change(declared, jsonld_article), language)
    declared_time = _choose_timestamp(_iter_declared_publication(declared, jsonld_article), language)
    created = _choose_timestamp(_iter_declared_creation(declared, jsonld_article), language)
    near = find_near_headline(declared, language, MAX_TEXTS_IF_DECLARED if declared_time else MAX_TEXTS_IF_UNDECLARED)
    in_url = find_date_in_url(url)
    if declared_time:
        declared_time = _restore_zone(declared_time, [date.timestamp for date in near if date.label != "updated"])
    shown = _choose_publication(near, changed if declared_time else None, in_url)
    if declared_time and (shown is None or not _is_visible_preferred(shown, declared_time, near, in_url)):
        published: Timestamp | None = _choose_finer_timestamp(declared_time, [date.timestamp for date in near])
    elif shown:
        published = _choose_finer_timestamp(shown.timestamp, [created] if created else [])
    else:
        published = in_url or created or _find_elsewhere(declared, language)
    update = find_nearest(near, "updated")
    changed = changed or (update and update.timestamp)
    if published is None:
        # Last resort, since it walks over the whole page once more.
        published, labelled_change = find_labelled(declared, language)
        changed = changed or labelled_change
        shown_change = (update and update.timestamp) or labelled_change
        published = published or (shown_change and shown_change._replace(source="visible-update"))
    return ArticleDates(published, changed)


def _restore_zone(declared: Timestamp, shown: Iterable[Timestamp]) -> Timestamp:
    """Return a time in UTC as the same instant in the zone of the page, if the page shows its local time too.

    Readers see "7 November, 00:30" where the data have 6 November, 23:30 UTC.
    """
    if declared.time.utcoffset() != timedelta() or declared.precision not in ("minute", "second"):
        return declared
    utc = declared.time.replace(second=0, microsecond=0, tzinfo=None)
    for other in shown:
        if other.precision == "minute" and other.time.tzinfo is None:
            offset = other.time - utc
            # Zones differ by half hours; any other difference is between two events.
            if MIN_ZONE_OFFSET <= offset <= MAX_ZONE_OFFSET and not offset % ZONE_STEP:
                return declared._replace(time=declared.time.astimezone(timezone(offset)))
    return declared


def _choose_publication(
    near: list[DateCandidate], changed: Timestamp | None, in_url: Timestamp | None
) -> DateCandidate | None:
    """Choose the publication among the dates near the headline; None if there is none.

    Dates labelled as updates do not count. If the nearest date is of the day of the last change, and not labelled as
    the publication, the nearest one of another day counts. If the date in the URL is the same with day and month
    swapped, the order in the URL is right.
    """
    shown = find_nearest(near, "published", "")
    if shown and changed and shown.label != "published" and _is_same_day(shown.timestamp, changed):
        shown = find_nearest([date for date in near if not _is_same_day(date.timestamp, changed)], "published", "")
    if shown and in_url and _is_same_day(shown.timestamp, in_url):
        day = in_url.time
        time = shown.timestamp.time.replace(month=day.month, day=day.day)
        return shown._replace(timestamp=shown.timestamp._replace(time=time))
    return shown


def _is_visible_preferred(
    shown: DateCandidate, declared_time: Timestamp, near: list[DateCandidate], in_url: Timestamp | None
) -> bool:
    """Return whether a visible date overrules the declared one, which differs from it.

    Templates put the day of the export or of the last change into ``datePublished``, or the day in UTC. On the labelled
    pages where the two differ, and the visible day is not that of the last change, the visible date was right on 13
    pages and the declared one on 5.
    """
    # One of the visible dates confirms the declared one.
    if any(_is_same_day(date.timestamp, declared_time) for date in near if date.label != "updated"):
        return False
    # The URL is a third witness: it decides between the two.
    if in_url and in_url.time.date() in (declared_time.time.date(), shown.timestamp.time.date()):
        return in_url.time.date() == shown.timestamp.time.date()
    if not shown.is_stamp or _is_instant_near(declared_time, shown.timestamp):
        return False
    return shown.distance <= MAX_ADJACENT_TEXTS or shown.label == "published"


def _is_instant_near(declared: Timestamp, shown: Timestamp) -> bool:
    """Return whether a declared time with a zone is within a day of a date shown without one.

    Such a time is exact, and the day that is shown is another one only in another zone, or in the printed edition.
    """
    is_instant = declared.time.tzinfo is not None and declared.precision in ("minute", "second")
    days = abs((declared.time.date() - shown.time.date()).days)
    return is_instant and shown.precision == "day" and days <= 1


def _is_same_day(one: Timestamp, other: Timestamp) -> bool:
    """Return whether two times are on the same day, also if day and month are swapped in one of them."""
    day, other_day = one.time.date(), other.time.date()
    return day == other_day or (day.year, day.month, day.day) == (other_day.year, other_day.day, other_day.month)


def _find_elsewhere(declared: DeclaredMetadata, language: str | None) -> Timestamp | None:
    """Find a date farther from the headline: in marked ``time`` elements, in other elements, in the title."""
    return (
        _choose_timestamp(_iter_marked_times(declared), language)
        or find_in_elements(declared, language)
        or find_in_title(declared.title, language)
    )


def _iter_declared_publication(
    declared: DeclaredMetadata, jsonld_article: Mapping[str, Any]
) -> Iterator[tuple[str | None, str]]:
    """Yield the declared times of publication, the most reliable first.

    Each is a text with the kind of statement that it comes from, such as ``"json-ld"``.
    """
    yield _read_json_time(jsonld_article.get("datePublished")), "json-ld"
    yield from _iter_metas(declared, chain(_KNOWLEDGE["published_metas"], filter(_is_publication_name, declared.metas)))
    yield from _iter_properties(declared, "datepublished")


def _iter_declared_creation(
    declared: DeclaredMetadata, jsonld_article: Mapping[str, Any]
) -> Iterator[tuple[str | None, str]]:
    """Yield the declared times of creation; some sites put the last change there, so a visible date counts more."""
    yield from _iter_metas(declared, _KNOWLEDGE["dated_metas"])
    yield _read_json_time(jsonld_article.get("dateCreated")), "json-ld"
    yield from _iter_properties(declared, "datecreated")


def _iter_declared_change(
    declared: DeclaredMetadata, jsonld_article: Mapping[str, Any]
) -> Iterator[tuple[str | None, str]]:
    """Yield the declared times of the last change, the most reliable first."""
    yield _read_json_time(jsonld_article.get("dateModified")), "json-ld"
    yield from _iter_properties(declared, "datemodified")
    yield from _iter_metas(declared, _KNOWLEDGE["modified_metas"])
    for element in declared.times:
        if _is_update(element) and not is_outside_article(element):
            yield element.get("datetime"), "time-element"


def _read_json_time(value: Any) -> str | None:
    """Return a time in JSON-LD as text; a number is seconds or milliseconds since 1970."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else find_first_text(value)


def _iter_metas(declared: DeclaredMetadata, names: Iterable[str]) -> Iterator[tuple[str | None, str]]:
    """Yield the values of some ``meta`` elements, each with its kind of statement."""
    for name in names:
        for value in declared.metas.get(name, ()):
            yield value, classify_meta_name(name)


def _iter_properties(declared: DeclaredMetadata, name: str) -> Iterator[tuple[str | None, str]]:
    """Yield the values of a microdata property; none if there are so many that they are of several articles."""
    elements = declared.properties.get(name, ())
    # Teasers of other articles carry the same property.
    if len(elements) < MIN_LISTED_DATES:
        for element in elements:
            yield (
                element.get("datetime") or element.get("content") or element.get("title") or extract_text(element),
                "microdata",
            )


def _iter_marked_times(declared: DeclaredMetadata) -> Iterator[tuple[str | None, str]]:
    """Yield the times in ``time`` elements that are marked as the publication, anywhere in the article."""
    for element in declared.times:
        is_marked = "pubdate" in element.attrib or _get_classes(element) & {"published", "entry-date"}
        if is_marked and not is_outside_article(element):
            yield get_machine_readable_time(element) or extract_text(element), "time-element"


@lru_cache(maxsize=2000)
def _is_publication_name(name: str) -> bool:
    """Return whether the name of a ``meta`` element reads as a time of publication: "pub-date", "releaseDate"."""
    return bool(_PUBLISHED_NAME.search(name)) and not _OTHER_NAME.search(name)


def _choose_timestamp(statements: Iterable[tuple[str | None, str]], language: str | None) -> Timestamp | None:
    """Return the first time that can be parsed, or a more exact one of the same day among the others.

    A day takes precedence over a month or a year.
    """
    parsed = (_parse_statement(text, source, language) for text, source in islice(statements, MAX_STATEMENTS))
    timestamps = [timestamp for timestamp in parsed if timestamp]
    days = [timestamp for timestamp in timestamps if timestamp.precision not in ("year", "month")]
    return _choose_finer_timestamp(days[0], days) if days else next(iter(timestamps), None)


def _parse_statement(text: str | None, source: str, language: str | None) -> Timestamp | None:
    """Parse a declared time, also if it is written for people; None if it is no time."""
    if not text:
        return None
    timestamp = parse_timestamp(text)
    if timestamp is None or (timestamp.precision == "day" and len(text) > len("2024-10-12")):
        # Written for people, at least its time of day.
        written = next((date.timestamp for date in find_dates(text[:LABEL_CHARACTERS], language or "en")), None)
        timestamp = written or timestamp
    return timestamp and timestamp._replace(source=source)


def _choose_finer_timestamp(timestamp: Timestamp, others: Iterable[Timestamp]) -> Timestamp:
    """Return the same day with its time, or with the time zone, if another statement has it."""
    for other in others:
        is_finer = timestamp.precision == "day" or (timestamp.time.tzinfo is None and other.time.tzinfo is not None)
        if is_finer and other.precision != "day" and other.time.date() == timestamp.time.date():
            return other
    return timestamp


def _is_update(element: html.HtmlElement) -> bool:
    """Return whether the class of a ``time`` element marks it as the last change."""
    classes = _get_classes(element)
    is_publication = "published" in classes or "published" in element.get("itemprop", "").casefold()
    return bool(classes & {"updated", "modified"}) and not is_publication


def _get_classes(element: html.HtmlElement) -> set[str]:
    """Return the classes of an element."""
    return set(element.get("class", "").split())
