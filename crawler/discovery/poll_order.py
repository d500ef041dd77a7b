"""Which of the known listings are polled again, and in which order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from crawler.parsers.listings import ListedSitemap
from storage import Feed


def ignore_future_times(now: datetime, row: Feed) -> Feed:
    """What is known of a listing, without the times of a look in the future: the clock was wrong, and it is due."""
    if row.polled_at is None or row.polled_at <= now:
        return row
    return replace(row, polled_at=None, changed_at=None, next_poll_at=None)


def is_listing_due(row: Feed, at: datetime | None) -> bool:
    """Whether a known listing is to be looked at; always, where no time is given."""
    return at is None or row.next_poll_at is None or row.next_poll_at <= at


def order_listings(rows: Sequence[Feed], kind: str) -> list[Feed]:
    """The listings of a kind in the order to look at them: what changed last, then what waited longest."""
    of_kind = [row for row in rows if row.kind == kind]
    liveliest = max(of_kind, key=lambda row: (_to_timestamp(row.changed_at), row.id), default=None)
    waited = sorted((row for row in of_kind if row is not liveliest), key=lambda row: _to_timestamp(row.polled_at))
    return [liveliest, *waited] if liveliest else []


def _to_timestamp(time: datetime | None) -> float:
    return time.timestamp() if time else 0.0


def select_due_sitemaps(children: Sequence[ListedSitemap], known: dict[str, Feed]) -> list[str]:
    """The sitemaps of an index to read again: those new in it, and those changed since they were read.

    Many indexes state the day only, so a change on the day of the last look counts.
    """
    return [child.url for child in children if _is_sitemap_due(child, known.get(child.url))]


def _is_sitemap_due(child: ListedSitemap, row: Feed | None) -> bool:
    if row is None or row.polled_at is None:
        return True
    return child.modified is not None and child.modified.date() >= row.polled_at.date()
