"""What is made from the articles' rows to find them by: the search index, credits, tags, and what is nearly equal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from storage.dedup import clusters
from storage.schema.tables import NAME_CHARACTERS, ArticleRow, BandRow, ClusterRow, CreditRow, SignatureRow, TagRow
from storage.search import fulltext_index
from storage.search.folding import fold

ROLES: Final = {
    "author": "authors",
    "organisation": "organisations",
    "editor": "editors",
    "translator": "translators",
    "reporter": "contributors",
    "agency": "credits",
    "photographer": "photo_credits",
}
"""Roles of people and organisations, and the fields of an article that name them."""

MOST: Final = 1000
"""Names of a role, or tags: a page that has more lists something else."""
BATCH: Final = 500
_SOURCES = (ArticleRow.title, ArticleRow.text, ArticleRow.section, ArticleRow.tags)
_NEEDED = [ArticleRow.id, *_SOURCES, *(ArticleRow.__table__.c[name] for name in ROLES.values())]


def derive(connection: Connection, rows: Mapping[int, Mapping[str, Any]]) -> None:
    """Add articles, by their ids, to everything that they are found by; nothing of them is there yet."""
    if not rows:
        return
    folded = {article_id: (fold(row["title"] or ""), fold(row["text"])) for article_id, row in rows.items()}
    fulltext_index.of(connection).add(connection, (fulltext_index.Entry(id_, *words) for id_, words in folded.items()))
    for model, found in ((CreditRow, _credits), (TagRow, _tags)):
        made = [{"article_id": id_, **each} for id_, row in rows.items() for each in found(row)]
        if made:
            connection.execute(insert(model), made)
    clusters.relate(connection, {article_id: words for article_id, (_, words) in folded.items()})


def underive(connection: Connection, articles: Sequence[int]) -> None:
    """Take articles out of everything that was made from them."""
    if not articles:
        return
    fulltext_index.of(connection).remove(connection, articles)
    clusters.separate(connection, articles)
    for model in (CreditRow, TagRow):
        connection.execute(delete(model).where(model.article_id.in_(articles)))


def derive_all(connection: Connection) -> int:
    """Make everything that is derived anew, from all articles; says how many there are."""
    fulltext_index.of(connection).clear(connection)
    connection.execute(update(ArticleRow).values(cluster_id=None))
    for model in (CreditRow, TagRow, BandRow, SignatureRow, ClusterRow):
        connection.execute(delete(model))
    count = last = 0
    while rows := connection.execute(
        select(*_NEEDED).where(ArticleRow.id > last).order_by(ArticleRow.id).limit(BATCH)
    ).all():
        derive(connection, {row.id: row._asdict() for row in rows})
        last = rows[-1].id
        count += len(rows)
    return count


def _credits(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for role, field in ROLES.items():
        for position, name in enumerate((row[field] or ())[:MOST]):
            yield {"role": role, "position": position, "name": name, "words": _words(name)}


def _tags(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for kind, names in (("tag", row["tags"] or ()), ("section", [row["section"]] if row["section"] else ())):
        for position, name in enumerate(names[:MOST]):
            yield {"kind": kind, "position": position, "name": name, "words": _words(name)}


def _words(name: str) -> str:
    return f" {fold(name)} "[:NAME_CHARACTERS]
