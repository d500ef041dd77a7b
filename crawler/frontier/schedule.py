"""Decides when to poll a listing again and when to revisit an article.

Pure functions: the clock is passed in.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

UNCHANGED_FACTOR: Final = 1.2
CHANGED_FACTOR: Final = 0.5
"""The interval of a listing is multiplied by 1.2 after a poll without new URLs, and by 0.5 after one with new ones. It
settles where one poll in five finds something, so that an article waits for a tenth of the interval on average.
Common Crawl's news crawl uses 1.5 and 0.8, which settles at three in five, and finds an article after half an
interval."""
FAILURE_FACTOR: Final = 2.0
"""The interval is multiplied by this for each failed poll in a row."""
MAX_JITTER_FRACTION: Final = 0.2
"""The largest part of an interval that is subtracted at random; otherwise, sources that were added together would be
due together for ever. Nothing is added, because a run from cron every ten minutes would then find a feed with an
interval of ten minutes due only every other time."""
OLD_ARTICLE_AGE: Final = timedelta(days=30)
"""The age at its first fetch from which an article is old."""
OLD_ARTICLE_SHARE: Final = 0.1
"""Revisits of an old article that come sooner than this share of its age are left out. With the default schedule, one
that is a month old has a single revisit, after a week, and one that is ten weeks old has none."""
MAX_NOT_MODIFIED_IN_A_ROW: Final = 10
"""One poll in this many is unconditional, because some feeds keep their ETag after a change. Media Cloud gave up
conditional requests for this reason."""


@dataclass(frozen=True, slots=True)
class IntervalBounds:
    """The shortest and the longest time between two polls of a listing.

    The defaults are those of Media Cloud: a floor of 10 minutes and a ceiling of 24 hours.
    """

    shortest: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(hours=24)

    def clamp(self, seconds: float) -> int:
        """Return seconds limited to the bounds, as a whole number.

        >>> IntervalBounds().clamp(1.5), IntervalBounds().clamp(1e9)
        (600, 86400)
        """
        return round(min(max(seconds, self.shortest.total_seconds()), self.longest.total_seconds()))


def compute_interval(current: int | None, *, new: int, failures: int, bounds: IntervalBounds) -> int:
    """Return the seconds until the next poll of a listing, before jitter.

    It starts at the shortest interval, adapts to how often there is something new, and grows while polls fail.

    Args:
        current: the interval so far, in seconds; ``None`` before the first poll.
        new: new URLs that the poll has found.
        failures: failed polls in a row, including this one; 0 after a success.
        bounds: the limits that the source's settings set.

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
        # The caller does not save this interval, so the first success continues with the one from before the failures.
        # The exponent is limited because 2.0 ** 1024 raises OverflowError.
        return bounds.clamp(current * FAILURE_FACTOR ** min(failures, 20))
    return bounds.clamp(current * (CHANGED_FACTOR if new else UNCHANGED_FACTOR))


def compute_next_poll(now: datetime, interval: int, chance: float | None = None) -> datetime:
    """Return when a listing is due after a poll at ``now``.

    Args:
        now: when the listing was polled.
        interval: seconds, from :func:`compute_interval`.
        chance: a number from 0.0 to 1.0 that decides the jitter; ``None`` for a random one.

    >>> compute_next_poll(datetime(2024, 1, 1), 600, chance=1.0)
    datetime.datetime(2024, 1, 1, 0, 8)
    """
    chance = random.random() if chance is None else chance  # noqa: S311 - only spreads the load
    return now + timedelta(seconds=interval * (1 - MAX_JITTER_FRACTION * chance))


def compute_search_wait(failures: int) -> timedelta:
    """Return how long a source is left alone whose search for listings has failed so many times in a row.

    The first failure is followed by another search in the next run. A source that is dead for good costs one search a
    day in the end.

    >>> [str(compute_search_wait(failures)) for failures in (1, 2, 4, 50)]
    ['0:00:00', '0:30:00', '2:00:00', '1 day, 0:00:00']
    """
    if failures <= 1:
        return timedelta(0)
    doublings: int = 2 ** min(failures - 2, 20)
    return min(timedelta(minutes=30) * doublings, timedelta(days=1))


def use_conditional_request(validated: int) -> bool:
    """Return whether the next poll of a listing may be a conditional request.

    Args:
        validated: how many conditional requests in a row were answered with "not modified".

    >>> use_conditional_request(0), use_conditional_request(9)
    (True, False)
    """
    return validated < MAX_NOT_MODIFIED_IN_A_ROW - 1


def compute_next_revisit(
    schedule: Sequence[timedelta], first: datetime, now: datetime, published: datetime | None = None
) -> datetime | None:
    """Return when to revisit an article, or ``None`` if all its revisits are done.

    A late revisit also counts for those that it has missed. An article that was old at its first fetch is revisited
    less often: it was not written when the crawl began, and what its editors wanted to change is changed.

    Args:
        schedule: the ages at which an article is revisited, from its first fetch on.
        first: when the article was first fetched.
        now: the current time.
        published: when the article was published; ``None`` if unknown, which counts as new.

    >>> hours = [timedelta(hours=1), timedelta(hours=6)]
    >>> compute_next_revisit(hours, datetime(2024, 1, 1, 12), datetime(2024, 1, 1, 12))
    datetime.datetime(2024, 1, 1, 13, 0)
    >>> compute_next_revisit(hours, datetime(2024, 1, 1, 12), datetime(2024, 1, 2, 12))
    """
    age = first - published if published is not None else timedelta(0)
    soonest = age * OLD_ARTICLE_SHARE if age > OLD_ARTICLE_AGE else timedelta(0)
    return next((first + after for after in sorted(schedule) if first + after > now and after >= soonest), None)
