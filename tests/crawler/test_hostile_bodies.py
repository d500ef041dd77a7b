"""Answers without an end, or larger than they look: each ends in one named outcome, and memory stays small."""

import subprocess
import sys
from pathlib import Path

import pytest
from faulty import (
    HTML,
    article,
    brotli_spaces,
    deflated_spaces,
    dripping,
    endless,
    gzipped,
    gzipped_spaces,
    head,
    page,
    reply,
    serving,
    zstd_spaces,
)
from records import outcomes

from crawler.session import CrawlOptions

MEGABYTE = 1024**2
BOMB = 256 * MEGABYTE
MOST_MEGABYTES = 200
"""Of the crawl's own process, not of those that clean."""


@pytest.mark.promise(16)
def test_bodies_that_are_small_only_when_packed_are_cut(start_crawl, database: str, measured) -> None:
    bombs = {
        "/br": reply(200, brotli_spaces(BOMB), Content_Encoding="br"),
        "/gzip": reply(200, gzipped_spaces(BOMB), Content_Encoding="gzip"),
        "/deflate": reply(200, deflated_spaces(BOMB), Content_Encoding="deflate"),
        "/zstd": reply(200, zstd_spaces(BOMB), Content_Encoding="zstd"),
        "/nested": reply(200, gzipped(gzipped_spaces(BOMB)), Content_Encoding="gzip, gzip"),
    }
    packed_sitemap = reply(200, gzipped_spaces(BOMB, b"<urlset>"), "application/gzip")
    sites = {
        "bombs.example": {**bombs, "/good": page(1)},
        "sitemap.example": {
            "/robots.txt": reply(200, b"Sitemap: http://sitemap.example/sitemap.xml.gz", "text/plain"),
            "/sitemap.xml.gz": packed_sitemap,
            "/": reply(200, b"<p>Nothing"),
        },
    }
    with serving(sites) as server:
        urls = [f"http://{name}/" for name in sites]
        crawled = start_crawl(*urls, environment={"http_proxy": server.url}).wait()
    assert crawled.errors == ""
    assert outcomes(database) == {**dict.fromkeys(bombs, "too-large"), "/good": "stored"}
    assert crawled["problems"] == {
        "http://sitemap.example/": "no articles were found; /sitemap.xml.gz cannot be read: "
        "it is larger than 50 MB when unpacked; the entries up to there were read"
    }
    assert crawled["megabytes"] < MOST_MEGABYTES
    measured(f"{len(bombs) + 1} bombs, each with a named outcome; main process {crawled['megabytes']} MB")


@pytest.mark.promise(17)
def test_a_body_without_an_end_is_cut_at_the_limit(start_crawl, database: str, measured) -> None:
    beginning = head(200, HTML, Transfer_Encoding="chunked")
    chunk = b"10000\r\n" + b"A" * 0x10000 + b"\r\n"
    site = {
        "/chunks": endless(beginning, chunk, 300 * MEGABYTE),
        "/bytes": endless(head(200), b"A" * 0x10000, 300 * MEGABYTE),
        "/announced": reply(200, b"A" * 20 * MEGABYTE),
        "/good": page(1),
    }
    with serving({"endless.example": site}) as server:
        crawled = start_crawl("http://endless.example/", environment={"http_proxy": server.url}).wait()
        sent = {path: server.exchange("endless.example", path).sent for path in site}
    assert outcomes(database) == {
        "/chunks": "too-large",
        "/bytes": "too-large",
        "/announced": "too-large",
        "/good": "stored",
    }
    assert max(sent.values()) < 16 * MEGABYTE
    assert crawled["megabytes"] < MOST_MEGABYTES
    measured(f"cut after {max(sent.values()) / MEGABYTE:.0f} MB, too-large")


@pytest.mark.promise(18)
def test_headers_without_an_end_are_cut_at_a_megabyte(start_crawl, database: str, measured) -> None:
    status = b"HTTP/1.1 200 OK\r\n"
    site = {
        "/many": endless(status, b"X-A: b\r\n" * 1000, 20 * MEGABYTE),
        "/long": endless(status + b"X-A: ", b"b" * 0x10000, 20 * MEGABYTE),
        "/folded": endless(status + b"X-A: b\r\n", b" b\r\n" * 1000, 20 * MEGABYTE),
        "/status": endless(b"HTTP/1.1 200 ", b"OK" * 1000, 20 * MEGABYTE),
        "/informed": endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100, 20 * MEGABYTE),
        "/ordinary": reply(200, article(1), Set_Cookie="a=" + "b" * 12_000, Link="</a>; rel=preload, " * 1000),
    }
    with serving({"flood.example": site}) as server:
        crawled = start_crawl("http://flood.example/", environment={"http_proxy": server.url}).wait()
        sent = {path: server.exchange("flood.example", path).sent for path in site}
    assert outcomes(database) == {**dict.fromkeys(site, "too-large"), "/ordinary": "stored"}
    # What the kernels have buffered on the way was sent too.
    assert max(sent.values()) < 4 * MEGABYTE
    assert crawled["megabytes"] < MOST_MEGABYTES
    measured(f"rejected after 256 KB; {max(sent.values()) / MEGABYTE:.1f} MB sent, buffers included")


@pytest.mark.promise(19)
def test_an_answer_that_drips_is_cut_when_its_time_is_over(start_crawl, database: str, measured) -> None:
    """The time is one for the whole answer: a byte now and then does not begin it anew."""
    site = {
        "/body": dripping(head(200, Content_Length="1000000"), b"A", 0.5),
        "/chunks": dripping(head(200, Transfer_Encoding="chunked"), b"1\r\nA\r\n", 0.5),
        "/headers": dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 0.5),
        "/status": dripping(b"HTTP/1.1 200", b" ", 0.5),
        "/good": page(1),
    }
    with serving({"slow.example": site}) as server:
        crawled = start_crawl("http://slow.example/", environment={"http_proxy": server.url}, timeout=2.0).wait()
        ended = {path: server.exchange("slow.example", path) for path in site}
    assert outcomes(database) == {**dict.fromkeys(site, "timeout"), "/good": "stored"}
    assert all(exchange.was_cut for path, exchange in ended.items() if path != "/good")
    longest = max(exchange.ended - exchange.started for exchange in ended.values())
    assert longest < 3.5
    assert crawled.errors == ""
    assert CrawlOptions().timeout == 30
    measured(f"cut after {longest:.1f} s with a limit of 2 s; the default is 30 s")


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE %b [<!ENTITY a "'
    + b"ha" * 50
    + b'">'
    + b"".join(b'<!ENTITY %c "%b">' % (name, b"&%c;" % (name - 1) * 10) for name in range(ord("b"), ord("k")))
    + b"]>"
)


def armed(root: bytes, inside: bytes, secret: str, inner: str) -> dict[str, bytes]:
    """Documents with a weapon each, by its name; ``inside`` has the place where an entity is expanded."""

    def document(prolog: bytes, entity: bytes) -> bytes:
        return prolog + b"<%b>%b</%b>" % (root, inside.replace(b"HERE", entity), root)

    def typed(declarations: str) -> bytes:
        return b'<?xml version="1.0"?>' + declarations.replace("ROOT", root.decode()).encode()

    return {
        "laughs": document(LAUGHS.replace(b"%b", root), b"&j;"),
        "file": document(typed(f'<!DOCTYPE ROOT [<!ENTITY x SYSTEM "file://{secret}">]>'), b"&x;"),
        "address": document(typed(f'<!DOCTYPE ROOT [<!ENTITY x SYSTEM "{inner}/x">]>'), b"&x;"),
        "dtd": document(typed(f'<!DOCTYPE ROOT SYSTEM "{inner}/dtd">'), b"&x;"),
        "parameter": document(typed(f'<!DOCTYPE ROOT [<!ENTITY % p SYSTEM "{inner}/p"> %p;]>'), b"&x;"),
        "inclusion": document(
            b"", f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" parse="text" href="{secret}"/>'.encode()
        ),
        "sheet": document(f'<?xml-stylesheet href="{inner}/sheet"?>'.encode(), b"x"),
    }


@pytest.mark.promise(23)
def test_armed_feeds_and_sitemaps_do_nothing(start_crawl, database: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    with serving({"*": {"*": page(9)}}) as inner:
        feeds = armed(b"rss", b"<channel><item><title>HERE</title></item></channel>", str(secret), inner.url)
        maps = armed(b"urlset", b"<url><loc>HERE</loc></url>", str(secret), inner.url)
        sites = {f"feed-{name}.example": {"/feed": reply(200, body, "text/xml")} for name, body in feeds.items()}
        sites |= {
            f"map-{name}.example": {
                "/robots.txt": reply(200, b"Sitemap: /sitemap.xml", "text/plain"),
                "/": reply(200, b"<p>Nothing"),
                "/sitemap.xml": reply(200, body, "text/xml"),
            }
            for name, body in maps.items()
        }
        with serving(sites) as server:
            urls = [f"http://{name}/" for name in sites]
            crawl = start_crawl(*urls, environment={"http_proxy": server.url})
            crawled = crawl.wait()
            asked = " ".join(exchange.path for exchange in server.exchanges)
        assert inner.connections == 0
    assert crawled.errors == ""
    assert "hunter2" not in asked
    assert b"hunter2" not in b"".join(file.read_bytes() for file in tmp_path.glob("corpus.db*"))
    for name in ("laughs", "file", "address", "dtd", "parameter"):
        for kind in ("feed", "map"):
            assert f"http://{kind}-{name}.example/" in crawled["problems"]
    assert crawled["megabytes"] < MOST_MEGABYTES


GROWTH = """
import sys
from crawler.pages.tasks import read_listing
def peak():
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) // 1024
before = peak()
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        read_listing(file.read(), "http://a.example/", "sitemap" if "map" in path else "feed", ("a.example",))
print(peak() - before)
"""


@pytest.mark.promise(23)
def test_whoever_reads_armed_documents_stays_small(tmp_path: Path, measured) -> None:
    """Megabytes that the process which reads all of them grows by; the bombs are of 256 MB."""
    documents = {
        f"{kind}-{name}": body
        for kind, root, inside in (
            ("feed", b"rss", b"<channel><item><title>HERE</title></item></channel>"),
            ("map", b"urlset", b"<url><loc>HERE</loc></url>"),
        )
        for name, body in armed(root, inside, "/etc/hostname", "http://127.0.0.1:9").items()
    }
    documents["map-bomb"] = gzipped_spaces(BOMB, b"<urlset>")
    documents["map-deep"] = gzipped(b"<urlset>" + b"<a>" * 5_000_000)
    documents["feed-bomb"] = gzipped_spaces(BOMB, b"<rss>")
    for name, body in documents.items():
        (tmp_path / name).write_bytes(body)
    paths = [str(tmp_path / name) for name in documents]
    read = subprocess.run([sys.executable, "-c", GROWTH, *paths], capture_output=True, text=True, timeout=60)
    assert read.returncode == 0, read.stderr
    assert int(read.stdout) < 100
    measured(f"{int(read.stdout)} MB more, nothing leaked, each with a named outcome")
