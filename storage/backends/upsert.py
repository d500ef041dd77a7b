"""Insert a row or update the existing one, in the syntax of each database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.sql.dml import Insert


def upsert(
    connection: Connection,
    model: Any,
    keys: Sequence[str],
    *,
    replaced: Sequence[str] = (),
    kept: Sequence[str] = (),
    only_if: ColumnElement[bool] | None = None,
) -> Insert:
    """Build an INSERT that updates the existing row if there is one with the same ``keys``.

    Args:
        connection: Determines the dialect; the statement is not executed here.
        model: The class of the rows.
        keys: The columns of a unique index.
        replaced: Columns of an existing row that get the new values. Without these and ``kept``, it stays unchanged.
        kept: Columns that get the new values unless these are NULL.
        only_if: A condition on the existing row. If it is false, the row stays unchanged. The columns that the
            condition reads must come last in ``replaced``, because MariaDB assigns one column after the other, and
            evaluates the condition for each.
    """
    # MariaDB has no WHERE for the update, so the condition goes into every value; and it has no "do nothing", for which
    # a key is set to itself.
    if connection.dialect.name == "mariadb":
        into = mysql.insert(model)
        values = _build_values(model, into.inserted, replaced, kept)
        if only_if is not None:
            values = {name: case((only_if, value), else_=_get_column(model, name)) for name, value in values.items()}
        return into.on_duplicate_key_update(values or {keys[0]: _get_column(model, keys[0])})
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(model)
    if not replaced and not kept:
        return statement.on_conflict_do_nothing(index_elements=list(keys))
    values = _build_values(model, statement.excluded, replaced, kept)
    return statement.on_conflict_do_update(index_elements=list(keys), set_=values, where=only_if)


def _get_column(model: Any, name: str) -> Any:
    return model.__table__.c[name]


def _build_values(model: Any, new: Any, replaced: Sequence[str], kept: Sequence[str]) -> dict[str, Any]:
    return {name: new[name] for name in replaced} | {
        name: func.coalesce(new[name], _get_column(model, name)) for name in kept
    }
