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
from crawler.fetch.browser import RenderingError, is_page
from crawler.fetch.client import FetchFailedError, Reply, fetch, without_body
from crawler.frontier.schedule import may_ask_conditionally, next_interval, next_poll
from crawler.pages.tasks import Expected, Unreadable, read_listing
from crawler.pages.workers import Workers
from crawler.parsers.listings import Listed, Listing, ListingKind
from crawler.session import Session
from crawler.stats import Looked
from storage import Candidate, Feed

AT_ONCE: Final = 2_000
"""Addresses that are put into the frontier in one go; finished pages wait for their commit meanwhile."""
NAMED_NEWS: Final = 3
"""The priority of what a feed or a news sitemap names."""
_PRIORITIES: Final[dict[tuple[ListingKind, bool], int]] = {
    ("sitemap", True): 2,
    ("section", True): 2,
    ("sitemap", False): 1,
    ("section", False): 0,
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a listing gave."""

    address: str
    """What was asked for."""
    url: str
    """Where redirects led."""
    outcome: str
    """``"read"``, ``"unchanged"``, or why it could not be had."""
    detail: str = ""
    listing: Listing | None = None
    """What it says; without the pages that it lists once those, which may be many, are in the frontier."""
    listed: int = 0
    """Pages that may be articles."""
    fresh: int = 0
    """Addresses that no listing of that kind has named in this run."""
    wanted: int = 0
    """How many of those that are listed were wanted."""
    new: int = 0
    """Addresses that the frontier did not know."""
    reply: Reply | None = None
    body_hash: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the listing could not be had or read."""
        return self.outcome not in ("read", "unchanged")

    @property
    def is_barren_feed(self) -> bool:
        """Whether it is a feed in which everything had been named before."""
        return self.listing is not None and self.listing.kind == "feed" and not self.fresh

    @property
    def next_page(self) -> str | None:
        """Where the list goes on."""
        return self.listing.next_page if self.listing else None


class Looker:
    """Looks at the listings of one site."""

    def __init__(
        self,
        crawler: Crawler,
        session: Session,
        site: CrawledSite,
        workers: Workers,
        found: Callable[[], None],
        wants: Callable[[Listed], bool] = lambda page: True,
        render: Callable[[Response], Awaitable[bytes]] | None = None,
    ) -> None:
        """Of what listings list, only what the source takes and ``wants`` lets pass is queued.

        With ``render``, pages are read as that gives them.
        """
        self._render = render
        self._wants = wants
        self._crawler = crawler
        self._session = session
        self._site = site
        self._workers = workers
        self._found = found
        self._unwanted: set[str] = set()
        """Keys of what a listing showed to be unwanted: others may tell less of the same pages."""
        self._named: dict[ListingKind, set[str]] = defaultdict(set)
        self.looks: dict[str, Look] = {}
        """Every look of this run, by address."""

    async def look(self, address: str, expected: Expected, row: Feed | None = None) -> Look:
        """Fetch and read a listing, and queue what it lists; with a row, only if it has changed."""
        look = await self.queue(await self.glance(address, expected, row))
        if row is not None:
            await self._update(row, look)
        return look

    async def glance(self, address: str, expected: Expected, row: Feed | None = None) -> Look:
        """Fetch and read a listing, and leave what it lists for :meth:`queue`."""
        try:
            look = await self._read(address, expected, row)
        except FetchFailedError as failure:
            look = Look(address, address, failure.outcome, failure.detail)
        except (WorkerLostError, RenderingError) as lost:
            look = Look(address, address, lost.outcome, lost.detail)
        self._keep(look)
        return look

    def _keep(self, look: Look) -> None:
        self.looks[look.address] = look
        self._site.tally.looked[look.address] = Looked(
            url=look.address,
            kind=look.listing.kind if look.listing else None,
            outcome=look.outcome,
            detail=look.detail,
            listed=look.listed,
            new=look.new,
        )

    async def _read(self, address: str, expected: Expected, row: Feed | None) -> Look:
        reply = await self._fetch(address, row)
        if self._render and expected in ("page", "anything") and reply.response and is_page(reply.response):
            reply = replace(reply, body=await self._render(reply.response), etag=None, last_modified=None)
        body_hash = hashlib.sha256(reply.body).hexdigest()
        if reply.unchanged or (row is not None and body_hash == row.body_hash):
            return Look(address, reply.url, "unchanged", reply=without_body(reply))
        if expected == "anything":
            self._site.add_host(reply.url)
        listing = await self._workers.run(read_listing, reply.body, reply.url, expected, tuple(self._site.hosts))
        if isinstance(listing, Unreadable):
            return Look(address, reply.url, "unreadable", listing.reason)
        return Look(
            address,
            reply.url,
            "read",
            listing=listing,
            listed=len(listing.pages),
            fresh=len(self._fresh(listing)),
            reply=without_body(reply),
            body_hash=body_hash,
        )

    async def _fetch(self, address: str, row: Feed | None) -> Reply:
        if row is None or not may_ask_conditionally(row.validated):
            return await fetch(self._crawler, address)
        return await fetch(self._crawler, address, row.etag, row.last_modified)

    def _fresh(self, listing: Listing) -> set[str]:
        """The keys that no feed, or no section, has named before. Sitemaps do not repeat each other, and are long."""
        keys = {page.key for page in listing.pages}
        if listing.kind == "sitemap":
            return keys
        fresh = keys - self._named[listing.kind]
        self._named[listing.kind] |= fresh
        return fresh

    async def queue(self, look: Look) -> Look:
        """Put what a listing lists into the frontier; the look then says how much was new, and lets go of the rest."""
        if look.listing is None:
            return look
        kind, pages = look.listing.kind, look.listing.pages
        candidates = [candidate for page in pages if (candidate := self._candidate(page, kind)) is not None]
        new = 0
        for start in range(0, len(candidates), AT_ONCE):
            new += await self._add(candidates[start : start + AT_ONCE])
        look = replace(look, listing=replace(look.listing, pages=()), wanted=len(candidates), new=new)
        self._keep(look)
        return look

    async def _add(self, candidates: Sequence[Candidate]) -> int:
        new = await self._session.in_thread(self._session.frontier.add, candidates)
        self._site.tally.found += new
        if new:
            self._found()
        return new

    def _candidate(self, page: Listed, kind: ListingKind) -> Candidate | None:
        """What goes into the frontier; ``None`` for what is not wanted, or known to be worth no request."""
        if page.key in self._unwanted or not (self._site.accepts_url(page.url) and self._wants(page)):
            self._unwanted.add(page.key)
            return None
        # Of sitemaps, only those for Google News tell titles, and those name news alone.
        is_named_news = kind == "feed" or (kind == "sitemap" and page.title is not None)
        advice = self._site.profile.advise(page.url, is_named_news=is_named_news)
        if advice.skip:
            return None
        return Candidate(
            url=page.url,
            key=page.key,
            source_id=self._site.source.id,
            found_in="sitemap" if kind == "sitemap-index" else kind,
            priority=(NAMED_NEWS if is_named_news else _PRIORITIES.get((kind, page.sure), 0)) + advice.lift,
            title=page.title,
            published=page.published,
            content=page.content,
        )

    async def remember(self, look: Look, address: str | None = None) -> None:
        """Keep a listing for later runs, under the address it answers at or another one."""
        if look.listing is None or look.reply is None:
            return
        now = datetime.now(UTC)
        interval = next_interval(None, new=look.new, failures=0, bounds=self._session.bounds)
        await self._session.in_thread(
            self._session.corpus.crawl.save_feed,
            source_id=self._site.source.id,
            url=address or look.url,
            kind=look.listing.kind,
            etag=look.reply.etag,
            last_modified=look.reply.last_modified,
            body_hash=look.body_hash,
            polled_at=now,
            changed_at=now,
            entries=look.listed,
            interval=interval,
            next_poll_at=next_poll(now, interval),
        )

    async def _update(self, row: Feed, look: Look) -> None:
        """Keep when a known listing was looked at, when it changed, and when it is due again."""
        now = datetime.now(UTC)
        read = look.listing is not None
        reply = look.reply
        failures = row.failures + 1 if look.failed else 0
        interval = next_interval(row.interval, new=look.new, failures=failures, bounds=self._session.bounds)
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
            entries=look.listed if read else row.entries,
            interval=row.interval if look.failed else interval,
            next_poll_at=next_poll(now, interval),
            validated=row.validated + 1 if reply and reply.unchanged else 0,
            failures=failures,
        )
