"""``cleanwire status``: the health of every source."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cleaning.cli.runtime import EXIT_SOME_FAILED, open_output
from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json, to_one_line
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.source_options import SOURCES_FILE, read_listed_sources, resolve_sites
from crawler.cli.output.exit_codes import explain_missing
from crawler.cli.output.formats import json_option
from crawler.cli.output.source_problems import describe_problems
from crawler.cli.output.text_table import Cell, print_table
from crawler.ops.formatting import describe_failures, format_age, format_due, format_rate, format_sparkline

if TYPE_CHECKING:
    from crawler.config.lookup import KnownSource
    from crawler.ops.source_status import SourceStatus, StatusOverview

SPARK_DAYS: Final = 14
"""Days in the column of small bars."""


@click.command(
    epilog="""\b
Examples:
  cleanwire status
  cleanwire status news.example 'Example Times'
  cleanwire status --problems --json
  cleanwire status --html status.html

\b
States:
  never-worked    no poll of the source has succeeded yet
  failing         unreachable for hours, or most of its pages fail
  layout-changed  pages lack the text, titles, dates or authors that they used to have
  silent          no new article for far longer than it ever paused before
  rejected-more   many pages are rejected for a reason that used to be rare
  fewer-found     it lists far fewer new URLs than in any week before
  stumbled        the last poll failed, earlier ones did not
  new · well · paused

\b
Exit codes: 0 no problems · 3 a source is in one of the first six states, or no run has started for
unusually long
"""
)
@click.argument("names", nargs=-1, metavar="[SITE]...")
@click.option(
    "--sources",
    "sources_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"Sources file, to include new and paused sources.  [default: {SOURCES_FILE}]",
)
@click.option("--problems", is_flag=True, help="Only sources that need attention.")
@json_option
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write a self-contained HTML page with plots.",
)
@click.pass_context
def status(
    context: click.Context,
    names: tuple[str, ...],
    sources_file: Path | None,
    problems: bool,
    as_json: bool,
    page: Path | None,
) -> None:
    """Show the health of every source.

    Each source is compared with its own past: last success, new articles a day now and usually, failures and rejections
    in the last seven days, the next poll, and the number of its articles. SITE is the host, URL or name of a
    source, or group:NAME.
    """
    try:
        from crawler.ops.json_forms import serialize_overview
        from crawler.ops.source_status import load_overview
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error

    with open_corpus(context) as corpus:
        overview = load_overview(corpus, read_listed_sources(sources_file), datetime.now(UTC))
    chosen = _select_sources(overview, resolve_sites(context, names, sources_file), problems)
    if page is not None:
        from crawler.ops.html.status_page import build_status_page

        with open_output(page) as stream:
            stream.write(build_status_page(chosen))
    if as_json:
        print_safe(dump_safe_json(serialize_overview(chosen), indent=2))
    elif page is None:
        print_overview(chosen)
    context.exit(EXIT_SOME_FAILED if chosen.is_bad else 0)


def _select_sources(
    overview: "StatusOverview", named: "Sequence[KnownSource]", only_problems: bool
) -> "StatusOverview":
    """Return the overview with only the sources that the user named, or that have problems."""
    sources = overview.sources
    if named:
        keys = {source.key for source in named}
        sources = tuple(source for source in sources if source.key in keys)
    if only_problems:
        sources = tuple(source for source in sources if source.is_bad)
    return replace(overview, sources=sources)


def print_overview(overview: "StatusOverview") -> None:
    """Print an overview for people: one line per source, and the problems of each source below.

    A warning that no run has started for unusually long comes last.
    """
    if overview.sources:
        _print_sources(overview)
    else:
        print_safe("No such source." if overview.last_run else "No sources have been crawled yet.", err=True)
    for source in overview.sources:
        for line in describe_problems(source):
            print_safe(line)
    if overview.overdue:
        print_safe(f"\n{click.style('overdue', fg='red', bold=True)}  {to_one_line(overview.overdue)}")


def _print_sources(overview: "StatusOverview") -> None:
    """Print the table of sources, those that need attention first."""
    sparks = f"{SPARK_DAYS} days"
    columns = ("state", "source", "last success", "per day", "usual", sparks, "due", "articles", "in 7 days")
    # The small bars are for people; programs would have to skip the column.
    shown = [number for number, title in enumerate(columns) if title != sparks or sys.stdout.isatty()]
    rows = (_format_cells(source, overview.at) for source in overview.sources)
    print_table(
        [columns[number] for number in shown],
        ([cells[number] for number in shown] for cells in rows),
        numbers=("per day", "usual", "articles"),
    )


def _format_cells(source: "SourceStatus", now: datetime) -> tuple[Cell, ...]:
    """Return the cells of a source's row."""
    return (
        (source.state, _STATE_STYLES.get(source.state, "bold red")),
        to_one_line(source.key),
        format_age(source.last_good_at, now),
        format_rate(source.articles_per_day),
        (format_rate(source.usual_articles_per_day), "dim"),
        (format_sparkline(source.days[-SPARK_DAYS:]), "blue"),
        format_due(source, now),
        f"{source.articles:,}",
        (describe_failures(source), "dim"),
    )


_STATE_STYLES: Final = {"well": "green", "new": "cyan", "paused": "dim", "stumbled": "yellow"}
