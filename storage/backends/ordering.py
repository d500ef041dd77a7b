"""Orders that the three databases are told differently."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal


class newest_first(ColumnElement[Any]):  # noqa: N801 - reads like sqlalchemy.desc
    """The latest moment first, and rows without one last: to PostgreSQL, nothing is later than any moment."""

    inherit_cache = True
    _traverse_internals = [("moment", InternalTraversal.dp_clauseelement)]  # noqa: RUF012 - as SQLAlchemy wants it

    def __init__(self, moment: Any) -> None:
        self.moment = getattr(moment, "__clause_element__", lambda: moment)()


@compiles(newest_first)
def _compile_descending(element: newest_first, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.moment, **options)} DESC"


@compiles(newest_first, "postgresql")
def _compile_nulls_last(element: newest_first, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.moment, **options)} DESC NULLS LAST"
