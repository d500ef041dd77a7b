"""Fetches the tdmrep.json of the hosts whose articles are crawled (W3C TDM Reservation Protocol)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http.request import NO_CALLBACK

from cleaning.usage import UsageStatement
from crawler.frontier.host_state import host_state_from_crawler
from crawler.parsers.tdmrep import TdmrepPolicy, parse_tdmrep_policy
from crawler.parsers.usage_statements import MAX_TDMREP_BYTES

TDMREP_LIFETIME: Final = timedelta(days=7)
"""How long a tdmrep.json, or the knowledge that there is none, is used: almost no host has one, and each request takes
a turn of the host."""
TDMREP_PATH: Final = "/.well-known/tdmrep.json"


class TdmrepFiles:
    """What the tdmrep.json of each host reserves, fetched before the first article of the host is stored.

    A host that is polled without a new article is not asked for it.
    """

    def __init__(self, crawler: Crawler) -> None:
        """Prepare for a crawl."""
        self._crawler = crawler
        self._policies: dict[str, asyncio.Task[TdmrepPolicy]] = {}

    async def list_statements(self, url: str) -> tuple[UsageStatement, ...]:
        """Return what the host of a page states about it; nothing if the host has no such file."""
        parts = urlsplit(url)
        if parts.netloc not in self._policies:
            fetching = asyncio.ensure_future(self._load_or_fetch(parts.netloc, f"{parts.scheme}://{parts.netloc}"))
            self._policies[parts.netloc] = fetching
        # Several pages may wait for this task. Without shield, the cancellation of one would cancel it for all.
        return (await asyncio.shield(self._policies[parts.netloc])).list_usage_statements(url)

    async def _load_or_fetch(self, name: str, origin: str) -> TdmrepPolicy:
        states = host_state_from_crawler(self._crawler)
        host, now = await states.get(name), datetime.now(UTC)
        # A time in the future was saved while the system clock was ahead.
        if host.tdmrep_fetched_at is None or not timedelta(0) <= now - host.tdmrep_fetched_at < TDMREP_LIFETIME:
            text = await self._fetch(f"{origin}{TDMREP_PATH}")
            await states.update(name, tdmrep_fetched_at=now, tdmrep=text)
        else:
            text = host.tdmrep
        return parse_tdmrep_policy(text or "")

    async def _fetch(self, url: str) -> str | None:
        """Fetch the file; ``None`` if there is none, or if it cannot be fetched now.

        A request that fails is not repeated before the next week: most servers without the file have strange answers.
        """
        try:
            assert self._crawler.engine is not None
            response = await self._crawler.engine.download_async(Request(url, callback=NO_CALLBACK, priority=1))
        except Exception:  # robots.txt forbids it, the host is paused, or the connection failed
            return None
        is_file = response.status == 200 and len(response.body) <= MAX_TDMREP_BYTES
        text = response.body.decode("utf-8", "replace").strip() if is_file else ""
        # Many servers answer unknown paths with a page.
        return text if text.lstrip("\ufeff").startswith(("[", "{")) else None
