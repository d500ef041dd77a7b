"""Load and save sources, listings, hosts, and the progress of backfills."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, not_, or_, select, update

from storage.backends.chunks import iter_chunks
from storage.backends.ordering import newest_first
from storage.backends.upsert import upsert
from storage.schema.keys import hash_key
from storage.schema.tables import (
    ArticleRow,
    BackfillRow,
    FeedEntryRow,
    FeedRow,
    FetchRow,
    FrontierRow,
    HostRow,
    SourceRow,
    SourceRunRow,
)
from storage.search.filters import make_source_key
from storage.values import Candidate, Feed, Host, Source, SourceRun


def get_or_create_source(connection: Connection, site: str, name: str | None, group: str | None = None) -> Source:
    """Return the source of a URL, host or key, after adding it if it is new.

    ``name`` and ``group`` replace the previous ones unless they are ``None``; an empty ``group`` takes the source out
    of its group. Raises `ValueError` if ``site`` has no host.
    """
    key = make_source_key(site)
    url = site if "://" in site else f"https://{site}"
    row = {"key": key, "name": name, "group_name": group or None, "url": url, "created_at": datetime.now(UTC)}
    given = {"name": name, "group_name": group}
    replaced = [column for column, value in given.items() if value is not None]
    connection.execute(upsert(connection, SourceRow, ["key"], replaced=replaced), row)
    known = connection.execute(_select_sources().where(SourceRow.key == key)).one()
    return Source(**known._mapping)


def _select_sources() -> Select[*tuple[Any, ...]]:
    return select(*SourceRow.__table__.columns)


def list_feeds(connection: Connection, source_id: int) -> list[Feed]:
    """Return a source's listings, in the order in which they were found."""
    return [Feed(**row._mapping) for row in connection.execute(_select_feeds().where(FeedRow.source_id == source_id))]


def save_feed(connection: Connection, source_id: int, url: str, kind: str, poll: dict[str, Any]) -> Feed:
    """Add a listing, or save the result of a poll, and return it as it is stored.

    ``poll`` holds the remaining columns. If its ``polled_at`` is ``None``, a known listing stays unchanged.
    """
    key = {"source_id": source_id, "url_hash": hash_key(url)}
    was_polled = poll["polled_at"] is not None
    replaced = [name for name in (*poll, "kind") if name != "changed_at"] if was_polled else ()
    save = upsert(connection, FeedRow, list(key), replaced=replaced, kept=["changed_at"] if was_polled else ())
    connection.execute(save, key | {"url": url, "kind": kind} | poll)
    row = connection.execute(_select_feeds().filter_by(**key)).one()
    return Feed(**row._mapping)


def list_sources(connection: Connection) -> list[Source]:
    """Return every source of the corpus, sorted by key."""
    return [Source(**row._mapping) for row in connection.execute(_select_sources().order_by(SourceRow.key))]


def remove_source(connection: Connection, source_id: int) -> bool:
    """Delete what the crawl knows of a source: its listings, its history, and its URLs without an article.

    Its articles stay, with the URLs that led to them, and so does the source's row as long as there are any.

    Returns:
        Whether nothing is left of the source.
    """
    for table in (FeedRow, BackfillRow, SourceRunRow):
        connection.execute(delete(table).where(table.source_id == source_id))
    is_kept = or_(
        FrontierRow.article_id.is_not(None),
        FrontierRow.id.in_(select(ArticleRow.frontier_id).where(ArticleRow.source_id == source_id)),
    )
    idle = list(connection.scalars(select(FrontierRow.id).where(FrontierRow.source_id == source_id, not_(is_kept))))
    for some in iter_chunks(idle):
        connection.execute(delete(FeedEntryRow).where(FeedEntryRow.frontier_id.in_(some)))
        connection.execute(delete(FetchRow).where(FetchRow.frontier_id.in_(some)))
        connection.execute(delete(FrontierRow).where(FrontierRow.id.in_(some)))
    owned = (select(table.id).where(table.source_id == source_id).limit(1) for table in (ArticleRow, FrontierRow))
    if any(connection.scalar(rows) is not None for rows in owned):
        forgotten = {"profile": None, "portfolio": None, "group_name": None}
        connection.execute(update(SourceRow).where(SourceRow.id == source_id).values(forgotten))
        return False
    connection.execute(delete(SourceRow).where(SourceRow.id == source_id))
    return True


def move_source(connection: Connection, source_id: int, url: str) -> None:
    """Replace the URL of a source, which was found to answer at another one."""
    connection.execute(update(SourceRow).where(SourceRow.id == source_id), {"url": url})


def save_profile(connection: Connection, source_id: int, profile: str) -> None:
    """Save a source's site profile, which is JSON, in place of the previous one."""
    connection.execute(update(SourceRow).where(SourceRow.id == source_id), {"profile": profile})


def save_portfolio(connection: Connection, source_id: int, portfolio: str) -> None:
    """Save what a source's listings show, which is JSON, in place of the previous value."""
    connection.execute(update(SourceRow).where(SourceRow.id == source_id), {"portfolio": portfolio})


def get_host(connection: Connection, name: str) -> Host:
    """Return a host's pause and its robots.txt; a `Host` with only its name if it is unknown."""
    row = connection.execute(select(*HostRow.__table__.columns).where(HostRow.name == name)).one_or_none()
    return Host(**row._mapping) if row is not None else Host(name)


def save_host(connection: Connection, host: Host) -> None:
    """Save a host's pause and its robots.txt, in place of the previous ones."""
    values = asdict(host)
    connection.execute(
        upsert(connection, HostRow, ["name"], replaced=[name for name in values if name != "name"]), values
    )


def save_source_runs(connection: Connection, source_runs: Iterable[SourceRun]) -> None:
    """Save the counts of a run for each of its sources.

    ``pages``, the sum of a row's outcomes, is stored too, so that the history can be read from an index alone.
    """
    rows = [{**asdict(each), "pages": sum(each.outcomes.values())} for each in source_runs]
    if rows:
        connection.execute(insert(SourceRunRow), rows)


def get_backfill_positions(connection: Connection, source_id: int, since: datetime) -> dict[str, str | None]:
    """Return how far backfills to ``since``, or further back, have read a source's lists of articles.

    The keys are the lists' URLs; the values are the URLs where to continue, ``None`` if a list was read to its end.
    """
    read = select(BackfillRow.url, BackfillRow.next_url)
    rows = connection.execute(read.where(BackfillRow.source_id == source_id, BackfillRow.since <= since))
    return {row.url: row.next_url for row in rows}


def save_backfill_position(
    connection: Connection, source_id: int, url: str, since: datetime, next_url: str | None
) -> None:
    """Save how far a backfill to ``since`` has read a list; ``next_url`` is ``None`` if it has reached the end."""
    row = {"source_id": source_id, "url_hash": hash_key(url)}
    values = {"url": url, "since": since, "read_at": datetime.now(UTC), "next_url": next_url}
    connection.execute(upsert(connection, BackfillRow, list(row), replaced=list(values)), row | values)


def list_candidates(connection: Connection, source_id: int) -> Iterator[Candidate]:
    """Yield a source's URLs in the frontier, in the order in which they would be fetched, whatever their state."""
    columns = (FrontierRow.url, FrontierRow.key, FrontierRow.source_id, FrontierRow.found_in, FrontierRow.priority)
    rows = select(*columns, FrontierRow.title, FrontierRow.published).where(FrontierRow.source_id == source_id)
    order = FrontierRow.priority.desc(), newest_first(FrontierRow.published), FrontierRow.id
    yield from (Candidate(**row._mapping) for row in connection.execute(rows.order_by(*order)))


def _select_feeds() -> Select[*tuple[Any, ...]]:
    columns = [column for column in FeedRow.__table__.columns if column.name != "url_hash"]
    return select(*columns).order_by(FeedRow.id)
