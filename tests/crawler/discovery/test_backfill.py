"""Walks back in time: all that was published since a day, nothing older, and nothing read twice."""

from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

import pytest

from crawler.demo import DemoSite, make_big_site, serve
from crawler.discovery.backfill import is_in_range
from crawler.parsers.listings import ListedLink
from storage import Corpus

SINCE = "from datetime import datetime; asked['options']['since'] = datetime.fromisoformat({!r})"
SITES = {
    "sitemaps.example": make_big_site(60, feeds=False),
    "sections.example": make_big_site(60, feeds=False, sitemaps=False),
}


def stored(database: str) -> dict[str, set[str]]:
    paths: dict[str, set[str]] = {host: set() for host in SITES}
    with Corpus.open(database) as corpus:
        for article in corpus.iter():
            paths[urlsplit(article.url).netloc].add(unquote(urlsplit(article.url).path))
    return paths


def since(site: DemoSite, moment: datetime) -> set[str]:
    return {article.path for article in site.articles if article.published >= moment}


def test_all_that_was_published_since_then_and_nothing_is_read_twice(start_crawl, database: str) -> None:
    # The articles' addresses name the month, so that section pages tell no more than that.
    moment = sorted(article.published for article in SITES["sitemaps.example"].articles)[20]
    addresses = [f"http://{host}/" for host in SITES]
    with serve(SITES) as server:
        environment, before = {"http_proxy": server.url}, SINCE.format(moment.isoformat())
        first = start_crawl(*addresses, environment=environment, before=before, max_pages=7).wait()
        assert (first["counts"]["fetched"], first.errors) == (7, "")
        listed = {request.path for request in server.requests}
        server.forget_requests()
        again = start_crawl(*addresses, environment=environment, before=before).wait()
        paths = [(request.host, request.path) for request in server.requests]
    found = stored(database)
    assert found["sitemaps.example"] == since(SITES["sitemaps.example"], moment)
    assert found["sections.example"] == {article.path for article in SITES["sections.example"].articles}
    assert again["exit_code"] == 0
    stories = {article.path for site in SITES.values() for article in site.articles}
    asked_again = {path for _, path in paths if path not in stories}
    assert asked_again <= {"/robots.txt", "/", "/sitemap.xml"}  # the index may name more by now
    assert "/page/2/" in listed


@pytest.mark.parametrize(
    ("url", "published", "wanted"),
    [
        ("https://a.example/2024/10/story/", None, True),
        ("https://a.example/2024/09/story/", None, False),
        ("https://a.example/2024/9/30/story/", None, False),
        ("https://a.example/news/2024-10-02-story/", None, True),
        ("https://a.example/story/", None, True),
        ("https://a.example/2024/09/story/", datetime(2024, 10, 2, tzinfo=UTC), True),
        ("https://a.example/2024/10/story/", datetime(2024, 9, 2, tzinfo=UTC), False),
        ("https://a.example/2024/13/story/", None, True),
    ],
)
def test_what_is_wanted(url: str, published: datetime | None, wanted: bool) -> None:
    assert is_in_range(ListedLink(url, url, True, published=published), datetime(2024, 10, 1, tzinfo=UTC)) is wanted
