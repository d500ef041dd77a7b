"""Sources, and the pages of theirs that list articles."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from storage.backends.ordering import newest_first
from storage.backends.upsert import upsert
from storage.schema.keys import hash_key
from storage.schema.tables import BackfillRow, FeedRow, FrontierRow, HostRow, SourceRow, SourceRunRow
from storage.search.filters import make_source_key
from storage.values import Candidate, Feed, Host, Source, SourceRun


def get_or_create_source(connection: Connection, site: str, name: str | None) -> Source:
    """The source of that address, host or key, made where it is new."""
    key = make_source_key(site)
    url = site if "://" in site else f"https://{site}"
    row = {"key": key, "name": name, "url": url, "created_at": datetime.now(UTC)}
    connection.execute(upsert(connection, SourceRow, ["key"], replaced=["name"] if name is not None else ()), row)
    known = connection.execute(_select_sources().where(SourceRow.key == key)).one()
    return Source(**known._mapping)


def _select_sources() -> Select[*tuple[Any, ...]]:
    return select(*SourceRow.__table__.columns)


def list_feeds(connection: Connection, source_id: int) -> list[Feed]:
    """The source's feeds, the one found first in front."""
    return [Feed(**row._mapping) for row in connection.execute(_select_feeds().where(FeedRow.source_id == source_id))]


def save_feed(connection: Connection, source_id: int, url: str, kind: str, poll: dict[str, Any]) -> Feed:
    """Make a feed known, or note what a look at it gave."""
    key = {"source_id": source_id, "url_hash": hash_key(url)}
    looked_at = poll["polled_at"] is not None
    replaced = [name for name in (*poll, "kind") if name != "changed_at"] if looked_at else ()
    save = upsert(connection, FeedRow, list(key), replaced=replaced, kept=["changed_at"] if looked_at else ())
    connection.execute(save, key | {"url": url, "kind": kind} | poll)
    row = connection.execute(_select_feeds().filter_by(**key)).one()
    return Feed(**row._mapping)


def list_sources(connection: Connection) -> list[Source]:
    """Every source that the corpus knows, by its key."""
    return [Source(**row._mapping) for row in connection.execute(_select_sources().order_by(SourceRow.key))]


def save_profile(connection: Connection, source_id: int, profile: str) -> None:
    """Keep what was learned of a source."""
    connection.execute(update(SourceRow).where(SourceRow.id == source_id), {"profile": profile})


def get_host(connection: Connection, name: str) -> Host:
    """What a host has asked for; nothing, of one that is not known."""
    row = connection.execute(select(*HostRow.__table__.columns).where(HostRow.name == name)).one_or_none()
    return Host(**row._mapping) if row is not None else Host(name)


def save_host(connection: Connection, host: Host) -> None:
    """Keep what a host has asked for, instead of what was known."""
    values = asdict(host)
    connection.execute(
        upsert(connection, HostRow, ["name"], replaced=[name for name in values if name != "name"]), values
    )


def save_source_runs(connection: Connection, source_runs: Iterable[SourceRun]) -> None:
    """Keep what a run did on its sources."""
    rows = [{**asdict(each), "pages": sum(each.outcomes.values())} for each in source_runs]
    if rows:
        connection.execute(insert(SourceRunRow), rows)


def get_backfill_positions(connection: Connection, source_id: int, since: datetime) -> dict[str, str | None]:
    """The lists that walks back to ``since``, or further, have read, each with the page where it goes on."""
    read = select(BackfillRow.url, BackfillRow.next_url)
    rows = connection.execute(read.where(BackfillRow.source_id == source_id, BackfillRow.since <= since))
    return {row.url: row.next_url for row in rows}


def save_backfill_position(
    connection: Connection, source_id: int, url: str, since: datetime, next_url: str | None
) -> None:
    """Note how far a walk back to ``since`` has read a list."""
    row = {"source_id": source_id, "url_hash": hash_key(url)}
    values = {"url": url, "since": since, "read_at": datetime.now(UTC), "next_url": next_url}
    connection.execute(upsert(connection, BackfillRow, list(row), replaced=list(values)), row | values)


def list_candidates(connection: Connection, source_id: int) -> Iterator[Candidate]:
    """The addresses of a source in the frontier, in the order in which they would be fetched."""
    columns = (FrontierRow.url, FrontierRow.key, FrontierRow.source_id, FrontierRow.found_in, FrontierRow.priority)
    rows = select(*columns, FrontierRow.title, FrontierRow.published).where(FrontierRow.source_id == source_id)
    order = FrontierRow.priority.desc(), newest_first(FrontierRow.published), FrontierRow.id
    yield from (Candidate(**row._mapping) for row in connection.execute(rows.order_by(*order)))


def _select_feeds() -> Select[*tuple[Any, ...]]:
    columns = [column for column in FeedRow.__table__.columns if column.name != "url_hash"]
    return select(*columns).order_by(FeedRow.id)
