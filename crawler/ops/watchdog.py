"""Tells a watchdog (healthchecks.io, Uptime Kuma, a script of one's own) that a run begins, and how it ends.

A cron job that no longer runs says nothing; the watchdog notices that nobody has called.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from crawler.ops.webhooks import post

SECONDS: Final = 10.0
"""For each call, in all."""
LONGEST: Final = 10_000
"""Characters of the account that goes along; healthchecks.io takes 100 kB."""

FINE: Final = frozenset({0, 3})
"""Exit codes of runs that did their work. That some sources failed or drifted, the account and the alerts tell: a
watchdog that barks at every site's outage is soon switched off."""

_log = logging.getLogger(__name__)


class Pings:
    """The calls of one run. Nothing that goes wrong with them reaches the run."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._beginning: threading.Thread | None = None

    def begin(self) -> None:
        """Say that the run begins, beside it: the run does not wait."""
        self._beginning = threading.Thread(target=self._call, args=("start", ""), name="ping", daemon=True)
        self._beginning.start()

    def end(self, exit_code: int, account: str) -> str | None:
        """Say how the run ended, with an account of it; gives what went wrong with that as a sentence."""
        if self._beginning:
            self._beginning.join(SECONDS)  # the end must not be heard before the beginning
        return self._call("" if exit_code in FINE else "fail", account)

    def _call(self, what: str, account: str) -> str | None:
        problem = post(address_for(self._url, what), account[:LONGEST].encode(), "text/plain; charset=utf-8", SECONDS)
        if problem:
            _log.warning("the ping was not taken: %s", problem)
        return problem


def address_for(url: str, what: str) -> str:
    """Where to call: at the address itself, or below it, its parameters kept.

    >>> address_for("https://hc.example/ping/4f2?create=1", "start")
    'https://hc.example/ping/4f2/start?create=1'
    >>> address_for("https://hc.example/ping/4f2", "")
    'https://hc.example/ping/4f2'
    """
    if not what:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{what}"))


class Ending:
    """How a run ends, as far as is known: a failure, until somebody says otherwise."""

    def __init__(self) -> None:
        self.exit_code = 1
        self.account = ""

    def is_known(self, exit_code: int, account: str) -> None:
        """Say how it ended."""
        self.exit_code, self.account = exit_code, account


@contextmanager
def pinging(url: str | None) -> Iterator[Ending]:
    """Call at the beginning and at the end of what is done inside; without an address, do nothing.

    What is raised inside is a failure and goes on its way; its message is the account.
    """
    ending = Ending()
    if url is None:
        yield ending
        return
    pings = Pings(url)
    pings.begin()
    try:
        yield ending
    except BaseException as error:
        if not isinstance(error, SystemExit):
            ending.is_known(1, f"{type(error).__name__}: {error}")
        raise
    finally:
        pings.end(ending.exit_code, ending.account)
