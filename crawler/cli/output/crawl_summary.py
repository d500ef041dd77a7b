"""The summary of a crawl, for people and as JSON."""

from typing import TYPE_CHECKING

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json, strip_unprintable, to_one_line

if TYPE_CHECKING:
    from crawler.stats import RunSummary


def serialize_summary(summary: "RunSummary") -> dict[str, object]:
    """Return the summary of a crawl as a dictionary for ``json.dumps``.

    ``rejected`` and ``failed`` count pages by outcome. ``drift`` lists the anomalies as sentences; the key has its old
    name because programs read it.
    """
    totals = ("found", "fetched", "stored", "updated", "unchanged", "duplicates")
    return {
        **{name: getattr(summary, name) for name in totals},
        "rejected": dict(summary.rejected),
        "failed": dict(summary.failed),
        "seconds": round(summary.seconds, 1),
        "stopped": summary.stopped,
        "problems": list(summary.problems),
        "drift": describe_anomalies(summary),
        "notes": [*summary.notes, *summary.partial_listings],
    }


def describe_anomalies(summary: "RunSummary") -> list[str]:
    """Return a sentence for each way in which a source behaved differently than before.

    URLs of pages that show it follow, one per line.
    """
    from crawler.ops.anomalies import parse_anomalies

    return [
        " ".join((f"{source.label}: {finding.sentence}", *(f"\n  {sample}" for sample in finding.samples)))
        for source in summary.sources
        for finding in parse_anomalies(source.drift)
    ]


def print_summary(summary: "RunSummary", *, quiet: bool, as_json: bool) -> None:
    """Print the summary of a crawl: one line, or JSON.

    Problems, anomalies and notes go to standard error. With ``quiet``, cron sends them by email: then only what has
    begun or ended with this run is printed, and not again what has lasted for weeks.
    """
    lasting = [
        *map(to_one_line, summary.problems),
        *describe_anomalies(summary),
        *map(to_one_line, summary.partial_listings),
    ]
    changed = [*map(to_one_line, summary.skipped), *map(strip_unprintable, summary.changes)]
    for sentence in (*(changed if quiet else lasting), *map(to_one_line, summary.notes)):
        print_safe(f"cleanwire: {sentence}", err=True)
    if as_json:
        print_safe(dump_safe_json(serialize_summary(summary)))
    elif not quiet:
        print_safe(summary.format_line())
