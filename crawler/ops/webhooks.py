"""Posts short messages to URLs that the user has configured. They may be secret, so errors name only the host."""

import threading
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from cleaning.cli.fetch import build_user_agent, describe_error

MAX_ATTEMPTS: Final = 2
"""A server that is restarting or a broken connection gets one more try; more would delay the end of the crawl."""
_TRANSIENT_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


def post_message(url: str, body: bytes, content_type: str, seconds: float) -> str | None:
    """Send a message with POST.

    Temporary errors are tried once more. Redirects are not followed: many would turn the POST into a GET. Unlike the
    URLs of pages, this one may be in a private network, because the operator has chosen it.

    Args:
        url: where to send it.
        body: the message.
        content_type: its media type.
        seconds: the time limit in total, whatever the server does.

    Returns:
        A sentence if it failed, beginning with the host; ``None`` if it was accepted.
    """
    results: list[str | None] = []
    sending = threading.Thread(
        target=lambda: results.append(_send_with_retry(url, body, content_type, seconds)), name="posting", daemon=True
    )
    sending.start()
    sending.join(seconds)
    problem = results[0] if results else f"no answer within {seconds:g} s"
    return problem and f"{extract_host(url)}: {problem}"


def extract_host(url: str) -> str:
    """Return the host of a URL that may be secret; the rest must not appear in a message.

    >>> extract_host("https://user:word@hooks.example/services/T0/B0/XYZ")
    'hooks.example'
    """
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"


def _send_with_retry(url: str, body: bytes, content_type: str, seconds: float) -> str | None:
    """Send the message, twice if need be; return a sentence for every failure, because no error may fail the crawl."""
    problem: str | None = None
    for _ in range(MAX_ATTEMPTS):
        try:
            status = _post_once(url, body, content_type, seconds)
        except Exception as error:  # a URL can be wrong in many ways, each with an exception of its own
            problem = _describe_error(error)
            continue
        if status < 300:
            return None
        problem = f"it answered with HTTP status {status}"
        if status not in _TRANSIENT_STATUSES:
            break
    return problem


def _post_once(url: str, body: bytes, content_type: str, seconds: float) -> int:
    from urllib3 import PoolManager, ProxyManager, Timeout

    parts = urlsplit(url)
    proxy = None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
    headers = {"User-Agent": build_user_agent(""), "Content-Type": content_type}
    pool = ProxyManager(proxy) if proxy else PoolManager()
    with pool:
        response = pool.request(
            "POST", url, body=body, headers=headers, timeout=Timeout(total=seconds), retries=False, redirect=False
        )
    return response.status


def _describe_error(error: Exception) -> str:
    from urllib3 import exceptions

    if isinstance(error, exceptions.TimeoutError):
        return "no answer in time"
    if isinstance(error, exceptions.HTTPError):
        sentence = describe_error(error)
        return sentence if not sentence.startswith(type(error).__name__) else type(error).__name__
    return "not a valid URL" if isinstance(error, ValueError) else type(error).__name__
