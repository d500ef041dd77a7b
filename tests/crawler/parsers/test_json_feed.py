"""JSON Feed as sites write it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsers.feeds import FeedEntry, NotAFeedError, ParsedFeed, read_feed

URL = "https://site.example/news/feed.json"
MOMENT = datetime(2024, 10, 12, 2, 17, tzinfo=UTC)
ENTRY = FeedEntry("https://site.example/a", "Rains return", MOMENT, guid="1")

JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "JSON",
        "language": "en",
        "home_page_url": "https://site.example/",
        "next_url": "/feed.json?page=2",
        "items": [
            {"id": "1", "url": "/a", "title": "Rains return", "date_published": "2024-10-12T05:17:00+03:00"},
            {"id": "https://site.example/b", "date_modified": "2024-10-12T05:17:00+03:00"},
            {"id": 3, "url": 4},
            "nonsense",
        ],
    }
)


def test_json_feed() -> None:
    assert read_feed(JSON_FEED.encode(), URL) == ParsedFeed(
        title="JSON",
        language="en",
        entries=(ENTRY, FeedEntry("https://site.example/b", None, None, MOMENT, guid="https://site.example/b")),
        next_page="https://site.example/feed.json?page=2",
        site_url="https://site.example/",
    )
    assert read_feed(JSON_FEED.replace("/", "\\/").encode("utf-8-sig"), URL).entries[0] == ENTRY


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"items": []}', "it is JSON, but not a JSON Feed"),
        (b'{"version": 1}', "it is JSON, but not a JSON Feed"),
        (b'{"version":', "it is broken JSON"),
        (b"{" + b"[" * 100_000, "it is broken JSON"),
        (b'{"version":' + b"[" * 100_000, "it is broken JSON"),
    ],
)
def test_what_is_no_json_feed(body: bytes, reason: str) -> None:
    with pytest.raises(NotAFeedError) as error:
        read_feed(body, URL)
    assert (error.value.reason, error.value.actual_kind) == (reason, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["items", "url", "title", "id", "date_published", "language", "version"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["items", "title", "next_url", "home_page_url", "language"]), JSON))
def test_json_of_any_shape(feed: dict[str, Any]) -> None:
    read_feed(json.dumps({"version": "https://jsonfeed.org/version/1", **feed}).encode(), URL)


WHOLE = "<p>" + "The ferry sailed at nine with every seat taken. " * 20 + "</p>"


def test_the_whole_text_of_a_json_feed_is_kept() -> None:
    item = {"id": "1", "url": "http://a.example/a", "content_html": WHOLE}
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [item]}
    (entry,) = read_feed(json.dumps(feed).encode(), URL).entries
    assert entry.content == WHOLE
