"""Compares a run's looks at its sources with their past, and says what has begun and what is over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from crawler.ops.anomalies import Anomaly, detect_anomalies, format_anomalies, parse_anomalies
from storage import Corpus, SourceRun

MAX_SAMPLES: Final = 3
"""Addresses that show a finding: enough to see what they have in common."""
MIN_UNREACHABLE_SOURCES: Final = 3
"""So many sources that are all out of reach at once: it is our own network."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A look at a source beside its past."""

    source_run: SourceRun
    """With what is unlike the past in its ``drift``."""
    anomalies: tuple[Anomaly, ...] = ()
    began: tuple[Anomaly, ...] = ()
    """Those that the look before had not."""
    ended: tuple[Anomaly, ...] = ()
    """What the look before had and this one has not."""


def check_sources(corpus: Corpus, source_runs: Sequence[SourceRun]) -> list[HealthCheck]:
    """Compare the looks of one run, which are not yet in the corpus, with the past of their sources.

    Takes about 20 ms a source that had pages, 5 ms for the others. Raises `CorpusError`.
    """
    is_ours = len(source_runs) >= MIN_UNREACHABLE_SOURCES and all(look.problem for look in source_runs)
    return [_check_source(corpus, look, is_ours) for look in source_runs]


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
    )


def _add_samples(corpus: Corpus, source_run: SourceRun, anomaly: Anomaly) -> Anomaly:
    """A finding with addresses of pages that show it."""
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
