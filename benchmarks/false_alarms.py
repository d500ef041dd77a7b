"""Measure how often a healthy source raises an alarm, and how soon a broken one does, on simulated years.

    python benchmarks/false_alarms.py [--sources 10] [--years 1]

Each kind of source publishes at random, with its own rhythm (hours, days of the week, holidays), its own share of
rejected and failed pages, and its own lengths and bylines, and is polled by a simulated cron. A year of history
precedes each year that is judged. `tests/crawler/ops/test_anomalies.py` uses the same years.
"""

import argparse
import random
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from math import exp, log
from statistics import median

from crawler.ops.anomalies import Anomaly, detect_anomalies, format_anomalies, parse_anomalies
from storage import SourceDay, SourceHistory, SourceRun

FIRST = datetime(2025, 1, 6, tzinfo=UTC)
"""A Monday."""
DAY = timedelta(days=1)
RECENT_POLLS, BASELINE_POLLS, DRIFT_EXPIRES_AFTER, HISTORY_LENGTH = 40, 200, timedelta(days=28), timedelta(days=400)
"""The same values as in `storage.monitoring.load_source_history`."""


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How a source publishes, and how often it is polled."""

    a_day: float
    """Articles on an average day."""
    week: tuple[float, ...] = (1.0,) * 7
    """Factors for the days of the week, Monday first."""
    hours: tuple[int, int] = (0, 24)
    """First and last hour in which it publishes."""
    every: timedelta | None = None
    """If set, it publishes once in this interval, with a day of jitter, instead of at random."""
    holidays: tuple[tuple[int, int, int, float], ...] = ()
    """Month, day, number of days, and the share of articles that is left."""
    poll_interval: timedelta = timedelta(hours=1)
    rejected: float = 0.03
    """Share of pages that are rejected; it is halved or doubled from day to day."""
    failed: float = 0.01
    """Share of pages that cannot be fetched."""
    words: float = 450.0
    spread: float = 0.6
    """Spread (of the logarithm) of the articles' lengths; `words` is their median."""
    authors: float = 0.8
    """Share of articles with a byline."""
    poll_failures: float = 0.004
    """Share of polls that fail."""


@dataclass
class Sickness:
    """What goes wrong with a source from a day on; fields that are None do not change."""

    since: datetime
    stops: bool = False
    rejected: float | None = None
    words: float | None = None
    authors: float | None = None
    dates: float = 1.0
    """Share of its articles that still have a date."""
    fails: bool = False
    share: float = 1.0
    """Share of its articles that are still listed."""


WEEKDAYS = (1.2, 1.25, 1.25, 1.2, 1.15, 0.55, 0.4)
BUSINESS = (1.4, 1.4, 1.4, 1.4, 1.4, 0.0, 0.0)
GERMAN_HOLIDAYS = ((12, 24, 3, 0.15), (12, 27, 6, 0.5), (4, 3, 4, 0.3), (5, 1, 1, 0.3), (10, 3, 1, 0.3))
CLOSED_AT_CHRISTMAS = ((12, 24, 9, 0.0), (8, 10, 7, 0.3))

KINDS = {
    "agency, 120 a day": Habits(
        a_day=120, week=WEEKDAYS, poll_interval=timedelta(minutes=15), holidays=GERMAN_HOLIDAYS
    ),
    "daily paper, 25 a day, holidays": Habits(a_day=25, week=WEEKDAYS, hours=(5, 23), holidays=GERMAN_HOLIDAYS),
    "business daily, 12 a day, closed at weekends": Habits(
        a_day=12, week=BUSINESS, hours=(7, 19), holidays=CLOSED_AT_CHRISTMAS
    ),
    "local site, 3 a day": Habits(
        a_day=3, week=WEEKDAYS, hours=(7, 21), holidays=GERMAN_HOLIDAYS, poll_interval=timedelta(hours=3)
    ),
    "3 a day, crawled once a day": Habits(a_day=3, week=WEEKDAYS, hours=(7, 21), poll_interval=DAY),
    "1 a day, at random": Habits(a_day=1, poll_interval=timedelta(hours=6)),
    "2 a week, at random": Habits(a_day=2 / 7, poll_interval=timedelta(hours=12)),
    "weekly": Habits(a_day=1 / 7, every=7 * DAY, poll_interval=timedelta(hours=12)),
    "monthly": Habits(a_day=1 / 30, every=30 * DAY, poll_interval=DAY),
    "1 in three pages rejected": Habits(a_day=25, week=WEEKDAYS, rejected=0.3, failed=0.05, authors=0.3),
    "short and long pieces mixed": Habits(a_day=15, week=WEEKDAYS, words=300, spread=1.3, authors=0.5),
    "flaky server": Habits(a_day=10, week=WEEKDAYS, failed=0.15, poll_failures=0.08),
}


def generate_articles(habits: Habits, rng: random.Random, until: datetime) -> Iterator[datetime]:
    """Yield the times at which a source publishes."""
    if habits.every:
        moment = FIRST + timedelta(days=rng.random())
        while (moment := moment + habits.every) < until:
            yield moment + timedelta(days=rng.uniform(-1, 1))
        return
    first, last = habits.hours
    day = FIRST
    while day < until:
        rate = habits.a_day * habits.week[day.weekday()]
        for month, number, length, share_left in habits.holidays:
            first_day = date(day.year, month, number)
            if first_day <= day.date() < first_day + length * DAY:
                rate *= share_left
        for _ in range(sample_poisson(rate * rng.uniform(0.7, 1.3), rng)):
            yield day + timedelta(hours=rng.uniform(first, last))
        day += DAY


def sample_poisson(mean: float, rng: random.Random) -> int:
    """Return a random number with a Poisson distribution (Knuth's algorithm)."""
    number, product, threshold = 0, rng.random(), exp(-mean)
    while product > threshold:
        number += 1
        product *= rng.random()
    return number


def generate_polls(habits: Habits, rng: random.Random, days: int, sick: Sickness | None = None) -> Iterator[SourceRun]:
    """Yield the polls of a source, with what each one found.

    Args:
        habits: how the source publishes.
        rng: the source of randomness; the same seed yields the same polls.
        days: how many days, from :data:`FIRST`.
        sick: what goes wrong, or None for a healthy source.
    """
    until = FIRST + days * DAY
    publications = sorted(generate_articles(habits, rng, until))
    moment, number, taken = FIRST, 0, 0
    rejection_factor = 1.0
    while (moment := moment + habits.poll_interval) < until:
        number += 1
        if moment.hour == 0:
            rejection_factor = rng.choice((0.5, 1.0, 1.0, 2.0))
        is_sick = sick is not None and moment >= sick.since
        if rng.random() < habits.poll_failures or (is_sick and sick and sick.fails):
            yield SourceRun(run_id=number, source_id=1, at=moment, requests=1, problem="http-503")
            continue
        new = 0
        while taken < len(publications) and publications[taken] <= moment:
            is_hidden = is_sick and sick and (sick.stops or rng.random() > sick.share)
            new, taken = new + (not is_hidden), taken + 1
        yield build_poll(habits, rng, number, moment, new, rejection_factor, sick if is_sick else None)


def build_poll(
    habits: Habits,
    rng: random.Random,
    number: int,
    at: datetime,
    new: int,
    rejection_factor: float,
    sick: Sickness | None,
) -> SourceRun:
    """Build the result of a poll: outcomes, lengths and bylines of its new pages."""
    rejected = min(0.9, habits.rejected * rejection_factor) if sick is None or sick.rejected is None else sick.rejected
    median_words = habits.words if sick is None or sick.words is None else sick.words
    authors = habits.authors if sick is None or sick.authors is None else sick.authors
    outcomes: Counter[str] = Counter()
    words, named, dated = [], 0, 0
    for _ in range(new):
        draw = rng.random()
        if draw < rejected:
            outcomes[rng.choice(("too-short", "too-short", "not-news", "index-page", "paywall-stub"))] += 1
        elif draw < rejected + habits.failed:
            outcomes[rng.choice(("http-404", "timeout"))] += 1
        else:
            outcomes["stored"] += 1
            words.append(round(exp(rng.gauss(log(median_words), habits.spread))))
            named += rng.random() < authors
            dated += sick is None or rng.random() < sick.dates
    return SourceRun(
        run_id=number, source_id=1, at=at, found=new, requests=1 + new, outcomes=dict(outcomes), measured=len(words),
        words=round(median(words)) if words else None, titles=len(words), dates=dated, authors=named,
    )  # fmt: skip


class SimulatedHistory:
    """What `storage.monitoring.load_source_history` would return for the polls so far."""

    def __init__(self) -> None:
        self._with_pages: deque[SourceRun] = deque(maxlen=4_000)
        self._days: deque[SourceDay] = deque()
        self._failures: list[SourceRun] = []
        self._previous: SourceRun | None = None
        self._last_good: SourceRun | None = None

    def add(self, poll: SourceRun) -> None:
        """Add a poll."""
        self._previous = poll
        if poll.problem:
            self._failures.append(poll)
        else:
            self._last_good, self._failures = poll, []
        if poll.outcomes:
            self._with_pages.appendleft(poll)
        day = self._days.pop() if self._days and self._days[-1].day == poll.at.date() else None
        self._days.append(add_to_day(day, poll))
        while self._days[0].day < (poll.at - HISTORY_LENGTH).date():
            self._days.popleft()

    def build(self, now: datetime) -> SourceHistory:
        """Build the history with which the next poll is compared."""
        normal = (poll for poll in self._with_pages if poll.drift is None or poll.at < now - DRIFT_EXPIRES_AFTER)
        return SourceHistory(
            days=tuple(self._days),
            recent=tuple(islice(self._with_pages, RECENT_POLLS)),
            baseline=tuple(islice(normal, BASELINE_POLLS)),
            previous=self._previous,
            last_good_at=self._last_good.at if self._last_good else None,
            failed=len(self._failures),
            failing_since=self._failures[0].at if self._failures else None,
        )


def add_to_day(day: SourceDay | None, poll: SourceRun) -> SourceDay:
    """Return a day with one more poll."""
    new_at = poll.at if poll.measured else None
    return SourceDay(
        day=poll.at.date(),
        looks=(day.looks if day else 0) + 1,
        found=(day.found if day else 0) + poll.found,
        stored=(day.stored if day else 0) + poll.measured,
        arrivals=(day.arrivals if day else 0) + (new_at is not None),
        first_new_at=(day.first_new_at if day else None) or new_at,
        last_new_at=new_at or (day.last_new_at if day else None),
    )


def judge_polls(polls: Iterator[SourceRun], since: datetime) -> Iterator[tuple[SourceRun, tuple[Anomaly, ...]]]:
    """Yield each poll since a time, with the anomalies that are detected in it."""
    history = SimulatedHistory()
    for poll in polls:
        if poll.at >= since:
            found = detect_anomalies(history.build(poll.at), poll, poll.at)
            poll = replace(poll, drift=format_anomalies(found))
            yield poll, found
        history.add(poll)


def find_alarms(polls: Iterator[SourceRun], since: datetime) -> Iterator[tuple[SourceRun, Anomaly]]:
    """Yield the anomalies that begin: those that the poll before did not have."""
    before: set[str] = set()
    for poll, found in judge_polls(polls, since):
        yield from ((poll, finding) for finding in found if finding.kind not in before)
        before = {finding.kind for finding in parse_anomalies(poll.drift)}


def main() -> None:
    """Print the false alarms per source and year for each kind of source."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sources", type=int, default=10, help="sources of each kind (default: 10)")
    parser.add_argument("--years", type=int, default=1, help="years that are judged (default: 1)")
    parser.add_argument("--kind", default="", help="only kinds whose name contains this text")
    parser.add_argument("--verbose", action="store_true", help="print each alarm")
    options = parser.parse_args()
    for name, habits in KINDS.items():
        if options.kind not in name:
            continue
        started, counts = time.perf_counter(), Counter[str]()
        for seed in range(options.sources):
            days = 365 * (1 + options.years)
            for poll, finding in find_alarms(generate_polls(habits, random.Random(seed), days), FIRST + 365 * DAY):
                counts[finding.kind] += 1
                if options.verbose:
                    print("   ", seed, poll.at, finding.kind, finding.sentence)
        years = options.sources * options.years
        rates = ", ".join(f"{kind} {count / years:.2f}" for kind, count in counts.items()) or "none"
        print(
            f"{name}: false alarms per source and year: {rates} ({years} years, {time.perf_counter() - started:.0f} s)",
            flush=True,
        )


if __name__ == "__main__":
    main()
