"""What a source's own hosts are sent, and no others: its headers and cookies. And whose certificates nobody verifies.

Scrapy takes Authorization and Cookie off a request that is redirected elsewhere, and leaves all other headers on it.
Here nothing is taken along: each request, redirected or not, gets what belongs to the origin that it goes to.
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
"""The names of the headers that a request was given here: a redirected one has them still."""


class Origin(NamedTuple):
    """Where a request goes to: what the web calls an origin."""

    scheme: str
    host: str
    port: int | None


def parse_origin(url: str) -> Origin:
    """The origin of an address; raises ValueError where its port is none.

    >>> parse_origin("https://www.example.org/a") == parse_origin("HTTPS://www.example.org:443/b")
    True
    >>> parse_origin("https://www.example.org/") == parse_origin("http://www.example.org/")
    False
    """
    parts = urlsplit(url)
    return Origin(parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme))


def list_origins(source: SourceConfig) -> tuple[Origin, ...]:
    """The origins that are a source's own: that of its address, and its further hosts, which are named without www.

    >>> [origin.host for origin in list_origins(SourceConfig(url="https://www.a.example/", hosts=("b.example",)))]
    ['www.a.example', 'b.example', 'www.b.example']
    """
    first = parse_origin(source.url)
    others = (parse_origin(f"{first.scheme}://{www}{host}/") for host in source.hosts for www in ("", "www."))
    return tuple(dict.fromkeys((first, *others)))


@dataclass(frozen=True, slots=True)
class SourceCredentials:
    """What is special in talking to the hosts of the sources of a crawl."""

    headers: Mapping[Origin, Mapping[str, str]] = field(default_factory=dict)
    unverified_hosts: frozenset[str] = frozenset()
    """Hosts whose certificates are taken as they are."""


def collect_credentials(sources: Iterable[SourceConfig]) -> SourceCredentials:
    """What sources ask for."""
    headers: dict[Origin, dict[str, str]] = {}
    unverified: set[str] = set()
    for source in sources:
        own = dict(source.headers)
        if source.cookies:
            own["Cookie"] = "; ".join(f"{name}={value}" for name, value in source.cookies.items())
        for origin in list_origins(source):
            if own:
                headers.setdefault(origin, {}).update(own)
            if not source.verify_tls:
                unverified.add(origin.host)
    return SourceCredentials(headers, frozenset(unverified))


def credentials_from_crawler(crawler: Crawler) -> SourceCredentials:
    """That of a crawl's sources; nothing special in a crawl without any."""
    session: Any = getattr(crawler.spider, "session", None)
    if session is None:
        return SourceCredentials()
    return collect_credentials(config for site in session.sites.values() for config in site.configs)


class SourceHeadersMiddleware:
    """Gives each request the headers of the source whose origin it goes to, and takes those of others off it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._credentials: SourceCredentials | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if self._credentials is None:
            self._credentials = credentials_from_crawler(self._crawler)
        for name in request.meta.pop(_ADDED_HEADERS_META, ()):
            request.headers.pop(name, None)
        if self._credentials.headers and (own := self._credentials.headers.get(parse_origin(request.url))):
            for name, value in own.items():
                request.headers[name] = value
            request.meta[_ADDED_HEADERS_META] = tuple(own)
