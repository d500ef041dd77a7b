"""The status of every source: what `cleanwire status` shows."""

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
"""The most severe anomaly; without any, ``never-worked`` if no poll has succeeded yet, ``stumbled`` if the last one
failed, ``new`` if there was none."""
STATES_BY_SEVERITY: Final[tuple[State, ...]] = (
    *("never-worked", "failing", "layout-changed", "silent", "rejected-more", "fewer-found"),
    *("stumbled", "new", "well", "paused"),
)
"""Most severe first."""
UNHEALTHY_STATES: Final = frozenset(STATES_BY_SEVERITY[: STATES_BY_SEVERITY.index("stumbled")])
"""States that need attention. ``stumbled`` is none of them: a single failed poll often succeeds the next time."""

SHOWN_DAYS: Final = 28
WEEK: Final = timedelta(days=7)
MAX_BASELINE_WEEKS: Final = 8
RECENT_RUNS: Final = 30
"""How many of the last runs show how often there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """The status of one source. All times are in UTC."""

    key: str
    name: str | None
    url: str
    state: State
    anomalies: tuple[Anomaly, ...] = ()
    problem: str | None = None
    """Why the last poll failed; ``None`` if it did not."""
    last_look_at: datetime | None = None
    """The last poll; ``None`` if the source was never polled."""
    last_good_at: datetime | None = None
    """The last poll that succeeded."""
    last_article_at: datetime | None = None
    articles_per_day: float | None = None
    """New articles a day in the last seven whole days; ``None`` if the source is known for less than a day."""
    usual_articles_per_day: float | None = None
    """The same as the median of up to eight weeks before; ``None`` without a whole week."""
    days: tuple[int | None, ...] = ()
    """New articles on each of the last 28 days, today last; ``None`` on days without a poll."""
    rejected: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Pages of the last seven days that held no article to store, by outcome, most frequent first."""
    failed: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Pages of the last seven days that could not be fetched or cleaned, by outcome, most frequent first."""
    listings: int = 0
    failing_listings: int = 0
    next_due_at: datetime | None = None
    """When its next listing is due; ``None`` if one is due now, or if the source is paused."""
    articles: int = 0

    @property
    def is_bad(self) -> bool:
        """Whether the source needs attention."""
        return self.state in UNHEALTHY_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOverview:
    """The status of all sources."""

    at: datetime
    sources: tuple[SourceStatus, ...]
    """Sources that need attention first, most severe in front."""
    last_run: Run | None
    overdue: str | None
    """A sentence if runs themselves are missing; ``None`` if they are not."""

    @property
    def is_bad(self) -> bool:
        """Whether anything needs attention: a source, or the crawl itself."""
        return self.overdue is not None or any(source.is_bad for source in self.sources)


def load_overview(corpus: Corpus, listed: Sequence[SourceConfig], now: datetime) -> StatusOverview:
    """Load the status of all sources of a corpus, and of those that are only listed in ``sources.toml``.

    Args:
        corpus: the corpus.
        listed: the sources of the file, including paused ones.
        now: the current time, in UTC.

    Raises:
        CorpusError: the corpus cannot be read.
    """
    runs = corpus.monitoring.list_runs(RECENT_RUNS)
    outcomes = corpus.monitoring.count_outcomes_since(now - WEEK)
    paused = {get_site(source.url): source.paused for source in listed}
    known = [
        build_source_status(
            state,
            corpus.monitoring.list_source_days(state.source.id, now),
            outcomes.get(state.source.id, {}),
            paused.get(state.source.key, False),
            now,
        )
        for state in corpus.monitoring.load_source_states()
    ]
    # A source that was removed, or whose articles came from elsewhere, is not watched: there is nothing to say of it.
    known = [source for source in known if source.last_look_at or source.listings or source.key in paused]
    sources = [*known, *_list_uncrawled_sources(listed, {source.key for source in known})]
    return StatusOverview(
        at=now,
        sources=tuple(sorted(sources, key=lambda source: (STATES_BY_SEVERITY.index(source.state), source.key))),
        last_run=runs[0] if runs else None,
        overdue=detect_missed_runs(runs, now),
    )


def _list_uncrawled_sources(listed: Sequence[SourceConfig], known: Collection[str]) -> Iterable[SourceStatus]:
    """Yield the sources of the file that were never crawled, each site once."""
    sites = {get_site(source.url): source for source in reversed(listed)}
    for key, source in sites.items():
        if key not in known:
            yield SourceStatus(key=key, name=source.name, url=source.url, state="paused" if source.paused else "new")


def build_source_status(
    state: SourceState, days: Sequence[SourceDay], outcomes: Mapping[str, int], is_paused: bool, now: datetime
) -> SourceStatus:
    """Build the status of a source from what the corpus knows of it.

    Args:
        state: its last run and its listings.
        days: its days with a poll, oldest first.
        outcomes: its pages of the last seven days by outcome.
        is_paused: whether the user has paused it.
        now: the current time, in UTC.
    """
    last = state.last
    findings = parse_anomalies(last.drift if last else None)
    recent, usual = compute_publication_rates(days, now)
    ordered = dict(sorted(outcomes.items(), key=lambda entry: (-entry[1], entry[0])))
    return SourceStatus(
        key=state.source.key,
        name=state.source.name,
        url=state.source.url,
        state="paused" if is_paused else _classify_state(state, findings),
        anomalies=findings,
        problem=last.problem if last else None,
        last_look_at=last.at if last else None,
        last_good_at=state.last_good_at,
        last_article_at=state.last_article_at,
        articles_per_day=recent,
        usual_articles_per_day=usual,
        days=count_articles_by_day(days, now),
        rejected={name: number for name, number in ordered.items() if classify_outcome(name) == "rejected"},
        failed={name: number for name, number in ordered.items() if classify_outcome(name) == "failed"},
        listings=state.listings,
        failing_listings=state.failing_listings,
        next_due_at=None if is_paused else state.next_poll_at,
        articles=state.articles,
    )


def _classify_state(state: SourceState, anomalies: Sequence[Anomaly]) -> State:
    if anomalies:
        return min((finding.kind for finding in anomalies), key=STATES_BY_SEVERITY.index)
    if state.last is None:
        return "new" if not state.articles else "well"
    if state.last.problem is None:
        return "well"
    return "stumbled" if state.last_good_at or state.articles else "never-worked"


def compute_publication_rates(days: Sequence[SourceDay], now: datetime) -> tuple[float | None, float | None]:
    """Return new articles a day in the last seven whole days, and the median of the weeks before; see `SourceStatus`.

    The day of the first poll is left out: it brings what has gathered over years.
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
    """Return the new articles on each of the last days, today last; ``None`` for days without a poll."""
    stored = {day.day: day.stored for day in days}
    return tuple(stored.get(now.date() - timedelta(days=back)) for back in range(count - 1, -1, -1))
