"""``cleanwire status``."""

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
from crawler.cli.options.source_options import SOURCES_FILE
from crawler.cli.output.exit_codes import explain_missing
from crawler.cli.output.formats import json_option
from crawler.cli.output.source_problems import what_is_the_matter
from crawler.cli.output.text_table import Cell, print_table
from crawler.ops.formatting import describe_failures, format_age, format_due, format_rate, format_sparkline

if TYPE_CHECKING:
    from crawler.config.models import SourceConfig
    from crawler.ops.source_status import SourceStatus, StatusOverview

SPARK_DAYS: Final = 14


@click.command(
    epilog="""\b
Examples:
  cleanwire status
  cleanwire status news.example 'Example Times'
  cleanwire status --problems --json
  cleanwire status --html status.html

\b
States:
  never-worked    no look at it has succeeded yet
  failing         it cannot be reached for hours, or most of its pages fail
  layout-changed  its pages come, and are no longer what they were to the cleaner
  silent          no new article for far longer than it ever paused
  rejected-more   many of its pages are rejected for a reason that was rare
  fewer-found     it lists far fewer new addresses than in any week before
  stumbled        the last look failed, and others before did not
  new · well · paused

\b
Exit codes: 0 all is well · 3 a source is in one of the first six states, or no run has begun for long.
"""
)
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--sources",
    "sources_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"The file that lists the sources, for those never crawled and those paused.  [default: {SOURCES_FILE}]",
)
@click.option("--problems", is_flag=True, help="Only sources that somebody should look into.")
@json_option
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write a page for the browser, with plots, that needs nothing from the network.",
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
    """Show how every source stands, each compared with its own past.

    The last success, new articles a day beside what is usual, what failed and what was rejected in the last seven days,
    when it is due, and how many articles there are of it. SOURCE is a site's host, address or name.
    """
    try:
        from crawler.ops.json_forms import serialize_overview
        from crawler.ops.source_status import load_overview
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error

    with open_corpus(context) as corpus:
        overview = load_overview(corpus, _read_listed_sources(sources_file), datetime.now(UTC))
    chosen = _select_sources(overview, names, problems)
    if page is not None:
        from crawler.ops.html.status_page import build_status_page

        with open_output(page) as stream:
            stream.write(build_status_page(chosen))
    if as_json:
        print_safe(dump_safe_json(serialize_overview(chosen), indent=2))
    elif page is None:
        print_overview(chosen)
    context.exit(EXIT_SOME_FAILED if chosen.is_bad else 0)


def _read_listed_sources(path: Path | None) -> "tuple[SourceConfig, ...]":
    """The sources of the file; none where no file is named and there is none.

    What is wrong with it is for ``cleanwire crawl`` and ``cleanwire sources check`` to say; here what is right counts.
    """
    from crawler.config.loader import parse_with_problems, read_config_text

    if path is None and not Path(SOURCES_FILE).is_file():
        return ()
    file = path or Path(SOURCES_FILE)
    return parse_with_problems(read_config_text(file), str(file), folder=file.parent).config.sources


def _select_sources(overview: "StatusOverview", names: Sequence[str], only_problems: bool) -> "StatusOverview":
    """The overview of the sources that were asked for. Raises click.UsageError for one that is not known."""
    sources = overview.sources
    if names:
        for name in names:
            if not any(_is_named(source, name) for source in overview.sources):
                raise click.UsageError(f"there is no source {name}; `cleanwire status` lists them")
        sources = tuple(source for source in sources if any(_is_named(source, name) for name in names))
    if only_problems:
        sources = tuple(source for source in sources if source.is_bad)
    return replace(overview, sources=sources)


def _is_named(source: "SourceStatus", name: str) -> bool:
    from cleaning.urls import get_site

    if name == source.name:
        return True
    try:
        return get_site(name if "://" in name else f"https://{name}") == source.key
    except ValueError:
        return False


def print_overview(overview: "StatusOverview") -> None:
    """An overview for people: a line a source, and below what is the matter with those that are not well."""
    if overview.sources:
        _print_sources(overview)
    else:
        print_safe("No such source." if overview.last_run else "No source was crawled yet.", err=True)
    for source in overview.sources:
        for line in what_is_the_matter(source):
            print_safe(line)
    if overview.overdue:
        print_safe(f"\n{click.style('overdue', fg='red', bold=True)}  {to_one_line(overview.overdue)}")


def _print_sources(overview: "StatusOverview") -> None:
    sparks = f"{SPARK_DAYS} days"
    columns = ("state", "source", "last success", "a day", "usual", sparks, "due", "articles", "in 7 days")
    # Bars are for eyes: to programs, they would be one more column to take apart.
    shown = [number for number, title in enumerate(columns) if title != sparks or sys.stdout.isatty()]
    rows = (_format_cells(source, overview.at) for source in overview.sources)
    print_table(
        [columns[number] for number in shown],
        ([cells[number] for number in shown] for cells in rows),
        numbers=("a day", "usual", "articles"),
    )


def _format_cells(source: "SourceStatus", now: datetime) -> tuple[Cell, ...]:
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
