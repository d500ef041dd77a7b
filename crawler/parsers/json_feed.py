"""Reads the fields of a JSON Feed (https://www.jsonfeed.org/)."""

import json
from typing import Any

from crawler.parsers.raw_feed import NotAFeedError, RawEntry, RawFeed, is_web_url
from crawler.parsers.timestamps import utc_time
from crawler.parsers.xml import MAX_WHOLE, texts_of


def read_json_feed(body: bytes) -> RawFeed:
    """Return the fields of a JSON Feed; raises NotAFeedError on anything else."""
    try:
        feed = json.loads("".join(texts_of(body)).lstrip("\ufeff")) if len(body) <= MAX_WHOLE else None
    except (ValueError, RecursionError) as error:
        raise NotAFeedError("it is broken JSON") from error
    if not isinstance(feed, dict) or "jsonfeed.org/version" not in _text(feed, "version"):
        raise NotAFeedError("it is JSON, but no JSON Feed")
    items = feed.get("items")
    return RawFeed(
        title=_text(feed, "title"),
        language=_text(feed, "language"),
        site=_text(feed, "home_page_url"),
        next_page=_text(feed, "next_url"),
        entries=[_json_entry(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else [],
    )


def _json_entry(item: dict[str, Any]) -> RawEntry:
    identity = _text(item, "id")
    return RawEntry(
        _text(item, "url") or (identity if is_web_url(identity) else ""),
        _text(item, "title"),
        utc_time(_text(item, "date_published")),
        utc_time(_text(item, "date_modified")),
        _text(item, "content_html"),
    )


def _text(table: dict[str, Any], name: str) -> str:
    value = table.get(name)
    return value if isinstance(value, str) else ""
