"""``cleanwire runs`` and ``failures``: the latest runs, and the pages that produced no article."""

from dataclasses import asdict

import click

from cleaning.cli.terminal import print_safe
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.param_types import Count
from crawler.cli.options.query_options import source_option
from crawler.cli.output.formats import format_option, write_rows


@click.command(
    epilog="""\b
Examples:
  cleanwire runs
  cleanwire runs --limit 5 --json
"""
)
@click.option("--limit", "-n", type=Count(min=1), default=20, show_default=True, help="Maximum number of runs.")
@format_option
@click.pass_context
def runs(context: click.Context, limit: int, form: str) -> None:
    """List the latest runs, newest first.

    `cleanwire report` shows one run in detail.
    """
    with open_corpus(context) as corpus:
        found = corpus.monitoring.list_runs(limit)
    rows = [asdict(run) for run in found]
    # A cell holds text; JSON keeps the counts as an object, including those that are zero.
    if form in ("table", "csv"):
        rows = [
            {**row, "summary": ", ".join(f"{name} {n:,}" for name, n in row["summary"].items() if n)} for row in rows
        ]
    columns = ("id", "started_at", "finished_at", "outcome", "summary", "arguments")
    write_rows(rows, columns, form, empty="No runs yet.")


@click.command(
    epilog="""\b
Examples:
  cleanwire failures
  cleanwire failures --source news.example --outcome too-short
  cleanwire failures --outcome http-403 --limit 500 --retry
"""
)
@source_option("Only pages of this site.")
@click.option("--outcome", metavar="SLUG", help="Only pages with this outcome, such as http-404 or too-short.")
@click.option("--limit", "-n", type=Count(min=1), default=50, show_default=True, help="Maximum number of pages.")
@click.option("--retry", is_flag=True, help="Queue the listed pages: the next crawl of their sites fetches them again.")
@format_option
@click.pass_context
def failures(
    context: click.Context, source: str | None, outcome: str | None, limit: int, retry: bool, form: str
) -> None:
    """List pages whose last fetch produced no article.

    Each page is listed with the outcome that explains why, and with the time of the next attempt if there is one.
    """
    with open_corpus(context) as corpus:
        found = corpus.list_failed_pages(source=source, outcome=outcome, limit=limit)
        queued = corpus.crawl.queue_urls([page.url for page in found]) if retry else 0
    columns = ("fetched_at", "outcome", "http_status", "attempts", "retry_at", "url", "detail")
    write_rows(
        map(asdict, found), columns, form, empty="No failures: the last fetch of every page produced an article."
    )
    if retry:
        print_safe(f"{queued:,} {'page is' if queued == 1 else 'pages are'} queued for the next crawl", err=True)
