"""Check, back up and restore a corpus, and rebuild its index."""

from pathlib import Path

from sqlalchemy import Connection, func, select

from storage.admin.database_copy import ProgressCallback, copy_database, ignore_progress
from storage.admin.migrate import open_or_create_schema
from storage.backends.database import Database
from storage.backends.sqlite import SQLite
from storage.backends.url import DatabaseUrl
from storage.errors import CorpusError, CorpusNotFound
from storage.ingest.derived_rows import rebuild_derived_rows
from storage.schema.tables import ArticleRow, FetchRow, FrontierRow, SignatureRow
from storage.search import fulltext_index


def check_integrity(database: Database) -> list[str]:
    """Return each problem of a corpus as a sentence; an empty list if all is well.

    Runs the database's own checks, then looks for rows that contradict each other. Changes nothing.
    """
    problems = database.check_tables()
    with database.read() as connection:
        return [*problems, *_find_contradictions(connection)]


def _find_contradictions(connection: Connection) -> list[str]:
    index = fulltext_index.get_index(connection)
    articles = connection.scalar(select(func.count(ArticleRow.id))) or 0
    indexed = connection.scalar(select(func.count()).select_from(index.table)) or 0
    found = []
    if articles != indexed:
        found.append(f"{articles:,} articles, but {indexed:,} in the search index; run cleanwire db reindex")
    signed = connection.scalar(select(func.count(SignatureRow.article_id))) or 0
    if signed > articles:
        found.append(f"{signed - articles:,} signatures of missing articles; run cleanwire db reindex")
    lost = select(func.count(FrontierRow.id)).where(
        FrontierRow.article_id.is_not(None), FrontierRow.article_id.not_in(select(ArticleRow.id))
    )
    if count := connection.scalar(lost):
        found.append(f"{count:,} URLs refer to missing articles")
    unfetched = select(func.count(FetchRow.id)).where(FetchRow.frontier_id.not_in(select(FrontierRow.id)))
    if count := connection.scalar(unfetched):
        found.append(f"{count:,} fetches refer to missing URLs")
    return found


def rebuild_index(database: Database) -> int:
    """Rebuild everything that is derived from the articles, in one transaction; return the number of articles."""
    with database.write() as connection:
        return rebuild_derived_rows(connection)


def backup(database: Database, target: Path, on_progress: ProgressCallback = ignore_progress) -> None:
    """Write a corpus, as it is now, into a new SQLite file, whatever database it is in. Others may write meanwhile.

    The backup is written to ``NAME.part`` and gets its name once it is complete.

    Raises:
        CorpusError: if the file exists already, or the database cannot be read.
        CorpusNotFound: if its folder does not exist.
    """
    if target.exists():
        raise CorpusError(f"{target} already exists; choose another file name")
    if not target.absolute().parent.is_dir():
        raise CorpusNotFound(f"cannot create {target}: the folder {target.parent} does not exist")
    if isinstance(database, SQLite):
        database.copy_to(target)
        return
    # A server's database is copied row by row into a new SQLite corpus.
    unfinished = target.with_name(target.name + ".part")
    unfinished.unlink(missing_ok=True)
    unfinished.touch()
    target_database = SQLite(DatabaseUrl("sqlite", str(unfinished), unfinished))
    try:
        open_or_create_schema(target_database, create=True)
        copy_database(database, target_database, on_progress)
    finally:
        target_database.close()
    unfinished.replace(target)


def restore(backup_file: Path, database: Database, on_progress: ProgressCallback = ignore_progress) -> None:
    """Replace the contents of a corpus with those of a backup.

    The contents of an SQLite corpus are replaced; a database on a server must be empty. A backup from an older version
    is upgraded.

    Raises:
        CorpusError: if the backup is damaged or cannot be read; the corpus is unchanged then.
        CorpusBusy: if a crawl is running.
    """
    source = SQLite(DatabaseUrl("sqlite", str(backup_file), backup_file), read_only=True)
    try:
        # Checked before anything is replaced: a damaged backup must not take the place of a working corpus.
        if found := source.check_tables():
            raise CorpusError(f"{backup_file} is damaged: {found[0]}")
        if isinstance(database, SQLite):
            with database.lock():
                source.copy_into(database)
            open_or_create_schema(database, create=False)
        else:
            open_or_create_schema(source, create=False)
            copy_database(source, database, on_progress)
    finally:
        source.close()
