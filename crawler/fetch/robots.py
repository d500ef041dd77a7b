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

from crawler.fetch.downloader import downloader_of, host_of, slow_down
from crawler.fetch.network_guard import explain
from crawler.fetch.retry_after import HOST_PAUSED, pauses_of
from crawler.frontier.host_state import hosts_of
from crawler.outcomes import RefusedError
from crawler.parsers.robots_txt import PARSED_BYTES, Robots, read_robots
from storage import Host

OUR_NAME: Final = "Cleanwire"
"""The name that rules in a robots.txt address us by."""
LONGEST_DELAY: Final = 120.0
"""Seconds. A Crawl-delay beyond this is a mistake, or a polite no that robots.txt has a better word for."""
LIFETIME: Final = timedelta(hours=4)
"""How long a robots.txt is used, in later runs too. The RFC allows a day; who forbids something expects it sooner."""
BEFORE_ASKING_AGAIN: Final = timedelta(minutes=30)
"""How long a host whose robots.txt could not be had is left alone in one run."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What a host's robots.txt says, or why it could not be had: then nothing may be fetched."""

    until: float
    """When to ask again, on ``time.monotonic``'s clock."""
    robots: Robots | None = None
    refusal: tuple[str, str] = ("", "")
    """Outcome and detail."""


def answer_counts_as_none(status: int) -> bool:
    """Whether a robots.txt's status means that nothing may be fetched now.

    Server errors, and redirects that lead nowhere. 429 as well: it asks for fewer requests, not for more.

    >>> [answer_counts_as_none(s) for s in (200, 301, 404, 403, 429, 500, 503)]
    [False, True, False, False, True, True, True]
    """
    return 300 <= status < 400 or status == 429 or status >= 500


def lifetime(cache_control: str | None) -> timedelta:
    """How long a robots.txt may be used, by the Cache-Control header that came with it.

    >>> [lifetime(said).total_seconds() for said in (None, "max-age=600", "public, max-age=31536000", "no-cache")]
    [14400.0, 600.0, 14400.0, 0.0]
    """
    said = (cache_control or "").lower()
    if re.search(r"\bno-(cache|store)\b", said):
        return timedelta(0)
    match = re.search(r"\bmax-age\s*=\s*\"?(\d{1,9})", said)
    return min(LIFETIME, timedelta(seconds=int(match[1]))) if match else LIFETIME


def delay_asked_for(robots: Robots) -> float:
    """Seconds to leave between two requests.

    >>> [delay_asked_for(Robots(crawl_delay=delay)) for delay in (None, 3.0, 86400.0)]
    [0.0, 3.0, 120.0]
    """
    return min(robots.crawl_delay or 0.0, LONGEST_DELAY)


class RobotsRules:
    """Fetches the robots.txt of each host, keeps it for later runs, and refuses what it forbids."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self._crawler = crawler
        self._known: dict[str, _Known] = {}
        self._asking: dict[str, asyncio.Task[_Known]] = {}
        crawler.signals.connect(self._stop_when_long, signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def sitemaps(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt of the address's host names; empty before it was fetched."""
        known = self._known.get(urlsplit(url).netloc)
        return tuple(urljoin(url, place) for place in known.robots.sitemaps) if known and known.robots else ()

    async def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt"):
            return
        known = await self._of(request)
        if known.robots is None:
            raise RefusedError(*known.refusal)
        if not known.robots.allows(request.url):
            raise RefusedError("robots-forbidden", "the site's robots.txt forbids this address")

    async def _of(self, request: Request) -> _Known:
        name = urlsplit(request.url).netloc
        known = self._known.get(name)
        if known is not None and time.monotonic() < known.until:
            return known
        if name not in self._asking:
            self._asking[name] = asyncio.ensure_future(self._find_out(name, request))
            self._asking[name].add_done_callback(lambda _: self._asking.pop(name))
        # One of those who wait may be cancelled; the others still want to know.
        return await asyncio.shield(self._asking[name])

    async def _find_out(self, name: str, request: Request) -> _Known:
        known = self._from_earlier(await hosts_of(self._crawler).get(name)) or await self._fetch(name, request)
        if known.robots is not None:
            downloader = downloader_of(self._crawler)
            slow_down(downloader, host_of(downloader, request), delay_asked_for(known.robots))
        self._known[name] = known
        return known

    def _from_earlier(self, host: Host) -> _Known | None:
        """What an earlier run was told, where that is not too long ago."""
        if host.robots_fetched_at is None:
            return None
        left = (host.robots_fetched_at + LIFETIME - datetime.now(UTC)).total_seconds()
        if not 0 < left <= LIFETIME.total_seconds():
            return None
        return _Known(time.monotonic() + left, read_robots(host.robots or "", OUR_NAME))

    async def _fetch(self, name: str, request: Request) -> _Known:
        known = await self._attempt(name, request)
        if known.robots is None and await pauses_of(self._crawler).wait(urlsplit(request.url).hostname or ""):
            return await self._attempt(name, request)
        return known

    async def _attempt(self, name: str, request: Request) -> _Known:
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
            outcome, detail = _why_unreachable(error, name)
            return _unknown(outcome, detail, BEFORE_ASKING_AGAIN if outcome != HOST_PAUSED else timedelta(0))
        if answer_counts_as_none(response.status):
            return _unknown("robots-unreachable", f"robots.txt answers HTTP {response.status}")
        return await self._keep(name, response)

    async def _keep(self, name: str, response: Response) -> _Known:
        text = response.body.decode("utf-8", "replace") if response.status < 300 else ""
        said = response.headers.get("Cache-Control")
        lives = lifetime(said.decode("latin-1") if said else None)
        # One that may be used for less time than ours is fetched again by the next run.
        fetched_at = datetime.now(UTC) if lives == LIFETIME else None
        await hosts_of(self._crawler).change(
            name, robots_fetched_at=fetched_at, robots_status=response.status, robots=text if fetched_at else None
        )
        in_this_run = max(lives, BEFORE_ASKING_AGAIN)
        return _Known(time.monotonic() + in_this_run.total_seconds(), read_robots(text, OUR_NAME))

    def _stop_when_long(self, request: Request, data: bytes, **_: object) -> None:
        """Cut a robots.txt off where we would stop to read it."""
        if not request.meta.get("dont_obey_robotstxt"):
            return
        request.meta["robots_bytes"] = received = request.meta.get("robots_bytes", 0) + len(data)
        if received > PARSED_BYTES:
            raise StopDownload(fail=False)


def _unknown(outcome: str, detail: str, lives: timedelta = BEFORE_ASKING_AGAIN) -> _Known:
    return _Known(time.monotonic() + lives.total_seconds(), refusal=(outcome, detail))


def _why_unreachable(error: Exception, netloc: str) -> tuple[str, str]:
    """The outcome of the host's pages: where the host itself cannot be reached, that is what they say."""
    outcome, detail = explain(error, f"//{netloc}/")
    if outcome in ("robots-unreachable", "dns-failure", "connection-failed", "address-refused", HOST_PAUSED):
        return outcome, detail
    return "robots-unreachable", f"robots.txt cannot be had: {outcome} ({detail})"
