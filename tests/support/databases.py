"""The databases that the tests run on: SQLite always, and the servers that answer.

``CLEANWIRE_TEST_POSTGRESQL`` and ``CLEANWIRE_TEST_MARIADB`` name servers, and a user who may create databases there;
without them, those at 127.0.0.1 are tried. ``CLEANWIRE_TEST_ALL_DATABASES=1`` makes a missing one an error.
"""

import atexit
import getpass
import os
from functools import cache

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from storage import Corpus
from storage.backends.url import parse_database_url
from storage.schema.tables import Base
from storage.search import fulltext_index

SQLITE, POSTGRESQL, MARIADB = "sqlite", "postgresql", "mariadb"

ALL_REQUIRED = "CLEANWIRE_TEST_ALL_DATABASES"


def server(kind: str) -> str:
    """The address of a database on the server, to connect to before there is one of our own."""
    default = {
        POSTGRESQL: f"postgresql://{getpass.getuser()}@127.0.0.1/postgres",
        MARIADB: f"mariadb://{getpass.getuser()}@127.0.0.1/mysql",
    }
    return os.environ.get(f"CLEANWIRE_TEST_{kind.upper()}") or default[kind]


@cache
def unavailable(kind: str) -> str | None:
    """Why tests on a server have to be left out, as the server or its absence says it; ``None`` where they run."""
    try:
        with administration(kind):
            return None
    except OperationalError as error:
        return str(error.orig).splitlines()[0]


def available() -> list[str]:
    """The databases that tests run on. Raises RuntimeError where all are required and one is missing."""
    servers = {kind: unavailable(kind) for kind in (POSTGRESQL, MARIADB)}
    missing = [f"{kind} ({reason})" for kind, reason in servers.items() if reason]
    if missing and os.environ.get(ALL_REQUIRED):
        raise RuntimeError(f"{ALL_REQUIRED} is set, and there is no {' and no '.join(missing)}")
    return [SQLITE, *(kind for kind, reason in servers.items() if reason is None)]


def administration(kind: str, database: str | None = None) -> "_Connected":
    """A connection that commits every statement, to a database by its address or its name behind a slash."""
    address = f"{server(kind).rpartition('/')[0]}/{database.rpartition('/')[2]}" if database else server(kind)
    return _Connected(create_engine(parse_database_url(address).url, isolation_level="AUTOCOMMIT"))


class _Connected:
    def __init__(self, engine: object) -> None:
        self._engine = engine

    def __enter__(self) -> Connection:
        self._connection = self._engine.connect()  # type: ignore[attr-defined]
        return self._connection

    def __exit__(self, *error: object) -> None:
        self._connection.close()
        self._engine.dispose()  # type: ignore[attr-defined]


def created(kind: str, name: str) -> str:
    """The address of a database on a server in which there is nothing; it goes when the tests end."""
    name = f"cleanwire_test_{name}_{os.getpid()}"
    drop(kind, name)
    with administration(kind) as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        if kind == POSTGRESQL:  # no test stops this server
            connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    atexit.register(drop, kind, name)
    return f"{server(kind).rpartition('/')[0]}/{name}"


def drop(kind: str, name: str) -> None:
    """Remove a database, whoever is connected to it."""
    with administration(kind) as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}{' WITH (FORCE)' if kind == POSTGRESQL else ''}"))


@cache
def _with_schema(kind: str, name: str) -> str:
    address = created(kind, name)
    Corpus.open(address, create=True).close()
    return address


def emptied(kind: str, name: str = "corpus") -> str:
    """The address of a corpus on a server without anything in it: the same one each time, emptied."""
    address = _with_schema(kind, name)
    with _Connected(create_engine(parse_database_url(address).url, isolation_level="AUTOCOMMIT")) as connection:
        quote = connection.dialect.identifier_preparer.quote
        tables = [quote(name) for name in (*Base.metadata.tables, fulltext_index.get_index(connection).table.name)]
        if kind == POSTGRESQL:
            connection.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"))
        else:
            connection.execute(text("SET foreign_key_checks = 0"))
            for table in tables:
                if connection.scalar(text(f"SELECT 1 FROM {table} LIMIT 1")) or _has_counted(connection, table):
                    connection.execute(text(f"TRUNCATE {table}"))
    return address


def _has_counted(connection: Connection, table: str) -> bool:
    counter = (
        "SELECT auto_increment FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = :name"
    )
    return (connection.scalar(text(counter), {"name": table.strip("`")}) or 1) > 1


def tables_of(address: str) -> set[str]:
    """The names of a server's tables."""
    with _Connected(create_engine(parse_database_url(address).url)) as connection:
        return set(inspect(connection).get_table_names())
