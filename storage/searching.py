"""How a query becomes hits: first the ids of the best, then what is shown of those few.

Both in one statement took ten times as long: SQLite then makes a snippet of every match before it sorts them.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Select, literal, select

from storage.filters import Filters
from storage.models import ArticleRow, SourceRow, article_fts
from storage.query import Query, all_of, any_of, parse
from storage.reading import in_zone
from storage.snippets import snippet
from storage.values import Hit

Order = Literal["relevance", "date"]

_ROWID: ColumnElement[int] = article_fts.c.rowid
_RANK: ColumnElement[float] = article_fts.c.rank


def hits(connection: Connection, text: str, filters: Filters, order: Order, limit: int) -> list[Hit]:
    """The best or the newest articles that match; the newest where the text asks for no words."""
    query = parse(text)
    if limit <= 0 or _asks_in_vain(text, query):
        return []
    best = _best(query, filters) if query.groups and order == "relevance" else _newest(query, filters)
    scores = {article_id: -rank or 0.0 for article_id, rank in connection.execute(best.limit(limit))}
    return _shown(connection, scores, query)


def ids(connection: Connection, text: str, filters: Filters) -> Sequence[int]:
    """The ids of all articles that match, in order; all articles where the text is empty."""
    query = parse(text)
    if _asks_in_vain(text, query):
        return ()
    matching = select(ArticleRow.id).where(*_conditions(query, filters)).order_by(ArticleRow.id)
    return array("q", connection.scalars(matching))


def _asks_in_vain(text: str, query: Query) -> bool:
    """Whether something was asked, and nothing of it is a word: that matches nothing, not everything."""
    return bool(text.strip()) and not query


def _matches(expression: str) -> ColumnElement[bool]:
    return article_fts.c.article_fts.bool_op("MATCH")(expression)


def _best(query: Query, filters: Filters) -> Select[int, float]:
    best = select(_ROWID, _RANK).where(_matches(all_of(query))).order_by(_RANK)
    if limits := list(filters.conditions()):
        best = best.where((_ROWID + 0).in_(select(ArticleRow.id).where(*limits)))
    return best


def _newest(query: Query, filters: Filters) -> Select[int, float]:
    newest = select(ArticleRow.id, literal(0.0)).where(*_conditions(query, filters))
    return newest.order_by(ArticleRow.published.desc(), ArticleRow.id.desc())


# "+ 0" keeps SQLite from looking articles up one by one where it should go through an index in order: the
# newest of a frequent word then take a fourth of the time, and ranking with limits two thirds.
def _conditions(query: Query, filters: Filters) -> Iterator[ColumnElement[bool]]:
    yield from filters.conditions()
    if query.groups:
        yield (ArticleRow.id + 0).in_(select(_ROWID).where(_matches(all_of(query))))
    elif query.excluded:
        yield (ArticleRow.id + 0).not_in(select(_ROWID).where(_matches(any_of(query.excluded))))


def _shown(connection: Connection, scores: dict[int, float], query: Query) -> list[Hit]:
    rows = connection.execute(
        select(
            ArticleRow.id,
            ArticleRow.url,
            ArticleRow.title,
            ArticleRow.published,
            ArticleRow.published_offset,
            ArticleRow.language,
            SourceRow.key,
            ArticleRow.site_name,
            ArticleRow.text,
        )
        .join_from(ArticleRow, SourceRow, SourceRow.id == ArticleRow.source_id)
        .where(ArticleRow.id.in_(scores))
    )
    found = {
        row.id: Hit(
            id=row.id,
            url=row.url,
            title=row.title,
            published=in_zone(row.published, row.published_offset),
            language=row.language,
            source=row.key,
            site_name=row.site_name,
            snippet=snippet(row.text, query.wanted),
            score=scores[row.id],
        )
        for row in rows
    }
    return [found[article_id] for article_id in scores]
