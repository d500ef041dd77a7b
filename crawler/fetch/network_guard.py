"""Which addresses the crawl may talk to: public ones, and networks that the user allows.

A page, a redirect, a feed or a robots.txt can name any address. Names are checked where they are
resolved, so that what was checked is what is connected to. Behind a proxy the proxy resolves the
names; addresses written as numbers are refused before a request is sent at all.
"""

import ipaddress
from collections.abc import Sequence
from typing import Any, Final, Self
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from cleaning.web.networks import IPNetwork, is_allowed_address, parse_literal_address
from crawler.config.models import ConfigError
from crawler.outcomes import RequestRejectedError, classify_error

ALLOW_NETWORKS_SETTING: Final = "CLEANWIRE_ALLOW_NETWORKS"
"""The setting, and the environment variable, that names networks to allow: ``127.0.0.0/8,10.1.0.0/16``."""

refused_names: Final[dict[str, str]] = {}
"""Host name -> the address that it was refused for. Twisted turns whatever a resolver says into "no results";
this is how the reason gets through to the page's outcome."""


def parse_networks(text: str) -> tuple[IPNetwork, ...]:
    """The networks of a comma-separated list; ConfigError names the one that is none.

    >>> parse_networks("127.0.0.0/8, ::1")
    (IPv4Network('127.0.0.0/8'), IPv6Network('::1/128'))
    >>> parse_networks("loopback")
    Traceback (most recent call last):
    crawler.config.models.ConfigError: CLEANWIRE_ALLOW_NETWORKS: 'loopback' is not a network such as 127.0.0.0/8
    """
    networks = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ipaddress.ip_network(part, strict=False))
        except ValueError:
            raise ConfigError(f"{ALLOW_NETWORKS_SETTING}: {part!r} is not a network such as 127.0.0.0/8") from None
    return tuple(networks)


def _get_allowed_networks(crawler: Any) -> tuple[IPNetwork, ...]:
    return parse_networks(crawler.settings.get(ALLOW_NETWORKS_SETTING, ""))


def find_proxy_hosts() -> frozenset[str]:
    """The hosts of the proxies that the environment names: the user's choice, so they may be private."""
    proxies = (proxy for scheme, proxy in getproxies().items() if scheme in ("http", "https"))  # not "no": no_proxy
    addresses = (proxy if "://" in proxy else f"http://{proxy}" for proxy in proxies)
    return frozenset(host for host in (urlsplit(address).hostname for address in addresses) if host)


class GuardedResolver(CachingThreadedResolver):
    """Resolves names, and fails for those that lead to an address which may not be talked to."""

    allowed: tuple[IPNetwork, ...] = ()
    proxies: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        resolver = super().from_crawler(crawler, reactor)
        resolver.allowed = _get_allowed_networks(crawler)
        resolver.proxies = find_proxy_hosts()
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> "Deferred[str]":  # noqa: N802
        resolved = super().getHostByName(name, timeout)
        return resolved if name in self.proxies else resolved.addCallback(self._check_resolved_address, name)

    def _check_resolved_address(self, address: str, name: str) -> str:
        if is_allowed_address(ipaddress.ip_address(address), self.allowed):
            return address
        refused_names[name] = address
        raise DNSLookupError(f"{name} leads to {address}, which is not a public address")


class AddressGuardMiddleware:
    """Refuses requests to addresses written as numbers that may not be talked to, and to the proxy."""

    def __init__(self, allowed: tuple[IPNetwork, ...], proxies: frozenset[str]) -> None:
        self._allowed = allowed
        self._proxies = proxies

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(_get_allowed_networks(crawler), find_proxy_hosts())

    def process_request(self, request: Request) -> None:
        host = urlsplit(request.url).hostname or ""
        address = parse_literal_address(host)
        if address is not None and not is_allowed_address(address, self._allowed):
            raise build_refusal(host, str(address))
        if address is None and host in self._proxies:
            raise RequestRejectedError("address-refused", f"{host} is the proxy")


def build_refusal(host: str, address: str) -> RequestRejectedError:
    """What a refused address is called, and how to allow it."""
    where = host if host == address else f"{host} ({address})"
    return RequestRejectedError(
        "address-refused", f"{where} is not a public address; {ALLOW_NETWORKS_SETTING} can allow it"
    )


def classify_failure(error: BaseException | None, url: str) -> tuple[str, str]:
    """The name and the detail of a failed request; refused names are told from those that do not exist."""
    outcome, detail = classify_error(error)
    host = urlsplit(url).hostname or ""
    if outcome == "dns-failure" and host in refused_names:
        refused = build_refusal(host, refused_names[host])
        return refused.outcome, refused.detail
    return outcome, detail
