"""Sources, and the pages of theirs that list articles."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, select
from sqlalchemy.dialects.sqlite import insert as upsert

from storage.filters import source_key
from storage.models import FeedRow, SourceRow, hash_of
from storage.values import Feed, Source


def source_for(connection: Connection, site: str, name: str | None) -> Source:
    """The source of that address, host or key, made where it is new."""
    key = source_key(site)
    statement = upsert(SourceRow).values(
        key=key,
        name=name,
        url=site if "://" in site else f"https://{site}",
        created_at=datetime.now(UTC),
    )
    if name is None:
        statement = statement.on_conflict_do_nothing(index_elements=[SourceRow.key])
    else:
        statement = statement.on_conflict_do_update(index_elements=[SourceRow.key], set_={"name": name})
    connection.execute(statement)
    row = connection.execute(_sources().where(SourceRow.key == key)).one()
    return Source(**row._mapping)


def _sources() -> Select[*tuple[Any, ...]]:
    return select(*SourceRow.__table__.columns)


def feeds_of(connection: Connection, source_id: int) -> list[Feed]:
    """The source's feeds, the one found first in front."""
    return [Feed(**row._mapping) for row in connection.execute(_feeds().where(FeedRow.source_id == source_id))]


def save_feed(connection: Connection, source_id: int, url: str, kind: str, poll: dict[str, Any]) -> Feed:
    """Make a feed known, or note what a look at it gave."""
    key = {"source_id": source_id, "url_hash": hash_of(url)}
    statement = upsert(FeedRow).values(key | {"url": url, "kind": kind} | poll)
    if poll["polled_at"] is None:
        statement = statement.on_conflict_do_nothing(index_elements=list(key))
    else:
        changed_at = poll["changed_at"] or FeedRow.changed_at
        statement = statement.on_conflict_do_update(
            index_elements=list(key), set_=poll | {"kind": kind, "changed_at": changed_at}
        )
    connection.execute(statement)
    row = connection.execute(_feeds().filter_by(**key)).one()
    return Feed(**row._mapping)


def _feeds() -> Select[*tuple[Any, ...]]:
    columns = [column for column in FeedRow.__table__.columns if column.name != "url_hash"]
    return select(*columns).order_by(FeedRow.id)
