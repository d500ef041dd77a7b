"""A crawl's summary, for people and as JSON."""

from typing import TYPE_CHECKING

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json, to_one_line

if TYPE_CHECKING:
    from crawler.stats import RunSummary


def serialize_summary(summary: "RunSummary") -> dict[str, object]:
    """A crawl's summary for ``json.dumps``, what was rejected and what failed by reason."""
    totals = ("found", "fetched", "stored", "updated", "unchanged", "duplicates")
    return {
        **{name: getattr(summary, name) for name in totals},
        "rejected": dict(summary.rejected),
        "failed": dict(summary.failed),
        "seconds": round(summary.seconds, 1),
        "stopped": summary.stopped,
        "problems": list(summary.problems),
        "drift": describe_anomalies(summary),
        "notes": list(summary.notes),
    }


def describe_anomalies(summary: "RunSummary") -> list[str]:
    """What is unlike the sources' own past, as sentences, with addresses that show it."""
    from crawler.ops.anomalies import parse_anomalies

    return [
        " ".join((f"{source.url}: {finding.sentence}", *(f"\n  {sample}" for sample in finding.samples)))
        for source in summary.sources
        for finding in parse_anomalies(source.drift)
    ]


def print_summary(summary: "RunSummary", *, quiet: bool, as_json: bool) -> None:
    """Print a crawl's summary; what went wrong goes to standard error, also where quiet."""
    for sentence in (
        *map(to_one_line, summary.problems),
        *describe_anomalies(summary),
        *map(to_one_line, summary.notes),
    ):
        print_safe(f"cleanwire: {sentence}", err=True)
    if as_json:
        print_safe(dump_safe_json(serialize_summary(summary)))
    elif not quiet:
        print_safe(summary.format_line())
