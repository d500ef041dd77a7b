"""The page that shows what a run did."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from crawler.ops.formatting import per_day
from crawler.ops.html.charts import Bar, bar_chart, shares
from crawler.ops.html.layout import (
    badge,
    counted,
    days_chart,
    figures,
    findings,
    legend,
    link,
    moment,
    page,
    table,
    text,
)
from crawler.ops.run_report import TOTALS, RunReport, SourceInRun
from crawler.outcomes import classify_outcome
from storage import Run

FAMILIES: Final[Mapping[str, str]] = {
    "stored": "stored",
    "updated": "updated",
    "same": "unchanged or duplicate",
    "rejected": "rejected",
    "failed": "failed",
}
"""Classes of the charts' parts, from below, and what they mean."""


def run_page(report: RunReport) -> str:
    """The page as HTML."""
    return page(f"Run {report.run.id}", _body(report), report.run.finished_at or report.run.started_at)


def _body(report: RunReport) -> Iterator[str]:
    run = report.run
    kind = "odd" if report.is_bad or run.outcome in ("stopped", "interrupted") else "good"
    outcome = badge(run.outcome or "running", "bad" if run.outcome == "failed" else kind)
    yield f"<header><h1>Run {run.id}</h1><p>{outcome} "
    yield f"began {moment(run.started_at)}, ended {moment(run.finished_at) if run.finished_at else 'not yet'}.</p>"
    yield f"{_asked(run)}</header>"
    yield figures(_figures(report))
    if report.outcomes:
        yield "<h2>What became of the pages</h2>"
        yield shares(report.outcomes, {name: _class(name) for name in report.outcomes}, counted(report.outcomes))
        items = (
            f'<li><i class="{_class(name)}"></i>{text(name)} <b>{number:,}</b></li>'
            for name, number in report.outcomes.items()
        )
        yield f'<ul class="legend">{"".join(items)}</ul>'
    concerning = [source for source in report.sources if source.findings or source.look.problem]
    if concerning:
        yield "<h2>What is the matter</h2>"
        yield from map(_matter, concerning)
    if report.before:
        yield from _runs((*report.before, run))
    if report.sources:
        yield "<h2>Sources</h2>"
        yield table(_HEADS, map(_row, report.sources), range(1, 10), "Sources of the run")
        yield from _slowest(report)
        yield "<h2>New articles a day</h2>"
        yield "<p class=note>The 28 days up to the run, each source at its own scale; dashed: what was usual.</p>"
        until = run.finished_at or run.started_at
        yield f'<div class="grid">{"".join(_small(source, until) for source in report.sources)}</div>'


def _asked(run: Run) -> str:
    if not run.arguments:
        return ""
    if len(run.arguments) <= 200:
        return f"<p class=asked>{text(run.arguments)}</p>"
    return f"<details class=asked><summary>{text(run.arguments[:120])} …</summary>{text(run.arguments)}</details>"


def _figures(report: RunReport) -> Iterator[tuple[str, str]]:
    yield "took", _duration(report.run.seconds)
    yield "sources", f"{len(report.sources):,}"
    yield "requests", f"{report.requests:,}"
    for name in TOTALS:
        if name in report.run.summary:
            yield name, f"{report.run.summary[name]:,}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _class(outcome: str) -> str:
    family = classify_outcome(outcome)
    return "same" if family in ("unchanged", "duplicate") else family


def _matter(source: SourceInRun) -> str:
    return (
        f'<section class="card matter"><h3>{text(source.source.name or source.source.key)}</h3>'
        f"{findings(source.findings, source.look.problem)}</section>"
    )


def _runs(runs: tuple[Run, ...]) -> Iterator[str]:
    """What the last runs gave, and how long they took."""
    yield "<h2>Beside the runs before</h2>"
    yield legend(FAMILIES)
    pages = [Bar(_label(run, counted(_families(run))), tuple(_families(run).items())) for run in runs]
    yield '<div class="pair">'
    yield _figure(
        "Pages",
        bar_chart(pages, width=560, height=150, said=f"Pages of the last {len(runs)} runs by what became of them"),
    )
    times = [
        Bar(_label(run, _duration(_minutes(run) * 60)), (("updated", _minutes(run)),) if run.finished_at else ())
        for run in runs
    ]
    yield _figure(
        "Minutes", bar_chart(times, width=560, height=150, said=f"Minutes that the last {len(runs)} runs took")
    )
    yield "</div>"


def _figure(caption: str, chart: str) -> str:
    return f'<figure class="card wide"><figcaption><b>{text(caption)}</b></figcaption>{chart}</figure>'


def _label(run: Run, said: str) -> str:
    return f"run {run.id}, {run.started_at:%Y-%m-%d %H:%M}: {said} ({run.outcome or 'running'})"


def _families(run: Run) -> dict[str, int]:
    counts = run.summary
    return {
        "stored": counts.get("stored", 0),
        "updated": counts.get("updated", 0),
        "same": counts.get("unchanged", 0) + counts.get("duplicates", 0),
        "rejected": counts.get("rejected", 0),
        "failed": counts.get("failed", 0),
    }


def _minutes(run: Run) -> float:
    return (run.seconds or 0.0) / 60


_HEADS = (
    *("source", "found", "requests", "stored", "updated", "rejected", "failed"),
    *("words", "s a page", "usual a day", "with title · date · author", "reasons"),
)


def _row(source: SourceInRun) -> tuple[str, ...]:
    look = source.look
    marks = "".join(badge(finding.kind, "bad") for finding in source.findings) or (
        badge("problem", "odd") if look.problem else ""
    )
    reasons = {
        name: number for name, number in look.outcomes.items() if classify_outcome(name) in ("rejected", "failed")
    }
    having = f"{look.titles} · {look.dates} · {look.authors} of {look.measured}" if look.measured else "–"
    return (
        f"{link(source.source.url)} {marks}",
        f"{look.found:,}",
        f"{look.requests:,}",
        f"{look.outcomes.get('stored', 0):,}",
        f"{look.outcomes.get('updated', 0):,}",
        f"{source.count('rejected'):,}",
        f"{source.count('failed'):,}",
        f"{look.words:,}" if look.words else "–",
        f"{source.mean_wait:.1f}" if source.mean_wait is not None else "–",
        per_day(source.usual_a_day),
        having,
        counted(dict(sorted(reasons.items(), key=lambda entry: -entry[1]))),
    )


def _slowest(report: RunReport) -> Iterator[str]:
    slowest = [source for source in report.slowest if (source.mean_wait or 0) >= 1]
    if slowest:
        named = ", ".join(f"{text(one.source.key)} ({one.mean_wait:.1f} s a page)" for one in slowest)
        yield f"<p class=note>The slowest to answer: {named}.</p>"


def _small(source: SourceInRun, until: datetime) -> str:
    return (
        f'<figure class="card"><figcaption><b>{text(source.source.name or source.source.key)}</b>'
        f"<small>{source.look.outcomes.get('stored', 0)} in this run · "
        f"usual {per_day(source.usual_a_day)} a day</small>"
        f"</figcaption>{days_chart(source.days, until, source.usual_a_day)}</figure>"
    )
