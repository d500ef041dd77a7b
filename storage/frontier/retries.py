"""Queue URLs again whose last fetch led to no article, or give them up."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select, update

from storage.backends.chunks import iter_chunks
from storage.schema.keys import hash_key, make_key
from storage.schema.tables import DONE, LEASED, QUEUED, FeedRow, FrontierRow

UNLISTED_GRACE: Final = timedelta(days=3)
"""How long a URL is tried again although the listings of its kind, which have changed since, no longer name it. Feeds
are short: an article may leave one within hours."""

_QUEUED_AGAIN: Final = {
    "state": QUEUED,
    "not_before": None,
    "run_id": None,
    "revisit_at": None,
    "attempts": 0,
}


def give_up_unlisted(connection: Connection, sources: Collection[int], now: datetime) -> None:
    """Give up the retries that are due of URLs that no listing names any more.

    A listing that has not changed still names what it named before. So a URL counts as unlisted if a listing of its
    kind has changed since the URL was last named, and `UNLISTED_GRACE` has passed in between.
    """
    for some in iter_chunks(sources):
        waiting = (
            FrontierRow.state == QUEUED,
            FrontierRow.article_id.is_(None),
            FrontierRow.attempts > 0,
            FrontierRow.not_before <= now,
            FrontierRow.listed_at < now - UNLISTED_GRACE,
        )
        kinds = select(FrontierRow.source_id, FrontierRow.found_in).where(FrontierRow.source_id.in_(some), *waiting)
        for source_id, found_in in connection.execute(kinds.distinct()).all():
            changed_at = connection.scalar(
                select(func.max(FeedRow.changed_at)).where(FeedRow.source_id == source_id, FeedRow.kind == found_in)
            )
            if changed_at is not None:
                connection.execute(
                    update(FrontierRow)
                    .where(
                        FrontierRow.source_id == source_id,
                        FrontierRow.found_in == found_in,
                        *waiting,
                        FrontierRow.listed_at < changed_at - UNLISTED_GRACE,
                    )
                    .values(state=DONE, not_before=None)
                )


def list_outcomes(connection: Connection, sources: Collection[int]) -> set[str]:
    """Return the outcomes that URLs of these sources have had at their last fetch."""
    found: set[str] = set()
    for some in iter_chunks(sources):
        outcomes = select(FrontierRow.outcome).where(FrontierRow.source_id.in_(some), FrontierRow.outcome.is_not(None))
        found.update(filter(None, connection.scalars(outcomes.distinct())))
    return found


def queue_outcomes(connection: Connection, sources: Collection[int], outcomes: Collection[str]) -> int:
    """Queue the URLs of these sources whose last fetch had one of these outcomes, and return how many there are."""
    return sum(
        _queue_again(connection, FrontierRow.source_id.in_(some), FrontierRow.outcome.in_(list(outcomes)))
        for some in iter_chunks(sources)
    )


def queue_urls(connection: Connection, urls: Collection[str]) -> int:
    """Queue known URLs for the next run, and return how many there are."""
    hashes = sorted({hash_key(make_key(url)) for url in urls})
    return sum(_queue_again(connection, FrontierRow.key_hash.in_(some)) for some in iter_chunks(hashes))


def _queue_again(connection: Connection, *which: ColumnElement[Any]) -> int:
    # A URL that is leased is being fetched now.
    return connection.execute(
        update(FrontierRow).where(*which, FrontierRow.state != LEASED).values(_QUEUED_AGAIN)
    ).rowcount
