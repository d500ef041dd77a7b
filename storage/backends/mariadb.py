"""The MariaDB backend, through pymysql."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from inspect import signature

from sqlalchemy import Connection, inspect, text

from storage.backends import database_server
from storage.backends.database_server import CONNECT_SECONDS, Server
from storage.backends.url import DatabaseUrl
from storage.errors import CorpusError


class MariaDB(Server):
    """A database on a MariaDB server, 10.6 or later."""

    def __init__(self, url: DatabaseUrl, *, read_only: bool = False) -> None:
        """Create the engine without connecting; with ``read_only`` the database is never changed.

        Raises `CorpusError` if pymysql is not installed, or does not know an option in the URL.
        """
        arguments = {
            "charset": "utf8mb4",
            "connect_timeout": CONNECT_SECONDS,
            # Strict mode whatever the server's default: otherwise MariaDB silently truncates values that are too long.
            "init_command": "SET time_zone = '+00:00', sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), "
            f"innodb_lock_wait_timeout = {database_server.WAIT_SECONDS}, NAMES utf8mb4 COLLATE utf8mb4_bin",
        }
        super().__init__(url, arguments, read_only=read_only, isolation_level="REPEATABLE READ")
        from pymysql.connections import Connection as Driver  # type: ignore[import-untyped]

        # pymysql raises a TypeError for an option that it does not know, and only when it connects.
        options = self._engine.dialect.create_connect_args(self._engine.url)[1]
        if unknown := set(options) - set(signature(Driver).parameters):
            raise CorpusError(f"the URL of {self.name} has unknown options: {', '.join(sorted(unknown))}")

    def _begin_read(self) -> AbstractContextManager[Connection]:
        return self._engine.begin()

    @contextmanager
    def _begin_write(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            if not self._try_lock(connection, "write", database_server.WAIT_SECONDS):
                raise self._make_locked_error()
            # GET_LOCK has opened a transaction. Without this, its snapshot would date from before the wait, and the
            # writer would not see what the previous one has committed.
            connection.commit()
            try:
                with connection.begin():
                    yield connection
            finally:
                if not connection.invalidated:
                    self._unlock(connection, "write")
                    connection.rollback()

    @contextmanager
    def connect_for_untrusted_sql(self) -> Iterator[Connection]:
        """Open a connection whose transactions are read-only, for ``with``.

        The server still lets such transactions read and write files: see `storage.admin.sql_query`.
        """
        with self.connect_autocommit() as connection:
            connection.execute(text("SET SESSION TRANSACTION READ ONLY"))
            try:
                yield connection
            finally:
                connection.execute(text("SET SESSION TRANSACTION READ WRITE"))

    def _try_lock(self, connection: Connection, what: str, seconds: int) -> bool:
        # The names of locks are global to the server, so the database's name is part of them.
        lock = text("SELECT GET_LOCK(CONCAT('cleanwire-', :what, '-', DATABASE()), :seconds)")
        return bool(connection.scalar(lock, {"what": what, "seconds": seconds}))

    def _unlock(self, connection: Connection, what: str) -> None:
        connection.execute(text("SELECT RELEASE_LOCK(CONCAT('cleanwire-', :what, '-', DATABASE()))"), {"what": what})

    def measure_size(self, connection: Connection) -> int:
        """Return the size of the tables and their indexes, in bytes."""
        size = "SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = DATABASE()"
        return int(connection.scalar(text(size)) or 0)

    def check_tables(self) -> list[str]:
        """Return each problem that ``CHECK TABLE`` reports, as ``database.table: message``."""
        with self.connect_autocommit() as connection:
            checks = [connection.execute(text(f"CHECK TABLE {table}")).all() for table in self._list_tables(connection)]
        return [f"{row[0]}: {row[3]}" for rows in checks for row in rows if row[2] not in ("status", "note")] + [
            f"{row[0]}: {row[3]}" for rows in checks for row in rows if row[2] == "status" and row[3] != "OK"
        ]

    def compact(self) -> None:
        """Rewrite every table without the space of deleted rows; writers wait meanwhile."""
        with self.connect_autocommit() as connection:
            for table in self._list_tables(connection):
                connection.execute(text(f"ALTER TABLE {table} FORCE"))

    def _list_tables(self, connection: Connection) -> list[str]:
        return [f"`{name}`" for name in inspect(connection).get_table_names()]

    def classify_error(self, error: BaseException) -> CorpusError | None:
        """Return a MariaDB error as a message for the owner of the corpus, or ``None`` if it is a bug of ours."""
        if not type(error).__module__.startswith("pymysql") or not error.args:
            return None
        # The numbers are those of MariaDB's error reference; from 2000 on they are the client's, below 1000 the
        # operating system's or the storage engine's. pymysql uses 0 for a connection that was closed.
        match error.args[0]:
            case 1044 | 1045 | 1698 | 1130:
                return self._make_rejected_error()
            case 1049:
                return self._make_no_database_error()
            case 2002 | 2003 | 2005:
                return self._make_unreachable_error()
            case 1205 | 1213:
                return self._make_locked_error()
            case 1142 | 1143 | 1227 | 1290 | 1792 | 1836:
                return self._make_read_only_error()
            case 1021 | 1114 | 28:
                return self._make_disk_full_error()
            case 1040 | 1203:
                return self._make_overloaded_error()
            case 1053 | 2006 | 2013 | 2014 | 0:
                return self._make_lost_error()
            case 126 | 145 | 1712 | 1034:
                return CorpusError(f"{self.name} is damaged ({error.args[1]}); restore it from a backup")
        return None
