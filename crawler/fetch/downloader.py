"""Politeness: access to Scrapy's download slots, of which each host has one.

Scrapy has no public way to slow down one host during a crawl, or to take back requests that wait for their delay.
Politeness needs the first, and a quick end of the crawl the second.
"""

from collections.abc import Coroutine
from typing import Any, Final

from scrapy import Request
from scrapy.core.downloader import Downloader, Slot
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from crawler.outcomes import RequestRejectedError

DELAY_MARGIN_SECONDS: Final = 0.02
"""Added to each delay. Requests differ in how long they take to arrive, and the server counts arrivals."""


class PoliteDownloader(Downloader):
    """Counts a request as in progress from the moment it leaves its queue.

    Scrapy 2.19 counts it only once its coroutine has started. Without a delay, or if the processor is busy for longer
    than the delay, it would send the host's next requests at the same time.
    """

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        slot.transferring.add(request)
        return super()._wait_for_download(slot, request, queue_dfd)


def pad_delay(delay: float) -> float:
    """Return the delay that Scrapy must use so that the server sees at least the one that is wanted.

    >>> pad_delay(1.0), pad_delay(0.0)
    (1.02, 0.0)
    """
    return delay + DELAY_MARGIN_SECONDS if delay else 0.0


def downloader_from_crawler(crawler: Crawler) -> Downloader:
    """Return the downloader of a crawl.

    The crawl must have started: before that, Scrapy's crawler has no engine.
    """
    return crawler.engine.downloader


def set_delay(downloader: Downloader, host: str, delay: float) -> None:
    """Wait at least ``delay`` seconds between two requests to a host, from now on.

    Scrapy discards idle slots after a minute, so the settings for the host's next slot are changed as well.
    """
    downloader.per_slot_settings.setdefault(host, {})["delay"] = pad_delay(delay)
    if host in downloader.slots:
        downloader.slots[host].delay = pad_delay(delay)


def set_concurrency(downloader: Downloader, host: str, requests: int) -> None:
    """Allow this many requests to a host at a time, from now on.

    Their starts are still the host's delay apart.
    """
    downloader.per_slot_settings.setdefault(host, {})["concurrency"] = requests
    if host in downloader.slots:
        downloader.slots[host].concurrency = requests


def raise_delay(downloader: Downloader, host: str, delay: float) -> None:
    """Wait at least ``delay`` seconds between two requests to a host, unless it waits longer already.

    Used for ``Crawl-delay``, which must not shorten the delay that the user has configured.
    """
    current = downloader.per_slot_settings.get(host, {}).get("delay", downloader.settings.getfloat("DOWNLOAD_DELAY"))
    if pad_delay(delay) > current:
        set_delay(downloader, host, delay)


def fail_waiting_requests(downloader: Downloader, error: RequestRejectedError, host: str | None = None) -> None:
    """Fail the requests that wait for their turn, without sending them.

    Args:
        downloader: the downloader of the crawl.
        error: the outcome of these requests.
        host: the only host to do this for; ``None`` for all hosts.
    """
    for name, slot in downloader.slots.items():
        # Requests in progress are left alone: they have been sent, and their responses are welcome.
        while slot.queue and host in (None, name):
            _, waiting = slot.queue.popleft()
            waiting.errback(Failure(error))  # type: ignore[no-untyped-call]


def get_slot_host(downloader: Downloader, request: Request) -> str:
    """Return the key of the download slot that a request uses: its host, or what ``download_slot`` in its meta says."""
    return downloader.get_slot_key(request)
