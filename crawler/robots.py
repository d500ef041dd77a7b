"""robots.txt as RFC 9309 has it: a site without one allows everything, one that does not answer nothing."""

import logging
from typing import Any, Final

from protego import Protego
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import StopDownload
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred

from crawler.network import explain
from crawler.outcomes import RefusedError
from crawler.slots import downloader_of, host_of, slow_down

OUR_NAME: Final = "Cleanwire"
"""The name that rules in a robots.txt address us by."""
PARSED_BYTES: Final = 512 * 1024
"""RFC 9309 asks for at least 500 KiB; 10 MB take 12 s to parse."""
LONGEST_DELAY: Final = 120.0
"""Seconds. A Crawl-delay beyond this is a mistake, or a polite no that robots.txt has a better word for."""
MOST_SITEMAPS: Final = 20

# A host that is down is one outcome of each of its pages, not an error of ours with a traceback.
# (A filter, because Scrapy resets the levels of its loggers.)
logging.getLogger("scrapy.downloadermiddlewares.robotstxt").addFilter(lambda record: record.levelno < logging.ERROR)


class NothingAllowed(RobotParser):
    """What stands for a robots.txt that could not be read."""

    def __init__(self, outcome: str, detail: str) -> None:
        self.refusal = RefusedError(outcome, detail)

    @classmethod
    def from_crawler(cls, crawler: Crawler, robotstxt_body: bytes) -> "NothingAllowed":
        return cls("robots-unreachable", "")

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:
        return False


def answer_counts_as_none(status: int) -> bool:
    """Whether a robots.txt's status means that nothing may be fetched now.

    Server errors, and redirects that lead nowhere. 429 as well: it asks for fewer requests, not for more.

    >>> [answer_counts_as_none(s) for s in (200, 301, 404, 403, 429, 500, 503)]
    [False, True, False, False, True, True, True]
    """
    return 300 <= status < 400 or status == 429 or status >= 500


class RobotsRules(RobotsTxtMiddleware):
    """Fetches the robots.txt of each host once, and refuses what it forbids."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        crawler.signals.connect(self._obey_delay, signals.robots_parsed)
        crawler.signals.connect(self._stop_when_long, signals.bytes_received)

    def sitemaps(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt of the address's host names; empty before it was fetched."""
        parser = self._parsers.get(urlparse_cached(Request(url)).netloc)
        rules = parser.rp if isinstance(parser, ProtegoRobotParser) else None
        return tuple(rules.sitemaps)[:MOST_SITEMAPS] if isinstance(rules, Protego) else ()

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        if isinstance(rp, NothingAllowed):
            raise rp.refusal
        if rp is not None and not rp.allowed(request.url, OUR_NAME):
            raise RefusedError("robots-forbidden", "the site's robots.txt forbids this address")

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if answer_counts_as_none(response.status):
            raise RefusedError("robots-unreachable", f"robots.txt answers HTTP {response.status}")
        body = response.body[:PARSED_BYTES] if response.status < 400 else b""
        await super()._parse_robots(response.replace(body=body), netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        waiting = self._parsers[netloc]
        self._parsers[netloc] = nothing = NothingAllowed(*_why_unreachable(exc, netloc))
        if isinstance(waiting, Deferred):
            waiting.callback(nothing)

    def _obey_delay(self, robotparser: RobotParser, request: Request, **_: Any) -> None:
        if delay := robotparser.crawl_delay(OUR_NAME):
            downloader = downloader_of(self.crawler)
            slow_down(downloader, host_of(downloader, request), min(delay, LONGEST_DELAY))

    def _stop_when_long(self, request: Request, data: bytes, **_: Any) -> None:
        """Cut a robots.txt off where we would stop to read it."""
        if not request.meta.get("dont_obey_robotstxt"):
            return
        request.meta["robots_bytes"] = received = request.meta.get("robots_bytes", 0) + len(data)
        if received > PARSED_BYTES:
            raise StopDownload(fail=False)


def _why_unreachable(error: Exception, netloc: str) -> tuple[str, str]:
    """The outcome of the host's pages: where the host itself cannot be reached, that is what they say."""
    outcome, detail = explain(error, f"//{netloc}/")
    if outcome in ("robots-unreachable", "dns-failure", "connection-failed", "address-refused"):
        return outcome, detail
    return "robots-unreachable", f"robots.txt cannot be had: {outcome} ({detail})"
