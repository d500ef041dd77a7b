"""Articles as they come out of the corpus."""

from dataclasses import fields
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from cleaning.urls import canonicalise, same_article_key
from storage.models import ArticleRow, ArticleVersionRow, FrontierRow, SourceRow, hash_of
from storage.values import StoredArticle, Version

_HIDDEN = {"source_id", "frontier_id", "key_hash", "fingerprint"}
_COLUMNS = [column for column in ArticleRow.__table__.columns if column.name not in _HIDDEN]


def articles() -> Select[*tuple[Any, ...]]:
    """Whole articles with their source and the outcome of the last visit; `article_of` reads the rows."""
    return (
        select(*_COLUMNS, SourceRow.key.label("source"), FrontierRow.outcome)
        .join_from(ArticleRow, SourceRow, SourceRow.id == ArticleRow.source_id)
        .join(FrontierRow, FrontierRow.id == ArticleRow.frontier_id)
    )


def article_of(row: Row[*tuple[Any, ...]]) -> StoredArticle:
    """The article in a row of `articles`, its times in the zones that the page stated."""
    values = dict(row._mapping)
    for name in ("published", "modified"):
        values[name] = in_zone(values[name], values.pop(f"{name}_offset"))
    return StoredArticle(**values)


def versions_of(connection: Connection, article_id: int) -> list[Version]:
    """What an article said before, the oldest first."""
    columns = [ArticleVersionRow.__table__.c[each.name] for each in fields(Version)]
    rows = select(*columns).where(ArticleVersionRow.article_id == article_id).order_by(ArticleVersionRow.number)
    return [Version(**row._mapping) for row in connection.execute(rows)]


def in_zone(moment: datetime | None, offset: int | None) -> datetime | None:
    """A moment in the zone so many minutes east of UTC, where one was stated."""
    if moment is None or offset is None:
        return moment
    return moment.astimezone(timezone(timedelta(minutes=offset)))


def id_of_address(connection: Connection, url: str) -> int | None:
    """The article that an address leads to, however the address is spelled."""
    try:
        key_hash = hash_of(same_article_key(canonicalise(url)))
    except ValueError:
        return None
    stored = select(ArticleRow.id).where(ArticleRow.key_hash == key_hash)
    known = select(FrontierRow.article_id).where(FrontierRow.key_hash == key_hash)
    return connection.scalar(stored.union(known.where(FrontierRow.article_id.is_not(None))).limit(1))
