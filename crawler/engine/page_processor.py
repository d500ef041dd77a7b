"""The way of a page through the crawl, from its response to its commit: see :meth:`PageProcessor.process`."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.http import Response

from cleaning import Article, Cleaned
from cleaning.html.decoding import parse_charset
from cleaning.urls import make_url_key
from cleaning.usage import UsageStatement
from cleaning.worker_pool import WorkerLostError
from crawler.crawled_site import CrawledSite
from crawler.engine.site_spider import SiteSpider
from crawler.fetch import network_guard
from crawler.fetch.browser import Browser, RenderingError, is_renderable
from crawler.fetch.client import get_header, list_headers, to_archive_record
from crawler.fetch.incomplete import INCOMPLETE_RESPONSE_FLAG, is_incomplete_response
from crawler.outcomes import EXCLUDED, NOT_HTML, classify_status, is_possibly_html, is_unreachable
from crawler.pages.article_pages import JOINED_PAGES_FLAG, MAX_ARTICLE_PAGES, MORE_PAGES_FLAG
from crawler.pages.feed_fields import apply_feed_fields
from crawler.pages.field_overrides import apply_overrides
from crawler.pages.site_profile import apply_site_profile
from crawler.pages.tasks import CleanedNews, RejectedPage, read_article, read_feed_text, read_following_page
from crawler.pages.usage_preferences import Permissions, apply_policy, attach_usage_preferences, read_usage_preferences
from crawler.pages.workers import Workers
from crawler.session import Session
from crawler.urls.walls import is_wall_redirect
from storage import Candidate, Exchange, FeedEntry, FetchedPage, Lease
from storage.ingest.retry_policy import classify_failure

MAX_REFRESHES: Final = 3
"""Pages that only send browsers on, one after the other, that are followed."""
ORIGINAL_PRIORITY: Final = 2
"""Priority in the frontier of the URL that an AMP or print rendering names as the article's own: the same as of an
article that a spider has found, because there certainly is one."""

FEED_TEXT_ATTEMPTS: Final = 3
"""Failed attempts, over some seven hours, after which the text of a feed stands in for a page that does not arrive. Its
revisits still bring the page itself once it is back."""

_log = logging.getLogger(__name__)


class PageProcessor:
    """Takes the pages of a crawl through every step to their commit."""

    def __init__(
        self,
        session: Session,
        workers: Workers,
        browser: Browser,
        custom_spiders: Mapping[int, Spider],
        on_new_url: Callable[[], None],
        fetch: Callable[[Request], Awaitable[Response]],
        list_usage_statements: Callable[[str, CrawledSite], Awaitable[Iterable[UsageStatement]]],
    ) -> None:
        """Prepare for a crawl.

        Args:
            session: the run, with its corpus and its sites.
            workers: the processes in which pages are parsed.
            browser: renders the pages of sites that need their scripts.
            custom_spiders: the spiders of sites that have one of their own, by source id.
            on_new_url: called after a page has put a URL into the frontier.
            fetch: sends a request through the middlewares, for pages that belong to another one.
            list_usage_statements: returns what the host of a URL of a site states about the use of its page.
        """
        self._session = session
        self._workers = workers
        self._browser = browser
        self._custom_spiders = custom_spiders
        self._on_new_url = on_new_url
        self._fetch = fetch
        self._list_usage_statements = list_usage_statements

    async def process(self, response: Response, lease: Lease, fields: Mapping[str, Any]) -> Article | None:
        """Take a response through every step to its commit; return its article if that is new or has changed.

        Nothing is committed if the crawl is stopped while a worker reads the page: it stays leased, and the next run
        fetches it again.

        Args:
            response: the answer, after redirects.
            lease: the page's place in the frontier.
            fields: fields of the article that the site's own spider handed over with the page.
        """
        site = self._session.sites[lease.source_id]
        read = check_response(response, lease, site) or await self._read_in_worker(response, lease, site)
        response, read = await self._follow_refreshes(response, read, lease, site)
        if read is None:
            return None
        cleaned = read.cleaned.article if isinstance(read, CleanedNews) else None
        read = _apply_site_profile(read, response, lease, site)
        read = await self._join_pages(read, response, lease, site)
        await self._queue_original(read, lease, site)
        page = build_fetched_page(read, response, lease)
        page = self._apply_spider_fields(page, response, fields)
        robots = read.robots if isinstance(read, RejectedPage) else ()
        page, permissions = await self._apply_usage_preferences(page, response, site, robots)
        record = self._build_archive_record(page, response, permissions, site)
        stored = await self._recover_from_feed(page)
        stored = await self._complete_from_feed(stored, site)
        stored = _apply_source_defaults(stored, site)
        stored = self._schedule_revisit(stored, site)
        outcome = await self._session.commit_page(stored, record)
        _learn(page, outcome, site)
        if cleaned is not None:
            await self._take_back_repeated(cleaned, page, outcome, site)
        return page.cleaned.article if page.cleaned and outcome in ("stored", "updated") else None

    async def process_failure(self, request: Request, lease: Lease, outcome: str, detail: str) -> None:
        """Take a request that got no response to its commit: with the article from its feed if that has the text."""
        site = self._session.sites[lease.source_id]
        page = build_fetched_page(RejectedPage(outcome, detail), request, lease)
        stored = await self._recover_from_feed(page)
        stored = await self._complete_from_feed(stored, site)
        stored = _apply_source_defaults(stored, site)
        stored = self._schedule_revisit(stored, site)
        await self._session.commit_page(stored)

    # The steps, in their order

    async def _read_in_worker(
        self, response: Response, lease: Lease, site: CrawledSite
    ) -> CleanedNews | RejectedPage | None:
        """Clean the page in a worker process; ``None`` if the crawl was stopped before that was done."""
        try:
            body, charset = await self._render(response, site)
            return await self._workers.run(
                read_article,
                body,
                response.url,
                charset,
                lease.found_in,
                requested_url=lease.url,
                is_article_pattern=site.profile.is_article_pattern(response.url),
                is_rendered=site.needs_browser and is_renderable(response),
            )
        except (WorkerLostError, RenderingError) as lost:
            return None if self._session.stopped else RejectedPage(lost.outcome, lost.detail)

    async def _follow_refreshes(
        self, response: Response, read: CleanedNews | RejectedPage | None, lease: Lease, site: CrawledSite
    ) -> tuple[Response, CleanedNews | RejectedPage | None]:
        """Fetch and read the page to which a page without an article sends browsers at once, if it does."""
        for _ in range(MAX_REFRESHES):
            if not isinstance(read, RejectedPage) or read.refresh_url is None:
                break
            fetched = await self._fetch_page(read.refresh_url, lease, site)
            if isinstance(fetched, RejectedPage):
                return response, fetched
            response, read = fetched, await self._read_in_worker(fetched, lease, site)
        return response, read

    async def _join_pages(
        self, read: CleanedNews | RejectedPage, response: Response, lease: Lease, site: CrawledSite
    ) -> CleanedNews | RejectedPage:
        """Fetch the further pages of an article and add their text; flag the article if it goes on after that."""
        for number in range(2, MAX_ARTICLE_PAGES + 1):
            if not isinstance(read, CleanedNews) or read.next_page is None or self._session.stopped:
                break
            following = await self._read_following_page(read, response.url, number, lease, site)
            if isinstance(following, RejectedPage):
                break
            read = following
        if isinstance(read, CleanedNews) and read.next_page is not None:
            return replace(read, cleaned=add_flag(read.cleaned, MORE_PAGES_FLAG))
        return read

    async def _read_following_page(
        self, article: CleanedNews, first_url: str, number: int, lease: Lease, site: CrawledSite
    ) -> CleanedNews | RejectedPage:
        assert article.next_page is not None
        fetched = await self._fetch_page(article.next_page, lease, site)
        if isinstance(fetched, RejectedPage):
            return fetched
        try:
            body, charset = await self._render(fetched, site)
            return await self._workers.run(read_following_page, article, body, fetched.url, charset, first_url, number)
        except (WorkerLostError, RenderingError) as lost:
            return RejectedPage(lost.outcome, lost.detail)

    async def _fetch_page(self, url: str, lease: Lease, site: CrawledSite) -> Response | RejectedPage:
        """Fetch a page that belongs to another one; return its outcome if there is nothing to read."""
        try:
            response = await self._fetch(Request(url, meta=site.request_meta, dont_filter=True))
        except Exception as error:
            return RejectedPage(*network_guard.classify_failure(error, url))
        return check_response(response, lease, site) or response

    async def _render(self, response: Response, site: CrawledSite) -> tuple[bytes, str | None]:
        """Return the page's bytes and their charset: after its scripts have run, if the site needs that."""
        if site.needs_browser and is_renderable(response):
            return await self._browser.render(response), "utf-8"
        return response.body, parse_charset(get_header(response, "Content-Type") or "")

    async def _queue_original(self, read: CleanedNews | RejectedPage, lease: Lease, site: CrawledSite) -> None:
        """Put the article's own URL into the frontier if the page is only another rendering of it."""
        if isinstance(read, CleanedNews) or (url := read.original_url) is None:
            return
        original = Candidate(
            url, make_url_key(url), lease.source_id, lease.found_in, ORIGINAL_PRIORITY, lease.title, lease.published
        )
        site.stats.found += len(await self._session.in_thread(self._session.frontier.add, [original]))
        self._on_new_url()

    def _apply_spider_fields(self, page: FetchedPage, response: Response, fields: Mapping[str, Any]) -> FetchedPage:
        """Replace fields of the article by those that the site's own spider knows."""
        if page.cleaned is None:
            return page
        spider = self._custom_spiders.get(page.lease.source_id)
        try:
            read = spider.fields(response) if isinstance(spider, SiteSpider) else {}
            return replace(page, cleaned=apply_overrides(page.cleaned, {**read, **fields}))
        except Exception as error:  # whatever the author's code raises: the article is complete without its fields
            _log.exception("the spider's fields of %s are left out", response.url)
            tally = self._session.sites[page.lease.source_id].stats
            tally.problem = f"its spider's fields of {response.url} are left out: {type(error).__name__}: {error}"
            return page

    async def _apply_usage_preferences(
        self, page: FetchedPage, response: Response, site: CrawledSite, robots: tuple[str, ...]
    ) -> tuple[FetchedPage, Permissions]:
        """Record what the server and the page ask of robots, and drop the article if that forbids to keep it.

        ``robots`` are the directives of a page without an article: it may forbid to be archived, too.
        """
        article = page.cleaned.article if page.cleaned else None
        stated = await self._list_usage_statements(response.url, site) if article else ()
        headers = list_headers(response)
        preferences = read_usage_preferences(headers, response.url, article, page.fetched_at, stated, robots)
        defaults, config = self._session.options.defaults, site.configs[0]
        permissions = apply_policy(preferences, defaults.get_obeyed_preferences(config), defaults.get_purpose(config))
        if page.cleaned is None:
            return page, permissions
        if permissions.outcome:
            detail = permissions.detail
            return replace(
                page, outcome=permissions.outcome, detail=detail, cleaned=None, article_key=None
            ), permissions
        cleaned = replace(page.cleaned, article=attach_usage_preferences(page.cleaned.article, preferences))
        return replace(page, cleaned=cleaned), permissions

    def _build_archive_record(
        self, page: FetchedPage, response: Response, permissions: Permissions, site: CrawledSite
    ) -> Exchange | None:
        """Build what the archive keeps of the exchange; ``None`` if it keeps nothing."""
        is_archived = self._session.options.archive is not None and site.configs[0].archive
        if not is_archived or not permissions.may_archive or response.status == 304:
            return None
        if page.cleaned is not None and JOINED_PAGES_FLAG in page.cleaned.article.flags:
            return None  # cleaning the first page again would take the text of the others away
        return to_archive_record(response, page.fetched_at)

    async def _recover_from_feed(self, page: FetchedPage) -> FetchedPage:
        """Take the article from its feed's full text if the page itself cannot be read, now or later."""
        lease = page.lease
        is_retried = classify_failure(page.outcome) == "passing" and lease.attempts + 1 < FEED_TEXT_ATTEMPTS
        if page.cleaned is not None or lease.found_in != "feed" or lease.article_id is not None:
            return page
        if is_retried or not is_unreachable(page.outcome):
            return page
        entry = await self._session.in_thread(self._session.frontier.get_feed_entry, lease)
        if entry.html is None:
            return page
        try:
            read = await self._workers.run(read_feed_text, entry.html, lease.url, lease.title)
        except WorkerLostError:
            return page
        if isinstance(read, RejectedPage):
            return page
        detail = f"the text is its feed's: {page.outcome}"
        return replace(page, outcome="article", detail=detail, cleaned=read.cleaned, article_key=read.article_key)

    async def _complete_from_feed(self, page: FetchedPage, site: CrawledSite) -> FetchedPage:
        """Fill in the date, the authors and the tags that the article lacks from its listing."""
        lease, cleaned = page.lease, page.cleaned
        if cleaned is None or lease.found_in not in ("feed", "sitemap"):
            return page
        entry = FeedEntry()
        if lease.found_in == "feed" and not (cleaned.article.authors and cleaned.article.tags):
            entry = await self._session.in_thread(self._session.frontier.get_feed_entry, lease)
        names = [name for config in site.configs if (name := config.name)]
        return replace(page, cleaned=apply_feed_fields(cleaned, lease, entry, names))

    async def _take_back_repeated(self, article: Article, page: FetchedPage, outcome: str, site: CrawledSite) -> None:
        """Take an earlier page back if this one has shown that it is no article, but what many URLs return."""
        if page.lease.found_in == "spider":
            return
        # Two URLs are enough if their listings announce different stories.
        if outcome != "duplicate" and site.profile.count_sharing_urls(page.final_url, article) < 2:
            return
        frontier, source_id = self._session.frontier, page.lease.source_id
        count = await self._session.in_thread(frontier.take_back, source_id, article, page.lease.title)
        if count:
            site.profile = site.profile.learn_repeated_text(article)
            self._session.notes.append(
                f"{site.stats.name}: “{article.title or page.final_url}” was taken out of the corpus again: it is what "
                f"the site returns at many URLs ({count} so far), which are tried again"
            )

    def _schedule_revisit(self, page: FetchedPage, site: CrawledSite) -> FetchedPage:
        """Set the time at which an article is fetched again to see whether it has changed."""
        if page.cleaned is None and page.lease.article_id is None:
            return page
        return replace(
            page,
            revisit_at=site.schedule_revisit(
                page.first_fetched_at, page.fetched_at, self._session.options.defaults, _find_published(page)
            ),
        )


def _find_published(page: FetchedPage) -> datetime | None:
    """Return when an article was published, according to its page or else its listing; ``None`` if unknown.

    The result has a time zone: without one, UTC is assumed.
    """
    stated = page.cleaned.article.published if page.cleaned else None
    published = stated or page.lease.published
    return published.replace(tzinfo=UTC) if published is not None and published.tzinfo is None else published


def check_response(response: Response, lease: Lease, site: CrawledSite) -> RejectedPage | None:
    """Return the outcome of a response that brings no page to read; ``None`` if a worker is to read it."""
    content_type = get_header(response, "Content-Type") or ""
    if response.status == 304 and lease.article_id is not None:
        return RejectedPage("unchanged", None)
    if outcome := classify_status(response.status):
        return RejectedPage(outcome, f"HTTP status {response.status}")
    if not is_possibly_html(content_type):
        return RejectedPage(NOT_HTML, f"the server calls it {content_type}")
    if not site.owns_url(response.url) and is_wall_redirect(lease.url, response.url):
        return RejectedPage("consent-page", f"it redirects to {urlsplit(response.url).hostname}")
    if not site.owns_url(response.url):
        return RejectedPage("off-site", "a redirect leads to another site")
    if site.is_click_counter(lease.url) and not site.accepts_url(response.url):
        return RejectedPage(EXCLUDED, "a click counter leads to a URL that sources.toml excludes")
    return None


def _apply_site_profile(
    read: CleanedNews | RejectedPage, response: Response, lease: Lease, site: CrawledSite
) -> CleanedNews | RejectedPage:
    """Reconsider the result in the light of the site's other pages, unless the site's own spider vouches for it."""
    return read if lease.found_in == "spider" else apply_site_profile(read, response.url, lease.found_in, site.profile)


def build_fetched_page(read: CleanedNews | RejectedPage, source: Request | Response, lease: Lease) -> FetchedPage:
    """Build the record of a page from what was read of it and from its response, or from the request that got none."""
    news = read if isinstance(read, CleanedNews) else None
    outcome, detail = ("article", None) if isinstance(read, CleanedNews) else (read.reason, read.detail)
    response = source if isinstance(source, Response) else None
    etag, last_modified = (get_header(response, name) if response else None for name in ("ETag", "Last-Modified"))
    cleaned = news.cleaned if news else None
    if cleaned is not None and response is not None and is_incomplete_response(response):
        cleaned = add_flag(cleaned, INCOMPLETE_RESPONSE_FLAG)
    return FetchedPage(
        lease=lease,
        final_url=source.url,
        http_status=response.status if response else None,
        outcome=outcome,
        detail=detail,
        fetched_at=datetime.now(UTC),
        milliseconds=round(1000 * source.meta.get("download_latency", 0)),
        bytes=len(response.body) if response else 0,
        cleaned=cleaned,
        article_key=news.article_key if news else None,
        # Servers may leave the validators out of a 304; those of the page that has not changed still hold.
        etag=etag or (lease.etag if outcome == "unchanged" else None),
        last_modified=last_modified or (lease.last_modified if outcome == "unchanged" else None),
    )


def add_flag(cleaned: Cleaned, flag: str) -> Cleaned:
    """Return a cleaned article with one flag more."""
    return replace(cleaned, article=replace(cleaned.article, flags=(*cleaned.article.flags, flag)))


def _apply_source_defaults(page: FetchedPage, site: CrawledSite) -> FetchedPage:
    """Fill in what the article lacks from what the user says of the source in ``sources.toml``."""
    return replace(page, cleaned=site.apply_source_defaults(page.cleaned)) if page.cleaned else page


def _learn(page: FetchedPage, outcome: str, site: CrawledSite) -> None:
    """Let the site's profile learn from a page. Later visits to the same page teach nothing more.

    What the profile learns from is the page as the site sent it: not the text of its feed.
    """
    if page.lease.article_id is not None and page.cleaned is not None and outcome == "updated":
        site.profile = site.profile.learn_text(page.final_url, page.cleaned.article)
    if page.lease.article_id is None:
        article = page.cleaned.article if page.cleaned else None
        site.profile = site.profile.learn(page.final_url, outcome, article, requested_url=page.lease.url)
        if classify_failure(outcome) not in ("passing", "for-now"):
            is_article = outcome in ("stored", "duplicate")
            site.portfolio = site.portfolio.settle(make_url_key(page.lease.url), is_article=is_article)
