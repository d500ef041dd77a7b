"""The report of one run, from the corpus: what `cleanwire report` shows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from crawler.ops.anomalies import Anomaly, parse_anomalies
from crawler.ops.source_status import compute_publication_rates, count_articles_by_day
from crawler.outcomes import classify_outcome
from storage import Corpus, Run, Source, SourceRun

MAX_RUNS_BEFORE: Final = 40
"""How many earlier runs a run is compared with."""
TOTAL_COUNTS: Final = ("found", "fetched", "stored", "updated", "unchanged", "duplicates", "rejected", "failed")
"""The counts that every run has; every other key of its summary is an outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRunReport:
    """What a run has done on one source."""

    source: Source
    source_run: SourceRun
    anomalies: tuple[Anomaly, ...] = ()
    mean_response_seconds: float | None = None
    """Seconds from the request of a page to its last byte; ``None`` if no page was requested."""
    days: tuple[int | None, ...] = ()
    """New articles on the 28 days up to the run."""
    usual_articles_per_day: float | None = None
    """New articles a day in the median of the weeks before."""

    @property
    def pages(self) -> int:
        """Pages whose outcome is known."""
        return sum(self.source_run.outcomes.values())

    def count_pages(self, family: str) -> int:
        """Count the pages of the source by the family of their outcome, see `crawler.outcomes.OutcomeFamily`."""
        return sum(
            number for outcome, number in self.source_run.outcomes.items() if classify_outcome(outcome) == family
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """The report of a run."""

    run: Run
    sources: tuple[SourceRunReport, ...]
    """The sources that it sent requests to: those with anomalies and problems first, then by new articles."""
    before: tuple[Run, ...]
    """The runs before it, oldest first."""
    outcomes: Mapping[str, int] = field(hash=False)
    """Pages by outcome, most frequent first."""

    @property
    def requests(self) -> int:
        """All requests to the sources' hosts."""
        return sum(source.source_run.requests for source in self.sources)

    @property
    def is_bad(self) -> bool:
        """Whether any source has a problem or an anomaly."""
        return any(source.source_run.problem or source.anomalies for source in self.sources)

    @property
    def slowest(self) -> tuple[SourceRunReport, ...]:
        """The five sources whose pages took longest to arrive, slowest first."""
        timed = [source for source in self.sources if source.mean_response_seconds is not None]
        return tuple(sorted(timed, key=lambda source: -(source.mean_response_seconds or 0))[:5])


def load_report(corpus: Corpus, run: Run) -> RunReport:
    """Load the report of a run.

    Raises:
        CorpusError: the corpus cannot be read.
    """
    sources = {source.id: source for source in corpus.sources()}
    response_times = corpus.monitoring.load_response_times(run.id)
    until = run.finished_at or run.started_at
    saved = corpus.monitoring.list_source_runs(run_id=run.id)
    if not saved and not run.summary:  # it was killed, or is still running
        saved = corpus.monitoring.count_fetches(run)
        run = replace(run, summary=_count_totals(saved))
    source_runs = [
        _load_source(corpus, sources[each.source_id], each, response_times.get(each.source_id), until) for each in saved
    ]
    outcomes: Counter[str] = Counter()
    for each in source_runs:
        outcomes.update(each.source_run.outcomes)
    return RunReport(
        run=run,
        sources=tuple(sorted(source_runs, key=_rank_source)),
        before=tuple(corpus.monitoring.list_runs_before(run.id, MAX_RUNS_BEFORE)),
        outcomes=dict(sorted(outcomes.items(), key=lambda entry: (-entry[1], entry[0]))),
    )


def _count_totals(source_runs: Iterable[SourceRun]) -> dict[str, int]:
    """Return the summary of a run that has saved none, in the form of `crawler.stats.RunSummary.to_counts`."""
    families: Counter[str] = Counter()
    found = 0
    for each in source_runs:
        found += each.found
        for outcome, number in each.outcomes.items():
            families[classify_outcome(outcome)] += number
    names = {"duplicates": "duplicate"}
    totals = {"found": found, "fetched": families.total()}
    return totals | {name: families[names.get(name, name)] for name in TOTAL_COUNTS if name not in totals}


def _load_source(
    corpus: Corpus, source: Source, source_run: SourceRun, response_time: tuple[int, int] | None, until: datetime
) -> SourceRunReport:
    days = [
        day
        for day in corpus.monitoring.list_source_days(source.id, until + timedelta(days=1))
        if day.day <= until.date()
    ]
    pages, milliseconds = response_time or (0, 0)
    return SourceRunReport(
        source=source,
        source_run=source_run,
        anomalies=parse_anomalies(source_run.drift),
        mean_response_seconds=milliseconds / pages / 1000 if pages else None,
        days=count_articles_by_day(days, until),
        usual_articles_per_day=compute_publication_rates(days, until)[1],
    )


def _rank_source(source: SourceRunReport) -> tuple[Any, ...]:
    return (
        not source.anomalies,
        source.source_run.problem is None,
        -source.source_run.outcomes.get("stored", 0),
        -source.pages,
        source.source.key,
    )
