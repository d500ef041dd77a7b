"""Choose the backend for a database URL."""

from typing import Any

from storage.backends.database import Database
from storage.backends.url import DatabaseUrl


def open_database(url: DatabaseUrl, *, create: bool, read_only: bool) -> Database:
    """Return the database at a URL. No connection to a server is made yet, and no schema is created.

    Args:
        url: Where the corpus is.
        create: Create an empty SQLite file if there is none. A server's database must exist.
        read_only: Never change the database.

    Raises:
        CorpusError: if a file is missing, unusable or not writable, or if a server's driver is not installed.
    """
    # Imported here, because every driver costs start-up time, and only one of them need be installed.
    options: dict[str, Any] = {"read_only": read_only}
    if url.dialect == "postgresql":
        from storage.backends.postgresql import PostgreSQL

        return PostgreSQL(url, **options)
    if url.dialect == "mariadb":
        from storage.backends.mariadb import MariaDB

        return MariaDB(url, **options)
    from storage.backends import sqlite_checks
    from storage.backends.sqlite import SQLite

    assert url.path is not None
    sqlite_checks.check_file(url.path, create=create and not read_only, read_only=read_only)
    return SQLite(url, **options)
