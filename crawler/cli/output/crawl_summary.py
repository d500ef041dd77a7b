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


def format_headline(summary: "RunSummary") -> str:
    """Return what a person wants to know of a crawl: its sources, what is new, and which sources failed.

    >>> from crawler.stats import SourceReport, summarize
    >>> good = SourceReport(name="a", url="https://a.example/", requests=9, outcomes={"stored": 2, "updated": 1})
    >>> bad = SourceReport(name="b", url="https://b.example/", requests=1, problem="its host does not exist")
    >>> format_headline(summarize((good, bad), 3, None))
    '2 sources checked: 2 new articles, 1 updated; 1 source failed.'
    >>> format_headline(summarize((SourceReport(name="a", url="https://a.example/", requests=2),), 3, None))
    '1 source checked, nothing new.'
    """
    # A scheduled run leaves alone the sources that are not due, and a stopped one has not come to all of them.
    checked = [source for source in summary.sources if source.requests or source.outcomes or source.problem]
    failed = sum(source.problem is not None for source in checked)
    if not checked:
        parts = ["No source was due" if summary.stopped is None else "No source was checked"]
    elif failed == len(checked) and not summary.stored + summary.updated:
        parts = [f"{_format_count(failed, 'source')} checked, and {'it' if failed == 1 else 'all'} failed"]
    else:
        news = [_format_count(summary.stored, "new article")] if summary.stored else []
        news += [f"{summary.updated:,} updated"] if summary.updated else []
        found = f": {', '.join(news)}" if news else ", nothing new"
        parts = [f"{_format_count(len(checked), 'source')} checked{found}"]
        parts += [f"{_format_count(failed, 'source')} failed"] if failed else []
    if summary.skipped:
        parts.append(f"{_format_count(len(summary.skipped), 'source')} left out")
    return f"{'; '.join(parts)}."


def describe_end(summary: "RunSummary") -> str | None:
    """Return where a crawl that was stopped, or a backfill, has got to, and how to go on; ``None`` for other crawls.

    >>> from dataclasses import replace
    >>> from crawler.stats import summarize
    >>> stopped = summarize((), 3, "SIGINT")
    >>> describe_end(replace(stopped, waiting=37))
    'Stopped by Ctrl-C with 37 pages waiting; run the same command again to continue.'
    >>> describe_end(replace(stopped, stopped="time limit", finished_lists=1))
    'Stopped by the time limit, 1 list read to its end; run the same command again to continue.'
    >>> describe_end(replace(stopped, stopped=None, finished_lists=5))
    'The backfill has read 5 lists of articles to their end.'
    """
    lists = summary.finished_lists
    ends = "" if lists is None else f"to {'its' if lists == 1 else 'their'} end"
    if summary.stopped:
        cause = {"SIGINT": "Ctrl-C", "time limit": "the time limit"}.get(summary.stopped, summary.stopped)
        left = "" if summary.waiting is None else f" with {_format_count(summary.waiting, 'page')} waiting"
        got_to = "" if lists is None else f", {_format_count(lists, 'list')} read {ends}"
        return f"Stopped by {cause}{left}{got_to}; run the same command again to continue."
    return None if lists is None else f"The backfill has read {_format_count(lists, 'list')} of articles {ends}."


def _format_count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def print_summary(summary: "RunSummary", *, quiet: bool, as_json: bool) -> None:
    """Print the summary of a crawl: a sentence and the counts, or JSON.

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
        print_safe(format_headline(summary))
        print_safe(summary.format_line())
        if end := describe_end(summary):
            print_safe(end)
