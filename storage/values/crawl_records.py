"""Values that the crawl works with: sources, listings, hosts, and pages from their discovery to their outcome."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cleaning.article import Cleaned

FeedKind = Literal["feed", "sitemap-index", "sitemap", "section"]
FoundIn = Literal["feed", "sitemap", "section", "spider", "given", "warc"]


@dataclass(frozen=True, slots=True)
class Source:
    """A news site."""

    id: int
    key: str
    """The host without ``www.``, in lower case: ``"bbc.co.uk"``."""
    name: str | None
    """What people call it; ``None`` where nobody said."""
    url: str
    """The address it was first given by."""
    created_at: datetime
    """UTC."""
    profile: str | None = None
    """What the crawl has learned of the site, as JSON; ``None`` where it has learned nothing yet."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A page that lists articles of a source, and what the last look at it gave."""

    id: int
    source_id: int
    url: str
    kind: FeedKind
    etag: str | None = None
    """The ``ETag`` header of the last answer, to be sent back; ``None`` where there was none."""
    last_modified: str | None = None
    """The ``Last-Modified`` header of the last answer, as it was written."""
    body_hash: str | None = None
    """Hash of the last body: some feeds keep their ETag after changing."""
    polled_at: datetime | None = None
    """UTC; ``None`` where it was never fetched."""
    changed_at: datetime | None = None
    """UTC; when a fetch last gave another body than the one before."""
    entries: int = 0
    """How many entries the last body had."""
    interval: int | None = None
    """Seconds from the last look to the next, before jitter; ``None`` where no look has settled it."""
    next_poll_at: datetime | None = None
    """UTC; when it is due again. ``None``: at once."""
    validated: int = 0
    """Looks in a row that the validators answered (304), since a body was fetched last."""
    failures: int = 0
    """Looks in a row that failed."""


@dataclass(frozen=True, slots=True)
class Host:
    """What a host has asked for."""

    name: str
    """As it is in addresses, in lower case; with its port where that is unusual."""
    paused_until: datetime | None = None
    """UTC; until when it asked to be left alone."""
    robots_fetched_at: datetime | None = None
    """UTC; ``None`` where its robots.txt was never had."""
    robots_status: int | None = None
    robots: str | None = None
    """The text of its robots.txt."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may lead to an article."""

    url: str
    key: str
    """`cleaning.urls.make_url_key` of the address: what the frontier tells addresses apart by."""
    source_id: int
    found_in: FoundIn
    priority: int = 0
    """Higher goes first."""
    title: str | None = None
    """The title its feed or link gave it."""
    published: datetime | None = None
    """Publication as its feed or sitemap told it, timezone-aware; among equals the newest goes first."""
    content: str | None = None
    """The article's full text as its feed has it, in HTML: kept for when the page cannot be had."""


@dataclass(frozen=True, slots=True)
class ArchivePointer:
    """Where in the archive a fetched page is."""

    file: str
    """The WARC file's name in the archive's folder."""
    offset: int
    """Bytes from the file's start to the record."""
    length: int
    """Bytes of the record, compressed; of a request beside its response, of both."""


@dataclass(frozen=True, slots=True)
class Lease:
    """An address handed to a run for fetching. Only that run finishes it."""

    id: int
    url: str
    source_id: int
    host: str
    """The address's host in lower case, without port: what politeness counts by."""
    found_in: FoundIn
    attempts: int
    """Failed attempts so far."""
    published: datetime | None
    """Publication as its feed or sitemap told it, UTC."""
    title: str | None = None
    """The title its feed or link gave it."""
    article_id: int | None = None
    """The article that it led to before; ``None`` at the first look."""
    first_fetched_at: datetime | None = None
    """UTC; when it first gave an article."""
    etag: str | None = None
    """The ``ETag`` header of the last answer that gave an article."""
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What became of a lease."""

    lease: Lease
    final_url: str
    """Where redirects led; the lease's address where nothing was fetched."""
    http_status: int | None
    """``None`` where no answer came."""
    outcome: str
    """The slug. For pages with an article the corpus replaces it by what storing gave."""
    detail: str | None
    """More about the outcome, for people to read."""
    fetched_at: datetime
    """Timezone-aware."""
    milliseconds: int
    """From sending the request to the last byte."""
    bytes: int
    """Size of the body as decoded."""
    cleaned: Cleaned | None = None
    """The article; ``None`` where the page gave none."""
    article_key: str | None = None
    """`cleaning.urls.make_url_key` of the canonical address, or else of the final one."""
    etag: str | None = None
    last_modified: str | None = None
    archived: ArchivePointer | None = None
    """Where in the archive it is; ``None`` where it was not archived."""
    revisit_at: datetime | None = None
    """When to look at it again, timezone-aware; ``None``: never."""

    @property
    def first_fetched_at(self) -> datetime:
        """When its address first gave an article: not after this fetch, even if the clock said so then."""
        return min(self.lease.first_fetched_at or self.fetched_at, self.fetched_at)
