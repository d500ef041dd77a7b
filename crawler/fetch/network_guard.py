"""The network guard: the crawl may connect to public addresses, and to networks that the user allows.

A page, a redirect, a feed or a robots.txt can name any host. Names are checked when they are resolved, so the address
that was checked is the one that is connected to. Behind a proxy, the proxy resolves names; addresses written as numbers
are rejected before a request is sent at all.
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
"""The setting, and the environment variable, that lists allowed networks: ``127.0.0.0/8,10.1.0.0/16``."""

rejected_names: Final[dict[str, str]] = {}
"""Addresses for which host names were rejected, by host name. Twisted turns every error of a resolver into "no
results", so the reason reaches the page's outcome through this mapping."""


def parse_networks(text: str) -> tuple[IPNetwork, ...]:
    """Parse a comma-separated list of networks.

    Raises:
        ConfigError: an entry is not a network; the message names it.

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
    """Return the hosts of the proxies in the environment (``http_proxy``, ``https_proxy``).

    The user has chosen them, so they may have private addresses; pages may not be fetched from them.
    """
    # getproxies also returns no_proxy, under the key "no": a list of hosts that are no proxies.
    proxies = (proxy for scheme, proxy in getproxies().items() if scheme in ("http", "https"))
    addresses = (proxy if "://" in proxy else f"http://{proxy}" for proxy in proxies)
    return frozenset(host for host in (urlsplit(address).hostname for address in addresses) if host)


class GuardedResolver(CachingThreadedResolver):
    """Resolves host names, and fails for those that resolve to an address that is not allowed.

    Plain Scrapy connects to internal addresses in all their spellings, and by redirect. Because every connection needs
    its host resolved, this one check also covers redirects, robots.txt and sitemaps.
    """

    allowed: tuple[IPNetwork, ...] = ()
    proxies: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """Create the resolver with the crawl's allowed networks. Scrapy calls this once."""
        resolver = super().from_crawler(crawler, reactor)
        resolver.allowed = _get_allowed_networks(crawler)
        resolver.proxies = find_proxy_hosts()
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> "Deferred[str]":  # noqa: N802
        """Resolve a name as Scrapy does, then check the address. The proxy's own name is not checked."""
        resolved = super().getHostByName(name, timeout)
        return resolved if name in self.proxies else resolved.addCallback(self._check_resolved_address, name)

    def _check_resolved_address(self, address: str, name: str) -> str:
        if is_allowed_address(ipaddress.ip_address(address), self.allowed):
            return address
        rejected_names[name] = address
        # Scrapy treats this error like a name that does not exist, so nothing is connected to.
        raise DNSLookupError(f"{name} leads to {address}, which is not a public address")


class AddressGuardMiddleware:
    """Rejects requests to addresses written as numbers that are not allowed, and to the proxy itself.

    The resolver does not see them: such addresses need no resolving, and behind a proxy only the proxy's name is
    resolved.
    """

    def __init__(self, allowed: tuple[IPNetwork, ...], proxies: frozenset[str]) -> None:
        self._allowed = allowed
        self._proxies = proxies

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware with the crawl's allowed networks."""
        return cls(_get_allowed_networks(crawler), find_proxy_hosts())

    def process_request(self, request: Request) -> None:
        """Reject a request to an address that is not allowed.

        All spellings of an address are understood, such as ``127.1``, ``0x7f000001`` and ``[::ffff:127.0.0.1]``.

        Raises:
            RequestRejectedError: with the outcome ``address-refused``.
        """
        host = urlsplit(request.url).hostname or ""
        address = parse_literal_address(host)
        if address is not None and not is_allowed_address(address, self._allowed):
            raise build_rejection(host, str(address))
        # A page could otherwise have requests sent to the proxy's own pages, which may be internal.
        if address is None and host in self._proxies:
            raise RequestRejectedError("address-refused", f"{host} is the proxy")


def build_rejection(host: str, address: str) -> RequestRejectedError:
    """Return the error for a rejected address; its detail says how to allow it.

    Args:
        host: the host as the URL has it.
        address: the address that the host resolves to.
    """
    target = host if host == address else f"{host} ({address})"
    return RequestRejectedError(
        "address-refused", f"{target} is not a public address; {ALLOW_NETWORKS_SETTING} can allow it"
    )


def classify_failure(error: BaseException | None, url: str) -> tuple[str, str]:
    """Return the outcome and the detail of a failed request.

    Names that the guard has rejected get ``address-refused`` instead of ``dns-failure``.
    """
    outcome, detail = classify_error(error)
    host = urlsplit(url).hostname or ""
    if outcome == "dns-failure" and host in rejected_names:
        rejection = build_rejection(host, rejected_names[host])
        return rejection.outcome, rejection.detail
    return outcome, detail
