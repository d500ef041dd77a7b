"""Imports the pages of WARC files into the corpus: read here, cleaned in worker processes, committed in batches.

A batch, and how far its file has been read, are committed in one transaction, in the order of the file. So an import
that was stopped or killed continues after its last batch.
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
from typing import BinaryIO, Final
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
"""Pages that are committed in one transaction."""
BATCH_SECONDS: Final = 2.0
"""Seconds after which a smaller batch is committed."""
GRACE_SECONDS: Final = 4.0
"""Seconds that pages in progress get when the import is told to stop."""
MAX_REPORTED_DAMAGES: Final = 3
"""Damaged sections of a file that are reported individually; the others are counted."""
PROGRESS_INTERVAL_SECONDS: Final = 0.1
"""Seconds between two progress reports."""
KNOWN_OUTCOME: Final = "known"
"""The outcome of a page that the corpus has already, or has in a newer state. It is counted but not recorded."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """The options of an import as a whole."""

    workers: int | None = None
    """Processes that clean pages; ``None`` for one per core."""
    deadline: float = DEADLINE_SECONDS
    """Seconds that the cleaning of a page may take."""
    max_runtime: float | None = None
    """Seconds after which no more pages are read; ``None`` for no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """How far an import has come, for a progress display."""

    bytes_read: int
    total_bytes: int
    cleaned: int
    """Pages whose outcome is known."""
    stored: int
    """New and changed articles in the corpus."""
    file: str
    """The file that is being read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """The summary of an import."""

    records: int
    """Responses that were read."""
    left_out: int
    """Those that are not pages, or not wanted."""
    known: int
    """Those that the corpus has already, or has in a newer state."""
    pages: RunSummary
    """The outcomes of the others; the files take the place of sources."""

    @property
    def exit_code(self) -> int:
        """The exit code of the command.

        0 if all files were read; 3 if one is damaged or missing, 4 if nothing could be read from any file.
        """
        if not any(source.problem for source in self.pages.sources):
            return 0
        return 3 if self.records or any(source.problem is None for source in self.pages.sources) else 4

    def to_counts(self) -> dict[str, int]:
        """Return the figures as one flat mapping.

        It is what the corpus stores for the run, so the keys stay as they are.
        """
        return {"records": self.records, "left-out": self.left_out, "known": self.known} | self.pages.to_counts()

    def format_line(self) -> str:
        """Return the figures as one line of text.

        The command prints it at the end of the import.
        """
        return f"records {self.records}, left out {self.left_out}, known {self.known}, {self.pages.format_line()}"


class _WarcFile:
    """A file of the import: how far it has been read, and how far its pages have been committed."""

    def __init__(self, path: Path, known: WarcImport) -> None:
        self.path = path
        self.known = known
        self.position = known.offset
        """The offset up to which the file has been read."""
        self.records = 0
        self.left_out = 0
        self.end: int | None = None
        """The offset at which a later import continues; ``None`` until the file has been read to its end."""
        self.damages: list[str] = []
        self.outcomes: Counter[str] = Counter()
        self.problem: str | None = None

    def build_report(self) -> SourceReport:
        """Return the figures of the file as a report of a source.

        Damage becomes its problem, so that the command ends with a code other than 0.
        """
        unreported = len(self.damages) - MAX_REPORTED_DAMAGES
        damages = "; ".join(self.damages[:MAX_REPORTED_DAMAGES]) + (
            f"; and {unreported} more" if unreported > 0 else ""
        )
        outcomes = {outcome: count for outcome, count in self.outcomes.items() if outcome != KNOWN_OUTCOME}
        return SourceReport(
            name=self.path.name,
            url=str(self.path),
            found=sum(outcomes.values()),
            outcomes=outcomes,
            problem=self.problem or damages or None,
        )


@dataclass(frozen=True, slots=True)
class _PendingPage:
    """The key of a page while it is being cleaned."""

    file: _WarcFile
    capture: CapturedPage
    fetched_at: datetime
    records: int
    """Records of the file up to this one, including it."""


class _GraceOverError(Exception):
    """The time for pages in progress is over."""


class _ImportRun:
    """One run of an import."""

    def __init__(
        self,
        corpus: Corpus,
        frontier: Frontier,
        record_filter: RecordFilter,
        options: ImportOptions,
        on_progress: Callable[[ImportProgress], None] | None,
    ) -> None:
        self.stopped: str | None = None
        self.is_committing = False
        self._corpus = corpus
        self._frontier = frontier
        self._record_filter = record_filter
        self._options = options
        self._on_progress = on_progress
        self._files: list[_WarcFile] = []
        self._sources: dict[str, int] = {}
        self._batch: list[FetchedPage] = []
        self._progress: WarcImport | None = None
        self._file: _WarcFile | None = None
        self._committed_at = self._reported_at = self._started_at = time.monotonic()

    def run(self, paths: Sequence[Path]) -> None:
        """Import the files one after the other, until all are read or the import is told to stop.

        A file that cannot be read is reported in the summary; the others are still imported.
        """
        self._files = [self._load_file_state(path) for path in paths]
        cleaned_pages = map_in_workers(
            read_captured_page, self._iter_pages(), workers=self._options.workers, deadline=self._options.deadline
        )
        try:
            with closing(cleaned_pages):
                for page, read in cleaned_pages:
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
            return _WarcFile(path, self._corpus.crawl.start_warc_import(str(absolute), str(self._record_filter), size))
        except OSError as error:
            file = _WarcFile(path, WarcImport(0, str(absolute), 0, 0, 0, datetime.now(UTC)))
            file.problem = f"cannot be read: {error.strerror or error}"
            return file

    def _iter_pages(self) -> Iterator[Page]:
        for file in self._files:
            if file.known.finished_at is not None:
                continue
            try:
                with file.path.open("rb") as stream:
                    modified = _get_modified_at(stream)
                    yield from self._iter_file_pages(file, read_records(stream, file.known.offset), modified)
            except OSError as error:
                file.problem = f"cannot be read: {error.strerror or error}"

    def _iter_file_pages(
        self, file: _WarcFile, items: Iterator[WarcRecord | DamagedSection], modified: datetime
    ) -> Iterator[Page]:
        end = file.known.offset
        for item in items:
            if self._is_stopped():
                return
            file.position = end = item.resume_at
            if isinstance(item, DamagedSection):
                file.damages.append(item.describe())
                if item.resume_at >= file.known.size:
                    end = item.start  # the last record may still be being written: a later import reads it again
                continue
            file.records += 1
            capture = select_record(item, self._record_filter)
            if capture is None:
                file.left_out += 1
            else:
                fetched_at = item.fetched_at or modified  # records without a date count as of the file's date
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
        """Add a cleaned page to the batch, and commit the batch if it is due."""
        if self._file is not page.file:
            # Pages come in the order of the files: with the first page of the next file, this one is complete.
            self._commit_batch()
            if self._file is not None:
                self._finish_file(self._file)
            self._file = page.file
        if isinstance(read, CleanedNews) and not self._record_filter.matches_article(read.cleaned.article):
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
            source = (self._record_filter.sites or {}).get(site)
            source_url, name = (source.url, source.name) if source else (urljoin(url, "/"), None)
            self._sources[site] = self._corpus.crawl.get_or_create_source(source_url, name).id
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
        """Save how far a file has been read, after all its pages have been committed."""
        if file.known.finished_at is not None:
            return
        progress = replace(file.known, offset=file.position, records=file.known.records + file.records)
        if file.end is not None:
            # A file without a single record is not marked as finished, so that the next import reports it again.
            finished_at = datetime.now(UTC) if progress.records or not file.damages else None
            progress = replace(progress, offset=file.end, finished_at=finished_at)
        self._save_batch([], progress)

    def _save_batch(self, pages: Sequence[FetchedPage], progress: WarcImport) -> list[str]:
        self.is_committing = True
        try:
            return self._frontier.import_pages(pages, progress)
        finally:
            self.is_committing = False

    # Reporting

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
        """Return the summary of what was imported so far.

        It is also called when the import fails, to save the figures of the run.
        """
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
    record_filter: RecordFilter,
    options: ImportOptions | None = None,
    on_progress: Callable[[ImportProgress], None] | None = None,
) -> ImportSummary:
    """Import the wanted pages of WARC files into a corpus.

    SIGTERM and SIGINT end the import early but cleanly if this is called from the main thread. Known sources are found
    by site; other sites become new sources.

    Args:
        corpus: the corpus, which is locked against crawls meanwhile.
        paths: the files, compressed or not.
        record_filter: selects the pages.
        options: the options of the import.
        on_progress: called several times per second.

    Raises:
        CorpusBusy: a crawl is running on the corpus.
        CorpusError: the corpus cannot be written.
    """
    options = options or ImportOptions()
    with corpus.crawl.lock():
        run_id = corpus.crawl.start_run(" ".join(["backfill", *map(str, paths)]))
        frontier = corpus.crawl.open_frontier(run_id)
        frontier.release_stale_leases()
        run = _ImportRun(corpus, frontier, record_filter, options, on_progress)
        try:
            with _handle_signals(run):
                run.run(paths)
        except BaseException:
            with suppress(CorpusError):  # the corpus itself may have failed
                corpus.crawl.finish_run(run_id, run.build_summary().to_counts(), "failed")
            raise
        summary = run.build_summary()
        corpus.crawl.finish_run(run_id, summary.to_counts(), "stopped" if run.stopped else "finished")
    return summary


def _get_modified_at(stream: BinaryIO) -> datetime:
    """Return when a file was changed, in UTC; the current time if the file system names a time beyond the calendar."""
    try:
        return datetime.fromtimestamp(os.fstat(stream.fileno()).st_mtime, UTC)
    except (ValueError, OverflowError):
        return datetime.now(UTC)


@contextmanager
def _handle_signals(run: _ImportRun) -> Iterator[None]:
    """End the import early on SIGTERM or SIGINT.

    At first no more pages are read; after :data:`GRACE_SECONDS`, pages in progress are dropped. A second SIGINT raises
    KeyboardInterrupt at once.
    """
    # Python allows signal handlers in the main thread only.
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: FrameType | None) -> None:
        """Read no more pages, and start the time that those in progress get."""
        if run.stopped is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        run.stopped = run.stopped or signal.Signals(number).name
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)

    def give_up(_: int, __: FrameType | None) -> None:
        """Drop the pages in progress, but not in the middle of a commit."""
        if run.is_committing:
            # An exception in the middle of a commit would lose the batch: check again soon.
            signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS / 10)
        else:
            raise _GraceOverError

    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGALRM: give_up}
    previous = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in previous.items():
            signal.signal(number, handler)
