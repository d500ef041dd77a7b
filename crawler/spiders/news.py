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
from cleaning.urls import site_of
from crawler.config.models import ConfigError, SourceConfig
from crawler.crawled_site import CrawledSite
from crawler.discovery.backfill import Backfill, is_wanted
from crawler.discovery.discoverer import Discovery
from crawler.discovery.listing_poller import Looker
from crawler.discovery.poll_order import as_of
from crawler.engine import custom_spiders
from crawler.engine.custom_spider_run import SpiderRun
from crawler.engine.page_processor import PageProcessor
from crawler.fetch.browser import Browser
from crawler.fetch.client import validators
from crawler.fetch.downloader import downloader_of, give_back, host_of, set_concurrency, set_delay
from crawler.fetch.network_guard import explain
from crawler.fetch.retry_after import HOST_PAUSED, pauses_of
from crawler.fetch.robots import RobotsRules
from crawler.frontier.lease_queue import Leases
from crawler.outcomes import RefusedError, of_status
from crawler.pages.workers import Workers
from crawler.session import CrawlOptions, Session, open_session
from storage import Candidate, Corpus, CorpusError, Feed, Lease

DISCOVERIES_AT_ONCE: Final = 32
MOST_ATTEMPTS: Final = 3
"""Requests for one page in one run, where its host keeps asking to be left alone for a moment."""

_log = logging.getLogger(__name__)


class NewsSpider(Spider):
    """Crawls news sites, driven by the frontier in the corpus.

    ``scrapy crawl news -a url=https://example.org/`` crawls into the corpus that the setting
    ``CLEANWIRE_DATABASE`` names; several addresses are separated by commas. Articles also come out as items.
    """

    name = "news"
    session: Session
    workers: Workers
    leases: Leases
    browser: Browser
    processor: PageProcessor

    def __init__(self, url: str = "", session: Session | None = None, own: Spider | None = None, **kwargs: Any) -> None:
        """With ``own``, a crawl of the one site that this spider is for."""
        super().__init__(**kwargs)
        if not url and session is None and own is None:
            raise ValueError("say what to crawl: scrapy crawl news -a url=https://example.org/")
        self._sources = [SourceConfig(url=address.strip()) for address in url.split(",") if address.strip()]
        self._given = session
        self._host_of = own
        self._own: dict[int, Spider] = {}
        """The sites' own spiders, by source id."""
        self._opened = ExitStack()
        self._discoveries: list[asyncio.Task[None]] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.begin, signals.spider_opened)
        crawler.signals.connect(spider.end, signals.spider_closed)
        crawler.signals.connect(spider.end_browser, signals.spider_closed)
        crawler.signals.connect(spider.count_request, signals.request_reached_downloader)
        return spider

    # The way of a page

    async def start(self) -> AsyncIterator[Request]:
        """A request for each page that the frontier leases, until nothing is left to fetch or to find."""
        await self._queue_revisits()
        self._discoveries = [self._begin_discovery(site) for site in self.session.sites.values()]
        try:
            async for lease in self.leases:
                site = self.session.sites[lease.source_id]
                site.leased += 1
                # What scripts make changes without the page that they are in.
                known = {} if site.needs_browser else validators(lease.etag, lease.last_modified)
                yield Request(
                    lease.url,
                    headers=known,
                    callback=self.parse,
                    errback=self.fail,
                    cb_kwargs={"lease": lease},
                    dont_filter=True,
                )
        finally:
            for discovery in self._discoveries:
                discovery.cancel()

    async def parse(
        self, response: Response, lease: Lease, fields: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Article | Request]:
        """Clean a page that came, and commit what that gives; ``fields`` outrank what the cleaner reads."""
        assert response.request is not None
        if of_status(response.status) and (again := await self._after_pause(response.request)):
            yield again
            return
        article = None
        with self._until_done(lease):
            article = await self.processor.process(response, lease, fields or {})
        if article is not None:
            yield article

    async def take(self, response: Response, found: Candidate, fields: Mapping[str, Any]) -> AsyncIterator[Any]:
        """Clean and commit a page that a site's own spider has fetched; nothing where the frontier knows it."""
        site = self.session.sites[found.source_id]
        if self.session.stopped or site.room <= 0 or self.leases.are_spent:
            return
        if (lease := await self.session.in_thread(self.session.frontier.claim, found)) is None:
            return
        site.leased += 1
        self.leases.begin(lease)
        async for output in self.parse(response, lease, fields):
            yield output

    async def fail(self, failure: Failure) -> AsyncIterator[Request]:
        """Commit what became of a page that did not come."""
        request: Request = failure.request  # type: ignore[attr-defined]
        lease: Lease = request.cb_kwargs["lease"]
        if again := await self._after_pause(request):
            yield again
            return
        with self._until_done(lease):
            outcome, detail = explain(failure.value, request.url)
            if self.session.stopped or outcome == HOST_PAUSED:
                return  # it was not asked for: it stays leased, and the next run takes it up
            await self.processor.process_failure(request, lease, outcome, detail)

    async def _queue_revisits(self) -> None:
        try:
            await self.session.in_thread(self.session.frontier.queue_revisits, list(self.session.sites))
        except CorpusError as error:
            self._give_up(error)

    async def _after_pause(self, request: Request) -> Request | None:
        """The request again, where its host asked to be left alone for a short time, once that has passed."""
        host = host_of(downloader_of(self.crawler), request)
        attempts = request.meta.get("attempts", 1)
        if attempts == MOST_ATTEMPTS or self.session.stopped or not await self._pauses.wait(host):
            return None
        return None if self.session.stopped else request.replace(meta={**request.meta, "attempts": attempts + 1})

    @contextmanager
    def _until_done(self, lease: Lease) -> Iterator[None]:
        """Give the lease's place to the next one at the end, whatever happens; without the corpus, stop."""
        try:
            yield
        except CorpusError as error:
            self._give_up(error)
        finally:
            self.leases.done(lease)
            self._tell(lease.url)

    # Finding pages

    def _begin_discovery(self, site: CrawledSite) -> asyncio.Task[None]:
        self.leases.begin_looking()
        discovery = asyncio.create_task(self._discover(site))
        discovery.add_done_callback(lambda _: self.leases.end_looking())
        return discovery

    async def _discover(self, site: CrawledSite) -> None:
        """Put what a site has into the frontier. What goes wrong with one site leaves the others alone."""
        try:
            async with self._discovery_places:
                feeds = await self.session.in_thread(self.session.corpus.feeds, site.source.id)
                known = [as_of(datetime.now(UTC), feed) for feed in feeds]
                site.tally.is_first_crawl = not known
                await self._look_for_articles(site, known)
        except CorpusError as error:
            self._give_up(error)
        except Exception as error:
            _log.exception("looking for articles of %s failed", site.tally.url)
            site.tally.problem = f"an internal error: {type(error).__name__}: {error}"

    async def _look_for_articles(self, site: CrawledSite, known: Sequence[Feed]) -> None:
        render = self.browser.render if site.needs_browser else None
        looker = partial(Looker, self.crawler, self.session, site, self.workers, self._found, render=render)
        own = self._own.get(site.source.id)
        if since := self.session.options.since:
            wants = partial(is_wanted, since=since)
            await Backfill(self.session, site, looker(wants), self._robots, since).run(known)
        elif own is not None:
            await SpiderRun(self.crawler, self.session, site, own, self.take, self._found).run()
        else:
            due_at = datetime.now(UTC) if self.session.options.only_due else None
            looks = looker(partial(is_wanted, since=site.oldest)) if site.oldest else looker()
            await Discovery(site, looks, self._robots, due_at).run(known)

    def _found(self) -> None:
        self.leases.wake()
        self._tell()

    # Beginning and ending

    def begin(self) -> None:
        """Take hold of everything that the crawl needs."""
        try:
            self.session = self._given or self._opened.enter_context(self._session_from_settings())
            self._own = self._own_spiders()
        except (CorpusError, ValueError, ConfigError) as error:
            _log.critical("%s", error)
            raise CloseSpider("no corpus") from error
        robots = self.crawler.get_downloader_middleware(RobotsRules)
        assert robots is not None
        self._robots = robots
        self._pauses = pauses_of(self.crawler)
        self._discovery_places = asyncio.Semaphore(DISCOVERIES_AT_ONCE)
        self.workers = Workers(self.session.options.workers, self.session.options.deadline)
        self.browser = Browser(self.crawler)
        self.processor = PageProcessor(self.session, self.workers, self.browser, self._own, self._found)
        self.leases = Leases(self._take_leases, self.session.options.max_pages)
        for site in self.session.sites.values():
            self._keep_its_pace(site)

    def _keep_its_pace(self, site: CrawledSite) -> None:
        downloader = downloader_of(self.crawler)
        names = {f"{www}{host.partition(':')[0]}" for host in site.hosts for www in ("", "www.")}
        for name in names:
            set_concurrency(downloader, name, site.concurrency)
            if site.delay is not None:
                set_delay(downloader, name, site.delay)

    def _own_spiders(self) -> dict[int, Spider]:
        """The sites' own spiders, by source id; each is told which hosts it may find articles on."""
        spiders = custom_spiders.load(self.crawler.settings)
        own: dict[int, Spider] = {}
        for key, site in self.session.sites.items():
            if self._host_of is not None:
                own[key] = self._host_of
            elif made_for := custom_spiders.spider_of(site.configs[0], spiders):
                own[key] = made_for.from_crawler(self.crawler)
                if made_for.custom_settings:
                    _log.warning("custom_settings of the spider %s hold only where it runs alone", made_for.name)
            if key in own:
                site.hosts |= dict.fromkeys(custom_spiders.hosts_of(own[key]))
        return own

    def _session_from_settings(self) -> AbstractContextManager[Session]:
        if self._host_of is not None:
            self._sources = [custom_spiders.source_of(self._host_of)]
        settings = self.crawler.settings
        corpus = self._opened.enter_context(Corpus.open(settings["CLEANWIRE_DATABASE"], create=True))
        options = CrawlOptions(delay=settings.getfloat("DOWNLOAD_DELAY"), timeout=settings.getfloat("DOWNLOAD_TIMEOUT"))
        return open_session(corpus, self._sources, options)

    def stop(self, reason: str) -> None:
        """Fetch nothing more; what has come is still cleaned and committed, then the crawl ends."""
        if self.session.stopped is None:
            self.session.stopped = reason
            self.leases.stop()
            for discovery in self._discoveries:
                discovery.cancel()
            give_back(downloader_of(self.crawler), RefusedError("stopped", reason))

    def give_up_pages(self) -> None:
        """Wait no longer for pages that are being read: they hang in their worker, or in the browser."""
        self.workers.stop()
        self.browser.stop()

    def _give_up(self, error: Exception) -> None:
        """The corpus cannot be written: everything fetched from now on would be lost."""
        self.session.error = self.session.error or error
        self.stop("error")

    def end(self) -> None:
        """Let go of everything."""
        if hasattr(self, "workers"):
            self.workers.stop()
            _log.info("%s", self.session.summary().line())
            for problem in self.session.summary().problems:
                _log.warning("%s", problem)
            for spider in self._own.values():
                if spider is not self._host_of and callable(closed := getattr(spider, "closed", None)):
                    closed(self.session.stopped or "finished")
        self._opened.close()

    async def end_browser(self) -> None:
        """Let go of the browser, where there was one."""
        if hasattr(self, "browser"):
            await self.browser.close()

    def count_request(self, request: Request) -> None:
        """Every request counts for its site, robots.txt and redirects included."""
        with suppress(ValueError):  # a redirect can name hosts that no site has
            self.session.requests[site_of(request.url)] += 1

    async def _take_leases(self, limit: int, *, busy: Mapping[str, int], per_host: int) -> list[Lease]:
        """Lease pages of the sites whose limit leaves room; never more at once than the tightest one."""
        rooms = {key: site.room for key, site in self.session.sites.items() if site.room > 0}
        if not rooms:
            return []
        try:
            return await self.session.in_thread(
                self.session.frontier.lease,
                int(min(limit, *rooms.values())),
                busy={**busy, **dict.fromkeys(self._pauses.hosts, per_host)},
                per_host=per_host,
                sources=list(rooms),
            )
        except CorpusError as error:
            self._give_up(error)
            return []

    def _tell(self, last_url: str | None = None) -> None:
        self.session.tell(waiting=self.leases.outstanding, looking=self.leases.looking, last_url=last_url)
