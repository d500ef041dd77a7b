"""Cookies that sites set: they are sent back to their site, within the run, and nowhere else."""

from faulty import Answer, Exchange, article, feed, page, redirect, reply, serving
from records import outcomes
from scrapy import Request
from scrapy.http import Response

from crawler.fetch.session_cookies import (
    MAX_JAR_COOKIES,
    SOURCE_META,
    SessionCookiesMiddleware,
)


def sent(middleware: SessionCookiesMiddleware, url: str, source: int | None = 1, **headers: str) -> str | None:
    """The cookies that a request carries."""
    request = Request(url, headers=headers, meta={} if source is None else {SOURCE_META: source})
    middleware.process_request(request)
    cookies = request.headers.get("Cookie")
    return cookies.decode() if cookies else None


def receive(middleware: SessionCookiesMiddleware, url: str, *cookies: str, source: int | None = 1) -> None:
    request = Request(url, meta={} if source is None else {SOURCE_META: source})
    middleware.process_response(request, Response(url, headers={"Set-Cookie": list(cookies)}))


def test_cookies_go_back_to_their_host_and_belong_to_one_source() -> None:
    middleware = SessionCookiesMiddleware()
    receive(middleware, "http://a.example/", "seen=1; path=/")
    receive(middleware, "http://b.example/", "seen=2; path=/", source=2)
    assert sent(middleware, "http://a.example/x") == "seen=1"
    assert sent(middleware, "http://a.example/x", Cookie="own=1; seen=0") == "own=1; seen=0"
    assert sent(middleware, "http://other.example/x") is None
    assert sent(middleware, "http://a.example/x", source=2) is None
    assert sent(middleware, "http://a.example/robots.txt", source=None) is None
    assert sent(middleware, "http://a.example/x", source=None, Cookie="own=1") == "own=1"


def test_redirected_requests_get_the_cookies_of_where_they_go() -> None:
    middleware = SessionCookiesMiddleware()
    receive(middleware, "http://a.example/", "seen=1; path=/")
    request = Request("http://a.example/x", headers={"Cookie": "own=1"}, meta={SOURCE_META: 1})
    middleware.process_request(request)
    receive(middleware, "http://a.example/x", "seen=2; path=/")
    # Scrapy copies headers and meta to the redirected request; the headers of the source are set again before.
    again = request.replace(url="http://a.example/y", headers={"Cookie": "own=1"})
    middleware.process_request(again)
    assert again.headers["Cookie"] == b"own=1; seen=2"
    without = Request("http://a.example/x", meta={SOURCE_META: 1})
    middleware.process_request(without)
    moved = without.replace(url="http://other.example/")
    middleware.process_request(moved)
    assert "Cookie" not in moved.headers


def test_a_jar_has_limits() -> None:
    middleware = SessionCookiesMiddleware()
    receive(middleware, "http://a.example/", "long=" + "x" * 5000, "short=1")
    assert sent(middleware, "http://a.example/") == "short=1"
    for number in range(MAX_JAR_COOKIES):
        receive(middleware, "http://a.example/", f"c{number}=1")
    assert sent(middleware, "http://a.example/") is None


def behind_a_check(body: bytes, content_type: str) -> Answer:
    """A page that redirects to a cookie check until the cookie of the check comes back."""

    def answer(exchange: Exchange) -> None:
        if "ok=1" in exchange.headers.get("cookie", ""):
            exchange.send(reply(200, body, content_type))
        else:
            exchange.send(reply(302, Location=f"/check?back={exchange.path}", Set_Cookie="ok=1; path=/"))

    return answer


def test_what_redirects_until_a_cookie_comes_back(start_crawl, database: str) -> None:
    listed = feed(["http://wall.example/a", "http://wall.example/b"]).partition(b"\r\n\r\n")[2]
    site = {
        "/feed": behind_a_check(listed, "application/rss+xml"),
        "/a": behind_a_check(article(1), "text/html"),
        "/b": behind_a_check(article(2), "text/html"),
        **{f"/check?back={path}": redirect(path) for path in ("/feed", "/a", "/b")},
    }
    plain = {"/a": page(3, Set_Cookie="tracking=1"), "/b": page(4)}
    with serving({"wall.example": site, "plain.example": plain}) as server:
        crawled = start_crawl(
            "http://wall.example/",
            {"url": "http://plain.example/", "session_cookies": False},
            environment={"http_proxy": server.url},
        ).wait()
        assert [path for path in server.asked("wall.example") if path.startswith("/check")] == ["/check?back=/feed"]
        assert not any("cookie" in each.headers for each in server.exchanges if each.host == "plain.example")
    assert crawled.errors == ""
    assert outcomes(database) == {"/a": "stored", "/b": "stored"}
