"""Questions in SQL, which change nothing whatever they say."""

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
"""Without comments in comments: where they end, databases do not agree."""
_UNSAFE_MARIADB_SYNTAX: Final = re.compile(r"/\*M?!|\b(?:outfile|dumpfile|load_file)\b", re.IGNORECASE)
"""What MariaDB runs although it looks like a comment, and its words for files, which no read-only transaction refuses.
Words between them may be comments, so the words alone are enough."""
BATCH_ROWS: Final = 500

QueryResult = tuple[list[str], Iterator[tuple[Any, ...]]]


@contextmanager
def run_read_only_sql(database: Database, statement: str) -> Iterator[QueryResult]:
    """The columns and rows of an answer. Raises `NotReadOnly`, or for what the database refuses `CorpusError`."""
    _check_read_only(statement)
    with database.connect_for_untrusted_sql() as connection:
        try:
            # ":name" and "%" are the statement's own.
            written = text(re.sub(r"(?<!:):(?=\w)", r"\\:", statement))
            result = connection.execution_options(yield_per=BATCH_ROWS).execute(written)
        except (DBAPIError, StatementError) as error:
            if isinstance(error, DBAPIError) and error.orig and (meant := database.classify_error(error.orig)):
                raise meant from error
            raise NotReadOnly(f"the database refuses this: {_describe_database_error(error)}") from error
        yield list(result.keys()), (tuple(row) for row in result)


def _check_read_only(statement: str) -> None:
    begins = _LEADING_COMMENTS.sub("", statement).partition(" ")[0].split("\n")[0].casefold().rstrip(";(*")
    if begins not in _READ_ONLY_KEYWORDS:
        raise NotReadOnly(f"only questions are answered here, such as SELECT; not {begins.upper() or 'nothing'}")
    if found := _UNSAFE_MARIADB_SYNTAX.search(statement):
        raise NotReadOnly(
            f"only questions are answered here, and none with {found[0]}: no files, and no code in comments"
        )


def _describe_database_error(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return str(cause.args[-1] if cause.args else cause).strip().splitlines()[0]
