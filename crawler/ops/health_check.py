"""Compares the sources of a run with their past, and finds which anomalies have begun and which have ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from crawler.ops.anomalies import Anomaly, detect_anomalies, format_anomalies, parse_anomalies
from storage import Corpus, SourceRun

MAX_SAMPLES: Final = 3
"""URLs that illustrate an anomaly: enough to see what they have in common."""
MIN_UNREACHABLE_SOURCES: Final = 3
"""If at least this many sources are all unreachable in a run, the crawl's own network is down, not the sources."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A source's part of a run, compared with its past."""

    source_run: SourceRun
    """The source's run, with the anomalies in its ``drift``."""
    anomalies: tuple[Anomaly, ...] = ()
    began: tuple[Anomaly, ...] = ()
    """Anomalies that the run before did not have."""
    ended: tuple[Anomaly, ...] = ()
    """Anomalies that the run before had and this one does not."""
    problem_before: str | None = None
    """The problem of the source's run before; ``None`` if it had none."""


def check_sources(corpus: Corpus, source_runs: Sequence[SourceRun]) -> list[HealthCheck]:
    """Compare the sources of a run, which is not yet in the corpus, with their past.

    Takes about 20 ms for a source that had pages, 5 ms for the others.

    Raises:
        CorpusError: the corpus cannot be read.
    """
    is_own_network = len(source_runs) >= MIN_UNREACHABLE_SOURCES and all(each.problem for each in source_runs)
    return [_check_source(corpus, each, is_own_network) for each in source_runs]


def describe_changes(label: str, checkup: HealthCheck) -> tuple[str, ...]:
    """Describe what has begun or ended at a source since its run before, in sentences that begin with its label.

    A problem that lasts is described once, when it begins, and when it is over; that is all that a quiet run prints.
    """
    problem, before = checkup.source_run.problem, checkup.problem_before
    sentences = [f"{label}: {problem}"] if problem and not before else []
    sentences += [f"{label}: it works again"] if before and not problem else []
    sentences += ["\n  ".join((f"{label}: {each.sentence}", *each.samples)) for each in checkup.began]
    sentences += [f"{label}: no longer {each.kind}" for each in checkup.ended]
    return tuple(sentences)


def _check_source(corpus: Corpus, source_run: SourceRun, is_own_network: bool) -> HealthCheck:
    history = corpus.monitoring.load_source_history(source_run)
    before = parse_anomalies(history.previous.drift if history.previous else None)
    kinds_before = {finding.kind for finding in before}
    findings = tuple(
        _add_samples(corpus, source_run, finding)
        for finding in detect_anomalies(history, source_run, source_run.at)
        if not is_own_network or finding.kind in kinds_before
    )
    kinds = {finding.kind for finding in findings}
    return HealthCheck(
        source_run=replace(source_run, drift=format_anomalies(findings)),
        anomalies=findings,
        began=tuple(finding for finding in findings if finding.kind not in kinds_before),
        ended=tuple(finding for finding in before if finding.kind not in kinds),
        problem_before=history.previous.problem if history.previous else None,
    )


def _add_samples(corpus: Corpus, source_run: SourceRun, anomaly: Anomaly) -> Anomaly:
    """Add URLs of pages that show the anomaly."""
    if not anomaly.runs:
        return anomaly
    if anomaly.deficiency == "length":
        samples = corpus.monitoring.find_shortest_articles(source_run.source_id, anomaly.runs, MAX_SAMPLES)
    elif anomaly.deficiency:
        samples = corpus.monitoring.find_articles_missing(
            source_run.source_id, anomaly.runs, anomaly.deficiency, MAX_SAMPLES
        )
    else:
        samples = corpus.monitoring.find_pages_by_outcome(
            source_run.source_id, anomaly.runs, anomaly.outcomes, MAX_SAMPLES
        )
    return replace(anomaly, samples=tuple(samples))
