"""Walks a site back in time, through all its sitemaps and archive pages, to the articles published since a day.

A listing that was read to its end is noted in the corpus, so that a backfill that was interrupted, or is repeated,
continues where it was.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from cleaning.urls import canonicalise
from crawler.crawled_site import CrawledSite
from crawler.discovery.failures import TOLERATED_FRONT_PAGE_OUTCOMES
from crawler.discovery.listing_poller import ListingPoller, PollResult
from crawler.fetch.robots import RobotsMiddleware
from crawler.parsers.listings import ListedLink, ListedSitemap
from crawler.session import Session
from crawler.urls.url_dates import infer_period
from crawler.urls.well_known import well_known_urls
from storage import Feed

MAX_SITEMAPS: Final = 10_000
"""Sitemaps of one site that a backfill reads; a large newspaper has one a day for thirty years."""
MAX_SITEMAP_GUESSES: Final = 3
"""Usual URLs at which a sitemap is looked for if nothing names one."""
MAX_SITEMAP_DEPTH: Final = 4
"""Levels of sitemap indexes. The protocol allows no index within an index, but some sites have them."""
MAX_ARCHIVE_PAGES: Final = 20_000
"""Archive pages of one site that a backfill reads."""
MAX_OLD_PAGES: Final = 3
"""Pages in a row with nothing but older articles after which the rest of a list is left out. One is not enough: some
lists pin old articles to the top, and some have a page of nothing else."""


def is_in_range(page: ListedLink, since: datetime) -> bool:
    """Return whether a page may have been published since a time, as far as its listing or its URL shows.

    A page without any date counts as in range.

    >>> from datetime import UTC
    >>> noon = datetime(2024, 10, 1, 12, tzinfo=UTC)
    >>> [is_in_range(ListedLink(url, url, True), noon) for url in ("http://a.example/2024/10/b/", "http://a.example/2024/09/b/")]
    [True, False]
    """
    first, last = infer_period(page.url) or (None, None)
    # If a sitemap states no time, it is the first moment of the day or month in the URL.
    newest = last if page.published is None or page.published == first else page.published
    return newest is None or newest >= since


class Backfill:
    """The backfill of one site. When :meth:`run` returns, everything that was found is in the frontier."""

    def __init__(
        self, session: Session, site: CrawledSite, poller: ListingPoller, robots: RobotsMiddleware, since: datetime
    ) -> None:
        """Prepare the backfill of a site.

        Args:
            session: the run.
            site: the site to walk.
            poller: polls its listings; it must queue only what :func:`is_in_range` accepts.
            robots: knows the sitemaps that robots.txt names.
            since: the oldest publication time that is wanted, with a time zone.
        """
        self._session = session
        self._site = site
        self._poller = poller
        self._robots = robots
        self._since = since
        self._pages = 0
        self._positions: dict[str, str | None] = {}
        """Where earlier backfills got to, by the URL of a listing: the page of a list at which to continue, ``None``
        for a listing that was read to its end."""

    async def run(self, known: Sequence[Feed]) -> None:
        """Read all listings of the site that may reach back far enough.

        If none can be read, the site's ``stats.problem`` says why.

        Args:
            known: the site's listings that earlier runs have found.
        """
        self._positions = await self._session.in_thread(
            self._session.corpus.crawl.get_backfill_positions, self._site.source.id, self._since
        )
        front = await self._poller.poll(canonicalise(self._site.configs[0].url), "anything")
        if not front.failed or front.outcome in TOLERATED_FRONT_PAGE_OUTCOMES:
            has_sitemaps = await self._walk_sitemaps(self._list_sitemaps(front, known))
            # Sitemaps that list articles list all of them. Section pages would only add links without a date, so they
            # are left out unless the user has configured them.
            sections = self._list_configured_sections() if has_sitemaps else self._list_sections(front, known)
            await self._walk_sections(sections)
        if not any(result.listed_count for result in self._poller.results.values()):
            self._site.stats.problem = f"its front page cannot be read: {front.outcome}" if front.failed else None

    def _list_sitemaps(self, front: PollResult, known: Sequence[Feed]) -> list[ListedSitemap]:
        configured = [ListedSitemap(url) for config in self._site.configs for url in config.sitemaps]
        from_robots = [ListedSitemap(url) for url in self._robots.list_sitemaps(front.final_url)]
        from_earlier_runs = [ListedSitemap(row.url) for row in known if row.kind in ("sitemap-index", "sitemap")]
        from_front_page = list(front.listing.sitemaps) if front.listing else []
        generator = front.listing.generator if front.listing else None
        # Guesses cost a request each, so they are made only if nothing names a sitemap, and not again by a later
        # backfill.
        if self._positions or configured or from_robots or from_earlier_runs or from_front_page:
            return [*configured, *from_robots, *from_earlier_runs, *from_front_page]
        return [
            ListedSitemap(url) for url in well_known_urls("sitemaps", front.final_url, generator)[:MAX_SITEMAP_GUESSES]
        ]

    def _list_sections(self, front: PollResult, known: Sequence[Feed]) -> list[str]:
        from_earlier_runs = [row.url for row in known if row.kind == "section"]
        from_front_page = front.listing.sections if front.listing else ()
        older_posts = [front.next_page] if front.next_page else []
        return list(
            dict.fromkeys([*self._list_configured_sections(), *older_posts, *from_earlier_runs, *from_front_page])
        )

    def _list_configured_sections(self) -> list[str]:
        return [url for config in self._site.configs for url in config.sections]

    async def _walk_sitemaps(self, sitemaps: Iterable[ListedSitemap]) -> bool:
        """Read sitemaps and those that they name, except those that were last modified before the day that is wanted.

        Returns whether any of them lists pages, now or in an earlier backfill.
        """
        queue = deque((sitemap, 1) for sitemap in sitemaps)
        visited: set[str] = set()
        lists_pages = False
        while queue and len(visited) < MAX_SITEMAPS:
            sitemap, depth = queue.popleft()
            lists_pages |= sitemap.url in self._positions
            if (
                sitemap.url in visited
                or sitemap.url in self._positions
                or (sitemap.modified and sitemap.modified < self._since)
            ):
                continue
            visited.add(sitemap.url)
            result = await self._poller.poll(sitemap.url, "sitemap")
            if not result.failed:
                await self._poller.save_listing(result, "sitemap", sitemap.url)
            children = result.listing.sitemaps if result.listing else ()
            if children and depth < MAX_SITEMAP_DEPTH:
                queue.extend((child, depth + 1) for child in children)
            elif result.listed_count:
                lists_pages = True
                await self._save_position(sitemap.url)
        return lists_pages

    async def _walk_sections(self, sections: Iterable[str]) -> None:
        for section in sections:
            url = self._positions.get(section, section)  # where the last backfill got to, if there was one
            if url is not None and self._is_followed(section):
                await self._walk_section(section, url)

    async def _walk_section(self, section: str, url: str | None) -> None:
        """Read the pages of a section from ``url`` on, until the list ends or is older than wanted."""
        old_pages = 0
        while url is not None and old_pages < MAX_OLD_PAGES and self._pages < MAX_ARCHIVE_PAGES:
            result = self._poller.results.get(url) or await self._poller.poll(url, "page")
            if result.failed:
                return  # the next backfill continues at this page
            self._pages += 1
            old_pages = 0 if result.wanted_count else old_pages + 1
            # Some lists link from their last page to the first one.
            url = result.next_page if result.next_page not in self._poller.results else None
            await self._save_position(section, url if old_pages < MAX_OLD_PAGES else None)

    def _is_followed(self, section: str) -> bool:
        return any(config.follows_url(section) for config in self._site.configs)

    async def _save_position(self, url: str, next_url: str | None = None) -> None:
        await self._session.in_thread(
            self._session.corpus.crawl.save_backfill_position, self._site.source.id, url, self._since, next_url
        )
