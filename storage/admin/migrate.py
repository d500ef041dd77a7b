"""Create the schema, recognise its revision, and upgrade it."""

from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.schema import CreateIndex, CreateTable

from storage.backends.database import Database
from storage.backends.sqlite import APPLICATION_ID, SQLite
from storage.errors import CorpusError, CorpusNotFound, CorpusTooNew
from storage.schema import views

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Every revision in ``migrations/versions``, oldest first. Listed here so that opening a corpus that is up to date does
not import Alembic, which takes over a second; a test compares the two."""

MIGRATIONS_FOLDER = Path(__file__).parents[1] / "migrations"
"""The folder of Alembic's environment and revisions."""

REINDEXING_REVISIONS = {"0004", "0005"}
"""Revisions that change how rows are derived from articles: after them, the derived rows are rebuilt."""

UNFINISHED_REVISION = "unfinished"
"""The revision while the tables are being created: MariaDB cannot roll that back if it is interrupted."""


def open_or_create_schema(database: Database, *, create: bool) -> None:
    """Bring the schema up to date: create it in an empty database, or upgrade an older one.

    Before an SQLite file is upgraded, a copy is kept beside it.

    Raises:
        NotACorpus: if the database belongs to another program.
        CorpusTooNew: if a later version of Cleanwire wrote it.
        CorpusNotFound: if it is empty, and ``create`` is false.
        CorpusError: if it needs an upgrade, but was opened read-only.
    """
    with database.read() as connection:
        found = load_revision(connection, database)
    if isinstance(database, SQLite) and not database.read_only:
        database.use_write_ahead_log()
    if found == REVISIONS[-1]:
        return
    if found in (None, UNFINISHED_REVISION):
        if not create or database.read_only:
            raise CorpusNotFound(f"there is no corpus in {database.name} yet; create one with cleanwire db init")
        _create_schema(database)
    elif database.read_only:
        raise CorpusError(f"{database.name} needs an upgrade; run cleanwire db upgrade")
    else:
        _upgrade_schema(database, found)


def load_revision(connection: Connection, database: Database) -> str | None:
    """Return the schema's revision; ``None`` for an empty database, and `UNFINISHED_REVISION` if its creation was
    interrupted.

    Raises `NotACorpus` and `CorpusTooNew` like `open_or_create_schema`.
    """
    if database.is_empty(connection):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found is not None and found != UNFINISHED_REVISION and found not in REVISIONS:
        raise CorpusTooNew(f"{database.name} was written by a newer version of Cleanwire; upgrade Cleanwire")
    return None if found is None else str(found)


def _create_schema(database: Database) -> None:
    """Create all tables and views from the models, unless another process has just done so."""
    from storage.schema.tables import Base
    from storage.search import fulltext_index

    with database.write() as connection:
        if load_revision(connection, database) == REVISIONS[-1]:
            return
        connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        # MariaDB commits implicitly before it creates a table. So this is committed with the first one, and if the
        # process is killed before the last, the corpus is recognised as unfinished and created again.
        _set_revision(connection, UNFINISHED_REVISION)
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
    # The tables article and frontier refer to each other. SQLAlchemy would add one of the foreign keys later, with
    # ALTER TABLE, which SQLite does not support; but SQLite can create a table that refers to one that does not exist
    # yet.
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
        # Another process may have upgraded it while this one waited for the write lock: then nothing is left to do.
        found = load_revision(connection, database) or found
        views.drop_views(connection)
        _run_migrations(connection)
        views.create_views(connection)
        if REINDEXING_REVISIONS & set(REVISIONS[REVISIONS.index(found) + 1 :]):
            from storage.ingest.derived_rows import rebuild_derived_rows

            rebuild_derived_rows(connection)


def backup_before_upgrade(database: SQLite, revision: str) -> Path:
    """Copy the database to ``NAME.before-upgrade-REVISION`` beside it, and return the path of the copy.

    An existing copy of the same revision is replaced. `erase` reports these copies, because they contain all texts.
    """
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
