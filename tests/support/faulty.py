"""A server that misbehaves: raw sockets on loopback, for what Python's own server is too well-behaved to send.

It answers for any host name when it is asked as a proxy, and records what it was asked, when, on which connection,
and how much of an answer it could send. It is bounded: no answer is longer than `MOST_BYTES` or takes more than
`MOST_SECONDS`, no more than `MOST_CONNECTIONS` are open, and it listens on loopback only.
"""

import contextlib
import gzip
import ipaddress
import socket
import ssl
import struct
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from crawler.pages.worker_preload import SAMPLE_PAGE

MOST_BYTES = 512 * 1024 * 1024
MOST_SECONDS = 90.0
MOST_CONNECTIONS = 64

HTML = "text/html; charset=utf-8"
RSS = "application/rss+xml"


@dataclass
class Exchange:
    """A request, and what became of its answer."""

    connection: int
    """Number of the connection, from 0."""
    host: str
    """As asked for, with the port where it was said."""
    path: str
    """With the query."""
    headers: Mapping[str, str]
    """Names in lower case."""
    started: float
    """When it was read, on ``time.monotonic``'s clock, in seconds."""
    arrived: float
    """When it came in, on the same clock: earlier, where the processor was busy with something else."""
    ended: float = 0.0
    """When the answer was sent, or could not be sent any more; 0.0 before that."""
    sent: int = 0
    """Bytes that the client's side took."""
    was_cut: bool = False
    """Whether the client hung up before the end of the answer."""
    _socket: socket.socket | None = field(default=None, repr=False)
    _stopped: threading.Event = field(default_factory=threading.Event, repr=False)

    def send(self, data: bytes) -> None:
        """Send a piece of the answer. Raises ConnectionError where the client has hung up."""
        assert self._socket is not None
        if self.sent + len(data) > MOST_BYTES or time.monotonic() - self.started > MOST_SECONDS:
            raise AssertionError("the answer is over the bounds of this server")
        self._socket.sendall(data)
        self.sent += len(data)

    def wait(self, seconds: float) -> None:
        """Wait between two pieces. Raises ConnectionError where the client has hung up, or the server stops."""
        assert self._socket is not None
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(min(left, 0.1))
            try:
                if self._socket.recv(1, socket.MSG_PEEK) == b"":
                    raise ConnectionResetError
            except TimeoutError:
                pass
            except ValueError:  # TLS has no peeking
                time.sleep(min(left, 0.1))
            finally:
                self._socket.settimeout(MOST_SECONDS)
            if self._stopped.is_set():
                raise ConnectionAbortedError


Answer = bytes | Callable[[Exchange], None]
_NO_PAGES = ("*", "/", "/robots.txt", "/.well-known/tdmrep.json", "/feed", "/sitemap.xml", "/sitemap.xml.gz")
Site = Mapping[str, Answer]
"""The answers by path; ``*`` for all other paths."""


class FaultyServer:
    """A running server. `serving` makes one."""

    def __init__(self, sites: Mapping[str, Site], address: str, context: ssl.SSLContext | None) -> None:
        assert ipaddress.ip_address(address).is_loopback
        self.sites = dict(sites)
        """The sites by host name, with or without a port; ``*`` for all other hosts."""
        self.exchanges: list[Exchange] = []
        """In the order in which they came."""
        self.connections = 0
        """How many were opened, requests or not."""
        self._context = context
        self._stopped = threading.Event()
        self._places = threading.Semaphore(MOST_CONNECTIONS)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listening = socket.create_server((address, 0), family=family, backlog=128)
        self._listening.settimeout(0.05)
        host = f"[{address}]" if ":" in address else address
        self.port: int = self._listening.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://{host}:{self.port}"
        """Scheme, address and port, without a slash at the end."""
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def asked(self, host: str) -> list[str]:
        """The paths that were asked for on a host."""
        return [exchange.path for exchange in self.exchanges if exchange.host == host]

    def exchange(self, host: str, path: str) -> Exchange:
        """The first request for a path, once its answer has ended."""
        found = next(exchange for exchange in self.exchanges if (exchange.host, exchange.path) == (host, path))
        deadline = time.monotonic() + 5
        while not found.ended and time.monotonic() < deadline:
            time.sleep(0.01)
        assert found.ended, f"{path} is still being answered"
        return found

    def stop(self) -> None:
        """Answer no more, and hang up."""
        self._stopped.set()
        self._accepting.join()
        self._listening.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(TimeoutError):
                client, _ = self._listening.accept()
                number, self.connections = self.connections, self.connections + 1
                assert self._places.acquire(timeout=MOST_SECONDS)
                threading.Thread(target=self._serve, args=(number, client), daemon=True).start()

    def _serve(self, number: int, client: socket.socket) -> None:
        try:
            client.settimeout(MOST_SECONDS)
            # With a large buffer, what the client never took would count as sent.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._context.wrap_socket(client, server_side=True) if self._context else client as client:
                while self._converse(number, client):
                    pass
        except OSError:
            pass
        finally:
            self._places.release()

    def _converse(self, number: int, client: socket.socket) -> bool:
        """Answer one request; whether another one may follow on the connection."""
        if (head := _head(client, self._stopped)) is None:
            return False
        request, *lines = head.split("\r\n")
        target = request.split(" ")[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        parts = urlsplit(target if target.startswith("http") else f"http://{headers.get('host', '')}{target}")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        now = time.monotonic()
        exchange = Exchange(number, parts.netloc, path, headers, now, now - _waited(client))
        exchange._socket, exchange._stopped = client, self._stopped
        self.exchanges.append(exchange)
        answer = self._answer(exchange)
        try:
            exchange.send(answer) if isinstance(answer, bytes) else answer(exchange)
        except OSError:
            exchange.was_cut = True
        finally:
            exchange.ended = time.monotonic()
        # What a function sends may have no end but that of the connection.
        return isinstance(answer, bytes) and not exchange.was_cut

    def _answer(self, exchange: Exchange) -> Answer:
        site = self.sites.get(exchange.host) or self.sites.get(exchange.host.partition(":")[0]) or self.sites.get("*")
        if site is None:
            return reply(502)
        answer = site.get(exchange.path, site.get("*"))
        if answer is not None:
            return answer
        if exchange.path == "/":
            return reply(200, b'<link rel="alternate" type="application/rss+xml" href="/feed"><p>Odd</p>')
        if exchange.path == "/feed":
            scheme = "https" if self._context else "http"
            return feed(f"{scheme}://{exchange.host}{path}" for path in site if path not in _NO_PAGES)
        return reply(404)


def _waited(client: socket.socket) -> float:
    """Seconds since the last bytes came in on a connection, as the kernel knows them; 0.0 where it does not tell."""
    if not sys.platform.startswith("linux"):
        return 0.0
    return float(struct.unpack_from("I", client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 52)[0]) / 1000


def _head(client: socket.socket, stopped: threading.Event) -> str | None:
    """A request up to its empty line; ``None`` where the client has hung up."""
    head = b""
    client.settimeout(0.2)
    deadline = time.monotonic() + MOST_SECONDS
    while not head.endswith(b"\r\n\r\n"):
        try:
            piece = client.recv(65536)
        except TimeoutError:
            if stopped.is_set() or time.monotonic() > deadline:
                return None
            continue
        if not piece:
            return None
        head += piece
    client.settimeout(MOST_SECONDS)
    return head.decode("latin-1").removesuffix("\r\n\r\n")


@contextlib.contextmanager
def serving(
    sites: Mapping[str, Site], address: str = "127.0.0.1", context: ssl.SSLContext | None = None
) -> Iterator[FaultyServer]:
    """A running server for sites by host name."""
    server = FaultyServer(sites, address, context)
    try:
        yield server
    finally:
        server.stop()


def self_signed(folder: Path, address: str = "127.0.0.1") -> ssl.SSLContext:
    """What a server needs to speak TLS with a certificate that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), begin, begin.replace(year=2099)
        )
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    unlocked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(unlocked + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


# --- well-formed answers


def reply(status: int, body: bytes = b"", content_type: str = HTML, **headers: str) -> bytes:
    """An answer as bytes; underscores in the names of headers stand for hyphens."""
    return head(status, content_type, Content_Length=str(len(body)), **headers) + body


def head(status: int, content_type: str = HTML, **headers: str) -> bytes:
    """Status line and headers, with the empty line."""
    named = {"Content-Type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode()


def article(number: int) -> bytes:
    """The body of an article; each number another one."""
    body = SAMPLE_PAGE.replace(b"Harbour closed by a storm", b"Harbour number %d closed by a storm" % number)
    # Of today: an article that is old when it is found is not revisited.
    body = body.replace(b"2024-01-02", datetime.now(UTC).date().isoformat().encode())
    return body.replace(b"2 January 2024", b"").replace(b"twelve", b"%d" % number)


def page(number: int, **headers: str) -> bytes:
    """An answer with an article."""
    return reply(200, article(number), **headers)


def redirect(location: str, status: int = 302) -> bytes:
    """An answer that leads elsewhere."""
    return reply(status, Location=location)


def feed(addresses: Iterable[str]) -> bytes:
    """An answer with a feed of addresses."""
    items = "".join(f"<item><link>{address}</link></item>" for address in addresses)
    return reply(200, f"<rss><channel>{items}</channel></rss>".encode(), RSS)


def robots(text: str, **headers: str) -> bytes:
    """An answer with a robots.txt."""
    return reply(200, text.encode(), "text/plain", **headers)


# --- answers that are not


def dripping(before: bytes, drop: bytes, every: float) -> Answer:
    """Some bytes at once, then a drop at a time, without an end."""

    def answer(exchange: Exchange) -> None:
        exchange.send(before)
        while True:
            exchange.wait(every)
            exchange.send(drop)

    return answer


def endless(before: bytes, piece: bytes, most: int) -> Answer:
    """Some bytes, then a piece as often as the client takes it, up to ``most`` bytes in all."""

    def answer(exchange: Exchange) -> None:
        exchange.send(before)
        while exchange.sent < most:
            exchange.send(piece)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """One answer after the other; the last again and again."""
    left = list(answers)

    def answer(exchange: Exchange) -> None:
        one = left.pop(0) if len(left) > 1 else left[0]
        exchange.send(one) if isinstance(one, bytes) else one(exchange)

    return answer


def late(seconds: float, then: bytes) -> Answer:
    """An answer that takes its time."""

    def answer(exchange: Exchange) -> None:
        exchange.wait(seconds)
        exchange.send(then)

    return answer


def hanging_up(before: bytes) -> Answer:
    """Some bytes, and the end of the connection."""
    return lambda exchange: exchange.send(before)


def silent(exchange: Exchange) -> None:
    """No byte, and no end."""
    exchange.wait(MOST_SECONDS)


# --- bombs: small when packed


def gzipped_spaces(size: int, before: bytes = b"") -> bytes:
    """So many spaces in gzip's format; made in pieces, since they are large."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(before) + b"".join(_packed(packer.compress, packer.flush, size))


def deflated_spaces(size: int) -> bytes:
    """So many spaces as ``Content-Encoding: deflate`` has them."""
    packer = zlib.compressobj(9)
    return b"".join(_packed(packer.compress, packer.flush, size))


def brotli_spaces(size: int) -> bytes:
    """So many spaces in brotli's format."""
    import brotli

    packer = brotli.Compressor(quality=5)
    return b"".join(_packed(packer.process, packer.finish, size))


def zstd_spaces(size: int) -> bytes:
    """So many spaces in zstd's format."""
    from backports import zstd

    packer = zstd.ZstdCompressor(level=1)
    return b"".join(_packed(packer.compress, packer.flush, size))


def _packed(pack: Callable[[bytes], bytes], flush: Callable[[], bytes], size: int) -> Iterator[bytes]:
    piece = b" " * (1024 * 1024)
    for _ in range(size // len(piece)):
        yield pack(piece)
    yield flush()


def gzipped(body: bytes) -> bytes:
    """A body in gzip's format."""
    return gzip.compress(body, mtime=0)
