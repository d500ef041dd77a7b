"""What keeps a site from being crawled, and what may pass by the next run."""

import pytest

from crawler.discovery.failures import describe_problem, is_transient_failure
from crawler.discovery.listing_poller import PollResult


def look(outcome: str, detail: str = "", listed: int = 0) -> PollResult:
    return PollResult("http://a.example/", "http://a.example/", outcome, detail, listed_count=listed)


@pytest.mark.parametrize(
    ("looks", "sentence"),
    [
        ([look("read", "", 1)], None),
        ([look("unchanged")], None),
        ([look("http-404"), look("read", "", 1)], None),
        ([look("read"), look("http-404")], "no articles were found"),
        (
            [look("read"), look("unreadable", "it declares entities")],
            "no articles were found; / cannot be read: it declares entities",
        ),
        ([look("dns-failure")], "its host name cannot be resolved (DNS)"),
        ([look("timeout")], "it did not respond in time"),
        ([look("connection-failed", "refused")], "could not connect: refused"),
        ([look("http-503")], "it returned HTTP status 503"),
        ([look("robots-forbidden"), look("http-404")], "its robots.txt forbids crawling"),
        ([look("robots-unreachable", "HTTP 503")], "nothing may be fetched: HTTP 503"),
        ([look("unreadable", "it is no HTML")], "it is not a news site: it is no HTML"),
        ([], "no articles were found"),
    ],
)
def test_problems(looks: list[PollResult], sentence: str | None) -> None:
    assert describe_problem(looks) == sentence


def test_nothing_is_expected_of_a_guess() -> None:
    guess = look("unreadable", "it is a web page")
    assert describe_problem([look("read"), guess], {guess.requested_url}) == "no articles were found"


def test_which_failures_may_pass() -> None:
    passing = ["timeout", "http-503", "http-429", "connection-failed", "cleaner-crashed"]
    lasting = ["http-404", "http-403", "unreadable", "read", "unchanged", "robots-forbidden", "address-refused"]
    assert [is_transient_failure(look(outcome)) for outcome in passing + lasting] == [True] * len(passing) + [
        False
    ] * len(lasting)
