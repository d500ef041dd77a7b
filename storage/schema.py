"""The schema's life: made, recognised, brought up to date."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from storage.database import Database, explained
from storage.errors import CorpusError, CorpusTooNew, NotACorpus

REVISIONS = ("0001", "0002", "0003")
"""Every revision in ``migrations/versions``, oldest first. Kept here so that opening a corpus that is up to
date needs no Alembic, which takes over a second to import; a test compares the two."""

MIGRATIONS = Path(__file__).with_name("migrations")

APPLICATION_ID = 0x436C5769
"""``ClWi``: written to the SQLite file's header, it tells a corpus from the databases of other programs."""


def prepare(database: Database) -> None:
    """Bring the schema up to date: create it in an empty file, upgrade an older one after copying the file.

    Raises `NotACorpus`, `CorpusTooNew`, or `CorpusError` where only an upgrade would help and the database is
    open for reading only.
    """
    with database.read() as connection:
        found = revision_of(connection, database.path)
    if database.read_only:
        if found != REVISIONS[-1]:
            raise CorpusError(f"{database.path} needs an upgrade: open it once for writing, e.g. by a crawl")
        return
    database.keep_log()
    if found == REVISIONS[-1]:
        return
    if found is not None:
        keep_copy(database.path, found)
    with database.write() as connection:
        # If another process was quicker while this one waited for its turn, Alembic finds nothing left to do.
        _upgrade(connection)


def revision_of(connection: Connection, path: Path) -> str | None:
    """The schema's revision; ``None`` for a database without anything in it. Raises like `prepare`."""
    application = connection.exec_driver_sql("PRAGMA application_id").scalar()
    if application != APPLICATION_ID:
        if application == 0 and connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0:
            return None
        raise NotACorpus(f"{path} is the database of another program")
    found = str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
    if found not in REVISIONS:
        raise CorpusTooNew(f"{path} was written by a newer version of Cleanwire: upgrade the program")
    return found


def keep_copy(path: Path, revision: str) -> Path:
    """Copy the database to ``NAME.before-upgrade-REVISION`` beside it, and say where."""
    copy = path.with_name(f"{path.name}.before-upgrade-{revision}")
    unfinished = copy.with_name(copy.name + ".part")
    unfinished.unlink(missing_ok=True)
    with (
        explained(copy),
        closing(sqlite3.connect(path)) as source,
        closing(sqlite3.connect(unfinished)) as target,
    ):
        source.backup(target)
    unfinished.replace(copy)
    return copy


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
