"""Decide what a listing's word about known URLs leads to: no clock, no database.

A listing names the same URLs again and again. Three things are a reason to fetch one again: it states a later change
than before, its feed has a new item there (another id), or the URL has led to no article so far and is still listed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from storage.ingest.retry_policy import classify_failure, compute_age, compute_retry_delay
from storage.schema.tables import DONE, QUEUED

REVISIT_PRIORITY = -1
"""The priority of a revisit: after everything new."""

MIN_NOISY: Final = 3
NOISY_SHARE: Final = 0.8
"""If this many of the known URLs of a listing have "changed" at once, and this share of them, the listing stamps
everything anew, and none of it is believed."""
SOON: Final = timedelta(hours=1)
"""A revisit that is due within this time makes another visit unnecessary."""
LISTED_PRECISION: Final = timedelta(hours=1)
"""How old ``listed_at`` may become before it is written again."""
MAX_AHEAD: Final = timedelta(days=1)
"""How far in the future a stated change may lie: clocks and time zones differ. Later ones are ignored."""


@dataclass(frozen=True, slots=True)
class KnownUrl:
    """A URL of the frontier that a listing names again; the fields are those of its row."""

    id: int
    key_hash: bytes
    state: str
    outcome: str | None
    found_in: str
    published: datetime | None
    article_id: int | None
    attempts: int
    not_before: datetime | None
    revisit_at: datetime | None
    run_id: int | None
    first_fetched_at: datetime | None
    guid_hash: bytes | None
    listed_at: datetime | None
    listed_modified: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """What a listing says of a URL."""

    found_in: str
    changed_at: datetime | None = None
    """UTC; the later one of the publication and the last change that it states; ``None`` if it states none."""
    guid_hash: bytes | None = None
    """The hash of the id that it gives the article; ``None`` if it gives none."""


def select_changed_at(times: Iterable[datetime | None], now: datetime) -> datetime | None:
    """Return the latest of the times that a listing states for a URL; ``None`` if there is none that can be true."""
    return max((time for time in times if time is not None and time.tzinfo and time <= now + MAX_AHEAD), default=None)


def decide_relistings(
    named: Sequence[tuple[KnownUrl, Listed]], now: datetime, run_id: int
) -> list[tuple[int, dict[str, Any]]]:
    """Return the ids of the rows that change, each with its new columns.

    Args:
        named: The known URLs of one listing, with what it says of them.
        now: The current time, in UTC.
        run_id: The run that has polled the listing. It visits no URL twice.
    """
    moved = [_has_later_change(row, listed) for row, listed in named]
    renewed = [_has_new_item(row, listed) for row, listed in named]
    stamped = sum(bool(row.listed_modified and listed.changed_at) for row, listed in named)
    identified = sum(bool(row.guid_hash and listed.guid_hash) for row, listed in named)
    believes_moved = not _is_noise(sum(moved), stamped)
    believes_renewed = not _is_noise(sum(renewed), identified)
    changes: list[tuple[int, dict[str, Any]]] = []
    for (row, listed), is_moved, is_renewed in zip(named, moved, renewed, strict=True):
        is_changed = (is_moved and believes_moved) or (is_renewed and believes_renewed)
        values = _note_listing(row, listed, is_renewed=is_renewed) | _decide_visit(row, now, run_id, is_changed)
        if values:
            changes.append((row.id, values))
    return changes


def _is_noise(changed: int, comparable: int) -> bool:
    return changed >= MIN_NOISY and changed >= NOISY_SHARE * comparable


def _has_later_change(row: KnownUrl, listed: Listed) -> bool:
    if row.listed_modified is None or listed.changed_at is None or listed.changed_at <= row.listed_modified:
        return False
    # Listings of different kinds state different times for the same change.
    is_comparable = listed.found_in == row.found_in
    return is_comparable or (row.first_fetched_at is not None and listed.changed_at > row.first_fetched_at)


def _has_new_item(row: KnownUrl, listed: Listed) -> bool:
    """Return whether a feed has a new item at a URL: another id, and a later time if it states one."""
    if not (row.guid_hash and listed.guid_hash and row.guid_hash != listed.guid_hash):
        return False
    return row.listed_modified is None or listed.changed_at is None or listed.changed_at > row.listed_modified


def _note_listing(row: KnownUrl, listed: Listed, *, is_renewed: bool) -> dict[str, Any]:
    """Return the columns that keep what the listing says."""
    values: dict[str, Any] = {}
    if listed.changed_at is not None and (row.listed_modified is None or listed.changed_at > row.listed_modified):
        values["listed_modified"] = listed.changed_at
    if listed.guid_hash is not None and (row.guid_hash is None or is_renewed):
        values["guid_hash"] = listed.guid_hash
    return values


def _decide_visit(row: KnownUrl, now: datetime, run_id: int, is_changed: bool) -> dict[str, Any]:
    """Return the columns that make a URL be fetched again, or that keep it waiting for that."""
    if row.state == QUEUED:
        return _decide_waiting(row, now, is_changed)
    if row.state != DONE:
        return {}
    if row.article_id is None and classify_failure(row.outcome) == "settled":
        return {}
    if is_changed:
        return _plan_visit(row, now, run_id)
    # A retry that had been given up because nothing listed the URL any more.
    age = compute_age(row.published, now)
    if row.article_id is None and compute_retry_delay(row.outcome, row.attempts, row.found_in, age) is not None:
        return {"state": QUEUED, "not_before": now, "listed_at": now}
    return {}


def _decide_waiting(row: KnownUrl, now: datetime, is_changed: bool) -> dict[str, Any]:
    if row.article_id is not None or not row.attempts:
        return {}
    values: dict[str, Any] = {}
    if row.listed_at is None or row.listed_at < now - LISTED_PRECISION:
        values["listed_at"] = now
    if is_changed and row.not_before is not None and row.not_before > now:
        values["not_before"] = now
    return values


def _plan_visit(row: KnownUrl, now: datetime, run_id: int) -> dict[str, Any]:
    """Return the columns of a visit: at once, or when the time has passed that earlier ones in vain have cost."""
    due = max(now, row.not_before or now)
    if row.revisit_at is not None and row.revisit_at <= due + SOON:
        return {}
    # For an article, counted now and set back if the visit finds a change; see `fetch_results`.
    counted = {"attempts": row.attempts + 1} if row.article_id is not None else {}
    if due > now or row.run_id == run_id:
        return counted | {"revisit_at": due}
    priority = {"priority": REVISIT_PRIORITY} if row.article_id is not None else {}
    return counted | priority | {"state": QUEUED, "not_before": None, "revisit_at": None}
