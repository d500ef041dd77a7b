"""The account of one run, told from the corpus: what `cleanwire report` tells."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from crawler.ops.anomalies import Finding, findings_in
from crawler.ops.source_status import articles_by_day, pace
from crawler.outcomes import classify_outcome
from storage import Corpus, Run, Source, SourceRun

BEFORE: Final = 40
"""Runs before it that a run is shown beside."""
TOTALS: Final = ("found", "fetched", "stored", "updated", "unchanged", "duplicates", "rejected", "failed")
"""The counts of every run; what else its summary has is an outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInRun:
    """What a run did on one source."""

    source: Source
    look: SourceRun
    findings: tuple[Finding, ...] = ()
    mean_wait: float | None = None
    """Seconds from asking for a page to its last byte; ``None`` where no page was asked for."""
    days: tuple[int | None, ...] = ()
    """New articles on the 28 days up to the run."""
    usual_a_day: float | None = None
    """New articles a day in the median of the weeks before."""

    @property
    def pages(self) -> int:
        """Pages whose outcome is known."""
        return sum(self.look.outcomes.values())

    def count(self, family: str) -> int:
        """Pages of the source whose outcome is of that family."""
        return sum(number for outcome, number in self.look.outcomes.items() if classify_outcome(outcome) == family)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """The account of a run."""

    run: Run
    sources: tuple[SourceInRun, ...]
    """Those that it asked anything of: with problems and findings first, then by new articles."""
    before: tuple[Run, ...]
    """The runs before it, the oldest first."""
    outcomes: Mapping[str, int] = field(hash=False)
    """Pages by outcome, most first."""

    @property
    def requests(self) -> int:
        """All requests to the sources' hosts."""
        return sum(source.look.requests for source in self.sources)

    @property
    def is_bad(self) -> bool:
        """Whether any source has a problem, or is unlike its past."""
        return any(source.look.problem or source.findings for source in self.sources)

    @property
    def slowest(self) -> tuple[SourceInRun, ...]:
        """The sources whose pages took longest to come, the slowest first."""
        asked = [source for source in self.sources if source.mean_wait is not None]
        return tuple(sorted(asked, key=lambda source: -(source.mean_wait or 0))[:5])


def read_report(corpus: Corpus, run: Run) -> RunReport:
    """The account of a run. Raises `CorpusError`."""
    sources = {source.id: source for source in corpus.sources()}
    load_response_times = corpus.monitoring.load_response_times(run.id)
    until = run.finished_at or run.started_at
    looks = [
        _in_run(corpus, sources[look.source_id], look, load_response_times.get(look.source_id), until)
        for look in corpus.monitoring.list_source_runs(run_id=run.id)
    ]
    outcomes: Counter[str] = Counter()
    for look in looks:
        outcomes.update(look.look.outcomes)
    return RunReport(
        run=run,
        sources=tuple(sorted(looks, key=_gravest_first)),
        before=tuple(corpus.monitoring.list_runs_before(run.id, BEFORE)),
        outcomes=dict(sorted(outcomes.items(), key=lambda entry: (-entry[1], entry[0]))),
    )


def _in_run(
    corpus: Corpus, source: Source, look: SourceRun, waited: tuple[int, int] | None, until: datetime
) -> SourceInRun:
    days = [
        day
        for day in corpus.monitoring.list_source_days(source.id, until + timedelta(days=1))
        if day.day <= until.date()
    ]
    pages, milliseconds = waited or (0, 0)
    return SourceInRun(
        source=source,
        look=look,
        findings=findings_in(look.drift),
        mean_wait=milliseconds / pages / 1000 if pages else None,
        days=articles_by_day(days, until),
        usual_a_day=pace(days, until)[1],
    )


def _gravest_first(source: SourceInRun) -> tuple[Any, ...]:
    return (
        not source.findings,
        source.look.problem is None,
        -source.look.outcomes.get("stored", 0),
        -source.pages,
        source.source.key,
    )
