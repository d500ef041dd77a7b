"""Status and report as JSON: what ``--json`` prints. Programs read it, so no key goes or changes its meaning."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.ops.anomalies import Finding
    from crawler.ops.run_report import RunReport
    from crawler.ops.source_status import Overview, SourceStatus
    from storage import Run


def overview_as_json(overview: "Overview") -> dict[str, Any]:
    """An overview for ``json.dumps``: times in ISO 8601."""
    return {
        "at": overview.at.isoformat(),
        "bad": overview.is_bad,
        "overdue": overview.overdue,
        "last_run": run_as_json(overview.last_run) if overview.last_run else None,
        "sources": [source_as_json(source) for source in overview.sources],
    }


def run_as_json(run: "Run") -> dict[str, Any]:
    """A run for ``json.dumps``."""
    return {
        "id": run.id,
        "started_at": run.started_at.isoformat(),
        "finished_at": _iso(run.finished_at),
        "outcome": run.outcome,
        "arguments": run.arguments,
        "counts": dict(run.summary),
    }


def source_as_json(source: "SourceStatus") -> dict[str, Any]:
    """A source's status for ``json.dumps``."""
    return {
        "key": source.key,
        "name": source.name,
        "url": source.url,
        "state": source.state,
        "bad": source.is_bad,
        "findings": findings_as_json(source.findings),
        "problem": source.problem,
        "last_look_at": _iso(source.last_look_at),
        "last_good_at": _iso(source.last_good_at),
        "last_article_at": _iso(source.last_article_at),
        "articles_a_day": source.a_day and round(source.a_day, 2),
        "usual_articles_a_day": source.usual_a_day and round(source.usual_a_day, 2),
        "articles_by_day": list(source.days),
        "rejected": dict(source.rejected),
        "failed": dict(source.failed),
        "listings": source.listings,
        "failing_listings": source.failing_listings,
        "next_due_at": _iso(source.next_due_at),
        "articles": source.articles,
    }


def report_as_json(report: "RunReport") -> dict[str, Any]:
    """A report for ``json.dumps``: times in ISO 8601."""
    return {
        "run": {
            **run_as_json(report.run),
            "seconds": report.run.seconds,
            "requests": report.requests,
            "outcomes": dict(report.outcomes),
        },
        "bad": report.is_bad,
        "sources": [
            {
                "key": each.source.key,
                "name": each.source.name,
                "url": each.source.url,
                "found": each.look.found,
                "requests": each.look.requests,
                "outcomes": dict(each.look.outcomes),
                "median_words": each.look.words,
                "with_title": each.look.titles,
                "with_date": each.look.dates,
                "with_author": each.look.authors,
                "mean_wait": each.mean_wait and round(each.mean_wait, 3),
                "problem": each.look.problem,
                "findings": findings_as_json(each.findings),
                "articles_by_day": list(each.days),
                "usual_articles_a_day": each.usual_a_day and round(each.usual_a_day, 2),
            }
            for each in report.sources
        ],
        "runs_before": [run_as_json(run) for run in report.before],
    }


def findings_as_json(findings: "Iterable[Finding]") -> list[dict[str, Any]]:
    """Findings for ``json.dumps``."""
    return [{"kind": each.kind, "sentence": each.sentence, "samples": list(each.samples)} for each in findings]


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
