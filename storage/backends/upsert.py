"""Rows that are written whether they are there or not, in the words of each database."""

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
    """An insert that, where a row with these ``keys`` is there, replaces its columns ``replaced`` with the new values.

    Columns ``kept`` are replaced too, but not by NULL. With ``only_if``, rows that it is false of stay as they are; the
    columns that it looks at come last in ``replaced``, because MariaDB sees each change at once.
    """
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
