"""Tells from the runs that there were whether one is missing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from storage import Run


def detect_missed_runs(runs: Sequence[Run], now: datetime) -> str | None:
    """That no run has begun for long, as a sentence: cron may have stopped, or a run may hang.

    Told from the runs' own rhythm: twice the longest pause between the last ones, a quarter of an hour at least. Where
    there were fewer than ten of them, or people start them at odd times, nothing is known of when the next is due.
    """
    begun = sorted((run.started_at for run in runs if run.started_at <= now), reverse=True)
    pauses = sorted(after - before for after, before in pairwise(begun))
    if len(pauses) < 9 or pauses[-1] > 4 * pauses[len(pauses) // 2]:
        return None
    waited, longest = now - begun[0], pauses[-1]
    if waited <= max(2 * longest, timedelta(minutes=15)):
        return None
    apart = f"the last {len(begun)} were at most {_format_duration(longest)} apart"
    return f"no run has begun since {begun[0]:%Y-%m-%d %H:%M} UTC; {apart}"


def _format_duration(span: timedelta) -> str:
    """A length of time, roughly: ``12 minutes``, ``6 hours``, ``9 days``."""
    for unit, length in (("days", timedelta(days=1)), ("hours", timedelta(hours=1))):
        if span >= 2 * length:
            return f"{round(span / length)} {unit}"
    return f"{round(span / timedelta(minutes=1))} minutes"
