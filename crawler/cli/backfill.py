"""``cleanwire backfill``: older articles from sitemaps, archive pages and WARC files."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json, to_one_line
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.param_types import Day, Duration
from crawler.cli.options.source_options import SOURCES_FILE, load_selected_sources, sources_option
from crawler.cli.output.crawl_summary import print_summary, serialize_summary
from crawler.cli.output.exit_codes import EXIT_INTERRUPTED, explain_missing

if TYPE_CHECKING:
    from crawler.warc.importer import ImportProgress, ImportSummary

WARC_SUFFIXES: Final = (".warc", ".warc.gz")


@click.command(
    epilog="""\b
Examples:
  cleanwire backfill news.example --since 2024-10-01
  cleanwire backfill news.example --warc CC-NEWS-20241001120000-00042.warc.gz
  cleanwire backfill --warc archive/ --since 2024-10-01
  cleanwire backfill --any-site --warc a.warc.gz b.warc.gz --exclude /sport/
"""
)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--warc",
    "warcs",
    multiple=True,
    metavar="FILE...",
    help="Read pages from these WARC files or folders of them, such as Common Crawl's CC-NEWS.",
)
@click.option(
    "--since", type=Day(), metavar="DAY", help="Skip everything fetched or published before this day (2024-10-01)."
)
@click.option("--any-site", is_flag=True, help="Accept pages from any site, not just from the sources.")
@click.option(
    "--include", multiple=True, metavar="REGEX", help="Only URLs that match this regular expression (may be repeated)."
)
@click.option(
    "--exclude", multiple=True, metavar="REGEX", help="No URLs that match this regular expression (may be repeated)."
)
@sources_option
@click.option(
    "--max-runtime",
    type=Duration(),
    metavar="TIME",
    help="Stop after this long (90s, 9m, 1h30m); the next call continues.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes that clean pages.  [default: one per core]")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing on success (for cron).")
@click.option("--verbose", "-v", is_flag=True, help="Log every page with its outcome to standard error.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as a JSON object.")
@click.pass_context
def backfill(
    context: click.Context,
    sources: tuple[str, ...],
    warcs: tuple[str, ...],
    since: date | datetime | None,
    any_site: bool,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    sources_file: Path | None,
    max_runtime: float | None,
    workers: int | None,
    quiet: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Add older articles from sites or WARC files.

    Without --warc, the sitemaps and archive pages of the sources are walked back to --since. Without a SOURCE, all
    sources in sources.toml are used. A call that was interrupted, or is repeated, continues where the last one ended.
    Known articles are kept; a later state of an article becomes its next version.
    """
    try:
        from crawler.config.models import Config
        from crawler.config.opt_out import OptOutList
        from crawler.logs import log_to_stderr
        from crawler.warc.importer import ImportOptions, import_warcs
        from crawler.warc.records import RecordFilter, map_sources_by_site
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error

    if not warcs:
        if since is None or any_site or include or exclude:
            raise click.UsageError("use --since DAY to walk sites back, or --warc FILE to read WARC files")
        # This call does not return: it ends the command with an exit code.
        _walk_sites(context, (sources, sources_file), since, max_runtime, workers, quiet, verbose, as_json)
    sources, files = _separate_warcs(sources, warcs)
    if any_site and sources:
        raise click.UsageError("sources and --any-site cannot be combined")
    # Any site can be imported without a sources.toml. If there is one, its opt-out list still applies.
    needs_sources_file = sources or sources_file or not any_site or Path(SOURCES_FILE).exists()
    config = load_selected_sources(context, sources, sources_file) if needs_sources_file else Config()
    selection = RecordFilter(
        sites=None if any_site else map_sources_by_site(config.active_sources),
        since=since,
        include=tuple(map(_validate_regex, include)),
        exclude=tuple(map(_validate_regex, exclude)),
        opt_out=OptOutList(config.crawl.opt_out),
    )
    log_to_stderr("text", "INFO" if verbose else "ERROR")
    options = ImportOptions(workers=workers, max_runtime=max_runtime)
    with open_corpus(context, create=True) as corpus, _show_import_progress(quiet or verbose) as on_progress:
        summary = import_warcs(corpus, files, selection, options, on_progress)
    _print_import_summary(summary, quiet=quiet, as_json=as_json)
    # Shells expect 130 after Ctrl-C, whatever became of the pages.
    sys.exit(EXIT_INTERRUPTED if summary.pages.stopped == "SIGINT" else summary.exit_code)


def _walk_sites(
    context: click.Context,
    named: tuple[tuple[str, ...], Path | None],
    since: date | datetime,
    max_runtime: float | None,
    workers: int | None,
    quiet: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Walk sites back in time through their sitemaps and archive pages, and end the command.

    ``named`` is the user's choice of sources: their names, and the value of ``--sources``.
    """
    from crawler.cli.output.progress import show_crawl_progress
    from crawler.runner import CrawlOptions, crawl

    config = load_selected_sources(context, *named)
    # A day begins at midnight UTC.
    moment = since if isinstance(since, datetime) else datetime.combine(since, time.min, UTC)
    options = CrawlOptions(
        delay=config.crawl.delay,
        max_runtime=max_runtime,
        workers=workers,
        log_level="INFO" if verbose else "ERROR",
        archive=config.archive,
        since=moment,
        defaults=config.crawl,
        skipped=tuple(map(str, config.skipped)),
    )
    with open_corpus(context, create=True) as corpus, show_crawl_progress(quiet or verbose) as on_progress:
        summary = crawl(corpus, config.active_sources, options, on_progress)
    print_summary(summary, quiet=quiet, as_json=as_json)
    sys.exit(EXIT_INTERRUPTED if summary.stopped == "SIGINT" else summary.exit_code)


def _separate_warcs(sources: tuple[str, ...], warcs: tuple[str, ...]) -> tuple[tuple[str, ...], list[Path]]:
    """Return the names of sources, and the WARC files, out of the words of the command line.

    After ``--warc *.warc.gz``, the shell has put every file but the first among the sources.
    """
    more = tuple(name for name in sources if name.lower().endswith(WARC_SUFFIXES))
    files = [file for name in (*warcs, *more) for file in _find_warc_files(Path(name))]
    # A file that is named twice, or is also in a named folder, is read once.
    return tuple(name for name in sources if name not in more), list(dict.fromkeys(files))


def _find_warc_files(path: Path) -> list[Path]:
    """Return the file itself, or all WARC files in a folder and below it. Raises click.UsageError if there are none."""
    if not path.is_dir():
        if not path.exists():
            raise click.UsageError(f"no such file or folder: {str(path)!r}")
        return [path]
    files = sorted(file for file in path.rglob("*") if file.name.lower().endswith(WARC_SUFFIXES) and file.is_file())
    if not files:
        raise click.UsageError(f"{path} contains no WARC files (*.warc, *.warc.gz)")
    return files


def _validate_regex(pattern: str) -> str:
    """Return the pattern if it is a regular expression; raises click.UsageError otherwise."""
    from crawler.urls.user_patterns import check_pattern

    try:
        check_pattern(pattern)
    except ValueError as error:
        raise click.UsageError(f"invalid regular expression {pattern!r}: {error}") from error
    return pattern


@contextmanager
def _show_import_progress(silent: bool) -> Iterator["Callable[[ImportProgress], None] | None"]:
    """Show a progress bar on standard error during an import; yields ``None`` if that is not a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if silent or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from crawler.cli.output.progress import format_url

    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, refresh_per_second=4) as bar:
        task = bar.add_task("reading", total=None)

        def show(progress: "ImportProgress") -> None:
            """Move the bar to the bytes read so far."""
            counts = f"cleaned {progress.cleaned}, stored {progress.stored}  {format_url(Path(progress.file).name)}"
            bar.update(task, completed=progress.bytes_read, total=progress.total_bytes, description=counts)

        yield show


def _print_import_summary(summary: "ImportSummary", *, quiet: bool, as_json: bool) -> None:
    """Print the summary of an import. Problems go to standard error, with ``quiet`` too."""
    for problem in summary.pages.problems:
        print_safe(f"cleanwire: {to_one_line(problem)}", err=True)
    if as_json:
        read = {"records": summary.records, "left_out": summary.left_out, "known": summary.known}
        print_safe(dump_safe_json(read | serialize_summary(summary.pages)))
    elif not quiet:
        print_safe(summary.format_line())
