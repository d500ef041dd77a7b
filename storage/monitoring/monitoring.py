"""Queries about the health of sources and runs."""

from collections.abc import Collection, Mapping
from datetime import datetime

from storage.backends.database import Database
from storage.monitoring import run_history, source_history
from storage.monitoring.source_history import MissingField
from storage.values import Run, SourceDay, SourceHistory, SourceRun, SourceState


class Monitoring:
    """Queries for status pages, reports and alerts. Get it from `Corpus.monitoring`; any thread may use it.

    Every method raises a `CorpusError` if the database is locked or damaged.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # Runs

    def list_runs(self, limit: int = 20) -> list[Run]:
        """Return the last ``limit`` runs, the newest first.

        Includes the run that is in progress, if there is one: its ``finished_at`` is ``None``.
        """
        with self._database.read() as connection:
            return run_history.list_runs(connection, limit)

    def list_runs_before(self, run_id: int, limit: int = 20) -> list[Run]:
        """Return the ``limit`` runs before the one of that number, the oldest first.

        A report compares a run with these.
        """
        with self._database.read() as connection:
            return run_history.list_runs(connection, limit, before=run_id)[::-1]

    def get_run(self, run_id: int) -> Run | None:
        """Return the run of that number; ``None`` if there is none."""
        with self._database.read() as connection:
            return run_history.get_run(connection, run_id)

    def count_fetches(self, run: Run) -> list[SourceRun]:
        """Return what a run has done on each source, counted from its fetches.

        For a run that has saved no counts, because it was killed or has not ended yet: see `list_source_runs`.
        """
        with self._database.read() as connection:
            return source_history.count_fetches(connection, run)

    def load_response_times(self, run_id: int) -> dict[int, tuple[int, int]]:
        """Return each source's number of pages that a run requested, and the sum of their response times.

        The keys are the sources' numbers. Times are in milliseconds, until the last byte; divide the two for the mean.
        """
        with self._database.read() as connection:
            return source_history.load_response_times(connection, run_id)

    # Sources

    def load_source_states(self) -> list[SourceState]:
        """Return the state of every source, sorted by key: its articles, listings, last run and last success.

        Reads from indexes and a few rows per source, so it is fast for corpora of any size.
        """
        with self._database.read() as connection:
            return source_history.load_source_states(connection)

    def list_source_runs(
        self, *, run_id: int | None = None, source_id: int | None = None, limit: int = 10_000
    ) -> list[SourceRun]:
        """Return the counts of runs for each source, the latest run first.

        ``run_id`` and ``source_id`` select those of one run or one source; at most ``limit`` are returned.
        """
        with self._database.read() as connection:
            return source_history.list_source_runs(connection, run_id=run_id, source_id=source_id, limit=limit)

    def load_source_history(self, source_run: SourceRun) -> SourceHistory:
        """Return a source's history before a run, with which the run is compared to detect anomalies.

        The counts of earlier pages are only included if the run fetched pages, or if the previous run was unusual.
        """
        with self._database.read() as connection:
            return source_history.load_history(
                connection, source_run.source_id, source_run.run_id, source_run.at, bool(source_run.outcomes)
            )

    def list_source_days(self, source_id: int, now: datetime) -> list[SourceDay]:
        """Return the days until ``now`` on which a source was polled, the oldest first.

        They cover the last 10,000 runs, and at most 400 days. Days are in UTC.
        """
        with self._database.read() as connection:
            return source_history.load_days(connection, source_id, None, now)

    def count_outcomes_since(self, since: datetime) -> dict[int, Mapping[str, int]]:
        """Return each source's numbers of pages by outcome, in runs that ended since a time.

        The keys are the sources' numbers. Sources without any pages are missing. ``since`` is timezone-aware.
        """
        with self._database.read() as connection:
            return dict(source_history.count_outcomes_since(connection, since))

    # Examples of what is wrong with a source

    def find_pages_by_outcome(
        self, source_id: int, run_ids: Collection[int], outcomes: Collection[str], limit: int = 3
    ) -> list[str]:
        """Return URLs of a source's pages that had one of these outcomes in these runs, the latest fetch first.

        For alerts and reports, which show examples of a problem.
        """
        with self._database.read() as connection:
            return source_history.find_pages_by_outcome(connection, source_id, run_ids, outcomes, limit)

    def find_articles_missing(
        self, source_id: int, run_ids: Collection[int], missing: MissingField, limit: int = 3
    ) -> list[str]:
        """Return URLs of a source's articles that were stored in these runs and lack a title, date or author.

        The latest ones come first. An article lacks an author if it names neither a person nor an organisation.
        """
        with self._database.read() as connection:
            return source_history.find_articles_missing(connection, source_id, run_ids, missing, limit)

    def find_shortest_articles(self, source_id: int, run_ids: Collection[int], limit: int = 3) -> list[str]:
        """Return URLs of the articles of a source that were stored in these runs, the shortest first.

        Their texts show whether the cleaner lost a part of them after the site changed its layout.
        """
        with self._database.read() as connection:
            return source_history.find_shortest_articles(connection, source_id, run_ids, limit)
