"""Feeds, sitemaps and robots.txt, read by the programs that others would read them with."""

import gzip
from datetime import UTC, datetime
from xml.etree import ElementTree

import feedparser
import pytest

from crawler.demo import DemoSite, load_articles

BASE = "http://dhow.example"
SITE = DemoSite()
ARTICLES = load_articles()
URLS = SITE.list_urls(BASE)


def get(path: str, site: DemoSite = SITE) -> bytes:
    response = site.respond(path, BASE)
    assert response.status == 200
    return response.body


def locations(body: bytes) -> list[str]:
    return [str(element.text) for element in ElementTree.fromstring(body).iter() if element.tag.endswith("}loc")]


@pytest.mark.parametrize("path", ["/feed/", "/feed/atom/"])
def test_feed_holds_the_newest_articles(path: str) -> None:
    kind = SITE.respond(path, BASE).headers["Content-Type"]
    feed = feedparser.parse(get(path), response_headers={"content-type": kind})
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == [article.title for article in ARTICLES[:12]]
    assert [entry.link.partition("?")[0] for entry in feed.entries] == list(URLS[:12])
    authors = [tuple(author["name"] for author in entry.authors) for entry in feed.entries]
    assert authors == [article.authors for article in ARTICLES[:12]]
    times = [datetime(*entry.published_parsed[:6], tzinfo=UTC) for entry in feed.entries]
    assert times == [article.published for article in ARTICLES[:12]]


def test_feed_links_carry_campaign_parameters() -> None:
    assert feedparser.parse(get("/feed/")).entries[0].link.endswith("?utm_source=rss&utm_medium=feed")


def test_comments_feed_holds_no_article() -> None:
    feed = feedparser.parse(get("/comments/feed/"))
    assert feed.entries
    assert not {entry.title for entry in feed.entries} & {article.title for article in ARTICLES}


def test_pages_name_the_feeds() -> None:
    assert get("/").count(b'rel="alternate"') == 3
    assert get("/", DemoSite(feeds=False)).count(b'rel="alternate"') == 0


def test_robots_leads_to_every_article() -> None:
    robots = get("/robots.txt").decode()
    [sitemap] = [line.removeprefix("Sitemap: ") for line in robots.splitlines() if line.startswith("Sitemap: ")]
    children = locations(get(sitemap.removeprefix(BASE)))
    assert [child.rpartition("/")[2] for child in children] == [
        "sitemap-articles.xml.gz",
        "sitemap-topics.xml",
        "sitemap-pages.xml",
    ]
    listed = locations(gzip.decompress(get("/sitemap-articles.xml.gz")))
    assert listed == [f"{BASE}/", *reversed(URLS)]


def test_other_sitemaps_list_no_article() -> None:
    listed = locations(get("/sitemap-topics.xml")) + locations(get("/sitemap-pages.xml"))
    assert not set(listed) & set(URLS)
    assert f"{BASE}/topic/harbours/" in listed
    assert {SITE.respond(url.removeprefix(BASE), BASE).status for url in listed} == {200}


@pytest.mark.parametrize(
    ("site", "missing"),
    [
        (DemoSite(feeds=False), ["/feed/", "/feed/atom/", "/comments/feed/"]),
        (DemoSite(sitemaps=False), ["/sitemap.xml", "/sitemap-articles.xml.gz", "/sitemap-topics.xml"]),
    ],
)
def test_a_site_can_lack_them(site: DemoSite, missing: list[str]) -> None:
    assert {site.respond(path, BASE).status for path in missing} == {404}
    assert site.respond(ARTICLES[0].path, BASE).status == 200


def test_robots_without_sitemaps_names_none() -> None:
    assert b"Sitemap" not in get("/robots.txt", DemoSite(sitemaps=False))
