"""Parse a page's JSON-LD: find the article among its objects, and read values that may have several forms.

Sites write the same fact as a text, an object, a list or a reference, and often as broken JSON. This module hides these
differences; which values count is decided by the other modules of this package.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from cleaning.lines.normalization import fold_text
from cleaning.resources import load_toml

ARTICLE_TYPES: frozenset[str] = frozenset(load_toml("metadata")["article_types"])
_TRAILING_COMMA = re.compile(r",\s*+([}\]])")
_ARTICLE_TYPE = re.compile(rf'"@type"\s*+:\s*+"({"|".join(sorted(ARTICLE_TYPES))})"')
# A value ends at a quotation mark before a comma or a bracket: those in "Floods "cut" road" do not end it. The
# possessive quantifiers (++) never backtrack, which keeps the time linear: 66 KB of escaped quotation marks in broken
# JSON-LD once took 20 s.
_PLAIN_VALUE = re.compile(
    r'"(headline|datePublished|dateModified|articleSection|isAccessibleForFree|description)"\s*+:\s*+'
    r'("(?:[^"\\]|\\.)*+")(?=\s*+[,}\]])'
)
_WORDS = re.compile(r"[^\W_]{4,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
MIN_HEADLINE_LETTERS = 12
"""A shorter headline may be a part of a title by coincidence."""
MAX_SCRIPT_CHARACTERS = 1_000_000
"""Longer JSON-LD scripts are not parsed."""
MAX_OWN_ARTICLES = 2
"""A page that declares more articles lists them. Two are allowed, since live blogs declare their own twice."""
# Keys below which an object still describes the page, and keys below which it is only a part or an entry.
_OWN_KEYS = ("@graph", "mainEntity", "mainEntityOfPage")
_PART_KEYS = ("itemListElement", "hasPart", "liveBlogUpdate", "subjectOf")


def parse_scripts(scripts: list[str]) -> list[Any]:
    """Return the data of a page's JSON-LD scripts, one entry a script; None for a script that cannot be read."""
    return [_parse_script(script) for script in scripts]


def find_article(data: list[Any], titles: Iterable[str] = (), urls: Iterable[str] = ()) -> dict[str, Any]:
    """Return the article among the page's JSON-LD objects.

    One with the page's headline or URL precedes others; of several, the one with the most keys counts. One that states
    both another headline and another URL is of another article. References to other objects are replaced with these. If
    there is no article, an object that describes the page is returned (``WebPage``, ``CollectionPage`` …), or else an
    empty dictionary.

    Args:
        data: the page's JSON-LD, from :func:`parse_scripts`.
        titles: the titles and headings of the page.
        urls: the URLs of the page: the one it was fetched from, and the canonical one.
    """
    objects = list(_iter_objects(data, (*_OWN_KEYS, *_PART_KEYS)))
    articles = _select_own_articles([node for node in objects if ARTICLE_TYPES & set(get_types(node))], titles, urls)
    if articles:
        by_id = {node["@id"]: node for node in objects if isinstance(node.get("@id"), str)}
        return {key: _resolve_reference(value, by_id) for key, value in max(articles, key=len).items()}
    return next((node for node in objects if any(kind.endswith("Page") for kind in get_types(node))), {})


def _select_own_articles(
    articles: list[dict[str, Any]], titles: Iterable[str], urls: Iterable[str]
) -> list[dict[str, Any]]:
    """Return the articles with the page's headline or URL; without one, those that are not plainly another's."""
    keys, paths = {fold_text(title) for title in titles if title}, {_reduce_url(url) for url in urls if url}
    if not articles or not keys:
        return articles
    own = [node for node in articles if _has_own_headline(node, keys) or not paths.isdisjoint(_list_urls(node))]
    words = {word for title in titles for word in _WORDS.findall(title.casefold())}
    return own or [node for node in articles if not _is_of_another(node, words, paths)]


def _has_own_headline(node: Mapping[str, Any], keys: set[str]) -> bool:
    """Return whether the headline of an article equals a title of the page, or is a part of one."""
    headline = fold_text(find_first_text(node.get("headline") or node.get("name")) or "")
    return headline in keys or (len(headline) >= MIN_HEADLINE_LETTERS and any(headline in key for key in keys))


def _is_of_another(node: Mapping[str, Any], words: set[str], paths: set[str]) -> bool:
    """Return whether an article states another URL than the page's, and a headline without any of its words."""
    headline = find_first_text(node.get("headline")) or ""
    own_words = _WORDS.findall(headline.casefold())
    urls = _list_urls(node)
    return bool(own_words and urls and paths) and words.isdisjoint(own_words) and paths.isdisjoint(urls)


def _list_urls(node: Mapping[str, Any]) -> set[str]:
    """Return the URLs that an article states as its own, as :func:`_reduce_url` returns them."""
    page = node.get("mainEntityOfPage")
    values = (node.get("url"), node.get("@id"), page.get("@id") if isinstance(page, dict) else page)
    return {_reduce_url(value) for value in values if isinstance(value, str) and value.startswith(("http", "/"))}


def _reduce_url(url: str) -> str:
    """Return the path of a URL without its query, fragment and final slash: what two spellings of it share."""
    return re.sub(r"^\w+://[^/]*|[?#].*|/+$", "", url) or "/"


def find_page_types(data: list[Any]) -> tuple[str, ...]:
    """Return the schema.org types of the page itself, without those of articles that it only lists.

    >>> find_page_types([{"@type": "CollectionPage", "mainEntity": {"@type": "ItemList", "itemListElement": []}}])
    ('CollectionPage', 'ItemList')
    >>> find_page_types([[{"@type": "BlogPosting", "headline": headline} for headline in ("One", "Two", "Three")]])
    ('ItemList',)
    """
    objects = list(_iter_objects(data, _OWN_KEYS))
    articles = [node for node in objects if ARTICLE_TYPES & set(get_types(node))]
    is_list = len({str(node.get("headline") or node.get("name")) for node in articles}) > MAX_OWN_ARTICLES
    types_by_object = map(get_types, objects)
    own = [kind for types in types_by_object if not (is_list and ARTICLE_TYPES & set(types)) for kind in types]
    return tuple(dict.fromkeys([*own, "ItemList"] if is_list else own))


def _resolve_reference(value: Any, by_id: Mapping[str, Any]) -> Any:
    """Replace an object that consists of an ``@id`` with the object of that ``@id``, also in a list."""
    if isinstance(value, list):
        # The first 20 entries: an article has no more authors, images or sections that matter here.
        return [_resolve_reference(element, by_id) for element in value[:20]]
    if isinstance(value, dict) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
        return by_id.get(value["@id"], value)
    return value


def _parse_script(script: str) -> Any:
    """Parse a script, repairing common errors; if all fails, recover the plain values of an article."""
    if len(script) > MAX_SCRIPT_CHARACTERS:
        return None
    for repair in (_keep_as_is, _strip_wrapping, _strip_trailing_commas):
        try:
            return json.loads(repair(script), strict=False)
        except (ValueError, RecursionError):
            continue
    return _recover_values(script)


def _keep_as_is(script: str) -> str:
    """Return the script unchanged: the first attempt at parsing."""
    return script


def _strip_wrapping(script: str) -> str:
    """Remove the comment or the CDATA section around JSON."""
    start = min((i for i in (script.find("{"), script.find("[{")) if i >= 0), default=0)
    return script[start : max(script.rfind("}"), script.rfind("]")) + 1]


def _strip_trailing_commas(script: str) -> str:
    """Remove commas before closing brackets, which JavaScript allows and JSON does not."""
    return _TRAILING_COMMA.sub(r"\1", _strip_wrapping(script))


def _recover_values(script: str) -> dict[str, Any] | None:
    """Return the plain values of an article whose JSON cannot be parsed; None if it names no article type.

    One unescaped quotation mark in a headline breaks a whole script. The pattern never backtracks, so the time is
    linear in the length.
    """
    kind = _ARTICLE_TYPE.search(script)
    if not kind:
        return None
    values: dict[str, Any] = {}
    for match in _PLAIN_VALUE.finditer(script, kind.start()):
        with suppress(ValueError):
            values.setdefault(match[1], json.loads(match[2], strict=False))
    return {"@type": kind[1], **values}


def _iter_objects(data: Any, nested_keys: tuple[str, ...], depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield all JSON-LD objects with a type, also those nested under some keys, up to eight levels deep."""
    # Deeper nesting exists only on pages made to exhaust the stack.
    if depth > 8:
        return
    if isinstance(data, dict):
        if "@type" in data:
            yield data
        for key, value in data.items():
            if key in nested_keys:
                yield from _iter_objects(value, nested_keys, depth + 1)
    elif isinstance(data, list):
        for value in data:
            yield from _iter_objects(value, nested_keys, depth + 1)


def get_types(node: Mapping[str, Any]) -> list[str]:
    """Return the types of a JSON-LD object without their vocabulary.

    >>> get_types({"@type": ["http://schema.org/NewsArticle", "Thing"]})
    ['NewsArticle', 'Thing']
    """
    types = node.get("@type")
    return [str(kind).rpartition("/")[2] for kind in (types if isinstance(types, list) else [types]) if kind]


def find_first_text(value: Any) -> str | None:
    """Return the first text in a value that may be a text, a list, or an object with a name; None if there is none.

    >>> find_first_text([{"@type": "Organization", "name": "The Sahan Wire"}, "another"])
    'The Sahan Wire'
    """
    if isinstance(value, list):
        return next((text for element in value if (text := find_first_text(element))), None)
    if isinstance(value, dict):
        return find_first_text(value.get("name") or value.get("@value"))
    return value if isinstance(value, str) and value else None


def find_url(value: Any) -> str | None:
    """Return the first URL in a value that may be a text, a list, or an object such as an ``ImageObject``.

    The URL is returned as it is written, which may be relative; None if there is none.

    >>> find_url({"@type": "ImageObject", "contentUrl": "https://news.example/flood.jpg"})
    'https://news.example/flood.jpg'
    """
    if isinstance(value, list):
        return next((url for element in value if (url := find_url(element))), None)
    if isinstance(value, dict):
        return find_first_text(value.get("url") or value.get("contentUrl") or value.get("@id"))
    return value if isinstance(value, str) and value else None
