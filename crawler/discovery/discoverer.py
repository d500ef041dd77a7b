"""Discovers a site's articles through its feeds and sitemaps, or else through its section pages.

The first run explores the site: the front page, robots.txt, and the sitemaps and feeds that these name or that have one
of the usual URLs. Listings with articles are saved; later runs poll only those, until nothing is new.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from cleaning.urls import canonicalise
from crawler.config.models import SourceConfig
from crawler.crawled_site import CrawledSite
from crawler.discovery.failures import (
    GONE_OUTCOMES,
    TOLERATED_FRONT_PAGE_OUTCOMES,
    describe_problem,
    is_transient_failure,
)
from crawler.discovery.listing_poller import ListingPoller, PollResult
from crawler.discovery.poll_order import is_listing_due, order_listings, select_due_sitemaps
from crawler.fetch.robots import RobotsMiddleware
from crawler.pages.tasks import ExpectedFormat
from crawler.parsers.listings import ListedSitemap
from crawler.urls.pagination import is_numbered_page
from crawler.urls.well_known import well_known_urls
from storage import Feed

MAX_FEEDS: Final = 3
"""If a page names more feeds, the first are the site's own; the rest are of comments, tags and authors."""
# Each guess costs the site a request for a URL that may not exist.
MAX_SITEMAP_GUESSES: Final = 4
MAX_FEED_GUESSES: Final = 6
MAX_EARLY_FEED_GUESSES: Final = 3
"""Usual URLs that are tried for a feed at first; the others only if no sitemap has listed articles either."""
MAX_SITEMAPS: Final = 60
MAX_SITEMAP_DEPTH: Final = 3
MAX_LISTED_PAGES: Final = 50_000
"""Pages of one site after which a run reads no more sitemaps: archives never end, and the news comes first."""
MAX_SECTIONS: Final = 40
MAX_LISTING_PAGES: Final = 150
"""Front page, section pages, and their "older posts", in one run."""
MAX_WALK_DEPTH: Final = 20
"""Pages of one list that a run follows if their URLs have no page number: a calendar has a "next day" for ever."""
MAX_STALE_SECTIONS: Final = 3
"""Sections in a row without a new link after which the remaining ones are skipped."""
MAX_QUIET_POLLS: Final = 2
"""Polls without anything new after which a later run ends; with robots.txt that makes three requests."""


class Discoverer:
    """The discovery of one site. When :meth:`run` returns, everything that was found is in the frontier."""

    def __init__(
        self, site: CrawledSite, poller: ListingPoller, robots: RobotsMiddleware, due_at: datetime | None = None
    ) -> None:
        """Prepare the discovery of a site.

        Args:
            site: the site to explore.
            poller: polls its listings.
            robots: knows the sitemaps that robots.txt names.
            due_at: known listings are polled only if they are due at this time; ``None`` to poll all of them.
        """
        self._due_at = due_at
        self._site = site
        self._poller = poller
        self._robots = robots
        self._guesses: set[str] = set()
        """URLs that nothing has named; if they fail, that is no problem of the site."""

    async def run(self, known: Sequence[Feed]) -> None:
        """Poll the listings of the site, or find them in its first run.

        If nothing can be read, the site's ``stats.problem`` says why.

        Args:
            known: the site's listings that earlier runs have saved.
        """
        for config in self._site.configs:
            url = canonicalise(config.url)
            if any(row.url == url for row in known):
                # Two [[source]] tables of one site share its known listings: do not poll them twice.
                await self._poll_known(config, url, [row for row in known if row.url not in self._poller.results])
            else:
                await self._search_site(config, url)
            await self._poll_configured(config, known)
        if self._poller.results:
            self._site.stats.problem = describe_problem(self._poller.results.values(), self._guesses)

    async def _poll_configured(self, config: SourceConfig, known: Sequence[Feed]) -> None:
        """Poll the listings that the user has configured and that have not been polled yet."""
        configured: dict[ExpectedFormat, tuple[str, ...]] = {
            "feed": config.feeds,
            "sitemap": config.sitemaps,
            "page": config.sections,
        }
        polled = {row.url for row in known} | self._poller.results.keys()
        for expected, urls in configured.items():
            for url in urls:
                if url not in polled:
                    result = await self._poller.poll(url, expected)
                    await self._poller.save_listing(result, url)
                    await self._follow_sitemaps(_get_child_sitemaps(result))

    # First run

    async def _search_site(self, config: SourceConfig, url: str) -> None:
        """Find all listings of a site, starting at its front page."""
        front = await self._poller.fetch_listing(url, "anything")
        if front.failed and front.outcome not in TOLERATED_FRONT_PAGE_OUTCOMES:
            return
        if front.listing is not None and front.listing.kind != "section":
            await self._follow_sitemaps(_get_child_sitemaps(await self._poller.enqueue_candidates(front)))
        else:
            await self._search_from_front_page(config, front)
        named = (result for result in self._poller.results.values() if result.requested_url not in self._guesses)
        if not any(is_transient_failure(result) for result in named):
            # A saved front page means that the site is known. It is saved last, and not after a temporary failure, so
            # that a run that was interrupted or missed something is followed by another first run.
            await self._poller.save_listing(front, url)

    async def _search_from_front_page(self, config: SourceConfig, front: PollResult) -> None:
        """Poll feeds first and follow links last: a URL's priority depends on the listing that named it first."""
        in_feeds = await self._search_feeds(config, front)
        in_sitemaps = await self._search_sitemaps(config, front)
        if not (in_feeds or in_sitemaps or config.feeds):
            await self._try_feeds(front, MAX_EARLY_FEED_GUESSES, MAX_FEED_GUESSES)
        front = await self._poller.enqueue_candidates(front)
        if not in_sitemaps and not config.sections:
            await self._search_sections(front)

    async def _search_sitemaps(self, config: SourceConfig, front: PollResult) -> int:
        """Read the sitemaps that are named, else one at the usual URLs; return how many pages they list."""
        if config.sitemaps:
            return await self._follow_sitemaps(map(ListedSitemap, config.sitemaps))
        named = [ListedSitemap(url) for url in self._robots.list_sitemaps(front.final_url)] + _get_child_sitemaps(front)
        if listed := await self._follow_sitemaps(named):
            return listed
        for guess in well_known_urls("sitemaps", front.final_url, _get_generator(front))[:MAX_SITEMAP_GUESSES]:
            self._note_guess(guess)
            if listed := await self._follow_sitemaps([ListedSitemap(guess)]):
                return listed
        return 0

    async def _follow_sitemaps(self, sitemaps: Iterable[ListedSitemap]) -> int:
        """Read sitemaps, and those that they name; return how many pages they list."""
        queue = deque((sitemap, 1) for sitemap in sitemaps)
        listed = read = 0
        while queue and read < MAX_SITEMAPS and listed < MAX_LISTED_PAGES:
            sitemap, depth = queue.popleft()
            url = sitemap.url
            if url in self._poller.results or self._is_too_old(sitemap):
                continue
            result = await self._poller.poll(url, "sitemap")
            # Sitemap indexes name feeds, too; one whose entries were all listed before need not be polled again.
            if not result.is_redundant_feed:
                await self._poller.save_listing(result, url)
            read += 1
            listed += result.listed_count
            if depth < MAX_SITEMAP_DEPTH:
                queue.extend((child, depth + 1) for child in _get_child_sitemaps(result))
        return listed

    def _is_too_old(self, sitemap: ListedSitemap) -> bool:
        """Return whether everything that a sitemap lists is older than the source's ``max_age``."""
        oldest = self._site.oldest_wanted
        return oldest is not None and sitemap.modified is not None and sitemap.modified < oldest

    async def _search_feeds(self, config: SourceConfig, front: PollResult) -> bool:
        """Poll the feeds that are named, else the first one at the usual URLs; return whether any lists pages."""
        named = config.feeds or (front.listing.feeds[:MAX_FEEDS] if front.listing else ())
        results = [await self._poll_feed(url) for url in named]
        if config.feeds or any(result.listed_count for result in results):
            return any(result.listed_count for result in results)
        return await self._try_feeds(front, 0, MAX_EARLY_FEED_GUESSES)

    async def _try_feeds(self, front: PollResult, first: int, last: int) -> bool:
        for guess in well_known_urls("feeds", front.final_url, _get_generator(front))[first:last]:
            self._note_guess(guess)
            if (await self._poll_feed(guess)).listed_count:
                return True
        return False

    def _note_guess(self, url: str) -> None:
        if url not in self._poller.results:  # many sites name their listings at the usual URLs themselves
            self._guesses.add(url)

    async def _poll_feed(self, url: str) -> PollResult:
        if url in self._poller.results:
            return self._poller.results[url]
        result = await self._poller.poll(url, "feed")
        if result.fresh_count:  # of the same entries as RSS and as Atom, only one feed is polled later
            await self._poller.save_listing(result)
        return result

    async def _search_sections(self, front: PollResult) -> None:
        """Follow the front page's older posts, then its sections, while they list new links."""
        await self._follow_older_pages(front, _has_fresh_links)
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
                await self._poller.save_listing(result)
                await self._follow_older_pages(result, _has_fresh_links)

    async def _follow_older_pages(self, result: PollResult, goes_on: Callable[[PollResult], bool]) -> None:
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

    # Later runs

    async def _poll_known(self, config: SourceConfig, url: str, known: Sequence[Feed]) -> None:
        """Poll the listings that are due, the most informative ones first, until nothing is new.

        Sitemaps and sections are polled only if the feeds may have missed something. If all listings are gone, the site
        is explored again.
        """
        due = [row for row in known if is_listing_due(row, self._due_at)]
        by_kind = {kind: order_listings(due, kind) for kind in ("feed", "sitemap-index", "sitemap", "section")}
        quiet_polls_left = MAX_QUIET_POLLS
        may_have_missed = not any(row.kind == "feed" for row in known)
        for row in by_kind["feed"]:
            if quiet_polls_left <= 0:
                break
            result = await self._poller.poll(row.url, "feed", row)
            quiet_polls_left -= not result.new_count
            # If everything in a feed is new, more may have been published since the last poll than a feed holds.
            may_have_missed |= result.failed or _has_only_new_links(result)
        if may_have_missed:
            listing_sitemaps = by_kind["sitemap-index"] + by_kind["sitemap"]
            if listing_sitemaps:
                await self._poll_known_sitemaps(by_kind["sitemap-index"], by_kind["sitemap"], quiet_polls_left)
            else:
                await self._poll_known_sections(url, by_kind["section"], quiet_polls_left)
        if self._poller.results and all(result.outcome in GONE_OUTCOMES for result in self._poller.results.values()):
            await self._search_site(config, url)

    async def _poll_known_sitemaps(self, indexes: Sequence[Feed], rows: Sequence[Feed], quiet_polls_left: int) -> None:
        by_url = {row.url: row for row in rows}
        for index in indexes:
            if quiet_polls_left <= 0:
                return
            result = await self._poller.poll(index.url, "sitemap", index)
            due = select_due_sitemaps(_get_child_sitemaps(result), by_url)
            quiet_polls_left -= not due
            quiet_polls_left = await self._poll_while_new(
                [(url, by_url.get(url)) for url in due], "sitemap", quiet_polls_left
            )
        not_polled = [(row.url, row) for row in rows if row.url not in self._poller.results]
        await self._poll_while_new(not_polled, "sitemap", quiet_polls_left)

    async def _poll_known_sections(self, front_page: str, rows: Sequence[Feed], quiet_polls_left: int) -> None:
        front_first = [(row.url, row) for row in sorted(rows, key=lambda row: row.url != front_page)]
        await self._poll_while_new(front_first, "page", quiet_polls_left)

    async def _poll_while_new(
        self, listings: Iterable[tuple[str, Feed | None]], expected: ExpectedFormat, quiet_polls_left: int
    ) -> int:
        """Poll listings one after the other while they have something new; return how many quiet polls are left."""
        for url, row in listings:
            if quiet_polls_left <= 0:
                break
            result = await self._poller.poll(url, expected, row)
            if row is None:
                await self._poller.save_listing(result, url)
            await self._follow_older_pages(result, _has_only_new_links)
            quiet_polls_left -= not result.new_count
        return quiet_polls_left


def _get_child_sitemaps(result: PollResult) -> list[ListedSitemap]:
    return list(result.listing.sitemaps) if result.listing else []


def _get_generator(result: PollResult) -> str | None:
    return result.listing.generator if result.listing else None


def _has_fresh_links(result: PollResult) -> bool:
    return result.fresh_count > 0


def _has_only_new_links(result: PollResult) -> bool:
    """Return whether all links of a known listing are new: then older new ones may have left it already."""
    return result.new_count > 0 and result.new_count == result.listed_count
