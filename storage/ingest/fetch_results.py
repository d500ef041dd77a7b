"""Record fetched pages: their articles, their fetches, and the new state of their URLs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, update
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
    StatementError,
)

from storage.backends.upsert import upsert
from storage.ingest import article_writer
from storage.ingest.article_writer import StoredOutcome
from storage.ingest.retry_policy import (
    classify_failure,
    compute_age,
    compute_look_delay,
    compute_retry_delay,
    get_retry_delays,
)
from storage.schema.keys import hash_key, make_key, parse_host
from storage.schema.tables import DONE, QUEUED, ArticleRow, FeedEntryRow, FetchRow, FrontierRow
from storage.values import FetchedPage, Lease

STORAGE_ERROR_OUTCOME = "storage-error"
"""The outcome of a page that the database rejects."""

MAX_DETAIL_CHARACTERS = 500
"""The maximum length of an error message that is stored with such a page."""

_DATABASE_ROW_ERRORS = (IntegrityError, DataError, InterfaceError, ProgrammingError)
ROW_ERRORS = (StatementError, ValueError, TypeError, OverflowError)
"""The exceptions that a rejected row may raise; `is_row_error` distinguishes them from failures of the database."""

UNCHANGED_OUTCOME = "unchanged"
"""The outcome of a revisit to which the server answers 304, or which finds the same article."""

_GONE_STATUSES = (404, 410)
_MARK_GONE = (
    update(ArticleRow)
    .where(
        ArticleRow.id == bindparam("article"),
        # Other URLs of the article may go: a corrected one, or a second copy.
        ArticleRow.frontier_id == bindparam("lease"),
        ArticleRow.gone_at.is_(None),
    )
    .values(gone_at=bindparam("moment"))
)
# The authors and tags of an article's feed entry are needed again when it is revisited, its text is not.
_DELETE_FEED_TEXTS = (
    update(FeedEntryRow).where(FeedEntryRow.frontier_id.in_(bindparam("leases", expanding=True))).values(html=None)
)
_DELETE_FEED_ENTRIES = delete(FeedEntryRow).where(FeedEntryRow.frontier_id.in_(bindparam("leases", expanding=True)))
_INSERT_FETCHES = insert(FetchRow)


def record_batch(connection: Connection, run_id: int, pages: Sequence[FetchedPage]) -> list[str]:
    """Record pages in the caller's transaction, and return their final outcomes, in the same order.

    Args:
        connection: A connection whose write transaction the caller holds.
        run_id: The run that has fetched the pages.
        pages: Pages whose leases belong to that run.

    Raises:
        Exception: the database's own error if it rejects a page. If `is_row_error` is true of it, the caller rolls the
            transaction back and records the pages one by one with `record_fetch`, which takes a third more time.
    """
    if not pages:
        return []
    cleaned = [page for page in pages if page.cleaned is not None]
    articles_of = (
        dict(zip(map(id, cleaned), article_writer.store_articles(connection, cleaned), strict=True)) if cleaned else {}
    )
    placed = [articles_of.get(id(page)) or _resolve_without_article(page) for page in pages]
    gone = [page for page in pages if page.http_status in _GONE_STATUSES and page.lease.article_id is not None]
    if gone:
        connection.execute(
            _MARK_GONE,
            [{"article": p.lease.article_id, "lease": p.lease.id, "moment": p.fetched_at} for p in gone],
        )
    connection.execute(
        _INSERT_FETCHES, [_build_fetch_row(page, run_id, at.outcome) for page, at in zip(pages, placed, strict=True)]
    )
    _remember_redirects(connection, [(p, at) for p, at in zip(pages, placed, strict=True) if p.cleaned is not None])
    states = [_decide_next_state(page, at.outcome, at.article_id) for page, at in zip(pages, placed, strict=True)]
    update_by_columns(
        connection, FrontierRow, [(page.lease.id, state) for page, state in zip(pages, states, strict=True)]
    )
    done = [
        (page.lease.id, at) for page, at, state in zip(pages, placed, states, strict=True) if state["state"] == DONE
    ]
    if kept := [lease for lease, at in done if at.article_id is not None]:
        connection.execute(_DELETE_FEED_TEXTS, {"leases": kept})
    if dropped := [lease for lease, at in done if at.article_id is None]:
        connection.execute(_DELETE_FEED_ENTRIES, {"leases": dropped})
    return [at.outcome for at in placed]


def record_fetch(connection: Connection, run_id: int, page: FetchedPage) -> str:
    """Record one page in the caller's transaction, and return its final outcome.

    If the database rejects the page, only its own changes are rolled back, and it is recorded as ``storage-error``.
    """
    try:
        with connection.begin_nested():
            return record_batch(connection, run_id, [page])[0]
    except ROW_ERRORS as error:
        if not is_row_error(error):
            raise
        return record_batch(connection, run_id, [_build_storage_error(page.lease, error)])[0]


def is_row_error(error: Exception) -> bool:
    """Return whether an error means that the database rejects a row, and not, say, that the disk is full.

    A rejected row costs one page; any other error ends the crawl, because every page would fail.
    """
    return isinstance(error, ROW_ERRORS) and (
        not isinstance(error, DBAPIError) or isinstance(error, _DATABASE_ROW_ERRORS)
    )


def _resolve_without_article(page: FetchedPage) -> StoredOutcome:
    """Return the outcome of a page without an article; an unchanged page keeps the article that its URL has."""
    known = page.lease.article_id if page.outcome == UNCHANGED_OUTCOME else None
    return StoredOutcome(page.outcome, article_writer.ArticleEntry(known) if known is not None else None)


def update_by_columns(
    connection: Connection, model: type[FrontierRow] | type[ArticleRow], changes: Sequence[tuple[int, dict[str, Any]]]
) -> None:
    """Update rows, in one statement for each set of columns that change.

    Args:
        connection: A connection whose write transaction the caller holds.
        model: The table.
        changes: The ids of the rows, each with its new columns.
    """
    by_columns: dict[frozenset[str], list[tuple[int, dict[str, Any]]]] = {}
    for change in changes:
        by_columns.setdefault(frozenset(change[1]), []).append(change)
    for names, alike in by_columns.items():
        change_row = (
            update(model)
            .where(model.id == bindparam("row_id"))
            .values({name: bindparam(f"new_{name}") for name in sorted(names)})
        )
        connection.execute(
            change_row, [{"row_id": id_} | {f"new_{name}": values[name] for name in names} for id_, values in alike]
        )


def _build_storage_error(lease: Lease, error: Exception) -> FetchedPage:
    # No value here comes from the page: whatever made the database reject it could do so again.
    return FetchedPage(
        lease=lease,
        final_url=lease.url,
        http_status=None,
        outcome=STORAGE_ERROR_OUTCOME,
        detail=f"{type(error).__name__}: {error}"[:MAX_DETAIL_CHARACTERS],
        fetched_at=datetime.now(UTC),
        milliseconds=0,
        bytes=0,
    )


def _build_fetch_row(page: FetchedPage, run_id: int, outcome: str) -> dict[str, Any]:
    return {
        "frontier_id": page.lease.id,
        "run_id": run_id,
        "final_url": page.final_url,
        "http_status": page.http_status,
        "outcome": outcome,
        "detail": page.detail,
        "fetched_at": page.fetched_at,
        "milliseconds": page.milliseconds,
        "bytes": page.bytes,
        "archive_file": page.archived and page.archived.file,
        "archive_offset": page.archived and page.archived.offset,
        "archive_length": page.archived and page.archived.length,
    }


def _decide_next_state(page: FetchedPage, outcome: str, article_id: int | None) -> dict[str, Any]:
    """Return the columns of the page's URL after its lease: it is done, or queued again for a later run."""
    state: dict[str, Any] = {"state": DONE, "outcome": outcome, "not_before": None, "revisit_at": page.revisit_at}
    if article_id is not None:
        validators = {"etag": page.etag, "last_modified": page.last_modified}
        is_vain = page.lease.article_id is not None and outcome in (UNCHANGED_OUTCOME, "duplicate")
        vain = page.lease.attempts if is_vain else 0
        found = {"article_id": article_id, "attempts": vain, "first_fetched_at": page.first_fetched_at}
        return state | validators | found | {"not_before": _leave_alone(page, vain)}
    # A failed revisit is not retried, because the next revisit is due anyway.
    if page.lease.article_id is not None:
        return state | {"not_before": _leave_alone(page, page.lease.attempts)}
    attempts = page.lease.attempts + 1
    state |= {"attempts": attempts} | ({"listed_at": page.fetched_at} if attempts == 1 else {})
    age, found_in = compute_age(page.lease.published, page.fetched_at), page.lease.found_in
    wait = compute_retry_delay(outcome, attempts, found_in, age)
    if wait is not None:
        return state | {"state": QUEUED, "not_before": page.fetched_at + wait}
    if classify_failure(outcome) == "settled":
        return state
    return state | {"not_before": _leave_alone(page, attempts - len(get_retry_delays(outcome, found_in, age)))}


def _leave_alone(page: FetchedPage, vain: int) -> datetime | None:
    """Return until when no listing can ask for another visit, after visits in a row that were in vain."""
    return page.fetched_at + compute_look_delay(vain) if vain > 0 else None


def _remember_redirects(connection: Connection, placed: Sequence[tuple[FetchedPage, StoredOutcome]]) -> None:
    """Record that the URLs at which redirects ended lead to these articles, so that they are not fetched again.

    A URL that a page only names as canonical stays in the queue, because such claims can be wrong.
    """
    rows = {row["key_hash"]: row for page, at in placed if (row := _build_redirect_row(page, at.article_id))}
    if rows:
        add = upsert(
            connection,
            FrontierRow,
            ["key_hash"],
            replaced=("outcome", "article_id", "state"),
            only_if=FrontierRow.state == QUEUED,
        )
        connection.execute(add, list(rows.values()))


def _build_redirect_row(page: FetchedPage, article_id: int | None) -> dict[str, Any] | None:
    key = make_key(page.final_url, page.lease.url)
    if article_id is None or key == make_key(page.lease.url):
        return None
    return {
        "source_id": page.lease.source_id,
        "article_id": article_id,
        "url": page.final_url,
        "key": key,
        "key_hash": hash_key(key),
        "host": parse_host(page.final_url),
        "found_in": "redirect",
        "found_at": page.fetched_at,
        "priority": 0,
        "state": DONE,
        "attempts": 0,
        "outcome": "duplicate",
    }
