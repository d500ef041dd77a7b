"""Fetching the pages that a person names by their address: a few, politely, and never more than a page's worth."""

import os
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from cleaning.batch import Page
from cleaning.html.decoding import parse_charset
from cleaning.urls import canonicalise
from cleaning.web.networks import is_allowed_address, resolve_addresses

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

MAX_PAGE_BYTES: Final = 10 * 1024 * 1024
"""Bytes of a page that are taken; news pages stay under 3 MB."""
PAUSE_SECONDS: Final = 1.0
"""Seconds between two requests to a host."""
SILENCE_SECONDS: Final = 20.0
"""Seconds without a byte after which a server is given up."""
MAX_FETCH_SECONDS: Final = 60.0
"""Seconds that a page may take in all."""
MAX_REDIRECTS: Final = 8
_REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK_BYTES: Final = 65_536


class FetchError(Exception):
    """A page that could not be fetched; the message is a sentence for people."""


class Fetcher:
    """Fetches pages one after the other, with a pause between two of the same host."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def fetch(self, url: str) -> Page:
        """The page at an http or https address; redirects are followed. Raises FetchError."""
        from urllib3.exceptions import HTTPError

        try:
            address = canonicalise(url)
            for _ in range(MAX_REDIRECTS + 1):
                page = self._fetch_once(address)
                if isinstance(page, Page):
                    return page
                address = resolve_redirect(address, canonicalise(urljoin(address, page)))
        except ValueError as error:
            raise FetchError(str(error)) from error
        except HTTPError as error:
            raise FetchError(describe_error(error)) from error
        raise FetchError(f"more than {MAX_REDIRECTS} redirects")

    def _fetch_once(self, address: str) -> "Page | str":
        self._wait_for(urlsplit(address).netloc)
        response = _build_pool_manager(address).request(
            "GET", address, preload_content=False, redirect=False, retries=False
        )
        try:
            if response.status in _REDIRECT_STATUSES and "Location" in response.headers:
                return response.headers["Location"]
            if response.status not in (200, 203):
                raise FetchError(f"the server answered {_describe_status(response.status)}")
            return Page(_read_body(response), address, charset=parse_charset(response.headers.get("Content-Type", "")))
        finally:
            response.close()

    def _wait_for(self, host: str) -> None:
        """Wait until the host's turn has come."""
        now = time.monotonic()
        turn = max(now, self._last.get(host, -PAUSE_SECONDS) + PAUSE_SECONDS)
        time.sleep(turn - now)
        self._last[host] = turn


def resolve_redirect(begin: str, address: str) -> str:
    """Where a redirect leads. Raises FetchError for one that leads from the public network into ours.

    >>> resolve_redirect("https://93.184.216.34/story", "http://169.254.169.254/latest/meta-data")
    Traceback (most recent call last):
    cleaning.cli.fetch.FetchError: it leads to 169.254.169.254, which is not a public address
    """
    if _is_public(begin) and not _is_public(address):
        raise FetchError(f"it leads to {urlsplit(address).hostname}, which is not a public address")
    return address


def _is_public(address: str) -> bool:
    return all(is_allowed_address(one, ()) for one in resolve_addresses(urlsplit(address).hostname or ""))


def _read_body(response: "BaseHTTPResponse") -> bytes:
    """The body, decompressed. Each read gives what has come, so that a server that drips cannot hold us for long."""
    body = bytearray()
    end = time.monotonic() + MAX_FETCH_SECONDS
    while chunk := response.read1(_CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > MAX_PAGE_BYTES:
            raise FetchError(f"the page is larger than {MAX_PAGE_BYTES // 1024**2} MB")
        if time.monotonic() > end:
            raise FetchError(f"the page took longer than {MAX_FETCH_SECONDS:g} s")
    return bytes(body)


def _build_pool_manager(address: str) -> "PoolManager":
    from urllib3 import PoolManager, ProxyManager, Timeout

    parts = urlsplit(address)
    proxy = None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
    headers = {
        "User-Agent": build_user_agent(os.environ.get("CLEANWIRE_CONTACT", "")),
        "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
        "Accept-Encoding": "gzip, deflate",
    }
    timeout = Timeout(connect=SILENCE_SECONDS, read=SILENCE_SECONDS)
    if proxy:
        return ProxyManager(proxy, headers=headers, timeout=timeout)
    return PoolManager(headers=headers, timeout=timeout)


def build_user_agent(contact: str) -> str:
    """The name that we give ourselves.

    >>> build_user_agent("mailto:desk@example.org")
    'Cleanwire/...(+mailto:desk@example.org)'
    """
    from importlib.metadata import version

    return f"Cleanwire/{version('cleanwire')} (+{contact})" if contact else f"Cleanwire/{version('cleanwire')}"


def _describe_status(status: int) -> str:
    """A status with its name, where it has one."""
    names = {known.value: known.phrase for known in HTTPStatus}
    return f"{status} {names[status]}" if status in names else str(status)


def describe_error(error: Exception) -> str:
    """What went wrong with a request, in words."""
    from urllib3 import exceptions

    sentences: tuple[tuple[type[Exception], str], ...] = (
        (exceptions.NameResolutionError, "the host's name is not known"),
        (exceptions.NewConnectionError, "the server does not take connections"),
        (exceptions.ProxyError, "the proxy does not answer"),
        (exceptions.TimeoutError, f"no answer within {SILENCE_SECONDS:g} s"),
        (exceptions.DecodeError, "the page's compression is broken"),
        (exceptions.ProtocolError, "the connection broke off"),
    )
    if isinstance(error, exceptions.SSLError):
        return f"its TLS connection cannot be trusted: {error}"
    return next((text for kind, text in sentences if isinstance(error, kind)), f"{type(error).__name__}: {error}")
