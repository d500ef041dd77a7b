"""A site's own spider finds the articles, and the crawl does with them what it does with all."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from crawler.demo import DemoServer, DemoSite, Response, make_big_site, serve
from storage import Corpus, StoredArticle

ROOT = Path(__file__).parents[3]
DOCUMENTED = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "spiders.md").read_text("utf-8"), re.DOTALL)
HTML = {"Content-Type": "text/html"}


def drop_in(folder: Path, *spiders: str) -> dict[str, str]:
    """Write spiders into the folder; the environment in which they are found."""
    folder.mkdir(exist_ok=True)
    for number, spider in enumerate(spiders):
        (folder / f"spider_{number}.py").write_text(spider.replace("https://", "http://"), "utf-8")
    return {"CLEANWIRE_SPIDERS": str(folder)}


def stored(database: str) -> dict[str, StoredArticle]:
    """The stored articles by host and path, unescaped."""
    with Corpus.open(database) as corpus:
        return {
            unquote(urlsplit(article.url).netloc + urlsplit(article.url).path): article for article in corpus.iter()
        }


def paths(site: DemoSite, host: str) -> set[str]:
    return {host + article.path for article in site.articles}


def articles_asked(server: DemoServer, site: DemoSite) -> Counter[str]:
    """How often each article was asked for."""
    known = {article.path for article in site.articles}
    return Counter(unquote(request.path) for request in server.requests if unquote(request.path) in known)


def test_the_documented_spider_beside_the_generic_one(start_crawl, database: str, tmp_path: Path) -> None:
    """Everything is found once, in one run; a second run reads one page that lists articles, and no article again."""
    bare = DemoSite(feeds=False, sitemaps=False)
    sites = {"news.example": bare, "other.example": DemoSite()}
    sources = [{"url": "http://news.example/", "spider": "news_example"}, "http://other.example/"]
    with serve(sites) as server:
        environment = {"http_proxy": server.url, **drop_in(tmp_path / "spiders", *DOCUMENTED)}
        first = start_crawl(*sources, environment=environment).wait()
        assert (first["exit_code"], first["problems"], first.errors) == (0, {}, "")
        articles = stored(database)
        assert articles.keys() == paths(bare, "news.example") | paths(sites["other.example"], "other.example")
        onions = "/2025/10/why-onions-cost-more-in-wadi-noor-than-across-the-water/"
        ours, theirs = (articles[host + onions] for host in sites)
        assert (ours.provenance["section"], theirs.provenance.get("section") == "spider") == ("spider", False)
        assert (ours.text, ours.authors) == (theirs.text, theirs.authors)
        assert max(request.in_flight for request in server.requests) == 1

        server.forget_requests()
        second = start_crawl(*sources, environment=environment).wait()
        # The link that leads nowhere is tried once more.
        assert (second["counts"]["found"], second["counts"]["http-404"], second["exit_code"]) == (0, 1, 0)
        assert second["counts"]["fetched"] == first["counts"]["http-404"] == 1
        assert [r.path for r in server.requests if r.host == "news.example" and r.path != "/robots.txt"] == ["/"]
    with Corpus.open(database) as corpus:
        assert [run.outcome for run in corpus.monitoring.list_runs()] == ["finished", "finished"]


def test_the_address_of_its_site_is_enough_and_pages_made_of_an_api_are_articles(
    start_crawl, database: str, tmp_path: Path
) -> None:
    stories = [
        {"url": f"http://api.example/stories/{n}", "headline": f"Number {n}", "date": f"2024-10-1{n}", "html": text(n)}
        for n in range(3)
    ]
    site = Answers({"/stories.json": Response(200, {"Content-Type": "application/json"}, json.dumps(stories).encode())})
    with serve({"api.example": site}) as server:
        environment = {"http_proxy": server.url, **drop_in(tmp_path / "spiders", *DOCUMENTED)}
        runs = [start_crawl("http://api.example/", environment=environment).wait() for _ in range(2)]
        assert [run["counts"]["stored"] for run in runs] == [3, 0], runs[0]["problems"]
        asked = ["/robots.txt", "/stories.json", "/.well-known/tdmrep.json", "/stories.json"]
        assert [request.path for request in server.requests] == asked
    article = stored(database)["api.example/stories/1"]
    assert (article.title, article.published_precision, article.provenance["title"]) == ("Number 1", "day", "spider")
    assert "tide gauge 1 — “ä”" in article.text


def text(number: int) -> str:
    sentences = (f"Reading {n} of tide gauge {number} — “ä” — was taken down by {n + 3} pupils." for n in range(20))
    return f"<html><body><article><h1>Tides</h1><p>{' '.join(sentences)}</p></article></body></html>"


class Answers:
    """A site with an answer for each path."""

    def __init__(self, answers: dict[str, Response]) -> None:
        self.answers = answers

    def respond(self, target: str, base_url: str) -> Response:
        return self.answers.get(target, Response(404, HTML, b"<p>Not found</p>"))


def test_killed_in_mid_crawl_and_run_again(start_crawl, database: str, tmp_path: Path) -> None:
    site = make_big_site(120)
    with serve({"news.example": site}) as server:
        environment = {"http_proxy": server.url, **drop_in(tmp_path / "spiders", *DOCUMENTED)}
        killed = start_crawl("http://news.example/", environment=environment)
        deadline = time.monotonic() + 50
        while articles_asked(server, site).total() < 50:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        killed.send(signal.SIGKILL)
        killed.wait()
        kept = len(stored(database))
        assert 0 < kept < 120
        again = start_crawl("http://news.example/", environment=environment).wait()
        assert again["counts"]["stored"] == 120 - kept
        assert stored(database).keys() == paths(site, "news.example")
        assert sum(count > 1 for count in articles_asked(server, site).values()) <= 5


PLAIN = """
import scrapy

class Plain(scrapy.Spider):
    name = "plain"
    start_urls = ["http://plain.example/list"]

    def parse(self, response):
        yield from (response.follow(link, self.page, errback=self.lost) for link in response.css("a"))
        yield {"kind": "census", "links": 3}

    def page(self, response):
        yield {"url": response.url, "html": response.text, "title": "Its own title"}

    async def lost(self, failure):
        self.logger.warning("lost %s", failure.request.url)
        return [scrapy.Request("http://plain.example/instead", self.whole)]

    def whole(self, response):
        return response

class Broken(scrapy.Spider):
    name = "broken"
    start_urls = ["http://broken.example/list"]

    def parse(self, response):
        yield from (response.follow(link, self.page) for link in response.css("a"))

    def page(self, response):
        if response.url.endswith("/1"):
            raise KeyError("byline")
        yield {"url": response.url, "html": response.text}

class Silent(scrapy.Spider):
    name = "silent"
    start_urls = ["http://silent.example/nothing", "http://silent.example/nothing"]
"""


def listed() -> Answers:
    links = "".join(f'<a href="/story/{n}">{n}</a>' for n in range(3))
    stories = {f"/story/{n}": Response(200, HTML, text(n).encode()) for n in range(3)}
    listing = Response(200, HTML, f"<p>{links}</p>".encode())
    return Answers({"/list": listing, **stories, "/instead": Response(200, HTML, text(7).encode())})


def test_plain_spiders_and_what_goes_wrong_in_one(start_crawl, database: str, tmp_path: Path) -> None:
    sites = {"plain.example": listed(), "broken.example": listed(), "silent.example": listed()}
    sites["plain.example"].answers["/story/2"] = Response(500, HTML, b"<p>Error</p>")
    sources = [{"url": f"http://{host}/", "spider": host.partition(".")[0]} for host in sites]
    with serve(sites) as server:
        environment = {"http_proxy": server.url, **drop_in(tmp_path / "spiders", PLAIN)}
        crawl = start_crawl(*sources, environment=environment, log_level="CRITICAL").wait()
        assert crawl["exit_code"] == 3
        assert crawl["problems"] == {
            "http://broken.example/": "its spider failed in page of http://broken.example/story/1: KeyError: 'byline'",
            "http://silent.example/": "it returned HTTP status 404",
        }
        articles = stored(database)
        assert articles.keys() == {
            *(f"plain.example/{path}" for path in ("story/0", "story/1", "instead")),
            *(f"broken.example/{path}" for path in ("story/0", "story/2")),
        }
        assert articles["plain.example/story/0"].title == "Its own title"
        again = start_crawl(sources[0], environment=environment).wait()
        assert (again["counts"]["found"], again["counts"]["stored"], again["problems"]) == (0, 0, {})


def test_scrapy_lists_and_crawls_them(database: str, tmp_path: Path) -> None:
    with serve({"plain.example": listed()}) as server:
        spiders = drop_in(tmp_path / "spiders", PLAIN)
        environment = {**os.environ, **spiders, "CLEANWIRE_DATABASE": database, "http_proxy": server.url}
        scrapy = [sys.executable, "-m", "scrapy"]
        names = subprocess.run([*scrapy, "list"], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert names.stdout.split() == ["broken", "news", "plain", "silent"]
        items = tmp_path / "items.jsonl"
        crawl = [*scrapy, "crawl", "plain", "-s", "DOWNLOAD_DELAY=0.01", "-o", str(items)]
        done = subprocess.run(crawl, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert "stored 3, updated 0" in done.stderr, done.stderr
    assert len(stored(database)) == 3
    written = [json.loads(line) for line in items.read_text("utf-8").splitlines()]
    assert {"kind": "census", "links": 3} in written
    assert len(written) == 4


@pytest.mark.parametrize(
    ("spider", "source", "said"),
    [
        (PLAIN, {"spider": "plane"}, "the spider 'plane', which does not exist: did you mean 'plain'?"),
        ("import scrapy\nscrapy.Spyder\n", {}, "spider_0.py, line 2: AttributeError: module 'scrapy' has no"),
        ("class A(:\n", {}, "SyntaxError: invalid syntax (spider_0.py, line 1)"),
    ],
)
def test_a_spider_that_cannot_be_had_is_said_before_anything_is_fetched(
    spider: str, source: dict[str, str], said: str, start_crawl, tmp_path: Path
) -> None:
    environment = drop_in(tmp_path / "spiders", spider)
    crawl = start_crawl({"url": "http://plain.example/", **source}, environment=environment).wait()
    assert "ConfigError" in crawl.errors.splitlines()[-1]
    assert said in crawl.errors.splitlines()[-1]


def test_a_folder_that_is_missing_is_said(start_crawl, tmp_path: Path) -> None:
    environment = {"CLEANWIRE_SPIDERS": str(tmp_path / "spiderz")}
    crawl = start_crawl("http://plain.example/", environment=environment).wait()
    assert "spiderz, which does not exist" in crawl.errors.splitlines()[-1]
