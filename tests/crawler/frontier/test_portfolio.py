"""What the latest articles say of a source's listings."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.frontier.portfolio import HALF_LIFE_ARTICLES, MAX_ARTICLES, MAX_NEW_PER_POLL, ListingRecord, Portfolio

NOW = datetime(2024, 5, 5, 12, tzinfo=UTC)


def learn(*polls: tuple[str, str], portfolio: Portfolio | None = None) -> Portfolio:
    """A portfolio after polls, each of a listing that names articles, one letter each; all of them are stored."""
    portfolio = portfolio or Portfolio()
    seen: set[str] = set()
    for number, (listing, keys) in enumerate(polls):
        portfolio = portfolio.record(listing, keys, set(keys) - seen, NOW + timedelta(hours=number))
        seen |= set(keys)
    for key in seen:
        portfolio = portfolio.settle(key, is_article=True)
    return portfolio


def round_shares(portfolio: Portfolio, costs: dict[str, float] | None = None) -> dict[str, float]:
    return {listing: round(share, 1) for listing, share in portfolio.compute_shares(costs).items()}


def test_a_listing_that_repeats_another_has_no_share() -> None:
    assert round_shares(learn(("/rss", "abcdef"), ("/atom", "abcde"), ("/", "g"))) == {"/rss": 0.9, "/": 0.1}


def test_of_two_that_name_the_same_the_cheaper_one_is_polled() -> None:
    portfolio = learn(("/", "abcdefg"), ("/feed", "abcdefg"))
    assert round_shares(portfolio, {"/": 1.5}) == {"/feed": 1.0}


def test_a_url_that_holds_no_article_says_nothing() -> None:
    portfolio = Portfolio().record("/", ["about"], {"about"}, NOW).settle("about", is_article=False)
    assert portfolio.compute_shares() == {}
    assert portfolio.articles == {}


def test_a_url_of_which_nothing_is_known_yet_does_not_count() -> None:
    portfolio = Portfolio().record("/", ["a"], {"a"}, NOW)
    assert portfolio.compute_shares() == {}
    assert portfolio.settle("a", is_article=True).compute_shares() == {"/": 1.0}


def test_a_frozen_listing_loses_its_share() -> None:
    portfolio = learn(("/old", "abcdefgh"))
    for number in range(3 * HALF_LIFE_ARTICLES):
        portfolio = portfolio.record("/new", [str(number)], {str(number)}, NOW).settle(str(number), is_article=True)
    assert portfolio.compute_shares()["/old"] < 0.02


def test_a_listing_that_knows_an_article_later_is_not_first() -> None:
    records = learn(("/feed", "ab"), ("/", "abc"), ("/feed", "abcd")).describe_listings()
    assert records == {
        "/feed": ListingRecord(named=4, first=3, alone=1, last_new_at=NOW + timedelta(hours=2)),
        "/": ListingRecord(named=3, first=1, alone=0, last_new_at=NOW + timedelta(hours=1)),
    }


def test_a_sitemap_that_is_polled_through_its_index_counts_for_the_index() -> None:
    portfolio = learn(("/may.xml", "ab"), ("/june.xml", "cd")).adopt_children("/index.xml", ["/may.xml", "/june.xml"])
    assert portfolio.compute_shares() == {"/index.xml": 1.0}
    assert portfolio.adopt_children("/index.xml", ["/june.xml"]).parents == {"/june.xml": "/index.xml"}


def test_the_first_poll_of_an_archive_does_not_push_out_what_others_named() -> None:
    keys = [f"k{number}" for number in range(5_000)]
    portfolio = Portfolio().record("/feed", ["a"], {"a"}, NOW).record("/archive.xml", keys, set(keys), NOW)
    assert len(portfolio.articles) == 1 + MAX_NEW_PER_POLL


def test_it_remembers_the_latest_articles() -> None:
    portfolio = Portfolio()
    for number in range(MAX_ARTICLES + 20):
        portfolio = portfolio.record("/feed", [str(number)], {str(number)}, NOW)
    assert len(portfolio.articles) == MAX_ARTICLES
    assert len(portfolio.to_json()) < 20_000


@pytest.mark.parametrize(("hours", "is_due"), [(None, True), (1, False), (24, True), (-1, True)])
def test_a_coverage_check_is_due_once_a_day(hours: int | None, is_due: bool) -> None:
    covered_at = None if hours is None else NOW - timedelta(hours=hours)
    assert Portfolio(covered_at=covered_at).is_coverage_due(NOW) is is_due


def test_a_source_that_never_answers_is_searched_less_and_less() -> None:
    portfolio = Portfolio()
    searches = []
    for minutes in range(0, 3 * 24 * 60, 10):
        now = NOW + timedelta(minutes=minutes)
        if portfolio.is_search_due(now):
            searches.append(minutes)
            portfolio = portfolio.note_failed_search(now)
    assert searches[:5] == [0, 10, 40, 100, 220]
    assert len(searches) == 9
    assert portfolio.is_search_due(NOW - timedelta(days=1))  # the clock was ahead
    assert Portfolio.from_json(portfolio.to_json()) == portfolio


def test_json_of_another_version_is_learned_again() -> None:
    assert Portfolio.from_json(None) == Portfolio.from_json('{"version": 0}') == Portfolio()
