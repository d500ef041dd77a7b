"""Pings a watchdog (healthchecks.io, Uptime Kuma, a script) at the start and at the end of a run.

A cron job that no longer runs cannot report that; the watchdog notices that the ping is missing.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from crawler.ops.webhooks import post_message

PING_TIMEOUT_SECONDS: Final = 10.0
"""How long a ping may take in total."""
MAX_MESSAGE_CHARACTERS: Final = 10_000
"""The most characters of the summary that a ping carries; healthchecks.io accepts 100 kB."""

SUCCESS_EXIT_CODES: Final = frozenset({0, 3})
"""Exit codes of runs that did their work. Failed sources and anomalies are in the summary and the alerts: a watchdog
that reports every site's outage is soon switched off."""

_log = logging.getLogger(__name__)


class WatchdogClient:
    """The pings of one run. An error of a ping never affects the run."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._beginning: threading.Thread | None = None

    def begin(self) -> None:
        """Send the start ping in a thread; the run does not wait for it."""
        self._beginning = threading.Thread(target=self._send_ping, args=("start", ""), name="ping", daemon=True)
        self._beginning.start()

    def end(self, exit_code: int, message: str) -> str | None:
        """Send the end ping with a summary of the run.

        Returns:
            A sentence if the ping failed, else ``None``.
        """
        if self._beginning:
            self._beginning.join(PING_TIMEOUT_SECONDS)  # the end ping must not overtake the start ping
        return self._send_ping("" if exit_code in SUCCESS_EXIT_CODES else "fail", message)

    def _send_ping(self, event: str, message: str) -> str | None:
        problem = post_message(
            build_ping_url(self._url, event),
            message[:MAX_MESSAGE_CHARACTERS].encode(),
            "text/plain; charset=utf-8",
            PING_TIMEOUT_SECONDS,
        )
        if problem:
            _log.warning("the watchdog ping failed: %s", problem)
        return problem


def build_ping_url(url: str, event: str) -> str:
    """Return the URL of a ping: the configured URL itself, or a path below it; its query is kept.

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
    """The result of a run, for the end ping: a failure until :meth:`set_result` is called."""

    def __init__(self) -> None:
        self.exit_code = 1
        self.message = ""

    def set_result(self, exit_code: int, message: str) -> None:
        """Set the exit code and the summary of the run."""
        self.exit_code, self.message = exit_code, message


@contextmanager
def ping_run(url: str | None) -> Iterator[RunResult]:
    """Ping the watchdog at the start and at the end of the block; do nothing without a URL.

    An exception in the block counts as a failure, is sent as the summary, and is raised again.
    """
    result = RunResult()
    if url is None:
        yield result
        return
    pings = WatchdogClient(url)
    pings.begin()
    try:
        yield result
    except BaseException as error:
        if not isinstance(error, SystemExit):
            result.set_result(1, f"{type(error).__name__}: {error}")
        raise
    finally:
        pings.end(result.exit_code, result.message)
