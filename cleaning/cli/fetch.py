"""Fetching the pages that a person names by their address: a few, politely, and never more than a page's worth."""

import os
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from cleaning.batch import Page
from cleaning.html.decoding import charset_of
from cleaning.urls import canonicalise
from cleaning.web.networks import addresses_of, may_connect

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

LARGEST: Final = 10 * 1024 * 1024
"""Bytes of a page that are taken; news pages stay under 3 MB."""
PAUSE: Final = 1.0
"""Seconds between two requests to a host."""
SILENCE: Final = 20.0
"""Seconds without a byte after which a server is given up."""
LONGEST: Final = 60.0
"""Seconds that a page may take in all."""
REDIRECTS: Final = 8
_REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK: Final = 65_536


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
            for _ in range(REDIRECTS + 1):
                page = self._page_or_redirect(address)
                if isinstance(page, Page):
                    return page
                address = led_to(address, canonicalise(urljoin(address, page)))
        except ValueError as error:
            raise FetchError(str(error)) from error
        except HTTPError as error:
            raise FetchError(sentence_of(error)) from error
        raise FetchError(f"more than {REDIRECTS} redirects")

    def _page_or_redirect(self, address: str) -> "Page | str":
        self._wait_for(urlsplit(address).netloc)
        response = _manager(address).request("GET", address, preload_content=False, redirect=False, retries=False)
        try:
            if response.status in _REDIRECTING and "Location" in response.headers:
                return response.headers["Location"]
            if response.status not in (200, 203):
                raise FetchError(f"the server answered {_status(response.status)}")
            return Page(_body(response), address, charset=charset_of(response.headers.get("Content-Type", "")))
        finally:
            response.close()

    def _wait_for(self, host: str) -> None:
        """Wait until the host's turn has come."""
        now = time.monotonic()
        turn = max(now, self._last.get(host, -PAUSE) + PAUSE)
        time.sleep(turn - now)
        self._last[host] = turn


def led_to(begin: str, address: str) -> str:
    """Where a redirect leads. Raises FetchError for one that leads from the public network into ours.

    >>> led_to("https://93.184.216.34/story", "http://169.254.169.254/latest/meta-data")
    Traceback (most recent call last):
    cleaning.cli.fetch.FetchError: it leads to 169.254.169.254, which is not a public address
    """
    if _is_public(begin) and not _is_public(address):
        raise FetchError(f"it leads to {urlsplit(address).hostname}, which is not a public address")
    return address


def _is_public(address: str) -> bool:
    return all(may_connect(one, ()) for one in addresses_of(urlsplit(address).hostname or ""))


def _body(response: "BaseHTTPResponse") -> bytes:
    """The body, decompressed. Each read gives what has come, so that a server that drips cannot hold us for long."""
    body = bytearray()
    end = time.monotonic() + LONGEST
    while chunk := response.read1(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > LARGEST:
            raise FetchError(f"the page is larger than {LARGEST // 1024**2} MB")
        if time.monotonic() > end:
            raise FetchError(f"the page took longer than {LONGEST:g} s")
    return bytes(body)


def _manager(address: str) -> "PoolManager":
    from urllib3 import PoolManager, ProxyManager, Timeout

    parts = urlsplit(address)
    proxy = None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
    headers = {
        "User-Agent": user_agent(os.environ.get("CLEANWIRE_CONTACT", "")),
        "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
        "Accept-Encoding": "gzip, deflate",
    }
    timeout = Timeout(connect=SILENCE, read=SILENCE)
    if proxy:
        return ProxyManager(proxy, headers=headers, timeout=timeout)
    return PoolManager(headers=headers, timeout=timeout)


def user_agent(contact: str) -> str:
    """The name that we give ourselves.

    >>> user_agent("mailto:desk@example.org")
    'Cleanwire/...(+mailto:desk@example.org)'
    """
    from importlib.metadata import version

    return f"Cleanwire/{version('cleanwire')} (+{contact})" if contact else f"Cleanwire/{version('cleanwire')}"


def _status(status: int) -> str:
    """A status with its name, where it has one."""
    names = {known.value: known.phrase for known in HTTPStatus}
    return f"{status} {names[status]}" if status in names else str(status)


def sentence_of(error: Exception) -> str:
    """What went wrong with a request, in words."""
    from urllib3 import exceptions

    sentences: tuple[tuple[type[Exception], str], ...] = (
        (exceptions.NameResolutionError, "the host's name is not known"),
        (exceptions.NewConnectionError, "the server does not take connections"),
        (exceptions.ProxyError, "the proxy does not answer"),
        (exceptions.TimeoutError, f"no answer within {SILENCE:g} s"),
        (exceptions.DecodeError, "the page's compression is broken"),
        (exceptions.ProtocolError, "the connection broke off"),
    )
    if isinstance(error, exceptions.SSLError):
        return f"its TLS connection cannot be trusted: {error}"
    return next((text for kind, text in sentences if isinstance(error, kind)), f"{type(error).__name__}: {error}")
