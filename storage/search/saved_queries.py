"""Queries that people come back to, and what is new since they last did."""

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, select, update

from storage.backends.upsert import upsert
from storage.errors import SavedQueryNotFound
from storage.schema.tables import ArticleRow, SavedQueryRow
from storage.values import SavedQuery

_ROW = select(
    SavedQueryRow.name, SavedQueryRow.query, SavedQueryRow.created_at, SavedQueryRow.seen_at, SavedQueryRow.seen_id
)


def save(connection: Connection, name: str, query: str) -> None:
    """Keep a query under a name; another one of that name is replaced, and what was seen of it forgotten."""
    if not name.strip() or len(name) > 100:
        raise ValueError("a saved query needs a name of 1 to 100 characters")
    row = {"name": name, "query": query, "created_at": datetime.now(UTC), "seen_id": 0, "seen_at": None}
    replaced = [column for column in row if column != "name"]
    connection.execute(upsert(connection, SavedQueryRow, ["name"], replaced=replaced), row)


def named(connection: Connection, name: str) -> SavedQuery:
    """The query of that name. Raises `SavedQueryNotFound`."""
    row = connection.execute(_ROW.where(SavedQueryRow.name == name)).one_or_none()
    if row is None:
        known = ", ".join(connection.scalars(select(SavedQueryRow.name).order_by(SavedQueryRow.name).limit(10)))
        raise SavedQueryNotFound(f"there is no saved query {name!r}" + (f"; there are: {known}" if known else ""))
    return SavedQuery(*row)


def all_saved(connection: Connection) -> list[SavedQuery]:
    """Every saved query, by its name."""
    return [SavedQuery(*row) for row in connection.execute(_ROW.order_by(SavedQueryRow.name))]


def forget(connection: Connection, name: str) -> None:
    """Remove a query. Raises `SavedQueryNotFound`."""
    named(connection, name)
    connection.execute(delete(SavedQueryRow).where(SavedQueryRow.name == name))


def newest_article(connection: Connection) -> int:
    """The number of the newest article; 0 without any."""
    return connection.scalar(select(func.max(ArticleRow.id))) or 0


def mark_seen(connection: Connection, name: str, article_id: int) -> None:
    """Note that everything up to an article has been seen."""
    values = {"seen_id": article_id, "seen_at": datetime.now(UTC)}
    connection.execute(update(SavedQueryRow).where(SavedQueryRow.name == name), values)
