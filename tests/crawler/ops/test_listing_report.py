"""What people read of a source's listings."""

from datetime import UTC, datetime

from crawler.frontier.portfolio import Portfolio
from crawler.ops.listing_report import describe_listings
from storage import Feed
from storage.values import FeedKind

NOW = datetime(2024, 5, 5, 12, tzinfo=UTC)


def row(url: str, kind: FeedKind = "feed") -> Feed:
    return Feed(1, 1, url, kind, polled_at=NOW)


def learn(portfolio: Portfolio, listing: str, keys: str) -> Portfolio:
    portfolio = portfolio.record(listing, keys, set(keys), NOW)
    for key in keys:
        portfolio = portfolio.settle(key, is_article=True)
    return portfolio


def test_each_listing_says_how_it_is_used() -> None:
    portfolio = learn(learn(Portfolio(), "/feed", "abc"), "/may.xml", "d")
    portfolio = portfolio.adopt_children("/maps.xml", ["/may.xml"]).ignore("/comments", "it is a feed of comments")
    rows = [
        row("/", "section"),
        row("/told"),
        row("/feed"),
        row("/maps.xml", "sitemap-index"),
        row("/may.xml", "sitemap"),
    ]
    assert [(one.url, one.role, one.reason) for one in describe_listings(rows, portfolio, {"/told"})] == [
        ("/feed", "needed", "polled when due: it adds 75 % of the latest articles"),
        ("/maps.xml", "needed", "polled when due: it adds 25 % of the latest articles"),
        ("/", "spare", "polled once a day: it adds nothing to the others"),
        ("/told", "configured", "polled when due: sources.toml names it"),
        ("/may.xml", "index", "polled when /maps.xml says that it has changed"),
        ("/comments", "ignored", "not polled: it is a feed of comments"),
    ]
