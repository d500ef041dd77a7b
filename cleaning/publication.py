"""When a page was published and last changed: what it states for machines, else what it shows near its headline."""

import re
from collections.abc import Mapping
from typing import Any

from .data import load_toml
from .dates import Stamp, read_stamp, read_visible_date
from .jsonld import first_text
from .rules import DATE
from .statements import Statements, text_of

_KNOWLEDGE = load_toml("metadata")
_DATE = re.compile(DATE, re.IGNORECASE)
_UPDATED = re.compile(_KNOWLEDGE["updated"], re.IGNORECASE)


def published_at(seen: Statements, posting: Mapping[str, Any], language: str | None) -> Stamp | None:
    """First publication.

    Args:
        seen: what the page states.
        posting: its article in JSON-LD; empty where it has none.
        language: the page's own statement, which decides how a visible date is read.
    """
    stated = _best_stamp(
        first_text(posting.get("datePublished")),
        first_text(posting.get("dateCreated")),
        *_property_texts(seen, "datepublished"),
        *_property_texts(seen, "datecreated"),
        *seen.metas_of(*_KNOWLEDGE["published_metas"]),
    )
    return stated or _shown(seen, language)


def modified_at(seen: Statements, posting: Mapping[str, Any]) -> Stamp | None:
    """Last change, where the page states one for machines."""
    return _best_stamp(
        first_text(posting.get("dateModified")),
        *_property_texts(seen, "datemodified"),
        *seen.metas_of(*_KNOWLEDGE["modified_metas"]),
        *(
            element.get("datetime")
            for element in seen.times
            if _classes(element) & {"updated", "modified"}
            and not _classes(element) & {"published"}
            and "published" not in element.get("itemprop", "").casefold()
        ),
    )


def _shown(seen: Statements, language: str | None) -> Stamp | None:
    """The date that the page shows: marked as the publication, near the headline, or else the first one."""
    marked = [element for element in seen.times if "datetime" in element.attrib]
    first = [
        element for element in marked if "pubdate" in element.attrib or _classes(element) & {"published", "entry-date"}
    ]
    shown = _best_stamp(*(element.get("datetime") for element in first[:1])) or _first_date(
        seen.below_heading, language
    )
    if shown is None:
        texts = [text_of(element) for element in (*seen.times[:2], *seen.dates[:3])]
        return _best_stamp(*(element.get("datetime") for element in marked[:1])) or _first_date(texts, language)
    exact = (read_stamp(element.get("datetime")) for element in marked[:6])
    return next((stamp for stamp in exact if stamp and stamp.time.date() == shown.time.date()), shown)


def _best_stamp(*texts: str | None) -> Stamp | None:
    """The first time that can be read; a later one of the same day that is known more exactly wins."""
    stamps = [stamp for stamp in map(read_stamp, texts) if stamp]
    if not stamps:
        return None
    first = stamps[0]
    exact = (stamp for stamp in stamps if stamp.precision != "day" and stamp.time.date() == first.time.date())
    return next(exact, first) if first.precision == "day" else first


def _first_date(texts: list[str], language: str | None) -> Stamp | None:
    """The first date among short texts; what is marked as an update is none."""
    for text in texts:
        match = _DATE.search(text)
        if match and not _UPDATED.search(text[: match.end()]):
            stamp = read_visible_date(match[0], language)
            if stamp:
                return stamp
    return None


def _property_texts(seen: Statements, name: str) -> list[str]:
    """The values of a microdata property, as machines read them."""
    return [
        e.get("datetime") or e.get("content") or e.get("title") or text_of(e) for e in seen.properties.get(name, ())[:2]
    ]


def _classes(element: Any) -> set[str]:
    return set(element.get("class", "").split())
