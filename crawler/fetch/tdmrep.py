"""Fetches the tdmrep.json of the hosts whose articles are crawled (W3C TDM Reservation Protocol)."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from cleaning.usage import UsageStatement
from crawler.fetch.network_guard import classify_failure
from crawler.fetch.retry_after import HOST_PAUSED
from crawler.frontier.host_state import host_state_from_crawler
from crawler.parsers.tdmrep import TdmrepPolicy, parse_tdmrep_policy
from crawler.parsers.usage_statements import MAX_TDMREP_BYTES
from storage import Host

TDMREP_LIFETIME: Final = timedelta(days=7)
"""How long a tdmrep.json, or the knowledge that there is none, is used: almost no host has one, and each request takes
a turn of the host."""
TDMREP_RETRY_INTERVAL: Final = timedelta(days=1)
"""How long a host is not asked again after it has failed to answer."""
TDMREP_TIMEOUT_SECONDS: Final = 5.0
"""An article waits for the answer. A page may take longer, but a small file that does is not worth the wait."""
TDMREP_PATH: Final = "/.well-known/tdmrep.json"
_NOT_SENT: Final = frozenset((HOST_PAUSED, "stopped", "robots-forbidden", "robots-unreachable", "opted-out"))
"""The outcomes of a request that no server has seen. They say nothing of the file, so they are not remembered."""


def is_tdmrep_due(host: Host, now: datetime) -> bool:
    """Return whether to fetch the tdmrep.json of a host.

    Args:
        host: what is known of it.
        now: the current time, with a time zone.

    >>> now = datetime(2024, 1, 8, tzinfo=UTC)
    >>> is_tdmrep_due(Host("a.example"), now), is_tdmrep_due(Host("a.example", tdmrep_fetched_at=now, tdmrep=""), now)
    (True, False)
    """
    if host.tdmrep_fetched_at is None:
        return True
    lifetime = TDMREP_RETRY_INTERVAL if host.tdmrep is None else TDMREP_LIFETIME
    # A time in the future was saved while the system clock was ahead.
    return not timedelta(0) <= now - host.tdmrep_fetched_at < lifetime


def read_tdmrep(status: int, body: bytes) -> str | None:
    """Return the text of a tdmrep.json; empty if the answer says that there is none, ``None`` if it says nothing.

    Many servers answer unknown paths with a page. A server that is overloaded (429) or fails (5xx) may have the file.

    >>> read_tdmrep(404, b""), read_tdmrep(200, b"<html>"), read_tdmrep(503, b"")
    ('', '', None)
    """
    if status == 429 or status >= 500:
        return None
    text = body.decode("utf-8", "replace") if status == 200 and len(body) <= MAX_TDMREP_BYTES else ""
    return text if _parse_policy(text).rules else ""


class TdmrepFiles:
    """What the tdmrep.json of each host reserves, fetched before the first article of the host is stored.

    It is not fetched for a host whose listings have nothing new. If the host does not answer, or not in time while a
    crawl is ending, it counts as having no such file.
    """

    def __init__(self, crawler: Crawler) -> None:
        """Prepare for a crawl, which must have started."""
        self._crawler = crawler
        self._fetching: dict[str, asyncio.Task[None]] = {}
        self._stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def stop(self) -> None:
        """Fetch nothing more, and let the articles that wait for an answer go on without it."""
        if not self._stopped.done():
            self._stopped.set_result(None)

    async def list_statements(self, url: str, meta: Mapping[str, Any]) -> tuple[UsageStatement, ...]:
        """Return what the host of a page states about it; nothing if the host has no such file.

        Args:
            url: the URL of the page.
            meta: Scrapy's meta of requests for the page's site.
        """
        name = urlsplit(url).netloc
        states = host_state_from_crawler(self._crawler)
        if is_tdmrep_due(await states.get(name), datetime.now(UTC)) and not self._stopped.done():
            if name not in self._fetching:
                self._fetching[name] = asyncio.ensure_future(self._refresh(name, url, meta))
                self._fetching[name].add_done_callback(lambda _: self._fetching.pop(name))
            # Several pages may wait for this task; asyncio.wait cancels it with none of them.
            await asyncio.wait({self._fetching[name], self._stopped}, return_when=asyncio.FIRST_COMPLETED)
        return _parse_policy((await states.get(name)).tdmrep or "").list_usage_statements(url)

    async def _refresh(self, name: str, url: str, meta: Mapping[str, Any]) -> None:
        """Fetch the file of a host and remember what came of it."""
        try:
            response = await self._fetch(f"{urlsplit(url).scheme}://{name}{TDMREP_PATH}", meta)
        except Exception as error:  # whatever kept the answer from arriving: the article does not depend on it
            outcome, _ = classify_failure(error, url)
            if outcome in _NOT_SENT:
                return
            text = "" if outcome == "too-large" else None
        else:
            text = read_tdmrep(response.status, response.body)
        states = host_state_from_crawler(self._crawler)
        if text is None:  # what it stated last holds until it answers again
            text = (await states.get(name)).tdmrep or None
        await states.update(name, tdmrep_fetched_at=datetime.now(UTC), tdmrep=text)

    async def _fetch(self, url: str, meta: Mapping[str, Any]) -> Response:
        limits = {
            "download_timeout": min(TDMREP_TIMEOUT_SECONDS, self._crawler.settings.getfloat("DOWNLOAD_TIMEOUT")),
            "download_maxsize": MAX_TDMREP_BYTES,
            "dont_redirect": True,  # most redirects lead from unknown paths to the front page
        }
        assert self._crawler.engine is not None
        return await self._crawler.engine.download_async(
            Request(url, callback=NO_CALLBACK, meta={**meta, **limits}, dont_filter=True)
        )


@lru_cache(maxsize=64)
def _parse_policy(text: str) -> TdmrepPolicy:
    return parse_tdmrep_policy(text)
