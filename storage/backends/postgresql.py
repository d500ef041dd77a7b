"""The PostgreSQL backend, through psycopg 3."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, text

from storage.backends import database_server
from storage.backends.database_server import CONNECT_SECONDS, Server
from storage.backends.url import DatabaseUrl
from storage.errors import CorpusError

_LOCK_KEYS = {"crawl": 0x436C5769, "write": 0x436C576A}
"""The keys of our advisory locks. Advisory locks are separate for each database of a server."""


class PostgreSQL(Server):
    """A database on a PostgreSQL server."""

    def __init__(self, url: DatabaseUrl, *, read_only: bool = False) -> None:
        """Create the engine without connecting; with ``read_only`` the database is never changed.

        Raises `CorpusError` if psycopg is not installed or rejects the URL.
        """
        # The session runs in UTC whatever the server's time zone, because articles are counted by UTC days.
        arguments = {
            "options": f"-c timezone=UTC -c lock_timeout={database_server.WAIT_SECONDS}s",
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "cleanwire",
        }
        super().__init__(url, arguments, read_only=read_only)
        self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def _begin_read(self) -> AbstractContextManager[Connection]:
        return self._reader.begin()

    @contextmanager
    def connect_for_untrusted_sql(self) -> Iterator[Connection]:
        """Open a read-only transaction that is rolled back at the end, for ``with``.

        A superuser's query runs with the rights of ``pg_read_all_data``, so that it does not read the server's files.
        This prevents mistakes only: SQL that means to can regain the superuser's rights.
        """
        with self.read() as connection:
            if connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
                connection.execute(text("SET LOCAL ROLE pg_read_all_data"))
            try:
                yield connection
            finally:
                # PostgreSQL before 16 allows large objects to be created in a read-only transaction.
                connection.rollback()

    @contextmanager
    def _begin_write(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            # Released with the transaction. READ COMMITTED, the default, sees what the previous writer committed.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEYS["write"]})
            yield connection

    def _try_lock(self, connection: Connection, what: str, seconds: int) -> bool:
        return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK_KEYS[what]}))

    def _unlock(self, connection: Connection, what: str) -> None:
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK_KEYS[what]})

    def measure_size(self, connection: Connection) -> int:
        """Return the size of the whole database, in bytes, other schemas included."""
        return connection.scalar(text("SELECT pg_database_size(current_database())")) or 0

    def check_tables(self) -> list[str]:
        """Return an empty list: PostgreSQL verifies pages as it reads them, and needs an extension for more."""
        return []

    def compact(self) -> None:
        """Rewrite every table with ``VACUUM FULL``; readers and writers wait meanwhile."""
        with self.connect_autocommit() as connection:
            connection.execute(text("VACUUM (FULL, ANALYZE)"))

    def classify_error(self, error: BaseException) -> CorpusError | None:
        """Return a PostgreSQL error as a message for the owner of the corpus, or ``None`` if it is a bug of ours."""
        state = getattr(error, "sqlstate", None)
        if state is None:
            return self._classify_message(str(error)) if type(error).__module__.startswith("psycopg") else None
        match state:
            case "28000" | "28P01":
                return self._make_rejected_error()
            case "3D000":
                return self._make_no_database_error()
            case "55P03" | "40P01":
                return self._make_locked_error()
            case "25006" | "42501":
                return self._make_read_only_error()
            case "53100":
                return self._make_disk_full_error()
            case "53300":
                return self._make_overloaded_error()
            case "57P01" | "57P02" | "57P03" | "08006" | "08003" | "08000":
                return self._make_lost_error()
            case "XX001" | "XX002":
                return CorpusError(f"{self.name} is damaged ({error}); restore it from a backup")
        return None

    def _classify_message(self, message: str) -> CorpusError | None:
        """Classify an error of libpq, which has no SQLSTATE: it could not connect, or a connection ended."""
        # Only the English message is left to go by; the login is checked first, because its messages also say
        # "connection failed".
        words = message.casefold()
        if "password" in words or "authentication" in words or "role" in words:
            return self._make_rejected_error()
        if "does not exist" in words:
            return self._make_no_database_error()
        if any(sign in words for sign in ("connection failed", "timeout", "could not", "failed to resolve", "refused")):
            return self._make_unreachable_error()
        if any(sign in words for sign in ("closed", "lost", "terminat", "consuming input", "ssl")):
            return self._make_lost_error()
        return None
