"""Polls one listing: fetches it, parses it in a worker, queues the URLs in it, and saves the result."""

import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.http import Response

from cleaning.urls import make_url_key
from cleaning.worker_pool import WorkerLostError
from crawler.crawled_site import CrawledSite
from crawler.discovery.click_counters import find_click_counters
from crawler.fetch.browser import RenderingError, is_renderable
from crawler.fetch.client import FetchFailedError, ListingResponse, drop_body, fetch_listing_response
from crawler.frontier.schedule import compute_interval, compute_next_poll, use_conditional_request
from crawler.pages.tasks import ExpectedFormat, UnreadableListing, read_listing
from crawler.pages.workers import Workers
from crawler.parsers.listings import ListedLink, Listing, ListingKind
from crawler.session import Session
from crawler.stats import PollStats
from crawler.urls.walls import is_wall_redirect
from storage import Candidate, Feed
from storage.values import FeedKind

ENQUEUE_BATCH: Final = 2_000
"""URLs that are added to the frontier in one call; finished pages wait for their commit meanwhile."""
NAMED_NEWS_PRIORITY: Final = 3
"""The priority of URLs from a feed or a news sitemap, which list nothing but news."""
_PRIORITY_BY_LISTING: Final[dict[tuple[ListingKind, bool], int]] = {
    ("sitemap", True): 2,
    ("section", True): 2,
    ("sitemap", False): 1,
    ("section", False): 0,
}
"""The priority of other URLs, by the kind of their listing and by whether they look like an article's."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """The result of one poll."""

    requested_url: str
    """The URL as requested."""
    final_url: str
    """The URL after redirects."""
    outcome: str
    """``"read"``, ``"unchanged"``, or the name of the failure."""
    detail: str = ""
    """The reason of a failure as a sentence, or the reason why a listing could be read only in part."""
    listing: Listing | None = None
    """The parsed listing; ``None`` if it is unchanged or failed. Once its pages are in the frontier they are removed,
    since there may be very many."""
    listed_count: int = 0
    """URLs in it that may be articles."""
    fresh_count: int = 0
    """URLs that no other listing of this kind has named in this run."""
    wanted_count: int = 0
    """URLs that were accepted for the frontier."""
    new_count: int = 0
    """URLs that the frontier did not know."""
    response: ListingResponse | None = None
    """The response without its body, for its validators; ``None`` after a failure."""
    body_hash: str | None = None
    """SHA-256 of the body in hexadecimal, to recognise an unchanged one; ``None`` if nothing was parsed."""
    moved_to: str | None = None
    """The URL to which it redirects permanently; ``None`` if it does not."""

    @property
    def failed(self) -> bool:
        """Whether the listing could not be fetched or parsed."""
        return self.outcome not in ("read", "unchanged")

    @property
    def next_page(self) -> str | None:
        """The URL of the next page of the list ("older posts"); ``None`` if there is none."""
        return self.listing.next_page if self.listing else None


class ListingPoller:
    """Polls the listings of one site, and keeps the results of this run."""

    def __init__(
        self,
        crawler: Crawler,
        session: Session,
        site: CrawledSite,
        workers: Workers,
        on_new_url: Callable[[], None],
        is_wanted: Callable[[ListedLink], bool] = lambda page: True,
        render: Callable[[Response], Awaitable[bytes]] | None = None,
    ) -> None:
        """Create a poller for one site.

        Args:
            crawler: the crawl, for its downloader.
            session: the run, for the corpus.
            site: the site, which decides which URLs are accepted.
            workers: the processes that parse listings.
            on_new_url: called when the frontier has new URLs.
            is_wanted: a further test that a link must pass to be queued, such as one for its date.
            render: returns a page after its scripts have run; ``None`` if pages are parsed as they are.
        """
        self._render = render
        self._is_wanted = is_wanted
        self._crawler = crawler
        self._session = session
        self._site = site
        self._workers = workers
        self._on_new_url = on_new_url
        self._rejected_keys: set[str] = set()
        """Keys of links that were rejected in one listing. Another listing may say less about the same page, such as no
        date, and must not queue it."""
        self._seen_keys: dict[ListingKind, set[str]] = defaultdict(set)
        self.results: dict[str, PollResult] = {}
        """All polls of this run by requested URL, in order."""

    async def poll(self, url: str, expected: ExpectedFormat, row: Feed | None = None) -> PollResult:
        """Poll a listing: fetch and parse it, and queue its URLs.

        Args:
            url: the URL of the listing.
            expected: the format it should have; a sitemap may turn out to be a feed, and the reverse.
            row: the listing as the corpus has it. With it, the request is conditional, and the next poll is scheduled.

        Returns:
            The result. Failures of the site are named in its outcome and not raised.
        """
        result = await self.enqueue_candidates(await self.fetch_listing(url, expected, row))
        if row is not None:
            await self.save_poll(row, result)
        return result

    async def fetch_listing(self, url: str, expected: ExpectedFormat, row: Feed | None = None) -> PollResult:
        """Fetch and parse a listing, but leave its URLs to :meth:`enqueue_candidates`.

        Used for the front page, whose feeds and sitemaps are polled before its links are queued.
        """
        try:
            result = await self._fetch_and_read(url, expected, row)
        except FetchFailedError as error:
            result = PollResult(url, url, error.outcome, error.detail)
        except (WorkerLostError, RenderingError) as error:
            result = PollResult(url, url, error.outcome, error.detail)
        self._record_result(result)
        return result

    def _record_result(self, result: PollResult) -> None:
        self.results[result.requested_url] = result
        self._site.stats.polls[result.requested_url] = PollStats(
            url=result.requested_url,
            kind=result.listing.kind if result.listing else None,
            outcome=result.outcome,
            detail=result.detail,
            listed=result.listed_count,
            new=result.new_count,
        )

    async def _fetch_and_read(self, url: str, expected: ExpectedFormat, row: Feed | None) -> PollResult:
        response = await self._fetch_conditionally(url, row)
        if self._render and expected in ("page", "anything") and response.response and is_renderable(response.response):
            # No validators: what the scripts load can change while the HTML does not.
            response = replace(response, body=await self._render(response.response), etag=None, last_modified=None)
        body_hash = hashlib.sha256(response.body).hexdigest()
        # Servers without validators send the same body again and again; comparing hashes saves parsing it.
        if response.is_unchanged or (row is not None and body_hash == row.body_hash):
            return PollResult(
                url, response.final_url, "unchanged", response=drop_body(response), moved_to=response.moved_to
            )
        if not self._site.owns_url(response.final_url) and is_wall_redirect(url, response.final_url):
            host = urlsplit(response.final_url).hostname
            raise FetchFailedError("consent-page", f"it redirects to {host}, which asks for consent or a login")
        if self._site.is_front_page(url):  # it may redirect to another host, and that is where the articles are
            self._site.add_host(response.final_url)
        listing = await self._read_listing(response, expected)
        if isinstance(listing, Listing) and await find_click_counters(self._crawler, self._site, listing):
            listing = await self._read_listing(response, expected)
        if isinstance(listing, UnreadableListing):
            return PollResult(url, response.final_url, "unreadable", listing.reason)
        self._site.stats.count_other_hosts(listing)
        return PollResult(
            url,
            response.final_url,
            "read",
            listing.damage or "",
            listing=listing,
            listed_count=len(listing.pages),
            fresh_count=len(self._find_fresh_keys(listing)),
            response=drop_body(response),
            body_hash=body_hash,
            moved_to=response.moved_to,
        )

    async def _read_listing(self, response: ListingResponse, expected: ExpectedFormat) -> Listing | UnreadableListing:
        hosts = self._site.listed_hosts
        return await self._workers.run(
            read_listing, response.body, response.final_url, expected, hosts, response.link_header
        )

    async def _fetch_conditionally(self, url: str, row: Feed | None) -> ListingResponse:
        address, meta = (row and row.moved_to) or url, self._site.request_meta
        if row is None or not use_conditional_request(row.validated):
            return await fetch_listing_response(self._crawler, address, meta=meta)
        return await fetch_listing_response(self._crawler, address, row.etag, row.last_modified, meta)

    def _find_fresh_keys(self, listing: Listing) -> set[str]:
        """Return the keys of links that no other feed, or no other section, has named in this run.

        All links of a sitemap count as fresh: sitemaps do not repeat each other, and may be too long to remember.
        """
        keys = {page.key for page in listing.pages}
        if listing.kind == "sitemap":
            return keys
        fresh = keys - self._seen_keys[listing.kind]
        self._seen_keys[listing.kind] |= fresh
        return fresh

    async def enqueue_candidates(self, result: PollResult) -> PollResult:
        """Add the links of a listing to the frontier.

        Returns:
            The result with the number of new URLs, and without the links themselves.
        """
        if result.listing is None:
            return result
        kind, pages = result.listing.kind, result.listing.pages
        self._check_parameters(result.listing)
        candidates = [candidate for page in pages if (candidate := self._make_candidate(page, kind)) is not None]
        new: set[str] = set()
        for start in range(0, len(candidates), ENQUEUE_BATCH):
            new |= await self._enqueue(candidates[start : start + ENQUEUE_BATCH])
        # The sitemaps of a first run list the archive, which does not show where new articles appear.
        is_archive = kind == "sitemap" and self._site.portfolio.covered_at is None
        self._site.portfolio = self._site.portfolio.record(
            result.requested_url,
            [candidate.key for candidate in candidates],
            () if is_archive else new,
            datetime.now(UTC),
        )
        result = replace(
            result, listing=replace(result.listing, pages=()), wanted_count=len(candidates), new_count=len(new)
        )
        self._record_result(result)
        return result

    def _check_parameters(self, listing: Listing) -> None:
        """Notice that a query parameter which counts as superfluous tells the articles of one listing apart.

        Sitemaps list an article once. Feeds may list it twice, under the same title. Pages link to it from its picture
        and its headline, each with a value of its own, and say nothing.
        """
        parameters = self._site.profile.parameters
        if listing.kind not in ("feed", "sitemap") or not parameters.superfluous:
            return
        by_title = {page.title if listing.kind == "feed" else page.key: page.url for page in listing.pages}
        checked = parameters.contradict(by_title.values())
        if checked is not parameters:
            self._site.profile = replace(self._site.profile, parameters=checked)

    async def _enqueue(self, candidates: Sequence[Candidate]) -> set[str]:
        new = await self._session.in_thread(self._session.frontier.add, candidates)
        self._site.stats.found += len(new)
        if new:
            self._on_new_url()
        return new

    def _make_candidate(self, page: ListedLink, kind: ListingKind) -> Candidate | None:
        """Return the entry for the frontier; ``None`` if the link is not wanted or predicted to hold no article."""
        if page.key in self._rejected_keys or not (self._site.accepts_url(page.url) and self._is_wanted(page)):
            self._rejected_keys.add(page.key)
            return None
        # Only Google News sitemaps have titles, and they list nothing but news.
        is_named_news = kind == "feed" or (kind == "sitemap" and page.title is not None)
        advice = self._site.profile.predict_url(page.url, is_named_news=is_named_news)
        if advice.skip:
            return None
        url = self._site.profile.parameters.simplify(page.url)
        return Candidate(
            url=url,
            key=page.key if url == page.url else make_url_key(url),
            source_id=self._site.source.id,
            found_in="sitemap" if kind == "sitemap-index" else kind,
            priority=(
                NAMED_NEWS_PRIORITY if is_named_news else _PRIORITY_BY_LISTING.get((kind, page.is_likely_article), 0)
            )
            + advice.lift,
            title=page.title,
            published=page.published,
            content=page.content,
            guid=page.guid,
            modified=page.modified,
            authors=page.authors,
            tags=page.tags,
        )

    async def save_listing(self, result: PollResult, kind: FeedKind, url: str | None = None) -> None:
        """Save a listing that was found in this run, for later runs.

        One that failed is saved too: it may answer later, and people see that it does not.

        Args:
            result: a poll of the listing.
            kind: the kind to save it as if it could not be read.
            url: the URL to save it under; ``None`` for the one after redirects.
        """
        now = datetime.now(UTC)
        response = result.response
        interval = compute_interval(
            None, new=result.new_count, failures=int(result.failed), bounds=self._session.bounds
        )
        await self._session.in_thread(
            self._session.corpus.crawl.save_feed,
            source_id=self._site.source.id,
            url=url or result.final_url,
            kind=result.listing.kind if result.listing else kind,
            etag=response.etag if response else None,
            last_modified=response.last_modified if response else None,
            body_hash=result.body_hash,
            polled_at=now,
            changed_at=now if result.listing else None,
            entries=result.listed_count,
            interval=interval,
            next_poll_at=compute_next_poll(now, interval),
            failures=int(result.failed),
            moved_to=result.moved_to if url else None,
        )

    async def save_poll(self, row: Feed, result: PollResult) -> None:
        """Save when a known listing was polled, when it changed, and when it is due again.

        A permanent redirect is remembered until its target fails.
        """
        now = datetime.now(UTC)
        was_read = result.listing is not None
        response = result.response
        failures = row.failures + 1 if result.failed else 0
        interval = compute_interval(row.interval, new=result.new_count, failures=failures, bounds=self._session.bounds)
        await self._session.in_thread(
            self._session.corpus.crawl.save_feed,
            source_id=row.source_id,
            url=row.url,
            kind=row.kind,
            etag=response.etag if response else row.etag,
            last_modified=response.last_modified if response else row.last_modified,
            body_hash=result.body_hash if was_read else row.body_hash,
            polled_at=now,
            changed_at=now if was_read else row.changed_at,
            entries=result.listed_count if was_read else row.entries,
            # A failure delays only the next poll; the interval itself is kept for the time after it.
            interval=row.interval if result.failed else interval,
            next_poll_at=compute_next_poll(now, interval),
            validated=row.validated + 1 if response and response.is_unchanged else 0,
            failures=failures,
            moved_to=None if result.failed else result.moved_to or row.moved_to,
        )
