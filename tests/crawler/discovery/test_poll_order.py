"""What a later run polls again, and in which order."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.discovery.poll_order import compute_wait, order_by_wait, order_by_yield, select_due_sitemaps
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


def order(rows: list[Feed], shares: dict[str, float], told: Collection[str] = ()) -> list[int]:
    return [one.id for one in order_by_yield(rows, shares, told, NOW)]


def test_what_likely_has_most_goes_first() -> None:
    rows = [row(1, polled=1), row(2, polled=1), row(3, "section", polled=1)]
    assert order(rows, {rows[2].url: 0.6, rows[1].url: 0.4}) == [3, 2, 1]


def test_a_small_share_gets_its_turn_by_waiting() -> None:
    rows = [row(1, polled=1), row(2, polled=20)]
    assert order(rows, {rows[0].url: 0.9, rows[1].url: 0.1}) == [2, 1]


def test_without_articles_feeds_go_first_and_what_was_never_polled_before_all() -> None:
    rows = [row(1, "section", polled=1), row(2, "feed", polled=1), replace(row(3, "sitemap"), polled_at=None)]
    assert order(rows, {}) == [3, 2, 1]


def test_what_the_user_has_named_is_polled_although_it_has_shown_nothing() -> None:
    rows = [row(1, polled=1), row(2, "section", polled=1), row(3, "section", polled=1)]
    assert order(rows, {rows[0].url: 1.0}, {rows[2].url}) == [1, 3, 2]


def test_a_clock_that_was_ahead_makes_no_listing_wait() -> None:
    assert compute_wait(row(1, polled=-5), NOW) == timedelta(minutes=1)


def test_a_coverage_check_begins_with_the_front_page_and_goes_on_with_who_has_waited_longest() -> None:
    rows = [row(1, polled=3), row(2, polled=9), row(3, "section", polled=1)]
    assert [one.id for one in order_by_wait(rows, rows[2].url, NOW)] == [3, 2, 1]


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
