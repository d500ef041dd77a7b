"""Structured data in JSON-LD: finding the article among a page's objects, and reading the values it may have."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .data import load_toml

ARTICLE_TYPES: frozenset[str] = frozenset(load_toml("metadata")["article_types"])
_WRAPPING = re.compile(r"^\s*(?:<!--|/\*\s*)?(?:<!\[CDATA\[)?(?:\*/)?|(?:/\*\s*)?(?:\]\]>)?(?:\*/)?(?:-->)?\s*$")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
MAX_JSON_LD = 1_000_000
"""Characters of one JSON-LD script that are read."""


def article_among(scripts: list[str]) -> dict[str, Any]:
    """The article among the page's JSON-LD objects, or else whatever says what the page is."""
    objects = [found for script in scripts for found in _objects(_parsed(script))]
    articles = [found for found in objects if ARTICLE_TYPES & set(types_of(found))]
    if articles:
        by_id = {found["@id"]: found for found in objects if isinstance(found.get("@id"), str)}
        return {key: _resolved(value, by_id) for key, value in max(articles, key=len).items()}
    return next((found for found in objects if any(kind.endswith("Page") for kind in types_of(found))), {})


def _resolved(value: Any, by_id: Mapping[str, Any]) -> Any:
    """An object that only refers to another one by its ``@id`` is that other one."""
    if isinstance(value, list):
        return [_resolved(one, by_id) for one in value[:20]]
    if isinstance(value, dict) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
        return by_id.get(value["@id"], value)
    return value


def _parsed(script: str) -> Any:
    script = _WRAPPING.sub("", script).strip().rstrip(";")
    if not script or len(script) > MAX_JSON_LD:
        return None
    for text in (script, _TRAILING_COMMA.sub(r"\1", script)):
        try:
            return json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _objects(data: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """All JSON-LD objects with a type, those inside ``@graph`` and other values too."""
    if depth > 8:
        return
    if isinstance(data, dict):
        if "@type" in data:
            yield data
        for key, value in data.items():
            if key in (
                "@graph",
                "mainEntity",
                "mainEntityOfPage",
                "itemListElement",
                "hasPart",
                "liveBlogUpdate",
                "subjectOf",
            ):
                yield from _objects(value, depth + 1)
    elif isinstance(data, list):
        for value in data:
            yield from _objects(value, depth + 1)


def types_of(found: Mapping[str, Any]) -> list[str]:
    types = found.get("@type")
    return [str(kind).rpartition("/")[2] for kind in (types if isinstance(types, list) else [types]) if kind]


def first_text(value: Any) -> str | None:
    """The first text in a value that may be text, a list, or an object with a name."""
    if isinstance(value, list):
        return next((text for one in value if (text := first_text(one))), None)
    if isinstance(value, dict):
        return first_text(value.get("name") or value.get("@value"))
    return value if isinstance(value, str) and value else None


def address_of(value: Any) -> str | None:
    if isinstance(value, list):
        return next((text for one in value if (text := address_of(one))), None)
    if isinstance(value, dict):
        return first_text(value.get("url") or value.get("contentUrl") or value.get("@id"))
    return value if isinstance(value, str) and value else None
