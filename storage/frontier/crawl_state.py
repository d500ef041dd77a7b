"""What a crawl keeps in the corpus: lock, runs and frontier, and what it knows of sources, hosts and listings."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from storage.backends.database import Database
from storage.frontier import run_log, sources
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

        ``with`` returns a function that checks the lock again after the corpus's server has been away: it raises
        `CorpusLost` or `CorpusNotFound` as long as the server does not answer, and `CorpusBusy` if another crawl has
        taken the lock meanwhile.
        """
        return self._database.lock()

    # Runs

    def start_run(self, arguments: str) -> int:
        """Record that a run has started, with what it was asked to do for people to read, and return its number."""
        started_at = datetime.now(UTC)
        with self._database.write() as connection:
            return run_log.start_run(connection, arguments, started_at)

    def finish_run(self, run_id: int, summary: Mapping[str, int], outcome: str) -> None:
        """Record how a run ended, with its counts and the slug of its outcome."""
        finished_at = datetime.now(UTC)
        with self._database.write() as connection:
            run_log.finish_run(connection, run_id, summary, outcome, finished_at)

    def save_source_runs(self, source_runs: Iterable[SourceRun]) -> None:
        """Save what a run did on its sources."""
        with self._database.write() as connection:
            sources.save_source_runs(connection, source_runs)

    # Pages to fetch

    def open_frontier(self, run_id: int) -> Frontier:
        """Return the frontier as the run of that number uses it."""
        return Frontier(self._database, run_id)

    def list_candidates(self, source_id: int) -> list[Candidate]:
        """Return the addresses of a source in the frontier, in the order in which they would be fetched."""
        with self._database.read() as connection:
            return list(sources.list_candidates(connection, source_id))

    def start_warc_import(self, path: str, selection: str, size: int) -> WarcImport:
        """Return how far a WARC file of that size has been read for ``selection``, a text that says which pages of it.

        ``path`` is absolute. Another selection of the same file is another import.
        """
        with self._database.write() as connection:
            return warc_imports.start_import(connection, path, selection, size)

    # Sources and hosts

    def get_or_create_source(self, site: str, name: str | None = None) -> Source:
        """Return the source of an address, host or key; a new one is added. ``name`` replaces the name it had.

        Raises `ValueError` if it is no site.
        """
        with self._database.write() as connection:
            return sources.get_or_create_source(connection, site, name)

    def save_profile(self, source_id: int, profile: str) -> None:
        """Save what the crawl has learned of a source, as JSON."""
        with self._database.write() as connection:
            sources.save_profile(connection, source_id, profile)

    def get_host(self, name: str) -> Host:
        """Return what a host has asked for; a `Host` with its name alone if nothing is known of it."""
        with self._database.read() as connection:
            return sources.get_host(connection, name)

    def save_host(self, host: Host) -> None:
        """Save what a host has asked for, in place of what was known. Times are timezone-aware."""
        with self._database.write() as connection:
            sources.save_host(connection, host)

    # Listings

    def list_feeds(self, source_id: int) -> list[Feed]:
        """Return the pages of a source that list articles, the one found first in front."""
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
    ) -> Feed:
        """Add a feed, or, with ``polled_at``, save the result of a poll.

        Without ``polled_at`` a feed that is known stays as it is. With it, every argument replaces what was saved
        before, ``None`` too; only ``changed_at`` stays if it is ``None``. Times are timezone-aware.
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
        }
        with self._database.write() as connection:
            return sources.save_feed(connection, source_id, url, kind, poll)

    def get_backfill_positions(self, source_id: int, since: datetime) -> dict[str, str | None]:
        """Return the source's lists that a backfill to ``since``, or further back, has read, by address.

        Each with the address of the page where it goes on; ``None`` if it was read to its end.
        """
        with self._database.read() as connection:
            return sources.get_backfill_positions(connection, source_id, since)

    def save_backfill_position(self, source_id: int, url: str, since: datetime, next_url: str | None = None) -> None:
        """Save that a backfill to ``since`` has read a list, to its end or up to ``next_url``."""
        with self._database.write() as connection:
            sources.save_backfill_position(connection, source_id, url, since, next_url)
