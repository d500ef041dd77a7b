"""The door to SQLite: connections, transactions, and what its errors mean."""

import os
import random
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from storage.backends import sqlite_checks
from storage.backends.database import Database
from storage.backends.lock import hold_lock
from storage.backends.types import dump_json
from storage.backends.url import DatabaseUrl
from storage.errors import CorpusError, CorpusLocked, CorpusReadOnly, DiskFailed, NotACorpus

BUSY_SECONDS = 30.0
"""How long a writer waits for another one."""

MAX_JOURNAL_BYTES = 64 * 1024 * 1024
"""What the write-ahead log is cut back to, once a large transaction has blown it up."""

APPLICATION_ID = 0x436C5769
"""``ClWi``: written to the SQLite file's header, it tells a corpus from the databases of other programs."""


class SQLite(Database):
    """A SQLite file."""

    driver_errors = (DBAPIError, sqlite3.Error, UnicodeDecodeError)

    def __init__(self, address: DatabaseUrl, *, read_only: bool = False) -> None:
        """Touches no file yet; with ``read_only`` the database is never changed."""
        assert address.path is not None
        self.path = address.path
        super().__init__(address, _build_engine(self.path, read_only=read_only), read_only=read_only)
        self._writer = self._engine.execution_options(writes=True)

    def _begin_read(self) -> AbstractContextManager[Connection]:
        return self._engine.begin()

    def _begin_write(self) -> AbstractContextManager[Connection]:
        return self._writer.begin()

    @contextmanager
    def connect_for_untrusted_sql(self) -> Iterator[Connection]:
        """A connection on which SQLite asks back about every step, and hears no to all but reading."""
        with self.read() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            raw.set_authorizer(_decide_authorization)
            try:
                yield connection
            finally:
                raw.set_authorizer(None)

    def lock(self) -> AbstractContextManager[Callable[[], None]]:
        """The crawl's lock on this corpus: on a file beside it."""
        return hold_lock(self.path)

    def use_write_ahead_log(self) -> None:
        """Switch to a write-ahead log, so that readers need not wait for a writer; the file remembers it."""
        self._execute_outside_transaction("PRAGMA journal_mode = WAL")

    def _execute_outside_transaction(self, *statements: str) -> None:
        # SQLAlchemy begins a transaction with every statement, and these cannot run inside one.
        with self.explain_errors(), self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            for statement in statements:
                raw.execute(statement).fetchall()

    def is_empty(self, connection: Connection) -> bool:
        """Whether the file holds nothing. Raises `NotACorpus` for the database of another program."""
        application = connection.exec_driver_sql("PRAGMA application_id").scalar()
        if application == APPLICATION_ID:
            return False
        if application == 0 and connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0:
            return True
        raise NotACorpus(f"{self.name} is the database of another program")

    def measure_size(self, connection: Connection) -> int:
        """Bytes of the file and its log."""
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def check_tables(self) -> list[str]:
        """What SQLite's own checks find: of pages and indexes, of references, and of the search index."""
        with self.read() as connection:
            found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
            broken = [
                f"row {row[1]} of {row[0]} refers to a row of {row[2]} that is not there"
                for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
            ]
        return [line for line in found if line != "ok"] + broken

    def compact(self) -> None:
        """Rewrite the file. What the search index still holds of deleted articles goes first: it keeps their words
        until its pieces are merged, and merging is what ``optimize`` does."""
        with self.write() as connection:
            connection.exec_driver_sql("INSERT INTO article_fts (article_fts) VALUES ('optimize')")
        self._execute_outside_transaction("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_to(self, target: Path) -> None:
        """Write the database as it is now into a file, which takes its name when it is complete; who may read the
        database may read the copy.

        Others may write meanwhile. Raises `CorpusError`.
        """
        unfinished = target.with_name(target.name + ".part")
        with self.explain_errors():
            unfinished.unlink(missing_ok=True)
            unfinished.touch(mode=0o600, exist_ok=False)
            unfinished.chmod(stat.S_IMODE(self.path.stat().st_mode))
            with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(unfinished)) as copy:
                source.backup(copy)
            unfinished.replace(target)

    def copy_into(self, target: "SQLite") -> None:
        """Have another database hold what this one holds. Raises `CorpusError`; then that one is as it was."""
        with (
            self.explain_errors(),
            closing(sqlite3.connect(self.path)) as source,
            closing(sqlite3.connect(target.path)) as restored,
        ):
            source.backup(restored)

    def classify_error(self, error: BaseException) -> CorpusError | None:
        """What a SQLite error says to the owner of the corpus; ``None`` for those that are our fault."""
        path = self.name
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            # What we write is UTF-8, all of it: these are somebody else's bytes, in a row or in a name.
            is_row = isinstance(error, sqlite3.Error) and str(error).startswith("Could not decode to UTF-8")
            return self._make_damaged_error() if is_row or isinstance(error, UnicodeDecodeError) else None
        match code & 0xFF:  # the low byte is the kind; the rest tells kinds apart further
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
                return CorpusLocked(f"{path} is locked by another program; waited {BUSY_SECONDS:g} seconds")
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
                return CorpusReadOnly(f"{path} can be read but not written")
            case sqlite3.SQLITE_NOTADB:
                return NotACorpus(sqlite_checks.NOT_A_DATABASE_MESSAGE.format(path))
            case sqlite3.SQLITE_CORRUPT:
                return self._make_damaged_error()
            case sqlite3.SQLITE_FULL:
                return DiskFailed(f"the disk that holds {path} is full; what was committed before is kept")
            case sqlite3.SQLITE_CANTOPEN:
                return CorpusError(f"{path} cannot be opened: may this user read it and write to its folder?")
            case sqlite3.SQLITE_IOERR:
                return DiskFailed(f"the disk that holds {path} reports an error ({error})")
        return None

    def _make_damaged_error(self) -> NotACorpus:
        return NotACorpus(f"{self.name} is damaged: restore it from a copy, or try sqlite3's .recover")


_READ_ACTIONS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


_DENIED_FUNCTIONS = {"load_extension", "fts3_tokenizer"}
"""Functions that load code, or tell where in memory it is."""


def _decide_authorization(action: int, what: str | None, function: str | None, *more: str | None) -> int:
    # FTS5 asks for the version of the data by a pragma.
    is_reading = action in _READ_ACTIONS or (action == sqlite3.SQLITE_PRAGMA and what == "data_version")
    is_refused = action == sqlite3.SQLITE_FUNCTION and function in _DENIED_FUNCTIONS
    return sqlite3.SQLITE_OK if is_reading and not is_refused else sqlite3.SQLITE_DENY


def _build_engine(path: Path, *, read_only: bool) -> Engine:
    engine = create_engine(
        "sqlite://", creator=lambda: _connect(path, read_only), poolclass=QueuePool, json_serializer=dump_json
    )
    event.listen(engine, "begin", _begin_transaction)
    return engine


def _begin_transaction(connection: Connection) -> None:
    # pysqlite opens transactions of its own accord, deferred: one that reads and then writes fails with
    # "database is locked" at once, whatever the timeout, when another writer came between (851 times in 4 x
    # 300 transactions). So it is told to keep out of it (isolation_level=None), and writers say so from the
    # start.
    if connection.get_execution_options().get("writes", False):
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        _take_turn(raw)
    else:
        connection.exec_driver_sql("BEGIN")


def _take_turn(connection: sqlite3.Connection) -> None:
    """Begin to write, once nobody else does; raises what SQLite raises after `BUSY_SECONDS`.

    SQLite itself asks again every tenth of a second, and among four writers without a pause one asked in vain for 30.
    """
    until = time.monotonic() + BUSY_SECONDS
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            time.sleep(random.uniform(0.001, 0.01))  # noqa: S311 - so that none is always a little late
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")


def _connect(path: Path, read_only: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{_choose_mode(path) if read_only else 'mode=rw'}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    if read_only:
        connection.execute("PRAGMA query_only = ON")
        return connection
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {MAX_JOURNAL_BYTES}")
    # With a write-ahead log, NORMAL survives the death of the process with every commit, and a power cut with
    # a sound database that may lack the last moments. FULL would sync at every small batch.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _choose_mode(path: Path) -> str:
    """How to open a file for reading only.

    SQLite's own read-only mode leaves the log's side files behind when it closes, so it is for those who may
    not write. A file without a log, in a folder where none can be made, is taken for one that nobody changes.
    """
    folder = path.absolute().parent
    if os.access(path, os.W_OK) and os.access(folder, os.W_OK):
        return "mode=rw"
    log = path.with_name(path.name + "-wal")
    return "mode=ro" if log.exists() or os.access(folder, os.W_OK) else "immutable=1"
