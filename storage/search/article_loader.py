"""Loading articles, their versions, URLs and archive pointers from the database."""

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
    """Return a SELECT of whole articles, with their source's key and the outcome of the last fetch.

    Pass its rows to `build_article`.
    """
    return (
        select(*_ARTICLE_COLUMNS, SourceRow.key.label("source"), FrontierRow.outcome)
        .join_from(ArticleRow, SourceRow, SourceRow.id == ArticleRow.source_id)
        .join(FrontierRow, FrontierRow.id == ArticleRow.frontier_id)
    )


def build_article(row: Row[*tuple[Any, ...]]) -> StoredArticle:
    """Build an article from a row of `select_articles`.

    The database stores times in UTC; publication and modification get the time zone back that the page stated.
    """
    values = dict(row._mapping)
    for name in ("published", "modified"):
        values[name] = to_timezone(values[name], values.pop(f"{name}_offset"))
    return StoredArticle(**values)


def load_versions(connection: Connection, article_id: int) -> list[Version]:
    """Load the earlier versions of an article, the oldest first; none if it never changed."""
    columns = [ArticleVersionRow.__table__.c[each.name] for each in fields(Version)]
    rows = select(*columns).where(ArticleVersionRow.article_id == article_id).order_by(ArticleVersionRow.number)
    return [Version(**row._mapping) for row in connection.execute(rows)]


def load_urls(connection: Connection, article_id: int) -> list[ArticleUrl]:
    """Load all URLs that led to an article, in the order in which they were found.

    The canonical URL is added at the end if the crawl never saw it: a page can declare a URL that was not fetched.
    """
    columns = (FrontierRow.url, FrontierRow.found_in, FrontierRow.found_at)
    rows = select(*columns).where(FrontierRow.article_id == article_id).order_by(FrontierRow.id)
    aliases = [ArticleUrl(*row) for row in connection.execute(rows)]
    declared = select(ArticleRow.canonical_url, ArticleRow.fetched_at).where(ArticleRow.id == article_id)
    article = connection.execute(declared).one_or_none()
    if article and article.canonical_url and article.canonical_url not in {alias.url for alias in aliases}:
        aliases.append(ArticleUrl(article.canonical_url, "canonical", article.fetched_at))
    return aliases


def load_archive_pointers(connection: Connection, ids: Collection[int]) -> dict[int, ArchivePointer]:
    """Return the archive pointers of the pages from which articles' current texts were cleaned, by article id.

    Articles whose page was not archived are left out.
    """
    # An article has no pointer of its own: its page is the fetch of the same URL at the same time. Later fetches of the
    # URL, such as revisits that found nothing new, have other times.
    same_fetch = and_(FetchRow.frontier_id == ArticleRow.frontier_id, FetchRow.fetched_at == ArticleRow.fetched_at)
    rows = select(ArticleRow.id, FetchRow.archive_file, FetchRow.archive_offset, FetchRow.archive_length).join(
        FetchRow, same_fetch
    )
    archived = connection.execute(rows.where(ArticleRow.id.in_(ids), FetchRow.archive_file.is_not(None)))
    return {row[0]: ArchivePointer(*row[1:]) for row in archived}  # type: ignore[arg-type]


def to_timezone(moment: datetime | None, offset: int | None) -> datetime | None:
    """Convert a UTC time to the time zone that is ``offset`` minutes east of UTC; without an offset, leave it in UTC.

    >>> from datetime import UTC
    >>> to_timezone(datetime(2024, 10, 1, 9, tzinfo=UTC), 180).isoformat()
    '2024-10-01T12:00:00+03:00'
    """
    if moment is None or offset is None:
        return moment
    return moment.astimezone(timezone(timedelta(minutes=offset)))


def find_article_id(connection: Connection, url: str) -> int | None:
    """Return the id of the article at a URL, in any spelling of it; ``None`` if there is none or it is not a URL.

    The URL may be the article's own or any that led to it, such as the source of a redirect.
    """
    try:
        key_hash = hash_key(make_url_key(canonicalise(url)))
    except ValueError:
        return None
    stored = select(ArticleRow.id).where(ArticleRow.key_hash == key_hash)
    known = select(FrontierRow.article_id).where(FrontierRow.key_hash == key_hash)
    return connection.scalar(stored.union(known.where(FrontierRow.article_id.is_not(None))).limit(1))
