"""What a page gives that has come: the record that is committed, with its article where it holds one."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from scrapy import Request, Spider
from scrapy.http import Response

from cleaning import Cleaned
from cleaning.html.decoding import charset_of
from cleaning.urls import same_article_key
from cleaning.worker_pool import WorkerLostError
from crawler.engine.site_spider import SiteSpider
from crawler.fetch.browser import Browser, RenderingError, is_page
from crawler.fetch.client import exchange_of, header, headers_of
from crawler.outcomes import NOT_HTML, is_out_of_reach, may_be_html, of_status
from crawler.pages.field_overrides import with_fields
from crawler.pages.site_profile import reconsider
from crawler.pages.tasks import News, Rejected, read_article, read_feed_text
from crawler.pages.usage_preferences import Leave, decide, wishes_of, with_wishes
from crawler.pages.workers import Workers
from crawler.session import Session
from storage import Candidate, Exchange, FetchedPage, Lease
from storage.ingest.change_detection import passes, wait_after

TWIN_PRIORITY: Final = 2
"""Of the address that a rendering for AMP or for the printer names as the article's own."""

_log = logging.getLogger(__name__)


class Pages:
    """Reads the pages of a crawl."""

    def __init__(
        self,
        session: Session,
        workers: Workers,
        browser: Browser,
        own: Mapping[int, Spider],
        found: Callable[[], None],
    ) -> None:
        """``own`` are the sites' own spiders by source id; ``found`` is told of each address that a page adds."""
        self._session = session
        self._workers = workers
        self._browser = browser
        self._own = own
        self._found = found

    async def read(self, response: Response, lease: Lease, fields: Mapping[str, Any]) -> FetchedPage | None:
        """What a page gives; ``None`` where the crawl was stopped before it was clean."""
        content_type = header(response, "Content-Type") or ""
        if response.status == 304 and lease.article_id is not None:
            return record(lease, response, "unchanged", None)
        if outcome := of_status(response.status):
            return record(lease, response, outcome, f"HTTP status {response.status}")
        if not may_be_html(content_type):
            return record(lease, response, NOT_HTML, f"the server calls it {content_type}")
        if not self._session.sites[lease.source_id].owns(response.url):
            return record(lease, response, "off-site", "a redirect leads to another site")
        profile = self._session.sites[lease.source_id].profile
        try:
            body, charset = await self._rendered(response, lease)
            read = await self._workers.run(
                read_article,
                body,
                response.url,
                charset,
                lease.found_in,
                asked=lease.url,
                vouched=profile.vouches(response.url),
            )
        except (WorkerLostError, RenderingError) as lost:
            return None if self._session.stopped else record(lease, response, lost.outcome, lost.detail)
        if lease.found_in != "spider":  # which knows its site better
            read = reconsider(read, response.url, lease.found_in, profile)
        if isinstance(read, Rejected):
            if read.instead is not None:
                await self._queue_instead(read.instead, lease)
            return record(lease, response, read.reason, read.detail)
        return record(lease, response, "article", None, self._stated(read.cleaned, response, lease, fields), read.key)

    async def _rendered(self, response: Response, lease: Lease) -> tuple[bytes, str | None]:
        """The page, as its scripts leave it where the site needs that, and its charset as far as that was told."""
        if self._session.sites[lease.source_id].needs_browser and is_page(response):
            return await self._browser.render(response), "utf-8"
        return response.body, charset_of(header(response, "Content-Type") or "")

    async def _queue_instead(self, url: str, lease: Lease) -> None:
        """Put the address of an article into the frontier of which only a rendering was found."""
        found = Candidate(
            url, same_article_key(url), lease.source_id, lease.found_in, TWIN_PRIORITY, lease.title, lease.published
        )
        self._session.sites[lease.source_id].tally.found += await self._session.in_thread(
            self._session.frontier.add, [found]
        )
        self._found()

    def _stated(self, cleaned: Cleaned, response: Response, lease: Lease, fields: Mapping[str, Any]) -> Cleaned:
        """The article with what its site's own spider knows of it."""
        own = self._own.get(lease.source_id)
        try:
            return with_fields(cleaned, {**(own.fields(response) if isinstance(own, SiteSpider) else {}), **fields})
        except Exception as error:  # whatever the spider's code raises: the article is whole without it
            _log.exception("the spider's fields of %s are left out", response.url)
            tally = self._session.sites[lease.source_id].tally
            tally.problem = f"its spider's fields of {response.url} are left out: {type(error).__name__}: {error}"
            return cleaned

    def as_wished(self, response: Response, page: FetchedPage) -> tuple[FetchedPage, Leave]:
        """A page with what its server and itself ask of robots, without its article where that is obeyed."""
        config = self._session.sites[page.lease.source_id].configs[0]
        article = page.cleaned.article if page.cleaned else None
        wishes = wishes_of(headers_of(response), response.url, article, page.fetched_at)
        leave = decide(wishes, self._session.options.defaults.obey_of(config))
        if page.cleaned is None:
            return page, leave
        if leave.outcome:
            asked = "by its server or by itself"
            return replace(page, outcome=leave.outcome, detail=asked, cleaned=None, article_key=None), leave
        return replace(page, cleaned=replace(page.cleaned, article=with_wishes(page.cleaned.article, wishes))), leave

    def exchange(self, response: Response, lease: Lease, page: FetchedPage) -> Exchange | None:
        """What is archived of a page, where it is to be."""
        is_wanted = (
            self._session.options.archive is not None and self._session.sites[lease.source_id].configs[0].archive
        )
        return exchange_of(response, page.fetched_at) if is_wanted and response.status != 304 else None

    async def from_feed(self, page: FetchedPage) -> News | None:
        """The article from its feed's text, where the feed has one and the page cannot be had for good."""
        lease = page.lease
        may_pass = passes(page.outcome, page.http_status) and wait_after(lease.attempts + 1) is not None
        if lease.found_in != "feed" or lease.article_id is not None or may_pass or not is_out_of_reach(page.outcome):
            return None
        if (content := await self._session.in_thread(self._session.frontier.feed_text, lease)) is None:
            return None
        try:
            read = await self._workers.run(read_feed_text, content, lease.url, lease.title, lease.published)
        except WorkerLostError:
            return None
        return read if isinstance(read, News) else None


def record(
    lease: Lease,
    source: Request | Response,
    outcome: str,
    detail: str | None,
    cleaned: Cleaned | None = None,
    key: str | None = None,
) -> FetchedPage:
    """The record of a page, from the answer or from the request that got none."""
    answer = source if isinstance(source, Response) else None
    etag, last_modified = (header(answer, name) if answer else None for name in ("ETag", "Last-Modified"))
    return FetchedPage(
        lease=lease,
        final_url=source.url,
        http_status=answer.status if answer else None,
        outcome=outcome,
        detail=detail,
        fetched_at=datetime.now(UTC),
        milliseconds=round(1000 * source.meta.get("download_latency", 0)),
        bytes=len(answer.body) if answer else 0,
        cleaned=cleaned,
        article_key=key,
        etag=etag or (lease.etag if outcome == "unchanged" else None),
        last_modified=last_modified or (lease.last_modified if outcome == "unchanged" else None),
    )
