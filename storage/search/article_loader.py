"""Articles as they come out of the corpus."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from cleaning.urls import canonicalise, make_url_key
from storage.schema.keys import hash_key
from storage.schema.tables import ArticleRow, ArticleVersionRow, FetchRow, FrontierRow, SourceRow
from storage.values import ArchivePointer, ArticleUrl, StoredArticle, Version

_INTERNAL_COLUMNS = {"source_id", "frontier_id", "key_hash", "fingerprint"}
_ARTICLE_COLUMNS = [column for column in ArticleRow.__table__.columns if column.name not in _INTERNAL_COLUMNS]


def select_articles() -> Select[*tuple[Any, ...]]:
    """Whole articles with their source and the outcome of the last visit; `build_article` reads the rows."""
    return (
        select(*_ARTICLE_COLUMNS, SourceRow.key.label("source"), FrontierRow.outcome)
        .join_from(ArticleRow, SourceRow, SourceRow.id == ArticleRow.source_id)
        .join(FrontierRow, FrontierRow.id == ArticleRow.frontier_id)
    )


def build_article(row: Row[*tuple[Any, ...]]) -> StoredArticle:
    """The article in a row of `articles`, its times in the zones that the page stated."""
    values = dict(row._mapping)
    for name in ("published", "modified"):
        values[name] = to_timezone(values[name], values.pop(f"{name}_offset"))
    return StoredArticle(**values)


def load_versions(connection: Connection, article_id: int) -> list[Version]:
    """What an article said before, the oldest first."""
    columns = [ArticleVersionRow.__table__.c[each.name] for each in fields(Version)]
    rows = select(*columns).where(ArticleVersionRow.article_id == article_id).order_by(ArticleVersionRow.number)
    return [Version(**row._mapping) for row in connection.execute(rows)]


def load_urls(connection: Connection, article_id: int) -> list[ArticleUrl]:
    """Every address that leads to an article."""
    columns = (FrontierRow.url, FrontierRow.found_in, FrontierRow.found_at)
    rows = select(*columns).where(FrontierRow.article_id == article_id).order_by(FrontierRow.id)
    aliases = [ArticleUrl(*row) for row in connection.execute(rows)]
    own = select(ArticleRow.canonical_url, ArticleRow.fetched_at).where(ArticleRow.id == article_id)
    named = connection.execute(own).one_or_none()
    if named and named.canonical_url and named.canonical_url not in {alias.url for alias in aliases}:
        aliases.append(ArticleUrl(named.canonical_url, "canonical", named.fetched_at))
    return aliases


def load_archive_pointers(connection: Connection, ids: Collection[int]) -> dict[int, ArchivePointer]:
    """Where in the archive the pages are that gave articles their present texts, by the articles' numbers."""
    same_fetch = and_(FetchRow.frontier_id == ArticleRow.frontier_id, FetchRow.fetched_at == ArticleRow.fetched_at)
    rows = select(ArticleRow.id, FetchRow.archive_file, FetchRow.archive_offset, FetchRow.archive_length).join(
        FetchRow, same_fetch
    )
    found = connection.execute(rows.where(ArticleRow.id.in_(ids), FetchRow.archive_file.is_not(None)))
    return {row[0]: ArchivePointer(*row[1:]) for row in found}  # type: ignore[arg-type]


def to_timezone(moment: datetime | None, offset: int | None) -> datetime | None:
    """A moment in the zone so many minutes east of UTC, where one was stated."""
    if moment is None or offset is None:
        return moment
    return moment.astimezone(timezone(timedelta(minutes=offset)))


def find_article_id(connection: Connection, url: str) -> int | None:
    """The article that an address leads to, however the address is spelled."""
    try:
        key_hash = hash_key(make_url_key(canonicalise(url)))
    except ValueError:
        return None
    stored = select(ArticleRow.id).where(ArticleRow.key_hash == key_hash)
    known = select(FrontierRow.article_id).where(FrontierRow.key_hash == key_hash)
    return connection.scalar(stored.union(known.where(FrontierRow.article_id.is_not(None))).limit(1))
