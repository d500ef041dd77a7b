"""Values that describe runs, failed pages, the state and history of sources, and the totals of the corpus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from storage.values.crawl_records import Source


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of ``cleanwire crawl`` or ``cleanwire backfill``."""

    id: int
    started_at: datetime
    """UTC."""
    finished_at: datetime | None
    """UTC; ``None`` while it runs, and also if it was killed."""
    arguments: str
    """Its command line, for people to read."""
    outcome: str | None
    """How it ended; ``"interrupted"`` if a later run found that it had been killed; ``None`` while it runs."""
    summary: Mapping[str, int]
    """Its counts: ``{"found": 30, "stored": 28}``."""

    @property
    def seconds(self) -> float | None:
        """The duration in seconds; ``None`` while it runs.

        0.0 if the system clock was set back during the run, so that a duration is never negative.
        """
        return max(0.0, (self.finished_at - self.started_at).total_seconds()) if self.finished_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRun:
    """The results of one run for one source. Anomalies are detected by comparing these."""

    run_id: int
    source_id: int
    at: datetime
    """UTC; when the run ended."""
    found: int = 0
    """URLs that the frontier did not have."""
    requests: int = 0
    """All requests to the source's hosts, robots.txt included."""
    outcomes: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Number of pages by outcome; new articles are ``"stored"``."""
    measured: int = 0
    """Number of new articles from which the next four values were computed."""
    words: int | None = None
    """Median word count of those articles; ``None`` if there are none."""
    titles: int = 0
    """Number of them with a title."""
    dates: int = 0
    """Number of them with a publication date."""
    authors: int = 0
    """Number of them with an author, be it a person or an organisation."""
    problem: str | None = None
    """Why the source could not be crawled, as a sentence; ``None`` if it could."""
    drift: str | None = None
    """The anomalies of this run, as a sentence; ``None`` if there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDay:
    """The runs of one source on one day, added up."""

    day: date
    """In UTC."""
    looks: int
    """Number of runs that polled the source."""
    found: int
    """URLs that the frontier did not have."""
    stored: int
    """New articles."""
    arrivals: int
    """Number of runs that stored new articles."""
    first_new_at: datetime | None
    """UTC; the end of the first of those runs. ``None`` if there is none."""
    last_new_at: datetime | None
    """UTC; the end of the last of those runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHistory:
    """The history of a source before a run, with which the run is compared to detect anomalies."""

    days: tuple[SourceDay, ...] = ()
    """Days with at least one run, the oldest first: the last 10,000 runs, and at most 400 days."""
    recent: tuple[SourceRun, ...] = ()
    """The last runs that fetched pages, the latest first."""
    baseline: tuple[SourceRun, ...] = ()
    """The last runs that fetched pages and had no anomaly, the latest first. Anomalies expire after four weeks: by then
    they are normal for the source."""
    previous: SourceRun | None = None
    """The previous run of the source; ``None`` if this is its first."""
    last_good_at: datetime | None = None
    """UTC; the end of the last run without a problem. ``None`` if there was none."""
    failed: int = 0
    """Number of failed runs since then."""
    failing_since: datetime | None = None
    """UTC; the end of the first of those. ``None`` if there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """The current state of a source."""

    source: Source
    articles: int
    """Number of its articles in the corpus."""
    last_article_at: datetime | None
    """UTC; when the newest of them was stored."""
    listings: int
    """Number of its known feeds, sitemaps and section pages."""
    failing_listings: int
    """Number of those whose last poll failed."""
    next_poll_at: datetime | None
    """UTC; when the first of its listings is due. ``None``: immediately, or it has no listings."""
    last: SourceRun | None
    """Its last run."""
    last_good_at: datetime | None
    """UTC; the end of its last run without a problem."""


@dataclass(frozen=True, slots=True)
class FailedPage:
    """A page whose last fetch produced no article."""

    url: str
    source: str
    """The source's key."""
    outcome: str
    detail: str | None
    """The reason for the outcome, as a sentence for people."""
    http_status: int | None
    """``None`` if there was no response."""
    fetched_at: datetime
    """UTC; the last attempt."""
    attempts: int
    """Number of consecutive failed attempts."""
    retry_at: datetime | None = None
    """UTC; when it is tried again, if a run takes place then; ``None`` if no attempt is planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The totals of a corpus."""

    articles: int
    sources: int
    feeds: int
    """Number of known listings."""
    queued: int
    """URLs that are still to be fetched, including those that wait for another attempt."""
    by_language: Mapping[str, int]
    """Articles by language, the most frequent first."""
    by_source: Mapping[str, int]
    """Articles by the source's key, the most frequent first."""
    by_outcome: Mapping[str, int]
    """Fetches by outcome, the most frequent first."""
    first_published: datetime | None
    """UTC; the earliest publication of an article. ``None`` if no article has a date."""
    last_published: datetime | None
    """UTC; the latest publication."""
    last_run: Run | None
    """The latest run; ``None`` before the first crawl."""
    bytes: int
    """Size of the database on disk."""
