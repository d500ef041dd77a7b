"""Front pages that no robot may see, and articles behind a consent page: what else the site shows is still read."""

from faulty import Site, feed, page, redirect, reply, robots, serving
from records import outcomes

from crawler.config.models import SourceConfig
from crawler.crawled_site import CrawledSite
from storage import Corpus


def mapped(host: str, front: bytes, number: int) -> Site:
    """A site with a front page, and with one article in a sitemap that robots.txt names."""
    listed = f"<urlset><url><loc>http://{host}/2024/10/{host}-a-title-of-words/</loc></url></urlset>"
    return {
        "/robots.txt": robots(f"Sitemap: http://{host}/map.xml"),
        "/": front,
        "/map.xml": reply(200, listed.encode(), "text/xml"),
        "/feed": reply(404),
        "*": page(number),
    }


def test_a_front_page_behind_a_wall_does_not_hide_the_sitemap(start_crawl, database: str) -> None:
    consent = redirect("http://consent.provider.example/collect?back=http%3A%2F%2Fconsent.example%2F")
    sites = {
        "forbidden.example": mapped("forbidden.example", reply(403), 1),
        "consent.example": mapped("consent.example", consent, 2),
        "consent.provider.example": {"*": reply(200, b"<h1>Before you continue</h1><a href='/x'>Accept all</a>")},
    }
    with serving(sites) as server:
        urls = ["http://forbidden.example/", "http://consent.example/"]
        crawled = start_crawl(*urls, environment={"http_proxy": server.url}).wait()
    assert crawled.errors == ""
    assert set(outcomes(database)) == {f"/2024/10/{url[7:-1]}-a-title-of-words/" for url in urls}
    assert set(outcomes(database).values()) == {"stored"}
    with Corpus.open(database) as corpus:
        hosts = [
            host
            for source in corpus.sources()
            for host in CrawledSite(source, SourceConfig(url=f"http://{source.key}/")).hosts
        ]
    assert "consent.provider.example" not in hosts


def test_an_article_behind_a_consent_page_has_a_name(start_crawl, database: str) -> None:
    site = {"/a": redirect("http://cmp.provider.example/?continue=http://wall.example/a"), "/b": page(1)}
    site["/feed"] = feed(["http://wall.example/a", "http://wall.example/b"])
    with serving({"wall.example": site, "cmp.provider.example": {"*": reply(200, b"<h1>Consent</h1>")}}) as server:
        start_crawl("http://wall.example/", environment={"http_proxy": server.url}).wait()
    assert outcomes(database) == {"/a": "consent-page", "/b": "stored"}
