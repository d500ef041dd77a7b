"""Walks back in time: through all of a site's sitemaps and archive pages, to the articles published since a day.

A list that was read to its end is noted, so that a walk which is interrupted, or repeated, goes on where it was.
"""

import re
from calendar import monthrange
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Final

from cleaning.urls import canonicalise
from crawler.crawled_site import CrawledSite
from crawler.discovery.listing_poller import ListingPoller, PollResult
from crawler.fetch.robots import RobotsMiddleware
from crawler.parsers.listings import ListedLink, ListedSitemap
from crawler.session import Session
from crawler.urls.well_known import well_known_urls
from storage import Feed

MAX_SITEMAPS: Final = 10_000
"""Sitemaps of one site that a walk reads; a large paper has one a day for thirty years."""
MAX_SITEMAP_GUESSES: Final = 3
"""Places where a sitemap is looked for at the first walk, where nothing names one."""
MAX_SITEMAP_DEPTH: Final = 4
"""Indexes within indexes; the protocol has no second level, and some sites have."""
MAX_ARCHIVE_PAGES: Final = 20_000
"""Archive pages of one site that a walk reads."""
MAX_OLD_PAGES: Final = 3
"""Pages in a row on which everything is older than asked for, before the rest of a list is left alone: some lists pin
old articles to the top, and some have a page of nothing else."""

_DATED_PATH = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])(?:[/-](0?[1-9]|[12]\d|3[01]))?(?=[/-])")


def is_in_range(page: ListedLink, since: datetime) -> bool:
    """Whether a page may have been published since then, as far as its listing or its address tells.

    >>> noon = datetime(2024, 10, 1, 12, tzinfo=UTC)
    >>> [is_in_range(ListedLink(url, url, True), noon) for url in ("http://a.example/2024/10/b/", "http://a.example/2024/09/b/")]
    [True, False]
    """
    newest = page.published or infer_latest_time(page.url)
    return newest is None or newest >= since


def infer_latest_time(url: str) -> datetime | None:
    """The last moment of the day or the month that an address names; ``None`` where it names none.

    >>> infer_latest_time("https://a.example/2024/02/storm/").date().isoformat()
    '2024-02-29'
    """
    match = _DATED_PATH.search(url)
    if match is None:
        return None
    year, month = int(match[1]), int(match[2])
    last = monthrange(year, month)[1]
    return datetime.combine(datetime(year, month, min(int(match[3] or last), last)), time.max, UTC)


class Backfill:
    """One walk through a site. What it finds is in the frontier when it ends."""

    def __init__(
        self, session: Session, site: CrawledSite, poller: ListingPoller, robots: RobotsMiddleware, since: datetime
    ) -> None:
        self._session = session
        self._site = site
        self._poller = poller
        self._robots = robots
        self._since = since
        self._pages = 0
        self._positions: dict[str, str | None] = {}
        """The lists that were read before, each with the page where it goes on."""

    async def run(self, known: Sequence[Feed]) -> None:
        """Read every list of the site that may go back so far; a sentence says so where none can be had."""
        self._positions = await self._session.in_thread(
            self._session.corpus.crawl.get_backfill_positions, self._site.source.id, self._since
        )
        front = await self._poller.poll(canonicalise(self._site.configs[0].url), "anything")
        if not front.failed:
            has_sitemaps = await self._walk_sitemaps(self._list_sitemaps(front, known))
            # Section pages seldom tell when an article was published; sitemaps that list articles list all of them.
            sections = self._list_configured_sections() if has_sitemaps else self._list_sections(front, known)
            await self._walk_sections(sections)
        if not any(look.listed_count for look in self._poller.results.values()):
            self._site.stats.problem = f"it cannot be walked back: {front.outcome}" if front.failed else None

    def _list_sitemaps(self, front: PollResult, known: Sequence[Feed]) -> list[ListedSitemap]:
        told = [ListedSitemap(url) for config in self._site.configs for url in config.sitemaps]
        named = [ListedSitemap(url) for url in self._robots.list_sitemaps(front.final_url)]
        met = [ListedSitemap(row.url) for row in known if row.kind in ("sitemap-index", "sitemap")]
        shown = list(front.listing.sitemaps) if front.listing else []
        generator = front.listing.generator if front.listing else None
        if self._positions or told or named or met or shown:
            return [*told, *named, *met, *shown]
        return [
            ListedSitemap(url) for url in well_known_urls("sitemaps", front.final_url, generator)[:MAX_SITEMAP_GUESSES]
        ]

    def _list_sections(self, front: PollResult, known: Sequence[Feed]) -> list[str]:
        met = [row.url for row in known if row.kind == "section"]
        shown = front.listing.sections if front.listing else ()
        following = [front.next_page] if front.next_page else []
        return list(dict.fromkeys([*self._list_configured_sections(), *following, *met, *shown]))

    def _list_configured_sections(self) -> list[str]:
        return [url for config in self._site.configs for url in config.sections]

    async def _walk_sitemaps(self, places: Iterable[ListedSitemap]) -> bool:
        """Read sitemaps and what they name in turn, but for those that changed last before the day asked for.

        Whether any lists pages, now or when it was read before.
        """
        waiting = deque((place, 1) for place in places)
        seen: set[str] = set()
        lists_pages = False
        while waiting and len(seen) < MAX_SITEMAPS:
            place, depth = waiting.popleft()
            lists_pages |= place.url in self._positions
            if place.url in seen or place.url in self._positions or (place.modified and place.modified < self._since):
                continue
            seen.add(place.url)
            look = await self._poller.poll(place.url, "sitemap")
            await self._poller.save_listing(look, place.url)
            children = look.listing.sitemaps if look.listing else ()
            if children and depth < MAX_SITEMAP_DEPTH:
                waiting.extend((child, depth + 1) for child in children)
            elif look.listed_count:
                lists_pages = True
                await self._save_position(place.url)
        return lists_pages

    async def _walk_sections(self, sections: Iterable[str]) -> None:
        for section in sections:
            url = self._positions.get(section, section)  # where the last walk was, if there was one
            if url is not None and self._is_followed(section):
                await self._walk_section(section, url)

    async def _walk_section(self, section: str, url: str | None) -> None:
        """Read the pages of a section, from one of them on, until they are over or older than asked for."""
        old = 0
        while url is not None and old < MAX_OLD_PAGES and self._pages < MAX_ARCHIVE_PAGES:
            look = self._poller.results.get(url) or await self._poller.poll(url, "page")
            if look.failed:
                return  # the next walk tries again from here
            self._pages += 1
            old = 0 if look.wanted_count else old + 1
            url = look.next_page if look.next_page not in self._poller.results else None
            await self._save_position(section, url if old < MAX_OLD_PAGES else None)

    def _is_followed(self, section: str) -> bool:
        return any(config.follows_url(section) for config in self._site.configs)

    async def _save_position(self, url: str, next_url: str | None = None) -> None:
        await self._session.in_thread(
            self._session.corpus.crawl.save_backfill_position, self._site.source.id, url, self._since, next_url
        )
