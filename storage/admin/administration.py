"""What the owner of a corpus does with it: check, back up, restore, copy, clean again, and ask in SQL."""

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.admin import maintenance, sql_query
from storage.admin.database_copy import Told, copy, nobody
from storage.admin.migrate import revision_of
from storage.archive.folder import Archive, archive_folder_for
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
            return revision_of(connection, self._database) or ""

    def problems(self) -> list[str]:
        """Check the corpus, and return what is wrong with it as sentences; empty if all is well."""
        return maintenance.problems(self._database)

    def reindex(self) -> int:
        """Rebuild the search index, credits, tags and near-duplicates from the articles; return how many there are."""
        return maintenance.reindex(self._database)

    def compact(self) -> None:
        """Rewrite the database without the space of what was deleted; others wait meanwhile."""
        self._database.compact()

    def backup(self, target: Path, told: Told = nobody) -> None:
        """Write the corpus as it is now into a new SQLite file. Raises `CorpusError` if the file exists."""
        maintenance.backup(self._database, target, told)

    def restore(self, backup: Path, told: Told = nobody) -> None:
        """Replace the corpus with a backup; a database on a server must be empty."""
        maintenance.restore(backup, self._database, told)

    def copy_to(self, other: "Administration", told: Told = nobody) -> dict[str, int]:
        """Copy every row into an empty corpus, compare, and return the number of rows by table."""
        return copy(self._database, other._database, told)

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

        archive = Archive(archive_folder or archive_folder_for(self._database.address))
        return reclean.reclean(
            self._database, archive, everything=everything, dry_run=dry_run, workers=workers, sites=sites or NO_SITES
        )

    def count_stale(self, *, everything: bool = False) -> int:
        """Return how many articles `reclean` would clean again."""
        from storage.admin import reclean

        with self._database.read() as connection:
            return reclean.count_stale(connection, everything=everything)

    def sql(self, statement: str) -> AbstractContextManager[tuple[list[str], Iterator[tuple[Any, ...]]]]:
        """Run a read-only SQL query: ``with`` returns the names of the columns, and the rows.

        Raises `NotReadOnly` if the statement would change anything, and `CorpusError` if the database rejects it.
        """
        return sql_query.ask(self._database, statement)
