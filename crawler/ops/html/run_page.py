"""The HTML page of ``cleanwire report``: what a run has done, compared with previous runs."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from crawler.ops.formatting import format_rate
from crawler.ops.html.charts import Bar, build_bar_chart, build_share_bar
from crawler.ops.html.layout import (
    build_anomaly_list,
    build_badge,
    build_days_chart,
    build_figures,
    build_legend,
    build_link,
    build_page,
    build_table,
    escape_text,
    format_counts,
    format_time,
)
from crawler.ops.run_report import TOTAL_COUNTS, RunReport, SourceRunReport
from crawler.outcomes import classify_outcome
from storage import Run

FAMILY_LABELS: Final[Mapping[str, str]] = {
    "stored": "stored",
    "updated": "updated",
    "same": "unchanged or duplicate",
    "rejected": "rejected",
    "failed": "failed",
}
"""CSS classes of the bars' parts, from the bottom up, with their labels."""


def build_run_page(report: RunReport) -> str:
    """Build the page as HTML."""
    return build_page(f"Run {report.run.id}", _build_body(report), report.run.finished_at or report.run.started_at)


def _build_body(report: RunReport) -> Iterator[str]:
    run = report.run
    kind = "odd" if report.is_bad or run.outcome in ("stopped", "interrupted") else "good"
    outcome = build_badge(run.outcome or "running", "bad" if run.outcome == "failed" else kind)
    yield f"<header><h1>Run {run.id}</h1><p>{outcome} "
    ended = format_time(run.finished_at) if run.finished_at else "not yet"
    yield f"began {format_time(run.started_at)}, ended {ended}.</p>"
    yield f"{_format_arguments(run)}</header>"
    yield build_figures(_list_figures(report))
    if report.outcomes:
        yield "<h2>Outcomes of the pages</h2>"
        yield build_share_bar(
            report.outcomes, {name: _get_css_class(name) for name in report.outcomes}, format_counts(report.outcomes)
        )
        items = (
            f'<li><i class="{_get_css_class(name)}"></i>{escape_text(name)} <b>{number:,}</b></li>'
            for name, number in report.outcomes.items()
        )
        yield f'<ul class="legend">{"".join(items)}</ul>'
    concerning = [source for source in report.sources if source.anomalies or source.source_run.problem]
    if concerning:
        yield "<h2>Problems</h2>"
        yield from map(_build_problem_card, concerning)
    if report.before:
        yield from _build_run_charts((*report.before, run))
    if report.sources:
        yield "<h2>Sources</h2>"
        yield build_table(_COLUMN_TITLES, map(_build_row, report.sources), range(1, 10), "Sources of the run")
        yield from _describe_slowest(report)
        yield "<h2>New articles a day</h2>"
        yield "<p class=note>The 28 days up to the run, each source at its own scale; dashed line: the usual rate.</p>"
        until = run.finished_at or run.started_at
        yield f'<div class="grid">{"".join(_build_source_card(source, until) for source in report.sources)}</div>'


def _format_arguments(run: Run) -> str:
    if not run.arguments:
        return ""
    if len(run.arguments) <= 200:
        return f"<p class=asked>{escape_text(run.arguments)}</p>"
    summary = escape_text(run.arguments[:120])
    return f"<details class=asked><summary>{summary} …</summary>{escape_text(run.arguments)}</details>"


def _list_figures(report: RunReport) -> Iterator[tuple[str, str]]:
    yield "took", _format_duration(report.run.seconds)
    yield "sources", f"{len(report.sources):,}"
    yield "requests", f"{report.requests:,}"
    for name in TOTAL_COUNTS:
        if name in report.run.summary:
            yield name, f"{report.run.summary[name]:,}"


def _format_duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _get_css_class(outcome: str) -> str:
    family = classify_outcome(outcome)
    return "same" if family in ("unchanged", "duplicate") else family


def _build_problem_card(source: SourceRunReport) -> str:
    return (
        f'<section class="card matter"><h3>{escape_text(source.source.name or source.source.key)}</h3>'
        f"{build_anomaly_list(source.anomalies, source.source_run.problem)}</section>"
    )


def _build_run_charts(runs: tuple[Run, ...]) -> Iterator[str]:
    """Yield the charts of the last runs: their pages by outcome, and their duration."""
    yield "<h2>Compared with previous runs</h2>"
    yield build_legend(FAMILY_LABELS)
    pages = [
        Bar(_format_run_label(run, format_counts(_count_families(run))), tuple(_count_families(run).items()))
        for run in runs
    ]
    yield '<div class="pair">'
    yield _build_figure(
        "Pages",
        build_bar_chart(pages, width=560, height=150, description=f"Pages of the last {len(runs)} runs by outcome"),
    )
    times = [
        Bar(
            _format_run_label(run, _format_duration(_get_minutes(run) * 60)),
            (("updated", _get_minutes(run)),) if run.finished_at else (),
        )
        for run in runs
    ]
    yield _build_figure(
        "Minutes",
        build_bar_chart(times, width=560, height=150, description=f"Minutes that the last {len(runs)} runs took"),
    )
    yield "</div>"


def _build_figure(caption: str, chart: str) -> str:
    return f'<figure class="card wide"><figcaption><b>{escape_text(caption)}</b></figcaption>{chart}</figure>'


def _format_run_label(run: Run, description: str) -> str:
    return f"run {run.id}, {run.started_at:%Y-%m-%d %H:%M}: {description} ({run.outcome or 'running'})"


def _count_families(run: Run) -> dict[str, int]:
    counts = run.summary
    return {
        "stored": counts.get("stored", 0),
        "updated": counts.get("updated", 0),
        "same": counts.get("unchanged", 0) + counts.get("duplicates", 0),
        "rejected": counts.get("rejected", 0),
        "failed": counts.get("failed", 0),
    }


def _get_minutes(run: Run) -> float:
    return (run.seconds or 0.0) / 60


_COLUMN_TITLES = (
    *("source", "found", "requests", "stored", "updated", "rejected", "failed"),
    *("words", "s a page", "usual a day", "with title · date · author", "reasons"),
)


def _build_row(source: SourceRunReport) -> tuple[str, ...]:
    look = source.source_run
    marks = "".join(build_badge(finding.kind, "bad") for finding in source.anomalies) or (
        build_badge("problem", "odd") if look.problem else ""
    )
    reasons = {
        name: number for name, number in look.outcomes.items() if classify_outcome(name) in ("rejected", "failed")
    }
    having = f"{look.titles} · {look.dates} · {look.authors} of {look.measured}" if look.measured else "–"
    return (
        f"{build_link(source.source.url)} {marks}",
        f"{look.found:,}",
        f"{look.requests:,}",
        f"{look.outcomes.get('stored', 0):,}",
        f"{look.outcomes.get('updated', 0):,}",
        f"{source.count_pages('rejected'):,}",
        f"{source.count_pages('failed'):,}",
        f"{look.words:,}" if look.words else "–",
        f"{source.mean_response_seconds:.1f}" if source.mean_response_seconds is not None else "–",
        format_rate(source.usual_articles_per_day),
        having,
        format_counts(dict(sorted(reasons.items(), key=lambda entry: -entry[1]))),
    )


def _describe_slowest(report: RunReport) -> Iterator[str]:
    slowest = [source for source in report.slowest if (source.mean_response_seconds or 0) >= 1]
    if slowest:
        named = ", ".join(
            f"{escape_text(one.source.key)} ({one.mean_response_seconds:.1f} s a page)" for one in slowest
        )
        yield f"<p class=note>The slowest to answer: {named}.</p>"


def _build_source_card(source: SourceRunReport, until: datetime) -> str:
    return (
        f'<figure class="card"><figcaption><b>{escape_text(source.source.name or source.source.key)}</b>'
        f"<small>{source.source_run.outcomes.get('stored', 0)} in this run · "
        f"usual {format_rate(source.usual_articles_per_day)} a day</small>"
        f"</figcaption>{build_days_chart(source.days, until, source.usual_articles_per_day)}</figure>"
    )
