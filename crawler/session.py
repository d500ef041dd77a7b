"""One run of the crawl: its corpus, its sources, what it may do, and what it has done so far."""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from cleaning.urls import canonicalise
from cleaning.worker_pool import DEADLINE_SECONDS
from crawler.config.models import AlertConfig, ArchiveConfig, CrawlDefaults, SourceConfig
from crawler.config.opt_out import OptOutList
from crawler.crawled_site import CrawledSite
from crawler.frontier.commit_queue import CommitQueue, CorpusThread, FinishedPage
from crawler.frontier.schedule import IntervalBounds
from crawler.logs import LogFormat, build_page_fields
from crawler.ops.health_check import HealthCheck, check_sources
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
"""Seconds between two reports of progress: nobody reads faster, and each counts all sources."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """What a person decides about a crawl as a whole."""

    delay: float = 1.0
    """Seconds between two requests to a host; a source's own delay and its robots.txt can make it longer."""
    max_pages: int | None = None
    """Article pages to fetch at most; ``None`` for no limit."""
    max_runtime: float | None = None
    """Seconds after which the crawl stops fetching, commits what it has, and ends; ``None`` for no limit."""
    workers: int | None = None
    """Processes that clean pages; ``None`` for one a core."""
    timeout: float = 30.0
    """Seconds that a request may take from start to end."""
    deadline: float = DEADLINE_SECONDS
    """Seconds that the cleaning of a page may take."""
    log_level: str = "ERROR"
    """Name of the lowest level that is logged, on standard error."""
    only_due: bool = False
    """Whether listings that are known are left alone until they are due."""
    archive: ArchiveConfig | None = None
    """Where fetched pages are archived; ``None`` for nowhere."""
    alerts: AlertConfig | None = None
    """Who is told what has begun to be wrong with sources, and what is over; ``None`` for nobody."""
    log_format: LogFormat = "text"
    since: datetime | None = None
    """With a time, sites are walked back to it, instead of being asked for what is new; timezone-aware."""
    defaults: CrawlDefaults = field(default_factory=CrawlDefaults)
    """What holds for every source that does not say otherwise; its delay is the one above."""


class Session:
    """One run. Use it as :func:`open_session` gives it: with the corpus locked and the run recorded."""

    def __init__(
        self,
        corpus: Corpus,
        run_id: int,
        sources: Sequence[SourceConfig],
        options: CrawlOptions,
        on_progress: Callable[[Progress], None] | None,
        archive: Archive | None = None,
        hold: Callable[[], None] = lambda: None,
    ) -> None:
        """``hold`` makes sure of the crawl's lock, where the corpus's server has been away."""
        self.corpus = corpus
        self.run_id = run_id
        self.options = options
        self.frontier = corpus.crawl.open_frontier(run_id)
        self.sites = _build_sites(corpus, sources)
        self.opt_out = OptOutList(options.defaults.opt_out)
        for site in self.sites.values():
            site.opt_out = self.opt_out
        self.in_thread = CorpusThread(hold)
        self.requests: Counter[str] = Counter()
        """Requests by site, as ``Site.hosts`` has it; robots.txt and redirects included."""
        self.bounds = IntervalBounds(
            timedelta(seconds=options.defaults.min_interval), timedelta(seconds=options.defaults.max_interval)
        )
        self.stopped: str | None = None
        """Why the run ends early; ``None`` while it does not."""
        self.error: BaseException | None = None
        """What made the run impossible to go on with."""
        self.checkups: list[HealthCheck] = []
        """Each source beside its past; empty until the run has ended."""
        self.notes: list[str] = []
        """What whoever runs the crawl should know, besides what the summary says, as sentences."""
        self._archive = archive
        self._commit_queue = CommitQueue(self._commit_batch, self.in_thread)
        self._on_progress = on_progress
        self._started_at = time.monotonic()
        self._reported_at = 0.0

    async def commit_page(self, page: FetchedPage, exchange: Exchange | None = None) -> str:
        """Archive what is given, commit a page, count it, and give its final outcome."""
        outcome = await self._commit_queue.commit(FinishedPage(page, exchange))
        site = self.sites[page.lease.source_id]
        detail = f": {page.detail}" if page.detail else ""
        extra = build_page_fields(page.final_url, outcome, site.source.key, page.milliseconds)
        _log.info("%s %s%s", outcome, page.final_url, detail, extra=extra)
        site.stats.count_page(outcome, page.cleaned.article if page.cleaned else None)
        return outcome

    def _commit_batch(self, batch: Sequence[FinishedPage]) -> list[str]:
        """Commit a batch. The archive comes first: no pointer may lead to what is still to be written."""
        return self.frontier.record_fetches(
            [replace(each.page, archived=self._archive_exchange(each.exchange)) for each in batch]
        )

    def _archive_exchange(self, exchange: Exchange | None) -> ArchivePointer | None:
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

    def _stop_archiving(self, why: str) -> None:
        self.notes.append(why)
        self.close_archive()

    def close_archive(self) -> None:
        """Archive nothing more."""
        if self._archive is not None:
            self._archive.close()
            self._archive = None

    def report_progress(self, *, waiting: int, discovering: int, last_url: str | None = None) -> None:
        """Tell whoever watches how far the run is."""
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
        """The account so far as the corpus keeps it: of each source that anything was done on."""
        self._count_requests()
        now = datetime.now(UTC)
        return [
            site.stats.to_source_run(self.run_id, site.source.id, now)
            for site in self.sites.values()
            if site.stats.has_activity
        ]

    def _count_requests(self) -> None:
        for site in self.sites.values():
            site.stats.requests = sum(self.requests[host] for host in site.hosts)

    def build_summary(self) -> RunSummary:
        """The account so far."""
        self._count_requests()
        reports = tuple(site.stats.build_report() for site in self.sites.values())
        return summarize(reports, time.monotonic() - self._started_at, self.stopped, tuple(self.notes))


@contextmanager
def open_session(
    corpus: Corpus,
    sources: Sequence[SourceConfig],
    options: CrawlOptions,
    on_progress: Callable[[Progress], None] | None = None,
) -> Iterator[Session]:
    """A run over a corpus: holds the corpus' lock, records the run, and takes over what a dead run left.

    Raises CorpusBusy where another crawl holds the lock, ArchiveError where the archive's folder cannot be read,
    ValueError for a source whose address is none.
    """
    with corpus.crawl.lock() as hold:
        archive = _open_archive(corpus, options.archive)
        run_id = corpus.crawl.start_run(" ".join(source.url for source in sources))
        session = Session(corpus, run_id, sources, options, on_progress, archive, hold)
        if released := session.frontier.release_stale_leases():
            _log.info("%d pages that an interrupted run left are taken up again", released)
        try:
            yield session
        except BaseException as error:
            outcome = "failed" if isinstance(error, Exception) else "stopped"
            if isinstance(error, CorpusError):
                session.in_thread.set_deadline()
            # A damaged corpus, and one that another crawl has taken over, are not written to.
            is_left = isinstance(error, NotACorpus | CorpusBusy)
            with suppress(CorpusError):  # it may be the corpus that failed
                session.in_thread.close((lambda: None) if is_left else partial(_finish_run, session, outcome))
            raise
        session.in_thread.close(partial(_finish_run, session, "stopped" if session.stopped else "finished"))


def _open_archive(corpus: Corpus, config: ArchiveConfig | None) -> Archive | None:
    """The archive that a run writes; raises ArchiveError where its folder cannot be read."""
    if config is None or not config.enabled:
        return None
    return Archive(
        config.folder or corpus.archive_folder,
        rotate_bytes=config.rotate,
        budget_bytes=config.budget,
        operator=os.environ.get("CLEANWIRE_CONTACT", ""),
    )


def _finish_run(session: Session, outcome: str) -> None:
    session.close_archive()
    for site in session.sites.values():
        if (learned := site.profile.to_json()) != (site.source.profile or SiteProfile().to_json()):
            session.corpus.crawl.save_profile(site.source.id, learned)
    session.checkups = check_sources(session.corpus, session.build_source_runs())
    session.corpus.crawl.save_source_runs(checkup.source_run for checkup in session.checkups)
    for checkup in session.checkups:
        session.sites[checkup.source_run.source_id].stats.drift = checkup.source_run.drift
    session.corpus.crawl.finish_run(session.run_id, session.build_summary().to_counts(), outcome)


def _build_sites(corpus: Corpus, sources: Sequence[SourceConfig]) -> dict[int, CrawledSite]:
    """The run's sites by source id; two addresses of one site make one."""
    sites: dict[int, CrawledSite] = {}
    for config in sources:
        source = corpus.crawl.get_or_create_source(canonicalise(config.url), config.name)
        if source.id in sites:
            sites[source.id].configs.append(config)
            sites[source.id].add_host(config.url)
        else:
            sites[source.id] = CrawledSite(source, config)
    return sites
