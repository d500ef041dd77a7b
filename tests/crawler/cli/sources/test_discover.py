"""``cleanwire sources discover`` shows what would be crawled, and leaves everything as it was."""

import json
from urllib.parse import unquote, urlsplit

from crawler.demo import DemoSite, serve


def test_what_would_be_crawled_and_why(desk) -> None:
    site = DemoSite()
    articles = {article.path for article in site.articles}
    with serve(site) as server:
        shown = desk.run("sources", "discover", server.url, "--delay", "0", "--limit", "3")
        told = desk.run("sources", "discover", server.url, "--delay", "0", "--json")
        paths = {unquote(request.path) for request in server.requests}
    assert (shown.returncode, told.returncode) == (0, 0), shown.stderr + told.stderr
    assert not paths & articles
    assert list(desk.folder.iterdir()) == []
    (found,) = json.loads(told.stdout)
    assert articles <= {unquote(urlsplit(candidate["url"]).path) for candidate in found["candidates"]}
    assert found["candidates"][0]["why"].startswith("feed, looks like an article")
    assert {look["kind"] for look in found["looked"]} >= {"feed", "sitemap-index", "sitemap"}
    assert "would be fetched, in this order" in shown.stdout
    assert "more (--limit 0 shows all)" in shown.stdout


def test_a_site_that_cannot_be_crawled_says_why(desk) -> None:
    refused = desk.run("sources", "discover", "http://127.0.0.1:9/", allow="")
    assert refused.returncode == 4
    assert "is not a public address" in refused.stdout
    assert desk.run("sources", "discover", "no address").returncode == 2
