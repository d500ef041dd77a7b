"""Servers whose answers no specification allows, and which every browser reads: the articles are stored."""

import gzip
from collections.abc import Callable

from faulty import Exchange, article, feed, head, page, reply, robots, serving
from records import outcomes

from storage import Corpus


def ending_with_connection(answer: bytes) -> Callable[[Exchange], None]:
    """An answer after which the server hangs up."""
    return lambda exchange: exchange.send(answer)


def raw(*lines: bytes, end: bytes = b"\r\n", number: int) -> Callable[[Exchange], None]:
    """A head of these lines and an article, after which the server hangs up."""
    return ending_with_connection(end.join([*lines, b"", article(number)]))


def flags(database: str) -> dict[str, tuple[str, ...]]:
    """The flags of each article by its path."""
    with Corpus.open(database) as corpus:
        return {article.url.partition(".example")[2]: article.flags for article in corpus.iter()}


def test_heads_that_only_browsers_read(start_crawl, database: str) -> None:
    ok, html = b"HTTP/1.1 200 OK", b"Content-Type: text/html"
    length = len(article(4))
    site = {
        "/space-before-the-colon": raw(ok, b"Content-Type : text/html", number=1),
        "/typographic-quotes": raw(ok, html, "\u2018x-a\u2019: *".encode(), number=2),
        "/no-colon": raw(ok, html, b"This is no header", end=b"\n", number=3),
        "/equal-lengths": raw(ok, b"Content-Length: %d" % length, html, b"Content-Length: %d" % length, number=4),
        "/other-lengths": raw(ok, b"Content-Length: 5", html, b"Content-Length: 7", number=5),
        "/length-in-words": raw(ok, b"Content-Length: unknown", html, number=6),
        "/identity": raw(ok, html, b"Transfer-Encoding: identity", number=7),
        "/http-2": raw(b"HTTP/2 200", html, number=8),
        "/two-spaces": raw(b"HTTP/1.1  200  OK", html, number=9),
        "/blank-line-first": raw(b"", ok, html, number=10),
        "/indented": raw(ok, b"  X-A: b", html, number=11),
        "/not-gzipped": page(12, Content_Encoding="gzip"),
        "/not-brotli": page(13, Content_Encoding="br"),
    }
    with serving({"sloppy.example": site}) as server:
        crawled = start_crawl("http://sloppy.example/", environment={"http_proxy": server.url}).wait()
    assert crawled.errors == ""
    assert outcomes(database) == dict.fromkeys(site, "stored")
    assert set(flags(database).values()) == {()}


def test_whole_pages_of_which_more_was_announced_are_kept_and_flagged(start_crawl, database: str) -> None:
    """What was really cut stays incomplete, and is tried again."""

    def chunk(body: bytes) -> bytes:
        return head(200, Transfer_Encoding="chunked") + b"%x\r\n%b\r\n" % (len(body), body)

    packed = gzip.compress(article(1))
    unpacked_length = head(200, Content_Encoding="gzip", Content_Length=str(len(article(1)))) + packed
    paths = ("/length-of-unpacked", "/no-last-chunk", "/cut-chunk", "/cut-length", "/cut-gzip")
    announced = feed(f"http://early.example{path}" for path in paths).partition(b"\r\n\r\n")[2]
    rules = b"User-agent: *\nAllow: /\n"
    site = {
        "/robots.txt": ending_with_connection(head(200, "text/plain", Content_Length="400") + rules),
        "/feed": ending_with_connection(head(200, "application/rss+xml", Content_Length="90000") + announced),
        "/length-of-unpacked": ending_with_connection(unpacked_length),
        "/no-last-chunk": ending_with_connection(chunk(article(2))),
        "/cut-chunk": ending_with_connection(chunk(article(3)[:-60])),
        "/cut-length": ending_with_connection(reply(200, article(4))[:-60]),
        "/cut-gzip": ending_with_connection(unpacked_length[:-60]),
    }
    with serving({"early.example": site}) as server:
        crawled = start_crawl("http://early.example/", environment={"http_proxy": server.url}).wait()
    assert crawled.errors == ""
    assert outcomes(database) == {
        **dict.fromkeys(paths[:2], "stored"),
        **dict.fromkeys(paths[2:], "incomplete"),
    }
    assert flags(database) == dict.fromkeys(paths[:2], ("incomplete-response",))


def test_a_robots_txt_that_was_cut_within_a_line_allows_nothing(start_crawl, database: str) -> None:
    cut = head(200, "text/plain", Content_Length="400") + b"User-agent: *\nDisal"
    site = {"/robots.txt": ending_with_connection(cut), "/a": page(1)}
    with serving(
        {"cut.example": site, "whole.example": {"/robots.txt": robots("User-agent: *"), "/a": page(2)}}
    ) as server:
        crawled = start_crawl(
            "http://cut.example/", "http://whole.example/", environment={"http_proxy": server.url}
        ).wait()
    assert outcomes(database) == {"/a": "stored"}
    assert "could not fetch robots.txt: incomplete" in crawled["problems"]["http://cut.example/"]
