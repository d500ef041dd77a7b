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
from crawler.discovery.failures import GO_ON_AFTER, GONE, may_pass, problem
from crawler.discovery.listing_poller import Look, Looker
from crawler.discovery.poll_order import due_children, in_turn, is_due
from crawler.fetch.robots import RobotsRules
from crawler.pages.tasks import Expected
from crawler.parsers.listings import ListedSitemap
from crawler.urls.pagination import is_numbered
from crawler.urls.well_known import well_known_urls
from storage import Feed

MOST_FEEDS: Final = 3
"""Of a page that names more, the first are the site's own; the rest are of comments, tags and authors."""
SITEMAP_GUESSES: Final = 4
FEED_GUESSES: Final = 6
FEW_GUESSES: Final = 3
"""Places where a feed is looked for first; for the rest only when no sitemap has given articles either."""
MOST_SITEMAPS: Final = 60
DEEPEST_SITEMAP: Final = 3
MOST_LISTED: Final = 50_000
"""Pages of one site that sitemaps are read for in one run. Archives go on for ever; news is in front."""
MOST_SECTIONS: Final = 40
MOST_LISTING_PAGES: Final = 150
"""Front page, sections, and their "older posts", in one run."""
DEEPEST_WALK: Final = 20
"""Pages of one list that are followed in one run where they have no numbers: calendars have a "next day" for ever."""
BARREN_SECTIONS: Final = 3
"""Sections in a row that list nothing fresh before the others are left alone."""
QUIET_LOOKS: Final = 2
"""Looks without anything new before a later run leaves a site alone: with robots.txt three requests."""


class Discovery:
    """Finds the articles of one site. What it finds is in the frontier when it ends."""

    def __init__(self, site: CrawledSite, looker: Looker, robots: RobotsRules, due_at: datetime | None = None) -> None:
        """With ``due_at``, what is known is only looked at again where it is due at that time."""
        self._due_at = due_at
        self._site = site
        self._looker = looker
        self._robots = robots
        self._guesses: set[str] = set()
        """Addresses that nobody has named; that they do not answer means nothing."""

    async def run(self, known: Sequence[Feed]) -> None:
        """Look wherever the site lists articles; a sentence says so where nothing can be had."""
        for config in self._site.configs:
            address = canonicalise(config.url)
            if any(row.url == address for row in known):
                # Two addresses of one site share what is known of it.
                await self._revisit(config, address, [row for row in known if row.url not in self._looker.looks])
            else:
                await self._explore(config, address)
            await self._look_where_told(config, known)
        if self._looker.looks:
            self._site.tally.problem = problem(self._looker.looks.values(), self._guesses)

    async def _look_where_told(self, config: SourceConfig, known: Sequence[Feed]) -> None:
        """Look at the listings that a person has named, where that has not happened yet."""
        told: dict[Expected, tuple[str, ...]] = {
            "feed": config.feeds,
            "sitemap": config.sitemaps,
            "page": config.sections,
        }
        seen = {row.url for row in known} | self._looker.looks.keys()
        for expected, addresses in told.items():
            for address in addresses:
                if address not in seen:
                    look = await self._looker.look(address, expected)
                    await self._looker.remember(look, address)
                    await self._follow_sitemaps(_children(look))

    # The first time

    async def _explore(self, config: SourceConfig, address: str) -> None:
        """Find everything that a site lists."""
        front = await self._looker.glance(address, "anything")
        if front.failed and front.outcome not in GO_ON_AFTER:
            return
        if front.listing is not None and front.listing.kind != "section":
            await self._follow_sitemaps(_children(await self._looker.queue(front)))
        else:
            await self._explore_site(config, front)
        named = (look for look in self._looker.looks.values() if look.address not in self._guesses)
        if not any(may_pass(look) for look in named):
            # Only now, and only with all of it read: what was missed on the way is looked for again.
            await self._looker.remember(front, address)

    async def _explore_site(self, config: SourceConfig, front: Look) -> None:
        """Feeds go first, and links last: what a page was found in tells how likely it is news."""
        in_feeds = await self._explore_feeds(config, front)
        in_sitemaps = await self._explore_sitemaps(config, front)
        if not (in_feeds or in_sitemaps or config.feeds):
            await self._guess_feeds(front, FEW_GUESSES, FEED_GUESSES)
        front = await self._looker.queue(front)
        if not in_sitemaps and not config.sections:
            await self._explore_sections(front)

    async def _explore_sitemaps(self, config: SourceConfig, front: Look) -> int:
        """Read the sitemaps that are named, else one at the usual places; how many pages they list."""
        if config.sitemaps:
            return await self._follow_sitemaps(map(ListedSitemap, config.sitemaps))
        named = [ListedSitemap(url) for url in self._robots.sitemaps(front.url)] + _children(front)
        if listed := await self._follow_sitemaps(named):
            return listed
        for place in well_known_urls("sitemaps", front.url, _generator(front))[:SITEMAP_GUESSES]:
            self._guess(place)
            if listed := await self._follow_sitemaps([ListedSitemap(place)]):
                return listed
        return 0

    async def _follow_sitemaps(self, places: Iterable[ListedSitemap]) -> int:
        """Read sitemaps, and those that they name in turn; how many pages they list."""
        waiting = deque((place, 1) for place in places)
        listed = read = 0
        while waiting and read < MOST_SITEMAPS and listed < MOST_LISTED:
            place, depth = waiting.popleft()
            url = place.url
            if url in self._looker.looks or self._is_too_old(place):
                continue
            look = await self._looker.look(url, "sitemap")
            if not look.is_barren_feed:
                await self._looker.remember(look, url)
            read += 1
            listed += look.listed
            if depth < DEEPEST_SITEMAP:
                waiting.extend((child, depth + 1) for child in _children(look))
        return listed

    def _is_too_old(self, place: ListedSitemap) -> bool:
        """Whether all that a sitemap lists is older than what is wanted."""
        oldest = self._site.oldest_wanted
        return oldest is not None and place.modified is not None and place.modified < oldest

    async def _explore_feeds(self, config: SourceConfig, front: Look) -> bool:
        """Read the feeds that are named, else the first that is where feeds usually are; whether they list pages."""
        named = config.feeds or (front.listing.feeds[:MOST_FEEDS] if front.listing else ())
        looks = [await self._look_for_feed(place) for place in named]
        if config.feeds or any(look.listed for look in looks):
            return any(look.listed for look in looks)
        return await self._guess_feeds(front, 0, FEW_GUESSES)

    async def _guess_feeds(self, front: Look, first: int, last: int) -> bool:
        for place in well_known_urls("feeds", front.url, _generator(front))[first:last]:
            self._guess(place)
            if (await self._look_for_feed(place)).listed:
                return True
        return False

    def _guess(self, place: str) -> None:
        if place not in self._looker.looks:  # the usual places are named by many sites
            self._guesses.add(place)

    async def _look_for_feed(self, place: str) -> Look:
        if place in self._looker.looks:
            return self._looker.looks[place]
        look = await self._looker.look(place, "feed")
        if look.fresh:  # the same entries as RSS and as Atom need only be polled once
            await self._looker.remember(look)
        return look

    async def _explore_sections(self, front: Look) -> None:
        """Walk through the front page's older pages, then through sections, while they list what is fresh."""
        await self._walk(front, _is_fresh)
        barren = 0
        named = front.listing.sections if front.listing else ()
        for section in [url for url in named if self._follows(url)][:MOST_SECTIONS]:
            if barren == BARREN_SECTIONS or self._is_enough():
                return
            if section in self._looker.looks:
                continue
            look = await self._looker.look(section, "page")
            barren = 0 if look.fresh else barren + 1
            if look.fresh:
                await self._looker.remember(look)
                await self._walk(look, _is_fresh)

    async def _walk(self, look: Look, goes_on: Callable[[Look], bool]) -> None:
        """Follow "older posts", as far as the source's limit leaves room for what they list."""
        first, depth = look.url, 1
        while goes_on(look) and (page := look.next_page) and page not in self._looker.looks:
            depth += not is_numbered(page, first)
            if depth > DEEPEST_WALK or self._is_enough():
                return
            look = await self._looker.look(page, "page")

    def _follows(self, section: str) -> bool:
        return any(config.follows(section) for config in self._site.configs)

    def _is_enough(self) -> bool:
        """Whether so many lists were read, or so many pages found, as one run may."""
        lists = sum(look.listing is not None and look.listing.kind == "section" for look in self._looker.looks.values())
        limit = self._site.configs[0].max_pages
        return lists >= MOST_LISTING_PAGES or (limit is not None and self._site.tally.found >= limit)

    # Later

    async def _revisit(self, config: SourceConfig, address: str, known: Sequence[Feed]) -> None:
        """Look at what is known to list articles, the most telling first, until nothing is new."""
        due = [row for row in known if is_due(row, self._due_at)]
        by_kind = {kind: in_turn(due, kind) for kind in ("feed", "sitemap-index", "sitemap", "section")}
        quiet = QUIET_LOOKS
        scrolled_past = not any(row.kind == "feed" for row in known)
        for row in by_kind["feed"]:
            if quiet <= 0:
                break
            look = await self._looker.look(row.url, "feed", row)
            quiet -= not look.new
            scrolled_past |= look.failed or _is_all_new(look)
        if scrolled_past:
            listing_sitemaps = by_kind["sitemap-index"] + by_kind["sitemap"]
            if listing_sitemaps:
                await self._revisit_sitemaps(by_kind["sitemap-index"], by_kind["sitemap"], quiet)
            else:
                await self._revisit_sections(address, by_kind["section"], quiet)
        if self._looker.looks and all(look.outcome in GONE for look in self._looker.looks.values()):
            await self._explore(config, address)

    async def _revisit_sitemaps(self, indexes: Sequence[Feed], rows: Sequence[Feed], quiet: int) -> None:
        by_url = {row.url: row for row in rows}
        for index in indexes:
            if quiet <= 0:
                return
            look = await self._looker.look(index.url, "sitemap", index)
            due = due_children(_children(look), by_url)
            quiet -= not due
            quiet = await self._look_while_new([(url, by_url.get(url)) for url in due], "sitemap", quiet)
        waiting = [(row.url, row) for row in rows if row.url not in self._looker.looks]
        await self._look_while_new(waiting, "sitemap", quiet)

    async def _revisit_sections(self, address: str, rows: Sequence[Feed], quiet: int) -> None:
        front_first = [(row.url, row) for row in sorted(rows, key=lambda row: row.url != address)]
        await self._look_while_new(front_first, "page", quiet)

    async def _look_while_new(self, places: Iterable[tuple[str, Feed | None]], expected: Expected, quiet: int) -> int:
        """Look at one place after the other as long as some of it is new; how many quiet looks are left."""
        for url, row in places:
            if quiet <= 0:
                break
            look = await self._looker.look(url, expected, row)
            if row is None:
                await self._looker.remember(look, url)
            await self._walk(look, _is_all_new)
            quiet -= not look.new
        return quiet


def _children(look: Look) -> list[ListedSitemap]:
    return list(look.listing.sitemaps) if look.listing else []


def _generator(look: Look) -> str | None:
    return look.listing.generator if look.listing else None


def _is_fresh(look: Look) -> bool:
    return look.fresh > 0


def _is_all_new(look: Look) -> bool:
    """Whether a known listing may have moved on so far that something new is no longer on it."""
    return look.new > 0 and look.new == look.listed
