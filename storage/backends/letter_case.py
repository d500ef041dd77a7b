"""Comparison of names without regard to case, which SQLite's own ``lower`` does for ASCII letters only."""

import sqlite3
from typing import Any, Final

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from storage.backends.types import SafeString

_SQLITE_NAME: Final = "cleanwire_lower"


class lower_case(GenericFunction[str]):  # noqa: N801 - reads like sqlalchemy.func.lower
    """A text in lower case, in any alphabet. Compare it with ``str.lower``."""

    type = SafeString()
    inherit_cache = True


@compiles(lower_case)
def _compile_lower(element: lower_case, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(lower_case, "sqlite")
def _compile_sqlite(element: lower_case, compiler: SQLCompiler, **options: Any) -> str:
    return f"{_SQLITE_NAME}({compiler.process(element.clauses, **options)})"


def register_lower_case(connection: sqlite3.Connection) -> None:
    """Define the function that `lower_case` calls on a connection to SQLite."""
    connection.create_function(_SQLITE_NAME, 1, _lower, deterministic=True)


def _lower(text: str | None) -> str | None:
    return None if text is None else str(text).lower()
