"""Sites that misbehave: each request ends in one named outcome, and no site takes another one along."""

import gzip
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from crawler.demo import DemoServer, Response, serve
from crawler.preloaded import PAGE
from storage import Corpus

HTML = {"Content-Type": "text/html; charset=utf-8"}
Answer = Response | Callable[[], Response]


def page(number: int = 0) -> Response:
    """An article; each number another one."""
    body = PAGE.replace(b"Harbour closed by a storm", b"Harbour number %d closed by a storm" % number)
    return Response(200, HTML, body.replace(b"twelve", b"%d" % number))


def redirect(location: str, status: int = 302) -> Response:
    return Response(status, {"Location": location}, b"")


@dataclass
class OddSite:
    """A site with an answer for each path, and a feed that names all of them but those that crawlers ask for."""

    answers: Mapping[str, Answer]
    robots: Answer = field(default_factory=lambda: Response(404, {}, b""))

    def respond(self, target: str, base_url: str) -> Response:
        if target == "/robots.txt":
            return self._given(self.robots)
        if target in self.answers:
            return self._given(self.answers[target])
        if target == "/":
            return Response(200, HTML, b'<link rel="alternate" type="application/rss+xml" href="/feed"><p>Odd</p>')
        if target == "/feed":
            links = "".join(f"<item><link>{base_url}{path}</link></item>" for path in self.answers)
            return Response(
                200,
                {"Content-Type": "application/rss+xml"},
                f"<rss><channel>{links}</channel></rss>".encode(),
            )
        return Response(404, HTML, b"<p>Not found</p>")

    def _given(self, answer: Answer) -> Response:
        return answer if isinstance(answer, Response) else answer()


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
        "/front": "too-short",
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
        "http://down.example/": "nothing may be fetched: robots.txt answers HTTP 503",
        "http://circle.example/": "nothing may be fetched: robots.txt cannot be had: too-many-redirects "
        "(more than 8 redirects)",
        "http://empty.example/": "no articles were found on it",
        "http://document.example/": "it is not a news site: it is a PDF document",
        "http://gone.example/": "it answers with HTTP status 410",
        "http://unknown.example/": "nothing may be fetched: robots.txt answers HTTP 502",
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


def test_politeness_as_the_server_sees_it(start_crawl) -> None:
    """Crawl-delay, Retry-After in both forms, and one request a host at a time."""
    paused = iter([Response(503, {"Retry-After": "1"}, b""), *map(page, range(90, 99))])
    for_long = iter([page(50), Response(429, {"Retry-After": "3600"}, b"")])
    sites = {
        "calm.example": OddSite(
            {f"/{n}": page(n) for n in range(3)},
            robots=Response(200, {}, b"User-agent: *\nCrawl-delay: 0.2\n"),
        ),
        "tired.example": OddSite({f"/{n}": (lambda: next(paused)) for n in range(5)}),
        "closing.example": OddSite({f"/{n}": (lambda: next(for_long)) for n in range(5)}),
        "brisk.example": OddSite({f"/{n}": page(n + 20) for n in range(20)}),
    }
    with serve(sites, delay=0.01) as server:
        crawled = start_crawl(*(f"http://{name}/" for name in sites), environment={"http_proxy": server.url}).wait()
        again = start_crawl("http://closing.example/", environment={"http_proxy": server.url})
        for_long = iter(map(page, range(51, 60)))
        assert again.wait()["counts"]["stored"] == 4
    assert (crawled["counts"]["stored"], crawled["counts"]["http-429"]) == (29, 1)
    assert [request.status for request in server.requests if request.host == "closing.example"].count(429) == 1
    assert max(request.in_flight for request in server.requests) == 1
    calm = sorted(request.started for request in server.requests if request.host == "calm.example")
    assert calm[-1] - calm[1] >= 0.2 * (len(calm) - 2) - 0.2  # robots.txt came before the delay was known
    tired = sorted((r for r in server.requests if r.host == "tired.example"), key=lambda request: request.started)
    refused = next(index for index, request in enumerate(tired) if request.status == 503)
    assert tired[refused + 1].started - tired[refused].finished >= 0.99


class Inner(BaseHTTPRequestHandler):
    """A server that must never be asked."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def inner_server():
    server = HTTPServer(("127.0.0.2", 0), Inner)
    server.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def self_signed(tmp_path: Path) -> Iterator[str]:
    """The address of a server whose certificate nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), begin, begin.replace(year=2099)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    unlocked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(unlocked + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = HTTPServer(("127.0.0.1", 0), Inner)
    server.asked = []  # type: ignore[attr-defined]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}/"
    assert server.asked == []  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def test_addresses_that_are_not_public_are_not_talked_to(
    start_crawl, inner_server: HTTPServer, self_signed: str
) -> None:
    inner = f"http://127.0.0.2:{inner_server.server_address[1]}"
    spellings = ["127.0.0.2", "127.2", "2130706434", "0x7f000002", "0177.0.0.2", "[::ffff:127.0.0.2]"]
    redirects = {
        f"/{n}": redirect(f"http://{spelling}:{inner_server.server_address[1]}/secret")
        for n, spelling in enumerate(spellings)
    }
    robots = Response(200, {}, f"User-agent: *\nSitemap: {inner}/sitemap.xml\n".encode())
    with serve(OddSite({"/good": page(1), **redirects}, robots=robots)) as server:
        refused = start_crawl(server.url, server.url.replace("127.0.0.1", "localhost")).wait()
        assert server.requests == ()
        port = server.url.rpartition(":")[2]
        assert refused["problems"] == {
            server.url: "127.0.0.1 is not a public address; CLEANWIRE_ALLOW_NETWORKS can allow it",
            f"http://localhost:{port}": "localhost (127.0.0.1) is not a public address; CLEANWIRE_ALLOW_NETWORKS can "
            "allow it",
        }
        assert refused["exit_code"] == 4
        environment = {"CLEANWIRE_ALLOW_NETWORKS": "127.0.0.1/32"}
        nobody = "http://127.0.0.1:1/"
        allowed = start_crawl(server.url, self_signed, nobody, environment=environment).wait()
    assert inner_server.asked == []  # type: ignore[attr-defined]
    assert allowed["counts"]["stored"] == 1
    assert allowed["counts"]["address-refused"] == len(spellings)
    assert "certificate verify failed" in allowed["problems"][self_signed]
    assert "it does not answer: Connection was refused" in allowed["problems"][nobody]
    assert (refused.errors, allowed.errors) == ("", "")


def test_names_that_lead_inside_are_refused_where_they_are_resolved(start_crawl) -> None:
    """The name is checked by what it resolves to; the resolver itself is replaced, for want of such a name."""
    before = "import socket; socket.gethostbyname = lambda name: '10.0.0.7'"
    crawled = start_crawl("http://intranet.example/", before=before).wait()
    assert crawled["problems"] == {
        "http://intranet.example/": "intranet.example (10.0.0.7) is not a public address; CLEANWIRE_ALLOW_NETWORKS can "
        "allow it"
    }
