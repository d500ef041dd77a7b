"""The corpus in figures, and its runs."""

from sqlalchemy import Connection, Select, func, select

from storage.schema.tables import LEASED, QUEUED, ArticleRow, FeedRow, FetchRow, FrontierRow, RunRow, SourceRow
from storage.values import Run, Stats


def stats(connection: Connection, size: int) -> Stats:
    """Count everything; each count comes from an index, none from the articles' rows. ``size`` is in bytes."""
    return Stats(
        articles=connection.scalar(select(func.count(ArticleRow.id))) or 0,
        sources=connection.scalar(select(func.count(SourceRow.id))) or 0,
        feeds=connection.scalar(select(func.count(FeedRow.id))) or 0,
        queued=connection.scalar(select(func.count()).where(FrontierRow.state.in_((QUEUED, LEASED)))) or 0,
        by_language=_counts(connection, select(ArticleRow.language, _COUNT).group_by(ArticleRow.language)),
        by_source=_counts(connection, select(SourceRow.key, _COUNT).join(ArticleRow).group_by(SourceRow.key)),
        by_outcome=_counts(connection, select(FetchRow.outcome, _COUNT).group_by(FetchRow.outcome)),
        first_published=connection.scalar(select(func.min(ArticleRow.published))),
        last_published=connection.scalar(select(func.max(ArticleRow.published))),
        last_run=next(iter(runs(connection, 1)), None),
        bytes=size,
    )


_COUNT = func.count().label("count")


def _counts(connection: Connection, counted: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(counted.order_by(_COUNT.desc()))}


def runs(connection: Connection, limit: int, before: int | None = None) -> list[Run]:
    """The last runs, or the last before the one of that number, the newest first."""
    last = select(*RunRow.__table__.columns).order_by(RunRow.id.desc()).limit(limit)
    if before is not None:
        last = last.where(RunRow.id < before)
    return [Run(**row._mapping) for row in connection.execute(last)]
