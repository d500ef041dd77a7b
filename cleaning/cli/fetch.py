"""Fetch the pages whose URLs the user types on the command line: a few of them, politely, with limits on size and time.

This is not the crawl: it reads no robots.txt, because a person has chosen each page.
"""

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
"""Bytes of the largest page that is fetched, after decompression. News pages stay under 3 MB."""
PAUSE_SECONDS: Final = 1.0
"""Seconds between the starts of two requests to the same host."""
SILENCE_SECONDS: Final = 20.0
"""Seconds without a byte after which a request fails."""
MAX_FETCH_SECONDS: Final = 60.0
"""Seconds that the body of a page may take as a whole."""
MAX_REDIRECTS: Final = 8
"""Redirects that are followed for a page."""
_REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK_BYTES: Final = 65_536


class FetchError(Exception):
    """A page could not be fetched. The message is half a sentence for the user, to follow the URL."""


class Fetcher:
    """Fetches pages one by one, with a pause between two requests to the same host."""

    def __init__(self) -> None:
        self._last_request: dict[str, float] = {}

    def fetch(self, url: str) -> Page:
        """Fetch a page and follow its redirects.

        Args:
            url: an ``http`` or ``https`` URL; it is canonicalised, and its fragment is not sent.

        Returns:
            The page under the URL of the last redirect.

        Raises:
            FetchError: the URL is invalid, the server cannot be reached or responds with an error, the page is too
                large or too slow, or a redirect is not allowed.
        """
        from urllib3.exceptions import HTTPError

        try:
            current = canonicalise(url)
            for _ in range(MAX_REDIRECTS + 1):
                page = self._fetch_once(current)
                if isinstance(page, Page):
                    return page
                current = resolve_redirect(current, canonicalise(urljoin(current, page)))
        except ValueError as error:
            raise FetchError(str(error)) from error
        except HTTPError as error:
            raise FetchError(describe_error(error)) from error
        raise FetchError(f"more than {MAX_REDIRECTS} redirects")

    def _fetch_once(self, url: str) -> "Page | str":
        """Send one request; return the page, or the target of a redirect as the server wrote it."""
        self._wait_for(urlsplit(url).netloc)
        response = _build_pool_manager(url).request("GET", url, preload_content=False, redirect=False, retries=False)
        try:
            if response.status in _REDIRECT_STATUSES and "Location" in response.headers:
                return response.headers["Location"]
            if response.status not in (200, 203):
                raise FetchError(f"the server answered {_describe_status(response.status)}")
            return Page(_read_body(response), url, charset=parse_charset(response.headers.get("Content-Type", "")))
        finally:
            response.close()

    def _wait_for(self, host: str) -> None:
        """Sleep until the pause after the host's last request is over."""
        now = time.monotonic()
        turn = max(now, self._last_request.get(host, -PAUSE_SECONDS) + PAUSE_SECONDS)
        time.sleep(turn - now)
        self._last_request[host] = turn


def resolve_redirect(source: str, target: str) -> str:
    """Return the target of a redirect, unless it leads from the public network into the user's own.

    The user may fetch internal pages, but a public page must not reach them, such as a cloud's metadata service.

    Args:
        source: the URL that redirects.
        target: the absolute URL that it redirects to.

    Raises:
        FetchError: ``source`` is public and ``target`` is not.

    >>> resolve_redirect("https://93.184.216.34/story", "http://169.254.169.254/latest/meta-data")
    Traceback (most recent call last):
    cleaning.cli.fetch.FetchError: redirects to 169.254.169.254, which is not a public address
    """
    if _is_public(source) and not _is_public(target):
        raise FetchError(f"redirects to {urlsplit(target).hostname}, which is not a public address")
    return target


def _is_public(url: str) -> bool:
    """Return whether all addresses of a URL's host are public; also if it cannot be resolved, as behind a proxy."""
    return all(is_allowed_address(address, ()) for address in resolve_addresses(urlsplit(url).hostname or ""))


def _read_body(response: "BaseHTTPResponse") -> bytes:
    """Read the body of a response, decompressed.

    `read1` returns what has arrived, so the time limit also holds for a server that sends a byte every few seconds.
    """
    body = bytearray()
    end = time.monotonic() + MAX_FETCH_SECONDS
    while chunk := response.read1(_CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > MAX_PAGE_BYTES:
            raise FetchError(f"the page is larger than {MAX_PAGE_BYTES // 1024**2} MB")
        if time.monotonic() > end:
            raise FetchError(f"the page took longer than {MAX_FETCH_SECONDS:g} s")
    return bytes(body)


def _build_pool_manager(url: str) -> "PoolManager":
    """Return a client for a URL, with our headers and timeouts, which uses the proxy that the environment names."""
    from urllib3 import PoolManager, ProxyManager, Timeout

    parts = urlsplit(url)
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
    """Return the User-Agent header of all requests.

    Args:
        contact: a URL or ``mailto:`` address for site owners, as in ``CLEANWIRE_CONTACT``; may be empty.

    >>> build_user_agent("mailto:desk@example.org")
    'Cleanwire/...(+mailto:desk@example.org)'
    """
    from importlib.metadata import version

    return f"Cleanwire/{version('cleanwire')} (+{contact})" if contact else f"Cleanwire/{version('cleanwire')}"


def _describe_status(status: int) -> str:
    """Return an HTTP status with its name, if it has one."""
    names = {known.value: known.phrase for known in HTTPStatus}
    return f"{status} {names[status]}" if status in names else str(status)


def describe_error(error: Exception) -> str:
    """Return half a sentence for the user on an error of urllib3; unknown errors keep their type and message."""
    from urllib3 import exceptions

    # The first match counts: some of these errors are subclasses of later ones.
    sentences: tuple[tuple[type[Exception], str], ...] = (
        (exceptions.NameResolutionError, "could not resolve the host name (DNS)"),
        (exceptions.NewConnectionError, "could not connect to the server"),
        (exceptions.ProxyError, "could not connect to the proxy"),
        (exceptions.TimeoutError, f"no response within {SILENCE_SECONDS:g} s"),
        (exceptions.DecodeError, "the compressed page is corrupt"),
        (exceptions.ProtocolError, "the connection was interrupted"),
    )
    if isinstance(error, exceptions.SSLError):
        return f"could not establish a trusted TLS connection: {error}"
    return next((text for kind, text in sentences if isinstance(error, kind)), f"{type(error).__name__}: {error}")
