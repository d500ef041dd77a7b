"""robots.txt as RFC 9309 has it, and what happens where it cannot be had."""

import sqlite3
import time

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

from crawler.parsers.robots_txt import PARSED_BYTES, Robots, read_robots

# --- reading


@pytest.mark.parametrize(
    ("text", "allowed", "forbidden"),
    [
        ("", "/ /a", ""),
        ("User-agent: *\nDisallow:", "/ /a", ""),
        ("User-agent: *\nDisallow: /", "/robots.txt", "/ /a"),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/ /b /a/b /a/bc", "/a /ab /a/c"),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", ""),  # of equals, the one that allows
        ("User-agent: *\nDisallow: /*.php$", "/a.php5 /a.php?b", "/a.php /a/b.php"),
        ("User-agent: *\nDisallow: /a*b*c", "/a/b /acb", "/abc /a/b/c/d"),
        ("User-agent: *\nDisallow: /a*a$", "/a /ab", "/aa /aba"),  # the asterisk's parts do not overlap
        ("User-agent: *\nDisallow: /a*$", "/b", "/a /ab"),
        ("User-agent: *\nDisallow: /?id=", "/ /id=", "/?id=1"),
        ("User-agent: *\nDisallow: *?print", "/a", "/a?print=1"),
        ("User-agent: *\nDisallow: private", "/a/private", "/private"),
        ("User-agent: *\nDisallow: /caf%C3%A9", "/caf", "/café /caf%c3%a9"),
        ("User-agent: *\nDisallow: /café/%7Eme", "/cafe", "/caf%C3%A9/~me"),
        ("User-agent: *\nDisallow: /a%2Fb", "/a/b", "/a%2fb"),
        ("User-agent: *\nDisallow: /a%2A", "/ab", "/a*"),
        ("User-agent: *\nDisallow: /a$b", "/a", "/a$b"),
        ("User-agent: cleanwire\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/ /b", "/a"),
        ("User-agent: *\nDisallow: /\n\nUser-agent: CleanWire/2.1\nAllow: /", "/ /b", ""),
        ("User-agent: Cleanwire\nDisallow: /a\n\nUser-agent: cleanwire\nDisallow: /b", "/", "/a /b"),
        ("User-agent: other\nUser-agent: cleanwire\nDisallow: /a\nUser-agent: x\nDisallow: /b", "/b", "/a"),
        ("User-agent: other\nSitemap: /s.xml\nUser-agent: cleanwire\nDisallow: /a", "/", "/a"),
        ("User-agent: other\nCrawl-delay: 5\nUser-agent: cleanwire\nDisallow: /a", "/", "/a"),
        ("User-agent: cleanwirebot\nDisallow: /", "/", ""),
        ("User-agent: *\nNoindex: /a\nDisallow: /b", "/a", "/b"),
        ("Disallow: /\nUser-agent: *\nDisallow: /b", "/a", "/b"),  # what stands before any group addresses nobody
        ("\ufeffuser-AGENT : * # all\n disallow :/a#b\r\nDISALLOW: /c\rDisallow: /d", "/b", "/a /c /d"),
        ("User agent: *\nDissallow: /a\nDisallow /b", "/", "/a /b"),
        ("<html><body>Not found: Disallow: /</body></html>", "/", ""),
        ("User-agent: *\n" + "Disallow: /a\n" * 60_000 + "Disallow: /b", "/b", "/a"),
        ("User-agent: *\n#" + "x" * (PARSED_BYTES - 20) + "\nDisallow: /b", "/ /b", ""),  # the last line is cut: unread
    ],
)
def test_what_it_allows(text: str, allowed: str, forbidden: str) -> None:
    rules = read_robots(text, "Cleanwire")
    assert [path for path in allowed.split() if not rules.allows(f"https://example.org{path}")] == []
    assert [path for path in forbidden.split() if rules.allows(f"https://example.org{path}")] == []


def test_delay_and_sitemaps() -> None:
    text = "Sitemap: /a.xml\nUser-agent: *\nCrawl-delay: 2.5\nCrawl-delay: 9\nsitemap: b.xml"
    assert read_robots(text, "Cleanwire") == Robots(crawl_delay=2.5, sitemaps=("/a.xml", "b.xml"))
    for delay in ("-1", "soon", ""):
        assert read_robots(f"User-agent: *\nCrawl-delay: {delay}", "Cleanwire").crawl_delay is None
    assert len(read_robots("Sitemap: /s\n" * 100, "Cleanwire").sitemaps) == 20


def repeated(line: str) -> str:
    """So many lines with a number in them as are parsed."""
    return "".join(line.format(number) for number in range(PARSED_BYTES // len(line)))


@pytest.mark.promise(28)
@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\n" + repeated("Disallow: /a/{}\n"),
        "User-agent: *\n" + repeated("Disallow: /*a*{}*b*c$\n"),
        "User-agent: *\n" + repeated("Disallow: /*a*a*a*a*a*a*a*a*a*a*a*a*b{}\n"),
        "User-agent: *\n" + repeated("Disallow: /%e2%80{}é$\n"),
        repeated("User-agent: bot{}\n")[: PARSED_BYTES // 2] + repeated("Disallow: /{}\n"),
        repeated("User-agent: bot{}\nDisallow: /\n"),
        "User-agent: *\nDisallow: /" + "*a" * PARSED_BYTES,
        "User-agent: *\nDisallow: /" + "%7e" * 100_000 + "\n",
        "\n" * PARSED_BYTES,
        ":" * PARSED_BYTES,
        " " * PARSED_BYTES,
    ],
    ids="prefixes asterisks many-asterisks escapes robots groups one-rule one-escaped empty colons spaces".split(),
)
def test_no_robots_txt_takes_long(text: str) -> None:
    """Of the processor's time; 10 MB of such files are no more, since no more is read."""
    began = time.process_time()
    rules = read_robots(text * 2, "Cleanwire")
    rules.allows("https://example.org/" + "a" * 2_000 + "b")
    assert time.process_time() - began < 3  # 0.2 s where nothing else runs; what grows with the square takes 12


# --- in a crawl


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
    measured(f"of 10 MB {sent / 1e6:.1f} were on their way, 512 KiB are read; 11 kinds of hostile rules in time")


def test_it_is_kept_for_later_runs_but_not_for_long(start_crawl, database: str) -> None:
    sites = {
        "kept.example": {"/robots.txt": robots("User-agent: *\nDisallow: /a"), "/a": page(1), "/b": page(2)},
        "fresh.example": {"/robots.txt": robots("", Cache_Control="no-cache"), "/a": page(3)},
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
