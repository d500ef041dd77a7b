"""Count what a corpus contains, for ``cleanwire stats``."""

from sqlalchemy import Connection, Select, func, select

from storage.monitoring.run_history import list_runs
from storage.schema.tables import LEASED, QUEUED, ArticleRow, FeedRow, FetchRow, FrontierRow, SourceRow
from storage.values import Stats


def load_corpus_stats(connection: Connection, size: int) -> Stats:
    """Return the counts of a corpus: articles, sources, feeds, URLs in the queue, and fetches by outcome.

    Every count is read from an index, none from the articles' rows, which hold the texts. ``size`` is the size of the
    database in bytes.
    """
    return Stats(
        articles=connection.scalar(select(func.count(ArticleRow.id))) or 0,
        sources=connection.scalar(select(func.count(SourceRow.id))) or 0,
        feeds=connection.scalar(select(func.count(FeedRow.id))) or 0,
        queued=connection.scalar(select(func.count()).where(FrontierRow.state.in_((QUEUED, LEASED)))) or 0,
        by_language=_load_counts(connection, select(ArticleRow.language, _ROW_COUNT).group_by(ArticleRow.language)),
        by_source=_load_counts(connection, select(SourceRow.key, _ROW_COUNT).join(ArticleRow).group_by(SourceRow.key)),
        by_outcome=_load_counts(connection, select(FetchRow.outcome, _ROW_COUNT).group_by(FetchRow.outcome)),
        first_published=connection.scalar(select(func.min(ArticleRow.published))),
        last_published=connection.scalar(select(func.max(ArticleRow.published))),
        last_run=next(iter(list_runs(connection, 1)), None),
        bytes=size,
    )


_ROW_COUNT = func.count().label("count")


def _load_counts(connection: Connection, counted: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(counted.order_by(_ROW_COUNT.desc()))}
