"""The server: what goes over the wire, and what is recorded."""

import gzip
import http.client
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.demo import DemoServer, DemoSite, MirrorSite, Response, load_articles, serve

ARTICLES = load_articles()
STORY = ARTICLES[-1].path


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with serve(DemoSite()) as running:
        yield running


def ask(server: DemoServer, target: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    try:
        connection.request(method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_page_comes_with_length_and_validators(server: DemoServer) -> None:
    response, body = ask(server, STORY)
    assert response.status == 200
    assert int(response.headers["Content-Length"]) == len(body)
    assert response.headers["Last-Modified"] == "Wed, 12 Mar 2025 05:30:00 GMT"
    assert response.headers["ETag"].startswith('"')
    assert f"{server.url}{STORY}".encode() in body


@pytest.mark.parametrize(
    ("validator", "status"),
    [("own tag", 304), ("own tag, weak", 304), ("other tag", 200), ("own time", 304), ("older time", 200)],
)
def test_conditional_request(server: DemoServer, validator: str, status: int) -> None:
    first, _ = ask(server, STORY)
    sent = {
        "own tag": {"If_None_Match": first.headers["ETag"]},
        "own tag, weak": {"If_None_Match": f"W/{first.headers['ETag']}"},
        "other tag": {"If_None_Match": '"x"', "If_Modified_Since": first.headers["Last-Modified"]},
        "own time": {"If_Modified_Since": first.headers["Last-Modified"]},
        "older time": {"If_Modified_Since": "Sat, 01 Feb 2025 00:00:00 GMT"},
    }[validator]
    response, body = ask(server, STORY, **sent)
    assert response.status == status
    assert bool(body) == (status == 200)
    assert response.headers["ETag"] == first.headers["ETag"]


def test_front_page_changes_its_tag_with_a_new_article(server: DemoServer) -> None:
    server.publish(DemoSite(ARTICLES[1:]))
    before, _ = ask(server, "/")
    server.publish(DemoSite(ARTICLES))
    after, _ = ask(server, "/", If_None_Match=before.headers["ETag"])
    assert after.status == 200


def test_head_has_the_headers_alone(server: DemoServer) -> None:
    full, body = ask(server, STORY)
    response, nothing = ask(server, STORY, "HEAD")
    assert (response.status, nothing) == (200, b"")
    assert response.headers["Content-Length"] == full.headers["Content-Length"] == str(len(body))


def test_compression_where_it_is_accepted(server: DemoServer) -> None:
    _, plain = ask(server, "/feed/")
    response, packed = ask(server, "/feed/", Accept_Encoding="gzip, br")
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == plain


def test_compressed_sitemap_is_not_compressed_again(server: DemoServer) -> None:
    response, body = ask(server, "/sitemap-articles.xml.gz", Accept_Encoding="gzip")
    assert "Content-Encoding" not in response.headers
    assert response.headers["Content-Type"] == "application/gzip"
    assert gzip.decompress(body).startswith(b"<?xml")


@pytest.mark.parametrize("target", ["/nowhere/", "/nowhere", "/page/99/"])
def test_not_found(server: DemoServer, target: str) -> None:
    response, body = ask(server, target)
    assert response.status == 404
    assert b"Page not found" in body


def test_connection_stays_open(server: DemoServer) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    # A body sent after HEAD would be taken for the next answer.
    for method, target, status in [
        ("HEAD", STORY, 200),
        ("GET", "/nowhere/", 404),
        ("GET", "/robots.txt", 200),
    ]:
        connection.request(method, target)
        response = connection.getresponse()
        response.read()
        assert response.status == status
    assert connection.sock is not None
    connection.close()


def test_proxy_for_any_host(server: DemoServer) -> None:
    response, body = ask(server, f"http://Dhow.example{STORY}?a=b", Host="dhow.example")
    assert response.status == 200
    assert f'rel="canonical" href="http://dhow.example{STORY}"'.encode() in body
    assert [(request.host, request.path) for request in server.requests] == [("dhow.example", f"{STORY}?a=b")]


def test_proxy_for_named_hosts() -> None:
    sites = {"one.example": DemoSite(ARTICLES[:1]), "two.example": DemoSite(ARTICLES[1:])}
    with serve(sites) as server:
        statuses = {
            host: ask(server, f"http://{host}{STORY}")[0].status
            for host in ("one.example", "two.example", "two.example:80", "three.example")
        }
    assert statuses == {"one.example": 404, "two.example": 200, "two.example:80": 200, "three.example": 502}


def test_requests_are_recorded(server: DemoServer) -> None:
    ask(server, STORY, User_Agent="tester/1.0")
    ask(server, "/nowhere/?page=2", "HEAD")
    first, second = server.requests
    assert (first.method, first.path, first.status, first.user_agent) == ("GET", STORY, 200, "tester/1.0")
    assert (second.method, second.path, second.status, second.user_agent) == (
        "HEAD",
        "/nowhere/?page=2",
        404,
        "",
    )
    assert first.host == urlsplit(server.url).netloc
    assert first.started <= first.finished <= second.started
    assert first.at.utcoffset() is not None
    assert first.at <= second.at
    assert [first.in_flight, second.in_flight] == [1, 1]
    server.forget_requests()
    assert server.requests == ()


@dataclass
class WaitingSite:
    """Answers only once two requests are there."""

    both: threading.Barrier = field(default_factory=lambda: threading.Barrier(2, timeout=10))

    def respond(self, target: str, base_url: str) -> Response:
        self.both.wait()
        return Response(200, {"Content-Type": "text/plain"}, b"ok")


@pytest.mark.parametrize(
    ("hosts", "in_flight"),
    [(("a.example", "a.example"), [1, 2]), (("a.example", "b.example"), [1, 1])],
)
def test_requests_at_once_are_counted_by_host(hosts: tuple[str, str], in_flight: list[int]) -> None:
    with serve(WaitingSite()) as server:
        threads = [threading.Thread(target=ask, args=(server, f"http://{host}/")) for host in hosts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(request.in_flight for request in server.requests) == in_flight


class BrokenSite:
    """Fails."""

    def respond(self, target: str, base_url: str) -> Response:
        raise LookupError(target)


def test_failing_site_is_recorded_and_the_server_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    with serve(BrokenSite()) as server:
        with pytest.raises(http.client.RemoteDisconnected):
            ask(server, "/")
        server.publish(DemoSite())
        assert ask(server, "/")[0].status == 200
        assert [request.status for request in server.requests] == [500, 200]
    assert "LookupError" in capsys.readouterr().err


def test_taken_port_is_an_error(server: DemoServer) -> None:
    with pytest.raises(OSError, match="in use"), serve(DemoSite(), port=int(server.url.rpartition(":")[2])):
        pass


def test_port_is_given_back() -> None:
    with serve(DemoSite()) as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)


@pytest.fixture
def mirror(tmp_path: Path) -> MirrorSite:
    (tmp_path / "page.html").write_bytes(b"<p>saved</p>")
    (tmp_path / "gone.html").write_bytes(b"<p>gone</p>")
    (tmp_path / "index.json").write_text(
        """[
        {"url": "http://old.example/caf%C3%A9/", "file": "page.html", "status": 200,
         "content_type": "text/html", "etag": "\\"v1\\"", "last_modified": "Sat, 01 Mar 2025 06:00:00 GMT"},
        {"url": "http://old.example/?p=2", "file": "page.html", "status": 200, "content_type": "text/plain"},
        {"url": "http://old.example/gone/", "file": "gone.html", "status": 410, "content_type": "text/html"}
        ]""",
        "utf-8",
    )
    return MirrorSite(tmp_path)


@pytest.mark.parametrize(
    ("target", "status", "body"),
    [
        ("/caf%C3%A9/", 200, b"<p>saved</p>"),
        ("/caf%c3%a9/", 200, b"<p>saved</p>"),
        ("/?p=2", 200, b"<p>saved</p>"),
        ("/gone/", 410, b"<p>gone</p>"),
        ("/", 404, None),
        ("/?p=3", 404, None),
        ("/caf%C3%A9", 404, None),
    ],
)
def test_mirror(mirror: MirrorSite, target: str, status: int, body: bytes | None) -> None:
    with serve(mirror) as server:
        response, content = ask(server, f"http://any.example{target}")
    assert response.status == status
    assert body is None or content == body


def test_mirror_keeps_the_saved_validators(mirror: MirrorSite) -> None:
    assert mirror.hosts == ("old.example",)
    with serve(mirror) as server:
        response, _ = ask(server, "/caf%C3%A9/")
        again, _ = ask(server, "/caf%C3%A9/", If_None_Match='"v1"')
    assert response.headers["ETag"] == '"v1"'
    assert response.headers["Last-Modified"] == "Sat, 01 Mar 2025 06:00:00 GMT"
    assert again.status == 304
