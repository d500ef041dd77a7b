"""What a later run polls again, and in which order."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.discovery.poll_order import order_listings, select_due_sitemaps
from crawler.parsers.listings import ListedSitemap
from storage import Feed

NOW = datetime(2024, 5, 5, 12, tzinfo=UTC)


def row(number: int, kind: str = "feed", polled: int = 0, changed: int | None = 0) -> Feed:
    """A listing that was polled, and that changed, so many hours ago."""
    return Feed(
        id=number,
        source_id=1,
        url=f"http://a.example/{number}",
        kind=kind,  # type: ignore[arg-type]
        polled_at=NOW - timedelta(hours=polled),
        changed_at=None if changed is None else NOW - timedelta(hours=changed),
    )


def test_the_liveliest_goes_first_then_who_waited_longest() -> None:
    rows = [
        row(1, polled=1, changed=50),
        row(2, polled=9, changed=40),
        row(3, polled=1, changed=2),
        row(4, "section"),
    ]
    assert [one.id for one in order_listings(rows, "feed")] == [3, 2, 1]
    assert order_listings(rows, "sitemap") == []


@pytest.mark.parametrize(
    ("modified", "polled", "is_due"),
    [
        (None, 24, False),
        (NOW, 24, True),
        (NOW - timedelta(hours=48), 24, False),
        (datetime(2024, 5, 5, tzinfo=UTC), 1, True),  # a day only, and that of the last look
        (datetime(2024, 5, 4, tzinfo=UTC), 1, False),
    ],
)
def test_a_known_sitemap_is_due_when_it_changed(modified: datetime | None, polled: int, is_due: bool) -> None:
    known = row(1, "sitemap", polled=polled)
    assert select_due_sitemaps([ListedSitemap(known.url, modified)], {known.url: known}) == (
        [known.url] if is_due else []
    )


def test_an_unknown_sitemap_is_due() -> None:
    assert select_due_sitemaps([ListedSitemap("http://a.example/new.xml")], {}) == ["http://a.example/new.xml"]
