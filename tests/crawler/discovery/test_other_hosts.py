"""Links that lead to other hosts: click counters are followed, and hosts of the same publisher are named."""

from faulty import Answer, Exchange, feed, page, redirect, reply, serving
from records import outcomes

from crawler.parsers.listings import Listing
from crawler.parsers.other_hosts import OtherHost, count_other_hosts
from crawler.stats import SourceStats


def test_entries_are_counted_by_host() -> None:
    urls = [f"https://click.example/{number}" for number in range(4)] + [
        "https://www.a.example/1",
        "no url",
        "mailto:a",
    ]
    counted = count_other_hosts([*urls, urls[0], "https://blog.a.example/1"], ["a.example"])
    assert [(other.host, other.count, other.is_related) for other in counted] == [
        ("click.example", 4, False),
        ("blog.a.example", 1, True),
    ]
    assert counted[0].samples == tuple(urls[:3])


def notes(listing: Listing) -> tuple[str, ...]:
    stats = SourceStats("A", "https://a.example/")
    stats.is_first_crawl = True
    stats.count_other_hosts(listing)
    return stats.build_report().notes


def test_only_hosts_that_may_be_the_publishers_are_noted() -> None:
    sport = OtherHost("sport.a.example", 12, is_related=True)
    friend = OtherHost("friend.example", 12)
    wanted = ("12 links lead to sport.a.example; add it to `hosts` to crawl them",)
    assert notes(Listing(kind="section", other_hosts=(sport, friend))) == wanted
    assert notes(Listing(kind="section", other_hosts=(OtherHost("shop.a.example", 2, is_related=True),))) == ()
    assert notes(Listing(kind="feed", other_hosts=(OtherHost("b.example", 1),))) == (
        "1 link leads to b.example; add it to `hosts` to crawl it",
    )


def counting(exchange: Exchange) -> None:
    """A click counter: /c/PATH leads to PATH of the paper, through another one."""
    exchange.send(redirect(f"http://second.example{exchange.path}"))


def second(exchange: Exchange) -> None:
    exchange.send(redirect(f"http://paper.example{exchange.path.removeprefix('/c')}"))


def test_click_counters_are_followed_and_remembered(start_crawl, database: str) -> None:
    paths = [f"/c/{number}" for number in range(4)]
    listed = [feed(f"http://click.example{path}" for path in some) for some in (paths, [*paths, "/c/4"])]
    now = {"feed": listed[0]}
    changing: Answer = lambda exchange: exchange.send(now["feed"])  # noqa: E731
    paper = {"/feed": changing, **{f"/{number}": page(number + 1) for number in range(5)}}
    blog = {"/feed": feed(f"http://strange.example/{number}" for number in range(4))}
    sites = {
        "paper.example": paper,
        "blog.example": blog,
        "click.example": {"*": counting, "/robots.txt": reply(404)},
        "second.example": {"*": second, "/robots.txt": reply(404)},
        "strange.example": {"*": page(9), "/robots.txt": reply(404)},
    }
    with serving(sites) as server:
        urls = ["http://paper.example/", "http://blog.example/"]
        first = start_crawl(*urls, environment={"http_proxy": server.url}).wait()
        tried = server.asked("strange.example")
        paper_asked = [path for path in server.asked("paper.example") if path[1:].isdigit()]
        now["feed"] = listed[1]
        start_crawl(*urls, environment={"http_proxy": server.url}).wait()
        assert server.asked("strange.example") == tried
    assert first.errors == ""
    assert sorted(paper_asked) == ["/0", "/1", "/2", "/3"]
    assert tried == ["/robots.txt", "/0", "/1", "/2"]
    assert outcomes(database) == dict.fromkeys([*paths, "/c/4"], "stored")
    assert "4 links lead to strange.example; add it to `hosts`" in first["problems"]["http://blog.example/"]
