"""Queries that people come back to, and what is new since they last did."""

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, select, update

from storage.backends.upsert import upsert
from storage.errors import SavedQueryNotFound
from storage.schema.tables import ArticleRow, SavedQueryRow
from storage.values import SavedQuery

_SELECT_SAVED_QUERY = select(
    SavedQueryRow.name, SavedQueryRow.query, SavedQueryRow.created_at, SavedQueryRow.seen_at, SavedQueryRow.seen_id
)


def save_query(connection: Connection, name: str, query: str) -> None:
    """Keep a query under a name; another one of that name is replaced, and what was seen of it forgotten."""
    if not name.strip() or len(name) > 100:
        raise ValueError("a saved query needs a name of 1 to 100 characters")
    row = {"name": name, "query": query, "created_at": datetime.now(UTC), "seen_id": 0, "seen_at": None}
    replaced = [column for column in row if column != "name"]
    connection.execute(upsert(connection, SavedQueryRow, ["name"], replaced=replaced), row)


def get_saved_query(connection: Connection, name: str) -> SavedQuery:
    """The query of that name. Raises `SavedQueryNotFound`."""
    row = connection.execute(_SELECT_SAVED_QUERY.where(SavedQueryRow.name == name)).one_or_none()
    if row is None:
        known = ", ".join(connection.scalars(select(SavedQueryRow.name).order_by(SavedQueryRow.name).limit(10)))
        raise SavedQueryNotFound(f"there is no saved query {name!r}" + (f"; there are: {known}" if known else ""))
    return SavedQuery(*row)


def list_saved_queries(connection: Connection) -> list[SavedQuery]:
    """Every saved query, by its name."""
    return [SavedQuery(*row) for row in connection.execute(_SELECT_SAVED_QUERY.order_by(SavedQueryRow.name))]


def delete_saved_query(connection: Connection, name: str) -> None:
    """Remove a query. Raises `SavedQueryNotFound`."""
    get_saved_query(connection, name)
    connection.execute(delete(SavedQueryRow).where(SavedQueryRow.name == name))


def find_newest_article_id(connection: Connection) -> int:
    """The number of the newest article; 0 without any."""
    return connection.scalar(select(func.max(ArticleRow.id))) or 0


def mark_seen(connection: Connection, name: str, article_id: int) -> None:
    """Note that everything up to an article has been seen."""
    values = {"seen_id": article_id, "seen_at": datetime.now(UTC)}
    connection.execute(update(SavedQueryRow).where(SavedQueryRow.name == name), values)
