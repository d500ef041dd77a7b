"""One run of the crawl while it lasts: its corpus, its sites, its options, and what it has done so far."""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from cleaning.urls import canonicalise, get_site
from cleaning.worker_pool import DEADLINE_SECONDS
from crawler.config.models import AlertConfig, ArchiveConfig, CrawlDefaults, SourceConfig
from crawler.config.opt_out import OptOutList
from crawler.crawled_site import CrawledSite
from crawler.frontier.commit_queue import CommitQueue, CorpusThread, FinishedPage
from crawler.frontier.schedule import IntervalBounds
from crawler.logs import LogFormat, build_page_fields
from crawler.ops.health_check import HealthCheck, check_sources
from crawler.outcomes import classify_outcome
from crawler.pages.site_profile import SiteProfile
from crawler.stats import Progress, RunSummary, summarize
from storage import (
    Archive,
    ArchiveError,
    ArchivePointer,
    Corpus,
    CorpusBusy,
    CorpusError,
    Exchange,
    FetchedPage,
    NotACorpus,
    SourceRun,
)

PROGRESS_INTERVAL_SECONDS: Final = 0.05
"""Seconds between two progress reports: each one adds up the counters of all sources, and nobody reads faster."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """The user's settings for a crawl as a whole."""

    delay: float = 1.0
    """Seconds between two requests to a host; a source's ``delay`` and robots.txt can make it longer."""
    max_pages: int | None = None
    """The most article pages to fetch; ``None`` for no limit."""
    max_runtime: float | None = None
    """Seconds after which the crawl stops fetching, commits what it has fetched, and ends; ``None`` for no limit."""
    workers: int | None = None
    """Number of worker processes that clean pages; ``None`` for one per core."""
    timeout: float = 30.0
    """Seconds that a request may take from its first byte sent to its last byte received."""
    deadline: float = DEADLINE_SECONDS
    """Seconds that cleaning a page may take."""
    log_level: str = "ERROR"
    """Name of the lowest level that is logged to standard error."""
    only_due: bool = False
    """Whether known listings are polled only when they are due."""
    archive: ArchiveConfig | None = None
    """Where fetched pages are archived; ``None`` to archive nothing."""
    alerts: AlertConfig | None = None
    """Where alerts about sources are sent; ``None`` to send none."""
    log_format: LogFormat = "text"
    skipped: tuple[str, ...] = ()
    """Sentences about sources that cannot be crawled and were left out, for the summary."""
    since: datetime | None = None
    """If set, sites are walked back to this time instead of polled for new articles; timezone-aware."""
    retried: tuple[str, ...] = ()
    """Outcomes whose pages are fetched again first; ``failed`` and ``rejected`` stand for all outcomes of a kind."""
    defaults: CrawlDefaults = field(default_factory=CrawlDefaults)
    """Settings for every source that does not override them; ``delay`` above takes precedence over theirs."""


class Session:
    """One run. :func:`open_session` creates it, with the corpus locked and the run recorded."""

    def __init__(
        self,
        corpus: Corpus,
        run_id: int,
        sources: Sequence[SourceConfig],
        options: CrawlOptions,
        on_progress: Callable[[Progress], None] | None,
        archive: Archive | None = None,
        ensure_lock: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare a run.

        Args:
            corpus: where articles are stored.
            run_id: the run's row in the corpus.
            sources: the sites to crawl.
            options: settings of the whole crawl.
            on_progress: called with the progress so far, at most 20 times a second.
            archive: where pages are archived; ``None`` to archive nothing.
            ensure_lock: takes the crawl's lock again after the database server was restarted.
        """
        self.corpus = corpus
        self.run_id = run_id
        self.options = options
        self.frontier = corpus.crawl.open_frontier(run_id)
        self.sites = _build_sites(corpus, sources)
        self.opt_out = OptOutList(options.defaults.opt_out)
        for site in self.sites.values():
            site.opt_out = self.opt_out
        self.in_thread = CorpusThread(ensure_lock)
        self.requests: Counter[str] = Counter()
        """Requests by host in the form of ``CrawledSite.hosts``, including robots.txt and redirects."""
        self.bounds = IntervalBounds(
            timedelta(seconds=options.defaults.min_interval), timedelta(seconds=options.defaults.max_interval)
        )
        self.stopped: str | None = None
        """Why the run ends early; ``None`` as long as it does not."""
        self.error: BaseException | None = None
        """The error that ended the run; ``None`` if there was none."""
        self.checkups: list[HealthCheck] = []
        """Each source compared with its past; empty until the run has ended."""
        self.notes: list[str] = []
        """Sentences for the operator, in addition to the summary's counts."""
        self._archive = archive
        self._commit_queue = CommitQueue(self._commit_batch, self.in_thread)
        self._on_progress = on_progress
        self._started_at = time.monotonic()
        self._reported_at = 0.0

    def find_previous_start(self) -> datetime | None:
        """Return when the run before this one began, in UTC; ``None`` if this is the first."""
        earlier = self.corpus.monitoring.list_runs_before(self.run_id, 1)
        return earlier[0].started_at if earlier else None

    def queue_retries(self) -> None:
        """Queue the pages that the user wants to be fetched again (``--retry``), and note how many they are."""
        sources = list(self.sites)
        outcomes = select_retried_outcomes(self.options.retried, self.frontier.list_outcomes(sources))
        count = self.frontier.queue_outcomes(sources, outcomes)
        _log.info("%d pages are queued again: %s", count, ", ".join(sorted(outcomes)) or "no such outcome")
        if not count:
            self.notes.append(f"no page to retry: {', '.join(self.options.retried)}")

    async def commit_page(self, page: FetchedPage, exchange: Exchange | None = None) -> str:
        """Commit a page and count it; return its final outcome.

        Args:
            page: the page with its article, or with the outcome that it has instead.
            exchange: the request and its response for the archive; ``None`` to archive nothing.
        """
        outcome = await self._commit_queue.commit(FinishedPage(page, exchange))
        site = self.sites[page.lease.source_id]
        detail = f": {page.detail}" if page.detail else ""
        extra = build_page_fields(page.final_url, outcome, site.source.key, page.milliseconds)
        _log.info("%s %s%s", outcome, page.final_url, detail, extra=extra)
        site.stats.count_page(outcome, page.cleaned.article if page.cleaned else None)
        return outcome

    def _commit_batch(self, batch: Sequence[FinishedPage]) -> list[str]:
        """Archive and commit a batch, in this order: no pointer in the corpus may lead to a missing record."""
        return self.frontier.record_fetches(
            [replace(each.page, archived=self._archive_exchange(each.exchange)) for each in batch]
        )

    def _archive_exchange(self, exchange: Exchange | None) -> ArchivePointer | None:
        """Write an exchange to the archive. A full or broken archive ends archiving, not the crawl."""
        if self._archive is None or exchange is None:
            return None
        try:
            pointer = self._archive.write(exchange)
        except ArchiveError as error:
            self._stop_archiving(f"{error}; the pages of this run are no longer archived")
            return None
        if self._archive.is_full:
            self._stop_archiving(f"the archive {self._archive.folder} has reached its budget; pages are not archived")
        return pointer

    def _stop_archiving(self, reason: str) -> None:
        self.notes.append(reason)
        self.close_archive()

    def close_archive(self) -> None:
        """Close the archive; nothing more is archived."""
        if self._archive is not None:
            self._archive.close()
            self._archive = None

    def report_progress(self, *, waiting: int, discovering: int, last_url: str | None = None) -> None:
        """Report the progress unless the last report was less than ``PROGRESS_INTERVAL_SECONDS`` ago."""
        if self._on_progress is None or time.monotonic() - self._reported_at < PROGRESS_INTERVAL_SECONDS:
            return
        self._reported_at = time.monotonic()
        so_far = self.build_summary()
        self._on_progress(
            Progress(
                found=so_far.found,
                fetched=so_far.fetched,
                stored=so_far.stored + so_far.updated,
                waiting=waiting,
                discovering=discovering,
                seconds=so_far.seconds,
                last_url=last_url,
            )
        )

    def build_source_runs(self) -> list[SourceRun]:
        """Build the rows that the corpus stores of this run: one for each source that anything was done on."""
        self._count_requests()
        now = datetime.now(UTC)
        return [
            site.stats.to_source_run(self.run_id, site.source.id, now)
            for site in self.sites.values()
            if site.stats.has_activity and not site.left_no_trace
        ]

    def _count_requests(self) -> None:
        for site in self.sites.values():
            site.stats.requests = sum(self.requests[host] for host in site.hosts)

    def build_summary(self) -> RunSummary:
        """Build the summary of the run so far."""
        self._count_requests()
        reports = tuple(site.stats.build_report() for site in self.sites.values())
        return summarize(
            reports, time.monotonic() - self._started_at, self.stopped, tuple(self.notes), self.options.skipped
        )


def select_retried_outcomes(wanted: Collection[str], known: Collection[str]) -> set[str]:
    """Return those of the known outcomes that the user has named; ``failed`` and ``rejected`` name all of a kind.

    >>> sorted(select_retried_outcomes(["failed", "too-short"], ["stored", "http-404", "too-short", "index-page"]))
    ['http-404', 'too-short']
    """
    without_article = {
        outcome for outcome in known if outcome != "erased" and classify_outcome(outcome) in ("failed", "rejected")
    }
    return {outcome for outcome in without_article if outcome in wanted or classify_outcome(outcome) in wanted}


@contextmanager
def open_session(
    corpus: Corpus,
    sources: Sequence[SourceConfig],
    options: CrawlOptions,
    on_progress: Callable[[Progress], None] | None = None,
) -> Iterator[Session]:
    """Open a run over a corpus: take the crawl's lock, record the run, and release the leases of a run that was killed.

    Raises:
        CorpusBusy: another crawl is running on the corpus.
        ArchiveError: the archive's folder cannot be read.
        ValueError: a source's URL is not a valid URL.
    """
    with corpus.crawl.lock() as ensure_lock:
        archive = _open_archive(corpus, options.archive)
        run_id = corpus.crawl.start_run(" ".join(source.url for source in sources))
        session = Session(corpus, run_id, sources, options, on_progress, archive, ensure_lock)
        if released := session.frontier.release_stale_leases():
            _log.info("%d pages leased by an interrupted run are queued again", released)
        try:
            yield session
        except BaseException as error:
            outcome = "failed" if isinstance(error, Exception) else "stopped"
            if isinstance(error, CorpusError):
                session.in_thread.set_deadline()
            # Writing to a damaged corpus could lose more, and one that another crawl has taken over is not ours.
            is_abandoned = isinstance(error, NotACorpus | CorpusBusy)
            with suppress(CorpusError):  # the corpus itself may be what failed
                session.in_thread.close((lambda: None) if is_abandoned else partial(_finish_run, session, outcome))
            raise
        session.in_thread.close(partial(_finish_run, session, "stopped" if session.stopped else "finished"))


def _open_archive(corpus: Corpus, config: ArchiveConfig | None) -> Archive | None:
    """Open the archive of a run; ``None`` if archiving is off. Raise ArchiveError if its folder cannot be read."""
    if config is None or not config.enabled:
        return None
    return Archive(
        config.folder or corpus.archive_folder,
        rotate_bytes=config.rotate,
        budget_bytes=config.budget,
        operator=os.environ.get("CLEANWIRE_CONTACT", ""),
    )


def _finish_run(session: Session, outcome: str) -> None:
    """Save what the run has learned, compare its sources with their past, and record its outcome."""
    session.close_archive()
    for site in session.sites.values():
        if (learned := site.profile.to_json()) != (site.source.profile or SiteProfile().to_json()):
            session.corpus.crawl.save_profile(site.source.id, learned)
        session.corpus.crawl.save_portfolio(site.source.id, site.portfolio.to_json())
    for key, site in session.sites.items():
        if site.left_no_trace:
            session.corpus.crawl.remove_source(key)
    session.checkups = check_sources(session.corpus, session.build_source_runs())
    session.corpus.crawl.save_source_runs(checkup.source_run for checkup in session.checkups)
    for checkup in session.checkups:
        session.sites[checkup.source_run.source_id].stats.drift = checkup.source_run.drift
    session.corpus.crawl.finish_run(session.run_id, session.build_summary().to_counts(), outcome)


def _build_sites(corpus: Corpus, sources: Sequence[SourceConfig]) -> dict[int, CrawledSite]:
    """Build the run's sites by source id; two URLs of the same site become one site."""
    sites: dict[int, CrawledSite] = {}
    known = {source.key for source in corpus.sources()}
    groups = {get_site(config.url): config.group for config in sources if config.group}
    for config in sources:
        # The file decides about the group; a site that is named on the command line keeps the one that it has.
        group = None if config.typed else groups.get(get_site(config.url), "")
        source = corpus.crawl.get_or_create_source(canonicalise(config.url), config.name, group)
        if source.id in sites:
            sites[source.id].configs.append(config)
            sites[source.id].add_host(config.url)
        else:
            sites[source.id] = CrawledSite(source, config)
            sites[source.id].is_provisional = config.typed is not None and source.key not in known
    return sites
