"""Detects from the rhythm of earlier runs that one is missing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from storage import Run


def detect_missed_runs(runs: Sequence[Run], now: datetime) -> str | None:
    """Return a warning if no run has started for unusually long (cron stopped, or a run hangs), else ``None``.

    Unusually long is twice the longest pause between the last runs, and at least a quarter of an hour. With fewer than
    ten runs, or with runs that people start at irregular times, it is unknown when the next one is due.

    Args:
        runs: the last runs, in any order.
        now: the current time, in UTC.
    """
    begun = sorted((run.started_at for run in runs if run.started_at <= now), reverse=True)
    pauses = sorted(after - before for after, before in pairwise(begun))
    if len(pauses) < 9 or pauses[-1] > 4 * pauses[len(pauses) // 2]:
        return None
    waited, longest = now - begun[0], pauses[-1]
    if waited <= max(2 * longest, timedelta(minutes=15)):
        return None
    apart = f"the last {len(begun)} were at most {_format_duration(longest)} apart"
    return f"no run has started since {begun[0]:%Y-%m-%d %H:%M} UTC; {apart}"


def _format_duration(span: timedelta) -> str:
    """Format a length of time roughly: ``12 minutes``, ``6 hours``, ``9 days``."""
    for unit, length in (("days", timedelta(days=1)), ("hours", timedelta(hours=1))):
        if span >= 2 * length:
            return f"{round(span / length)} {unit}"
    return f"{round(span / timedelta(minutes=1))} minutes"
