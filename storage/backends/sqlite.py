"""The SQLite backend: connections, transactions, and messages for its errors."""

import os
import random
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from storage.backends import sqlite_checks
from storage.backends.database import Database
from storage.backends.letter_case import register_lower_case
from storage.backends.lock import hold_lock
from storage.backends.types import dump_json
from storage.backends.url import DatabaseUrl
from storage.errors import CorpusError, CorpusLocked, CorpusReadOnly, DiskFailed, NotACorpus

BUSY_SECONDS = 30.0
"""How long a writer waits for another one, in seconds."""

MAX_JOURNAL_BYTES = 64 * 1024 * 1024
"""The size to which the write-ahead log is truncated after a large transaction."""

APPLICATION_ID = 0x436C5769
"""``ClWi`` in ASCII: written to the SQLite file's header, it distinguishes a corpus from other programs' databases."""


class SQLite(Database):
    """A SQLite file."""

    driver_errors = (DBAPIError, sqlite3.Error, UnicodeDecodeError)

    def __init__(self, url: DatabaseUrl, *, read_only: bool = False) -> None:
        """Create the engine without opening the file; with ``read_only`` the database is never changed."""
        assert url.path is not None
        self.path = url.path
        super().__init__(url, _build_engine(self.path, read_only=read_only), read_only=read_only)
        self._writer = self._engine.execution_options(writes=True)

    def _begin_read(self) -> AbstractContextManager[Connection]:
        return self._engine.begin()

    def _begin_write(self) -> AbstractContextManager[Connection]:
        return self._writer.begin()

    @contextmanager
    def connect_for_untrusted_sql(self) -> Iterator[Connection]:
        """Open a read transaction in which SQLite's authorizer denies every action but reading, for ``with``."""
        with self.read() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            raw.set_authorizer(_decide_authorization)
            try:
                yield connection
            finally:
                raw.set_authorizer(None)

    def lock(self) -> AbstractContextManager[Callable[[], None]]:
        """Hold the crawl's lock on this corpus, for ``with``: a lock on the file ``NAME.lock`` beside it.

        Raises `CorpusBusy` if another process holds it.
        """
        return hold_lock(self.path)

    def use_write_ahead_log(self) -> None:
        """Switch the file to a write-ahead log, so that readers and a writer do not block each other.

        The setting is stored in the file, so it needs to be made only once; repeating it does no harm.
        """
        self._execute_outside_transaction("PRAGMA journal_mode = WAL")

    def _execute_outside_transaction(self, *statements: str) -> None:
        # SQLAlchemy begins a transaction with every statement, and these cannot run inside one.
        with self.explain_errors(), self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            for statement in statements:
                raw.execute(statement).fetchall()

    def is_empty(self, connection: Connection) -> bool:
        """Return whether the file is an empty database.

        Raises `NotACorpus` if it is another program's: it has tables, and not our application ID.
        """
        application = connection.exec_driver_sql("PRAGMA application_id").scalar()
        if application == APPLICATION_ID:
            return False
        if application == 0 and connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0:
            return True
        raise NotACorpus(f"{self.name} is another program's database")

    def measure_size(self, connection: Connection) -> int:
        """Return the size of the file and its write-ahead log, in bytes."""
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def check_tables(self) -> list[str]:
        """Return each problem that SQLite finds in pages, indexes, foreign keys and the search index, as a sentence."""
        with self.read() as connection:
            found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
            broken = [
                f"row {row[1]} of {row[0]} refers to a missing row of {row[2]}"
                for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
            ]
        return [line for line in found if line != "ok"] + broken

    def compact(self) -> None:
        """Rewrite the file without the space, and the bytes, of deleted rows.

        The search index is merged first: FTS5 keeps the words of deleted articles until its segments are merged.
        """
        with self.write() as connection:
            connection.exec_driver_sql("INSERT INTO article_fts (article_fts) VALUES ('optimize')")
        self._execute_outside_transaction("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_to(self, target: Path) -> None:
        """Copy the database, as it is now, into a file with the same permissions. Others may write meanwhile.

        The copy is written to ``NAME.part`` and gets its name once it is complete. An existing file is replaced.

        Raises:
            CorpusError: if the database is damaged or the disk full.
            OSError: if the file cannot be created.
        """
        unfinished = target.with_name(target.name + ".part")
        with self.explain_errors():
            # Created for the owner alone before it gets any content, so that no other user can read it; a link
            # that another user has put there is removed, not followed.
            unfinished.unlink(missing_ok=True)
            unfinished.touch(mode=0o600, exist_ok=False)
            unfinished.chmod(stat.S_IMODE(self.path.stat().st_mode))
            with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(unfinished)) as copy:
                source.backup(copy)
            unfinished.replace(target)

    def copy_into(self, target: "SQLite") -> None:
        """Replace the contents of another database with those of this one.

        Raises `CorpusError`; the other database is then unchanged.
        """
        with (
            self.explain_errors(),
            closing(sqlite3.connect(self.path)) as source,
            closing(sqlite3.connect(target.path)) as restored,
        ):
            source.backup(restored)

    def classify_error(self, error: BaseException) -> CorpusError | None:
        """Return an SQLite error as a message for the owner of the corpus, or ``None`` if it is a bug of ours."""
        path = self.name
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            # All text that we write is valid UTF-8, so other bytes, in a row or in the schema, mean damage. SQLite
            # itself does not notice: a few flipped bytes in a text gave a traceback here.
            is_row = isinstance(error, sqlite3.Error) and str(error).startswith("Could not decode to UTF-8")
            return self._make_damaged_error() if is_row or isinstance(error, UnicodeDecodeError) else None
        match code & 0xFF:  # the low byte is the primary result code; the rest refines it
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
                return CorpusLocked(f"{path} is locked by another program; waited {BUSY_SECONDS:g} seconds")
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
                return CorpusReadOnly(f"{path} is read-only")
            case sqlite3.SQLITE_NOTADB:
                return NotACorpus(sqlite_checks.NOT_A_DATABASE_MESSAGE.format(path))
            case sqlite3.SQLITE_CORRUPT:
                return self._make_damaged_error()
            case sqlite3.SQLITE_FULL:
                return DiskFailed(f"the disk that holds {path} is full; everything committed before that is kept")
            case sqlite3.SQLITE_CANTOPEN:
                return CorpusError(f"cannot open {path}; check the permissions of the file and of its folder")
            case sqlite3.SQLITE_IOERR:
                return DiskFailed(f"the disk that holds {path} reported an error ({error})")
        return None

    def classify_write_error(self, error: BaseException) -> CorpusError | None:
        """Return the error of a trigger as a message: we create none, so a statement that fails in one is no bug."""
        is_unexplained = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
        if not is_unexplained or not (triggers := self._list_triggers()):
            return None
        names = ", ".join(triggers)
        return CorpusError(f"a trigger that another program added to {self.name} fails ({error}); drop it: {names}")

    def _list_triggers(self) -> list[str]:
        """Return the names of the triggers in the database, which all come from other programs."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.path)) as connection:
            return [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")]
        return []

    def _make_damaged_error(self) -> NotACorpus:
        return NotACorpus(f"{self.name} is damaged; restore it from a backup, or try sqlite3's .recover")


_READ_ACTIONS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


_DENIED_FUNCTIONS = {"load_extension", "fts3_tokenizer"}
"""Functions that load code, or reveal its address in memory."""


def _decide_authorization(action: int, what: str | None, function: str | None, *more: str | None) -> int:
    # A query on an FTS5 table runs PRAGMA data_version internally.
    is_reading = action in _READ_ACTIONS or (action == sqlite3.SQLITE_PRAGMA and what == "data_version")
    is_denied = action == sqlite3.SQLITE_FUNCTION and function in _DENIED_FUNCTIONS
    return sqlite3.SQLITE_OK if is_reading and not is_denied else sqlite3.SQLITE_DENY


def _build_engine(path: Path, *, read_only: bool) -> Engine:
    engine = create_engine(
        "sqlite://", creator=lambda: _connect(path, read_only), poolclass=QueuePool, json_serializer=dump_json
    )
    event.listen(engine, "begin", _begin_transaction)
    return engine


def _begin_transaction(connection: Connection) -> None:
    # By default, Python's sqlite3 opens transactions itself, as deferred ones. A deferred transaction that reads and
    # then writes fails immediately with "database is locked", whatever the timeout, if another writer came in
    # between: 851 times in 4 x 300 transactions. So its own transactions are off (isolation_level=None), and writers
    # take the write lock from the start.
    if connection.get_execution_options().get("writes", False):
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        _take_turn(raw)
    else:
        connection.exec_driver_sql("BEGIN")


def _take_turn(connection: sqlite3.Connection) -> None:
    """Begin a write transaction, after waiting for other writers; raise SQLite's own error after `BUSY_SECONDS`."""
    until = time.monotonic() + BUSY_SECONDS
    # SQLite's own busy handler retries every tenth of a second: among four writers without a pause, one was still
    # waiting after 30 seconds. Retrying every few milliseconds, each gets its turn.
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            time.sleep(random.uniform(0.001, 0.01))  # noqa: S311 - random, so that no writer is always a little late
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
    register_lower_case(connection)
    if read_only:
        connection.execute("PRAGMA query_only = ON")
        return connection
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {MAX_JOURNAL_BYTES}")
    # With a write-ahead log, NORMAL keeps every commit if the process is killed. After a power cut the database is
    # intact, but may lack the last commits. FULL would sync the disk at every small batch.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _choose_mode(path: Path) -> str:
    """Return the parameter of SQLite's file URI that opens a file for reading."""
    # SQLite's own read-only mode leaves the files -wal and -shm behind when it closes, so it is only used if we
    # may not write; otherwise PRAGMA query_only prevents changes. A database without a log, in a folder where none can
    # be created, cannot be opened except as immutable: it is assumed not to change.
    folder = path.absolute().parent
    if os.access(path, os.W_OK) and os.access(folder, os.W_OK):
        return "mode=rw"
    log = path.with_name(path.name + "-wal")
    return "mode=ro" if log.exists() or os.access(folder, os.W_OK) else "immutable=1"
