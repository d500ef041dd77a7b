"""``cleanwire report``: what one run did, and which sources behaved differently."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleaning.cli.runtime import EXIT_SOME_FAILED, open_output
from cleaning.cli.terminal import format_styled, print_safe
from cleaning.output.safe_text import dump_safe_json, to_one_line
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.output.exit_codes import explain_missing
from crawler.cli.output.formats import json_option
from crawler.cli.output.source_problems import format_anomalies
from crawler.cli.output.text_table import Cell, print_table
from crawler.ops.formatting import format_rate, format_short_duration

if TYPE_CHECKING:
    from crawler.ops.run_report import RunReport, SourceRunReport
    from storage import Corpus, Run

LAST_RUN = "last"


@click.command(
    epilog="""\b
Examples:
  cleanwire report
  cleanwire report 128 --json
  cleanwire report last --html report.html

\b
Exit codes: 0 no problems · 3 a source had a problem or behaved differently than before
"""
)
@click.argument("number", metavar="[RUN]", default=LAST_RUN)
@json_option
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write a self-contained HTML page with plots.",
)
@click.pass_context
def report(context: click.Context, number: str, as_json: bool, page: Path | None) -> None:
    """Report what a run did, source by source.

    Shows what the run found, the outcomes of its pages, and the sources that behaved differently than before. RUN is
    the number of a run, or `last` (the default).
    """
    try:
        from crawler.ops.json_forms import serialize_report
        from crawler.ops.run_report import load_report
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error

    with open_corpus(context) as corpus:
        run_report = load_report(corpus, _find_run(corpus, number))
    if page is not None:
        from crawler.ops.html.run_page import build_run_page

        with open_output(page) as stream:
            stream.write(build_run_page(run_report))
    if as_json:
        print_safe(dump_safe_json(serialize_report(run_report), indent=2))
    elif page is None:
        print_report(run_report)
    context.exit(EXIT_SOME_FAILED if run_report.is_bad else 0)


def _find_run(corpus: "Corpus", number: str) -> "Run":
    """Return the run that the user named by number or as `last`.

    Raises click.UsageError if there is no such run.
    """
    run = None
    if number == LAST_RUN:
        run = next(iter(corpus.monitoring.list_runs(1)), None)
    # Longer numbers would overflow the database's 64-bit integers.
    elif number.isdecimal() and len(number) <= 18:
        run = corpus.monitoring.get_run(int(number))
    else:
        raise click.UsageError(f"invalid run {number!r}: use a number or {LAST_RUN}")
    if run is None:
        raise click.UsageError("no runs yet" if number == LAST_RUN else f"no such run: {number}")
    return run


def print_report(report: "RunReport") -> None:
    """Print a report for people: a summary, a table of sources, and the problems of each source.

    Sources without problems appear in the table only.
    """
    _print_run_summary(report)
    if report.sources:
        print_safe()
        _print_sources(report)
    for each in report.sources:
        _print_problems(each)


def _print_run_summary(report: "RunReport") -> None:
    """Print when the run was, its arguments, and its totals."""
    from crawler.ops.run_report import TOTAL_COUNTS

    run = report.run
    took = f", {format_short_duration(timedelta(seconds=run.seconds))}" if run.seconds and run.seconds > 90 else ""
    took = took or (f", {run.seconds:.0f} s" if run.seconds is not None else "")
    number = click.style(f"run {run.id}", bold=True)
    print_safe(f"{number}  {run.started_at:%Y-%m-%d %H:%M} UTC{took}: {to_one_line(run.outcome or 'running')}")
    if run.arguments:
        # A run may name hundreds of sites; a few lines on the terminal are enough.
        arguments = to_one_line(run.arguments)
        print_safe(click.style(arguments if len(arguments) <= 300 else f"{arguments[:300]} …", dim=True))
    counts = ", ".join(f"{name} {run.summary[name]:,}" for name in TOTAL_COUNTS if name in run.summary)
    print_safe(f"{counts}, requests {report.requests:,}")
    if report.outcomes:
        print_safe(to_one_line(", ".join(f"{name} {number:,}" for name, number in report.outcomes.items())))


def _print_sources(report: "RunReport") -> None:
    """Print the table of sources: what each found, fetched and stored, next to its usual articles a day."""
    titles = (
        *("source", "found", "requests", "stored", "rejected", "failed"),
        *("words", "s/page", "usual/day"),
    )
    print_table(titles, map(_format_cells, report.sources), numbers=titles[1:])


def _format_cells(each: "SourceRunReport") -> list[Cell]:
    """Return the cells of a source's row, in red if the source had a problem."""
    style = "red" if each.anomalies or each.source_run.problem else ""
    texts = (
        to_one_line(each.source.key),
        f"{each.source_run.found:,}",
        f"{each.source_run.requests:,}",
        f"{each.source_run.outcomes.get('stored', 0):,}",
        f"{each.count_pages('rejected'):,}",
        f"{each.count_pages('failed'):,}",
        f"{each.source_run.words:,}" if each.source_run.words else "–",
        f"{each.mean_response_seconds:.1f}" if each.mean_response_seconds is not None else "–",
        format_rate(each.usual_articles_per_day),
    )
    return [(text, style) for text in texts]


def _print_problems(each: "SourceRunReport") -> None:
    """Print the problems of a source under its name; nothing if it has none."""
    if not each.anomalies and not each.source_run.problem:
        return
    print_safe(f"\n{format_styled(each.source.name or each.source.key, bold=True)}")
    # An anomaly often quotes the problem; do not print it twice.
    if each.source_run.problem and not any(each.source_run.problem in finding.sentence for finding in each.anomalies):
        print_safe(f"  {to_one_line(each.source_run.problem)}")
    for line in format_anomalies(each.anomalies):
        print_safe(line)
