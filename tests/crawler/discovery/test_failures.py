"""What keeps a site from being crawled, and what may pass by the next run."""

import pytest

from crawler.cli.output.crawl_summary import print_summary, serialize_summary
from crawler.discovery.failures import describe_problem, is_transient_failure
from crawler.discovery.listing_poller import PollResult
from crawler.stats import PollStats, SourceStats, summarize


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


def test_a_listing_that_was_read_in_part_is_named_but_no_problem(capsys: pytest.CaptureFixture[str]) -> None:
    stats = SourceStats("a.example", "http://a.example/")
    for path, outcome, detail in (("feed", "read", "it is cut off"), ("news", "read", ""), ("old", "http-404", "gone")):
        url = f"http://a.example/{path}"
        stats.polls[url] = PollStats(url=url, kind="feed", outcome=outcome, detail=detail, listed=3, new=0)
    summary = summarize((stats.build_report(),), 1.0, None)
    sentence = "http://a.example/: http://a.example/feed was read only in part: it is cut off"
    assert summary.exit_code == 0
    assert serialize_summary(summary)["notes"] == [sentence]
    print_summary(summary, quiet=False, as_json=False)
    assert capsys.readouterr().err == f"cleanwire: {sentence}\n"
    print_summary(summary, quiet=True, as_json=False)
    assert capsys.readouterr().err == "", "cron would send it after each run"
