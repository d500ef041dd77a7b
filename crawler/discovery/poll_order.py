"""Decides which known listings are polled, and in which order. Pure functions: the clock is passed in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from crawler.parsers.listings import ListedSitemap
from storage import Feed


def ignore_future_times(now: datetime, row: Feed) -> Feed:
    """Return a listing without its times if it was polled in the future: then the clock was wrong, and it is due.

    Such times would otherwise keep a listing from being polled until the clock has caught up with them.
    """
    if row.polled_at is None or row.polled_at <= now:
        return row
    return replace(row, polled_at=None, changed_at=None, next_poll_at=None)


def is_listing_due(row: Feed, at: datetime | None) -> bool:
    """Return whether a known listing is to be polled.

    Args:
        row: the listing as the corpus has it.
        at: the current time; ``None`` if the user polls the source regardless of its interval.
    """
    return at is None or row.next_poll_at is None or row.next_poll_at <= at


def order_listings(rows: Sequence[Feed], kind: str) -> list[Feed]:
    """Return the listings of a kind in the order in which to poll them.

    The one that changed last comes first, since it most likely has something new. The others follow by how long they
    have waited, so that each gets its turn although a run ends after a few quiet polls.
    """
    of_kind = [row for row in rows if row.kind == kind]
    latest_changed = max(of_kind, key=lambda row: (_to_timestamp(row.changed_at), row.id), default=None)
    waited = sorted((row for row in of_kind if row is not latest_changed), key=lambda row: _to_timestamp(row.polled_at))
    return [latest_changed, *waited] if latest_changed else []


def _to_timestamp(time: datetime | None) -> float:
    return time.timestamp() if time else 0.0


def select_due_sitemaps(children: Sequence[ListedSitemap], known: dict[str, Feed]) -> list[str]:
    """Return the sitemaps of an index to read again: new ones, and those changed since they were read.

    Many indexes state only the day of a change, so a change on the day of the last poll counts.

    Args:
        children: the sitemaps that the index names.
        known: the sitemaps that earlier runs have saved, by URL.
    """
    return [child.url for child in children if _is_sitemap_due(child, known.get(child.url))]


def _is_sitemap_due(child: ListedSitemap, row: Feed | None) -> bool:
    if row is None or row.polled_at is None:
        return True
    # Dates instead of times: many indexes state only the day of a change.
    return child.modified is not None and child.modified.date() >= row.polled_at.date()
