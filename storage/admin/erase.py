"""Articles removed for good: text, versions, index, archived pages; and never fetched again.

What stays is the hash of each address, so that the crawl knows what to leave alone.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, delete, select, update

from cleaning.urls import same_article_key
from storage.archive.folder import erase_page
from storage.backends.chunks import chunks
from storage.backends.database import Database
from storage.backends.sqlite import SQLite
from storage.backends.upsert import upsert
from storage.ingest.derived_rows import underive
from storage.schema.keys import hash_of
from storage.schema.tables import (
    NAME_CHARACTERS,
    ArticleRow,
    ArticleVersionRow,
    CreditRow,
    FeedTextRow,
    FetchRow,
    FrontierRow,
    TombstoneRow,
)
from storage.search.filters import source_is
from storage.search.folding import fold
from storage.values import Erased, Pointer


@dataclass(frozen=True, slots=True)
class _Traces:
    """Where articles have left traces."""

    articles: Sequence[int]
    addresses: Sequence[int]
    hashes: frozenset[bytes]
    pages: tuple[Pointer, ...]


def erase(database: Database, articles: Collection[int], addresses: Collection[str], archive: Path) -> Erased:
    """Remove articles by their numbers, and what is known of addresses whether they led to an article or not.

    The archive's pages go first: should that fail, nothing has been forgotten, and it can be tried again.
    """
    with database.read() as connection:
        traces = _traces(connection, articles, addresses)
    pages = sum(erase_page(archive, pointer) for pointer in traces.pages)
    with database.write() as connection:
        _remove(connection, traces)
    database.compact()
    return Erased(len(traces.articles), len(traces.hashes), pages, tuple(_left(database)))


def _traces(connection: Connection, articles: Collection[int], addresses: Collection[str]) -> _Traces:
    hashes = {hash_of(key) for url in addresses if (key := _key(url))}
    for some in chunks(articles):
        rows = connection.execute(
            select(ArticleRow.key_hash, ArticleRow.url, ArticleRow.canonical_url).where(ArticleRow.id.in_(some))
        )
        for key_hash, *urls in rows:
            hashes |= {key_hash, *(hash_of(key) for url in urls if url and (key := _key(url)))}
    known: set[int] = set()
    for some in chunks(articles):
        known |= set(connection.scalars(select(FrontierRow.id).where(FrontierRow.article_id.in_(some))))
    for keys in chunks(sorted(hashes)):
        known |= set(connection.scalars(select(FrontierRow.id).where(FrontierRow.key_hash.in_(keys))))
    pages: list[Pointer] = []
    for some in chunks(known):
        hashes |= set(connection.scalars(select(FrontierRow.key_hash).where(FrontierRow.id.in_(some))))
        archived = select(FetchRow.archive_file, FetchRow.archive_offset, FetchRow.archive_length)
        pages += [
            Pointer(*row)  # type: ignore[arg-type]
            for row in connection.execute(
                archived.where(FetchRow.frontier_id.in_(some), FetchRow.archive_file.is_not(None))
            )
        ]
    return _Traces(sorted(articles), sorted(known), frozenset(hashes), tuple(dict.fromkeys(pages)))


def _key(url: str) -> str | None:
    try:
        return same_article_key(url)
    except ValueError:
        return None


def _remove(connection: Connection, traces: _Traces) -> None:
    for some in chunks(traces.articles):
        underive(connection, some)
        connection.execute(delete(ArticleVersionRow).where(ArticleVersionRow.article_id.in_(some)))
    for some in chunks(traces.addresses):
        connection.execute(delete(FeedTextRow).where(FeedTextRow.frontier_id.in_(some)))
        connection.execute(delete(FetchRow).where(FetchRow.frontier_id.in_(some)))
        connection.execute(update(FrontierRow).where(FrontierRow.id.in_(some)).values(article_id=None))
    for some in chunks(traces.articles):
        connection.execute(delete(ArticleRow).where(ArticleRow.id.in_(some)))
    for some in chunks(traces.addresses):
        connection.execute(delete(FrontierRow).where(FrontierRow.id.in_(some)))
    now = datetime.now(UTC)
    stones = [{"key_hash": key_hash, "erased_at": now} for key_hash in sorted(traces.hashes)]
    if stones:
        connection.execute(upsert(connection, TombstoneRow, ["key_hash"]), stones)


def _left(database: Database) -> Iterator[str]:
    """Where the text may still be."""
    if isinstance(database, SQLite):
        for copy in sorted(database.path.parent.glob(f"{database.path.name}.before-upgrade-*")):
            yield f"{copy} is a copy from before an upgrade, and still holds it: delete it"
    else:
        yield "the server's own logs and backups may still hold it"


def named_by(connection: Connection, author: str | None, source: str | None) -> list[int]:
    """The numbers of all articles by an author, or of a source, the name or address given whole."""
    rows = select(ArticleRow.id)
    if author is not None:
        words = f" {fold(author)} "[:NAME_CHARACTERS]
        by = select(CreditRow.article_id).where(
            CreditRow.words == words, CreditRow.role.in_(("author", "organisation"))
        )
        rows = rows.where(ArticleRow.id.in_(by))
    if source is not None:
        rows = rows.where(ArticleRow.source_id.in_(source_is(source)))
    return list(connection.scalars(rows.order_by(ArticleRow.id)))


def addresses_of(connection: Connection, source: str) -> list[str]:
    """Every address of a source that is known, articles or not."""
    rows = select(FrontierRow.url).where(FrontierRow.source_id.in_(source_is(source)))
    return list(connection.scalars(rows))
