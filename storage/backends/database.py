"""What the three databases have in common: transactions that mean what they say, and errors that say what to do."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from storage.backends.types import UnreadableValue
from storage.backends.url import DatabaseUrl
from storage.errors import CorpusError, CorpusReadOnly, NotACorpus


class Database(ABC):
    """A database that holds a corpus, or is to hold one. Any thread may use it.

    Writers take turns, on every database: what an article is to the corpus is decided by reading before it is written.
    """

    def __init__(self, address: DatabaseUrl, engine: Engine, *, read_only: bool) -> None:
        """Connects to nothing yet; with ``read_only`` the database is never changed."""
        self.address = address
        self.name = address.display_url
        self.read_only = read_only
        self._engine = engine

    @property
    def dialect(self) -> str:
        """``"sqlite"``, ``"postgresql"`` or ``"mariadb"``."""
        return self.address.dialect

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot of the database: sees nothing of what others commit meanwhile, keeps none waiting."""
        with self.explain_errors(), self._begin_read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that writes, committed at its end or rolled back whole. Writers take turns."""
        if self.read_only:
            raise CorpusReadOnly(f"{self.name} was opened for reading only")
        with self.explain_errors(), self._begin_write() as connection:
            yield connection

    @contextmanager
    def connect_for_untrusted_sql(self) -> Iterator[Connection]:
        """A connection for statements that somebody else wrote: the database refuses those that change anything."""
        with self.read() as connection:
            yield connection

    @contextmanager
    def connect_autocommit(self) -> Iterator[Connection]:
        """A connection without a transaction, for what no database does inside one, such as VACUUM."""
        with self.explain_errors(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def explain_errors(self) -> Iterator[None]:
        """Turn the errors that a user can do something about into a `CorpusError`; let bugs through."""
        try:
            yield
        except self.driver_errors as error:
            for cause in _iter_causes(error):
                if meant := self.classify_error(cause):
                    raise meant from error
            raise
        except UnreadableValue as error:
            raise NotACorpus(f"{self.name} is damaged: restore it from a copy ({error})") from error

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    driver_errors: tuple[type[Exception], ...] = (DBAPIError,)
    """What a driver raises, through SQLAlchemy or past it."""

    @abstractmethod
    def _begin_read(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _begin_write(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def classify_error(self, error: BaseException) -> CorpusError | None:
        """What a driver's error says to the owner of the corpus; ``None`` for those that are our fault."""

    @abstractmethod
    def lock(self) -> AbstractContextManager[Callable[[], None]]:
        """The crawl's lock on this corpus, and what makes sure of it again where a server has been away.

        Both raise `CorpusBusy` at once where another process holds it.
        """

    @abstractmethod
    def is_empty(self, connection: Connection) -> bool:
        """Whether there is nothing in the database, so that a corpus can be made in it."""

    @abstractmethod
    def measure_size(self, connection: Connection) -> int:
        """Bytes of the database on disk."""

    @abstractmethod
    def check_tables(self) -> list[str]:
        """What the database's own checks find wrong with its tables, as sentences."""

    @abstractmethod
    def compact(self) -> None:
        """Rewrite the tables without the space, and the bytes, of what was deleted."""


def _iter_causes(error: BaseException | None) -> Iterator[BaseException]:
    # On a full disk SQLite gives up the whole transaction, and what is heard is that the savepoint is gone.
    while error is not None:
        yield error
        error = error.orig if isinstance(error, DBAPIError) and error.orig else error.__context__
