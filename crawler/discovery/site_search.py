"""Searches a site for its listings: the front page, robots.txt, and the sitemaps, feeds and sections that these name.

What is found is saved for later runs, which poll it: see :mod:`crawler.discovery.discoverer`.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from crawler.config.models import SourceConfig
from crawler.crawled_site import CrawledSite
from crawler.discovery.failures import (
    TOLERATED_FRONT_PAGE_OUTCOMES,
    is_transient_failure,
)
from crawler.discovery.listing_poller import ListingPoller, PollResult
from crawler.fetch.robots import RobotsMiddleware
from crawler.parsers.listings import ListedSitemap
from crawler.urls.pagination import is_numbered_page
from crawler.urls.well_known import well_known_urls

MAX_FEEDS: Final = 24
"""Feeds of a page that are polled. Large papers have one for each section."""
MAX_STALE_FEEDS: Final = 2
"""Feeds in a row without a new entry after which the remaining ones are skipped: they are of tags and authors."""
# Each guess costs the site a request for a URL that may not exist.
MAX_SITEMAP_GUESSES: Final = 4
MAX_FEED_GUESSES: Final = 6
MAX_EARLY_FEED_GUESSES: Final = 3
"""Usual URLs that are tried for a feed at first; the others only if no sitemap has listed articles either."""
MAX_SITEMAPS: Final = 60
MAX_SITEMAP_DEPTH: Final = 4
MAX_LISTED_PAGES: Final = 50_000
"""Pages of one site after which a run reads no more sitemaps: archives never end, and the news comes first."""
MAX_SECTIONS: Final = 40
MAX_LISTING_PAGES: Final = 150
"""Front page, section pages, and their "older posts", in one run."""
MAX_WALK_DEPTH: Final = 20
"""Pages of one list that a run follows if their URLs have no page number: a calendar has a "next day" for ever."""
MAX_STALE_SECTIONS: Final = 3
"""Sections in a row without a new link after which the remaining ones are skipped."""
MIN_UNLISTED_LINKS: Final = 3
MIN_UNLISTED_SHARE: Final = 0.3
"""New links of the front page, at least three and this share of all, with which feeds and sitemaps count as incomplete:
then the sections are searched too."""


class SiteSearch:
    """The search for the listings of one site."""

    def __init__(self, site: CrawledSite, poller: ListingPoller, robots: RobotsMiddleware) -> None:
        """Prepare the search of a site.

        Args:
            site: the site to search.
            poller: polls its listings.
            robots: knows the sitemaps that robots.txt names.
        """
        self._site = site
        self._poller = poller
        self._robots = robots
        self.guesses: set[str] = set()
        """URLs that nothing has named; if they fail, that is no problem of the site."""

    async def search_site(self, config: SourceConfig, url: str) -> None:
        """Find all listings of a site, starting at its front page."""
        front = await self._poller.fetch_listing(url, "anything")
        if front.failed and front.outcome not in TOLERATED_FRONT_PAGE_OUTCOMES:
            return
        if front.listing is not None and front.listing.kind != "section":
            await self.follow_sitemaps(get_child_sitemaps(await self._poller.enqueue_candidates(front)))
        else:
            await self._search_from_front_page(config, front)
        named = (result for result in self._poller.results.values() if result.requested_url not in self.guesses)
        if not any(is_transient_failure(result) for result in named):
            # A saved front page means that the site is known. It is saved last, and not after a temporary failure, so
            # that a run that was interrupted or missed something is followed by another search.
            await self._poller.save_listing(front, "section", url)
            self._site.portfolio = replace(self._site.portfolio, covered_at=datetime.now(UTC), failed_searches=0)

    async def _search_from_front_page(self, config: SourceConfig, front: PollResult) -> None:
        """Poll feeds first and follow links last: a URL's priority depends on the listing that named it first."""
        in_feeds = await self._search_feeds(config, front)
        in_sitemaps = await self.search_sitemaps(config, front)
        if not (in_feeds or in_sitemaps or config.feeds):
            await self._try_feeds(front, MAX_EARLY_FEED_GUESSES, MAX_FEED_GUESSES)
        front = await self._poller.enqueue_candidates(front)
        if not config.sections and (not in_sitemaps or _has_many_new_links(front)):
            await self._search_sections(front)

    async def search_sitemaps(self, config: SourceConfig, front: PollResult) -> int:
        """Read the sitemaps that are named, else one at the usual URLs; return how many pages they list."""
        if config.sitemaps:
            return await self.follow_sitemaps(map(ListedSitemap, config.sitemaps))
        named = [ListedSitemap(url) for url in self._robots.list_sitemaps(front.final_url)] + get_child_sitemaps(front)
        if listed := await self.follow_sitemaps(named):
            return listed
        for guess in well_known_urls("sitemaps", front.final_url, _get_generator(front))[:MAX_SITEMAP_GUESSES]:
            self._note_guess(guess)
            if listed := await self.follow_sitemaps([ListedSitemap(guess)]):
                return listed
        return 0

    async def follow_sitemaps(self, sitemaps: Iterable[ListedSitemap]) -> int:
        """Read sitemaps, and those that they name; return how many pages they list."""
        queue = deque((sitemap, 1) for sitemap in sitemaps)
        listed = read = 0
        while queue and read < MAX_SITEMAPS and listed < MAX_LISTED_PAGES:
            sitemap, depth = queue.popleft()
            url = sitemap.url
            if url in self._poller.results or self._is_too_old(sitemap):
                continue
            result = await self._poller.poll(url, "sitemap")
            if url not in self.guesses or not result.failed:
                await self._poller.save_listing(result, "sitemap", url)
            self.adopt_children(result)
            read += 1
            listed += result.listed_count
            if depth < MAX_SITEMAP_DEPTH:
                queue.extend((child, depth + 1) for child in get_child_sitemaps(result))
        return listed

    def adopt_children(self, index: PollResult) -> None:
        """Note the sitemaps of an index that states when each has changed: they are polled when it says so."""
        if index.listing is not None and index.listing.kind == "sitemap-index":
            dated = [child.url for child in index.listing.sitemaps if child.modified is not None]
            self._site.portfolio = self._site.portfolio.adopt_children(index.requested_url, dated)

    def _is_too_old(self, sitemap: ListedSitemap) -> bool:
        """Return whether everything that a sitemap lists is older than the source's ``max_age``."""
        oldest = self._site.oldest_wanted
        return oldest is not None and sitemap.modified is not None and sitemap.modified < oldest

    async def _search_feeds(self, config: SourceConfig, front: PollResult) -> bool:
        """Poll the feeds that are named, else the first one at the usual URLs; return whether any lists pages."""
        named = config.feeds or (front.listing.feeds if front.listing else ())
        has_articles = await self.take_up_feeds(named)
        if config.feeds or has_articles:
            return has_articles
        return await self._try_feeds(front, 0, MAX_EARLY_FEED_GUESSES)

    async def take_up_feeds(self, named: Sequence[str]) -> bool:
        """Poll feeds that the site names, and save them; return whether any lists pages.

        Feeds of tags and authors repeat what others have. After a few of them, no more are polled.
        """
        has_articles = False
        stale = 0
        for url in named[:MAX_FEEDS]:
            if stale == MAX_STALE_FEEDS:
                break
            if url in self._site.portfolio.ignored:
                continue
            result = await self._poll_feed(url)
            has_articles |= result.listed_count > 0
            stale = 0 if result.fresh_count else stale + 1
        return has_articles

    async def _try_feeds(self, front: PollResult, first: int, last: int) -> bool:
        for guess in well_known_urls("feeds", front.final_url, _get_generator(front))[first:last]:
            self._note_guess(guess)
            if (await self._poll_feed(guess)).listed_count:
                return True
        return False

    def _note_guess(self, url: str) -> None:
        if url not in self._poller.results:  # many sites name their listings at the usual URLs themselves
            self.guesses.add(url)

    async def _poll_feed(self, url: str) -> PollResult:
        if url in self._poller.results:
            return self._poller.results[url]
        result = await self._poller.poll(url, "feed")
        if result.listing is not None and result.listing.is_comments:
            self._site.portfolio = self._site.portfolio.ignore(url, "it is a feed of comments")
        elif url not in self.guesses or result.listed_count:
            await self._poller.save_listing(result, "feed", url)
        return result

    async def _search_sections(self, front: PollResult) -> None:
        """Follow the front page's older posts, then its sections, while they list new links."""
        await self.follow_older_pages(front, _has_fresh_links)
        stale = 0
        sections = front.listing.sections if front.listing else ()
        for section in [url for url in sections if self._is_followed(url)][:MAX_SECTIONS]:
            if stale == MAX_STALE_SECTIONS or self._is_limit_reached():
                return
            if section in self._poller.results:
                continue
            result = await self._poller.poll(section, "page")
            stale = 0 if result.fresh_count else stale + 1
            if result.fresh_count:
                await self._poller.save_listing(result, "section", section)
                await self.follow_older_pages(result, _has_fresh_links)

    async def follow_older_pages(self, result: PollResult, goes_on: Callable[[PollResult], bool]) -> None:
        """Follow "older posts" links while ``goes_on`` holds, within the limits of the run and the source."""
        first, depth = result.final_url, 1
        while goes_on(result) and (url := result.next_page) and url not in self._poller.results:
            # Numbered pages end by themselves, so they do not count; MAX_LISTING_PAGES bounds them.
            depth += not is_numbered_page(url, first)
            if depth > MAX_WALK_DEPTH or self._is_limit_reached():
                return
            result = await self._poller.poll(url, "page")

    def _is_followed(self, section: str) -> bool:
        return any(config.follows_url(section) for config in self._site.configs)

    def _is_limit_reached(self) -> bool:
        """Return whether the run has read as many list pages, or found as many pages, as it may."""
        list_pages = sum(
            result.listing is not None and result.listing.kind == "section" for result in self._poller.results.values()
        )
        limit = self._site.configs[0].max_pages
        return list_pages >= MAX_LISTING_PAGES or (limit is not None and self._site.stats.found >= limit)


def get_child_sitemaps(result: PollResult) -> list[ListedSitemap]:
    return list(result.listing.sitemaps) if result.listing else []


def _get_generator(result: PollResult) -> str | None:
    return result.listing.generator if result.listing else None


def _has_fresh_links(result: PollResult) -> bool:
    return result.fresh_count > 0


def _has_many_new_links(front: PollResult) -> bool:
    return front.new_count >= max(MIN_UNLISTED_LINKS, MIN_UNLISTED_SHARE * front.wanted_count)
