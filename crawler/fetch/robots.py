"""Obeys robots.txt according to RFC 9309.

A host without a robots.txt (4xx) allows everything; one whose robots.txt cannot be fetched (5xx, no response) allows
nothing. Plain Scrapy would crawl everything in the second case.
"""

import asyncio
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self
from urllib.parse import urljoin, urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured, StopDownload
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from cleaning.usage import UsageStatement
from crawler.fetch.downloader import downloader_from_crawler, get_slot_host, raise_delay
from crawler.fetch.network_guard import classify_failure
from crawler.fetch.retry_after import HOST_PAUSED, host_pauses_from_crawler
from crawler.frontier.host_state import host_state_from_crawler
from crawler.outcomes import RequestRejectedError
from crawler.parsers.robots_txt import MAX_PARSED_BYTES, RobotsPolicy, parse_robots_txt
from storage import CorpusError, Host

ROBOTS_TXT_NAME: Final = "Cleanwire"
"""The user agent to which rules in a robots.txt may be addressed."""
MAX_CRAWL_DELAY_SECONDS: Final = 120.0
"""A longer ``Crawl-delay`` is a mistake, or a ban that ``Disallow`` would express better."""
MAX_CACHE_LIFETIME: Final = timedelta(hours=4)
"""How long a robots.txt is used, also by later runs. RFC 9309 allows a day, but a site that adds a rule expects it to
be obeyed sooner."""
UNREACHABLE_RETRY_INTERVAL: Final = timedelta(minutes=30)
"""How long a run leaves a host alone whose robots.txt could not be fetched."""


@dataclass(frozen=True, slots=True)
class _CachedRobots:
    """The rules of a host, or the reason why they are unknown; in that case nothing may be fetched."""

    expires_at: float
    """When to fetch it again, on the clock of ``time.monotonic``."""
    robots: RobotsPolicy | None = None
    rejection: tuple[str, str] = ("", "")
    """Outcome and detail of the requests that are rejected because the rules are unknown."""


def is_disallow_all(status: int) -> bool:
    """Return whether the status of a robots.txt means that nothing may be fetched for now.

    For server errors, RFC 9309 says so. Redirects without a usable target count as well, and so does 429: its sender
    wants fewer requests, not unlimited access.

    >>> [is_disallow_all(s) for s in (200, 301, 404, 403, 429, 500, 503)]
    [False, True, False, False, True, True, True]
    """
    return 300 <= status < 400 or status == 429 or status >= 500


def parse_cache_lifetime(cache_control: str | None) -> timedelta:
    """Return how long a robots.txt may be used according to its ``Cache-Control`` header.

    At most :data:`MAX_CACHE_LIFETIME`, which is also the answer without a header; zero for ``no-cache`` and
    ``no-store``.

    >>> [parse_cache_lifetime(v).total_seconds() for v in (None, "max-age=600", "max-age=31536000", "no-cache")]
    [14400.0, 600.0, 14400.0, 0.0]
    """
    directives = (cache_control or "").lower()
    if re.search(r"\bno-(cache|store)\b", directives):
        return timedelta(0)
    match = re.search(r"\bmax-age\s*=\s*\"?(\d{1,9})", directives)
    return min(MAX_CACHE_LIFETIME, timedelta(seconds=int(match[1]))) if match else MAX_CACHE_LIFETIME


def choose_saved_lifetime(max_age: timedelta, run_interval: timedelta) -> timedelta:
    """Return how long a saved robots.txt is used by later runs.

    At least until the next run, if runs are less than :data:`MAX_CACHE_LIFETIME` apart: many servers send the
    ``max-age`` of their pages, such as a minute, with all files, and hourly runs would fetch robots.txt each time.

    Args:
        max_age: how long it may be used according to its server.
        run_interval: the time since the previous run began; zero if there was none.

    >>> minute, hour, day = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
    >>> [choose_saved_lifetime(minute, each) / hour for each in (timedelta(0), hour, day)]
    [0.016666666666666666, 1.0, 4.0]
    """
    return min(MAX_CACHE_LIFETIME, max(max_age, run_interval))


def limit_crawl_delay(robots: RobotsPolicy) -> float:
    """Return the ``Crawl-delay`` of a robots.txt in seconds; 0.0 if it has none.

    It is limited to :data:`MAX_CRAWL_DELAY_SECONDS`.

    >>> [limit_crawl_delay(RobotsPolicy(crawl_delay=delay)) for delay in (None, 3.0, 86400.0)]
    [0.0, 3.0, 120.0]
    """
    return min(robots.crawl_delay or 0.0, MAX_CRAWL_DELAY_SECONDS)


class RobotsMiddleware:
    """Fetches the robots.txt of each host, keeps it for later runs, and rejects what it forbids.

    It replaces Scrapy's middleware, which allows everything if robots.txt fails, ignores ``Crawl-delay``, and whose
    parser took 12 s for a robots.txt of 10 MB.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self._crawler = crawler
        self._cache: dict[str, _CachedRobots] = {}
        self._fetching: dict[str, asyncio.Task[_CachedRobots]] = {}
        self._run_interval: timedelta | None = None
        crawler.signals.connect(self._truncate_body, signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware, as Scrapy does for each crawl."""
        return cls(crawler)

    def list_sitemaps(self, url: str) -> tuple[str, ...]:
        """Return the sitemaps that the robots.txt of a URL's host names, as absolute URLs.

        Empty before the first request to the host in this run, since its robots.txt is unknown until then.
        """
        cached = self._cache.get(urlsplit(url).netloc)
        return tuple(urljoin(url, sitemap) for sitemap in cached.robots.sitemaps) if cached and cached.robots else ()

    def list_usage_statements(self, url: str) -> tuple[UsageStatement, ...]:
        """Return what the robots.txt of a URL's host states about the use of its page; nothing if it is unknown."""
        cached = self._cache.get(urlsplit(url).netloc)
        return cached.robots.list_usage_statements(url) if cached and cached.robots else ()

    async def process_request(self, request: Request) -> None:
        """Wait for the robots.txt of a request's host, and reject the request if it is not allowed.

        Raises:
            RequestRejectedError: with ``robots-forbidden``, or with the outcome of a robots.txt that could not be
                fetched.
        """
        if request.meta.get("dont_obey_robotstxt"):  # a request for robots.txt itself
            return
        cached = await self._get_robots(request)
        if cached.robots is None:
            raise RequestRejectedError(*cached.rejection)
        if not cached.robots.allows(request.url):
            raise RequestRejectedError("robots-forbidden", "the site's robots.txt disallows this URL")

    def forget(self, url: str) -> None:
        """Forget what is known of a URL's host, so that its robots.txt is fetched again at the next request."""
        self._cache.pop(urlsplit(url).netloc, None)

    async def _get_robots(self, request: Request) -> _CachedRobots:
        name = urlsplit(request.url).netloc
        cached = self._cache.get(name)
        if cached is not None and time.monotonic() < cached.expires_at:
            return cached
        if name not in self._fetching:
            self._fetching[name] = asyncio.ensure_future(self._load_or_fetch(name, request))
            self._fetching[name].add_done_callback(lambda _: self._fetching.pop(name))
        # Several requests may wait for this task. Without shield, the cancellation of one would cancel it for all.
        return await asyncio.shield(self._fetching[name])

    async def _load_or_fetch(self, name: str, request: Request) -> _CachedRobots:
        host = await host_state_from_crawler(self._crawler).get(name)
        cached = await self._restore_saved(host) or await self._fetch_robots(name, request)
        if cached.robots is not None:
            downloader = downloader_from_crawler(self._crawler)
            raise_delay(downloader, get_slot_host(downloader, request), limit_crawl_delay(cached.robots))
        self._cache[name] = cached
        return cached

    async def _restore_saved(self, host: Host) -> _CachedRobots | None:
        """Return the rules that an earlier run has saved, if they are recent enough."""
        if host.robots_fetched_at is None:
            return None
        lifetime = MAX_CACHE_LIFETIME
        if host.robots_max_age is not None:
            lifetime = choose_saved_lifetime(timedelta(seconds=host.robots_max_age), await self._get_run_interval())
        remaining = (host.robots_fetched_at + lifetime - datetime.now(UTC)).total_seconds()
        # More than the lifetime remains only if it was saved while the system clock was ahead.
        if not 0 < remaining <= lifetime.total_seconds():
            return None
        if host.robots_max_age is not None:  # as if it had been fetched now: see _save_robots
            remaining = max(remaining, UNREACHABLE_RETRY_INTERVAL.total_seconds())
        return _CachedRobots(time.monotonic() + remaining, parse_robots_txt(host.robots or "", ROBOTS_TXT_NAME))

    async def _get_run_interval(self) -> timedelta:
        """Return how long ago the previous run of the corpus began; zero if there was none, or no corpus."""
        if self._run_interval is None:
            session: Any = getattr(self._crawler.spider, "session", None)
            began: datetime | None = None
            if session is not None:
                with suppress(CorpusError):  # it ends the crawl where pages are committed, with a better message
                    began = await session.in_thread(session.find_previous_start)
            self._run_interval = max(timedelta(0), datetime.now(UTC) - began) if began else timedelta(0)
        return self._run_interval

    async def _fetch_robots(self, name: str, request: Request) -> _CachedRobots:
        cached = await self._try_fetch(name, request)
        # A short pause (429 with Retry-After) on robots.txt alone must not cost the run the whole host.
        if cached.robots is None and await host_pauses_from_crawler(self._crawler).wait(
            urlsplit(request.url).hostname or ""
        ):
            return await self._try_fetch(name, request)
        return cached

    async def _try_fetch(self, name: str, request: Request) -> _CachedRobots:
        robots_request = Request(
            f"{urlsplit(request.url).scheme}://{name}/robots.txt",
            meta={"dont_obey_robotstxt": True},
            callback=NO_CALLBACK,
            priority=1000,
        )
        try:
            assert self._crawler.engine is not None
            response = await self._crawler.engine.download_async(robots_request)
        except Exception as error:
            outcome, detail = _classify_unreachable(error, name)
            return _make_unreachable(
                # A paused host is not remembered as unreachable: HostPauses knows when its pause ends.
                outcome,
                detail,
                UNREACHABLE_RETRY_INTERVAL if outcome != HOST_PAUSED else timedelta(0),
            )
        if is_disallow_all(response.status):
            return _make_unreachable("robots-unreachable", f"robots.txt returned HTTP status {response.status}")
        return await self._save_robots(name, response)

    async def _save_robots(self, name: str, response: Response) -> _CachedRobots:
        text = response.body.decode("utf-8", "replace") if response.status < 300 else ""
        cache_control = response.headers.get("Cache-Control")
        lifetime = parse_cache_lifetime(cache_control.decode("latin-1") if cache_control else None)
        # With no-cache it is not saved: the next run fetches it again.
        fetched_at = datetime.now(UTC) if lifetime else None
        await host_state_from_crawler(self._crawler).update(
            name,
            robots_fetched_at=fetched_at,
            robots_status=response.status,
            robots=text if fetched_at else None,
            robots_max_age=int(lifetime.total_seconds()) if lifetime < MAX_CACHE_LIFETIME else None,
        )
        # no-cache must not mean one request for robots.txt with every page.
        run_lifetime = max(lifetime, UNREACHABLE_RETRY_INTERVAL)
        return _CachedRobots(time.monotonic() + run_lifetime.total_seconds(), parse_robots_txt(text, ROBOTS_TXT_NAME))

    def _truncate_body(self, request: Request, data: bytes, **_: object) -> None:
        """Stop the download of a robots.txt after the bytes that are parsed.

        That is more than the 500 KiB that RFC 9309 requires; of 10 MB, the rest would be wasted.
        """
        if not request.meta.get("dont_obey_robotstxt"):
            return
        request.meta["robots_bytes"] = received = request.meta.get("robots_bytes", 0) + len(data)
        if received > MAX_PARSED_BYTES:
            raise StopDownload(fail=False)


def _make_unreachable(outcome: str, detail: str, lifetime: timedelta = UNREACHABLE_RETRY_INTERVAL) -> _CachedRobots:
    return _CachedRobots(time.monotonic() + lifetime.total_seconds(), rejection=(outcome, detail))


def _classify_unreachable(error: Exception, netloc: str) -> tuple[str, str]:
    """Return the outcome of a host's pages if its robots.txt could not be fetched.

    If the host itself cannot be reached, its pages have that outcome; otherwise it is ``robots-unreachable``.
    """
    outcome, detail = classify_failure(error, f"//{netloc}/")
    if outcome in ("robots-unreachable", "dns-failure", "connection-failed", "address-refused", HOST_PAUSED):
        return outcome, detail
    return "robots-unreachable", f"could not fetch robots.txt: {outcome} ({detail})"
