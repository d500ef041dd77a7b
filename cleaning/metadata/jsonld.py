"""Structured data in JSON-LD: finding the article among a page's objects, and reading the values it may have."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from cleaning.resources import load_toml

ARTICLE_TYPES: frozenset[str] = frozenset(load_toml("metadata")["article_types"])
_TRAILING_COMMA = re.compile(r",\s*+([}\]])")
_STATED_TYPE = re.compile(rf'"@type"\s*+:\s*+"({"|".join(sorted(ARTICLE_TYPES))})"')
# A value ends at a quotation mark that a comma or a bracket follows: "cut" in "Floods "cut" road" does not end it.
_STATED_VALUE = re.compile(
    r'"(headline|datePublished|dateModified|articleSection|isAccessibleForFree|description)"\s*+:\s*+'
    r'("(?:[^"\\]|\\.)*+")(?=\s*+[,}\]])'
)
MAX_SCRIPT_CHARACTERS = 1_000_000
"""Characters of one JSON-LD script that are read."""


MAX_OWN_ARTICLES = 2
"""Articles that a page may be itself: live blogs name theirs twice. What names more lists them."""
_OWN_KEYS = ("@graph", "mainEntity", "mainEntityOfPage")
_PART_KEYS = ("itemListElement", "hasPart", "liveBlogUpdate", "subjectOf")


def parse_scripts(scripts: list[str]) -> list[Any]:
    """The data of a page's JSON-LD scripts."""
    return [_parse_script(script) for script in scripts]


def find_article(data: list[Any]) -> dict[str, Any]:
    """The article among the page's JSON-LD objects, or else whatever says what the page is."""
    objects = list(_iter_objects(data, (*_OWN_KEYS, *_PART_KEYS)))
    articles = [found for found in objects if ARTICLE_TYPES & set(get_types(found))]
    if articles:
        by_id = {found["@id"]: found for found in objects if isinstance(found.get("@id"), str)}
        return {key: _resolve_reference(value, by_id) for key, value in max(articles, key=len).items()}
    return next((found for found in objects if any(kind.endswith("Page") for kind in get_types(found))), {})


def find_page_types(data: list[Any]) -> tuple[str, ...]:
    """The types that the page gives itself: not those of articles that it only lists.

    >>> find_page_types([{"@type": "CollectionPage", "mainEntity": {"@type": "ItemList", "itemListElement": []}}])
    ('CollectionPage', 'ItemList')
    >>> find_page_types([[{"@type": "BlogPosting", "headline": headline} for headline in ("One", "Two", "Three")]])
    ('ItemList',)
    """
    objects = list(_iter_objects(data, _OWN_KEYS))
    articles = [found for found in objects if ARTICLE_TYPES & set(get_types(found))]
    is_list = len({str(found.get("headline") or found.get("name")) for found in articles}) > MAX_OWN_ARTICLES
    kinds = (get_types(found) for found in objects)
    own = [kind for of_one in kinds if not (is_list and ARTICLE_TYPES & set(of_one)) for kind in of_one]
    return tuple(dict.fromkeys([*own, "ItemList"] if is_list else own))


def _resolve_reference(value: Any, by_id: Mapping[str, Any]) -> Any:
    """An object that only refers to another one by its ``@id`` is that other one."""
    if isinstance(value, list):
        return [_resolve_reference(one, by_id) for one in value[:20]]
    if isinstance(value, dict) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
        return by_id.get(value["@id"], value)
    return value


def _parse_script(script: str) -> Any:
    """A script's data; where it is broken, what can be salvaged of an article's."""
    if len(script) > MAX_SCRIPT_CHARACTERS:
        return None
    for repair in (_keep_as_is, _strip_wrapping, _strip_trailing_commas):
        try:
            return json.loads(repair(script), strict=False)
        except (ValueError, RecursionError):
            continue
    return _recover_values(script)


def _keep_as_is(script: str) -> str:
    return script


def _strip_wrapping(script: str) -> str:
    """JSON without the comment or the CDATA section around it."""
    start = min((i for i in (script.find("{"), script.find("[{")) if i >= 0), default=0)
    return script[start : max(script.rfind("}"), script.rfind("]")) + 1]


def _strip_trailing_commas(script: str) -> str:
    return _TRAILING_COMMA.sub(r"\1", _strip_wrapping(script))


def _recover_values(script: str) -> dict[str, Any] | None:
    """The plain values of an article whose JSON cannot be read: a quotation mark in one of its texts breaks all.

    The pattern never goes back over what it has read, so that the time is linear in the length.
    """
    kind = _STATED_TYPE.search(script)
    if not kind:
        return None
    values: dict[str, Any] = {}
    for match in _STATED_VALUE.finditer(script, kind.start()):
        with suppress(ValueError):
            values.setdefault(match[1], json.loads(match[2], strict=False))
    return {"@type": kind[1], **values}


def _iter_objects(data: Any, within: tuple[str, ...], depth: int = 0) -> Iterator[dict[str, Any]]:
    """All JSON-LD objects with a type, those inside some values too."""
    if depth > 8:
        return
    if isinstance(data, dict):
        if "@type" in data:
            yield data
        for key, value in data.items():
            if key in within:
                yield from _iter_objects(value, within, depth + 1)
    elif isinstance(data, list):
        for value in data:
            yield from _iter_objects(value, within, depth + 1)


def get_types(found: Mapping[str, Any]) -> list[str]:
    types = found.get("@type")
    return [str(kind).rpartition("/")[2] for kind in (types if isinstance(types, list) else [types]) if kind]


def find_first_text(value: Any) -> str | None:
    """The first text in a value that may be text, a list, or an object with a name."""
    if isinstance(value, list):
        return next((text for one in value if (text := find_first_text(one))), None)
    if isinstance(value, dict):
        return find_first_text(value.get("name") or value.get("@value"))
    return value if isinstance(value, str) and value else None


def find_url(value: Any) -> str | None:
    if isinstance(value, list):
        return next((text for one in value if (text := find_url(one))), None)
    if isinstance(value, dict):
        return find_first_text(value.get("url") or value.get("contentUrl") or value.get("@id"))
    return value if isinstance(value, str) and value else None
