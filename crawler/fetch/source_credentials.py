"""Sends a source's headers and cookies to its own origins, and to no others.

Scrapy removes Authorization and Cookie from a request that is redirected elsewhere, but keeps all other headers, which
may hold an API key. Here nothing is kept: each request, redirected or not, gets the headers of the origin it goes to.
The module also knows the hosts whose certificates are not verified.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.config.models import SourceConfig

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_ADDED_HEADERS_META: Final = "own_headers"
"""The names of the headers that were added to a request. Redirects copy them, so they must be removed there."""


class Origin(NamedTuple):
    """The origin of a URL as browsers define it: scheme, host and port."""

    scheme: str
    host: str
    port: int | None


def parse_origin(url: str) -> Origin:
    """Return the origin of a URL; a missing port becomes the default port of the scheme.

    Raises:
        ValueError: the port is not a valid number.

    >>> parse_origin("https://www.example.org/a") == parse_origin("HTTPS://www.example.org:443/b")
    True
    >>> parse_origin("https://www.example.org/") == parse_origin("http://www.example.org/")
    False
    """
    parts = urlsplit(url)
    return Origin(parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme))


def list_origins(source: SourceConfig) -> tuple[Origin, ...]:
    """Return the origins that belong to a source: that of its URL, and those of its further ``hosts``.

    ``hosts`` are configured without ``www.``, so both variants count.

    >>> [origin.host for origin in list_origins(SourceConfig(url="https://www.a.example/", hosts=("b.example",)))]
    ['www.a.example', 'b.example', 'www.b.example']
    """
    first = parse_origin(source.url)
    others = (parse_origin(f"{first.scheme}://{www}{host}/") for host in source.hosts for www in ("", "www."))
    return tuple(dict.fromkeys((first, *others)))


@dataclass(frozen=True, slots=True)
class SourceCredentials:
    """The headers of the sources of a crawl by origin, and the hosts with unverified certificates."""

    headers: Mapping[Origin, Mapping[str, str]] = field(default_factory=dict)
    unverified_hosts: frozenset[str] = frozenset()
    """Hosts of sources with ``verify_tls = false``: their certificates are accepted as they are."""


def collect_credentials(sources: Iterable[SourceConfig]) -> SourceCredentials:
    """Return the headers, cookies and TLS exceptions of sources, by origin.

    Cookies become a ``Cookie`` header.
    """
    headers: dict[Origin, dict[str, str]] = {}
    unverified: set[str] = set()
    for source in sources:
        source_headers = dict(source.headers)
        if source.cookies:
            source_headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in source.cookies.items())
        for origin in list_origins(source):
            if source_headers:
                headers.setdefault(origin, {}).update(source_headers)
            if not source.verify_tls:
                unverified.add(origin.host)
    return SourceCredentials(headers, frozenset(unverified))


def credentials_from_crawler(crawler: Crawler) -> SourceCredentials:
    """Return the credentials of a crawl's sources.

    They are empty in a crawl without a session, such as one that a plain Scrapy spider runs.
    """
    session: Any = getattr(crawler.spider, "session", None)
    if session is None:
        return SourceCredentials()
    return collect_credentials(config for site in session.sites.values() for config in site.configs)


class SourceHeadersMiddleware:
    """Adds the headers of the source to whose origin a request goes, and removes those of other sources."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._credentials: SourceCredentials | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware, as Scrapy does for each crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Replace the source headers of a request with those of the origin that it goes to.

        Redirected requests pass here again, so a redirect to another origin carries no header of the first one.
        """
        # Middlewares are created before the spider, which has the session with the sources.
        if self._credentials is None:
            self._credentials = credentials_from_crawler(self._crawler)
        # A redirected request still has the headers of the origin that it was sent to first.
        for name in request.meta.pop(_ADDED_HEADERS_META, ()):
            request.headers.pop(name, None)
        if self._credentials.headers and (source_headers := self._credentials.headers.get(parse_origin(request.url))):
            for name, value in source_headers.items():
                request.headers[name] = value
            request.meta[_ADDED_HEADERS_META] = tuple(source_headers)
