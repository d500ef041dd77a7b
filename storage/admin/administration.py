"""The maintenance interface of a corpus: check, back up, restore, copy, clean again, and query in SQL."""

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
        """The revision of the corpus's schema, such as ``"0005"``."""
        with self._database.read() as connection:
            return load_revision(connection, self._database) or ""

    def check_integrity(self) -> list[str]:
        """Check the corpus, and return each problem as a sentence; an empty list if all is well.

        Runs the database's own checks, then compares articles, URLs, fetches and the search index with each other.
        Changes nothing.
        """
        return maintenance.check_integrity(self._database)

    def rebuild_index(self) -> int:
        """Rebuild the search index, credits, tags and near-duplicate clusters from the articles.

        One transaction: readers see the old index until it is committed. Returns the number of articles.
        """
        return maintenance.rebuild_index(self._database)

    def compact(self) -> None:
        """Rewrite the database without the space of deleted rows.

        Other writers wait meanwhile, on PostgreSQL readers too. Temporarily needs as much free disk space as the
        database takes.
        """
        self._database.compact()

    def backup(self, target: Path, on_progress: ProgressCallback = ignore_progress) -> None:
        """Write the corpus, as it is now, into a new SQLite file, whatever database it is in.

        Others may write to the corpus meanwhile, a crawl for example. Raises `CorpusError` if the file exists.
        """
        maintenance.backup(self._database, target, on_progress)

    def restore(self, backup: Path, on_progress: ProgressCallback = ignore_progress) -> None:
        """Replace the contents of the corpus with a backup; a database on a server must be empty.

        Raises `CorpusError` if the backup is damaged, and `CorpusBusy` during a crawl; the corpus is then unchanged.
        """
        maintenance.restore(backup, self._database, on_progress)

    def copy_to(self, other: "Administration", on_progress: ProgressCallback = ignore_progress) -> dict[str, int]:
        """Copy every row into an empty corpus, compare the two, and return the number of rows by table.

        The two may be in different databases. Raises `CorpusError` if the other corpus is not empty, or if the copy
        differs; nothing has been copied then.
        """
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
        """Clean articles again with the current rules, from their archived pages: see `storage.admin.reclean`.

        Args:
            archive_folder: The folder of the archive; by default the one beside the corpus.
            everything: Clean all articles, not only those that another version or other rules have cleaned.
            dry_run: Change nothing.
            workers: The number of processes; by default one per core.
            sites: The user's rules for single sites.

        Yields:
            The result of each article, once it has been committed.
        """
        # Imported here because it imports the whole cleaner, which a query need not wait for: `cleanwire stats` takes
        # 0.58 s instead of 0.75.
        from cleaning.site_rules import NO_SITES
        from storage.admin import reclean

        archive = Archive(archive_folder or derive_archive_folder(self._database.database_url))
        return reclean.reclean(
            self._database, archive, everything=everything, dry_run=dry_run, workers=workers, sites=sites or NO_SITES
        )

    def count_stale(self, *, everything: bool = False) -> int:
        """Return how many articles `reclean` would clean again; with ``everything``, the number of all articles."""
        from storage.admin import reclean

        with self._database.read() as connection:
            return reclean.count_stale(connection, everything=everything)

    def run_sql(self, statement: str) -> AbstractContextManager[tuple[list[str], Iterator[tuple[Any, ...]]]]:
        """Run a read-only SQL query: ``with`` returns the names of the columns, and an iterator over the rows.

        The rows are read while the iterator is used, so it must be used within ``with``. Raises `NotReadOnly` if the
        statement would change anything or the database rejects it.
        """
        return sql_query.run_read_only_sql(self._database, statement)
