"""Obeys ``Retry-After``: a host that answers 429 or 503 gets no request until the time that it names.

The pause is saved in the corpus, so that it also holds for the next run.
"""

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from cleaning.times import convert_to_utc, parse_mail_date
from crawler.fetch.downloader import downloader_from_crawler, fail_waiting_requests, get_slot_host
from crawler.frontier.host_state import host_state_from_crawler
from crawler.outcomes import RequestRejectedError

HOST_PAUSED: Final = "host-paused"
"""The outcome of a request that is not sent because its host is paused, for longer than a run waits."""
DEFAULT_PAUSE_SECONDS: Final = 60.0
"""The pause after a 429 without ``Retry-After``, and after a 429 or 503 whose ``Retry-After`` cannot be read."""
# Some servers name a date years ahead. After a day, one request shows whether they still mean it.
MAX_PAUSE_SECONDS: Final = 24 * 3600.0
_SECONDS: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
MAX_WAIT_SECONDS: Final = 120.0
"""The longest pause that a run waits for; after a longer one, the host is left to the next run."""


def parse_retry_after(status: int, retry_after: str | None, now: datetime) -> float | None:
    """Return how many seconds a host wants to be left alone; ``None`` if it does not ask for a pause.

    Only 429 and 503 ask for one. A 503 without ``Retry-After`` does not: it is often about a single page.

    Args:
        status: the HTTP status of the response.
        retry_after: the header's value, in seconds or as an HTTP date.
        now: the current time, with a time zone.

    >>> noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    >>> parse_retry_after(503, "120", noon), parse_retry_after(429, None, noon), parse_retry_after(503, None, noon)
    (120.0, 60.0, None)
    >>> parse_retry_after(503, "Mon, 01 Jan 2024 12:00:30 GMT", noon), parse_retry_after(200, "120", noon)
    (30.0, None)
    """
    if status not in (429, 503):
        return None
    stated = (retry_after or "").strip()
    if not stated:
        return DEFAULT_PAUSE_SECONDS if status == 429 else None
    seconds = _parse_seconds(stated, now)
    # A host that asks for a pause gets one, even if its words for how long make no sense.
    return DEFAULT_PAUSE_SECONDS if seconds is None else min(max(seconds, 0.0), MAX_PAUSE_SECONDS)


def _parse_seconds(retry_after: str, now: datetime) -> float | None:
    if _SECONDS.fullmatch(retry_after):
        return float(retry_after)
    date = parse_mail_date(retry_after)
    end = convert_to_utc(date) if date else None
    return (end - now).total_seconds() if end else None


class HostPauses:
    """A downloader middleware that sends no request to a paused host until its pause ends.

    Times are kept on the monotonic clock, so that a change of the system clock neither ends a pause nor extends it.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._paused_until: dict[str, float] = {}
        self._loaded_hosts: set[str] = set()
        self._saving: set[asyncio.Task[None]] = set()
        # Scrapy sends this signal before the host's next request; process_response would be called after it, so one
        # more request would reach a host that has just asked for a pause.
        crawler.signals.connect(self._handle_response, signals.response_downloaded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware, as Scrapy does for each crawl."""
        return cls(crawler)

    def get_remaining(self, host: str) -> float:
        """Return the seconds until a host's pause ends; 0.0 if it is not paused.

        Knows the pauses of this run, and those of earlier runs once the first request to the host has been made.
        """
        return max(0.0, self._paused_until.get(host, 0.0) - time.monotonic())

    async def wait(self, host: str) -> bool:
        """Wait until a host's pause ends, if it is short enough.

        Returns:
            ``True`` after a wait: the request may be repeated. ``False`` at once if the host is not paused, or for
                longer than
                :data:`MAX_WAIT_SECONDS`.
        """
        remaining = self.get_remaining(host)
        if not 0 < remaining <= MAX_WAIT_SECONDS:
            return False
        await asyncio.sleep(remaining)
        return True

    @property
    def paused_hosts(self) -> list[str]:
        """The hosts that are paused now. The frontier leases no pages of them."""
        return [host for host in self._paused_until if self.get_remaining(host)]

    async def process_request(self, request: Request) -> None:
        """Reject a request to a paused host, without sending it.

        Raises:
            RequestRejectedError: with the outcome ``host-paused``.
        """
        host = get_slot_host(downloader_from_crawler(self._crawler), request)
        if host not in self._loaded_hosts:
            await self._load_pause(host)
        if remaining := self.get_remaining(host):
            raise _build_rejection(host, remaining)

    async def _load_pause(self, host: str) -> None:
        """Load the pause that a host asked an earlier run for."""
        until = (await host_state_from_crawler(self._crawler).get(host)).paused_until
        remaining = (until - datetime.now(UTC)).total_seconds() if until is not None else 0.0
        # A longer pause is never saved, so one was saved while the system clock was ahead. It is ignored.
        if remaining <= MAX_PAUSE_SECONDS:
            self._pause_host(host, remaining)
        self._loaded_hosts.add(host)

    def _handle_response(self, response: Response, request: Request, **_: Any) -> None:
        header = response.headers.get("Retry-After")
        now = datetime.now(UTC)
        pause = parse_retry_after(response.status, header.decode("latin-1") if header else None, now)
        if pause:
            downloader = downloader_from_crawler(self._crawler)
            host = get_slot_host(downloader, request)
            self._pause_host(host, pause)
            fail_waiting_requests(downloader, _build_rejection(host, pause), host)
            saving = asyncio.ensure_future(
                host_state_from_crawler(self._crawler).update(host, paused_until=now + timedelta(seconds=pause))
            )
            self._saving.add(saving)  # asyncio keeps only weak references to tasks
            saving.add_done_callback(self._saving.discard)

    def _pause_host(self, host: str, seconds: float) -> None:
        self._paused_until[host] = max(self._paused_until.get(host, 0.0), time.monotonic() + seconds)


def _build_rejection(host: str, seconds: float) -> RequestRejectedError:
    return RequestRejectedError(HOST_PAUSED, f"{host} asked for a pause of {seconds:.0f} s")


def host_pauses_from_crawler(crawler: Crawler) -> HostPauses:
    """Return the pauses of a crawl.

    The crawl must have started: Scrapy creates its middlewares then.
    """
    pauses = crawler.get_downloader_middleware(HostPauses)
    assert pauses is not None
    return pauses
