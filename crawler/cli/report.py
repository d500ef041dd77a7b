"""``cleanwire report``."""

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
from crawler.cli.output.source_problems import finding_lines
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
Exit codes: 0 the run went well · 3 a source had a problem or was unlike its past.
"""
)
@click.argument("number", metavar="[RUN]", default=LAST_RUN)
@json_option
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write a page for the browser, with plots, that needs nothing from the network.",
)
@click.pass_context
def report(context: click.Context, number: str, as_json: bool, page: Path | None) -> None:
    """Tell what a run did: what it found, what became of it, and which sources are unlike their past.

    RUN is a run's number, or `last`, which is meant where none is given.
    """
    try:
        from crawler.ops.json_forms import serialize_report
        from crawler.ops.run_report import load_report
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error

    with open_corpus(context) as corpus:
        account = load_report(corpus, _find_run(corpus, number))
    if page is not None:
        from crawler.ops.html.run_page import build_run_page

        with open_output(page) as stream:
            stream.write(build_run_page(account))
    if as_json:
        print_safe(dump_safe_json(serialize_report(account), indent=2))
    elif page is None:
        print_report(account)
    context.exit(EXIT_SOME_FAILED if account.is_bad else 0)


def _find_run(corpus: "Corpus", number: str) -> "Run":
    """The run that was asked for. Raises click.UsageError where there is none."""
    run = None
    if number == LAST_RUN:
        run = next(iter(corpus.monitoring.list_runs(1)), None)
    elif number.isdecimal() and len(number) <= 18:  # the database's integers have no more digits
        run = corpus.monitoring.get_run(int(number))
    else:
        raise click.UsageError(f"{number!r} is no run: give its number, or {LAST_RUN}")
    if run is None:
        raise click.UsageError("there was no run yet" if number == LAST_RUN else f"there is no run {number}")
    return run


def print_report(report: "RunReport") -> None:
    """A report for people."""
    _print_run_summary(report)
    if report.sources:
        print_safe()
        _print_sources(report)
    for each in report.sources:
        _print_problems(each)


def _print_run_summary(report: "RunReport") -> None:
    """When the run was, with what options, and what it did, in figures."""
    from crawler.ops.run_report import TOTAL_COUNTS

    run = report.run
    took = f", {format_short_duration(timedelta(seconds=run.seconds))}" if run.seconds and run.seconds > 90 else ""
    took = took or (f", {run.seconds:.0f} s" if run.seconds is not None else "")
    number = click.style(f"run {run.id}", bold=True)
    print_safe(f"{number}  {run.started_at:%Y-%m-%d %H:%M} UTC{took}: {to_one_line(run.outcome or 'running')}")
    if run.arguments:
        asked = to_one_line(run.arguments)
        print_safe(click.style(asked if len(asked) <= 300 else f"{asked[:300]} …", dim=True))
    counts = ", ".join(f"{name} {run.summary[name]:,}" for name in TOTAL_COUNTS if name in run.summary)
    print_safe(f"{counts}, requests {report.requests:,}")
    if report.outcomes:
        print_safe(to_one_line(", ".join(f"{name} {number:,}" for name, number in report.outcomes.items())))


def _print_sources(report: "RunReport") -> None:
    titles = (
        *("source", "found", "requests", "stored", "rejected", "failed"),
        *("words", "seconds a page", "usual a day"),
    )
    print_table(titles, map(_format_cells, report.sources), numbers=titles[1:])


def _format_cells(each: "SourceRunReport") -> list[Cell]:
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
    """What is the matter with a source; nothing where it does well."""
    if not each.anomalies and not each.source_run.problem:
        return
    print_safe(f"\n{format_styled(each.source.name or each.source.key, bold=True)}")
    if each.source_run.problem and not any(each.source_run.problem in finding.sentence for finding in each.anomalies):
        print_safe(f"  {to_one_line(each.source_run.problem)}")
    for line in finding_lines(each.anomalies):
        print_safe(line)
