"""A corpus checked, backed up, restored, and tidied."""

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
    """What is wrong with a corpus, as sentences: what the database itself finds, and what should agree and does not."""
    found = database.check_tables()
    with database.read() as connection:
        return [*found, *_find_disagreements(connection)]


def _find_disagreements(connection: Connection) -> list[str]:
    index = fulltext_index.get_index(connection)
    articles = connection.scalar(select(func.count(ArticleRow.id))) or 0
    indexed = connection.scalar(select(func.count()).select_from(index.table)) or 0
    found = []
    if articles != indexed:
        found.append(f"{articles:,} articles, and {indexed:,} in the search index: cleanwire db reindex makes it anew")
    signed = connection.scalar(select(func.count(SignatureRow.article_id))) or 0
    if signed > articles:
        found.append(f"{signed - articles:,} signatures of articles that are not there: cleanwire db reindex helps")
    lost = select(func.count(FrontierRow.id)).where(
        FrontierRow.article_id.is_not(None), FrontierRow.article_id.not_in(select(ArticleRow.id))
    )
    if count := connection.scalar(lost):
        found.append(f"{count:,} addresses lead to articles that are not there")
    unfetched = select(func.count(FetchRow.id)).where(FetchRow.frontier_id.not_in(select(FrontierRow.id)))
    if count := connection.scalar(unfetched):
        found.append(f"{count:,} fetches of addresses that are not there")
    return found


def rebuild_index(database: Database) -> int:
    """Make everything that is derived from the articles anew; says how many there are."""
    with database.write() as connection:
        return rebuild_derived_rows(connection)


def backup(database: Database, target: Path, on_progress: ProgressCallback = ignore_progress) -> None:
    """Write the corpus as it is now into an SQLite file, whatever database it is in; others may write meanwhile.

    Raises `CorpusError` where there is a file already, or none can be written.
    """
    if target.exists():
        raise CorpusError(f"{target} is there already: give the backup a name of its own")
    if not target.absolute().parent.is_dir():
        raise CorpusNotFound(f"there is no folder {target.parent} to keep {target.name} in")
    if isinstance(database, SQLite):
        database.copy_to(target)
        return
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
    """Have a corpus hold what a backup holds. Of an SQLite corpus, what it held is replaced; another must be empty.

    Raises `CorpusError`; then the corpus is as it was.
    """
    source = SQLite(DatabaseUrl("sqlite", str(backup_file), backup_file), read_only=True)
    try:
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
