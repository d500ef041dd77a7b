"""Copy a corpus into another database, table by table, and compare the two."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update

from storage.backends.database import Database
from storage.errors import CorpusError
from storage.schema.tables import ArticleRow, Base, FrontierRow
from storage.search import fulltext_index
from storage.search.folding import fold

BATCH_ROWS: Final = 500

ProgressCallback = Callable[[str, int, int], None]
"""Called with the name of a table, the number of its rows that are done, and the number of all its rows."""


def ignore_progress(table: str, done: int, total: int) -> None:
    """Do nothing: the default `ProgressCallback`."""


def copy_database(
    source: Database, target: Database, on_progress: ProgressCallback = ignore_progress
) -> dict[str, int]:
    """Copy every row of every table, rebuild the search index, and compare all rows of the two.

    Each database is used in one transaction, so the copy is a snapshot: it does not contain what is written to the
    source meanwhile.

    Args:
        source: The corpus to copy.
        target: A corpus with the current schema and without any rows.
        on_progress: Called after each batch of rows.

    Returns:
        The number of rows by table.

    Raises:
        CorpusError: if the target has rows, or if the two differ in the end; nothing has been copied then.
    """
    with source.read() as origin, target.write() as copied:
        _check_empty(copied, target)
        counts = {}
        for table in _order_tables():
            counts[table.name] = _copy_table(origin, copied, table, on_progress)
        _link_frontier(origin, copied)
        _index_articles(copied, counts[ArticleRow.__tablename__], on_progress)
        _set_id_sequences(copied)
        for table in _order_tables():
            on_progress(f"comparing {table.name}", 0, 0)
            if hash_rows(origin, table) != hash_rows(copied, table):
                raise CorpusError(f"the copy of table {table.name} differs from the original; nothing was copied")
    return counts


def hash_rows(connection: Connection, table: Table) -> str:
    """Return a hash over all rows of a table, in hexadecimal, which is the same on every database.

    It covers the values as Python sees them, in the order of the primary key, not their representation on disk.
    """
    digest = hashlib.sha256()
    for row in _iter_rows(connection, table):
        digest.update(json.dumps([_to_json_value(value) for value in row], default=str).encode())
    return digest.hexdigest()


def _to_json_value(value: Any) -> Any:
    # Drivers return different types for equal values: bytes or memoryview, for example.
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    return repr(value) if isinstance(value, tuple) else value


def _order_tables() -> list[Table]:
    """Return the tables in an order in which rows only refer to tables before them.

    Frontier and article refer to each other; `_link_frontier` sets the frontier's references at the end.
    """
    later = {"frontier": 1, "article": 2}
    tables = list(Base.metadata.tables.values())
    first = [table for table in tables if table.name in ("source", "run")]
    then = sorted((table for table in tables if table.name in later), key=lambda table: later[table.name])
    return [*first, *then, *(table for table in tables if table not in first and table not in then)]


def _iter_rows(connection: Connection, table: Table) -> Iterator[Any]:
    keys = list(table.primary_key.columns)
    result = connection.execution_options(yield_per=BATCH_ROWS).execute(select(table).order_by(*keys))
    yield from result


def _copy_table(origin: Connection, copied: Connection, table: Table, on_progress: ProgressCallback) -> int:
    count = origin.scalar(select(func.count()).select_from(table)) or 0
    done = 0
    batch: list[dict[str, Any]] = []
    for row in _iter_rows(origin, table):
        values = dict(row._mapping)
        # The articles are not copied yet, so a reference to one would violate the foreign key.
        if table is FrontierRow.__table__:
            values["article_id"] = None
        batch.append(values)
        if len(batch) == BATCH_ROWS:
            copied.execute(insert(table), batch)
            done += len(batch)
            on_progress(table.name, done, count)
            batch = []
    if batch:
        copied.execute(insert(table), batch)
    on_progress(table.name, count, count)
    return count


def _link_frontier(origin: Connection, copied: Connection) -> None:
    linked = select(FrontierRow.id, FrontierRow.article_id).where(FrontierRow.article_id.is_not(None))
    rows = origin.execution_options(yield_per=BATCH_ROWS).execute(linked.order_by(FrontierRow.id))
    link = update(FrontierRow).where(FrontierRow.id == bindparam("row")).values(article_id=bindparam("article"))
    for some in rows.partitions(BATCH_ROWS):
        copied.execute(link, [{"row": row.id, "article": row.article_id} for row in some])


def _index_articles(copied: Connection, count: int, on_progress: ProgressCallback) -> None:
    index = fulltext_index.get_index(copied)
    rows = select(ArticleRow.id, ArticleRow.title, ArticleRow.text).where(ArticleRow.id > bindparam("last"))
    last = done = 0
    while some := copied.execute(rows.order_by(ArticleRow.id).limit(BATCH_ROWS), {"last": last}).all():
        index.add(copied, (fulltext_index.IndexEntry(row.id, fold(row.title or ""), fold(row.text)) for row in some))
        last, done = some[-1].id, done + len(some)
        on_progress("search index", done, count)


def _set_id_sequences(copied: Connection) -> None:
    """Make new rows get numbers after those that were copied."""
    # SQLite and MariaDB continue after the highest number by themselves; a PostgreSQL sequence does not notice rows
    # that were inserted with a number.
    if copied.dialect.name != "postgresql":
        return
    for table in _order_tables():
        if "id" in table.columns:
            last = copied.scalar(select(func.max(table.c.id))) or 0
            sequence = func.pg_get_serial_sequence(f'"{table.name}"', "id")
            copied.execute(select(func.setval(sequence, last + 1, False)))


def _check_empty(connection: Connection, database: Database) -> None:
    for table in _order_tables():
        if connection.execute(select(table).limit(1)).first() is not None:
            raise CorpusError(f"{database.name} is not empty (table {table.name} has rows); copy into a new database")
