"""Decides which known listings are polled, and in which order. Pure functions: the clock is passed in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from crawler.parsers.listings import ListedSitemap
from storage import Feed
from storage.values import FeedKind

PRIOR_SHARES: Final[Mapping[FeedKind, float]] = {"feed": 0.02, "sitemap-index": 0.01, "section": 0.01, "sitemap": 0.005}
"""The share that a listing has as long as no article tells more. Feeds list nothing but news, the newest first."""
TOLD_SHARE: Final = 0.2
"""The share that a listing has because the user has named it: they know that it is needed."""
MIN_WAIT: Final = timedelta(minutes=1)
UNPOLLED_WAIT: Final = timedelta(days=30)


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


def order_by_yield(
    rows: Sequence[Feed], shares: Mapping[str, float], told: Collection[str], now: datetime
) -> list[Feed]:
    """Return listings in the order in which an ordinary run polls them: what most likely has something new, first.

    A listing's expected yield is its share of the source's articles (see `Portfolio.compute_shares`) times the time
    since its last poll. So each listing that adds something gets its turn, although a run ends after a few polls
    without anything new.

    Args:
        rows: the listings as the corpus has them.
        shares: the share of each listing by its URL.
        told: URLs of listings that the user has named.
        now: the current time.
    """

    def estimate_yield(row: Feed) -> float:
        prior = PRIOR_SHARES[row.kind] + (TOLD_SHARE if row.url in told else 0.0)
        return (shares.get(row.url, 0.0) + prior) * compute_wait(row, now).total_seconds()

    return sorted(rows, key=estimate_yield, reverse=True)


def order_by_wait(rows: Sequence[Feed], front_page: str, now: datetime) -> list[Feed]:
    """Return listings in the order of a coverage check: the front page, then the one that has waited longest.

    So listings that do not fit into one check are looked at by the next.
    """
    return sorted(rows, key=lambda row: (row.url != front_page, -compute_wait(row, now).total_seconds()))


def compute_wait(row: Feed, now: datetime) -> timedelta:
    """Return the time since a listing was last polled; a month if it never was, and at least a minute."""
    return max(now - row.polled_at, MIN_WAIT) if row.polled_at else UNPOLLED_WAIT


def select_due_sitemaps(children: Sequence[ListedSitemap], known: Mapping[str, Feed]) -> list[str]:
    """Return the sitemaps of an index to read again: new ones, and those changed since they were read.

    Many indexes state only the day of a change, so a change on the day of the last poll counts. A sitemap that is known
    and whose time is not stated is left out: it is polled at an interval of its own.

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
