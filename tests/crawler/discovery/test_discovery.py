"""What a later run looks at, and what keeps a site from being crawled."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.discovery.discoverer import due_children, in_turn, may_pass, problem
from crawler.discovery.listing_poller import Look
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
    assert [one.id for one in in_turn(rows, "feed")] == [3, 2, 1]
    assert in_turn(rows, "sitemap") == []


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
    assert due_children([ListedSitemap(known.url, modified)], {known.url: known}) == ([known.url] if is_due else [])


def test_an_unknown_sitemap_is_due() -> None:
    assert due_children([ListedSitemap("http://a.example/new.xml")], {}) == ["http://a.example/new.xml"]


def look(outcome: str, detail: str = "", listed: int = 0) -> Look:
    return Look("http://a.example/", "http://a.example/", outcome, detail, listed=listed)


@pytest.mark.parametrize(
    ("looks", "sentence"),
    [
        ([look("read", "", 1)], None),
        ([look("unchanged")], None),
        ([look("http-404"), look("read", "", 1)], None),
        ([look("read"), look("http-404")], "no articles were found on it"),
        (
            [look("read"), look("unreadable", "it declares entities")],
            "no articles were found on it; / cannot be read: it declares entities",
        ),
        ([look("dns-failure")], "its name leads to no address"),
        ([look("timeout")], "it does not answer in time"),
        ([look("connection-failed", "refused")], "it does not answer: refused"),
        ([look("http-503")], "it answers with HTTP status 503"),
        ([look("robots-forbidden"), look("http-404")], "its robots.txt forbids crawling"),
        ([look("robots-unreachable", "HTTP 503")], "nothing may be fetched: HTTP 503"),
        ([look("unreadable", "it is no HTML")], "it is not a news site: it is no HTML"),
        ([], "no articles were found on it"),
    ],
)
def test_problems(looks: list[Look], sentence: str | None) -> None:
    assert problem(looks) == sentence


def test_nothing_is_expected_of_a_guess() -> None:
    guess = look("unreadable", "it is a web page")
    assert problem([look("read"), guess], {guess.address}) == "no articles were found on it"


def test_which_failures_may_pass() -> None:
    passing = ["timeout", "http-503", "http-429", "connection-failed", "cleaner-crashed"]
    lasting = ["http-404", "http-403", "unreadable", "read", "unchanged", "robots-forbidden", "address-refused"]
    assert [may_pass(look(outcome)) for outcome in passing + lasting] == [True] * len(passing) + [False] * len(lasting)
