"""Runs a site's custom spider as the part of a crawl that finds the site's articles.

The spider's requests go through the crawl's downloader: its politeness, robots.txt and network guard hold for them too,
together with the other sources of the crawl. Scrapy's scheduler is not used: articles that must be fetched again after
a crash are in the frontier, and the pages that list articles are fetched in every run anyway.
"""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import suppress
from inspect import isasyncgen, isawaitable
from typing import Any, Final, Protocol

from itemadapter import ItemAdapter
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.utils.misc import arg_to_iter
from twisted.python.failure import Failure

from cleaning.urls import canonicalise, make_url_key
from crawler.crawled_site import CrawledSite
from crawler.discovery.failures import describe_problem
from crawler.discovery.listing_poller import ENQUEUE_BATCH, PollResult
from crawler.engine.site_spider import FoundArticle, SiteSpider
from crawler.fetch.client import get_header
from crawler.fetch.downloader import downloader_from_crawler, get_slot_host
from crawler.fetch.network_guard import classify_failure
from crawler.fetch.retry_after import host_pauses_from_crawler
from crawler.outcomes import classify_status
from crawler.pages.field_overrides import read_overrides
from crawler.session import Session
from storage import Candidate, CorpusError

CONCURRENT_REQUESTS: Final = 8
"""Requests of one spider under way: the host takes one at a time, the others wait in their callbacks."""
MAX_REQUESTS: Final = 10_000
"""Pages that a spider may request in one run, besides articles: calendars link to the next day forever."""
ARTICLE_PRIORITY: Final = 2
"""Priority in the frontier of an article that a spider has found: after those in feeds, before those in sitemaps."""
MADE_BY_SPIDER_HEADER: Final = "X-Cleanwire-Made"
"""The header that marks a page in the archive as made by a spider and not sent by a server."""

_log = logging.getLogger(__name__)


class PageSink(Protocol):
    """Processes a page that has been fetched already: :meth:`crawler.spiders.news.NewsSpider.process_spider_page`."""

    def __call__(self, response: Response, found: Candidate, fields: Mapping[str, Any]) -> AsyncIterator[Any]: ...


class CustomSpiderRun:
    """One run of a custom spider. When it ends, everything the spider has found is in the frontier or stored."""

    def __init__(
        self,
        crawler: Crawler,
        session: Session,
        site: CrawledSite,
        spider: Spider,
        process_page: PageSink,
        on_new_url: Callable[[], None],
    ) -> None:
        self._crawler = crawler
        self._session = session
        self._site = site
        self._spider = spider
        self._process_page = process_page
        self._on_new_url = on_new_url
        self._requests: asyncio.PriorityQueue[tuple[int, int, Request]] = asyncio.PriorityQueue()
        self._request_numbers = itertools.count()
        self._fingerprints: set[bytes] = set()
        self._polls: list[PollResult] = []
        self._handed_over = self._new = 0
        self._error: str | None = None
        if isinstance(spider, SiteSpider):
            spider.check_is_new = self._is_new

    async def run(self) -> None:
        """Follow the spider's requests until there are no more.

        An exception of the spider is logged and becomes the source's problem in the summary; so does finding nothing.

        Raises:
            CorpusError: the frontier cannot be written.
        """
        work: list[Coroutine[Any, Any, None]] = [
            self._start(),
            *(self._follow_all() for _ in range(CONCURRENT_REQUESTS)),
        ]
        begin, *followers = [asyncio.create_task(part) for part in work]
        try:
            await _await_task(begin, followers)
            await _await_task(asyncio.create_task(self._requests.join()), followers)
        finally:
            for task in (begin, *followers):
                task.cancel()
        self._site.stats.is_first_crawl = 0 < self._handed_over == self._new
        self._site.stats.problem = self._error or describe_problem(self._polls)

    async def _start(self) -> None:
        """Run the spider's ``start``."""
        await self._run_callback(self._spider.start(), None, "start")

    async def _follow_all(self) -> None:
        """Follow queued requests one after the other, until cancelled."""
        while True:
            *_, request = await self._requests.get()
            try:
                await self._follow(request)
            finally:
                self._requests.task_done()

    # Requests: queue, fetch, callback

    def _queue(self, request: Request) -> None:
        """Queue a request unless it was queued before (``dont_filter`` as in Scrapy) or the run has had enough."""
        if not request.dont_filter:
            assert self._crawler.request_fingerprinter is not None
            fingerprint = self._crawler.request_fingerprinter.fingerprint(request)
            if fingerprint in self._fingerprints:
                return
            self._fingerprints.add(fingerprint)
        turn = next(self._request_numbers)
        if turn < MAX_REQUESTS:
            self._requests.put_nowait((-request.priority, turn, request))
        elif turn == MAX_REQUESTS:
            self._error = f"its spider requests more than {MAX_REQUESTS} pages; the rest is left out"

    async def _follow(self, request: Request) -> None:
        """Fetch a request and run its callback, or its errback."""
        try:
            response = await self._fetch(request)
        except Exception as error:
            self._polls.append(PollResult(request.url, request.url, *classify_failure(error, request.url)))
            if request.errback is not None:
                failure = Failure(error)  # type: ignore[no-untyped-call]
                failure.request = request  # type: ignore[attr-defined]
                await self._run_callback(request.errback(failure), None, "errback")
            return
        before = self._handed_over
        # As in Scrapy: a request without a callback is for the spider's `parse`, or what stands for it.
        callback = request.callback or self._spider._parse
        await self._run_callback(callback(response, **request.cb_kwargs), response, getattr(callback, "__name__", ""))
        self._polls.append(PollResult(request.url, response.url, "read", listed_count=self._handed_over - before))

    async def _fetch(self, request: Request) -> Response:
        """Fetch a request; an error status raises HttpError unless the spider says that it handles that status."""
        response = await self._download(request)
        if classify_status(response.status) and await host_pauses_from_crawler(self._crawler).wait(
            get_slot_host(downloader_from_crawler(self._crawler), request)
        ):
            response = await self._download(request)
        response.request = request
        if classify_status(response.status) and not self._is_handled_status(response.status, request):
            raise HttpError(response, f"HTTP status {response.status}")
        return response

    async def _download(self, request: Request) -> Response:
        meta = {**self._site.request_meta, **request.meta}
        return await self._crawler.engine.download_async(request.replace(meta=meta))

    def _is_handled_status(self, status: int, request: Request) -> bool:
        if request.meta.get("handle_httpstatus_all"):
            return True
        of_spider = getattr(self._spider, "handle_httpstatus_list", ())
        return status in request.meta.get("handle_httpstatus_list", of_spider)

    async def _run_callback(self, result: Any, response: Response | None, name: str) -> None:
        """Take the outputs of a callback, in any form that Scrapy allows."""
        candidates: list[Candidate] = []
        try:
            async for output in _iter_outputs(result):
                await self._take_output(output, response, candidates)
        except (CorpusError, asyncio.CancelledError):
            raise
        except Exception as error:
            where = f" of {response.url}" if response else ""
            _log.exception("the spider %s failed in %s%s", self._spider.name, name, where)
            self._error = self._error or f"its spider failed in {name}{where}: {type(error).__name__}: {error}"
        await self._queue_articles(candidates)  # even if the callback failed: what it found before is good

    async def _take_output(self, output: Any, response: Response | None, candidates: list[Candidate]) -> None:
        """Take one output: queue a request, store a page, or add the URL of an article to ``candidates``."""
        match output:
            case None:
                pass
            case Request():
                self._queue(output)
            case FoundArticle(page=str() as url):
                candidates += self._build_candidates(url, response, output.fields)
            case FoundArticle(page=Response() as handed):
                await self._store(handed, output.fields)
            case Response():
                await self._store(output, {})
            case _ if made := extract_page(output):
                await self._store(made, read_overrides(ItemAdapter(output)))
            case _:
                await self._pass_to_pipelines(output, response)

    async def _pass_to_pipelines(self, item: Any, response: Response | None) -> None:
        """Pass an item to Scrapy's item pipelines and feed exports."""
        await self._crawler.engine.scraper.start_itemproc_async(item, response=response)

    # Articles

    def _build_candidates(self, address: str, response: Response | None, fields: Mapping[str, Any]) -> list[Candidate]:
        """Build the frontier's entry for an article; none if the source does not accept its URL."""
        url = canonicalise(address, response.url if response else None)
        if not self._site.owns_url(url):
            _log.warning("%s hands over %s, which is on another site: `hosts` can add it", self._spider.name, url)
            return []
        if not self._site.accepts_url(url):
            return []
        candidate = Candidate(
            url=url,
            key=make_url_key(url),
            source_id=self._site.source.id,
            found_in="spider",
            priority=ARTICLE_PRIORITY,
            title=fields.get("title"),
            published=normalize_published(fields.get("published")),
        )
        return [candidate]

    async def _queue_articles(self, candidates: list[Candidate]) -> None:
        for start in range(0, len(candidates), ENQUEUE_BATCH):
            batch = candidates[start : start + ENQUEUE_BATCH]
            self._count(len(batch), len(await self._session.in_thread(self._session.frontier.add, batch)))

    async def _store(self, page: Response, fields: Mapping[str, Any]) -> None:
        """Process a page that the spider hands over, and pass the article on as an item."""
        page = prepare_page(page)
        assert page.request is not None
        for candidate in self._build_candidates(page.request.url, None, {}):
            self._count(1, int(await self._is_new(candidate.url)))
            async for output in self._process_page(page, candidate, fields):
                await self._pass_to_pipelines(output, page)

    def _count(self, handed: int, new: int) -> None:
        self._handed_over += handed
        self._new += new
        self._site.stats.found += new
        if new:
            self._on_new_url()

    async def _is_new(self, url: str) -> bool:
        """Return whether the frontier does not know a URL."""
        key = make_url_key(url)
        return not await self._session.in_thread(self._session.frontier.contains, key)


async def _await_task(task: asyncio.Task[None], others: list[asyncio.Task[None]]) -> None:
    """Wait for a task; raise the error of the others if one of them fails first."""
    await asyncio.wait([task, *others], return_when=asyncio.FIRST_COMPLETED)
    for ended in (task, *others):
        if ended.done():
            ended.result()
    if not task.done():
        task.cancel()
    await task


async def _iter_outputs(result: Any) -> AsyncIterator[Any]:
    """Yield the outputs of a callback: a generator of either kind, a coroutine, a list or a single value."""
    if isawaitable(result):
        result = await result
    if isasyncgen(result) or hasattr(result, "__aiter__"):
        async for output in result:
            yield output
    else:
        for output in arg_to_iter(result):
            yield output


def extract_page(item: Any) -> Response | None:
    """Return the page in an item that has a ``url`` and an ``html`` or ``body``; ``None`` for any other item."""
    if not ItemAdapter.is_item(item):
        return None
    values = ItemAdapter(item)
    body = values.get("html") or values.get("body")
    url = values.get("url")
    if not isinstance(url, str) or not isinstance(body, str | bytes):
        return None
    if isinstance(body, bytes):
        return HtmlResponse(url, body=body)
    return HtmlResponse(url, body=body, encoding="utf-8")


def prepare_page(page: Response) -> Response:
    """Complete a page that a spider hands over: its request, and a Content-Type header with the charset of its text.

    A page that a spider has made from a string has neither.
    """
    if page.request is None:
        page.request = Request(page.url)
        page.headers[MADE_BY_SPIDER_HEADER] = "by its spider"
    if isinstance(page, TextResponse) and get_header(page, "Content-Type") is None and page._encoding:
        page.headers["Content-Type"] = f"text/html; charset={page.encoding}"
    return page


def normalize_published(published: Any) -> Any:
    """Return a timezone-aware datetime unchanged, and ``None`` for anything else, as the frontier needs it."""
    with suppress(AttributeError):
        return published if published.tzinfo else None
    return None
