"""Record pages that are imported from WARC files instead of fetched: they have no lease, and the progress in their file
is saved with them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CompoundSelect, Connection, and_, bindparam, exists, insert, or_, select, union_all, update

from storage.backends.upsert import upsert
from storage.ingest.fetch_results import record_fetch
from storage.schema.keys import hash_key, make_key, parse_host
from storage.schema.tables import LEASED, QUEUED, ArticleRow, FetchRow, FrontierRow, WarcImportRow
from storage.values import FetchedPage

KNOWN_OUTCOME = "known"
"""The outcome of a page that is skipped: the corpus has recorded it before, or has a later version of its article."""


@dataclass(frozen=True, slots=True)
class WarcImport:
    """The progress of importing a WARC file."""

    id: int
    path: str
    """The file's absolute path."""
    size: int
    """The file's size in bytes when the import was last started."""
    offset: int
    """The byte at which to continue: everything before it is in the corpus."""
    records: int
    """The number of responses before the offset."""
    finished_at: datetime | None
    """The time at which the whole file had been read, in UTC; ``None`` if it has not been."""


_SELECT_IMPORT = select(*(WarcImportRow.__table__.c[name] for name in WarcImport.__slots__))


def start_import(connection: Connection, path: str, selection: str, size: int) -> WarcImport:
    """Start or resume the import of a file, and return how far it has been read.

    ``selection`` identifies which of its pages are imported; another selection is another import. A file that has grown
    is read further; one that has shrunk is another file, and is read from its start.
    """
    key = hash_key(f"{path}\n{selection}")
    row = {"path": path, "path_hash": key, "size": size, "offset": 0, "records": 0}
    connection.execute(upsert(connection, WarcImportRow, ["path_hash"]), row)
    known = WarcImport(*connection.execute(_SELECT_IMPORT.where(WarcImportRow.path_hash == key)).one())
    if size == known.size:
        return known
    begun = replace(known, size=size, finished_at=None)
    if size < known.size:
        begun = replace(begun, offset=0, records=0)
    save_progress(connection, begun)
    return begun


def save_progress(connection: Connection, progress: WarcImport) -> None:
    """Save how far a file has been read, in the transaction that records the pages before that point."""
    values = {"size": progress.size, "offset": progress.offset, "records": progress.records}
    finished = {"finished_at": progress.finished_at}
    connection.execute(update(WarcImportRow).where(WarcImportRow.id == progress.id), values | finished)


_HAS_SAME_FETCH = exists().where(FetchRow.frontier_id == FrontierRow.id, FetchRow.fetched_at == bindparam("fetched_at"))
_IS_NOT_OLDER = ArticleRow.fetched_at >= bindparam("fetched_at")
_SELECT_KNOWN: CompoundSelect[*tuple[Any, ...]] = union_all(
    select(FrontierRow.id)
    .outerjoin(ArticleRow, ArticleRow.id == FrontierRow.article_id)
    .where(FrontierRow.key_hash == bindparam("key_hash"), or_(_IS_NOT_OLDER, _HAS_SAME_FETCH)),
    select(ArticleRow.id).where(and_(ArticleRow.key_hash == bindparam("key_hash"), _IS_NOT_OLDER)),
).limit(1)


def is_known(connection: Connection, key: str, fetched_at: datetime) -> bool:
    """Return whether a page that was fetched at that time need not be imported: see `KNOWN_OUTCOME`.

    ``key`` is the key of its URL. The same page is recognised by the exact time of its fetch.
    """
    return connection.execute(_SELECT_KNOWN, {"key_hash": hash_key(key), "fetched_at": fetched_at}).first() is not None


_SELECT_ADDRESS = select(
    FrontierRow.id,
    FrontierRow.source_id,
    FrontierRow.attempts,
    FrontierRow.published,
    FrontierRow.article_id,
    FrontierRow.first_fetched_at,
    FrontierRow.state,
    FrontierRow.revisit_at,
).where(FrontierRow.key_hash == bindparam("key_hash"))
_INSERT_ADDRESS = insert(FrontierRow).returning(FrontierRow.id)


def import_page(connection: Connection, run_id: int, page: FetchedPage) -> str:
    """Record a page from a WARC file, whose URL is added to the frontier; return its final outcome.

    Skips the page, with the outcome ``known``, if the corpus has nothing to learn from it. Its lease has the number 0.
    """
    if is_known(connection, make_key(page.lease.url), page.fetched_at):
        return KNOWN_OUTCOME
    return store_page(connection, run_id, page)


def store_page(connection: Connection, run_id: int, page: FetchedPage) -> str:
    """Record a page whose URL is added to the frontier if it is new, whatever the corpus knows of it.

    Returns its final outcome. The page's lease is completed from the row of its URL, because nothing has leased it.
    """
    key = make_key(page.lease.url)
    row = connection.execute(_SELECT_ADDRESS, {"key_hash": hash_key(key)}).one_or_none()
    if row is None:
        number = connection.scalars(_INSERT_ADDRESS, _build_frontier_row(page, key, run_id)).one()
        return record_fetch(connection, run_id, replace(page, lease=replace(page.lease, id=number)))
    lease = replace(
        page.lease,
        id=row.id,
        source_id=row.source_id,
        attempts=row.attempts,
        published=row.published,
        article_id=row.article_id,
        first_fetched_at=row.first_fetched_at,
    )
    # A queued URL with an article waits for a revisit, which must still take place: it is due immediately.
    waits = row.state == QUEUED and row.article_id is not None
    revisit_at = datetime.now(UTC) if waits else row.revisit_at
    return record_fetch(connection, run_id, replace(page, lease=lease, revisit_at=revisit_at))


def _build_frontier_row(page: FetchedPage, key: str, run_id: int) -> dict[str, Any]:
    return {
        "source_id": page.lease.source_id,
        "run_id": run_id,
        "url": page.lease.url,
        "key": key,
        "key_hash": hash_key(key),
        "host": parse_host(page.lease.url),
        "found_in": page.lease.found_in,
        "found_at": datetime.now(UTC),
        "priority": 0,
        "state": LEASED,
        "attempts": 0,
    }
