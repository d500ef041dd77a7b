"""Erase articles permanently: text, versions, index, archived pages; and never fetch them again.

Only a hash of each URL is kept, so that the crawl knows what not to fetch.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, delete, select, update

from cleaning.urls import make_url_key
from storage.archive.folder import erase_page
from storage.backends.chunks import iter_chunks
from storage.backends.database import Database
from storage.backends.sqlite import SQLite
from storage.backends.upsert import upsert
from storage.ingest.derived_rows import unindex_articles
from storage.schema.keys import hash_key
from storage.schema.tables import (
    MAX_NAME_CHARACTERS,
    ArticleRow,
    ArticleVersionRow,
    CreditRow,
    FeedEntryRow,
    FetchRow,
    FrontierRow,
    TombstoneRow,
)
from storage.search.filters import select_source_ids
from storage.search.folding import fold
from storage.values import ArchivePointer, ErasureReport


@dataclass(frozen=True, slots=True)
class _Traces:
    """The rows and archived pages that belong to articles."""

    article_ids: Sequence[int]
    frontier_ids: Sequence[int]
    key_hashes: frozenset[bytes]
    pages: tuple[ArchivePointer, ...]


def erase_articles(
    database: Database, articles: Collection[int], addresses: Collection[str], archive: Path
) -> ErasureReport:
    """Erase articles, and everything known about URLs, whether these have an article or not.

    Args:
        database: The corpus.
        articles: The numbers of the articles.
        addresses: The URLs.
        archive: The folder of archived pages.

    Returns:
        What was erased, and where copies of the text may remain.

    Raises:
        ArchiveError: if an archived page cannot be overwritten; no row has been deleted then.
    """
    # The archived pages are erased first: if that fails, the database still knows where they are, and the call can be
    # repeated.
    with database.read() as connection:
        traces = _find_traces(connection, articles, addresses)
    pages = sum(erase_page(archive, pointer) for pointer in traces.pages)
    with database.write() as connection:
        _delete_rows(connection, traces)
    database.compact()
    return ErasureReport(
        len(traces.article_ids), len(traces.key_hashes), pages, tuple(_list_remaining_copies(database))
    )


def _find_traces(connection: Connection, articles: Collection[int], addresses: Collection[str]) -> _Traces:
    """Collect everything that belongs to the articles and URLs.

    An article's URLs are its own, its canonical URL, and every URL in the frontier that led to it. All of their hashes
    become tombstones, so that the article does not come back under another of its URLs.
    """
    hashes = {hash_key(key) for url in addresses if (key := _make_key(url))}
    for some in iter_chunks(articles):
        rows = connection.execute(
            select(ArticleRow.key_hash, ArticleRow.url, ArticleRow.canonical_url).where(ArticleRow.id.in_(some))
        )
        for key_hash, *urls in rows:
            hashes |= {key_hash, *(hash_key(key) for url in urls if url and (key := _make_key(url)))}
    known: set[int] = set()
    for some in iter_chunks(articles):
        known |= set(connection.scalars(select(FrontierRow.id).where(FrontierRow.article_id.in_(some))))
    for keys in iter_chunks(sorted(hashes)):
        known |= set(connection.scalars(select(FrontierRow.id).where(FrontierRow.key_hash.in_(keys))))
    pages: list[ArchivePointer] = []
    for some in iter_chunks(known):
        hashes |= set(connection.scalars(select(FrontierRow.key_hash).where(FrontierRow.id.in_(some))))
        archived = select(FetchRow.archive_file, FetchRow.archive_offset, FetchRow.archive_length)
        pages += [
            ArchivePointer(*row)  # type: ignore[arg-type]
            for row in connection.execute(
                archived.where(FetchRow.frontier_id.in_(some), FetchRow.archive_file.is_not(None))
            )
        ]
    return _Traces(sorted(articles), sorted(known), frozenset(hashes), tuple(dict.fromkeys(pages)))


def _make_key(url: str) -> str | None:
    try:
        return make_url_key(url)
    except ValueError:
        return None


def _delete_rows(connection: Connection, traces: _Traces) -> None:
    for some in iter_chunks(traces.article_ids):
        unindex_articles(connection, some)
        connection.execute(delete(ArticleVersionRow).where(ArticleVersionRow.article_id.in_(some)))
    for some in iter_chunks(traces.frontier_ids):
        connection.execute(delete(FeedEntryRow).where(FeedEntryRow.frontier_id.in_(some)))
        connection.execute(delete(FetchRow).where(FetchRow.frontier_id.in_(some)))
        connection.execute(update(FrontierRow).where(FrontierRow.id.in_(some)).values(article_id=None))
    for some in iter_chunks(traces.article_ids):
        connection.execute(delete(ArticleRow).where(ArticleRow.id.in_(some)))
    for some in iter_chunks(traces.frontier_ids):
        connection.execute(delete(FrontierRow).where(FrontierRow.id.in_(some)))
    now = datetime.now(UTC)
    tombstones = [{"key_hash": key_hash, "erased_at": now} for key_hash in sorted(traces.key_hashes)]
    if tombstones:
        connection.execute(upsert(connection, TombstoneRow, ["key_hash"]), tombstones)


def _list_remaining_copies(database: Database) -> Iterator[str]:
    """Yield a sentence for each place outside our reach where the text may remain."""
    if isinstance(database, SQLite):
        for copy in sorted(database.path.parent.glob(f"{database.path.name}.before-upgrade-*")):
            yield f"{copy} is a copy from before an upgrade and still contains it; delete that file"
    else:
        yield "the server's own logs and backups may still contain it"


def find_article_ids(connection: Connection, author: str | None, source: str | None) -> list[int]:
    """Return the numbers of all articles by an author, from a source, or both if both are given.

    Args:
        connection: A connection to the corpus.
        author: The full name of a person or organisation, in any case and accentuation.
        source: The name, URL, key or host of a source, or the beginning of its host up to a dot.
    """
    rows = select(ArticleRow.id)
    if author is not None:
        words = f" {fold(author)} "[:MAX_NAME_CHARACTERS]
        by = select(CreditRow.article_id).where(
            CreditRow.words == words, CreditRow.role.in_(("author", "organisation"))
        )
        rows = rows.where(ArticleRow.id.in_(by))
    if source is not None:
        rows = rows.where(ArticleRow.source_id.in_(select_source_ids(source)))
    return list(connection.scalars(rows.order_by(ArticleRow.id)))


def list_source_urls(connection: Connection, source: str) -> list[str]:
    """Return all URLs of a source in the frontier, whether they have an article or not."""
    rows = select(FrontierRow.url).where(FrontierRow.source_id.in_(select_source_ids(source)))
    return list(connection.scalars(rows))
