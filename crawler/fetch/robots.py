"""robots.txt as RFC 9309 has it: a site without one allows everything, one that does not answer nothing."""

import asyncio
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured, StopDownload
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.fetch.downloader import downloader_from_crawler, get_slot_host, raise_delay
from crawler.fetch.network_guard import classify_failure
from crawler.fetch.retry_after import HOST_PAUSED, host_pauses_from_crawler
from crawler.frontier.host_state import host_state_from_crawler
from crawler.outcomes import RequestRejectedError
from crawler.parsers.robots_txt import MAX_PARSED_BYTES, RobotsPolicy, parse_robots_txt
from storage import Host

ROBOTS_TXT_NAME: Final = "Cleanwire"
"""The name that rules in a robots.txt address us by."""
MAX_CRAWL_DELAY_SECONDS: Final = 120.0
"""Seconds. A Crawl-delay beyond this is a mistake, or a polite no that robots.txt has a better word for."""
MAX_CACHE_LIFETIME: Final = timedelta(hours=4)
"""How long a robots.txt is used, in later runs too. The RFC allows a day; who forbids something expects it sooner."""
UNREACHABLE_RETRY_INTERVAL: Final = timedelta(minutes=30)
"""How long a host whose robots.txt could not be had is left alone in one run."""


@dataclass(frozen=True, slots=True)
class _CachedRobots:
    """What a host's robots.txt says, or why it could not be had: then nothing may be fetched."""

    expires_at: float
    """When to ask again, on ``time.monotonic``'s clock."""
    robots: RobotsPolicy | None = None
    refusal: tuple[str, str] = ("", "")
    """Outcome and detail."""


def is_disallow_all(status: int) -> bool:
    """Whether a robots.txt's status means that nothing may be fetched now.

    Server errors, and redirects that lead nowhere. 429 as well: it asks for fewer requests, not for more.

    >>> [is_disallow_all(s) for s in (200, 301, 404, 403, 429, 500, 503)]
    [False, True, False, False, True, True, True]
    """
    return 300 <= status < 400 or status == 429 or status >= 500


def parse_cache_lifetime(cache_control: str | None) -> timedelta:
    """How long a robots.txt may be used, by the Cache-Control header that came with it.

    >>> [parse_cache_lifetime(said).total_seconds() for said in (None, "max-age=600", "max-age=31536000", "no-cache")]
    [14400.0, 600.0, 14400.0, 0.0]
    """
    said = (cache_control or "").lower()
    if re.search(r"\bno-(cache|store)\b", said):
        return timedelta(0)
    match = re.search(r"\bmax-age\s*=\s*\"?(\d{1,9})", said)
    return min(MAX_CACHE_LIFETIME, timedelta(seconds=int(match[1]))) if match else MAX_CACHE_LIFETIME


def limit_crawl_delay(robots: RobotsPolicy) -> float:
    """Seconds to leave between two requests.

    >>> [limit_crawl_delay(RobotsPolicy(crawl_delay=delay)) for delay in (None, 3.0, 86400.0)]
    [0.0, 3.0, 120.0]
    """
    return min(robots.crawl_delay or 0.0, MAX_CRAWL_DELAY_SECONDS)


class RobotsMiddleware:
    """Fetches the robots.txt of each host, keeps it for later runs, and refuses what it forbids."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self._crawler = crawler
        self._cache: dict[str, _CachedRobots] = {}
        self._fetching: dict[str, asyncio.Task[_CachedRobots]] = {}
        crawler.signals.connect(self._truncate_body, signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def list_sitemaps(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt of the address's host names; empty before it was fetched."""
        known = self._cache.get(urlsplit(url).netloc)
        return tuple(urljoin(url, place) for place in known.robots.sitemaps) if known and known.robots else ()

    async def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt"):
            return
        known = await self._get_robots(request)
        if known.robots is None:
            raise RequestRejectedError(*known.refusal)
        if not known.robots.allows(request.url):
            raise RequestRejectedError("robots-forbidden", "the site's robots.txt forbids this address")

    async def _get_robots(self, request: Request) -> _CachedRobots:
        name = urlsplit(request.url).netloc
        known = self._cache.get(name)
        if known is not None and time.monotonic() < known.expires_at:
            return known
        if name not in self._fetching:
            self._fetching[name] = asyncio.ensure_future(self._load_or_fetch(name, request))
            self._fetching[name].add_done_callback(lambda _: self._fetching.pop(name))
        # One of those who wait may be cancelled; the others still want to know.
        return await asyncio.shield(self._fetching[name])

    async def _load_or_fetch(self, name: str, request: Request) -> _CachedRobots:
        known = self._reuse_saved(await host_state_from_crawler(self._crawler).get(name)) or await self._fetch_robots(
            name, request
        )
        if known.robots is not None:
            downloader = downloader_from_crawler(self._crawler)
            raise_delay(downloader, get_slot_host(downloader, request), limit_crawl_delay(known.robots))
        self._cache[name] = known
        return known

    def _reuse_saved(self, host: Host) -> _CachedRobots | None:
        """What an earlier run was told, where that is not too long ago."""
        if host.robots_fetched_at is None:
            return None
        left = (host.robots_fetched_at + MAX_CACHE_LIFETIME - datetime.now(UTC)).total_seconds()
        if not 0 < left <= MAX_CACHE_LIFETIME.total_seconds():
            return None
        return _CachedRobots(time.monotonic() + left, parse_robots_txt(host.robots or "", ROBOTS_TXT_NAME))

    async def _fetch_robots(self, name: str, request: Request) -> _CachedRobots:
        known = await self._try_fetch(name, request)
        if known.robots is None and await host_pauses_from_crawler(self._crawler).wait(
            urlsplit(request.url).hostname or ""
        ):
            return await self._try_fetch(name, request)
        return known

    async def _try_fetch(self, name: str, request: Request) -> _CachedRobots:
        asked = Request(
            f"{urlsplit(request.url).scheme}://{name}/robots.txt",
            meta={"dont_obey_robotstxt": True},
            callback=NO_CALLBACK,
            priority=1000,
        )
        try:
            assert self._crawler.engine is not None
            response = await self._crawler.engine.download_async(asked)
        except Exception as error:
            outcome, detail = _classify_unreachable(error, name)
            return _make_unreachable(
                outcome, detail, UNREACHABLE_RETRY_INTERVAL if outcome != HOST_PAUSED else timedelta(0)
            )
        if is_disallow_all(response.status):
            return _make_unreachable("robots-unreachable", f"robots.txt answers HTTP {response.status}")
        return await self._save_robots(name, response)

    async def _save_robots(self, name: str, response: Response) -> _CachedRobots:
        text = response.body.decode("utf-8", "replace") if response.status < 300 else ""
        said = response.headers.get("Cache-Control")
        lives = parse_cache_lifetime(said.decode("latin-1") if said else None)
        # One that may be used for less time than ours is fetched again by the next run.
        fetched_at = datetime.now(UTC) if lives == MAX_CACHE_LIFETIME else None
        await host_state_from_crawler(self._crawler).update(
            name, robots_fetched_at=fetched_at, robots_status=response.status, robots=text if fetched_at else None
        )
        in_this_run = max(lives, UNREACHABLE_RETRY_INTERVAL)
        return _CachedRobots(time.monotonic() + in_this_run.total_seconds(), parse_robots_txt(text, ROBOTS_TXT_NAME))

    def _truncate_body(self, request: Request, data: bytes, **_: object) -> None:
        """Cut a robots.txt off where we would stop to read it."""
        if not request.meta.get("dont_obey_robotstxt"):
            return
        request.meta["robots_bytes"] = received = request.meta.get("robots_bytes", 0) + len(data)
        if received > MAX_PARSED_BYTES:
            raise StopDownload(fail=False)


def _make_unreachable(outcome: str, detail: str, lifetime: timedelta = UNREACHABLE_RETRY_INTERVAL) -> _CachedRobots:
    return _CachedRobots(time.monotonic() + lifetime.total_seconds(), refusal=(outcome, detail))


def _classify_unreachable(error: Exception, netloc: str) -> tuple[str, str]:
    """The outcome of the host's pages: where the host itself cannot be reached, that is what they say."""
    outcome, detail = classify_failure(error, f"//{netloc}/")
    if outcome in ("robots-unreachable", "dns-failure", "connection-failed", "address-refused", HOST_PAUSED):
        return outcome, detail
    return "robots-unreachable", f"robots.txt cannot be had: {outcome} ({detail})"
