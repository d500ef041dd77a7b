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
from math import inf
from typing import Any, Final

from cleaning import Cleaned
from cleaning.urls import canonicalise, site_of
from cleaning.worker_pool import DEADLINE
from crawler.config.models import AlertConfig, ArchiveConfig, CrawlDefaults, SourceConfig
from crawler.config.opt_out import NOBODY, OptOut
from crawler.frontier.commit_queue import Commits, CorpusThread, Finished
from crawler.frontier.schedule import Bounds, next_visit
from crawler.logs import LogFormat, page_fields
from crawler.ops.health_check import Checkup, check_up
from crawler.pages.site_profile import SiteProfile
from crawler.stats import Progress, RunSummary, Tally, summarise
from crawler.urls.classifier import same_site
from storage import (
    Archive,
    ArchiveError,
    Corpus,
    CorpusBusy,
    CorpusError,
    Exchange,
    FetchedPage,
    NotACorpus,
    Pointer,
    Source,
    SourceRun,
)

BETWEEN_TELLING: Final = 0.05
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
    deadline: float = DEADLINE
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


class Site:
    """A source as this run sees it."""

    def __init__(self, source: Source, config: SourceConfig) -> None:
        self.source = source
        self.configs = [config]
        self.profile = profile_of(source)
        """What is known of the site's pages, and grows with each."""
        self.tally = Tally(config.name or source.name or source.key, config.url)
        self.hosts = dict.fromkeys([site_of(config.url), *config.hosts])
        """The hosts whose articles are the site's, without ``www.``, with a port that is not the default."""
        self.leased = 0
        self.opt_out: OptOut = NOBODY

    @property
    def room(self) -> float:
        """How many more pages its limit allows; infinite without one."""
        limit = self.configs[0].max_pages
        return inf if limit is None else limit - self.leased

    @property
    def delay(self) -> float | None:
        """Seconds between two requests that the person who set it up wants; ``None`` for the crawl's own."""
        return max((config.delay for config in self.configs if config.delay is not None), default=None)

    def told(self, cleaned: Cleaned) -> Cleaned:
        """A page of the site, with what the person who set it up says of its pages where it says nothing itself."""
        article, config = cleaned.article, self.configs[0]
        told: dict[str, Any] = {}
        if article.section is None and config.section is not None:
            told["section"] = config.section
        if article.language == "unknown" and config.language is not None:
            told["language"] = config.language
        if not told:
            return cleaned
        origins = {**article.provenance, **dict.fromkeys(told, "source")}
        return replace(cleaned, article=replace(article, provenance=origins, **told))

    def next_visit(self, first: datetime, now: datetime, defaults: CrawlDefaults) -> datetime | None:
        """When to look again at an article of the site that was first fetched at ``first``."""
        return next_visit([timedelta(seconds=after) for after in defaults.revisit_of(self.configs[0])], first, now)

    @property
    def needs_browser(self) -> bool:
        """Whether its pages are made by their scripts."""
        return any(config.js for config in self.configs)

    @property
    def oldest(self) -> datetime | None:
        """Before when articles are too old to be fetched; ``None`` where none is."""
        ages = [inf if config.max_age is None else config.max_age for config in self.configs]
        return None if inf in ages else datetime.now(UTC) - timedelta(seconds=max(ages))

    @property
    def concurrency(self) -> int:
        """Requests to one of its hosts at once."""
        return min(config.concurrency for config in self.configs)

    def owns(self, url: str) -> bool:
        """Whether an address is on the site."""
        return any(same_site(url, host) for host in self.hosts)

    def takes(self, url: str) -> bool:
        """Whether the person who set it up wants pages of such addresses, and nobody has opted out of it."""
        return any(config.takes(url) for config in self.configs) and not self.opt_out.covers(url)

    def add_host(self, url: str) -> None:
        """The site answers at this address too."""
        self.hosts.setdefault(site_of(url))


def profile_of(source: Source) -> SiteProfile:
    """What earlier runs have learned of a source; nothing where that cannot be read."""
    try:
        return SiteProfile.from_json(source.profile)
    except (ValueError, KeyError, TypeError, AttributeError):
        _log.warning("what was learned of %s cannot be read, and is learned again", source.key)
        return SiteProfile()


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
        self.frontier = corpus.frontier(run_id)
        self.sites = _sites(corpus, sources)
        self.opt_out = OptOut(options.defaults.opt_out)
        for site in self.sites.values():
            site.opt_out = self.opt_out
        self.in_thread = CorpusThread(hold)
        self.requests: Counter[str] = Counter()
        """Requests by site, as ``Site.hosts`` has it; robots.txt and redirects included."""
        self.bounds = Bounds(
            timedelta(seconds=options.defaults.min_interval), timedelta(seconds=options.defaults.max_interval)
        )
        self.stopped: str | None = None
        """Why the run ends early; ``None`` while it does not."""
        self.error: BaseException | None = None
        """What made the run impossible to go on with."""
        self.checkups: list[Checkup] = []
        """Each source beside its past; empty until the run has ended."""
        self.notes: list[str] = []
        """What whoever runs the crawl should know, besides what the summary says, as sentences."""
        self._archive = archive
        self._commits = Commits(self._finish, self.in_thread)
        self._on_progress = on_progress
        self._begun = time.monotonic()
        self._told = 0.0

    async def commit(self, page: FetchedPage, exchange: Exchange | None = None) -> str:
        """Archive what is given, commit a page, count it, and give its final outcome."""
        outcome = await self._commits.commit(Finished(page, exchange))
        site = self.sites[page.lease.source_id]
        detail = f": {page.detail}" if page.detail else ""
        extra = page_fields(page.final_url, outcome, site.source.key, page.milliseconds)
        _log.info("%s %s%s", outcome, page.final_url, detail, extra=extra)
        site.tally.count(outcome, page.cleaned.article if page.cleaned else None)
        return outcome

    def _finish(self, batch: Sequence[Finished]) -> list[str]:
        """Commit a batch. The archive comes first: no pointer may lead to what is still to be written."""
        return self.frontier.finish([replace(each.page, archived=self._archived(each.exchange)) for each in batch])

    def _archived(self, exchange: Exchange | None) -> Pointer | None:
        if self._archive is None or exchange is None:
            return None
        try:
            pointer = self._archive.write(exchange)
        except ArchiveError as error:
            self._end_archive(f"{error}; the pages of this run are no longer archived")
            return None
        if self._archive.is_full:
            self._end_archive(f"the archive {self._archive.folder} has reached its budget; pages are not archived")
        return pointer

    def _end_archive(self, why: str) -> None:
        self.notes.append(why)
        self.close_archive()

    def close_archive(self) -> None:
        """Archive nothing more."""
        if self._archive is not None:
            self._archive.close()
            self._archive = None

    def tell(self, *, waiting: int, looking: int, last_url: str | None = None) -> None:
        """Tell whoever watches how far the run is."""
        if self._on_progress is None or time.monotonic() - self._told < BETWEEN_TELLING:
            return
        self._told = time.monotonic()
        so_far = self.summary()
        self._on_progress(
            Progress(
                found=so_far.found,
                fetched=so_far.fetched,
                stored=so_far.stored + so_far.updated,
                waiting=waiting,
                looking=looking,
                seconds=so_far.seconds,
                last_url=last_url,
            )
        )

    def source_runs(self) -> list[SourceRun]:
        """The account so far as the corpus keeps it: of each source that anything was done on."""
        self._count_requests()
        now = datetime.now(UTC)
        return [
            site.tally.source_run(self.run_id, site.source.id, now)
            for site in self.sites.values()
            if site.tally.is_worth_keeping
        ]

    def _count_requests(self) -> None:
        for site in self.sites.values():
            site.tally.requests = sum(self.requests[host] for host in site.hosts)

    def summary(self) -> RunSummary:
        """The account so far."""
        self._count_requests()
        reports = tuple(site.tally.report() for site in self.sites.values())
        return summarise(reports, time.monotonic() - self._begun, self.stopped, tuple(self.notes))


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
    with corpus.lock() as hold:
        archive = _archive(corpus, options.archive)
        run_id = corpus.start_run(" ".join(source.url for source in sources))
        session = Session(corpus, run_id, sources, options, on_progress, archive, hold)
        if released := session.frontier.release_stale():
            _log.info("%d pages that an interrupted run left are taken up again", released)
        try:
            yield session
        except BaseException as error:
            outcome = "failed" if isinstance(error, Exception) else "stopped"
            if isinstance(error, CorpusError):
                session.in_thread.hurry()
            # A damaged corpus, and one that another crawl has taken over, are not written to.
            is_left = isinstance(error, NotACorpus | CorpusBusy)
            with suppress(CorpusError):  # it may be the corpus that failed
                session.in_thread.close((lambda: None) if is_left else partial(_finish, session, outcome))
            raise
        session.in_thread.close(partial(_finish, session, "stopped" if session.stopped else "finished"))


def _archive(corpus: Corpus, config: ArchiveConfig | None) -> Archive | None:
    """The archive that a run writes; raises ArchiveError where its folder cannot be read."""
    if config is None or not config.enabled:
        return None
    return Archive(
        config.folder or corpus.archive_folder,
        rotate_bytes=config.rotate,
        budget_bytes=config.budget,
        operator=os.environ.get("CLEANWIRE_CONTACT", ""),
    )


def _finish(session: Session, outcome: str) -> None:
    session.close_archive()
    for site in session.sites.values():
        if (learned := site.profile.as_json()) != (site.source.profile or SiteProfile().as_json()):
            session.corpus.save_profile(site.source.id, learned)
    session.checkups = check_up(session.corpus, session.source_runs())
    session.corpus.save_source_runs(checkup.look for checkup in session.checkups)
    for checkup in session.checkups:
        session.sites[checkup.look.source_id].tally.drift = checkup.look.drift
    session.corpus.finish_run(session.run_id, session.summary().counts(), outcome)


def _sites(corpus: Corpus, sources: Sequence[SourceConfig]) -> dict[int, Site]:
    """The run's sites by source id; two addresses of one site make one."""
    sites: dict[int, Site] = {}
    for config in sources:
        source = corpus.source_for(canonicalise(config.url), config.name)
        if source.id in sites:
            sites[source.id].configs.append(config)
            sites[source.id].add_host(config.url)
        else:
            sites[source.id] = Site(source, config)
    return sites
