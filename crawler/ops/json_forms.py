"""The JSON forms of status and report, for ``--json``. Programs read them: no key is removed or changes its meaning."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.ops.anomalies import Anomaly
    from crawler.ops.run_report import RunReport
    from crawler.ops.source_status import SourceStatus, StatusOverview
    from storage import Run


def serialize_overview(overview: "StatusOverview") -> dict[str, Any]:
    """Convert the status of all sources for ``json.dumps``; times become ISO 8601 in UTC."""
    return {
        "at": overview.at.isoformat(),
        "bad": overview.is_bad,
        "overdue": overview.overdue,
        "last_run": serialize_run(overview.last_run) if overview.last_run else None,
        "sources": [serialize_source(source) for source in overview.sources],
    }


def serialize_run(run: "Run") -> dict[str, Any]:
    """Convert a run for ``json.dumps``; times become ISO 8601 in UTC."""
    return {
        "id": run.id,
        "started_at": run.started_at.isoformat(),
        "finished_at": _format_iso(run.finished_at),
        "outcome": run.outcome,
        "arguments": run.arguments,
        "counts": dict(run.summary),
    }


def serialize_source(source: "SourceStatus") -> dict[str, Any]:
    """Convert the status of one source for ``json.dumps``."""
    return {
        "key": source.key,
        "name": source.name,
        "url": source.url,
        "state": source.state,
        "bad": source.is_bad,
        "findings": serialize_anomalies(source.anomalies),
        "problem": source.problem,
        "last_look_at": _format_iso(source.last_look_at),
        "last_good_at": _format_iso(source.last_good_at),
        "last_article_at": _format_iso(source.last_article_at),
        "articles_a_day": source.articles_per_day and round(source.articles_per_day, 2),
        "usual_articles_a_day": source.usual_articles_per_day and round(source.usual_articles_per_day, 2),
        "articles_by_day": list(source.days),
        "rejected": dict(source.rejected),
        "failed": dict(source.failed),
        "listings": source.listings,
        "failing_listings": source.failing_listings,
        "next_due_at": _format_iso(source.next_due_at),
        "articles": source.articles,
    }


def serialize_report(report: "RunReport") -> dict[str, Any]:
    """Convert the report of a run for ``json.dumps``; times become ISO 8601 in UTC."""
    return {
        "run": {
            **serialize_run(report.run),
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
                "found": each.source_run.found,
                "requests": each.source_run.requests,
                "outcomes": dict(each.source_run.outcomes),
                "median_words": each.source_run.words,
                "with_title": each.source_run.titles,
                "with_date": each.source_run.dates,
                "with_author": each.source_run.authors,
                "mean_wait": each.mean_response_seconds and round(each.mean_response_seconds, 3),
                "problem": each.source_run.problem,
                "findings": serialize_anomalies(each.anomalies),
                "articles_by_day": list(each.days),
                "usual_articles_a_day": each.usual_articles_per_day and round(each.usual_articles_per_day, 2),
            }
            for each in report.sources
        ],
        "runs_before": [serialize_run(run) for run in report.before],
    }


def serialize_anomalies(anomalies: "Iterable[Anomaly]") -> list[dict[str, Any]]:
    """Convert anomalies for ``json.dumps``."""
    return [{"kind": each.kind, "sentence": each.sentence, "samples": list(each.samples)} for each in anomalies]


def _format_iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
