"""What a corpus can tell of the health of its sources and runs."""

from collections.abc import Collection, Mapping
from datetime import datetime

from storage.backends.database import Database
from storage.monitoring import run_history, source_history
from storage.monitoring.source_history import Lack
from storage.values import Run, SourceDay, SourceHistory, SourceRun, SourceStanding


class Monitoring:
    """Queries for status pages, reports and alerts. Get it from `Corpus.monitoring`; any thread may use it.

    Every method raises a `CorpusError` if the database is locked or damaged.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # Runs

    def runs(self, limit: int = 20) -> list[Run]:
        """Return the last runs, the newest first."""
        with self._database.read() as connection:
            return run_history.list_runs(connection, limit)

    def runs_before(self, run_id: int, limit: int = 20) -> list[Run]:
        """Return the last runs before the one of that number, the oldest first."""
        with self._database.read() as connection:
            return run_history.list_runs(connection, limit, before=run_id)[::-1]

    def run(self, run_id: int) -> Run | None:
        """Return the run of that number; ``None`` if there is none."""
        with self._database.read() as connection:
            return run_history.get_run(connection, run_id)

    def waits(self, run_id: int) -> dict[int, tuple[int, int]]:
        """Return, by source, how many pages a run requested, and the milliseconds until their last bytes, summed up."""
        with self._database.read() as connection:
            return source_history.waits(connection, run_id)

    # Sources

    def source_standings(self) -> list[SourceStanding]:
        """Return the state of every source, sorted by key."""
        with self._database.read() as connection:
            return source_history.standings(connection)

    def source_runs(
        self, *, run_id: int | None = None, source_id: int | None = None, limit: int = 10_000
    ) -> list[SourceRun]:
        """Return what runs did on sources, the latest run first; of one run, of one source, or of all."""
        with self._database.read() as connection:
            return source_history.source_runs(connection, run_id=run_id, source_id=source_id, limit=limit)

    def source_history(self, look: SourceRun) -> SourceHistory:
        """Return what is known of a source from before a run polled it."""
        with self._database.read() as connection:
            return source_history.history(connection, look.source_id, look.run_id, look.at, bool(look.outcomes))

    def source_days(self, source_id: int, now: datetime) -> list[SourceDay]:
        """Return the days on which a source was polled until ``now``, the oldest first.

        They reach back 10,000 runs, and 400 days at most.
        """
        with self._database.read() as connection:
            return source_history.days(connection, source_id, None, now)

    def outcomes_since(self, since: datetime) -> dict[int, Mapping[str, int]]:
        """Return the pages of each source by outcome since then, by the source's number; sources without any are left
        out."""
        with self._database.read() as connection:
            return dict(source_history.outcomes_since(connection, since))

    # Examples of what is wrong with a source

    def pages_with(
        self, source_id: int, run_ids: Collection[int], outcomes: Collection[str], limit: int = 3
    ) -> list[str]:
        """Return addresses of a source's pages that had one of these outcomes in these runs, the last ones first."""
        with self._database.read() as connection:
            return source_history.pages_with(connection, source_id, run_ids, outcomes, limit)

    def articles_without(self, source_id: int, run_ids: Collection[int], lack: Lack, limit: int = 3) -> list[str]:
        """Return addresses of a source's articles that were stored in these runs and lack a title, date or author."""
        with self._database.read() as connection:
            return source_history.articles_without(connection, source_id, run_ids, lack, limit)

    def shortest_articles(self, source_id: int, run_ids: Collection[int], limit: int = 3) -> list[str]:
        """Return addresses of the shortest articles of a source that were stored in these runs."""
        with self._database.read() as connection:
            return source_history.shortest_articles(connection, source_id, run_ids, limit)
