"""Sends short messages to addresses that a person has set up. They may be secret: no error names more than the host."""

import threading
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from cleaning.cli.fetch import build_user_agent, describe_error

MAX_ATTEMPTS: Final = 2
_TRANSIENT_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


def post_message(url: str, body: bytes, content_type: str, seconds: float) -> str | None:
    """Send a message with POST; gives what went wrong as a sentence, ``None`` where it was taken.

    A server in trouble and a broken connection are tried once more. It never takes longer than ``seconds`` in all,
    whatever the server does. Redirects are not followed: they would turn the message into a question. The address may
    be in a private network, unlike those of pages: it is the choice of whoever runs the crawl.
    """
    answer: list[str | None] = []
    sending = threading.Thread(
        target=lambda: answer.append(_send_with_retry(url, body, content_type, seconds)), name="posting", daemon=True
    )
    sending.start()
    sending.join(seconds)
    problem = answer[0] if answer else f"no answer within {seconds:g} s"
    return problem and f"{extract_host(url)}: {problem}"


def extract_host(url: str) -> str:
    """The host of an address that may be secret.

    >>> extract_host("https://user:word@hooks.example/services/T0/B0/XYZ")
    'hooks.example'
    """
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"


def _send_with_retry(url: str, body: bytes, content_type: str, seconds: float) -> str | None:
    """One sentence for every failure: this runs beside a crawl that must not fail because of it."""
    problem: str | None = None
    for _ in range(MAX_ATTEMPTS):
        try:
            status = _post_once(url, body, content_type, seconds)
        except Exception as error:  # whatever an address can be wrong in
            problem = _describe_error(error)
            continue
        if status < 300:
            return None
        problem = f"it answered with the HTTP status {status}"
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
    return "that is no web address" if isinstance(error, ValueError) else type(error).__name__
