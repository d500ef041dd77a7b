"""A site that was never seen is crawled whole, and afterwards only what is new."""

from dataclasses import replace
from urllib.parse import unquote, urlsplit

from crawler.demo import DemoServer, DemoSite, make_big_site, serve
from storage import Corpus

SITE = "http://dhow.example/"

WHOLE = {
    "both.example": DemoSite(),
    "feeds.example": DemoSite(sitemaps=False),
    "sitemaps.example": DemoSite(feeds=False),
    "neither.example": DemoSite(feeds=False, sitemaps=False),
    "fast.example": make_big_site(40),
}


def stored(database: str) -> dict[str, list[str]]:
    """The paths of the stored articles by host, unescaped."""
    paths: dict[str, list[str]] = {}
    with Corpus.open(database) as corpus:
        for article in corpus.iter():
            paths.setdefault(urlsplit(article.url).netloc, []).append(unquote(urlsplit(article.url).path))
    return {host: sorted(found) for host, found in paths.items()}


def published(sites: dict[str, DemoSite]) -> dict[str, list[str]]:
    return {host: sorted(article.path for article in site.articles) for host, site in sites.items()}


def requests(server: DemoServer) -> dict[str, int]:
    """How many requests each host had."""
    return {host: sum(request.host == host for request in server.requests) for host in WHOLE}


def before_the_newest(host: str, site: DemoSite) -> DemoSite:
    """The site as it was: with an article less, and the fast one with more less than its feed has entries."""
    ordered = sorted(site.articles, key=lambda article: article.published)
    return replace(site, articles=tuple(ordered[:15] if host == "fast.example" else ordered[:-1]))


def test_every_article_is_found_and_later_only_what_is_new(start_crawl, database: str) -> None:
    earlier = {host: before_the_newest(host, site) for host, site in WHOLE.items()}
    addresses = [f"http://{host}/" for host in WHOLE]
    with serve(earlier) as server:
        environment = {"http_proxy": server.url}
        first = start_crawl(*addresses, environment=environment).wait()
        assert stored(database) == published(earlier)
        assert (first.errors, first["exit_code"], first["problems"]) == ("", 0, {})
        assert first["requests"] == {f"http://{host}/": count for host, count in requests(server).items()}
        # One request of each site is for its tdmrep.json.
        assert all(requests(server)[host] <= 1.3 * 29 + 1 for host in ("both.example", "sitemaps.example"))
        assert all(requests(server)[host] <= 1.8 * 29 for host in WHOLE)
        assert max(request.in_flight for request in server.requests) == 1
        assert {request.user_agent.partition("/")[0] for request in server.requests} == {"Cleanwire"}

        server.forget_requests()
        second = start_crawl(*addresses, environment=environment).wait()
        counts = second["counts"]
        assert (second["exit_code"], counts["found"], counts["stored"]) == (0, 0, 0)
        assert counts["fetched"] == counts["http-404"] == len(WHOLE)  # the one dead link of each site, once more
        assert max(requests(server).values()) <= 3 + 1

        server.publish(WHOLE)
        server.forget_requests()
        third = start_crawl(*addresses, environment=environment).wait()
        assert stored(database) == published(WHOLE)
        assert third["counts"]["stored"] == 4 + 25
        assert all(count <= 5 for host, count in requests(server).items() if host != "fast.example")


def test_a_limit_is_exact_and_the_next_run_goes_on(start_crawl, database: str) -> None:
    with serve(make_big_site(12)) as server:
        environment = {"http_proxy": server.url}
        limited = start_crawl({"url": SITE, "max_pages": 5, "exclude": ["-1/$"]}, environment=environment).wait()
        assert (limited["counts"]["fetched"], len(stored(database)["dhow.example"])) == (5, 5)
        start_crawl(SITE, environment=environment).wait()
    assert len(stored(database)["dhow.example"]) == 12 - 1


def test_two_crawls_of_one_corpus_at_once(start_crawl) -> None:
    with serve(make_big_site(10), delay=0.1) as server:
        # The proxy is the user's choice: it may have a name, and be on a private network.
        one = start_crawl(SITE, environment={"http_proxy": server.url.replace("127.0.0.1", "localhost")})
        while not server.requests:
            assert one.process.poll() is None
        other = start_crawl(SITE, environment={"http_proxy": server.url}).wait()
        assert "CorpusBusy: another crawl is already running" in other.errors
        assert one.wait()["counts"]["stored"] == 10
