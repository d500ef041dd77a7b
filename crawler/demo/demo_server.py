"""An HTTP server on loopback for a site, with a record of every request; a proxy for any host as well."""

import gzip
import hashlib
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from crawler.demo.demo_site import Response, Site

COMPRESSIBLE_TYPES = ("text/", "application/xml", "application/rss+xml", "application/atom+xml", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request that the server answered."""

    method: str
    host: str
    """As asked for, with the port where it was said."""
    path: str
    """With the query, as it was sent."""
    status: int
    at: datetime
    """When it came in; UTC."""
    started: float
    """The same on ``time.monotonic``'s clock, in seconds: for gaps between requests."""
    finished: float
    """When the answer was ready to be sent, on the same clock."""
    user_agent: str
    in_flight: int
    """Requests to the same host being answered when it came in, itself included."""


class DemoServer:
    """A running server. ``serve`` makes one."""

    def __init__(self, site: Site | Mapping[str, Site], host: str, port: int, delay: float) -> None:
        """See ``serve``. Raises ``OSError`` where the port cannot be had."""
        self.site = site
        self.delay = delay
        """Seconds waited before every answer; may be changed while the server runs."""
        self._lock = threading.Lock()
        self._in_flight: Counter[str] = Counter()
        self._requests: list[LoggedRequest] = []
        self._http = _HTTPServer((host, port), _Handler)
        self._http.demo = self

    @property
    def url(self) -> str:
        """Scheme, address and port, without a slash at the end."""
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """What was answered so far, in the order of the answers."""
        with self._lock:
            return tuple(self._requests)

    def forget_requests(self) -> None:
        """Empty the record, e.g. between two runs."""
        with self._lock:
            self._requests.clear()

    def publish(self, site: Site | Mapping[str, Site]) -> None:
        """Serve this site from now on."""
        self.site = site

    def run(self) -> None:
        """Answer requests until ``stop`` is called from another thread."""
        self._http.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        """Stop answering, and give the port back."""
        self._http.shutdown()
        self._http.server_close()

    def find_site(self, host: str) -> Site | None:
        """The site of a host, asked for with or without a port; ``None`` where this server knows none."""
        if not isinstance(self.site, Mapping):
            return self.site
        return self.site.get(host) or self.site.get(host.partition(":")[0])

    def begin_request(self, host: str) -> int:
        """Count a request to a host in; how many there are now."""
        with self._lock:
            self._in_flight[host] += 1
            return self._in_flight[host]

    def end_request(self, request: LoggedRequest) -> None:
        """Count a request out, and record it."""
        with self._lock:
            self._in_flight[request.host] -= 1
            self._requests.append(request)


@contextmanager
def serve(
    site: Site | Mapping[str, Site], host: str = "127.0.0.1", port: int = 0, delay: float = 0.0
) -> Iterator[DemoServer]:
    """A running server, in a thread of its own, for a site or for one site a host name (other hosts: 502).

    ``port`` 0 takes a free one; ``delay`` is waited before every answer, in seconds. Raises ``OSError`` where
    the port cannot be had. Ask it directly, or set ``http_proxy`` to its ``url`` and ask any host name.

    >>> from crawler.demo.demo_site import DemoSite
    >>> with serve(DemoSite()) as server:
    ...     server.url.startswith("http://127.0.0.1:")
    True
    """
    server = DemoServer(site, host, port, delay)
    thread = threading.Thread(target=server.run, name="demo-site", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


class _HTTPServer(ThreadingHTTPServer):
    demo: DemoServer
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no error of ours; anything else is printed, as the base class does."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: _HTTPServer
    protocol_version = "HTTP/1.1"
    server_version = "DhowPost"
    sys_version = ""
    # Head and body go out in two writes; with Nagle's algorithm the second would wait for the client's
    # delayed acknowledgement, 40 ms a request.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer, and record the request."""
        demo, host, path = self.server.demo, *self._parse_target()
        at, started, in_flight = datetime.now(UTC), time.monotonic(), demo.begin_request(host)
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        try:
            time.sleep(demo.delay)
            response = self._apply_conditions(self._get_response(demo, host, path))
            status = response.status
        finally:
            agent = self.headers.get("User-Agent", "")
            demo.end_request(
                LoggedRequest(self.command, host, path, status, at, started, time.monotonic(), agent, in_flight)
            )
        self._send(response)

    do_HEAD = do_GET  # noqa: N815 - the name is http.server's

    def log_message(self, *args: object) -> None:
        """Nothing on the terminal: the record is in ``DemoServer.requests``."""

    def _parse_target(self) -> tuple[str, str]:
        # A client that takes this server for its proxy sends the whole address, any other the path.
        if self.path.startswith("http://"):
            parts = urlsplit(self.path)
            query = f"?{parts.query}" if parts.query else ""
            return parts.netloc.lower(), (parts.path or "/") + query
        own = self.server.demo.url.removeprefix("http://")
        return self.headers.get("Host", own).lower(), self.path

    def _get_response(self, demo: DemoServer, host: str, path: str) -> Response:
        site = demo.find_site(host)
        if site is None:
            return Response(502, {"Content-Type": "text/plain"}, f"No site here is called {host}.\n".encode())
        return site.respond(path, f"http://{host}")

    def _apply_conditions(self, response: Response) -> Response:
        """The response with validators, as a 304 where the client has it already."""
        if response.status != HTTPStatus.OK:
            return response
        headers = build_validators(response) | dict(response.headers)
        if is_unchanged(headers, self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")):
            kept = {name: value for name, value in headers.items() if name in {"ETag", "Last-Modified"}}
            return Response(304, kept, b"")
        return Response(200, headers, response.body)

    def _send(self, response: Response) -> None:
        headers, content = dict(response.headers), response.body
        if content and self._is_compressible(headers):
            content = gzip.compress(content, compresslevel=1, mtime=0)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        self.send_response(response.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if response.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD" and response.status != HTTPStatus.NOT_MODIFIED:
            self.wfile.write(content)

    def _is_compressible(self, headers: Mapping[str, str]) -> bool:
        compressible = headers.get("Content-Type", "").startswith(COMPRESSIBLE_TYPES)
        accepted = "gzip" in self.headers.get("Accept-Encoding", "")
        return compressible and accepted and "Content-Encoding" not in headers


def build_validators(response: Response) -> dict[str, str]:
    """The headers by which a client can ask whether something changed."""
    headers = {"ETag": f'"{hashlib.sha256(response.body).hexdigest()[:16]}"'}
    if response.modified:
        headers["Last-Modified"] = format_datetime(response.modified.astimezone(UTC), usegmt=True)
    return headers


def is_unchanged(headers: Mapping[str, str], if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Whether a client that sent these validators has the current response; a tag outranks a time (RFC 9110).

    >>> is_unchanged({"ETag": '"a"'}, 'W/"a", "b"', None)
    True
    >>> saturday, friday = "Sat, 01 Mar 2025 06:00:00 GMT", "Fri, 28 Feb 2025 06:00:00 GMT"
    >>> is_unchanged({"Last-Modified": saturday}, None, friday)
    False
    """
    if if_none_match is not None:
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return "*" in tags or headers.get("ETag", "").removeprefix("W/") in tags
    if if_modified_since is None or "Last-Modified" not in headers:
        return False
    try:
        return parsedate_to_datetime(headers["Last-Modified"]) <= parsedate_to_datetime(if_modified_since)
    except (TypeError, ValueError):
        return False
