"""What the owner of a corpus does with it: check, back up, restore, copy, clean again, and ask in SQL."""

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.admin import maintenance, sql_query
from storage.admin.database_copy import ProgressCallback, copy_database, ignore_progress
from storage.admin.migrate import load_revision
from storage.archive.folder import Archive, derive_archive_folder
from storage.backends.database import Database

if TYPE_CHECKING:
    from cleaning.site_rules import Sites
    from storage.admin.reclean import Recleaned


class Administration:
    """Maintenance of a corpus. Get it from `Corpus.admin`; any thread may use it.

    Every method raises a `CorpusError` if the database is locked, damaged, full or read-only.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def revision(self) -> str:
        """The revision of its schema."""
        with self._database.read() as connection:
            return load_revision(connection, self._database) or ""

    def check_integrity(self) -> list[str]:
        """Check the corpus, and return what is wrong with it as sentences; empty if all is well."""
        return maintenance.check_integrity(self._database)

    def rebuild_index(self) -> int:
        """Rebuild the search index, credits, tags and near-duplicates from the articles; return how many there are."""
        return maintenance.rebuild_index(self._database)

    def compact(self) -> None:
        """Rewrite the database without the space of what was deleted; others wait meanwhile."""
        self._database.compact()

    def backup(self, target: Path, on_progress: ProgressCallback = ignore_progress) -> None:
        """Write the corpus as it is now into a new SQLite file. Raises `CorpusError` if the file exists."""
        maintenance.backup(self._database, target, on_progress)

    def restore(self, backup: Path, on_progress: ProgressCallback = ignore_progress) -> None:
        """Replace the corpus with a backup; a database on a server must be empty."""
        maintenance.restore(backup, self._database, on_progress)

    def copy_to(self, other: "Administration", on_progress: ProgressCallback = ignore_progress) -> dict[str, int]:
        """Copy every row into an empty corpus, compare, and return the number of rows by table."""
        return copy_database(self._database, other._database, on_progress)

    def reclean(
        self,
        *,
        archive_folder: Path | None = None,
        everything: bool = False,
        dry_run: bool = False,
        workers: int | None = None,
        sites: "Sites | None" = None,
    ) -> Generator["Recleaned", None, None]:
        """Clean articles again with the current rules, from their archived pages: see `storage.admin.reclean`."""
        from cleaning.site_rules import NO_SITES  # with all of the cleaner, which a mere query need not wait for
        from storage.admin import reclean

        archive = Archive(archive_folder or derive_archive_folder(self._database.address))
        return reclean.reclean(
            self._database, archive, everything=everything, dry_run=dry_run, workers=workers, sites=sites or NO_SITES
        )

    def count_stale(self, *, everything: bool = False) -> int:
        """Return how many articles `reclean` would clean again."""
        from storage.admin import reclean

        with self._database.read() as connection:
            return reclean.count_stale(connection, everything=everything)

    def run_sql(self, statement: str) -> AbstractContextManager[tuple[list[str], Iterator[tuple[Any, ...]]]]:
        """Run a read-only SQL query: ``with`` returns the names of the columns, and the rows.

        Raises `NotReadOnly` if the statement would change anything, and `CorpusError` if the database rejects it.
        """
        return sql_query.run_read_only_sql(self._database, statement)
