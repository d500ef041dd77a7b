"""Sites that misbehave: each request ends in one named outcome, and no site takes another one along."""

import gzip
import sqlite3
import time

from odd_site import HTML, OddSite

from crawler.demo import DemoServer, Response, serve
from crawler.pages.worker_preload import SAMPLE_PAGE
from storage import Corpus


def page(number: int = 0) -> Response:
    """An article; each number another one."""
    body = SAMPLE_PAGE.replace(b"Harbour closed by a storm", b"Harbour number %d closed by a storm" % number)
    return Response(200, HTML, body.replace(b"twelve", b"%d" % number))


def redirect(location: str, status: int = 302) -> Response:
    return Response(status, {"Location": location}, b"")


def outcomes(database: str) -> dict[str, str]:
    """What each fetched address ended as, by its path."""
    rows = sqlite3.connect(database.removeprefix("sqlite:///")).execute(
        "select frontier.url, fetch.outcome from fetch join frontier on frontier.id = fetch.frontier_id"
    )
    return {url.partition(".example")[2]: outcome for url, outcome in rows}


def asked(server: DemoServer, host: str) -> list[str]:
    return [request.path for request in server.requests if request.host == host]


def slow() -> Response:
    time.sleep(3)
    return page()


def test_every_odd_answer_has_a_name(start_crawl, database: str) -> None:
    bomb = gzip.compress(b"<p>" + b"A" * 30_000_000)
    patience = iter([Response(429, {"Retry-After": "1"}, b""), page(7)])
    odd = {
        "/good": page(1),
        "/missing": Response(404, HTML, b"<p>No such page</p>"),
        "/broken": Response(500, HTML, b"<p>Error</p>"),
        "/picture": Response(200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n"),
        "/document": Response(200, HTML, b"%PDF-1.7 and so on"),
        "/nothing": Response(200, HTML, b""),
        "/loop": redirect("/loop"),
        "/front": redirect("/"),
        "/moved": redirect("/good", 301),
        "/file": redirect("file:///etc/passwd"),
        "/inside": redirect("http://169.254.169.254/latest/meta-data/"),
        "/elsewhere": redirect("http://down.example/"),
        "/huge": Response(200, HTML, b"<p>" + b"A" * 11_000_000),
        "/bomb": Response(200, HTML | {"Content-Encoding": "gzip"}, bomb),
        "/torn": Response(200, HTML | {"Content-Encoding": "gzip"}, b"no gzip at all"),
        "/slow": slow,
        "/later": lambda: next(patience),
    }
    sites = {
        "odd.example": OddSite(odd),
        "forbidden.example": OddSite({"/a": page(2)}, robots=Response(200, {}, b"User-agent: *\nDisallow: /\n")),
        "partly.example": OddSite(
            {"/a": page(3), "/private/b": page(4)},
            robots=Response(200, {}, b"User-agent: cleanwire\nDisallow: /private/"),
        ),
        "down.example": OddSite({"/a": page(5)}, robots=Response(503, {}, b"")),
        "circle.example": OddSite({"/a": page(6)}, robots=redirect("/robots.txt")),
        "empty.example": OddSite({"/": Response(200, HTML, b"<p>Nothing to see</p>")}),
        "document.example": OddSite({"/": Response(200, {"Content-Type": "application/pdf"}, b"%PDF-1.7")}),
        "gone.example": OddSite({"/": Response(410, HTML, b"<p>Gone</p>")}),
    }
    with serve(sites) as server:
        names = [*sites, "unknown.example"]
        crawled = start_crawl(
            *(f"http://{name}/" for name in names), environment={"http_proxy": server.url}, timeout=2.0
        ).wait()
    assert crawled.errors == ""
    assert {path: outcome for path, outcome in outcomes(database).items() if path in odd} == {
        "/good": "stored",
        "/missing": "http-404",
        "/broken": "http-500",
        "/picture": "not-html",
        "/document": "not-html",
        "/nothing": "empty",
        "/loop": "too-many-redirects",
        "/front": "index-page",
        "/moved": "duplicate",
        "/file": "bad-redirect",
        "/inside": "address-refused",
        "/elsewhere": "robots-unreachable",
        "/huge": "too-large",
        "/bomb": "too-large",
        "/torn": "incomplete",
        "/slow": "timeout",
        "/later": "stored",
    }
    assert outcomes(database)["/private/b"] == "robots-forbidden"
    assert crawled["problems"] == {
        "http://forbidden.example/": "its robots.txt forbids crawling",
        "http://down.example/": "nothing may be fetched: robots.txt returned HTTP status 503",
        "http://circle.example/": "nothing may be fetched: could not fetch robots.txt: too-many-redirects "
        "(more than 8 redirects)",
        "http://empty.example/": "no articles were found",
        "http://document.example/": "it is not a news site: it is a PDF document",
        "http://gone.example/": "it returned HTTP status 410",
        "http://unknown.example/": "nothing may be fetched: robots.txt returned HTTP status 502",
    }
    assert crawled["exit_code"] == 3
    for host in ("forbidden.example", "down.example", "circle.example"):
        assert set(asked(server, host)) == {"/robots.txt"}
    assert "/private/b" not in asked(server, "partly.example")
    with Corpus.open(database) as corpus:
        assert sorted(article.url for article in corpus.iter()) == [
            "http://odd.example/good",
            "http://odd.example/later",
            "http://partly.example/a",
        ]
