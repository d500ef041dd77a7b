"""Saved queries: queries with a name, and the newest article that each of them has reported."""

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, select, update

from storage.backends.upsert import upsert
from storage.errors import SavedQueryNotFound
from storage.schema.tables import ArticleRow, SavedQueryRow
from storage.values import SavedQuery

MAX_NAME_CHARACTERS = 100
"""Length of the column: a longer name would be an error on PostgreSQL and MariaDB only."""

_SELECT_SAVED_QUERY = select(
    SavedQueryRow.name, SavedQueryRow.query, SavedQueryRow.created_at, SavedQueryRow.seen_at, SavedQueryRow.seen_id
)


def save_query(connection: Connection, name: str, query: str) -> None:
    """Save a query under a name, replacing any query of that name and resetting what counts as new.

    Raises:
        ValueError: The name is blank or too long.
    """
    if not name.strip() or len(name) > MAX_NAME_CHARACTERS:
        raise ValueError(f"the name of a saved query must have 1 to {MAX_NAME_CHARACTERS} characters")
    row = {"name": name, "query": query, "created_at": datetime.now(UTC), "seen_id": 0, "seen_at": None}
    replaced = [column for column in row if column != "name"]
    connection.execute(upsert(connection, SavedQueryRow, ["name"], replaced=replaced), row)


def get_saved_query(connection: Connection, name: str) -> SavedQuery:
    """Return the saved query of that name.

    Raises:
        SavedQueryNotFound: There is none; the message lists up to ten names that exist.
    """
    row = connection.execute(_SELECT_SAVED_QUERY.where(SavedQueryRow.name == name)).one_or_none()
    if row is None:
        names = ", ".join(connection.scalars(select(SavedQueryRow.name).order_by(SavedQueryRow.name).limit(10)))
        raise SavedQueryNotFound(f"there is no saved query {name!r}" + (f"; saved queries: {names}" if names else ""))
    return SavedQuery(*row)


def list_saved_queries(connection: Connection) -> list[SavedQuery]:
    """Return all saved queries, sorted by name."""
    return [SavedQuery(*row) for row in connection.execute(_SELECT_SAVED_QUERY.order_by(SavedQueryRow.name))]


def delete_saved_query(connection: Connection, name: str) -> None:
    """Delete a saved query.

    Raises:
        SavedQueryNotFound: There is none of that name.
    """
    get_saved_query(connection, name)
    connection.execute(delete(SavedQueryRow).where(SavedQueryRow.name == name))


def find_newest_article_id(connection: Connection) -> int:
    """Return the highest article id in the corpus; 0 if it has no articles.

    Ids grow with the time of storage, so everything that is stored later has a higher one.
    """
    return connection.scalar(select(func.max(ArticleRow.id))) or 0


def mark_seen(connection: Connection, name: str, article_id: int) -> None:
    """Record that the query's articles up to an id have been reported."""
    values = {"seen_id": article_id, "seen_at": datetime.now(UTC)}
    connection.execute(update(SavedQueryRow).where(SavedQueryRow.name == name), values)
