"""Applies the article fields that a site's custom spider states; they take precedence over the cleaner's."""

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
"""The entry of such a field in ``Article.provenance``."""

_TEXT_FIELDS: Final = ("title", "section", "description", "site_name", "dateline", "image", "licence", "language")
_NAME_FIELDS: Final = (
    *("authors", "organisations", "editors", "translators", "contributors"),
    *("credits", "photo_credits", "tags"),
)
_TIME_FIELDS: Final = ("published", "modified")
OVERRIDABLE_FIELDS: Final = (*_TEXT_FIELDS, *_NAME_FIELDS, *_TIME_FIELDS)
"""The fields of an article that a spider may set."""


def validate_field_names(fields: Iterable[str]) -> None:
    """Check that all names are fields that a spider may set.

    Raises:
        TypeError: a name is not; the message suggests the most similar one.

    >>> validate_field_names(["author"])
    Traceback (most recent call last):
    TypeError: a spider cannot set the article field 'author'; did you mean 'authors'?
    """
    for name in fields:
        if name not in OVERRIDABLE_FIELDS:
            nearest = difflib.get_close_matches(name, OVERRIDABLE_FIELDS, n=1, cutoff=0.0)[0]
            raise TypeError(f"a spider cannot set the article field {name!r}; did you mean {nearest!r}?")


def apply_overrides(cleaned: Cleaned, fields: Mapping[str, Any]) -> Cleaned:
    """Return an article in which the spider's fields replace the cleaner's.

    Texts are stripped; a list may be a single text; a time may be a ``datetime``, a ``date``, or a text that contains
    one. ``None`` and empty values, as from a selector without a match, leave the cleaner's value in place.

    Raises:
        TypeError: a field is unknown, or its value has the wrong type.
        ValueError: a text contains no time.
    """
    validate_field_names(fields)
    values: dict[str, Any] = {}
    for name, value in fields.items():
        values |= _convert_field(name, value)
    if not values:
        return cleaned
    provenance = {**cleaned.article.provenance, **{name: SPIDER_PROVENANCE for name in fields if name in values}}
    return replace(cleaned, article=replace(cleaned.article, **values, provenance=provenance))


def _convert_field(name: str, value: Any) -> dict[str, Any]:
    """Return the article fields that follow from one field of the spider; none if it is empty."""
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
        # The spider knows its site, so the language counts as certain.
        return {"language": text.lower(), "language_confidence": 1.0}
    return {name: text} if text else {}


def _normalize_text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text, not {value!r}")
    return " ".join(value.split())


def _convert_time(name: str, value: Any) -> dict[str, Any]:
    precision: Precision = "second"
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return {}
        time = _parse_time(text)
        if time is None:
            raise ValueError(f"{name}: {text!r} is not a time such as 2024-10-12T05:17:00+03:00")
        precision = "second" if ":" in text else "day"
    elif isinstance(value, datetime):
        time = value
    elif isinstance(value, date):
        time, precision = datetime(value.year, value.month, value.day), "day"
    else:
        raise TypeError(f"{name} must be a time, not {value!r}")
    return {name: time, f"{name}_precision": precision}


def _parse_time(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text)  # keeps the time zone as stated, and the lack of one
    return parse_time(text)


def read_overrides(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a spider's item that an article has as well.

    Other fields, which the item has for its own purposes, are ignored.

    >>> read_overrides({"title": "Harbour closed", "html": "<p>…</p>", "price": 3})
    {'title': 'Harbour closed'}
    """
    return {name: value for name, value in item.items() if name in OVERRIDABLE_FIELDS}
