"""When to look again: at a page that lists articles, and at an article. Values in, values out; the clock is given."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

UNCHANGED_FACTOR: Final = 1.2
CHANGED_FACTOR: Final = 0.5
"""How the time between two looks grows where nothing was new, and shrinks where something was. It settles where one
look in five finds something, so that an article waits for a tenth of the time between two. (Common Crawl's news crawl
has 1.5 and 0.8, settles at three in five, and finds an article after half of that time.)"""
FAILURE_FACTOR: Final = 2.0
MAX_JITTER_FRACTION: Final = 0.2
"""The part of an interval that chance takes off, at most: sources added together would come due together for ever. It
is never added, or a run from cron every ten minutes would find a feed of ten minutes due every other time."""
MAX_NOT_MODIFIED_IN_A_ROW: Final = 10
"""After so many answers of "not modified" in a row a body is fetched anyway: some feeds keep their ETag after changing
(Media Cloud gave up asking conditionally for that)."""


@dataclass(frozen=True, slots=True)
class IntervalBounds:
    """The least and the longest time between two looks at a listing."""

    shortest: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(hours=24)

    def clamp(self, seconds: float) -> int:
        """Seconds within the bounds."""
        return round(min(max(seconds, self.shortest.total_seconds()), self.longest.total_seconds()))


def compute_interval(current: int | None, *, new: int, failures: int, bounds: IntervalBounds) -> int:
    """Seconds until the next look at a listing, before jitter.

    It begins at the lower bound, follows how often there is something new, and backs off while looks fail.

    >>> bounds = IntervalBounds()
    >>> compute_interval(None, new=3, failures=0, bounds=bounds)
    600
    >>> compute_interval(600, new=0, failures=0, bounds=bounds)
    720
    >>> compute_interval(7200, new=1, failures=0, bounds=bounds)
    3600
    >>> compute_interval(600, new=0, failures=3, bounds=bounds)
    4800
    """
    if current is None:
        current = bounds.clamp(0)
        return current if new else bounds.clamp(current * (FAILURE_FACTOR**failures if failures else 1))
    if failures:
        # From what it was before the first failure: the interval itself stays, so that a good look finds it again.
        return bounds.clamp(current * FAILURE_FACTOR ** min(failures, 20))
    return bounds.clamp(current * (CHANGED_FACTOR if new else UNCHANGED_FACTOR))


def compute_next_poll(now: datetime, interval: int, chance: float | None = None) -> datetime:
    """When a listing is due after a look at ``now``; ``chance`` from 0.0 to 1.0 is drawn where it is not given.

    >>> compute_next_poll(datetime(2024, 1, 1), 600, chance=1.0)
    datetime.datetime(2024, 1, 1, 0, 8)
    """
    chance = random.random() if chance is None else chance  # noqa: S311 - to spread load, nothing secret
    return now + timedelta(seconds=interval * (1 - MAX_JITTER_FRACTION * chance))


def use_conditional_request(validated: int) -> bool:
    """Whether a listing that was "not modified" so many times in a row may be asked so once more."""
    return validated < MAX_NOT_MODIFIED_IN_A_ROW - 1


def compute_next_revisit(schedule: Sequence[timedelta], first: datetime, now: datetime) -> datetime | None:
    """When to look at an article again that was first fetched at ``first``; ``None`` when all looks are done.

    A look that comes late counts for those it missed.

    >>> hours = [timedelta(hours=1), timedelta(hours=6)]
    >>> compute_next_revisit(hours, datetime(2024, 1, 1, 12), datetime(2024, 1, 1, 12))
    datetime.datetime(2024, 1, 1, 13, 0)
    >>> compute_next_revisit(hours, datetime(2024, 1, 1, 12), datetime(2024, 1, 2, 12))
    """
    return next((first + after for after in sorted(schedule) if first + after > now), None)
