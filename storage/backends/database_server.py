"""The common part of PostgreSQL and MariaDB: connecting to a server, its locks, and messages for its errors."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from storage.backends.database import Database
from storage.backends.types import dump_json
from storage.backends.url import DatabaseUrl
from storage.errors import (
    CorpusBusy,
    CorpusError,
    CorpusLocked,
    CorpusLost,
    CorpusNotFound,
    CorpusReadOnly,
    DiskFailed,
    NotACorpus,
)

WAIT_SECONDS = 30
"""How long a writer waits for another one, in seconds."""

CONNECT_SECONDS = 10
"""How long to wait for a connection to the server, in seconds."""

PIP_EXTRAS = {"postgresql": "postgres", "mariadb": "mariadb"}
"""The extras of this package that install each driver."""

CORPUS_TABLES = {"article", "frontier", "source", "alembic_version"}
"""Tables of every corpus: a database that has tables, but none of these, belongs to another program."""


class Server(Database):
    """A database on a server."""

    def __init__(self, url: DatabaseUrl, arguments: dict[str, Any], *, read_only: bool, **options: Any) -> None:
        """Create the engine without connecting.

        Args:
            url: Where the database is.
            arguments: The driver's own arguments for a connection.
            read_only: Never change the database.
            options: Further arguments of SQLAlchemy's ``create_engine``.

        Raises:
            CorpusError: if the driver is not installed or rejects the URL.
        """
        try:
            engine = create_engine(
                url.url, connect_args=arguments, json_serializer=dump_json, pool_pre_ping=True, **options
            )
        except ModuleNotFoundError as error:
            extra = f"pip install 'cleanwire[{PIP_EXTRAS[url.dialect]}]'"
            raise CorpusError(f"{url.dialect} requires the package {error.name}; install it with: {extra}") from error
        # SQLAlchemy's message repeats the URL with its password, so it must not be shown.
        except Exception as error:
            raise CorpusError(f"{url.display_url} is not a valid database URL") from error
        super().__init__(url, engine, read_only=read_only)

    @contextmanager
    def lock(self) -> Iterator[Callable[[], None]]:
        """Hold the crawl's lock on this corpus, for ``with``.

        It belongs to a connection of its own; the server releases it when that connection ends, even if the crawl is
        killed.
        """
        with self.explain_errors(), self._engine.connect() as connection:
            self._take_lock(connection)
            try:
                yield partial(self._ensure_lock, connection)
            except CorpusError:
                # The server may not respond any more, so the lock is not released by a statement that could hang:
                # dropping the connection releases it.
                connection.invalidate()
                raise
            finally:
                if not connection.invalidated:
                    with suppress(DBAPIError):  # a server that has gone away no longer holds the lock
                        self._unlock(connection, "crawl")

    def _take_lock(self, connection: Connection) -> None:
        if not self._try_lock(connection, "crawl", 0):
            raise CorpusBusy(f"another crawl is already running on {self.name}")
        connection.commit()

    def _ensure_lock(self, connection: Connection) -> None:
        """Check that the lock's connection is alive, or take the lock again on a new connection."""
        with self.explain_errors():
            # It is invalid already if an earlier call found it lost while the server was still away.
            if not connection.invalidated:
                try:
                    connection.scalar(text("SELECT 1"))
                    connection.commit()
                except DBAPIError:
                    if not connection.invalidated:
                        raise
            if connection.invalidated:
                connection.rollback()
                self._take_lock(connection)

    def is_empty(self, connection: Connection) -> bool:
        """Return whether the database has no corpus in it yet.

        Raises `NotACorpus` if it has tables, and all of them are another program's.
        """
        tables = set(inspect(connection).get_table_names())
        if tables and not tables & CORPUS_TABLES:
            raise NotACorpus(f"{self.name} holds another program's tables; a corpus needs a database of its own")
        return "alembic_version" not in tables

    @abstractmethod
    def _try_lock(self, connection: Connection, what: str, seconds: int) -> bool:
        """Take a lock that lasts as long as the connection; wait up to ``seconds`` for it, and return whether it is
        held. ``what`` is ``"crawl"`` or ``"write"``."""

    @abstractmethod
    def _unlock(self, connection: Connection, what: str) -> None: ...

    def _make_unreachable_error(self) -> CorpusError:
        return CorpusNotFound(f"could not reach the database server of {self.name}")

    def _make_rejected_error(self) -> CorpusError:
        return CorpusError(f"the server rejected the login to {self.name}; check the user name and the password")

    def _make_no_database_error(self) -> CorpusError:
        return CorpusNotFound(f"the database {self.name} does not exist; create it on the server first")

    def _make_locked_error(self) -> CorpusError:
        return CorpusLocked(f"{self.name} is locked by another program; waited {WAIT_SECONDS} seconds")

    def _make_lost_error(self) -> CorpusError:
        return CorpusLost(f"the connection to {self.name} was lost; everything committed before that is kept")

    def _make_read_only_error(self) -> CorpusError:
        return CorpusReadOnly(f"{self.name} is read-only: the user has no write permission, or it is a replica")

    def _make_disk_full_error(self) -> CorpusError:
        return DiskFailed(f"the disk that holds {self.name} is full; everything committed before that is kept")

    def _make_overloaded_error(self) -> CorpusError:
        return CorpusError(f"the server of {self.name} has no free connection; too many programs use it")
