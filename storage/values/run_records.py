"""Values that describe runs, failed pages, the state and history of sources, and the corpus in figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from storage.values.crawl_records import Source


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl."""

    id: int
    started_at: datetime
    """UTC."""
    finished_at: datetime | None
    """UTC; ``None`` while it runs, and for ever where it was killed."""
    arguments: str
    """What it was asked to do, for people to read."""
    outcome: str | None
    """The slug it ended with; ``"interrupted"`` where a later run found it dead; ``None`` while it runs."""
    summary: Mapping[str, int]
    """Its counts, e.g. ``{"found": 30, "stored": 28}``."""

    @property
    def seconds(self) -> float | None:
        """How long it took; ``None`` while it runs, 0.0 where the clock was put back meanwhile."""
        return max(0.0, (self.finished_at - self.started_at).total_seconds()) if self.finished_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRun:
    """What one run did on one source."""

    run_id: int
    source_id: int
    at: datetime
    """UTC; when the run ended."""
    found: int = 0
    """Addresses that the frontier did not know."""
    requests: int = 0
    """All requests to the source's hosts, robots.txt included."""
    outcomes: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Pages by outcome; new articles are ``stored``."""
    measured: int = 0
    """New articles that the next four figures are of."""
    words: int | None = None
    """Median of their words; ``None`` without any."""
    titles: int = 0
    """How many have a title."""
    dates: int = 0
    """How many have a date of publication."""
    authors: int = 0
    """How many name an author, or an organisation as one."""
    problem: str | None = None
    """Why nothing could be crawled, as a sentence."""
    drift: str | None = None
    """What is unlike the source's own past, as a sentence; ``None`` where nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDay:
    """The looks at a source on one day, taken together."""

    day: date
    """In UTC."""
    looks: int
    """Runs in which anything was asked of it."""
    found: int
    """Addresses that the frontier did not know."""
    stored: int
    """New articles."""
    arrivals: int
    """Looks that brought new articles."""
    first_new_at: datetime | None
    """UTC; the first of those. ``None`` without any."""
    last_new_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHistory:
    """What is known of a source from before a run: what the run is compared with."""

    days: tuple[SourceDay, ...] = ()
    """Days with a look, the oldest first; they reach back 10,000 looks, and 400 days at most."""
    recent: tuple[SourceRun, ...] = ()
    """The last looks that brought pages, the newest first."""
    baseline: tuple[SourceRun, ...] = ()
    """The last looks that brought pages and found nothing unusual with them, the newest first. What was unusual four
    weeks ago is usual by now."""
    previous: SourceRun | None = None
    """The look before."""
    last_good_at: datetime | None = None
    """UTC; the last look that was not in vain. ``None`` where none was."""
    failed: int = 0
    """Looks in vain since then."""
    failing_since: datetime | None = None
    """UTC; the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How a source stands."""

    source: Source
    articles: int
    last_article_at: datetime | None
    """UTC; when the newest one came into the corpus."""
    listings: int
    """Feeds, sitemaps and sections that are known of it."""
    failing_listings: int
    """Those whose last look failed."""
    next_poll_at: datetime | None
    """UTC; when the first of its listings is due. ``None``: at once, or it has none."""
    last: SourceRun | None
    """The last look at it."""
    last_good_at: datetime | None
    """UTC; the last look that was not in vain."""


@dataclass(frozen=True, slots=True)
class FailedPage:
    """A page that gave no article, at the last attempt."""

    url: str
    source: str
    outcome: str
    detail: str | None
    http_status: int | None
    fetched_at: datetime
    """UTC."""
    attempts: int
    """Failed attempts in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The corpus in figures."""

    articles: int
    sources: int
    feeds: int
    queued: int
    """Addresses found and not yet fetched, those that wait for another attempt included."""
    by_language: Mapping[str, int]
    """Articles by language, most first."""
    by_source: Mapping[str, int]
    """Articles by the source's key, most first."""
    by_outcome: Mapping[str, int]
    """Fetches by outcome, most first."""
    first_published: datetime | None
    """UTC."""
    last_published: datetime | None
    """UTC."""
    last_run: Run | None
    bytes: int
    """Size of the database's files on disk."""
