"""A look at one page that lists articles: fetch it, read it in a worker, queue what it lists, remember it."""

import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from scrapy.crawler import Crawler
from scrapy.http import Response

from cleaning.worker_pool import WorkerLostError
from crawler.crawled_site import CrawledSite
from crawler.fetch.browser import RenderingError, is_renderable
from crawler.fetch.client import FetchFailedError, ListingResponse, drop_body, fetch_listing_response
from crawler.frontier.schedule import compute_interval, compute_next_poll, use_conditional_request
from crawler.pages.tasks import ExpectedFormat, UnreadableListing, read_listing
from crawler.pages.workers import Workers
from crawler.parsers.listings import ListedLink, Listing, ListingKind
from crawler.session import Session
from crawler.stats import PollStats
from storage import Candidate, Feed

ENQUEUE_BATCH: Final = 2_000
"""Addresses that are put into the frontier in one go; finished pages wait for their commit meanwhile."""
NAMED_NEWS_PRIORITY: Final = 3
"""The priority of what a feed or a news sitemap names."""
_PRIORITY_BY_LISTING: Final[dict[tuple[ListingKind, bool], int]] = {
    ("sitemap", True): 2,
    ("section", True): 2,
    ("sitemap", False): 1,
    ("section", False): 0,
}


@dataclass(frozen=True, slots=True)
class PollResult:
    """What a look at a listing gave."""

    requested_url: str
    """What was asked for."""
    final_url: str
    """Where redirects led."""
    outcome: str
    """``"read"``, ``"unchanged"``, or why it could not be had."""
    detail: str = ""
    listing: Listing | None = None
    """What it says; without the pages that it lists once those, which may be many, are in the frontier."""
    listed_count: int = 0
    """Pages that may be articles."""
    fresh_count: int = 0
    """Addresses that no listing of that kind has named in this run."""
    wanted_count: int = 0
    """How many of those that are listed were wanted."""
    new_count: int = 0
    """Addresses that the frontier did not know."""
    response: ListingResponse | None = None
    body_hash: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the listing could not be had or read."""
        return self.outcome not in ("read", "unchanged")

    @property
    def is_redundant_feed(self) -> bool:
        """Whether it is a feed in which everything had been named before."""
        return self.listing is not None and self.listing.kind == "feed" and not self.fresh_count

    @property
    def next_page(self) -> str | None:
        """Where the list goes on."""
        return self.listing.next_page if self.listing else None


class ListingPoller:
    """Looks at the listings of one site."""

    def __init__(
        self,
        crawler: Crawler,
        session: Session,
        site: CrawledSite,
        workers: Workers,
        found: Callable[[], None],
        wants: Callable[[ListedLink], bool] = lambda page: True,
        render: Callable[[Response], Awaitable[bytes]] | None = None,
    ) -> None:
        """Of what listings list, only what the source takes and ``wants`` lets pass is queued.

        With ``render``, pages are read as that gives them.
        """
        self._render = render
        self._is_wanted = wants
        self._crawler = crawler
        self._session = session
        self._site = site
        self._workers = workers
        self._on_new_url = found
        self._rejected_keys: set[str] = set()
        """Keys of what a listing showed to be unwanted: others may tell less of the same pages."""
        self._seen_keys: dict[ListingKind, set[str]] = defaultdict(set)
        self.results: dict[str, PollResult] = {}
        """Every look of this run, by address."""

    async def poll(self, url: str, expected: ExpectedFormat, row: Feed | None = None) -> PollResult:
        """Fetch and read a listing, and queue what it lists; with a row, only if it has changed."""
        look = await self.enqueue_candidates(await self.fetch_listing(url, expected, row))
        if row is not None:
            await self._save_poll(row, look)
        return look

    async def fetch_listing(self, url: str, expected: ExpectedFormat, row: Feed | None = None) -> PollResult:
        """Fetch and read a listing, and leave what it lists for :meth:`enqueue_candidates`."""
        try:
            look = await self._fetch_and_read(url, expected, row)
        except FetchFailedError as failure:
            look = PollResult(url, url, failure.outcome, failure.detail)
        except (WorkerLostError, RenderingError) as lost:
            look = PollResult(url, url, lost.outcome, lost.detail)
        self._record_result(look)
        return look

    def _record_result(self, look: PollResult) -> None:
        self.results[look.requested_url] = look
        self._site.stats.polls[look.requested_url] = PollStats(
            url=look.requested_url,
            kind=look.listing.kind if look.listing else None,
            outcome=look.outcome,
            detail=look.detail,
            listed=look.listed_count,
            new=look.new_count,
        )

    async def _fetch_and_read(self, url: str, expected: ExpectedFormat, row: Feed | None) -> PollResult:
        reply = await self._fetch_conditionally(url, row)
        if self._render and expected in ("page", "anything") and reply.response and is_renderable(reply.response):
            reply = replace(reply, body=await self._render(reply.response), etag=None, last_modified=None)
        body_hash = hashlib.sha256(reply.body).hexdigest()
        if reply.is_unchanged or (row is not None and body_hash == row.body_hash):
            return PollResult(url, reply.final_url, "unchanged", response=drop_body(reply))
        if expected == "anything":
            self._site.add_host(reply.final_url)
        listing = await self._workers.run(read_listing, reply.body, reply.final_url, expected, tuple(self._site.hosts))
        if isinstance(listing, UnreadableListing):
            return PollResult(url, reply.final_url, "unreadable", listing.reason)
        return PollResult(
            url,
            reply.final_url,
            "read",
            listing=listing,
            listed_count=len(listing.pages),
            fresh_count=len(self._find_fresh_keys(listing)),
            response=drop_body(reply),
            body_hash=body_hash,
        )

    async def _fetch_conditionally(self, url: str, row: Feed | None) -> ListingResponse:
        if row is None or not use_conditional_request(row.validated):
            return await fetch_listing_response(self._crawler, url)
        return await fetch_listing_response(self._crawler, url, row.etag, row.last_modified)

    def _find_fresh_keys(self, listing: Listing) -> set[str]:
        """The keys that no feed, or no section, has named before. Sitemaps do not repeat each other, and are long."""
        keys = {page.key for page in listing.pages}
        if listing.kind == "sitemap":
            return keys
        fresh = keys - self._seen_keys[listing.kind]
        self._seen_keys[listing.kind] |= fresh
        return fresh

    async def enqueue_candidates(self, look: PollResult) -> PollResult:
        """Put what a listing lists into the frontier; the look then says how much was new, and lets go of the rest."""
        if look.listing is None:
            return look
        kind, pages = look.listing.kind, look.listing.pages
        candidates = [candidate for page in pages if (candidate := self._make_candidate(page, kind)) is not None]
        new = 0
        for start in range(0, len(candidates), ENQUEUE_BATCH):
            new += await self._enqueue(candidates[start : start + ENQUEUE_BATCH])
        look = replace(look, listing=replace(look.listing, pages=()), wanted_count=len(candidates), new_count=new)
        self._record_result(look)
        return look

    async def _enqueue(self, candidates: Sequence[Candidate]) -> int:
        new = await self._session.in_thread(self._session.frontier.add, candidates)
        self._site.stats.found += new
        if new:
            self._on_new_url()
        return new

    def _make_candidate(self, page: ListedLink, kind: ListingKind) -> Candidate | None:
        """What goes into the frontier; ``None`` for what is not wanted, or known to be worth no request."""
        if page.key in self._rejected_keys or not (self._site.accepts_url(page.url) and self._is_wanted(page)):
            self._rejected_keys.add(page.key)
            return None
        # Of sitemaps, only those for Google News tell titles, and those name news alone.
        is_named_news = kind == "feed" or (kind == "sitemap" and page.title is not None)
        advice = self._site.profile.predict_url(page.url, is_named_news=is_named_news)
        if advice.skip:
            return None
        return Candidate(
            url=page.url,
            key=page.key,
            source_id=self._site.source.id,
            found_in="sitemap" if kind == "sitemap-index" else kind,
            priority=(
                NAMED_NEWS_PRIORITY if is_named_news else _PRIORITY_BY_LISTING.get((kind, page.is_likely_article), 0)
            )
            + advice.lift,
            title=page.title,
            published=page.published,
            content=page.content,
        )

    async def save_listing(self, look: PollResult, url: str | None = None) -> None:
        """Keep a listing for later runs, under the address it answers at or another one."""
        if look.listing is None or look.response is None:
            return
        now = datetime.now(UTC)
        interval = compute_interval(None, new=look.new_count, failures=0, bounds=self._session.bounds)
        await self._session.in_thread(
            self._session.corpus.crawl.save_feed,
            source_id=self._site.source.id,
            url=url or look.final_url,
            kind=look.listing.kind,
            etag=look.response.etag,
            last_modified=look.response.last_modified,
            body_hash=look.body_hash,
            polled_at=now,
            changed_at=now,
            entries=look.listed_count,
            interval=interval,
            next_poll_at=compute_next_poll(now, interval),
        )

    async def _save_poll(self, row: Feed, look: PollResult) -> None:
        """Keep when a known listing was looked at, when it changed, and when it is due again."""
        now = datetime.now(UTC)
        read = look.listing is not None
        reply = look.response
        failures = row.failures + 1 if look.failed else 0
        interval = compute_interval(row.interval, new=look.new_count, failures=failures, bounds=self._session.bounds)
        await self._session.in_thread(
            self._session.corpus.crawl.save_feed,
            source_id=row.source_id,
            url=row.url,
            kind=row.kind,
            etag=reply.etag if reply else row.etag,
            last_modified=reply.last_modified if reply else row.last_modified,
            body_hash=look.body_hash if read else row.body_hash,
            polled_at=now,
            changed_at=now if read else row.changed_at,
            entries=look.listed_count if read else row.entries,
            interval=row.interval if look.failed else interval,
            next_poll_at=compute_next_poll(now, interval),
            validated=row.validated + 1 if reply and reply.is_unchanged else 0,
            failures=failures,
        )
