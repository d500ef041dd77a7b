"""Views for people and programs that query the database directly: their names and columns are stable.

The tables behind them may change with any version of Cleanwire.
"""

from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, case, func, select, text

from storage.schema.tables import (
    ArticleRow,
    ArticleVersionRow,
    ClusterRow,
    CreditRow,
    FetchRow,
    FrontierRow,
    RunRow,
    SourceRow,
    TagRow,
)


class View(NamedTuple):
    """A view: its name, a sentence for its documentation, and the query behind it."""

    name: str
    about: str
    rows: Select[*tuple[Any, ...]]


def _get_columns(model: Any, *names: str) -> list[Any]:
    return [model.__table__.c[name] for name in names]


_SOURCE_KEY = SourceRow.key.label("source")
_ARTICLE_COUNT = select(func.count()).where(ArticleRow.source_id == SourceRow.id).correlate(SourceRow).scalar_subquery()

VIEWS: Final = (
    View(
        "articles",
        "The current version of every article, one row each.",
        select(
            *_get_columns(ArticleRow, "id", "url", "canonical_url", "title", "text"),
            _SOURCE_KEY,
            *_get_columns(ArticleRow, "site_name", "language", "published", "published_precision", "modified"),
            *_get_columns(ArticleRow, "section", "description", "dateline", "word_count", "licence", "paywalled"),
            *_get_columns(ArticleRow, "tdm_reserved", "stored_at", "fetched_at", "version", "gone_at", "cleaner"),
            *_get_columns(ArticleRow, "cluster_id", "usage_statements"),
        ).join_from(ArticleRow, SourceRow, SourceRow.id == ArticleRow.source_id),
    ),
    View(
        "article_people",
        "The people and organisations that contributed to an article, with their roles.",
        select(*_get_columns(CreditRow, "article_id", "role", "position", "name")),
    ),
    View(
        "article_tags",
        "The tags and the section of an article.",
        select(*_get_columns(TagRow, "article_id", "kind", "position", "name")),
    ),
    View(
        "article_addresses",
        "Every URL under which an article was found.",
        select(*_get_columns(FrontierRow, "article_id", "url", "found_in", "found_at")).where(
            FrontierRow.article_id.is_not(None)
        ),
    ),
    View(
        "article_versions",
        "Earlier versions of articles: ended_by is 'edit' if the site changed them, 'reclean' if newer rules did.",
        select(
            *_get_columns(ArticleVersionRow, "article_id", "number", "title", "text", "published", "modified"),
            *_get_columns(ArticleVersionRow, "fetched_at", "replaced_at", "ended_by", "cleaner"),
        ),
    ),
    View(
        "article_clusters",
        "Articles that are near-duplicates of each other. One of each cluster represents it.",
        select(
            ArticleRow.cluster_id,
            ArticleRow.id.label("article_id"),
            case((ClusterRow.representative_id == ArticleRow.id, 1), else_=0).label("represents"),
        ).join_from(ArticleRow, ClusterRow, ClusterRow.id == ArticleRow.cluster_id),
    ),
    View(
        "fetches",
        "Every attempt to fetch a page, with its outcome and its location in the archive.",
        select(
            *_get_columns(FetchRow, "id", "run_id"),
            _SOURCE_KEY,
            *_get_columns(FrontierRow, "url", "article_id"),
            *_get_columns(
                FetchRow, "final_url", "outcome", "detail", "http_status", "fetched_at", "milliseconds", "bytes"
            ),
            *_get_columns(FetchRow, "archive_file", "archive_offset", "archive_length"),
        )
        .join_from(FetchRow, FrontierRow, FrontierRow.id == FetchRow.frontier_id)
        .join(SourceRow, SourceRow.id == FrontierRow.source_id),
    ),
    View(
        "runs",
        "Every run of the crawl.",
        select(*_get_columns(RunRow, "id", "started_at", "finished_at", "outcome", "arguments", "summary")),
    ),
    View(
        "sources",
        "The sources, with their number of articles.",
        select(
            *_get_columns(SourceRow, "id"),
            _SOURCE_KEY,
            *_get_columns(SourceRow, "name", "url", "created_at"),
            _ARTICLE_COUNT.label("articles"),
        ),
    ),
)


def create_views(connection: Connection) -> None:
    """Create the views as this version of the program defines them, replacing those of an older version.

    The caller holds the transaction.
    """
    drop_views(connection)
    for view in VIEWS:
        # A view cannot have parameters, so values such as 1 and 0 are written into the statement.
        rows = view.rows.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        connection.exec_driver_sql(f"CREATE VIEW {view.name} AS {rows}")


def drop_views(connection: Connection) -> None:
    """Drop the views, those that exist.

    Needed before a migration: not every database allows a table to be changed while a view depends on it.
    """
    for view in VIEWS:
        connection.execute(text(f"DROP VIEW IF EXISTS {view.name}"))
