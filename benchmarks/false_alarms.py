"""How often a healthy source is called sick, and how soon a sick one is: made-up sources over made-up years.

    python benchmarks/false_alarms.py [--sources 10] [--years 1]

Every kind of source publishes at random with its own rhythm (hours, days of the week, holidays), has its own share of
rejected and failed pages, of lengths and of missing authors, and is looked at by an imagined cron. A year of history
comes before each year that is judged. `tests/crawler/ops/test_anomalies.py` uses the same years.
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
LATELY, USUAL, GOES_STALE, REACH = 40, 200, timedelta(days=28), timedelta(days=400)
"""As `storage.monitoring.load_source_history` has them."""


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How a source publishes, and how it is looked at."""

    a_day: float
    """Articles on an average day."""
    week: tuple[float, ...] = (1.0,) * 7
    """The days of the week, Monday first, against the average."""
    hours: tuple[int, int] = (0, 24)
    """From which hour to which it publishes."""
    every: timedelta | None = None
    """Publishes once in so long, with a day's jitter, instead of at random."""
    holidays: tuple[tuple[int, int, int, float], ...] = ()
    """Month, day, how many days, and the share of articles that is left."""
    look: timedelta = timedelta(hours=1)
    rejected: float = 0.03
    """The share of pages that is rejected; doubled or halved from day to day."""
    failed: float = 0.01
    words: float = 450.0
    spread: float = 0.6
    """Median and spread (of the logarithm) of the articles' lengths."""
    authors: float = 0.8
    in_vain: float = 0.004
    """How often a look fails."""


@dataclass
class Sickness:
    """What goes wrong from a day on."""

    since: datetime
    stops: bool = False
    rejected: float | None = None
    words: float | None = None
    authors: float | None = None
    dates: float = 1.0
    in_vain: bool = False
    share: float = 1.0
    """How many of its articles are still listed."""


WEEKDAYS = (1.2, 1.25, 1.25, 1.2, 1.15, 0.55, 0.4)
BUSINESS = (1.4, 1.4, 1.4, 1.4, 1.4, 0.0, 0.0)
GERMAN_HOLIDAYS = ((12, 24, 3, 0.15), (12, 27, 6, 0.5), (4, 3, 4, 0.3), (5, 1, 1, 0.3), (10, 3, 1, 0.3))
SHUT_AT_CHRISTMAS = ((12, 24, 9, 0.0), (8, 10, 7, 0.3))

KINDS = {
    "agency, 120 a day": Habits(a_day=120, week=WEEKDAYS, look=timedelta(minutes=15), holidays=GERMAN_HOLIDAYS),
    "daily paper, 25 a day, holidays": Habits(a_day=25, week=WEEKDAYS, hours=(5, 23), holidays=GERMAN_HOLIDAYS),
    "business daily, 12 a day, shut at weekends": Habits(
        a_day=12, week=BUSINESS, hours=(7, 19), holidays=SHUT_AT_CHRISTMAS
    ),
    "local site, 3 a day": Habits(
        a_day=3, week=WEEKDAYS, hours=(7, 21), holidays=GERMAN_HOLIDAYS, look=timedelta(hours=3)
    ),
    "3 a day, crawled once a day": Habits(a_day=3, week=WEEKDAYS, hours=(7, 21), look=DAY),
    "1 a day, at random": Habits(a_day=1, look=timedelta(hours=6)),
    "2 a week, at random": Habits(a_day=2 / 7, look=timedelta(hours=12)),
    "weekly": Habits(a_day=1 / 7, every=7 * DAY, look=timedelta(hours=12)),
    "monthly": Habits(a_day=1 / 30, every=30 * DAY, look=DAY),
    "1 in three pages rejected": Habits(a_day=25, week=WEEKDAYS, rejected=0.3, failed=0.05, authors=0.3),
    "short and long pieces mixed": Habits(a_day=15, week=WEEKDAYS, words=300, spread=1.3, authors=0.5),
    "flaky server": Habits(a_day=10, week=WEEKDAYS, failed=0.15, in_vain=0.08),
}


def articles(habits: Habits, rng: random.Random, until: datetime) -> Iterator[datetime]:
    """When a source publishes."""
    if habits.every:
        moment = FIRST + timedelta(days=rng.random())
        while (moment := moment + habits.every) < until:
            yield moment + timedelta(days=rng.uniform(-1, 1))
        return
    first, last = habits.hours
    day = FIRST
    while day < until:
        pace = habits.a_day * habits.week[day.weekday()]
        for month, number, length, left in habits.holidays:
            begins = date(day.year, month, number)
            if begins <= day.date() < begins + length * DAY:
                pace *= left
        for _ in range(poisson(pace * rng.uniform(0.7, 1.3), rng)):
            yield day + timedelta(hours=rng.uniform(first, last))
        day += DAY


def poisson(mean: float, rng: random.Random) -> int:
    number, product, least = 0, rng.random(), exp(-mean)
    while product > least:
        number += 1
        product *= rng.random()
    return number


def looks_at(habits: Habits, rng: random.Random, days: int, sick: Sickness | None = None) -> Iterator[SourceRun]:
    """The looks at a source that did anything."""
    until = FIRST + days * DAY
    coming = sorted(articles(habits, rng, until))
    moment, number, taken = FIRST, 0, 0
    strange = 1.0
    while (moment := moment + habits.look) < until:
        number += 1
        if moment.hour == 0:
            strange = rng.choice((0.5, 1.0, 1.0, 2.0))
        is_sick = sick is not None and moment >= sick.since
        if rng.random() < habits.in_vain or (is_sick and sick and sick.in_vain):
            yield SourceRun(run_id=number, source_id=1, at=moment, requests=1, problem="http-503")
            continue
        new = 0
        while taken < len(coming) and coming[taken] <= moment:
            stopped = is_sick and sick and (sick.stops or rng.random() > sick.share)
            new, taken = new + (not stopped), taken + 1
        yield pages_of(habits, rng, number, moment, new, strange, sick if is_sick else None)


def pages_of(
    habits: Habits, rng: random.Random, number: int, at: datetime, new: int, strange: float, sick: Sickness | None
) -> SourceRun:
    rejected = min(0.9, habits.rejected * strange) if sick is None or sick.rejected is None else sick.rejected
    middle = habits.words if sick is None or sick.words is None else sick.words
    authors = habits.authors if sick is None or sick.authors is None else sick.authors
    outcomes: Counter[str] = Counter()
    words, named, dated = [], 0, 0
    for _ in range(new):
        luck = rng.random()
        if luck < rejected:
            outcomes[rng.choice(("too-short", "too-short", "not-news", "index-page", "paywall-stub"))] += 1
        elif luck < rejected + habits.failed:
            outcomes[rng.choice(("http-404", "timeout"))] += 1
        else:
            outcomes["stored"] += 1
            words.append(round(exp(rng.gauss(log(middle), habits.spread))))
            named += rng.random() < authors
            dated += sick is None or rng.random() < sick.dates
    return SourceRun(
        run_id=number, source_id=1, at=at, found=new, requests=1 + new, outcomes=dict(outcomes), measured=len(words),
        words=round(median(words)) if words else None, titles=len(words), dates=dated, authors=named,
    )  # fmt: skip


class Memory:
    """The corpus' part: what `storage.monitoring.load_source_history` would tell of the looks so far."""

    def __init__(self) -> None:
        self._with_pages: deque[SourceRun] = deque(maxlen=4_000)
        self._days: deque[SourceDay] = deque()
        self._in_vain: list[SourceRun] = []
        self._previous: SourceRun | None = None
        self._good: SourceRun | None = None

    def add(self, look: SourceRun) -> None:
        """Remember a look."""
        self._previous = look
        if look.problem:
            self._in_vain.append(look)
        else:
            self._good, self._in_vain = look, []
        if look.outcomes:
            self._with_pages.appendleft(look)
        day = self._days.pop() if self._days and self._days[-1].day == look.at.date() else None
        self._days.append(day_with(day, look))
        while self._days[0].day < (look.at - REACH).date():
            self._days.popleft()

    def history(self, now: datetime) -> SourceHistory:
        """What the next look is compared with."""
        unremarkable = (look for look in self._with_pages if look.drift is None or look.at < now - GOES_STALE)
        return SourceHistory(
            days=tuple(self._days),
            recent=tuple(islice(self._with_pages, LATELY)),
            baseline=tuple(islice(unremarkable, USUAL)),
            previous=self._previous,
            last_good_at=self._good.at if self._good else None,
            failed=len(self._in_vain),
            failing_since=self._in_vain[0].at if self._in_vain else None,
        )


def day_with(day: SourceDay | None, look: SourceRun) -> SourceDay:
    """A day with one more look."""
    new_at = look.at if look.measured else None
    return SourceDay(
        day=look.at.date(),
        looks=(day.looks if day else 0) + 1,
        found=(day.found if day else 0) + look.found,
        stored=(day.stored if day else 0) + look.measured,
        arrivals=(day.arrivals if day else 0) + (new_at is not None),
        first_new_at=(day.first_new_at if day else None) or new_at,
        last_new_at=new_at or (day.last_new_at if day else None),
    )


def judged(looks: Iterator[SourceRun], since: datetime) -> Iterator[tuple[SourceRun, tuple[Anomaly, ...]]]:
    """What is found in every look since then."""
    memory = Memory()
    for look in looks:
        if look.at >= since:
            found = detect_anomalies(memory.history(look.at), look, look.at)
            look = replace(look, drift=format_anomalies(found))
            yield look, found
        memory.add(look)


def alarms(looks: Iterator[SourceRun], since: datetime) -> Iterator[tuple[SourceRun, Anomaly]]:
    """The findings that begin."""
    before: set[str] = set()
    for look, found in judged(looks, since):
        yield from ((look, finding) for finding in found if finding.kind not in before)
        before = {finding.kind for finding in parse_anomalies(look.drift)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sources", type=int, default=10)
    parser.add_argument("--years", type=int, default=1)
    parser.add_argument("--kind", default="")
    parser.add_argument("--say", action="store_true")
    options = parser.parse_args()
    for name, habits in KINDS.items():
        if options.kind not in name:
            continue
        begun, counts = time.perf_counter(), Counter[str]()
        for seed in range(options.sources):
            days = 365 * (1 + options.years)
            for look, finding in alarms(looks_at(habits, random.Random(seed), days), FIRST + 365 * DAY):
                counts[finding.kind] += 1
                if options.print_safe:
                    print("   ", seed, look.at, finding.kind, finding.sentence)
        years = options.sources * options.years
        rates = ", ".join(f"{kind} {count / years:.2f}" for kind, count in counts.items()) or "none"
        print(
            f"{name}: false alarms a source and year: {rates} ({years} years, {time.perf_counter() - begun:.0f} s)",
            flush=True,
        )


if __name__ == "__main__":
    main()
