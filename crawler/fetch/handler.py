"""Scrapy's client for http and https, with a limit on response headers, and as tolerant of bad ones as a browser.

Scrapy limits bodies and Twisted limits single header lines, but nothing limits their number. 20 MB of headers took 8.7
s and 228 MB of memory, and a server can repeat ``100 Continue`` for ever.

Servers also send heads that no specification allows and that every browser reads. Twisted rejects them, to protect
servers behind a proxy from smuggled requests; a client has nothing to fear from them.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, cast

from scrapy import Request
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Response
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.web._newclient import BODY, DONE, STATUS, HTTP11ClientProtocol
from twisted.web._newclient import Request as ClientRequest
from twisted.web.client import ResponseFailed, _HTTP11ClientFactory
from twisted.web.iweb import IPolicyForHTTPS, IResponse

from crawler.fetch.source_credentials import credentials_from_crawler
from crawler.outcomes import RequestRejectedError

MAX_HEADER_BYTES: Final = 256 * 1024
"""Bytes of a response before its body, as in Chrome; nginx and Apache do not forward more than a few KB."""
MAX_HEADER_LINE_BYTES: Final = 64 * 1024
MAX_IDLE_CONNECTIONS_PER_HOST: Final = 32
"""Connections to one host that are kept open. Behind a proxy, all hosts are one. With Scrapy's own value, the
concurrency of a host, nearly every request through a proxy would need a new connection, for which Twisted creates a
class and two timers (0.7 ms)."""


_MAX_LENGTH_DIGITS: Final = 18
_FIELD_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_STATUS_LINE: Final = re.compile(rb"\s*HTTP/?(\d+(?:\.\d+)?)?\s+(\d{3})(?!\d)\s*(.*)", re.IGNORECASE | re.DOTALL)


class HeadersTooLargeError(Exception):
    """The headers of a response did not end within :data:`MAX_HEADER_BYTES`."""


class BoundedDownloadHandler(HTTP11DownloadHandler):
    """Downloads over http and https with limited headers.

    Certificates are verified, except for sources with ``verify_tls = false``; Scrapy verifies none by default.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # Twisted has no public way to choose the protocol of pooled connections.
        self._pool._factory = _BoundedFactory
        self._pool.maxPersistentPerHost = MAX_IDLE_CONNECTIONS_PER_HOST
        policy = _PerHostContextFactory.from_crawler(crawler)
        policy.crawler = crawler
        self._contextFactory = cast("IPolicyForHTTPS", policy)

    async def download_request(self, request: Request) -> Response:
        """Send a request and return its response.

        Raises:
            RequestRejectedError: the response headers are too large (outcome ``too-large``).
            DownloadFailedError: any other failure, as in Scrapy.
        """
        try:
            return await super().download_request(request)
        except DownloadFailedError as error:
            if _has_too_many_headers(error.__cause__):
                raise RequestRejectedError(
                    "too-large", f"its headers are larger than {MAX_HEADER_BYTES // 1024} KB"
                ) from error
            raise


def _has_too_many_headers(error: BaseException | None) -> bool:
    return isinstance(error, ResponseFailed) and any(reason.check(HeadersTooLargeError) for reason in error.reasons)


class _BoundedParser(_LenientHTTPClientParser):
    """Counts the bytes before the body, including those of informational responses (1xx), and reads bad heads."""

    MAX_LENGTH = MAX_HEADER_LINE_BYTES
    head_bytes = 0

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Count the bytes of a piece before parsing it.

        The piece that ends the headers may contain much of the body. So only headers that were too long before this
        piece count as too large.
        """
        if self.state not in (BODY, DONE):
            self.head_bytes += len(data)
            if self.head_bytes > MAX_HEADER_BYTES + len(data):
                raise HeadersTooLargeError
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        """Skip blank lines before the status line, and read an indented first header like any other."""
        if self.state == STATUS and not line.strip():
            return
        if self.state != STATUS and self._partialHeader is None and line.strip():
            line = line.lstrip(b" \t")
        super().lineReceived(line)

    def statusReceived(self, status: bytes) -> None:  # noqa: N802
        """Read a status line with a version or with spaces that Twisted rejects, such as ``HTTP/2  200``."""
        if match := _STATUS_LINE.fullmatch(status):
            version = match[1] if match[1] in (b"1.0", b"1.1") else b"1.1"
            status = b"HTTP/%b %b %b" % (version, match[2], match[3])
        super().statusReceived(status)  # type: ignore[no-untyped-call]

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802
        """Skip a header whose name is none, such as one in typographic quotes; ignore spaces before the colon."""
        name = name.strip()
        if _FIELD_NAME.fullmatch(name):
            super().headerReceived(name, value)  # type: ignore[no-untyped-call]

    def allHeadersReceived(self) -> None:  # noqa: N802
        """Drop what says nothing usable about the length of the body, which then ends with the connection."""
        if encoding := parse_transfer_encoding(self.connHeaders.getRawHeaders(b"transfer-encoding", [])):
            self.connHeaders.setRawHeaders(b"transfer-encoding", [encoding])
        else:
            self.connHeaders.removeHeader(b"transfer-encoding")
        if self.connHeaders.hasHeader(b"content-length"):
            length = parse_content_length(self.connHeaders.getRawHeaders(b"content-length", []))
            self.connHeaders.removeHeader(b"content-length")
            if length is not None:
                self.connHeaders.addRawHeader(b"content-length", b"%d" % length)
        super().allHeadersReceived()  # type: ignore[no-untyped-call]

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        """Reject a header line longer than :data:`MAX_HEADER_LINE_BYTES`, like too many lines."""
        raise HeadersTooLargeError


def parse_content_length(values: Sequence[bytes]) -> int | None:
    """Return the length of a body in bytes; ``None`` if no header states one, or if they contradict each other.

    >>> parse_content_length([b"5", b"5"]), parse_content_length([b"5, 5"]), parse_content_length([b"5", b"7"])
    (5, 5, None)
    >>> parse_content_length([b"-1"]), parse_content_length([b"abc"]), parse_content_length([])
    (None, None, None)
    """
    stated = {value.strip() for line in values for value in line.split(b",")}
    lengths = {int(value) for value in stated if value.isdigit() and len(value) <= _MAX_LENGTH_DIGITS}
    return lengths.pop() if len(lengths) == 1 and all(map(bytes.isdigit, stated)) else None


def parse_transfer_encoding(values: Sequence[bytes]) -> bytes | None:
    """Return ``chunked`` if a body is sent in chunks; ``None`` for every other value, such as ``identity``.

    >>> parse_transfer_encoding([b"Chunked"]), parse_transfer_encoding([b"identity"]), parse_transfer_encoding([])
    (b'chunked', None, None)
    """
    codings = [coding.strip().lower() for line in values for coding in line.split(b",")]
    return b"chunked" if b"chunked" in codings else None


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: ClientRequest) -> "Deferred[IResponse]":
        """Send a request, and read its response with :class:`_BoundedParser`.

        Twisted creates the parser itself and has no way to choose its class, so the class is replaced, as Scrapy does.
        """
        response = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = _BoundedParser
        return response


class _BoundedFactory(_HTTP11ClientFactory):
    noisy = False

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:  # noqa: N802
        """Return a protocol whose response headers are limited. Twisted's connection pool calls this."""
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _PerHostContextFactory(_ScrapyClientContextFactory):
    """Verifies certificates, except on the hosts of sources with ``verify_tls = false``."""

    crawler: Crawler
    _unverified_hosts: frozenset[str] | None = None

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802
        """Return the TLS options for a host. Twisted calls this for every new connection."""
        # Not in __init__: Scrapy creates its download handlers before the crawl has its sources.
        if self._unverified_hosts is None:
            self._unverified_hosts = credentials_from_crawler(self.crawler).unverified_hosts
        self._verify_certificates = hostname.decode("ascii") not in self._unverified_hosts
        return super().creatorForNetloc(hostname, port)
