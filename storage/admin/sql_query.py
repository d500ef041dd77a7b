"""Run read-only SQL queries from users, who must not be able to change anything.

The statement's first word and MariaDB's special comments are checked here; the database itself enforces the rest, see
`Database.connect_for_untrusted_sql`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError

from storage.backends.database import Database
from storage.errors import NotReadOnly

_READ_ONLY_KEYWORDS: Final = ("select", "with", "explain", "values", "show", "describe", "table")
_LEADING_COMMENTS: Final = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*(?:(?!/\*).)*?\*/|\()+", re.DOTALL)
"""Comments, spaces and parentheses before the first word. Nested comments do not match, because databases disagree on
where they end."""
_UNSAFE_MARIADB_SYNTAX: Final = re.compile(r"/\*M?!|\b(?:outfile|dumpfile|load_file)\b", re.IGNORECASE)
"""Comments that MariaDB executes, and its keywords for files, which a read-only transaction does not prevent. The
keywords are rejected anywhere, even in a string, because comments between them can hide the rest of the syntax."""
BATCH_ROWS: Final = 500
"""Rows that are read from the database at a time."""

QueryResult = tuple[list[str], Iterator[tuple[Any, ...]]]


@contextmanager
def run_read_only_sql(database: Database, statement: str) -> Iterator[QueryResult]:
    """Run a query, and return the names of its columns and an iterator over its rows, for ``with``.

    Raises:
        NotReadOnly: if the statement would change anything, or the database rejects it.
        CorpusError: if the database is locked, damaged or cannot be reached.
    """
    _check_read_only(statement)
    with database.connect_for_untrusted_sql() as connection:
        try:
            # ":name" is part of the statement, a time in a string for example, and not a parameter of SQLAlchemy's.
            written = text(re.sub(r"(?<!:):(?=\w)", r"\\:", statement))
            result = connection.execution_options(yield_per=BATCH_ROWS).execute(written)
        except (DBAPIError, StatementError) as error:
            if isinstance(error, DBAPIError) and error.orig and (explained := database.classify_error(error.orig)):
                raise explained from error
            raise NotReadOnly(f"the database rejected the statement: {_describe_database_error(error)}") from error
        yield list(result.keys()), (tuple(row) for row in result)


def _check_read_only(statement: str) -> None:
    begins = _LEADING_COMMENTS.sub("", statement).partition(" ")[0].split("\n")[0].casefold().rstrip(";(*")
    if begins not in _READ_ONLY_KEYWORDS:
        raise NotReadOnly(f"sql is read-only: {begins.upper() or 'an empty statement'} is not allowed")
    # Checked for every database, so that a query does not work on one and fail on another.
    if found := _UNSAFE_MARIADB_SYNTAX.search(statement):
        raise NotReadOnly(f"sql is read-only: {found[0]} is not allowed (no files, no code in comments)")


def _describe_database_error(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return str(cause.args[-1] if cause.args else cause).strip().splitlines()[0]
