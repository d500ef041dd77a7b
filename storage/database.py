"""The door to SQLite: connections, transactions, and what its errors mean."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from storage.columns import dump_json
from storage.errors import CorpusError, CorpusLocked, CorpusReadOnly, NotACorpus

BUSY_SECONDS = 30.0
"""How long a writer waits for another one."""

JOURNAL_BYTES = 64 * 1024 * 1024
"""What the write-ahead log is cut back to, once a large transaction has blown it up."""


class Database:
    """A SQLite file with transactions that mean what they say. Any thread may use it."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Touches no file yet; with ``read_only`` the database is never changed."""
        self.path = path
        self.read_only = read_only
        self._engine = _engine(path, read_only=read_only)
        self._writer = self._engine.execution_options(writes=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot of the database: sees nothing of what others commit meanwhile, keeps none waiting."""
        with explained(self.path), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that writes, committed at its end or rolled back whole. Writers take turns."""
        if self.read_only:
            raise CorpusReadOnly(f"{self.path} was opened for reading only")
        with explained(self.path), self._writer.begin() as connection:
            yield connection

    def keep_log(self) -> None:
        """Switch to a write-ahead log, so that readers need not wait for a writer; the file remembers it."""
        # Past SQLAlchemy, which begins a transaction with every statement: the mode cannot change inside one.
        with explained(self.path), self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            raw.execute("PRAGMA journal_mode = WAL")

    def close(self) -> None:
        """Close every connection; the last one of the last process folds the log into the file."""
        self._engine.dispose()


def _engine(path: Path, *, read_only: bool) -> Engine:
    engine = create_engine(
        "sqlite://", creator=lambda: _connect(path, read_only), poolclass=QueuePool, json_serializer=dump_json
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    # pysqlite opens transactions of its own accord, deferred: one that reads and then writes fails with
    # "database is locked" at once, whatever the timeout, when another writer came between (851 times in 4 x
    # 300 transactions). So it is told to keep out of it (isolation_level=None), and writers say so from the
    # start.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _connect(path: Path, read_only: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{_mode(path) if read_only else 'mode=rw'}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    if read_only:
        connection.execute("PRAGMA query_only = ON")
        return connection
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
    # With a write-ahead log, NORMAL survives the death of the process with every commit, and a power cut with
    # a sound database that may lack the last moments. FULL would sync at every small batch.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _mode(path: Path) -> str:
    """How to open a file for reading only.

    SQLite's own read-only mode leaves the log's side files behind when it closes, so it is for those who may
    not write. A file without a log, in a folder where none can be made, is taken for one that nobody changes.
    """
    folder = path.absolute().parent
    if os.access(path, os.W_OK) and os.access(folder, os.W_OK):
        return "mode=rw"
    log = path.with_name(path.name + "-wal")
    return "mode=ro" if log.exists() or os.access(folder, os.W_OK) else "immutable=1"


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the database errors that a user can do something about into a `CorpusError`; let bugs through."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        for cause in _causes(error):
            if meant := meaning(cause, path):
                raise meant from error
        raise


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    # On a full disk SQLite gives up the whole transaction, and what is heard is that the savepoint is gone.
    while error is not None:
        yield error
        error = error.orig if isinstance(error, DBAPIError) and error.orig else error.__context__


def meaning(error: BaseException, path: Path) -> CorpusError | None:
    """What a SQLite error says to the owner of the corpus; ``None`` for those that are our fault."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    match code & 0xFF:  # the low byte is the kind; the rest tells kinds apart further
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
            return CorpusLocked(f"{path} is locked by another program; waited {BUSY_SECONDS:g} seconds")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return CorpusReadOnly(f"{path} can be read but not written")
        case sqlite3.SQLITE_NOTADB:
            return NotACorpus(f"{path} is not a database")
        case sqlite3.SQLITE_CORRUPT:
            return NotACorpus(f"{path} is damaged: restore it from a copy, or try sqlite3's .recover")
        case sqlite3.SQLITE_FULL:
            return CorpusError(f"the disk that holds {path} is full; what was committed before is kept")
        case sqlite3.SQLITE_CANTOPEN:
            return CorpusError(f"{path} cannot be opened: may this user read it and write to its folder?")
        case sqlite3.SQLITE_IOERR:
            return CorpusError(f"the disk that holds {path} reports an error ({error})")
    return None
