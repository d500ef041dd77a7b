"""Read the fields of a JSON Feed (https://www.jsonfeed.org/)."""

import json
from collections.abc import Iterator
from typing import Any

from crawler.parsers.raw_feed import MAX_FIELD_CHARS, MAX_REPEATS, NotAFeedError, RawEntry, RawFeed, is_web_url
from crawler.parsers.timestamps import parse_time
from crawler.parsers.xml import MAX_WHOLE_BYTES, iter_texts


def read_json_feed(body: bytes) -> RawFeed:
    """Return the fields of a JSON Feed as they are written.

    Fields of a wrong type are treated as missing. Raises NotAFeedError for anything that is not a JSON Feed.
    """
    try:
        # json has no limits of its own: a larger body is rejected, deep nesting raises RecursionError.
        feed = json.loads("".join(iter_texts(body)).lstrip("\ufeff")) if len(body) <= MAX_WHOLE_BYTES else None
    except (ValueError, RecursionError) as error:
        raise NotAFeedError("it is broken JSON") from error
    if not isinstance(feed, dict) or "jsonfeed.org/version" not in _get_text(feed, "version"):
        raise NotAFeedError("it is JSON, but not a JSON Feed")
    items = feed.get("items")
    return RawFeed(
        title=_get_text(feed, "title"),
        language=_get_text(feed, "language"),
        site_url=_get_text(feed, "home_page_url"),
        next_page=_get_text(feed, "next_url"),
        entries=[_read_entry(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else [],
    )


def _read_entry(item: dict[str, Any]) -> RawEntry:
    # The format recommends the URL as id, and some feeds have no other link.
    entry_id = _get_text(item, "id")
    return RawEntry(
        _get_text(item, "url") or (entry_id if is_web_url(entry_id) else ""),
        _get_text(item, "title"),
        parse_time(_get_text(item, "date_published")),
        parse_time(_get_text(item, "date_modified")),
        _get_text(item, "content_html"),
        entry_id.strip(),
        authors=tuple(_read_authors(item)),
        tags=tuple(_get_texts(item, "tags")),
    )


def _read_authors(item: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the authors; version 1 of the format has one author, 1.1 a list."""
    authors = item.get("authors")
    for author in [*(authors[:MAX_REPEATS] if isinstance(authors, list) else []), item.get("author")]:
        if isinstance(author, dict) and (name := _get_text(author, "name")):
            yield name[:MAX_FIELD_CHARS]


def _get_texts(table: dict[str, Any], name: str) -> Iterator[str]:
    values = table.get(name)
    for value in values[:MAX_REPEATS] if isinstance(values, list) else []:
        if isinstance(value, str):
            yield value[:MAX_FIELD_CHARS]


def _get_text(table: dict[str, Any], name: str) -> str:
    value = table.get(name)
    return value if isinstance(value, str) else ""
