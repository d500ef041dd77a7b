"""The spider that crawls any news site.

It takes leases from the frontier and makes requests of them (:meth:`NewsSpider.start`), and hands each response to
:meth:`crawler.engine.page_processor.PageProcessor.process`, which takes the page through all steps to its commit.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from cleaning import Article
from cleaning.urls import get_site
from cleaning.usage import UsageStatement
from crawler.config.models import ConfigError, SourceConfig
from crawler.crawled_site import CrawledSite
from crawler.discovery.backfill import Backfill, is_in_range
from crawler.discovery.discoverer import Discoverer
from crawler.discovery.listing_poller import ListingPoller
from crawler.discovery.poll_order import ignore_future_times
from crawler.engine import custom_spiders
from crawler.engine.custom_spider_run import CustomSpiderRun
from crawler.engine.page_processor import PageProcessor
from crawler.fetch.browser import Browser
from crawler.fetch.client import build_conditional_headers
from crawler.fetch.downloader import (
    downloader_from_crawler,
    fail_waiting_requests,
    get_slot_host,
    set_concurrency,
    set_delay,
)
from crawler.fetch.network_guard import classify_failure
from crawler.fetch.retry_after import HOST_PAUSED, host_pauses_from_crawler
from crawler.fetch.robots import RobotsMiddleware
from crawler.fetch.tdmrep import TdmrepFiles
from crawler.frontier.lease_queue import LeaseQueue
from crawler.outcomes import RequestRejectedError, classify_status
from crawler.pages.workers import Workers
from crawler.session import CrawlOptions, Session, open_session
from storage import Candidate, Corpus, CorpusError, Feed, Lease

MAX_CONCURRENT_DISCOVERIES: Final = 32
"""Sites whose listings are polled at the same time. Each holds its listings in memory, and hosts take one request at a
time anyway."""
MAX_ATTEMPTS: Final = 3
"""Requests for one page in one run if its host keeps answering with a short Retry-After."""

_log = logging.getLogger(__name__)


class NewsSpider(Spider):
    """Crawls news sites, driven by the frontier in the corpus.

    ``scrapy crawl news -a url=https://example.org/`` crawls into the corpus named by the setting
    ``CLEANWIRE_DATABASE``. Separate several URLs by commas. New and changed articles are also yielded as items.
    """

    name = "news"
    session: Session
    workers: Workers
    leases: LeaseQueue
    browser: Browser
    processor: PageProcessor

    def __init__(
        self, url: str = "", session: Session | None = None, custom_spider: Spider | None = None, **kwargs: Any
    ) -> None:
        """Prepare a crawl; the corpus is opened when Scrapy opens the spider.

        Args:
            url: the sites to crawl, separated by commas, for ``scrapy crawl news``.
            session: the run that :func:`crawler.runner.crawl` has begun; without it one is opened from the settings.
            custom_spider: with ``scrapy crawl NAME``, the spider NAME, whose site is then the only one crawled.

        Raises:
            ValueError: none of the three is given.
        """
        super().__init__(**kwargs)
        if not url and session is None and custom_spider is None:
            raise ValueError("say what to crawl: scrapy crawl news -a url=https://example.org/")
        self._sources = [SourceConfig(url=address.strip()) for address in url.split(",") if address.strip()]
        self._given_session = session
        self._only_spider = custom_spider
        self._custom_spiders: dict[int, Spider] = {}
        """The spiders of sites that have one of their own, by source id."""
        self._resources = ExitStack()
        self._discoveries: list[asyncio.Task[None]] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.open_resources, signals.spider_opened)
        crawler.signals.connect(spider.close_resources, signals.spider_closed)
        crawler.signals.connect(spider.close_browser, signals.spider_closed)
        crawler.signals.connect(spider.count_request, signals.request_reached_downloader)
        return spider

    # The way of a page

    async def start(self) -> AsyncIterator[Request]:
        """Yield a request for each page that the frontier leases, until nothing is left to fetch or to discover."""
        await self._queue_revisits()
        self._discoveries = [self._start_discovery(site) for site in self.session.sites.values()]
        try:
            async for lease in self.leases:
                site = self.session.sites[lease.source_id]
                site.leased_pages += 1
                # What scripts load can change while the page itself does not, so a 304 would prove nothing.
                conditions = {} if site.needs_browser else build_conditional_headers(lease.etag, lease.last_modified)
                yield Request(
                    lease.url,
                    headers=conditions,
                    callback=self.parse,
                    errback=self.fail,
                    cb_kwargs={"lease": lease},
                    meta=site.request_meta,
                    dont_filter=True,
                )
        finally:
            for discovery in self._discoveries:
                discovery.cancel()

    async def parse(
        self, response: Response, lease: Lease, fields: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Article | Request]:
        """Process a response to its commit; yield the article if it is new or has changed.

        A response with an error status is requested again if its host asked for a short pause.

        Args:
            response: the answer, after redirects.
            lease: the page's place in the frontier.
            fields: fields of the article that the site's custom spider knows; they replace those of the cleaner.
        """
        assert response.request is not None
        if classify_status(response.status) and (again := await self._retry_after_pause(response.request)):
            yield again
            return
        article = None
        with self._release_when_done(lease):
            article = await self.processor.process(response, lease, fields or {})
        if article is not None:
            yield article

    async def process_spider_page(
        self, response: Response, found: Candidate, fields: Mapping[str, Any]
    ) -> AsyncIterator[Any]:
        """Process a page that a site's custom spider has fetched; do nothing if the frontier knows it already."""
        site = self.session.sites[found.source_id]
        if self.session.stopped or site.remaining_pages <= 0 or self.leases.is_exhausted:
            return
        if (lease := await self.session.in_thread(self.session.frontier.claim, found)) is None:
            return
        site.leased_pages += 1
        self.leases.add_lease(lease)
        async for output in self.parse(response, lease, fields):
            yield output

    async def fail(self, failure: Failure) -> AsyncIterator[Request]:
        """Commit the outcome of a request that got no response."""
        request: Request = failure.request  # type: ignore[attr-defined]
        lease: Lease = request.cb_kwargs["lease"]
        if again := await self._retry_after_pause(request):
            yield again
            return
        with self._release_when_done(lease):
            outcome, detail = classify_failure(failure.value, request.url)
            if self.session.stopped or outcome == HOST_PAUSED:
                return  # no request was sent: the page stays leased, and the next run takes it up
            await self.processor.process_failure(request, lease, outcome, detail)

    async def _queue_revisits(self) -> None:
        """Queue the articles that are due for a revisit, and the pages that the user wants to be tried again."""
        try:
            await self.session.in_thread(self.session.frontier.queue_revisits, list(self.session.sites))
            if self.session.options.retried:
                await self.session.in_thread(self.session.queue_retries)
        except CorpusError as error:
            self._stop_for_error(error)

    async def _retry_after_pause(self, request: Request) -> Request | None:
        """Wait out a short pause that the host asked for and return the request again; ``None`` without a pause."""
        host = get_slot_host(downloader_from_crawler(self.crawler), request)
        attempts = request.meta.get("attempts", 1)
        if attempts == MAX_ATTEMPTS or self.session.stopped or not await self._pauses.wait(host):
            return None
        return None if self.session.stopped else request.replace(meta={**request.meta, "attempts": attempts + 1})

    @contextmanager
    def _release_when_done(self, lease: Lease) -> Iterator[None]:
        """Free the lease's place for the next one at the end, whatever happens; stop the crawl if the corpus fails."""
        try:
            yield
        except CorpusError as error:
            self._stop_for_error(error)
        finally:
            self.leases.finish_lease(lease)
            self._report_progress(lease.url)

    # Finding pages

    def _start_discovery(self, site: CrawledSite) -> asyncio.Task[None]:
        self.leases.start_discovery()
        discovery = asyncio.create_task(self._discover(site))
        discovery.add_done_callback(lambda _: self.leases.end_discovery())
        return discovery

    async def _discover(self, site: CrawledSite) -> None:
        """Find the URLs of a site and queue them. An error at one site does not affect the others."""
        try:
            async with self._discovery_slots:
                feeds = await self.session.in_thread(self.session.corpus.crawl.list_feeds, site.source.id)
                known = [ignore_future_times(datetime.now(UTC), feed) for feed in feeds]
                site.stats.is_first_crawl = not known
                await self._poll_site(site, known)
        except CorpusError as error:
            self._stop_for_error(error)
        except Exception as error:
            _log.exception("looking for articles of %s failed", site.stats.url)
            site.stats.problem = f"an internal error: {type(error).__name__}: {error}"

    async def _poll_site(self, site: CrawledSite, known: Sequence[Feed]) -> None:
        """Poll the site at its URL; if the user typed no scheme, at ``http://`` if ``https://`` does not answer."""
        await self._poll_listings(site, known)
        if site.stats.problem and not self.session.stopped and site.fall_back_to_http():
            # One host has one robots.txt: what failed at https:// would count for http://, too.
            self._robots.forget(site.configs[0].url)
            await self._poll_listings(site, known)
            if site.stats.problem is None:
                # The next run begins there.
                move = self.session.corpus.crawl.move_source
                await self.session.in_thread(move, site.source.id, site.configs[0].url)

    async def _poll_listings(self, site: CrawledSite, known: Sequence[Feed]) -> None:
        """Backfill the site, run its custom spider, or poll its listings."""
        render = self.browser.render if site.needs_browser else None
        make_poller = partial(
            ListingPoller, self.crawler, self.session, site, self.workers, self._notify_new_url, render=render
        )
        own = self._custom_spiders.get(site.source.id)
        if since := self.session.options.since:
            is_wanted = partial(is_in_range, since=since)
            await Backfill(self.session, site, make_poller(is_wanted), self._robots, since).run(known)
        elif own is not None:
            await CustomSpiderRun(
                self.crawler, self.session, site, own, self.process_spider_page, self._notify_new_url
            ).run()
        else:
            now, only_due = datetime.now(UTC), self.session.options.only_due
            oldest = site.oldest_wanted
            poller = make_poller(partial(is_in_range, since=oldest)) if oldest else make_poller()
            await Discoverer(site, poller, self._robots, now, only_due=only_due).run(known)

    def _notify_new_url(self) -> None:
        """Say that there are new URLs: leases that had run out may be taken again."""
        self.leases.notify()
        self._report_progress()

    # Beginning and ending

    def open_resources(self) -> None:
        """Open the session, the workers, the browser and the leases. Scrapy calls this before :meth:`start`."""
        try:
            self.session = self._given_session or self._resources.enter_context(self._open_session_from_settings())
            self._custom_spiders = self._load_custom_spiders()
        except (CorpusError, ValueError, ConfigError) as error:
            _log.critical("%s", error)
            raise CloseSpider("no corpus") from error
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        assert robots is not None
        self._robots = robots
        self._pauses = host_pauses_from_crawler(self.crawler)
        self._discovery_slots = asyncio.Semaphore(MAX_CONCURRENT_DISCOVERIES)
        self.workers = Workers(self.session.options.workers, self.session.options.deadline)
        self.browser = Browser(self.crawler)
        self._tdmrep_files = TdmrepFiles(self.crawler)
        self.processor = PageProcessor(
            self.session,
            self.workers,
            self.browser,
            self._custom_spiders,
            self._notify_new_url,
            lambda request: self.crawler.engine.download_async(request),
            self._list_usage_statements,
        )
        self.leases = LeaseQueue(self._take_leases, self.session.options.max_pages)
        for site in self.session.sites.values():
            self._set_pace(site)

    async def _list_usage_statements(self, url: str, site: CrawledSite) -> tuple[UsageStatement, ...]:
        """Return what the host of a page states about its use, in robots.txt and in tdmrep.json."""
        from_tdmrep = await self._tdmrep_files.list_statements(url, site.request_meta)
        return *self._robots.list_usage_statements(url), *from_tdmrep

    def _set_pace(self, site: CrawledSite) -> None:
        """Give the download slots of the site's hosts the delay and concurrency of its source."""
        downloader = downloader_from_crawler(self.crawler)
        names = {f"{www}{host.partition(':')[0]}" for host in site.hosts for www in ("", "www.")}
        for name in names:
            set_concurrency(downloader, name, site.concurrency)
            if site.delay is not None:
                set_delay(downloader, name, site.delay)

    def _load_custom_spiders(self) -> dict[int, Spider]:
        """Load the custom spiders by source id; hosts that a spider allows itself become hosts of its site."""
        spiders = custom_spiders.load_custom_spiders(self.crawler.settings)
        own: dict[int, Spider] = {}
        for key, site in self.session.sites.items():
            if self._only_spider is not None:
                own[key] = self._only_spider
            elif made_for := custom_spiders.find_spider(site.configs[0], spiders):
                own[key] = made_for.from_crawler(self.crawler)
                if made_for.custom_settings:
                    _log.warning("custom_settings of the spider %s hold only where it runs alone", made_for.name)
            if key in own:
                site.hosts |= dict.fromkeys(custom_spiders.list_allowed_hosts(own[key]))
        return own

    def _open_session_from_settings(self) -> AbstractContextManager[Session]:
        """Open a session for ``scrapy crawl``, which knows nothing of ``sources.toml``."""
        if self._only_spider is not None:
            self._sources = [custom_spiders.source_for_spider(self._only_spider)]
        settings = self.crawler.settings
        corpus = self._resources.enter_context(Corpus.open(settings["CLEANWIRE_DATABASE"], create=True))
        options = CrawlOptions(delay=settings.getfloat("DOWNLOAD_DELAY"), timeout=settings.getfloat("DOWNLOAD_TIMEOUT"))
        return open_session(corpus, self._sources, options)

    def stop(self, reason: str) -> None:
        """Fetch nothing more. Pages that have been fetched are still cleaned and committed; then the crawl ends."""
        if self.session.stopped is None:
            self.session.stopped = reason
            self.leases.stop()
            self._tdmrep_files.stop()
            for discovery in self._discoveries:
                discovery.cancel()
            fail_waiting_requests(downloader_from_crawler(self.crawler), RequestRejectedError("stopped", reason))

    def give_up_pages(self) -> None:
        """Stop waiting for pages that a worker or the browser still works on: by now they hang."""
        self.workers.stop()
        self.browser.stop()

    def _stop_for_error(self, error: Exception) -> None:
        """Stop because the corpus cannot be written: everything fetched from now on would be lost."""
        self.session.error = self.session.error or error
        self.stop("error")

    def close_resources(self) -> None:
        """Stop the workers, log the summary and close the session."""
        if hasattr(self, "workers"):
            self.workers.stop()
            _log.info("%s", self.session.build_summary().format_line())
            for problem in self.session.build_summary().problems:
                _log.warning("%s", problem)
            for spider in self._custom_spiders.values():
                if spider is not self._only_spider and callable(closed := getattr(spider, "closed", None)):
                    closed(self.session.stopped or "finished")
        self._resources.close()

    async def close_browser(self) -> None:
        """Close the browser if one was opened."""
        if hasattr(self, "browser"):
            await self.browser.close()

    def count_request(self, request: Request) -> None:
        """Count a request for its site; requests for robots.txt and redirected ones count too."""
        with suppress(ValueError):  # a redirect can name hosts that no site has
            self.session.requests[get_site(request.url)] += 1

    async def _take_leases(self, limit: int, *, busy: Mapping[str, int], per_host: int) -> list[Lease]:
        """Lease pages of the sites that are below their page limit.

        At most as many as the site closest to its limit may still fetch: a batch could be all of that site's.
        """
        remaining = {key: site.remaining_pages for key, site in self.session.sites.items() if site.remaining_pages > 0}
        if not remaining:
            return []
        try:
            return await self.session.in_thread(
                self.session.frontier.lease,
                int(min(limit, *remaining.values())),
                busy={**busy, **dict.fromkeys(self._pauses.paused_hosts, per_host)},
                per_host=per_host,
                sources=list(remaining),
            )
        except CorpusError as error:
            self._stop_for_error(error)
            return []

    def _report_progress(self, last_url: str | None = None) -> None:
        self.session.report_progress(
            waiting=self.leases.outstanding, discovering=self.leases.running_discoveries, last_url=last_url
        )
