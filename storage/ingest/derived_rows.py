"""Derive rows from the articles by which these are found: the search index, credits, tags, and signatures with clusters
of near-duplicates."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from storage.dedup import clusters
from storage.schema.tables import MAX_NAME_CHARACTERS, ArticleRow, BandRow, ClusterRow, CreditRow, SignatureRow, TagRow
from storage.search import fulltext_index
from storage.search.folding import fold

CREDIT_ROLES: Final = {
    "author": "authors",
    "organisation": "organisations",
    "editor": "editors",
    "translator": "translators",
    "reporter": "contributors",
    "agency": "credits",
    "photographer": "photo_credits",
}
"""The roles of people and organisations, and the fields of an article that name them."""

MAX_NAMES: Final = 1000
"""The maximum number of names per role, and of tags: a page that has more lists something else."""
BATCH_ARTICLES: Final = 500
_INDEXED_COLUMNS = (ArticleRow.title, ArticleRow.text, ArticleRow.section, ArticleRow.tags)
_SELECTED_COLUMNS = [
    ArticleRow.id,
    *_INDEXED_COLUMNS,
    *(ArticleRow.__table__.c[name] for name in CREDIT_ROLES.values()),
]


def index_articles(connection: Connection, rows: Mapping[int, Mapping[str, Any]]) -> None:
    """Add articles to the search index, credits, tags and near-duplicates.

    ``rows`` holds the articles' columns by their numbers. They must not be indexed yet: see `unindex_articles`.
    """
    if not rows:
        return
    folded = {article_id: (fold(row["title"] or ""), fold(row["text"])) for article_id, row in rows.items()}
    fulltext_index.get_index(connection).add(
        connection, (fulltext_index.IndexEntry(id_, *words) for id_, words in folded.items())
    )
    for model, iter_values in ((CreditRow, _iter_credits), (TagRow, _iter_tags)):
        derived = [{"article_id": id_, **each} for id_, row in rows.items() for each in iter_values(row)]
        if derived:
            connection.execute(insert(model), derived)
    clusters.assign_clusters(connection, {article_id: words for article_id, (_, words) in folded.items()})


def unindex_articles(connection: Connection, articles: Sequence[int]) -> None:
    """Remove articles from the search index, credits, tags and near-duplicates, before they change or are deleted.

    No trigger does this: ``REPLACE`` would leave orphaned index rows, and migrations would drop triggers silently.
    """
    if not articles:
        return
    fulltext_index.get_index(connection).remove(connection, articles)
    clusters.remove_from_clusters(connection, articles)
    for model in (CreditRow, TagRow):
        connection.execute(delete(model).where(model.article_id.in_(articles)))


def rebuild_derived_rows(connection: Connection) -> int:
    """Rebuild all derived rows from the articles, in the caller's transaction; return the number of articles."""
    fulltext_index.get_index(connection).clear(connection)
    connection.execute(update(ArticleRow).values(cluster_id=None))
    for model in (CreditRow, TagRow, BandRow, SignatureRow, ClusterRow):
        connection.execute(delete(model))
    count = last = 0
    while rows := connection.execute(
        select(*_SELECTED_COLUMNS).where(ArticleRow.id > last).order_by(ArticleRow.id).limit(BATCH_ARTICLES)
    ).all():
        index_articles(connection, {row.id: row._asdict() for row in rows})
        last = rows[-1].id
        count += len(rows)
    return count


def _iter_credits(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for role, field in CREDIT_ROLES.items():
        for position, name in enumerate((row[field] or ())[:MAX_NAMES]):
            yield {"role": role, "position": position, "name": name, "words": _fold_name(name)}


def _iter_tags(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for kind, names in (("tag", row["tags"] or ()), ("section", [row["section"]] if row["section"] else ())):
        for position, name in enumerate(names[:MAX_NAMES]):
            yield {"kind": kind, "position": position, "name": name, "words": _fold_name(name)}


def _fold_name(name: str) -> str:
    return f" {fold(name)} "[:MAX_NAME_CHARACTERS]
