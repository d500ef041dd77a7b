"""Leaves a host alone when it asks for that: Retry-After, with 429 and 503. It holds for the next run as well."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.fetch.downloader import downloader_from_crawler, fail_waiting_requests, get_slot_host
from crawler.frontier.host_state import host_state_from_crawler
from crawler.outcomes import RequestRejectedError

HOST_PAUSED: Final = "host-paused"
"""The outcome of a request that is not sent, because its host asked to be left alone for longer than we wait."""
DEFAULT_PAUSE_SECONDS: Final = 60.0
"""Seconds, after a 429 that does not say how long."""
MAX_PAUSE_SECONDS: Final = 24 * 3600.0
MAX_WAIT_SECONDS: Final = 120.0
"""Seconds of a pause that a crawl waits for; after a longer one the host is the next run's."""


def parse_retry_after(status: int, retry_after: str | None, now: datetime) -> float | None:
    """Seconds to leave a host alone after an answer; ``None`` where it does not ask for that.

    >>> noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    >>> parse_retry_after(503, "120", noon), parse_retry_after(429, None, noon), parse_retry_after(503, None, noon)
    (120.0, 60.0, None)
    >>> parse_retry_after(503, "Mon, 01 Jan 2024 12:00:30 GMT", noon), parse_retry_after(200, "120", noon)
    (30.0, None)
    """
    if status not in (429, 503):
        return None
    asked = _parse_seconds(retry_after.strip(), now) if retry_after else None
    if asked is None:
        return DEFAULT_PAUSE_SECONDS if status == 429 else None
    return min(max(asked, 0.0), MAX_PAUSE_SECONDS)


def _parse_seconds(retry_after: str, now: datetime) -> float | None:
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()


class HostPauses:
    """Sends no request to a host that asked to be left alone, until the time it named."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._paused_until: dict[str, float] = {}
        self._loaded_hosts: set[str] = set()
        self._saving: set[asyncio.Task[None]] = set()
        # The signal comes before the downloader sends the host's next request; a middleware would see the
        # answer after that.
        crawler.signals.connect(self._handle_response, signals.response_downloaded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def get_remaining(self, host: str) -> float:
        """Seconds that a host's pause has left; 0.0 where there is none."""
        return max(0.0, self._paused_until.get(host, 0.0) - time.monotonic())

    async def wait(self, host: str) -> bool:
        """Wait for the end of a host's pause; whether there was one, and it was short enough to wait for."""
        left = self.get_remaining(host)
        if not 0 < left <= MAX_WAIT_SECONDS:
            return False
        await asyncio.sleep(left)
        return True

    @property
    def paused_hosts(self) -> list[str]:
        """The hosts that are to be left alone now."""
        return [host for host in self._paused_until if self.get_remaining(host)]

    async def process_request(self, request: Request) -> None:
        host = get_slot_host(downloader_from_crawler(self._crawler), request)
        if host not in self._loaded_hosts:
            await self._load_pause(host)
        if left := self.get_remaining(host):
            raise _build_refusal(host, left)

    async def _load_pause(self, host: str) -> None:
        """Take up a pause that an earlier run was asked for."""
        until = (await host_state_from_crawler(self._crawler).get(host)).paused_until
        left = (until - datetime.now(UTC)).total_seconds() if until is not None else 0.0
        if left <= MAX_PAUSE_SECONDS:  # none is longer but one that was noted by a clock that was wrong
            self._pause_host(host, left)
        self._loaded_hosts.add(host)

    def _handle_response(self, response: Response, request: Request, **_: Any) -> None:
        header = response.headers.get("Retry-After")
        now = datetime.now(UTC)
        pause = parse_retry_after(response.status, header.decode("latin-1") if header else None, now)
        if pause:
            downloader = downloader_from_crawler(self._crawler)
            host = get_slot_host(downloader, request)
            self._pause_host(host, pause)
            fail_waiting_requests(downloader, _build_refusal(host, pause), host)
            keeping = asyncio.ensure_future(
                host_state_from_crawler(self._crawler).update(host, paused_until=now + timedelta(seconds=pause))
            )
            self._saving.add(keeping)  # the loop itself holds tasks weakly
            keeping.add_done_callback(self._saving.discard)

    def _pause_host(self, host: str, seconds: float) -> None:
        self._paused_until[host] = max(self._paused_until.get(host, 0.0), time.monotonic() + seconds)


def _build_refusal(host: str, seconds: float) -> RequestRejectedError:
    return RequestRejectedError(HOST_PAUSED, f"{host} asked to be left alone for {seconds:.0f} s")


def host_pauses_from_crawler(crawler: Crawler) -> HostPauses:
    """The pauses of a crawl that has begun."""
    pauses = crawler.get_downloader_middleware(HostPauses)
    assert pauses is not None
    return pauses
