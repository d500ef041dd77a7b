"""What a corpus can tell of the health of its sources and runs."""

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
        """Return the last runs, the newest first."""
        with self._database.read() as connection:
            return run_history.list_runs(connection, limit)

    def list_runs_before(self, run_id: int, limit: int = 20) -> list[Run]:
        """Return the last runs before the one of that number, the oldest first."""
        with self._database.read() as connection:
            return run_history.list_runs(connection, limit, before=run_id)[::-1]

    def get_run(self, run_id: int) -> Run | None:
        """Return the run of that number; ``None`` if there is none."""
        with self._database.read() as connection:
            return run_history.get_run(connection, run_id)

    def load_response_times(self, run_id: int) -> dict[int, tuple[int, int]]:
        """Return, by source, how many pages a run requested, and the milliseconds until their last bytes, summed up."""
        with self._database.read() as connection:
            return source_history.load_response_times(connection, run_id)

    # Sources

    def load_source_states(self) -> list[SourceState]:
        """Return the state of every source, sorted by key."""
        with self._database.read() as connection:
            return source_history.load_source_states(connection)

    def list_source_runs(
        self, *, run_id: int | None = None, source_id: int | None = None, limit: int = 10_000
    ) -> list[SourceRun]:
        """Return what runs did on sources, the latest run first; of one run, of one source, or of all."""
        with self._database.read() as connection:
            return source_history.list_source_runs(connection, run_id=run_id, source_id=source_id, limit=limit)

    def load_source_history(self, source_run: SourceRun) -> SourceHistory:
        """Return what is known of a source from before a run polled it."""
        with self._database.read() as connection:
            return source_history.load_history(
                connection, source_run.source_id, source_run.run_id, source_run.at, bool(source_run.outcomes)
            )

    def list_source_days(self, source_id: int, now: datetime) -> list[SourceDay]:
        """Return the days on which a source was polled until ``now``, the oldest first.

        They reach back 10,000 runs, and 400 days at most.
        """
        with self._database.read() as connection:
            return source_history.load_days(connection, source_id, None, now)

    def count_outcomes_since(self, since: datetime) -> dict[int, Mapping[str, int]]:
        """Return the pages of each source by outcome since then, by the source's number; sources without any are left
        out."""
        with self._database.read() as connection:
            return dict(source_history.count_outcomes_since(connection, since))

    # Examples of what is wrong with a source

    def find_pages_by_outcome(
        self, source_id: int, run_ids: Collection[int], outcomes: Collection[str], limit: int = 3
    ) -> list[str]:
        """Return addresses of a source's pages that had one of these outcomes in these runs, the last ones first."""
        with self._database.read() as connection:
            return source_history.find_pages_by_outcome(connection, source_id, run_ids, outcomes, limit)

    def find_articles_missing(
        self, source_id: int, run_ids: Collection[int], missing: MissingField, limit: int = 3
    ) -> list[str]:
        """Return addresses of a source's articles that were stored in these runs and lack a title, date or author."""
        with self._database.read() as connection:
            return source_history.find_articles_missing(connection, source_id, run_ids, missing, limit)

    def find_shortest_articles(self, source_id: int, run_ids: Collection[int], limit: int = 3) -> list[str]:
        """Return addresses of the shortest articles of a source that were stored in these runs."""
        with self._database.read() as connection:
            return source_history.find_shortest_articles(connection, source_id, run_ids, limit)
