"""The crawl's state in the corpus: its lock, runs, frontier, sources, hosts and listings."""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from storage.backends.database import Database
from storage.frontier import retries, run_log, sources
from storage.frontier.frontier import Frontier
from storage.ingest import warc_imports
from storage.ingest.warc_imports import WarcImport
from storage.values import Candidate, Feed, FeedKind, Host, Source, SourceRun


class CrawlState:
    """The part of a corpus that only a crawl writes. Get it from `Corpus.crawl`; any thread may use it.

    Every method raises a `CorpusError` if the database is locked, damaged, full or read-only.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def lock(self) -> AbstractContextManager[Callable[[], None]]:
        """Hold the crawl's lock on this corpus, for ``with``. Raises `CorpusBusy` if another crawl holds it.

        ``with`` returns a function that checks the lock again after the corpus's server has been away. It raises
        `CorpusLost` or `CorpusNotFound` while the server cannot be reached, and `CorpusBusy` if another crawl has
        taken the lock meanwhile.
        """
        return self._database.lock()

    # Runs

    def start_run(self, arguments: str) -> int:
        """Record that a run has started, and return its number.

        ``arguments`` describes for people what the run was started to do; it is not parsed again.
        """
        started_at = datetime.now(UTC)
        with self._database.write() as connection:
            return run_log.start_run(connection, arguments, started_at)

    def finish_run(self, run_id: int, summary: Mapping[str, int], outcome: str) -> None:
        """Record that a run has ended.

        ``summary`` holds its counts, such as ``{"found": 30, "stored": 28}``; ``outcome`` is a name such as
        ``"finished"``. A run for which this was never called is dead: see `Frontier.release_stale_leases`.
        """
        finished_at = datetime.now(UTC)
        with self._database.write() as connection:
            run_log.finish_run(connection, run_id, summary, outcome, finished_at)

    def save_source_runs(self, source_runs: Iterable[SourceRun]) -> None:
        """Save the counts of a run for each of its sources, with which later runs are compared.

        Called once, at the end of a run.
        """
        with self._database.write() as connection:
            sources.save_source_runs(connection, source_runs)

    # Pages to fetch

    def open_frontier(self, run_id: int) -> Frontier:
        """Return the frontier for a run: the leases that it hands out belong to ``run_id``."""
        return Frontier(self._database, run_id)

    def queue_urls(self, urls: Collection[str]) -> int:
        """Queue known URLs for the next run, and return how many there are.

        Their attempts are counted from the start. URLs that a run is fetching now are left out.
        """
        with self._database.write() as connection:
            return retries.queue_urls(connection, urls)

    def list_candidates(self, source_id: int) -> list[Candidate]:
        """Return a source's URLs in the frontier, in the order in which they would be fetched.

        All of them, whatever their state: `cleanwire discover` uses it on a temporary corpus.
        """
        with self._database.read() as connection:
            return list(sources.list_candidates(connection, source_id))

    def start_warc_import(self, path: str, selection: str, size: int) -> WarcImport:
        """Start or resume the import of a WARC file, and return how far it has been read.

        Args:
            path: Absolute path of the file.
            selection: A text that identifies which of its pages are imported. Another selection of the same file is
                another import, which starts at the beginning.
            size: Current size of the file in bytes. If it has grown, the import continues; if it has shrunk, it is
                another file, and the import starts again.
        """
        with self._database.write() as connection:
            return warc_imports.start_import(connection, path, selection, size)

    # Sources and hosts

    def get_or_create_source(self, site: str, name: str | None = None, group: str | None = None) -> Source:
        """Return the source of a URL, host or key, after adding it if it is new.

        ``name`` and ``group`` replace the previous ones unless they are ``None``; an empty ``group`` takes the source
        out of its group. Raises `ValueError` if ``site`` has no host.
        """
        with self._database.write() as connection:
            return sources.get_or_create_source(connection, site, name, group)

    def remove_source(self, source_id: int) -> bool:
        """Delete what the crawl knows of a source: its listings, its history, and its URLs without an article.

        Its articles stay; erase them before with `Corpus.erase` to leave nothing. Hold the `lock` meanwhile. Returns
        whether nothing is left of the source.
        """
        with self._database.write() as connection:
            return sources.remove_source(connection, source_id)

    def move_source(self, source_id: int, url: str) -> None:
        """Replace the URL of a source, which was found to answer at another one."""
        with self._database.write() as connection:
            sources.move_source(connection, source_id, url)

    def save_profile(self, source_id: int, profile: str) -> None:
        """Save a source's site profile, which is JSON, in place of the previous one."""
        with self._database.write() as connection:
            sources.save_profile(connection, source_id, profile)

    def save_portfolio(self, source_id: int, portfolio: str) -> None:
        """Save what a source's listings show, which is JSON, in place of the previous value."""
        with self._database.write() as connection:
            sources.save_portfolio(connection, source_id, portfolio)

    def get_host(self, name: str) -> Host:
        """Return a host's pause and its robots.txt; a `Host` with only its name if none is known.

        Called before the first request of a run to that host.
        """
        with self._database.read() as connection:
            return sources.get_host(connection, name)

    def save_host(self, host: Host) -> None:
        """Save a host's pause and its robots.txt, in place of the previous ones. Times are timezone-aware."""
        with self._database.write() as connection:
            sources.save_host(connection, host)

    # Listings

    def list_feeds(self, source_id: int) -> list[Feed]:
        """Return a source's listings, in the order in which they were found.

        All of them, whether they are due or not: see `Feed.next_poll_at`.
        """
        with self._database.read() as connection:
            return sources.list_feeds(connection, source_id)

    def save_feed(
        self,
        source_id: int,
        url: str,
        kind: FeedKind,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        body_hash: str | None = None,
        polled_at: datetime | None = None,
        changed_at: datetime | None = None,
        entries: int = 0,
        interval: int | None = None,
        next_poll_at: datetime | None = None,
        validated: int = 0,
        failures: int = 0,
        moved_to: str | None = None,
    ) -> Feed:
        """Add a listing, or save the result of a poll if ``polled_at`` is set; return it as it is stored.

        Without ``polled_at``, a known listing stays unchanged. With it, every argument replaces the stored value, even
        if it is ``None``; only ``changed_at`` keeps its stored value then. Times are timezone-aware. ``interval`` is in
        seconds.
        """
        poll = {
            "etag": etag,
            "last_modified": last_modified,
            "body_hash": body_hash,
            "polled_at": polled_at,
            "changed_at": changed_at,
            "entries": entries,
            "interval": interval,
            "next_poll_at": next_poll_at,
            "validated": validated,
            "failures": failures,
            "moved_to": moved_to,
        }
        with self._database.write() as connection:
            return sources.save_feed(connection, source_id, url, kind, poll)

    def get_backfill_positions(self, source_id: int, since: datetime) -> dict[str, str | None]:
        """Return how far backfills to ``since``, or further back, have read the source's lists of articles.

        The keys are the lists' URLs; the values are the URLs where the backfill continues, ``None`` if a list was read
        to its end.
        """
        with self._database.read() as connection:
            return sources.get_backfill_positions(connection, source_id, since)

    def save_backfill_position(self, source_id: int, url: str, since: datetime, next_url: str | None = None) -> None:
        """Save how far a backfill to ``since`` has read a list: up to ``next_url``, or to its end if that is ``None``.

        An interrupted backfill continues there.
        """
        with self._database.write() as connection:
            sources.save_backfill_position(connection, source_id, url, since, next_url)
