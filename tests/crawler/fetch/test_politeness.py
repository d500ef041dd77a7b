"""How a host is spared: one request at a time, its delay, and no request before the time it named."""

import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise

import pytest
from faulty import Exchange, FaultyServer, in_turn, late, page, reply, robots, serving


def of_host(server: FaultyServer, host: str) -> list[Exchange]:
    return sorted((each for each in server.exchanges if each.host == host), key=lambda exchange: exchange.started)


def most_at_once(exchanges: Sequence[Exchange]) -> int:
    """How many requests were being answered at the same time; the server notes an end a little after the last byte."""
    return max(
        1 + sum(other is not each and other.started <= each.started < other.ended - 0.05 for other in exchanges)
        for each in exchanges
    )


@pytest.mark.promise(29)
def test_gaps_are_as_long_as_the_crawl_delay(start_crawl, measured) -> None:
    site = {"/robots.txt": robots("User-agent: *\nCrawl-delay: 3"), **{f"/{n}": page(n) for n in range(9)}}
    brisk = {f"/{n}": page(n + 20) for n in range(20)}
    with serving({"calm.example": site, "brisk.example": brisk}) as server:
        environment = {"http_proxy": server.url}
        crawled = start_crawl(
            "http://calm.example/", "http://brisk.example/", environment=environment, max_runtime=10.0
        )
        assert crawled.wait()["stopped"] == "time limit"
        arrived = [exchange.arrived for exchange in of_host(server, "calm.example")]
        assert len(of_host(server, "brisk.example")) > 20
        assert most_at_once(of_host(server, "brisk.example")) == 1
    gaps = [later - earlier for earlier, later in pairwise(arrived)]
    assert len(gaps) >= 2
    assert min(gaps) >= 2.99  # the kernel tells the time in steps of up to 10 ms
    measured(f"shortest gap {min(gaps):.2f} s")


def test_a_source_can_ask_for_more_requests_at_once(start_crawl) -> None:
    site = {f"/{n}": late(0.3, page(n)) for n in range(8)}
    with serving({"one.example": site, "three.example": site}) as server:
        sources = ["http://one.example/", {"url": "http://three.example/", "concurrency": 3}]
        crawled = start_crawl(*sources, environment={"http_proxy": server.url}).wait()
        assert most_at_once(of_host(server, "one.example")) == 1
        assert most_at_once(of_host(server, "three.example")) == 3
    assert crawled["counts"]["stored"] == 16


@pytest.mark.promise(30)
def test_no_request_before_the_time_that_a_host_named(start_crawl, database: str, measured) -> None:
    """With 429 and 503, as seconds and as a date; for a page, a feed and robots.txt; in this run and the next one."""

    def dated(exchange: Exchange) -> None:
        moment = datetime.fromtimestamp(int(time.time()) + 3, UTC)  # HTTP's dates are whole seconds
        exchange.send(reply(503, Retry_After=format_datetime(moment, usegmt=True)))

    good = {f"/{n}": page(n) for n in range(3)}
    refusal, later = reply(429, Retry_After="2"), reply(503, Retry_After="2")
    feed = reply(200, b"<rss><channel><item><link>/0</link></item></channel></rss>", "application/rss+xml")
    sites = {
        "page.example": good | {"/1": in_turn(refusal, page(11))},
        "dated.example": good | {"/1": in_turn(dated, page(21))},
        "feed.example": {"/feed": in_turn(refusal, feed), "/0": page(31)},
        "robots.example": good | {"/robots.txt": in_turn(later, robots(""))},
        "long.example": good | {"/1": in_turn(reply(429, Retry_After="3600"), page(51))},
        "long-robots.example": good | {"/robots.txt": in_turn(reply(503, Retry_After="3600"), robots(""))},
    }
    refusing = {"page.example": "/1", "dated.example": "/1", "feed.example": "/feed", "robots.example": "/robots.txt"}
    urls = [f"http://{name}/" for name in sites]
    with serving(sites) as server:
        first = start_crawl(*urls, environment={"http_proxy": server.url}).wait()
        gaps = {}
        for name, path in refusing.items():
            exchanges = of_host(server, name)
            refused = next(number for number, each in enumerate(exchanges) if each.path == path)
            gaps[name] = exchanges[refused + 1].started - exchanges[refused].ended
        assert min(gaps.values()) >= 1.99, gaps
        assert of_host(server, "long.example")[-1].path == "/1"
        assert server.asked("long-robots.example") == ["/robots.txt"]
        before = {name: len(of_host(server, name)) for name in sites}
        start_crawl(*urls, environment={"http_proxy": server.url}).wait()
        assert {name: len(of_host(server, name)) - before[name] for name in sites if name.startswith("long")} == {
            "long.example": 0,
            "long-robots.example": 0,
        }
        with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
            connection.execute("update host set paused_until = datetime(paused_until, '-2 hours')")
        connection.close()
        third = start_crawl(*urls, environment={"http_proxy": server.url}).wait()
    assert first["counts"]["stored"] >= 10
    assert third["counts"]["stored"] >= 5
    measured(f"none: shortest wait {min(gaps.values()):.2f} s of 2 s; of an hour, none in the next run either")
    assert "/2" in server.asked("long-robots.example")
