"""Values of the crawl: sources, listings and hosts, and pages on their way from discovery to their outcome."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cleaning.article import Cleaned

FeedKind = Literal["feed", "sitemap-index", "sitemap", "section"]
"""The kinds of listings."""
FoundIn = Literal["feed", "sitemap", "section", "spider", "given", "warc"]
"""Where a URL was found: in a listing, by a custom spider, given by the user, or in a WARC file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A news site that the corpus knows."""

    id: int
    key: str
    """The host in lower case, without ``www.``: ``"bbc.co.uk"``."""
    name: str | None
    """The name that the user gave it, or ``None``."""
    url: str
    """The URL with which it was first added."""
    created_at: datetime
    """UTC; when it was first added."""
    profile: str | None = None
    """The site profile as JSON (see `crawler.pages.site_profile`); ``None`` if the crawl has not learned anything
    yet."""
    group_name: str | None = None
    """The group that the user has put it into, or ``None``."""
    portfolio: str | None = None
    """Which listings name its articles, as JSON (see `crawler.frontier.portfolio`); ``None`` before the first run."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A listing of a source (a feed, a sitemap or a section page), and the result of its last poll."""

    id: int
    source_id: int
    url: str
    kind: FeedKind
    etag: str | None = None
    """The ``ETag`` header of the last response, for conditional requests; ``None`` if it had none."""
    last_modified: str | None = None
    """The ``Last-Modified`` header of the last response, unparsed."""
    body_hash: str | None = None
    """Hash of the last body. Validators are not enough: some feeds keep the same ETag after they have changed."""
    polled_at: datetime | None = None
    """UTC; the last poll. ``None`` if it was never polled."""
    changed_at: datetime | None = None
    """UTC; the last poll that returned another body than the one before."""
    entries: int = 0
    """Number of entries in the last body."""
    interval: int | None = None
    """Seconds between the last poll and the next, before jitter; ``None`` before the first successful poll."""
    next_poll_at: datetime | None = None
    """UTC; when the next poll is due. ``None``: immediately."""
    validated: int = 0
    """Number of consecutive polls answered with 304 (Not Modified). After a few, the listing is fetched without
    validators."""
    failures: int = 0
    """Number of consecutive failed polls."""
    moved_to: str | None = None
    """Where its URL redirects permanently: it is polled there. ``None`` if it has not moved."""


@dataclass(frozen=True, slots=True)
class Host:
    """The crawl's state for a host: a pause that the server requested, and its robots.txt."""

    name: str
    """The host in lower case as in URLs, with the port if it is not the scheme's default."""
    paused_until: datetime | None = None
    """UTC; no requests before this time, because of a ``Retry-After`` header. ``None``: no pause."""
    robots_fetched_at: datetime | None = None
    """UTC; when robots.txt was last fetched. ``None`` if never."""
    robots_status: int | None = None
    """HTTP status of that fetch."""
    robots: str | None = None
    """The text of robots.txt."""
    robots_max_age: int | None = None
    """Seconds for which it may be used by its own words, at most a few hours; ``None`` for the usual time."""
    tdmrep_fetched_at: datetime | None = None
    """UTC; when ``/.well-known/tdmrep.json`` was last fetched. ``None`` if never."""
    tdmrep: str | None = None
    """Its text; empty if the host has no such file, ``None`` if that is unknown."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """What the feed entry of a URL says of its article."""

    html: str | None = None
    """The full text, as HTML; ``None`` if the feed has none, or the page has been fetched."""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that may be an article's, on its way into the frontier."""

    url: str
    key: str
    """`cleaning.urls.make_url_key` of the URL. The frontier keeps one URL per key."""
    source_id: int
    found_in: FoundIn
    priority: int = 0
    """Candidates with a higher priority are fetched first."""
    title: str | None = None
    """The title of its feed entry or link."""
    published: datetime | None = None
    """Publication as stated by its feed or sitemap, timezone-aware. Of equal priorities, the latest is fetched
    first."""
    content: str | None = None
    """The article's full text in its feed entry, as HTML: used if the page cannot be fetched."""
    guid: str | None = None
    """The id that its feed gives it, as written. Within a source, an article with the same id and another URL is the
    same article."""
    modified: datetime | None = None
    """Time of the last change as stated by its feed or sitemap, timezone-aware."""
    authors: tuple[str, ...] = ()
    """People that its feed entry names as authors: used if the page names none."""
    tags: tuple[str, ...] = ()
    """The categories of its feed entry: used if the page has none."""


@dataclass(frozen=True, slots=True)
class ArchivePointer:
    """The location of a fetched page in the archive."""

    file: str
    """Name of the WARC file in the archive's folder, without a path."""
    offset: int
    """Offset of the page's first record in the file, in bytes."""
    length: int
    """Compressed length of the page's records (response and request) in bytes."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A URL that a run has taken from the frontier. No other run fetches it until the lease ends."""

    id: int
    """The URL's id in the frontier."""
    url: str
    source_id: int
    host: str
    """The URL's host in lower case, without port: politeness delays apply per host."""
    found_in: FoundIn
    attempts: int
    """Number of failed attempts so far."""
    published: datetime | None
    """UTC; publication as stated by its feed or sitemap."""
    title: str | None = None
    """The title of its feed entry or link."""
    article_id: int | None = None
    """The article that the URL led to before; ``None`` on the first visit."""
    first_fetched_at: datetime | None = None
    """UTC; when the URL first led to an article."""
    etag: str | None = None
    """The ``ETag`` header of the last response that had an article, for conditional requests."""
    last_modified: str | None = None
    """The ``Last-Modified`` header of that response."""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """The result of a lease: the page's outcome, and the article if it has one."""

    lease: Lease
    final_url: str
    """The URL after redirects; the lease's URL if nothing was fetched."""
    http_status: int | None
    """``None`` if there was no response."""
    outcome: str
    """The outcome's name. Storing an article replaces it with ``"stored"``, ``"updated"``, ``"unchanged"`` …"""
    detail: str | None
    """The reason for the outcome, as a sentence for people."""
    fetched_at: datetime
    """Timezone-aware."""
    milliseconds: int
    """Time from sending the request to the last byte of the response."""
    bytes: int
    """Size of the decoded body."""
    cleaned: Cleaned | None = None
    """The article; ``None`` if the page has none."""
    article_key: str | None = None
    """`cleaning.urls.make_url_key` of the canonical URL, or of ``final_url`` if there is no credible canonical URL."""
    etag: str | None = None
    last_modified: str | None = None
    archived: ArchivePointer | None = None
    """Where the page is in the archive; ``None`` if it was not archived."""
    revisit_at: datetime | None = None
    """When to fetch the page again, timezone-aware; ``None``: never."""

    @property
    def first_fetched_at(self) -> datetime:
        """When the URL first led to an article.

        Never later than this fetch: if the clock was ahead at the first one, its time would lie in the future, and the
        revisits that are counted from it would be postponed until then.
        """
        return min(self.lease.first_fetched_at or self.fetched_at, self.fetched_at)
