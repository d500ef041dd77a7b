"""Takes the pages of WARC files into the corpus: read here, cleaned in worker processes, committed in batches.

What a batch holds, and how far its file has been read, is committed in one transaction, in the order of the file: an
import that was stopped or killed goes on behind the last batch.
"""

import logging
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.parse import urljoin

from cleaning.batch import Page, map_in_workers
from cleaning.urls import get_site, make_url_key
from cleaning.web.warc import DamagedSection, WarcRecord, read_records
from cleaning.worker_pool import DEADLINE_SECONDS, WorkerLostError
from crawler.pages.tasks import CleanedNews, RejectedPage
from crawler.stats import RunSummary, SourceReport, summarize
from crawler.warc.records import CapturedPage, RecordFilter, read_captured_page, select_record, to_fetched_page
from storage import Corpus, CorpusError, FetchedPage, Frontier, WarcImport

BATCH_PAGES: Final = 50
"""Pages committed at once."""
BATCH_SECONDS: Final = 2.0
"""Seconds after which fewer are committed."""
GRACE_SECONDS: Final = 4.0
"""Seconds that pages under way get to be finished when the import is told to stop."""
MAX_REPORTED_DAMAGES: Final = 3
"""Damaged pieces of a file that are told of one by one."""
PROGRESS_INTERVAL_SECONDS: Final = 0.1
"""Seconds between two reports of progress."""
KNOWN_OUTCOME: Final = "known"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What a person decides about an import as a whole."""

    workers: int | None = None
    """Processes that clean pages; ``None`` for one a core."""
    deadline: float = DEADLINE_SECONDS
    """Seconds that the cleaning of a page may take."""
    max_runtime: float | None = None
    """Seconds after which no more is read; ``None`` for no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """How far an import is."""

    bytes_read: int
    total_bytes: int
    cleaned: int
    """Pages whose outcome is known."""
    stored: int
    """New and changed articles in the corpus."""
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """The account of an import."""

    records: int
    """Responses that were read."""
    left_out: int
    """Those that are no pages, or not wanted."""
    known: int
    """Those that were known, or that are older than what the corpus has."""
    pages: RunSummary
    """What became of the others; its sources are the files."""

    @property
    def exit_code(self) -> int:
        """0 where all is well; 3 where a file is damaged or missing, 4 where nothing could be read of any."""
        if not any(source.problem for source in self.pages.sources):
            return 0
        return 3 if self.records or any(source.problem is None for source in self.pages.sources) else 4

    def to_counts(self) -> dict[str, int]:
        """The figures as one flat mapping: what the corpus keeps of a run."""
        return {"records": self.records, "left-out": self.left_out, "known": self.known} | self.pages.to_counts()

    def format_line(self) -> str:
        """One line for people."""
        return f"records {self.records}, left out {self.left_out}, known {self.known}, {self.pages.format_line()}"


class _WarcFile:
    """A file, as far as it is read and as far as what was read is committed."""

    def __init__(self, path: Path, known: WarcImport) -> None:
        self.path = path
        self.known = known
        self.position = known.offset
        """Where reading has come to."""
        self.records = 0
        self.left_out = 0
        self.end: int | None = None
        """Where to read on another time, once the file has been read to its end."""
        self.damages: list[str] = []
        self.outcomes: Counter[str] = Counter()
        self.problem: str | None = None

    def build_report(self) -> SourceReport:
        more = len(self.damages) - MAX_REPORTED_DAMAGES
        told = "; ".join(self.damages[:MAX_REPORTED_DAMAGES]) + (f"; and {more} more" if more > 0 else "")
        taken = {outcome: count for outcome, count in self.outcomes.items() if outcome != KNOWN_OUTCOME}
        return SourceReport(
            name=self.path.name,
            url=str(self.path),
            found=sum(taken.values()),
            outcomes=taken,
            problem=self.problem or told or None,
        )


@dataclass(frozen=True, slots=True)
class _PendingPage:
    """What a page is known by while it is cleaned."""

    file: _WarcFile
    capture: CapturedPage
    fetched_at: datetime
    records: int
    """Records of the file up to and with it."""


class _GraceOverError(Exception):
    """Pages under way are given up."""


class _ImportRun:
    """One import at work."""

    def __init__(
        self,
        corpus: Corpus,
        frontier: Frontier,
        selection: RecordFilter,
        options: ImportOptions,
        on_progress: Callable[[ImportProgress], None] | None,
    ) -> None:
        self.stopped: str | None = None
        self.is_committing = False
        self._corpus = corpus
        self._frontier = frontier
        self._selection = selection
        self._options = options
        self._on_progress = on_progress
        self._files: list[_WarcFile] = []
        self._sources: dict[str, int] = {}
        self._batch: list[FetchedPage] = []
        self._progress: WarcImport | None = None
        self._file: _WarcFile | None = None
        self._committed_at = self._reported_at = self._started_at = time.monotonic()

    def run(self, paths: Sequence[Path]) -> None:
        """Import the files, one after the other, until all are read or it is told to stop."""
        self._files = [self._load_file_state(path) for path in paths]
        done = map_in_workers(
            read_captured_page, self._iter_pages(), workers=self._options.workers, deadline=self._options.deadline
        )
        try:
            with closing(done):
                for page, read in done:
                    self._add_to_batch(page.key, read)
        except _GraceOverError:
            self._commit_batch()
            return
        self._commit_batch()
        for file in self._files:
            self._finish_file(file)

    # Reading

    def _load_file_state(self, path: Path) -> _WarcFile:
        absolute = path.absolute()
        try:
            size = absolute.stat().st_size
            return _WarcFile(path, self._corpus.crawl.start_warc_import(str(absolute), str(self._selection), size))
        except OSError as error:
            file = _WarcFile(path, WarcImport(0, str(absolute), 0, 0, 0, datetime.now(UTC)))
            file.problem = f"cannot be read: {error.strerror}"
            return file

    def _iter_pages(self) -> Iterator[Page]:
        for file in self._files:
            if file.known.finished_at is not None:
                continue
            try:
                with file.path.open("rb") as stream:
                    modified = datetime.fromtimestamp(os.fstat(stream.fileno()).st_mtime, UTC)
                    yield from self._iter_file_pages(file, read_records(stream, file.known.offset), modified)
            except OSError as error:
                file.problem = f"cannot be read: {error.strerror}"

    def _iter_file_pages(
        self, file: _WarcFile, found: Iterator[WarcRecord | DamagedSection], modified: datetime
    ) -> Iterator[Page]:
        end = file.known.offset
        for piece in found:
            if self._is_stopped():
                return
            file.position = end = piece.resume_at
            if isinstance(piece, DamagedSection):
                file.damages.append(piece.describe())
                if piece.resume_at >= file.known.size:
                    end = piece.start  # perhaps somebody is still writing it
                continue
            file.records += 1
            capture = select_record(piece, self._selection)
            if capture is None:
                file.left_out += 1
            else:
                fetched_at = piece.fetched_at or modified  # an archive without dates has at least its own
                if self._frontier.is_known(make_url_key(capture.url), fetched_at):
                    file.outcomes[KNOWN_OUTCOME] += 1
                else:
                    key = _PendingPage(file, capture, fetched_at, file.records)
                    yield replace(capture.to_page(), key=key)
            self._report_progress(file)
        file.end = end

    def _is_stopped(self) -> bool:
        limit = self._options.max_runtime
        if self.stopped is None and limit is not None and time.monotonic() - self._started_at >= limit:
            self.stopped = "time limit"
        return self.stopped is not None

    # Writing

    def _add_to_batch(self, page: _PendingPage, read: CleanedNews | RejectedPage | WorkerLostError) -> None:
        """Put a page that has been read into the batch, and commit this when it is due."""
        if self._file is not page.file:
            self._commit_batch()
            if self._file is not None:
                self._finish_file(self._file)
            self._file = page.file
        if isinstance(read, CleanedNews) and not self._selection.matches_article(read.cleaned.article):
            page.file.left_out += 1
        else:
            self._batch.append(
                to_fetched_page(page.capture, page.fetched_at, self._get_source_id(page.capture.url), read)
            )
        known = page.file.known
        offset = page.capture.record.resume_at
        self._progress = replace(known, offset=offset, records=known.records + page.records)
        if len(self._batch) >= BATCH_PAGES or time.monotonic() - self._committed_at >= BATCH_SECONDS:
            self._commit_batch()

    def _get_source_id(self, url: str) -> int:
        site = get_site(url)
        if site not in self._sources:
            source = (self._selection.sites or {}).get(site)
            address, name = (source.url, source.name) if source else (urljoin(url, "/"), None)
            self._sources[site] = self._corpus.crawl.get_or_create_source(address, name).id
        return self._sources[site]

    def _commit_batch(self) -> None:
        if self._progress is None or self._file is None:
            return
        outcomes = self._save_batch(self._batch, self._progress)
        for page, outcome in zip(self._batch, outcomes, strict=True):
            _log.info("%s %s%s", outcome, page.final_url, f": {page.detail}" if page.detail else "")
        self._file.outcomes.update(outcomes)
        self._batch, self._progress, self._committed_at = [], None, time.monotonic()
        self._report_progress(self._file)

    def _finish_file(self, file: _WarcFile) -> None:
        """Note how far a file was read of which every page has been committed."""
        if file.known.finished_at is not None:
            return
        progress = replace(file.known, offset=file.position, records=file.known.records + file.records)
        if file.end is not None:
            # What has no record at all is not done with: the next call says so again.
            finished_at = datetime.now(UTC) if progress.records or not file.damages else None
            progress = replace(progress, offset=file.end, finished_at=finished_at)
        self._save_batch([], progress)

    def _save_batch(self, pages: Sequence[FetchedPage], progress: WarcImport) -> list[str]:
        self.is_committing = True
        try:
            return self._frontier.import_pages(pages, progress)
        finally:
            self.is_committing = False

    # Telling

    def _report_progress(self, file: _WarcFile) -> None:
        if self._on_progress is None or time.monotonic() - self._reported_at < PROGRESS_INTERVAL_SECONDS:
            return
        self._reported_at = time.monotonic()
        outcomes: Counter[str] = sum((each.outcomes for each in self._files), Counter())
        self._on_progress(
            ImportProgress(
                bytes_read=sum(each.position for each in self._files),
                total_bytes=sum(each.known.size for each in self._files),
                cleaned=outcomes.total() - outcomes[KNOWN_OUTCOME],
                stored=outcomes["stored"] + outcomes["updated"],
                file=str(file.path),
            )
        )

    def build_summary(self) -> ImportSummary:
        """The account so far."""
        reports = tuple(file.build_report() for file in self._files)
        return ImportSummary(
            records=sum(file.records for file in self._files),
            left_out=sum(file.left_out for file in self._files),
            known=sum(file.outcomes[KNOWN_OUTCOME] for file in self._files),
            pages=summarize(reports, time.monotonic() - self._started_at, self.stopped),
        )


def import_warcs(
    corpus: Corpus,
    paths: Sequence[Path],
    selection: RecordFilter,
    options: ImportOptions | None = None,
    on_progress: Callable[[ImportProgress], None] | None = None,
) -> ImportSummary:
    """Take the wanted pages of WARC files into a corpus, and give an account of it.

    SIGTERM and SIGINT end it early and properly, where this is the main thread. Raises CorpusBusy where a crawl is at
    work on the corpus, and other CorpusErrors where it cannot be written.
    """
    options = options or ImportOptions()
    with corpus.crawl.lock():
        run_id = corpus.crawl.start_run(" ".join(["backfill", *map(str, paths)]))
        frontier = corpus.crawl.open_frontier(run_id)
        frontier.release_stale_leases()
        work = _ImportRun(corpus, frontier, selection, options, on_progress)
        try:
            with _handle_signals(work):
                work.run(paths)
        except BaseException:
            with suppress(CorpusError):  # it may be the corpus that failed
                corpus.crawl.finish_run(run_id, work.build_summary().to_counts(), "failed")
            raise
        summary = work.build_summary()
        corpus.crawl.finish_run(run_id, summary.to_counts(), "stopped" if work.stopped else "finished")
    return summary


@contextmanager
def _handle_signals(work: _ImportRun) -> Iterator[None]:
    """On a signal, or when the time is up, read nothing more; some seconds later, wait for nothing more."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: FrameType | None) -> None:
        if work.stopped is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        work.stopped = work.stopped or signal.Signals(number).name
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)

    def give_up(_: int, __: FrameType | None) -> None:
        if work.is_committing:
            signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS / 10)
        else:
            raise _GraceOverError

    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGALRM: give_up}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
