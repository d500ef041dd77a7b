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
from crawler.discovery.listing_poller import Look, Looker
from crawler.fetch.robots import RobotsRules
from crawler.parsers.listings import Listed, ListedSitemap
from crawler.session import Session
from crawler.urls.well_known import well_known_urls
from storage import Feed

MOST_SITEMAPS: Final = 10_000
"""Sitemaps of one site that a walk reads; a large paper has one a day for thirty years."""
GUESSES: Final = 3
"""Places where a sitemap is looked for at the first walk, where nothing names one."""
DEEPEST: Final = 4
"""Indexes within indexes; the protocol has no second level, and some sites have."""
MOST_PAGES: Final = 20_000
"""Archive pages of one site that a walk reads."""
OLD_PAGES: Final = 3
"""Pages in a row on which everything is older than asked for, before the rest of a list is left alone: some lists pin
old articles to the top, and some have a page of nothing else."""

_DATED = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])(?:[/-](0?[1-9]|[12]\d|3[01]))?(?=[/-])")


def is_wanted(page: Listed, since: datetime) -> bool:
    """Whether a page may have been published since then, as far as its listing or its address tells.

    >>> noon = datetime(2024, 10, 1, 12, tzinfo=UTC)
    >>> [is_wanted(Listed(url, url, True), noon) for url in ("http://a.example/2024/10/b/", "http://a.example/2024/09/b/")]
    [True, False]
    """
    newest = page.published or newest_by_address(page.url)
    return newest is None or newest >= since


def newest_by_address(url: str) -> datetime | None:
    """The last moment of the day or the month that an address names; ``None`` where it names none.

    >>> newest_by_address("https://a.example/2024/02/storm/").date().isoformat()
    '2024-02-29'
    """
    match = _DATED.search(url)
    if match is None:
        return None
    year, month = int(match[1]), int(match[2])
    last = monthrange(year, month)[1]
    return datetime.combine(datetime(year, month, min(int(match[3] or last), last)), time.max, UTC)


class Backfill:
    """One walk through a site. What it finds is in the frontier when it ends."""

    def __init__(
        self, session: Session, site: CrawledSite, looker: Looker, robots: RobotsRules, since: datetime
    ) -> None:
        self._session = session
        self._site = site
        self._looker = looker
        self._robots = robots
        self._since = since
        self._pages = 0
        self._walked: dict[str, str | None] = {}
        """The lists that were read before, each with the page where it goes on."""

    async def run(self, known: Sequence[Feed]) -> None:
        """Read every list of the site that may go back so far; a sentence says so where none can be had."""
        self._walked = await self._session.in_thread(
            self._session.corpus.crawl.walked, self._site.source.id, self._since
        )
        front = await self._looker.look(canonicalise(self._site.configs[0].url), "anything")
        if not front.failed:
            has_sitemaps = await self._walk_sitemaps(self._sitemaps(front, known))
            # Section pages seldom tell when an article was published; sitemaps that list articles list all of them.
            sections = self._told_sections() if has_sitemaps else self._sections(front, known)
            await self._walk_sections(sections)
        if not any(look.listed for look in self._looker.looks.values()):
            self._site.tally.problem = f"it cannot be walked back: {front.outcome}" if front.failed else None

    def _sitemaps(self, front: Look, known: Sequence[Feed]) -> list[ListedSitemap]:
        told = [ListedSitemap(url) for config in self._site.configs for url in config.sitemaps]
        named = [ListedSitemap(url) for url in self._robots.sitemaps(front.url)]
        met = [ListedSitemap(row.url) for row in known if row.kind in ("sitemap-index", "sitemap")]
        shown = list(front.listing.sitemaps) if front.listing else []
        generator = front.listing.generator if front.listing else None
        if self._walked or told or named or met or shown:
            return [*told, *named, *met, *shown]
        return [ListedSitemap(url) for url in well_known_urls("sitemaps", front.url, generator)[:GUESSES]]

    def _sections(self, front: Look, known: Sequence[Feed]) -> list[str]:
        met = [row.url for row in known if row.kind == "section"]
        shown = front.listing.sections if front.listing else ()
        following = [front.next_page] if front.next_page else []
        return list(dict.fromkeys([*self._told_sections(), *following, *met, *shown]))

    def _told_sections(self) -> list[str]:
        return [url for config in self._site.configs for url in config.sections]

    async def _walk_sitemaps(self, places: Iterable[ListedSitemap]) -> bool:
        """Read sitemaps and what they name in turn, but for those that changed last before the day asked for.

        Whether any lists pages, now or when it was read before.
        """
        waiting = deque((place, 1) for place in places)
        seen: set[str] = set()
        lists_pages = False
        while waiting and len(seen) < MOST_SITEMAPS:
            place, depth = waiting.popleft()
            lists_pages |= place.url in self._walked
            if place.url in seen or place.url in self._walked or (place.modified and place.modified < self._since):
                continue
            seen.add(place.url)
            look = await self._looker.look(place.url, "sitemap")
            await self._looker.remember(look, place.url)
            children = look.listing.sitemaps if look.listing else ()
            if children and depth < DEEPEST:
                waiting.extend((child, depth + 1) for child in children)
            elif look.listed:
                lists_pages = True
                await self._note(place.url)
        return lists_pages

    async def _walk_sections(self, sections: Iterable[str]) -> None:
        for section in sections:
            url = self._walked.get(section, section)  # where the last walk was, if there was one
            if url is not None and self._follows(section):
                await self._walk_section(section, url)

    async def _walk_section(self, section: str, url: str | None) -> None:
        """Read the pages of a section, from one of them on, until they are over or older than asked for."""
        old = 0
        while url is not None and old < OLD_PAGES and self._pages < MOST_PAGES:
            look = self._looker.looks.get(url) or await self._looker.look(url, "page")
            if look.failed:
                return  # the next walk tries again from here
            self._pages += 1
            old = 0 if look.wanted else old + 1
            url = look.next_page if look.next_page not in self._looker.looks else None
            await self._note(section, url if old < OLD_PAGES else None)

    def _follows(self, section: str) -> bool:
        return any(config.follows(section) for config in self._site.configs)

    async def _note(self, url: str, next_url: str | None = None) -> None:
        await self._session.in_thread(
            self._session.corpus.crawl.save_walk, self._site.source.id, url, self._since, next_url
        )
