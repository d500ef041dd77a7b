"""Which of the three databases a URL means."""

from typing import Any

from storage.backends.database import Database
from storage.backends.url import DatabaseUrl


def open_database(address: DatabaseUrl, *, create: bool, read_only: bool) -> Database:
    """The database at an address; of a file, made sure that it is there, or with ``create`` made.

    Raises the `CorpusError` that says what is missing.
    """
    options: dict[str, Any] = {"read_only": read_only}
    if address.dialect == "postgresql":
        from storage.backends.postgresql import PostgreSQL

        return PostgreSQL(address, **options)
    if address.dialect == "mariadb":
        from storage.backends.mariadb import MariaDB

        return MariaDB(address, **options)
    from storage.backends import sqlite_checks
    from storage.backends.sqlite import SQLite

    assert address.path is not None
    sqlite_checks.check_file(address.path, create=create and not read_only, read_only=read_only)
    return SQLite(address, **options)
