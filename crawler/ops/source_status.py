"""How every source stands: what `cleanwire status` tells."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Final, Literal

from cleaning.urls import get_site
from crawler.config.models import SourceConfig
from crawler.ops.anomalies import Anomaly, AnomalyKind, parse_anomalies
from crawler.ops.missed_runs import detect_missed_runs
from crawler.outcomes import classify_outcome
from storage import Corpus, Run, SourceDay, SourceState

State = Literal[AnomalyKind, "never-worked", "stumbled", "new", "well", "paused"]
"""The gravest of what is found; else ``never-worked`` where no look has succeeded yet, ``stumbled`` where the last one
failed, ``new`` where there was none."""
STATES_BY_SEVERITY: Final[tuple[State, ...]] = (
    *("never-worked", "failing", "layout-changed", "silent", "rejected-more", "fewer-found"),
    *("stumbled", "new", "well", "paused"),
)
"""The gravest first."""
UNHEALTHY_STATES: Final = frozenset(STATES_BY_SEVERITY[: STATES_BY_SEVERITY.index("stumbled")])
"""States that somebody should look into. A single look in vain is none: the next one may do."""

SHOWN_DAYS: Final = 28
WEEK: Final = timedelta(days=7)
MAX_BASELINE_WEEKS: Final = 8
RECENT_RUNS: Final = 30
"""How many runs tell how often there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """How a source stands."""

    key: str
    name: str | None
    url: str
    state: State
    anomalies: tuple[Anomaly, ...] = ()
    problem: str | None = None
    """Why the last look was in vain."""
    last_look_at: datetime | None = None
    """UTC, as all times; ``None`` where it was never looked at."""
    last_good_at: datetime | None = None
    """The last look that was not in vain."""
    last_article_at: datetime | None = None
    articles_per_day: float | None = None
    """New articles a day in the last seven whole days; ``None`` where it is known for less than a day."""
    usual_articles_per_day: float | None = None
    """The same in the median of the weeks before, eight at most; ``None`` where there was no whole one."""
    days: tuple[int | None, ...] = ()
    """New articles on each of the last 28 days, today last; ``None`` on days without a look."""
    rejected: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Pages of the last seven days that held no article, by outcome, most first."""
    failed: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Pages of the last seven days that could not be had, by outcome, most first."""
    listings: int = 0
    failing_listings: int = 0
    next_due_at: datetime | None = None
    """When the first of its listings is due; ``None`` where that is at once, or where it is paused."""
    articles: int = 0

    @property
    def is_bad(self) -> bool:
        """Whether somebody should look into it."""
        return self.state in UNHEALTHY_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOverview:
    """How all sources stand."""

    at: datetime
    sources: tuple[SourceStatus, ...]
    """Those in a bad state first, the gravest in front."""
    last_run: Run | None
    overdue: str | None
    """That the crawl itself stands still, as a sentence; ``None`` where it does not."""

    @property
    def is_bad(self) -> bool:
        """Whether somebody should look into anything."""
        return self.overdue is not None or any(source.is_bad for source in self.sources)


def load_overview(corpus: Corpus, listed: Sequence[SourceConfig], now: datetime) -> StatusOverview:
    """How the sources of a corpus stand, and those that are only listed in a file. Raises `CorpusError`."""
    runs = corpus.monitoring.list_runs(RECENT_RUNS)
    outcomes = corpus.monitoring.count_outcomes_since(now - WEEK)
    paused = {get_site(source.url): source.paused for source in listed}
    known = [
        build_source_status(
            standing,
            corpus.monitoring.list_source_days(standing.source.id, now),
            outcomes.get(standing.source.id, {}),
            paused.get(standing.source.key, False),
            now,
        )
        for standing in corpus.monitoring.load_source_states()
    ]
    sources = [*known, *_list_uncrawled_sources(listed, {source.key for source in known})]
    return StatusOverview(
        at=now,
        sources=tuple(sorted(sources, key=lambda source: (STATES_BY_SEVERITY.index(source.state), source.key))),
        last_run=runs[0] if runs else None,
        overdue=detect_missed_runs(runs, now),
    )


def _list_uncrawled_sources(listed: Sequence[SourceConfig], known: Collection[str]) -> Iterable[SourceStatus]:
    """The sources of a file that were never crawled, each site once."""
    sites = {get_site(source.url): source for source in reversed(listed)}
    for key, source in sites.items():
        if key not in known:
            yield SourceStatus(key=key, name=source.name, url=source.url, state="paused" if source.paused else "new")


def build_source_status(
    standing: SourceState, days: Sequence[SourceDay], outcomes: Mapping[str, int], is_paused: bool, now: datetime
) -> SourceStatus:
    """How a source stands, from what the corpus knows of it."""
    last = standing.last
    findings = parse_anomalies(last.drift if last else None)
    lately, usual = compute_publication_rates(days, now)
    ordered = dict(sorted(outcomes.items(), key=lambda entry: (-entry[1], entry[0])))
    return SourceStatus(
        key=standing.source.key,
        name=standing.source.name,
        url=standing.source.url,
        state="paused" if is_paused else _classify_state(standing, findings),
        anomalies=findings,
        problem=last.problem if last else None,
        last_look_at=last.at if last else None,
        last_good_at=standing.last_good_at,
        last_article_at=standing.last_article_at,
        articles_per_day=lately,
        usual_articles_per_day=usual,
        days=count_articles_by_day(days, now),
        rejected={name: number for name, number in ordered.items() if classify_outcome(name) == "rejected"},
        failed={name: number for name, number in ordered.items() if classify_outcome(name) == "failed"},
        listings=standing.listings,
        failing_listings=standing.failing_listings,
        next_due_at=None if is_paused else standing.next_poll_at,
        articles=standing.articles,
    )


def _classify_state(standing: SourceState, anomalies: Sequence[Anomaly]) -> State:
    if anomalies:
        return min((finding.kind for finding in anomalies), key=STATES_BY_SEVERITY.index)
    if standing.last is None:
        return "new" if not standing.articles else "well"
    if standing.last.problem is None:
        return "well"
    return "stumbled" if standing.last_good_at or standing.articles else "never-worked"


def compute_publication_rates(days: Sequence[SourceDay], now: datetime) -> tuple[float | None, float | None]:
    """New articles a day in the last seven whole days, and in the median of the weeks before; see `SourceStatus`.

    The day of the first look is left out: it brings what has gathered over years.
    """
    if not days:
        return None, None
    weeks = []
    first, today = days[0].day, now.date()
    for back in range(MAX_BASELINE_WEEKS + 1):
        until = today - back * WEEK
        since = max(until - WEEK, first + timedelta(days=1))
        if since >= until or (back and since > until - WEEK):
            break
        stored = sum(day.stored for day in days if since <= day.day < until)
        weeks.append(stored / (until - since).days)
    return (weeks[0] if weeks else None), (median(weeks[1:]) if weeks[1:] else None)


def count_articles_by_day(days: Sequence[SourceDay], now: datetime, count: int = SHOWN_DAYS) -> tuple[int | None, ...]:
    """New articles on each of the last days, today last; ``None`` on days without a look."""
    stored = {day.day: day.stored for day in days}
    return tuple(stored.get(now.date() - timedelta(days=back)) for back in range(count - 1, -1, -1))
