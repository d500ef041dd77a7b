"""The schema's life: made, recognised, brought up to date."""

from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.schema import CreateIndex, CreateTable

from storage.backends.database import Database
from storage.backends.sqlite import APPLICATION_ID, SQLite
from storage.errors import CorpusError, CorpusNotFound, CorpusTooNew
from storage.schema import views

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""Every revision in ``migrations/versions``, oldest first. Kept here so that opening a corpus that is up to
date needs no Alembic, which takes over a second to import; a test compares the two."""

MIGRATIONS_FOLDER = Path(__file__).parents[1] / "migrations"

REINDEXING_REVISIONS = {"0004", "0005"}
"""Revisions that change what is derived from the articles: it is made for those that are there."""

UNFINISHED_REVISION = "unfinished"
"""Stands for the revision while the tables are being made, on databases that cannot undo that."""


def open_or_create_schema(database: Database, *, create: bool) -> None:
    """Bring the schema up to date: create it in an empty database, upgrade an older one, a file after copying it.

    Raises `NotACorpus`, `CorpusTooNew`, `CorpusNotFound` where there is nothing yet and ``create`` does not say to make
    it, or `CorpusError` where only an upgrade would help and the database is open for reading only.
    """
    with database.read() as connection:
        found = load_revision(connection, database)
    if isinstance(database, SQLite) and not database.read_only:
        database.use_write_ahead_log()
    if found == REVISIONS[-1]:
        return
    if found in (None, UNFINISHED_REVISION):
        if not create or database.read_only:
            raise CorpusNotFound(f"there is no corpus in {database.name} yet: cleanwire db init makes one")
        _create_schema(database)
    elif database.read_only:
        raise CorpusError(f"{database.name} needs an upgrade: cleanwire db upgrade does it, and so does a crawl")
    else:
        _upgrade_schema(database, found)


def load_revision(connection: Connection, database: Database) -> str | None:
    """The schema's revision; ``None`` for a database without anything in it. Raises like `open_or_create_schema`."""
    if database.is_empty(connection):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found is not None and found != UNFINISHED_REVISION and found not in REVISIONS:
        raise CorpusTooNew(f"{database.name} was written by a newer version of Cleanwire: upgrade the program")
    return None if found is None else str(found)


def _create_schema(database: Database) -> None:
    """Make all tables as the models say. Where another process was quicker, nothing is left to do."""
    from storage.schema.tables import Base
    from storage.search import fulltext_index

    with database.write() as connection:
        if load_revision(connection, database) == REVISIONS[-1]:
            return
        connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        _set_revision(
            connection, UNFINISHED_REVISION
        )  # MariaDB commits before it makes a table, and so this with the first
        if database.dialect == "sqlite":
            _create_tables(connection)
        else:
            Base.metadata.create_all(connection)
        fulltext_index.get_index(connection).create(connection)
        views.create_views(connection)
        if database.dialect == "sqlite":
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        _set_revision(connection, REVISIONS[-1])


def _create_tables(connection: Connection) -> None:
    # Articles and addresses refer to each other. SQLAlchemy would add that later, and SQLite cannot; but it can make a
    # table that refers to one which is still to come.
    from storage.schema.tables import Base

    for table in Base.metadata.tables.values():
        connection.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.execute(CreateIndex(index))


def _set_revision(connection: Connection, revision: str) -> None:
    connection.execute(text("DELETE FROM alembic_version"))
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:revision)"), {"revision": revision})


def _upgrade_schema(database: Database, found: str) -> None:
    if isinstance(database, SQLite):
        backup_before_upgrade(database, found)
    with database.write() as connection:
        # If another process was quicker while this one waited for its turn, nothing is left to do.
        found = load_revision(connection, database) or found
        views.drop_views(connection)
        _run_migrations(connection)
        views.create_views(connection)
        if REINDEXING_REVISIONS & set(REVISIONS[REVISIONS.index(found) + 1 :]):
            from storage.ingest.derived_rows import rebuild_derived_rows

            rebuild_derived_rows(connection)


def backup_before_upgrade(database: SQLite, revision: str) -> Path:
    """Copy the database to ``NAME.before-upgrade-REVISION`` beside it, and say where."""
    copy = database.path.with_name(f"{database.path.name}.before-upgrade-{revision}")
    database.copy_to(copy)
    return copy


def _run_migrations(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
