"""The interface of the three databases: explicit transactions, and driver errors turned into `CorpusError`s."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from storage.backends.types import UnreadableValue
from storage.backends.url import DatabaseUrl
from storage.errors import CorpusError, CorpusReadOnly, NotACorpus


class Database(ABC):
    """A database that holds a corpus, or in which one will be created. Any thread may use it.

    Writers take turns on every database, because the write path first reads whether an article is new, changed or a
    duplicate, and then writes: two writers at once would both store it as new.
    """

    def __init__(self, url: DatabaseUrl, engine: Engine, *, read_only: bool) -> None:
        """Keep the engine without connecting; with ``read_only`` the database is never changed."""
        self.database_url = url
        self.name = url.display_url
        self.read_only = read_only
        self._engine = engine

    @property
    def dialect(self) -> str:
        """``"sqlite"``, ``"postgresql"`` or ``"mariadb"``."""
        return self.database_url.dialect

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction on one snapshot of the database, for ``with``.

        It sees nothing that others commit meanwhile, and does not block writers.
        """
        with self.explain_errors(), self._begin_read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that writes, for ``with``: it is committed at the end, or rolled back on an exception.

        Waits for other writers. Raises `CorpusLocked` if that takes longer than 30 seconds, and `CorpusReadOnly` if the
        database was opened read-only.
        """
        if self.read_only:
            raise CorpusReadOnly(f"{self.name} was opened read-only")
        with self.explain_errors(self._classify_any_error), self._begin_write() as connection:
            yield connection

    @contextmanager
    def connect_for_untrusted_sql(self) -> Iterator[Connection]:
        """Open a connection for SQL from users, for ``with``: the database itself rejects whatever changes anything.

        The base class only opens a read transaction; each backend adds the protection that its database offers.
        """
        with self.read() as connection:
            yield connection

    @contextmanager
    def connect_autocommit(self) -> Iterator[Connection]:
        """Open a connection without a transaction, for ``with``.

        For statements that no database runs inside a transaction, such as VACUUM.
        """
        with self.explain_errors(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def explain_errors(self, classify: Callable[[BaseException], CorpusError | None] | None = None) -> Iterator[None]:
        """Turn errors that a user can fix into a `CorpusError` within ``with``; let all others, our bugs, through.

        Raises `NotACorpus` if a stored value cannot be decoded: the file was damaged, or another program wrote it.
        """
        try:
            yield
        except self.driver_errors as error:
            for cause in _iter_causes(error):
                if explained := (classify or self.classify_error)(cause):
                    raise explained from error
            raise
        except UnreadableValue as error:
            raise NotACorpus(f"{self.name} is damaged; restore it from a backup ({error})") from error

    def _classify_any_error(self, error: BaseException) -> CorpusError | None:
        return self.classify_error(error) or self.classify_write_error(error)

    def classify_write_error(self, error: BaseException) -> CorpusError | None:
        """Return an error that only a statement which changes rows can raise, as :meth:`classify_error` does."""
        return None

    def close(self) -> None:
        """Close every pooled connection. The object can be used again; new connections are opened as needed."""
        self._engine.dispose()

    driver_errors: tuple[type[Exception], ...] = (DBAPIError,)
    """The exceptions that a driver raises, whether SQLAlchemy wraps them or not."""

    @abstractmethod
    def _begin_read(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _begin_write(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def classify_error(self, error: BaseException) -> CorpusError | None:
        """Return a driver's error as a message for the owner of the corpus, or ``None`` if it is a bug of ours.

        ``error`` is the driver's own exception, not SQLAlchemy's wrapper around it.
        """

    @abstractmethod
    def lock(self) -> AbstractContextManager[Callable[[], None]]:
        """Hold the crawl's lock on this corpus, for ``with``, so that only one crawl uses it at a time.

        ``with`` returns a function that checks the lock again after a server has been away. Both raise `CorpusBusy`
        immediately if another process holds the lock.
        """

    @abstractmethod
    def is_empty(self, connection: Connection) -> bool:
        """Return whether the database is empty, so that a corpus can be created in it.

        Raises `NotACorpus` if it holds the tables of another program.
        """

    @abstractmethod
    def measure_size(self, connection: Connection) -> int:
        """Return the size of the database on disk, in bytes."""

    @abstractmethod
    def check_tables(self) -> list[str]:
        """Run the database's own integrity checks, and return each problem as a sentence.

        Empty if all is well, and on PostgreSQL, which has no such check.
        """

    @abstractmethod
    def compact(self) -> None:
        """Rewrite the tables without the space, and the bytes, of deleted rows.

        `erase` relies on it: a deleted row's text stays in the file until then. Other writers wait meanwhile.
        """


def _iter_causes(error: BaseException | None) -> Iterator[BaseException]:
    # On a full disk SQLite rolls back the whole transaction, and the error that surfaces is "no such savepoint"; the
    # cause that a user can fix is further down the chain.
    while error is not None:
        yield error
        error = error.orig if isinstance(error, DBAPIError) and error.orig else error.__context__
