"""Discovers a site's new articles: the first run searches the site, later runs poll the listings that it has found.

An ordinary run polls what most likely has something new, and ends after two polls without anything new. Once a day a
coverage check looks at the others too, so that a listing which shows what no other does is noticed. What each listing
has shown is kept in the source's portfolio (:mod:`crawler.frontier.portfolio`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from cleaning.urls import canonicalise
from crawler.config.models import SourceConfig
from crawler.crawled_site import CrawledSite
from crawler.discovery.failures import GONE_OUTCOMES, describe_problem, is_transient_failure
from crawler.discovery.listing_poller import ListingPoller, PollResult
from crawler.discovery.poll_order import (
    is_listing_due,
    order_by_wait,
    order_by_yield,
    select_due_sitemaps,
)
from crawler.discovery.site_search import SiteSearch, get_child_sitemaps
from crawler.fetch.robots import RobotsMiddleware
from crawler.frontier.portfolio import estimate_costs
from crawler.pages.tasks import ExpectedFormat
from crawler.parsers.listings import ListedSitemap
from storage import Feed
from storage.values import FeedKind

MAX_QUIET_POLLS: Final = 2
"""Polls without anything new after which an ordinary run ends; with robots.txt that makes three requests."""
MAX_COVERAGE_POLLS: Final = 9
"""The same for a coverage check, which makes ten requests then."""
POLLS_PER_NEW_URL: Final = 0.3
"""Further polls that a new URL pays for: a site that publishes much is searched more, while listings take less than a
third of the requests that articles take."""
MAX_KNOWN_FEEDS: Final = 60
"""Feeds of a source after which no more are taken up: some front pages name a feed of each article."""
MIN_ARTICLES: Final = 10
"""Articles of a source that must be known before a listing counts as superfluous."""
_FORMATS: Final[dict[FeedKind, ExpectedFormat]] = {
    "feed": "feed",
    "sitemap": "sitemap",
    "sitemap-index": "sitemap",
    "section": "page",
}


class Discoverer:
    """The discovery of one site. When :meth:`run` returns, everything that was found is in the frontier."""

    def __init__(
        self, site: CrawledSite, poller: ListingPoller, robots: RobotsMiddleware, now: datetime, *, only_due: bool
    ) -> None:
        """Prepare the discovery of a site.

        Args:
            site: the site to explore.
            poller: polls its listings.
            robots: knows the sitemaps that robots.txt names.
            now: the current time, timezone-aware.
            only_due: whether known listings are polled only if they are due.
        """
        self._now = now
        self._only_due = only_due
        self._site = site
        self._poller = poller
        self._robots = robots
        self._search = SiteSearch(site, poller, robots)

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
            elif not self._only_due or self._site.portfolio.is_search_due(self._now):
                await self._search.search_site(config, url)
                if self._site.portfolio.covered_at is None:
                    self._site.portfolio = self._site.portfolio.note_failed_search(self._now)
            else:
                continue
            await self._take_up_configured(config, known)
        if self._poller.results:
            self._site.stats.problem = describe_problem(self._poller.results.values(), self._search.guesses)

    async def _take_up_configured(self, config: SourceConfig, known: Sequence[Feed]) -> None:
        """Poll the listings that the user has configured and that are not known yet."""
        polled = {row.url for row in known} | self._poller.results.keys()
        for kind, urls in _list_configured(config).items():
            for url in urls:
                if url not in polled:
                    result = await self._poller.poll(url, _FORMATS[kind])
                    await self._poller.save_listing(result, kind, url)
                    self._search.adopt_children(result)
                    await self._search.follow_sitemaps(get_child_sitemaps(result))

    # Later runs

    async def _poll_known(self, config: SourceConfig, front_page: str, known: Sequence[Feed]) -> None:
        """Poll known listings until the run has had its share of polls without anything new.

        If all listings are gone, the site is searched again.
        """
        by_url = {row.url: row for row in known}
        listings = [row for row in known if not self._is_polled_through_index(row, by_url)]
        is_coverage = self._site.portfolio.is_coverage_due(self._now)
        told = {url for urls in _list_configured(config).values() for url in urls}
        shares = self._site.portfolio.compute_shares(estimate_costs(listings))
        for row in self._order(listings, shares, told, front_page, is_coverage=is_coverage):
            if not self._may_poll(is_coverage=is_coverage) or self._is_unreachable():
                break
            if not (is_coverage or self._has_gap() or self._is_needed(row, shares, told)):
                continue
            result = await self._poll_listing(row, by_url)
            if row.url == front_page:
                await self._take_up_named(result, by_url)
        if is_coverage and not self._is_unreachable():
            await self._take_up_sitemaps(front_page, by_url)
            self._site.portfolio = replace(self._site.portfolio, covered_at=self._now)
        if self._are_all_newly_gone(by_url, is_coverage=is_coverage):
            await self._search.search_site(config, front_page)

    def _is_polled_through_index(self, row: Feed, by_url: Mapping[str, Feed]) -> bool:
        """Return whether a sitemap is polled when its index says so: the index must be known and answer."""
        index = by_url.get(self._site.portfolio.parents.get(row.url, ""))
        return index is not None and not index.failures

    def _order(
        self,
        listings: Sequence[Feed],
        shares: Mapping[str, float],
        told: Collection[str],
        front_page: str,
        *,
        is_coverage: bool,
    ) -> Sequence[Feed]:
        if is_coverage:
            return order_by_wait(listings, front_page, self._now)
        due = [row for row in listings if is_listing_due(row, self._now if self._only_due else None)]
        return order_by_yield(due, shares, told, self._now)

    def _is_needed(self, row: Feed, shares: Mapping[str, float], told: Collection[str]) -> bool:
        """Return whether an ordinary run polls a listing: not if it has repeated what others name.

        A user who does not wait for listings to be due wants to know, so that it is polled then.
        """
        is_mature = sum(article.is_article for article in self._site.portfolio.articles.values()) >= MIN_ARTICLES
        return not (self._only_due and is_mature) or row.url in told or row.url in shares

    def _may_poll(self, *, is_coverage: bool) -> bool:
        """Return whether the run may poll another listing: what has found something new pays for more polls."""
        results = self._poller.results.values()
        allowed = MAX_COVERAGE_POLLS if is_coverage or self._has_gap() else MAX_QUIET_POLLS
        earned = sum(result.new_count > 0 for result in results) + POLLS_PER_NEW_URL * self._count_new()
        return len(results) < allowed + earned

    def _has_gap(self) -> bool:
        """Return whether everything in a listing is new, so that older new articles may have left it already."""
        return any(_has_only_new_links(result) for result in self._poller.results.values())

    def _count_new(self) -> int:
        return sum(result.new_count for result in self._poller.results.values())

    def _is_unreachable(self) -> bool:
        """Return whether two polls have failed, and all others too: the site is down, and is left alone."""
        results = self._poller.results.values()
        return len(results) >= MAX_QUIET_POLLS and all(is_transient_failure(result) for result in results)

    async def _poll_listing(self, row: Feed, by_url: dict[str, Feed]) -> PollResult:
        """Poll a known listing, the sitemaps that have changed if it is an index, and older pages of it."""
        if row.kind == "sitemap-index":
            return await self._poll_index(row, by_url)
        result = await self._poller.poll(row.url, _FORMATS[row.kind], row)
        await self._search.follow_older_pages(result, _has_only_new_links)
        return result

    async def _poll_index(self, index: Feed, by_url: dict[str, Feed]) -> PollResult:
        """Poll an index and its changed sitemaps, each in its turn if the index calls all of them changed."""
        result = await self._poller.fetch_listing(index.url, "sitemap", index)
        self._search.adopt_children(result)
        due = select_due_sitemaps(get_child_sitemaps(result), by_url)
        # In the portfolio's shares the index stands for its sitemaps; here they stand for themselves.
        shares = replace(self._site.portfolio, parents={}).compute_shares()
        known = order_by_yield([by_url[url] for url in due if url in by_url], shares, (), self._now)
        found_before = self._count_new()
        await self._search.follow_sitemaps([ListedSitemap(url) for url in due if url not in by_url])
        for row in known:
            if not self._may_poll(is_coverage=False):
                break
            await self._poller.poll(row.url, "sitemap", row)
        # The interval of an index follows how often its sitemaps have something new.
        result = replace(result, new_count=self._count_new() - found_before)
        await self._poller.save_poll(index, result)
        return result

    # Listings that the site did not name before

    async def _take_up_named(self, front: PollResult, by_url: dict[str, Feed]) -> None:
        """Poll and save the feeds that the front page names and that are not known."""
        targets = by_url.keys() | {row.moved_to for row in by_url.values()} | self._poller.results.keys()
        known_feeds = sum(row.kind == "feed" for row in by_url.values())
        if front.listing is not None and known_feeds < MAX_KNOWN_FEEDS:
            await self._search.take_up_feeds([url for url in front.listing.feeds if url not in targets])

    async def _take_up_sitemaps(self, front_page: str, by_url: dict[str, Feed]) -> None:
        """Poll and save the sitemaps that robots.txt names and that are not known."""
        front = self._poller.results.get(front_page)
        named = self._robots.list_sitemaps(front.final_url if front else front_page)
        await self._search.follow_sitemaps([ListedSitemap(url) for url in named if url not in by_url])

    def _are_all_newly_gone(self, by_url: dict[str, Feed], *, is_coverage: bool) -> bool:
        """Return whether all listings are gone since the last run, or are still gone at a coverage check."""
        results = self._poller.results
        is_news = is_coverage or any(url in by_url and not by_url[url].failures for url in results)
        return bool(results) and is_news and all(result.outcome in GONE_OUTCOMES for result in results.values())


def _list_configured(config: SourceConfig) -> dict[FeedKind, tuple[str, ...]]:
    return {"feed": config.feeds, "sitemap": config.sitemaps, "section": config.sections}


def _has_only_new_links(result: PollResult) -> bool:
    """Return whether all links of a known listing are new: then older new ones may have left it already."""
    return result.new_count > 0 and result.new_count == result.listed_count
