"""How answers come in: Scrapy's client for http and https, with a bound on what a server may send as headers.

Scrapy limits bodies, and Twisted limits single lines; nothing limits their number. 20 MB of headers took
8.7 s and 228 MB of memory, and ``100 Continue`` can be repeated for ever.
"""

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
from twisted.web._newclient import BODY, DONE, HTTP11ClientProtocol
from twisted.web._newclient import Request as ClientRequest
from twisted.web.client import ResponseFailed, _HTTP11ClientFactory
from twisted.web.iweb import IPolicyForHTTPS, IResponse

from crawler.fetch.source_credentials import credentials_from_crawler
from crawler.outcomes import RequestRejectedError

MAX_HEADER_BYTES: Final = 256 * 1024
"""Bytes of an answer before its body, as in Chrome; nginx and Apache do not pass on more than a few KB."""
MAX_HEADER_LINE_BYTES: Final = 64 * 1024


MAX_IDLE_CONNECTIONS_PER_HOST: Final = 32
"""To one host, kept open. Behind a proxy all hosts are one: with Scrapy's number, that of requests a host at once,
nearly each request would be a new connection, for which Twisted makes a class and two timers, 0.7 ms."""


class HeadersTooLargeError(Exception):
    """An answer that has not come to its body after ``MAX_HEADER_BYTES`` bytes."""


class BoundedDownloadHandler(HTTP11DownloadHandler):
    """Downloads over http and https: bounded headers, and certificates verified where nobody allows otherwise."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory
        self._pool.maxPersistentPerHost = MAX_IDLE_CONNECTIONS_PER_HOST
        policy = _PerHostContextFactory.from_crawler(crawler)
        policy.crawler = crawler
        self._contextFactory = cast("IPolicyForHTTPS", policy)

    async def download_request(self, request: Request) -> Response:
        """The answer to a request. Raises RefusedError where its headers do not end."""
        try:
            return await super().download_request(request)
        except DownloadFailedError as error:
            if _has_too_many_headers(error.__cause__):
                raise RequestRejectedError(
                    "too-large", f"its headers are over {MAX_HEADER_BYTES // 1024} KB"
                ) from error
            raise


def _has_too_many_headers(error: BaseException | None) -> bool:
    return isinstance(error, ResponseFailed) and any(reason.check(HeadersTooLargeError) for reason in error.reasons)


class _BoundedParser(_LenientHTTPClientParser):
    """Counts what comes before the body; what an informational answer (1xx) says counts too."""

    MAX_LENGTH = MAX_HEADER_LINE_BYTES
    head_bytes = 0

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self.state not in (BODY, DONE):
            self.head_bytes += len(data)
            # A piece that ends the head may have much of the body in it; only what is over without an end is too much.
            if self.head_bytes > MAX_HEADER_BYTES + len(data):
                raise HeadersTooLargeError
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        raise HeadersTooLargeError


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: ClientRequest) -> "Deferred[IResponse]":
        answer = super().request(request)
        # As Scrapy does it: Twisted makes the parser itself, and has no other way to choose its class.
        if self._parser is not None:
            self._parser.__class__ = _BoundedParser
        return answer


class _BoundedFactory(_HTTP11ClientFactory):
    noisy = False

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:  # noqa: N802
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _PerHostContextFactory(_ScrapyClientContextFactory):
    """Verifies certificates, but for the hosts of sources that ask not to."""

    crawler: Crawler
    _unverified_hosts: frozenset[str] | None = None

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802
        if self._unverified_hosts is None:  # only now: this is made before the crawl has its sources
            self._unverified_hosts = credentials_from_crawler(self.crawler).unverified_hosts
        self._verify_certificates = hostname.decode("ascii") not in self._unverified_hosts
        return super().creatorForNetloc(hostname, port)
