"""A crawl and the robots.txt of its hosts, and what happens where one cannot be had."""

import sqlite3
from datetime import timedelta

import pytest
from faulty import (
    Exchange,
    dripping,
    gzipped_spaces,
    hanging_up,
    head,
    in_turn,
    page,
    redirect,
    reply,
    robots,
    serving,
    silent,
)

from crawler.fetch.robots import choose_saved_lifetime


@pytest.mark.parametrize(
    ("max_age", "run_interval", "lifetime"),
    [
        (60, 0, 60),
        (60, 3600, 3600),
        (7200, 3600, 7200),
        (60, 24 * 3600, 4 * 3600),
        (14_400, 3600, 14_400),
        (0, 600, 600),
    ],
)
def test_a_short_max_age_lasts_until_the_next_run(max_age: int, run_interval: int, lifetime: int) -> None:
    chosen = choose_saved_lifetime(timedelta(seconds=max_age), timedelta(seconds=run_interval))
    assert chosen == timedelta(seconds=lifetime)


@pytest.mark.promise(27)
def test_where_it_cannot_be_had_nothing_is_fetched(start_crawl, measured) -> None:
    answers = {
        "500": reply(500),
        "503": reply(503),
        "429": reply(429, Retry_After="3600"),
        "599": reply(599),
        "silent": silent,
        "drip": dripping(head(200, "text/plain"), b"#", 0.3),
        "reset": hanging_up(b""),
        "torn": hanging_up(head(200, "text/plain", Content_Length="100") + b"User-agent: *"),
        "loop": redirect("/robots.txt"),
        "longer-loop": in_turn(*(redirect(f"/robots.txt?{n}") for n in range(30))),
        "nowhere": reply(301),
        "file": redirect("file:///etc/hostname"),
        "led": redirect("http://503.example/robots.txt"),
        "bomb": reply(200, gzipped_spaces(64 * 1024 * 1024), "text/plain", Content_Encoding="gzip"),
        "no-http": hanging_up(b"SSH-2.0-OpenSSH_9.2\r\n"),
    }
    sites = {f"{name}.example": {"/robots.txt": answer, "*": page(1)} for name, answer in answers.items()}
    sites["longer-loop.example"] = {
        f"/robots.txt{'?' * (n > 0)}{n or ''}": redirect(f"/robots.txt?{n + 1}") for n in range(30)
    }
    with serving(sites) as server:
        crawled = start_crawl(
            *(f"http://{name}/" for name in sites), environment={"http_proxy": server.url}, timeout=2.0
        ).wait()
        fetched = {path.partition("?")[0] for exchange in server.exchanges for path in [exchange.path]}
    assert fetched == {"/robots.txt"}
    assert set(crawled["problems"]) == {f"http://{name}/" for name in sites}
    assert crawled["exit_code"] == 4
    assert crawled.errors == ""
    measured(f"0 pages of {len(sites)} sites")


@pytest.mark.promise(28)
def test_of_ten_megabytes_half_a_megabyte_is_read(start_crawl, measured) -> None:
    filler = b"# nothing\n" * 100

    def huge(exchange: Exchange) -> None:
        exchange.send(head(200, "text/plain") + b"User-agent: *\nDisallow: /early\n")
        while exchange.sent < 10 * 1024 * 1024:
            exchange.send(filler)
        exchange.send(b"\nDisallow: /late\n")

    site = {"/robots.txt": huge, "/early": page(1), "/late": page(2)}
    with serving({"huge.example": site}) as server:
        crawled = start_crawl("http://huge.example/", environment={"http_proxy": server.url}).wait()
        sent = server.exchange("huge.example", "/robots.txt").sent
        assert sent < 3 * 1024 * 1024
        assert "/early" not in server.asked("huge.example")
    assert crawled["counts"]["stored"] == 1
    measured(f"{sent / 1e6:.1f} of 10 MB sent, 512 KiB parsed; 11 kinds of hostile rules in time")


def test_it_is_kept_for_later_runs_but_not_for_long(start_crawl, database: str) -> None:
    sites = {
        "kept.example": {"/robots.txt": robots("User-agent: *\nDisallow: /a"), "/a": page(1), "/b": page(2)},
        "fresh.example": {"/robots.txt": robots("", Cache_Control="no-cache"), "/a": page(3)},
        "brief.example": {"/robots.txt": robots("", Cache_Control="max-age=1"), "/a": page(6)},
        "none.example": {"/a": page(4)},
        "down.example": {"/robots.txt": in_turn(reply(503), robots("")), "/a": page(5)},
    }
    urls = [f"http://{name}/" for name in sites]

    def asked_again() -> list[str]:
        server.exchanges.clear()
        start_crawl(*urls, environment={"http_proxy": server.url}).wait()
        assert ("kept.example", "/a") not in {(exchange.host, exchange.path) for exchange in server.exchanges}
        return sorted(exchange.host for exchange in server.exchanges if exchange.path == "/robots.txt")

    with serving(sites) as server:
        assert asked_again() == sorted(sites)
        assert asked_again() == ["down.example", "fresh.example"]
        with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
            connection.execute("update host set robots_fetched_at = datetime(robots_fetched_at, '-5 hours')")
        connection.close()
        assert asked_again() == sorted(sites)
