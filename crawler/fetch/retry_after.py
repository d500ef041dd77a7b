"""Leaves a host alone when it asks for that: Retry-After, with 429 and 503. It holds for the next run as well."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.fetch.downloader import downloader_of, give_back, host_of
from crawler.frontier.host_state import hosts_of
from crawler.outcomes import RefusedError

HOST_PAUSED: Final = "host-paused"
"""The outcome of a request that is not sent, because its host asked to be left alone for longer than we wait."""
DEFAULT_PAUSE: Final = 60.0
"""Seconds, after a 429 that does not say how long."""
LONGEST_PAUSE: Final = 24 * 3600.0
PATIENCE: Final = 120.0
"""Seconds of a pause that a crawl waits for; after a longer one the host is the next run's."""


def pause_asked_for(status: int, retry_after: str | None, now: datetime) -> float | None:
    """Seconds to leave a host alone after an answer; ``None`` where it does not ask for that.

    >>> noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    >>> pause_asked_for(503, "120", noon), pause_asked_for(429, None, noon), pause_asked_for(503, None, noon)
    (120.0, 60.0, None)
    >>> pause_asked_for(503, "Mon, 01 Jan 2024 12:00:30 GMT", noon), pause_asked_for(200, "120", noon)
    (30.0, None)
    """
    if status not in (429, 503):
        return None
    asked = _seconds(retry_after.strip(), now) if retry_after else None
    if asked is None:
        return DEFAULT_PAUSE if status == 429 else None
    return min(max(asked, 0.0), LONGEST_PAUSE)


def _seconds(retry_after: str, now: datetime) -> float | None:
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()


class Pauses:
    """Sends no request to a host that asked to be left alone, until the time it named."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._until: dict[str, float] = {}
        self._remembered: set[str] = set()
        self._keeping: set[asyncio.Task[None]] = set()
        # The signal comes before the downloader sends the host's next request; a middleware would see the
        # answer after that.
        crawler.signals.connect(self._answered, signals.response_downloaded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def left(self, host: str) -> float:
        """Seconds that a host's pause has left; 0.0 where there is none."""
        return max(0.0, self._until.get(host, 0.0) - time.monotonic())

    async def wait(self, host: str) -> bool:
        """Wait for the end of a host's pause; whether there was one, and it was short enough to wait for."""
        left = self.left(host)
        if not 0 < left <= PATIENCE:
            return False
        await asyncio.sleep(left)
        return True

    @property
    def hosts(self) -> list[str]:
        """The hosts that are to be left alone now."""
        return [host for host in self._until if self.left(host)]

    async def process_request(self, request: Request) -> None:
        host = host_of(downloader_of(self._crawler), request)
        if host not in self._remembered:
            await self._remember(host)
        if left := self.left(host):
            raise _paused(host, left)

    async def _remember(self, host: str) -> None:
        """Take up a pause that an earlier run was asked for."""
        until = (await hosts_of(self._crawler).get(host)).paused_until
        left = (until - datetime.now(UTC)).total_seconds() if until is not None else 0.0
        if left <= LONGEST_PAUSE:  # none is longer but one that was noted by a clock that was wrong
            self._pause(host, left)
        self._remembered.add(host)

    def _answered(self, response: Response, request: Request, **_: Any) -> None:
        header = response.headers.get("Retry-After")
        now = datetime.now(UTC)
        pause = pause_asked_for(response.status, header.decode("latin-1") if header else None, now)
        if pause:
            downloader = downloader_of(self._crawler)
            host = host_of(downloader, request)
            self._pause(host, pause)
            give_back(downloader, _paused(host, pause), host)
            keeping = asyncio.ensure_future(
                hosts_of(self._crawler).change(host, paused_until=now + timedelta(seconds=pause))
            )
            self._keeping.add(keeping)  # the loop itself holds tasks weakly
            keeping.add_done_callback(self._keeping.discard)

    def _pause(self, host: str, seconds: float) -> None:
        self._until[host] = max(self._until.get(host, 0.0), time.monotonic() + seconds)


def _paused(host: str, seconds: float) -> RefusedError:
    return RefusedError(HOST_PAUSED, f"{host} asked to be left alone for {seconds:.0f} s")


def pauses_of(crawler: Crawler) -> Pauses:
    """The pauses of a crawl that has begun."""
    pauses = crawler.get_downloader_middleware(Pauses)
    assert pauses is not None
    return pauses
