"""``cleanwire crawl``: one run over the sources that are due, or over named sites."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleaning.cli.terminal import print_safe
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.param_types import Count, Duration
from crawler.cli.options.source_options import delay_option, load_selected_sources, sources_option
from crawler.cli.output.crawl_summary import print_summary
from crawler.cli.output.exit_codes import EXIT_INTERRUPTED, explain_missing

if TYPE_CHECKING:
    from crawler.logs import LogFormat


@click.command(
    epilog="""\b
Examples:
  cleanwire crawl https://news.example
  cleanwire crawl --delay 5 --max-pages 200 news.example 'Example Times'
  cleanwire crawl --retry failed --retry too-short news.example
  cleanwire crawl --sources /etc/cleanwire/sources.toml --quiet --max-runtime 9m

\b
Networks: loopback, private and link-local addresses are blocked unless CLEANWIRE_ALLOW_NETWORKS
lists them (CLEANWIRE_ALLOW_NETWORKS=127.0.0.0/8,10.1.0.0/16). http_proxy and https_proxy are used.
CLEANWIRE_CONTACT (an email address or URL) is added to the user agent.
"""
)
@click.argument("named", nargs=-1, metavar="[SITE]...")
@sources_option
@delay_option
@click.option("--max-pages", type=Count(min=1), help="Fetch at most this many article pages.")
@click.option(
    "--max-runtime",
    type=Duration(),
    metavar="TIME",
    help="Stop after this long (90s, 9m, 1h30m); the next run continues.",
)
@click.option(
    "--retry",
    "retried",
    multiple=True,
    metavar="OUTCOME",
    help="First fetch again the pages of these sources whose last fetch ended with this outcome, such as http-404 or "
    "too-short; `failed` and `rejected` stand for all of a kind. Repeatable.",
)
@click.option("--now", is_flag=True, help="Crawl all sources in the file, including those that are not due yet.")
@click.option(
    "--archive/--no-archive",
    default=True,
    show_default=True,
    help="Keep fetched pages as WARC files, next to the database or in the folder set in sources.toml.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes that clean pages.  [default: one per core]")
@click.option("--quiet", "-q", is_flag=True, help="Print only problems that begin or end (for cron).")
@click.option("--verbose", "-v", is_flag=True, help="Log every page with its outcome to standard error.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as a JSON object.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Format of the log on standard error; json prints one object per line.",
)
@click.option(
    "--ping-url",
    metavar="URL",
    help="Request URL/start, then URL or URL/fail, as healthchecks.io and similar services expect.",
)
@click.pass_context
def crawl(
    context: click.Context,
    named: tuple[str, ...],
    sources_file: Path | None,
    delay: float | None,
    max_pages: int | None,
    max_runtime: float | None,
    retried: tuple[str, ...],
    now: bool,
    archive: bool,
    workers: int | None,
    quiet: bool,
    verbose: bool,
    as_json: bool,
    log_format: "LogFormat",
    ping_url: str | None,
) -> None:
    """Find, fetch, clean and store new articles.

    SITE is a URL, a host, or the name of a source in sources.toml, whose settings then apply. Named sites are crawled
    at once. Without a SITE, the sources in the file that are due are crawled: a feed is polled as often as it tends to
    have something new. A site that was crawled before is polled only for new articles and for changes to recent ones.

    The summary says in a sentence what is new and what failed. Then it counts: found, fetched, stored, updated,
    unchanged, duplicates, rejected and failed by reason.
    """
    try:
        from crawler.pages.tasks import load_site_rules
        from crawler.runner import CrawlOptions
        from crawler.runner import crawl as run_crawl
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error
    from cleaning import SitesError
    from crawler.cli.output.progress import show_crawl_progress
    from crawler.ops.watchdog import ping_run

    config = load_selected_sources(context, named, sources_file)
    # Pausing every source is a decision, not a mistake: cron must not send an email about it.
    if not config.active_sources:
        if not quiet:
            print_safe("nothing to crawl: every source is paused", err=True)
        return
    try:
        # Report a mistake in the site rules now, before the worker processes load them again and before anything is
        # fetched.
        load_site_rules()
    except SitesError as error:
        raise click.UsageError(f"CLEANWIRE_SITES: {error}") from error
    options = CrawlOptions(
        delay=config.crawl.delay if delay is None else delay,
        max_pages=max_pages,
        max_runtime=max_runtime,
        workers=workers,
        log_level="INFO" if verbose else "ERROR",
        only_due=not (named or now),
        archive=config.archive if archive else None,
        alerts=config.alerts,
        log_format=log_format,
        retried=retried,
        defaults=config.crawl,
        skipped=tuple(map(str, config.skipped)),
    )
    # The ping comes first, so that the watchdog also learns of a corpus that cannot be opened.
    # A run that a person starts at a terminal says nothing about whether cron still works.
    is_scheduled = quiet or not sys.stdin.isatty()
    with ping_run(ping_url or (config.alerts.ping_url if is_scheduled else None)) as ending:
        with open_corpus(context, create=True) as corpus, show_crawl_progress(quiet or verbose) as on_progress:
            summary = run_crawl(corpus, config.active_sources, options, on_progress)
        code = EXIT_INTERRUPTED if summary.stopped == "SIGINT" else summary.exit_code
        ending.set_result(code, summary.format_line())
    print_summary(summary, quiet=quiet, as_json=as_json)
    sys.exit(code)
