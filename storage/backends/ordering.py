"""Sort orders that the three databases spell differently."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal


class newest_first(ColumnElement[Any]):  # noqa: N801 - reads like sqlalchemy.desc
    """Sort by a time, the latest first, and rows without one (NULL) last.

    SQLite and MariaDB do so with ``DESC``; PostgreSQL would put NULL first, and needs ``NULLS LAST``.
    """

    inherit_cache = True
    _traverse_internals = [("moment", InternalTraversal.dp_clauseelement)]  # noqa: RUF012 - SQLAlchemy's own form

    def __init__(self, moment: Any) -> None:
        self.moment = getattr(moment, "__clause_element__", lambda: moment)()


@compiles(newest_first)
def _compile_descending(element: newest_first, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.moment, **options)} DESC"


@compiles(newest_first, "postgresql")
def _compile_nulls_last(element: newest_first, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.moment, **options)} DESC NULLS LAST"
