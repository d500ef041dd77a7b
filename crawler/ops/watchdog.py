"""Tells a watchdog (healthchecks.io, Uptime Kuma, a script of one's own) that a run begins, and how it ends.

A cron job that no longer runs says nothing; the watchdog notices that nobody has called.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from crawler.ops.webhooks import post_message

PING_TIMEOUT_SECONDS: Final = 10.0
"""For each call, in all."""
MAX_MESSAGE_CHARACTERS: Final = 10_000
"""Characters of the account that goes along; healthchecks.io takes 100 kB."""

SUCCESS_EXIT_CODES: Final = frozenset({0, 3})
"""Exit codes of runs that did their work. That some sources failed or drifted, the account and the alerts tell: a
watchdog that barks at every site's outage is soon switched off."""

_log = logging.getLogger(__name__)


class WatchdogClient:
    """The calls of one run. Nothing that goes wrong with them reaches the run."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._beginning: threading.Thread | None = None

    def begin(self) -> None:
        """Say that the run begins, beside it: the run does not wait."""
        self._beginning = threading.Thread(target=self._send_ping, args=("start", ""), name="ping", daemon=True)
        self._beginning.start()

    def end(self, exit_code: int, message: str) -> str | None:
        """Say how the run ended, with an account of it; gives what went wrong with that as a sentence."""
        if self._beginning:
            self._beginning.join(PING_TIMEOUT_SECONDS)  # the end must not be heard before the beginning
        return self._send_ping("" if exit_code in SUCCESS_EXIT_CODES else "fail", message)

    def _send_ping(self, event: str, message: str) -> str | None:
        problem = post_message(
            build_ping_url(self._url, event),
            message[:MAX_MESSAGE_CHARACTERS].encode(),
            "text/plain; charset=utf-8",
            PING_TIMEOUT_SECONDS,
        )
        if problem:
            _log.warning("the ping was not taken: %s", problem)
        return problem


def build_ping_url(url: str, event: str) -> str:
    """Where to call: at the address itself, or below it, its parameters kept.

    >>> build_ping_url("https://hc.example/ping/4f2?create=1", "start")
    'https://hc.example/ping/4f2/start?create=1'
    >>> build_ping_url("https://hc.example/ping/4f2", "")
    'https://hc.example/ping/4f2'
    """
    if not event:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{event}"))


class RunResult:
    """How a run ends, as far as is known: a failure, until somebody says otherwise."""

    def __init__(self) -> None:
        self.exit_code = 1
        self.message = ""

    def set_result(self, exit_code: int, message: str) -> None:
        """Say how it ended."""
        self.exit_code, self.message = exit_code, message


@contextmanager
def ping_run(url: str | None) -> Iterator[RunResult]:
    """Call at the beginning and at the end of what is done inside; without an address, do nothing.

    What is raised inside is a failure and goes on its way; its message is the account.
    """
    ending = RunResult()
    if url is None:
        yield ending
        return
    pings = WatchdogClient(url)
    pings.begin()
    try:
        yield ending
    except BaseException as error:
        if not isinstance(error, SystemExit):
            ending.set_result(1, f"{type(error).__name__}: {error}")
        raise
    finally:
        pings.end(ending.exit_code, ending.message)
