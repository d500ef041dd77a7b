"""What PostgreSQL and MariaDB have in common: a server that is reached, and turns that writers take there."""

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
"""How long a writer waits for another one."""

CONNECT_SECONDS = 10

PIP_EXTRAS = {"postgresql": "postgres", "mariadb": "mariadb"}

CORPUS_TABLES = {"article", "frontier", "source", "alembic_version"}
"""Tables that a corpus has: what tells it from the databases of other programs."""


class Server(Database):
    """A database on a server."""

    def __init__(self, address: DatabaseUrl, arguments: dict[str, Any], *, read_only: bool, **options: Any) -> None:
        """Connects to nothing yet. Raises `CorpusError` where the driver is missing or refuses the address."""
        try:
            engine = create_engine(
                address.url, connect_args=arguments, json_serializer=dump_json, pool_pre_ping=True, **options
            )
        except ModuleNotFoundError as error:
            extra = f"pip install 'cleanwire[{PIP_EXTRAS[address.dialect]}]'"
            raise CorpusError(f"{address.dialect} needs the package {error.name}: {extra}") from error
        except Exception as error:  # SQLAlchemy's parser of addresses repeats them, password and all
            raise CorpusError(f"{address.display_url} is no address that a server can be reached by") from error
        super().__init__(address, engine, read_only=read_only)

    @contextmanager
    def lock(self) -> Iterator[Callable[[], None]]:
        """The crawl's lock on this corpus: the server gives it back when its holder's connection ends."""
        with self.explain_errors(), self._engine.connect() as connection:
            self._take_lock(connection)
            try:
                yield partial(self._ensure_lock, connection)
            except CorpusError:  # nothing more is asked of a server that may not answer: the lock ends with this
                connection.invalidate()
                raise
            finally:
                if not connection.invalidated:
                    with suppress(DBAPIError):  # one that has gone away has forgotten the lock
                        self._unlock(connection, "crawl")

    def _take_lock(self, connection: Connection) -> None:
        if not self._try_lock(connection, "crawl", 0):
            raise CorpusBusy(f"another crawl is at work on {self.name}")
        connection.commit()

    def _ensure_lock(self, connection: Connection) -> None:
        with self.explain_errors():
            if not connection.invalidated:  # else an earlier call has seen it lost, and the server was not back yet
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
        """Whether the database has no tables. Raises `NotACorpus` where they are another program's."""
        tables = set(inspect(connection).get_table_names())
        if tables and not tables & CORPUS_TABLES:
            raise NotACorpus(f"{self.name} holds the tables of another program: a corpus needs a database of its own")
        return "alembic_version" not in tables

    @abstractmethod
    def _try_lock(self, connection: Connection, what: str, seconds: int) -> bool:
        """Take a lock that lasts as long as the connection, waiting for it so long."""

    @abstractmethod
    def _unlock(self, connection: Connection, what: str) -> None: ...

    def _make_unreachable_error(self) -> CorpusError:
        return CorpusNotFound(f"no server answers at {self.name}")

    def _make_rejected_error(self) -> CorpusError:
        return CorpusError(f"the server refuses {self.name}: is the user allowed in, and is the password right?")

    def _make_no_database_error(self) -> CorpusError:
        return CorpusNotFound(f"there is no database at {self.name}: have it created on the server first")

    def _make_locked_error(self) -> CorpusError:
        return CorpusLocked(f"{self.name} is locked by another program; waited {WAIT_SECONDS} seconds")

    def _make_lost_error(self) -> CorpusError:
        return CorpusLost(f"the connection to {self.name} was lost; what was committed before is kept")

    def _make_read_only_error(self) -> CorpusError:
        return CorpusReadOnly(f"{self.name} can be read but not written: the user has no right to, or it is a replica")

    def _make_disk_full_error(self) -> CorpusError:
        return DiskFailed(f"the disk that holds {self.name} is full; what was committed before is kept")
