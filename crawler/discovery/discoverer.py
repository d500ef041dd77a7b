"""Finds a site's articles: through feeds, through sitemaps, else through its section pages.

The first time it explores: front page, robots.txt, the sitemaps and feeds that they name or that are at the
usual places. What lists articles is remembered; later runs revisit only that, until nothing is new.
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
"""Of a page that names more, the first are the site's own; the rest are of comments, tags and authors."""
MAX_SITEMAP_GUESSES: Final = 4
MAX_FEED_GUESSES: Final = 6
MAX_EARLY_FEED_GUESSES: Final = 3
"""Places where a feed is looked for first; for the rest only when no sitemap has given articles either."""
MAX_SITEMAPS: Final = 60
MAX_SITEMAP_DEPTH: Final = 3
MAX_LISTED_PAGES: Final = 50_000
"""Pages of one site that sitemaps are read for in one run. Archives go on for ever; news is in front."""
MAX_SECTIONS: Final = 40
MAX_LISTING_PAGES: Final = 150
"""Front page, sections, and their "older posts", in one run."""
MAX_WALK_DEPTH: Final = 20
"""Pages of one list that are followed in one run where they have no numbers: calendars have a "next day" for ever."""
MAX_STALE_SECTIONS: Final = 3
"""Sections in a row that list nothing fresh before the others are left alone."""
MAX_QUIET_POLLS: Final = 2
"""Looks without anything new before a later run leaves a site alone: with robots.txt three requests."""


class Discoverer:
    """Finds the articles of one site. What it finds is in the frontier when it ends."""

    def __init__(
        self, site: CrawledSite, poller: ListingPoller, robots: RobotsMiddleware, due_at: datetime | None = None
    ) -> None:
        """With ``due_at``, what is known is only looked at again where it is due at that time."""
        self._due_at = due_at
        self._site = site
        self._poller = poller
        self._robots = robots
        self._guesses: set[str] = set()
        """Addresses that nobody has named; that they do not answer means nothing."""

    async def run(self, known: Sequence[Feed]) -> None:
        """Look wherever the site lists articles; a sentence says so where nothing can be had."""
        for config in self._site.configs:
            address = canonicalise(config.url)
            if any(row.url == address for row in known):
                # Two addresses of one site share what is known of it.
                await self._poll_known(config, address, [row for row in known if row.url not in self._poller.results])
            else:
                await self._search_site(config, address)
            await self._poll_configured(config, known)
        if self._poller.results:
            self._site.stats.problem = describe_problem(self._poller.results.values(), self._guesses)

    async def _poll_configured(self, config: SourceConfig, known: Sequence[Feed]) -> None:
        """Look at the listings that a person has named, where that has not happened yet."""
        told: dict[ExpectedFormat, tuple[str, ...]] = {
            "feed": config.feeds,
            "sitemap": config.sitemaps,
            "page": config.sections,
        }
        seen = {row.url for row in known} | self._poller.results.keys()
        for expected, addresses in told.items():
            for address in addresses:
                if address not in seen:
                    look = await self._poller.poll(address, expected)
                    await self._poller.save_listing(look, address)
                    await self._follow_sitemaps(_get_child_sitemaps(look))

    # The first time

    async def _search_site(self, config: SourceConfig, address: str) -> None:
        """Find everything that a site lists."""
        front = await self._poller.fetch_listing(address, "anything")
        if front.failed and front.outcome not in TOLERATED_FRONT_PAGE_OUTCOMES:
            return
        if front.listing is not None and front.listing.kind != "section":
            await self._follow_sitemaps(_get_child_sitemaps(await self._poller.enqueue_candidates(front)))
        else:
            await self._search_from_front_page(config, front)
        named = (look for look in self._poller.results.values() if look.requested_url not in self._guesses)
        if not any(is_transient_failure(look) for look in named):
            # Only now, and only with all of it read: what was missed on the way is looked for again.
            await self._poller.save_listing(front, address)

    async def _search_from_front_page(self, config: SourceConfig, front: PollResult) -> None:
        """Feeds go first, and links last: what a page was found in tells how likely it is news."""
        in_feeds = await self._search_feeds(config, front)
        in_sitemaps = await self._search_sitemaps(config, front)
        if not (in_feeds or in_sitemaps or config.feeds):
            await self._try_feeds(front, MAX_EARLY_FEED_GUESSES, MAX_FEED_GUESSES)
        front = await self._poller.enqueue_candidates(front)
        if not in_sitemaps and not config.sections:
            await self._search_sections(front)

    async def _search_sitemaps(self, config: SourceConfig, front: PollResult) -> int:
        """Read the sitemaps that are named, else one at the usual places; how many pages they list."""
        if config.sitemaps:
            return await self._follow_sitemaps(map(ListedSitemap, config.sitemaps))
        named = [ListedSitemap(url) for url in self._robots.list_sitemaps(front.final_url)] + _get_child_sitemaps(front)
        if listed := await self._follow_sitemaps(named):
            return listed
        for place in well_known_urls("sitemaps", front.final_url, _get_generator(front))[:MAX_SITEMAP_GUESSES]:
            self._note_guess(place)
            if listed := await self._follow_sitemaps([ListedSitemap(place)]):
                return listed
        return 0

    async def _follow_sitemaps(self, places: Iterable[ListedSitemap]) -> int:
        """Read sitemaps, and those that they name in turn; how many pages they list."""
        waiting = deque((place, 1) for place in places)
        listed = read = 0
        while waiting and read < MAX_SITEMAPS and listed < MAX_LISTED_PAGES:
            place, depth = waiting.popleft()
            url = place.url
            if url in self._poller.results or self._is_too_old(place):
                continue
            look = await self._poller.poll(url, "sitemap")
            if not look.is_redundant_feed:
                await self._poller.save_listing(look, url)
            read += 1
            listed += look.listed_count
            if depth < MAX_SITEMAP_DEPTH:
                waiting.extend((child, depth + 1) for child in _get_child_sitemaps(look))
        return listed

    def _is_too_old(self, place: ListedSitemap) -> bool:
        """Whether all that a sitemap lists is older than what is wanted."""
        oldest = self._site.oldest_wanted
        return oldest is not None and place.modified is not None and place.modified < oldest

    async def _search_feeds(self, config: SourceConfig, front: PollResult) -> bool:
        """Read the feeds that are named, else the first that is where feeds usually are; whether they list pages."""
        named = config.feeds or (front.listing.feeds[:MAX_FEEDS] if front.listing else ())
        looks = [await self._poll_feed(place) for place in named]
        if config.feeds or any(look.listed_count for look in looks):
            return any(look.listed_count for look in looks)
        return await self._try_feeds(front, 0, MAX_EARLY_FEED_GUESSES)

    async def _try_feeds(self, front: PollResult, first: int, last: int) -> bool:
        for place in well_known_urls("feeds", front.final_url, _get_generator(front))[first:last]:
            self._note_guess(place)
            if (await self._poll_feed(place)).listed_count:
                return True
        return False

    def _note_guess(self, place: str) -> None:
        if place not in self._poller.results:  # the usual places are named by many sites
            self._guesses.add(place)

    async def _poll_feed(self, place: str) -> PollResult:
        if place in self._poller.results:
            return self._poller.results[place]
        look = await self._poller.poll(place, "feed")
        if look.fresh_count:  # the same entries as RSS and as Atom need only be polled once
            await self._poller.save_listing(look)
        return look

    async def _search_sections(self, front: PollResult) -> None:
        """Walk through the front page's older pages, then through sections, while they list what is fresh."""
        await self._follow_older_pages(front, _has_fresh_links)
        barren = 0
        named = front.listing.sections if front.listing else ()
        for section in [url for url in named if self._is_followed(url)][:MAX_SECTIONS]:
            if barren == MAX_STALE_SECTIONS or self._is_limit_reached():
                return
            if section in self._poller.results:
                continue
            look = await self._poller.poll(section, "page")
            barren = 0 if look.fresh_count else barren + 1
            if look.fresh_count:
                await self._poller.save_listing(look)
                await self._follow_older_pages(look, _has_fresh_links)

    async def _follow_older_pages(self, look: PollResult, goes_on: Callable[[PollResult], bool]) -> None:
        """Follow "older posts", as far as the source's limit leaves room for what they list."""
        first, depth = look.final_url, 1
        while goes_on(look) and (page := look.next_page) and page not in self._poller.results:
            depth += not is_numbered_page(page, first)
            if depth > MAX_WALK_DEPTH or self._is_limit_reached():
                return
            look = await self._poller.poll(page, "page")

    def _is_followed(self, section: str) -> bool:
        return any(config.follows_url(section) for config in self._site.configs)

    def _is_limit_reached(self) -> bool:
        """Whether so many lists were read, or so many pages found, as one run may."""
        lists = sum(
            look.listing is not None and look.listing.kind == "section" for look in self._poller.results.values()
        )
        limit = self._site.configs[0].max_pages
        return lists >= MAX_LISTING_PAGES or (limit is not None and self._site.stats.found >= limit)

    # Later

    async def _poll_known(self, config: SourceConfig, address: str, known: Sequence[Feed]) -> None:
        """Look at what is known to list articles, the most telling first, until nothing is new."""
        due = [row for row in known if is_listing_due(row, self._due_at)]
        by_kind = {kind: order_listings(due, kind) for kind in ("feed", "sitemap-index", "sitemap", "section")}
        quiet = MAX_QUIET_POLLS
        scrolled_past = not any(row.kind == "feed" for row in known)
        for row in by_kind["feed"]:
            if quiet <= 0:
                break
            look = await self._poller.poll(row.url, "feed", row)
            quiet -= not look.new_count
            scrolled_past |= look.failed or _has_only_new_links(look)
        if scrolled_past:
            listing_sitemaps = by_kind["sitemap-index"] + by_kind["sitemap"]
            if listing_sitemaps:
                await self._poll_known_sitemaps(by_kind["sitemap-index"], by_kind["sitemap"], quiet)
            else:
                await self._poll_known_sections(address, by_kind["section"], quiet)
        if self._poller.results and all(look.outcome in GONE_OUTCOMES for look in self._poller.results.values()):
            await self._search_site(config, address)

    async def _poll_known_sitemaps(self, indexes: Sequence[Feed], rows: Sequence[Feed], quiet: int) -> None:
        by_url = {row.url: row for row in rows}
        for index in indexes:
            if quiet <= 0:
                return
            look = await self._poller.poll(index.url, "sitemap", index)
            due = select_due_sitemaps(_get_child_sitemaps(look), by_url)
            quiet -= not due
            quiet = await self._poll_while_new([(url, by_url.get(url)) for url in due], "sitemap", quiet)
        waiting = [(row.url, row) for row in rows if row.url not in self._poller.results]
        await self._poll_while_new(waiting, "sitemap", quiet)

    async def _poll_known_sections(self, address: str, rows: Sequence[Feed], quiet: int) -> None:
        front_first = [(row.url, row) for row in sorted(rows, key=lambda row: row.url != address)]
        await self._poll_while_new(front_first, "page", quiet)

    async def _poll_while_new(
        self, places: Iterable[tuple[str, Feed | None]], expected: ExpectedFormat, quiet: int
    ) -> int:
        """Look at one place after the other as long as some of it is new; how many quiet looks are left."""
        for url, row in places:
            if quiet <= 0:
                break
            look = await self._poller.poll(url, expected, row)
            if row is None:
                await self._poller.save_listing(look, url)
            await self._follow_older_pages(look, _has_only_new_links)
            quiet -= not look.new_count
        return quiet


def _get_child_sitemaps(look: PollResult) -> list[ListedSitemap]:
    return list(look.listing.sitemaps) if look.listing else []


def _get_generator(look: PollResult) -> str | None:
    return look.listing.generator if look.listing else None


def _has_fresh_links(look: PollResult) -> bool:
    return look.fresh_count > 0


def _has_only_new_links(look: PollResult) -> bool:
    """Whether a known listing may have moved on so far that something new is no longer on it."""
    return look.new_count > 0 and look.new_count == look.listed_count
