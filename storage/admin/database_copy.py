"""A corpus copied into another database, table by table, and both compared."""

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
"""Is told the table, and how many of its rows are done, of how many."""


def ignore_progress(table: str, done: int, total: int) -> None:
    """Is told, and does nothing."""


def copy_database(
    source: Database, target: Database, on_progress: ProgressCallback = ignore_progress
) -> dict[str, int]:
    """Copy every row of every table, make the search index anew, and compare; gives the number of rows by table.

    The target is a corpus without any articles, sources or addresses. It all happens in one transaction of each: what
    is written to the source meanwhile is not in the copy. Raises `CorpusError` where the target holds anything, or
    where the two are not equal in the end (then nothing has been copied).
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
                raise CorpusError(f"the copy of the table {table.name} is not equal: nothing was copied")
    return counts


def hash_rows(connection: Connection, table: Table) -> str:
    """A hash over all rows of a table, the same on every database."""
    found = hashlib.sha256()
    for row in _iter_rows(connection, table):
        found.update(json.dumps([_to_json_value(value) for value in row], default=str).encode())
    return found.hexdigest()


def _to_json_value(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    return repr(value) if isinstance(value, tuple) else value


def _order_tables() -> list[Table]:
    """The tables in an order in which rows may refer to those before; that of addresses to articles is made later."""
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
    """Have numbers go on behind those that were copied: the other databases do so by themselves."""
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
            raise CorpusError(
                f"{database.name} is not empty: its table {table.name} has rows; copy into a new database"
            )
