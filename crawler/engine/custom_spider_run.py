"""Runs a site's own spider as the part of a crawl that finds the site's articles.

The spider's requests go through the crawl's downloader, and so keep to its politeness, robots.txt and address
guard, and share them with the other sources of the crawl. Scrapy's scheduler is not asked: what is to be fetched
again after a crash is in the frontier, and the pages that list articles are read anew in every run.
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

from cleaning.urls import canonicalise, same_article_key
from crawler.crawled_site import CrawledSite
from crawler.discovery.failures import problem
from crawler.discovery.listing_poller import AT_ONCE, Look
from crawler.engine.site_spider import FoundArticle, SiteSpider
from crawler.fetch.client import header
from crawler.fetch.downloader import downloader_of, host_of
from crawler.fetch.network_guard import explain
from crawler.fetch.retry_after import pauses_of
from crawler.outcomes import of_status
from crawler.pages.field_overrides import stated_fields
from crawler.session import Session
from storage import Candidate, CorpusError

FOLLOWED_AT_ONCE: Final = 8
"""Requests of one spider under way: its host takes one at a time, and the others wait for their callbacks."""
MOST_FOLLOWED: Final = 10_000
"""Pages of one site that its spider may ask for in a run: calendars link to the next day for ever."""
PRIORITY: Final = 2
"""Of an article that a spider has found: behind what feeds name, before what a sitemap merely lists."""
MADE: Final = "X-Cleanwire-Made"
"""The header by which the archive tells a page that a spider has made from one that a server has sent."""

_log = logging.getLogger(__name__)


class Takes(Protocol):
    """What stores a page that has come already, in ``NewsSpider``."""

    def __call__(self, response: Response, found: Candidate, fields: Mapping[str, Any]) -> AsyncIterator[Any]: ...


class SpiderRun:
    """One run of a site's own spider. What it finds is in the frontier, or stored, when it ends."""

    def __init__(
        self,
        crawler: Crawler,
        session: Session,
        site: CrawledSite,
        spider: Spider,
        take: Takes,
        found: Callable[[], None],
    ) -> None:
        self._crawler = crawler
        self._session = session
        self._site = site
        self._spider = spider
        self._take = take
        self._found = found
        self._waiting: asyncio.PriorityQueue[tuple[int, int, Request]] = asyncio.PriorityQueue()
        self._turns = itertools.count()
        self._asked: set[bytes] = set()
        self._looks: list[Look] = []
        self._handed = self._new = 0
        self._error: str | None = None
        if isinstance(spider, SiteSpider):
            spider.asks_if_new = self._is_new

    async def run(self) -> None:
        """Follow the spider's requests until there are no more; a sentence says so where it found nothing.

        Raises CorpusError. What the spider itself raises is logged, and told as the source's problem.
        """
        work: list[Coroutine[Any, Any, None]] = [self._begin(), *(self._follow_all() for _ in range(FOLLOWED_AT_ONCE))]
        begin, *followers = [asyncio.create_task(part) for part in work]
        try:
            await _first_error(begin, followers)
            await _first_error(asyncio.create_task(self._waiting.join()), followers)
        finally:
            for task in (begin, *followers):
                task.cancel()
        self._site.tally.is_first_crawl = 0 < self._handed == self._new
        self._site.tally.problem = self._error or problem(self._looks)

    async def _begin(self) -> None:
        await self._run_callback(self._spider.start(), None, "start")

    async def _follow_all(self) -> None:
        while True:
            *_, request = await self._waiting.get()
            try:
                await self._follow(request)
            finally:
                self._waiting.task_done()

    # The way of a request

    def _queue(self, request: Request) -> None:
        if not request.dont_filter:
            assert self._crawler.request_fingerprinter is not None
            fingerprint = self._crawler.request_fingerprinter.fingerprint(request)
            if fingerprint in self._asked:
                return
            self._asked.add(fingerprint)
        turn = next(self._turns)
        if turn < MOST_FOLLOWED:
            self._waiting.put_nowait((-request.priority, turn, request))
        elif turn == MOST_FOLLOWED:
            self._error = f"its spider asks for more than {MOST_FOLLOWED} pages; those after that are left out"

    async def _follow(self, request: Request) -> None:
        try:
            response = await self._fetch(request)
        except Exception as error:
            self._looks.append(Look(request.url, request.url, *explain(error, request.url)))
            if request.errback is not None:
                failure = Failure(error)  # type: ignore[no-untyped-call]
                failure.request = request  # type: ignore[attr-defined]
                await self._run_callback(request.errback(failure), None, "errback")
            return
        before = self._handed
        # As in Scrapy: a request without a callback is for the spider's `parse`, or what stands for it.
        callback = request.callback or self._spider._parse
        await self._run_callback(callback(response, **request.cb_kwargs), response, getattr(callback, "__name__", ""))
        self._looks.append(Look(request.url, response.url, "read", listed=self._handed - before))

    async def _fetch(self, request: Request) -> Response:
        """The answer; one that brings no page is an error, unless the spider says that it can handle that status."""
        response = await self._attempt(request)
        if of_status(response.status) and await pauses_of(self._crawler).wait(
            host_of(downloader_of(self._crawler), request)
        ):
            response = await self._attempt(request)
        response.request = request
        if of_status(response.status) and not self._handles(response.status, request):
            raise HttpError(response, f"HTTP status {response.status}")
        return response

    async def _attempt(self, request: Request) -> Response:
        return await self._crawler.engine.download_async(request.replace(meta=dict(request.meta)))

    def _handles(self, status: int, request: Request) -> bool:
        if request.meta.get("handle_httpstatus_all"):
            return True
        of_spider = getattr(self._spider, "handle_httpstatus_list", ())
        return status in request.meta.get("handle_httpstatus_list", of_spider)

    async def _run_callback(self, result: Any, response: Response | None, name: str) -> None:
        """Take what a callback gives: any of the forms in which Scrapy's callbacks may give it."""
        candidates: list[Candidate] = []
        try:
            async for output in _outputs(result):
                await self._took(output, response, candidates)
        except (CorpusError, asyncio.CancelledError):
            raise
        except Exception as error:
            where = f" of {response.url}" if response else ""
            _log.exception("the spider %s failed in %s%s", self._spider.name, name, where)
            self._error = self._error or f"its spider failed in {name}{where}: {type(error).__name__}: {error}"
        await self._add(candidates)  # also where it failed: what it had found is found

    async def _took(self, output: Any, response: Response | None, candidates: list[Candidate]) -> None:
        """Take one output; the address of an article goes to ``candidates``."""
        match output:
            case None:
                pass
            case Request():
                self._queue(output)
            case FoundArticle(page=str() as address):
                candidates += self._candidates(address, response, output.fields)
            case FoundArticle(page=Response() as handed):
                await self._store(handed, output.fields)
            case Response():
                await self._store(output, {})
            case _ if made := page_of(output):
                await self._store(made, stated_fields(ItemAdapter(output)))
            case _:
                await self._pass_on(output, response)

    async def _pass_on(self, item: Any, response: Response | None) -> None:
        """Give an item to the pipelines, and to what Scrapy exports."""
        await self._crawler.engine.scraper.start_itemproc_async(item, response=response)

    # Articles

    def _candidates(self, address: str, response: Response | None, fields: Mapping[str, Any]) -> list[Candidate]:
        """What the frontier is told of an address; nothing where the source does not take it."""
        url = canonicalise(address, response.url if response else None)
        if not self._site.owns(url):
            _log.warning("%s hands over %s, which is on another site: `hosts` can add it", self._spider.name, url)
            return []
        if not self._site.takes(url):
            return []
        candidate = Candidate(
            url=url,
            key=same_article_key(url),
            source_id=self._site.source.id,
            found_in="spider",
            priority=PRIORITY,
            title=fields.get("title"),
            published=hint_of(fields.get("published")),
        )
        return [candidate]

    async def _add(self, candidates: list[Candidate]) -> None:
        for start in range(0, len(candidates), AT_ONCE):
            batch = candidates[start : start + AT_ONCE]
            self._count(len(batch), await self._session.in_thread(self._session.frontier.add, batch))

    async def _store(self, page: Response, fields: Mapping[str, Any]) -> None:
        page = ready(page)
        assert page.request is not None
        for candidate in self._candidates(page.request.url, None, {}):
            self._count(1, int(await self._is_new(candidate.url)))
            async for output in self._take(page, candidate, fields):
                await self._pass_on(output, page)

    def _count(self, handed: int, new: int) -> None:
        self._handed += handed
        self._new += new
        self._site.tally.found += new
        if new:
            self._found()

    async def _is_new(self, url: str) -> bool:
        key = same_article_key(url)
        return not await self._session.in_thread(self._session.frontier.knows, key)


async def _first_error(task: asyncio.Task[None], others: list[asyncio.Task[None]]) -> None:
    """Wait for a task, or for one of the others to fail."""
    await asyncio.wait([task, *others], return_when=asyncio.FIRST_COMPLETED)
    for ended in (task, *others):
        if ended.done():
            ended.result()
    if not task.done():
        task.cancel()
    await task


async def _outputs(result: Any) -> AsyncIterator[Any]:
    """What a callback gives, one after the other: from a generator of either kind, a coroutine, a list, or alone."""
    if isawaitable(result):
        result = await result
    if isasyncgen(result) or hasattr(result, "__aiter__"):
        async for output in result:
            yield output
    else:
        for output in arg_to_iter(result):
            yield output


def page_of(item: Any) -> Response | None:
    """The page that an item holds, with its ``url`` and ``html`` or ``body``; ``None`` for any other item."""
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


def ready(page: Response) -> Response:
    """The page with what the crawl wants to know of it: what was asked for, and the charset of a text.

    A page that a spider has made itself, of a text, comes without a header that would tell its charset.
    """
    if page.request is None:
        page.request = Request(page.url)
        page.headers[MADE] = "by its spider"
    if isinstance(page, TextResponse) and header(page, "Content-Type") is None and page._encoding:
        page.headers["Content-Type"] = f"text/html; charset={page.encoding}"
    return page


def hint_of(published: Any) -> Any:
    """A time of publication for the frontier, which wants an aware one; ``None`` for anything else."""
    with suppress(AttributeError):
        return published if published.tzinfo else None
    return None
