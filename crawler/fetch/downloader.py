"""Scrapy's download slots, one a host: the door to what its downloader queues.

Scrapy has no public way to slow one host down while it runs, or to take back requests that wait
behind a delay; both are needed for politeness and for stopping soon.
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
"""Seconds on top of a delay: requests do not all take the same time to arrive, and the server counts arrivals."""


class PoliteDownloader(Downloader):
    """Counts a request as under way from the moment in which it leaves its queue.

    Scrapy 2.19 does so only when its coroutine has begun: without a delay, or where the processor is taken away for
    longer than that, it sends a host's next requests at the same time.
    """

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        slot.transferring.add(request)
        return super()._wait_for_download(slot, request, queue_dfd)


def pad_delay(delay: float) -> float:
    """What Scrapy is to wait so that a server sees the delay.

    >>> pad_delay(1.0), pad_delay(0.0)
    (1.02, 0.0)
    """
    return delay + DELAY_MARGIN_SECONDS if delay else 0.0


def downloader_from_crawler(crawler: Crawler) -> Downloader:
    """The downloader of a crawl that has begun."""
    return crawler.engine.downloader


def set_delay(downloader: Downloader, host: str, delay: float) -> None:
    """Leave ``delay`` seconds between two requests to a host, from now on.

    Scrapy throws idle slots away after a minute, so what the slot's successors begin with changes too.
    """
    downloader.per_slot_settings.setdefault(host, {})["delay"] = pad_delay(delay)
    if host in downloader.slots:
        downloader.slots[host].delay = pad_delay(delay)


def set_concurrency(downloader: Downloader, host: str, requests: int) -> None:
    """Allow so many requests to a host at once, from now on; their beginnings stay the delay apart."""
    downloader.per_slot_settings.setdefault(host, {})["concurrency"] = requests
    if host in downloader.slots:
        downloader.slots[host].concurrency = requests


def raise_delay(downloader: Downloader, host: str, delay: float) -> None:
    """Leave at least ``delay`` seconds between two requests to a host, from now on."""
    present = downloader.per_slot_settings.get(host, {}).get("delay", downloader.settings.getfloat("DOWNLOAD_DELAY"))
    if pad_delay(delay) > present:
        set_delay(downloader, host, delay)


def fail_waiting_requests(downloader: Downloader, error: RequestRejectedError, host: str | None = None) -> None:
    """Fail the requests that still wait for their turn, on one host or on all."""
    for name, slot in downloader.slots.items():
        while slot.queue and host in (None, name):
            _, waiting = slot.queue.popleft()
            waiting.errback(Failure(error))  # type: ignore[no-untyped-call]


def get_slot_host(downloader: Downloader, request: Request) -> str:
    """The host whose slot a request uses."""
    return downloader.get_slot_key(request)
