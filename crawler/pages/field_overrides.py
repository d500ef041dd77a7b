"""What a site's own spider knows of an article: it outranks what the cleaner has read from the page."""

import difflib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from cleaning import Cleaned
from cleaning.article import Precision
from crawler.parsers.timestamps import parse_time

SPIDER_PROVENANCE: Final = "spider"
"""Where such a field comes from, in ``Article.provenance``."""

_TEXT_FIELDS: Final = ("title", "section", "description", "site_name", "dateline", "image", "licence", "language")
_NAME_FIELDS: Final = (
    *("authors", "organisations", "editors", "translators", "contributors"),
    *("credits", "photo_credits", "tags"),
)
_TIME_FIELDS: Final = ("published", "modified")
OVERRIDABLE_FIELDS: Final = (*_TEXT_FIELDS, *_NAME_FIELDS, *_TIME_FIELDS)
"""The fields of an article that a spider may state."""


def validate_field_names(fields: Iterable[str]) -> None:
    """Raise TypeError for a field that there is not, with the nearest one that there is.

    >>> validate_field_names(["author"])
    Traceback (most recent call last):
    TypeError: an article has no field 'author' that a spider can state; the nearest is 'authors'
    """
    for name in fields:
        if name not in OVERRIDABLE_FIELDS:
            nearest = difflib.get_close_matches(name, OVERRIDABLE_FIELDS, n=1, cutoff=0.0)[0]
            raise TypeError(f"an article has no field {name!r} that a spider can state; the nearest is {nearest!r}")


def apply_overrides(cleaned: Cleaned, fields: Mapping[str, Any]) -> Cleaned:
    """The article with the stated fields in place of its own.

    A text is stripped; a list may be a single text; a time is a ``datetime``, a ``date`` or a text that holds one.
    What is ``None`` or empty, as a selector gives that found nothing, leaves the article's own value.

    Raises TypeError for an unknown name and for a value of another type, ValueError for a text that holds no time.
    """
    validate_field_names(fields)
    stated: dict[str, Any] = {}
    for name, value in fields.items():
        stated |= _convert_field(name, value)
    if not stated:
        return cleaned
    provenance = {**cleaned.article.provenance, **{name: SPIDER_PROVENANCE for name in fields if name in stated}}
    return replace(cleaned, article=replace(cleaned.article, **stated, provenance=provenance))


def _convert_field(name: str, value: Any) -> dict[str, Any]:
    """The article's fields that follow from one that is stated; none where it is empty."""
    if value is None:
        return {}
    if name in _TIME_FIELDS:
        return _convert_time(name, value)
    if name in _NAME_FIELDS:
        names = tuple(
            filter(None, (_normalize_text(name, one) for one in ([value] if isinstance(value, str) else value)))
        )
        return {name: names} if names else {}
    text = _normalize_text(name, value)
    if name == "language" and text:
        return {"language": text.lower(), "language_confidence": 1.0}
    return {name: text} if text else {}


def _normalize_text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name}: a text is wanted, not {value!r}")
    return " ".join(value.split())


def _convert_time(name: str, value: Any) -> dict[str, Any]:
    precision: Precision = "second"
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return {}
        moment = _parse_time(text)
        if moment is None:
            raise ValueError(f"{name}: {text!r} is no time such as 2024-10-12T05:17:00+03:00")
        precision = "second" if ":" in text else "day"
    elif isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment, precision = datetime(value.year, value.month, value.day), "day"
    else:
        raise TypeError(f"{name}: a time is wanted, not {value!r}")
    return {name: moment, f"{name}_precision": precision}


def _parse_time(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text)  # with the zone that it states, or without one
    return parse_time(text)


def read_overrides(item: Mapping[str, Any]) -> dict[str, Any]:
    """Those of an item's fields that an article has too.

    >>> read_overrides({"title": "Harbour closed", "html": "<p>…</p>", "price": 3})
    {'title': 'Harbour closed'}
    """
    return {name: value for name, value in item.items() if name in OVERRIDABLE_FIELDS}
