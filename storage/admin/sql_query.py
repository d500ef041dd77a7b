"""Questions in SQL, which change nothing whatever they say."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError

from storage.backends.database import Database
from storage.errors import NotReadOnly

_QUESTIONS: Final = ("select", "with", "explain", "values", "show", "describe", "table")
_COMMENTS: Final = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*(?:(?!/\*).)*?\*/|\()+", re.DOTALL)
"""Without comments in comments: where they end, databases do not agree."""
_CODE_AND_FILES: Final = re.compile(r"/\*M?!|\b(?:outfile|dumpfile|load_file)\b", re.IGNORECASE)
"""What MariaDB runs although it looks like a comment, and its words for files, which no read-only transaction refuses.
Words between them may be comments, so the words alone are enough."""
BATCH: Final = 500

Answer = tuple[list[str], Iterator[tuple[Any, ...]]]


@contextmanager
def ask(database: Database, statement: str) -> Iterator[Answer]:
    """The columns and rows of an answer. Raises `NotReadOnly`, or for what the database refuses `CorpusError`."""
    _check(statement)
    with database.asking() as connection:
        try:
            # ":name" and "%" are the statement's own.
            written = text(re.sub(r"(?<!:):(?=\w)", r"\\:", statement))
            result = connection.execution_options(yield_per=BATCH).execute(written)
        except (DBAPIError, StatementError) as error:
            if isinstance(error, DBAPIError) and error.orig and (meant := database.meaning(error.orig)):
                raise meant from error
            raise NotReadOnly(f"the database refuses this: {_first_line(error)}") from error
        yield list(result.keys()), (tuple(row) for row in result)


def _check(statement: str) -> None:
    begins = _COMMENTS.sub("", statement).partition(" ")[0].split("\n")[0].casefold().rstrip(";(*")
    if begins not in _QUESTIONS:
        raise NotReadOnly(f"only questions are answered here, such as SELECT; not {begins.upper() or 'nothing'}")
    if found := _CODE_AND_FILES.search(statement):
        raise NotReadOnly(
            f"only questions are answered here, and none with {found[0]}: no files, and no code in comments"
        )


def _first_line(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return str(cause.args[-1] if cause.args else cause).strip().splitlines()[0]
