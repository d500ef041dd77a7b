"""The command ``clean``: clean pages from files, folders, archives, URLs and standard input."""

import sys
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cleaning.cli.inputs import (
    FOLDER_SUFFIXES,
    InputOrigin,
    InputPath,
    UnreadableInput,
    is_collection,
    is_url,
    read_pages,
)
from cleaning.cli.rules import read_sites
from cleaning.cli.runtime import open_output
from cleaning.cli.terminal import StatusLine, has_colours, print_safe
from cleaning.outcomes import FAILURE_OUTCOMES

if TYPE_CHECKING:
    from cleaning.batch import Page
    from cleaning.cli.output_formats import OutputFormat, PageResult

EXPLAIN_ON_TERMINAL: Final = "-"
"""The value of ``--explain`` if no file follows it: explain on the terminal."""
STATUS_INTERVAL_SECONDS: Final = 0.1
"""Seconds between two updates of the progress line."""


class _CleanCommand(click.Command):
    """A command whose option ``--explain`` has an optional value.

    click would take the next word for the value even if it is a page to explain, and overwrite it.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line after each ``--explain`` has been given its value."""
        return super().parse_args(ctx, add_explain_value(args))


def add_explain_value(words: list[str]) -> list[str]:
    """Return the words of a command line with a value for each ``--explain``: the HTML file to write, or ``-``.

    ``--explain=why.html`` always names the output. ``--explain why.html`` means the same if there is no such file, or
    if it is an earlier explanation. Otherwise it is an input: a page that the user saved is never overwritten.

    >>> add_explain_value(["--explain", "story.txt"]), add_explain_value(["story.txt", "--explain", "not-there.html"])
    (['--explain=-', 'story.txt'], ['story.txt', '--explain=not-there.html'])
    """
    end = words.index("--") if "--" in words else len(words)
    completed: list[str] = []
    rest = iter(words[:end])
    for word in rest:
        following = next(rest, None) if word == "--explain" else None
        if word != "--explain":
            completed.append(word)
        elif following is not None and _is_explain_target(following):
            completed.append(f"--explain={following}")
        else:
            completed += [
                f"--explain={EXPLAIN_ON_TERMINAL}",
                *add_explain_value([following] if following is not None else []),
            ]
    return completed + words[end:]


def _is_explain_target(name: str) -> bool:
    """Return whether the word after ``--explain`` is the HTML file to write, and not an input."""
    if is_url(name) or not name.lower().endswith((".html", ".htm")):
        return False
    return not Path(name).exists() or _is_own_page(Path(name))


def _is_own_page(path: Path) -> bool:
    """Return whether a file is an earlier explanation, which may be overwritten."""
    from cleaning.output.explain_html import PAGE_START

    try:
        with path.open("rb") as stream:
            return stream.read(len(PAGE_START)) == PAGE_START.encode()
    except OSError:
        return False


@click.command(
    cls=_CleanCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  cleanwire clean page.html
  cleanwire clean https://news.example/story --format markdown
  cleanwire clean --explain page.html               show what was removed, and why
  cleanwire clean page.html --explain why.html      the same as an HTML page
  cleanwire clean saved/ crawl.warc.gz --json -o articles.jsonl
  curl -s https://news.example/story | cleanwire clean --url https://news.example/story -
  cleanwire clean --text scraped

\b
Exit codes:
  0 every INPUT has an article          4 no page could be read or cleaned
  2 invalid option, path or URL:        5 an INPUT has no article
    nothing was cleaned                 74 the output could not be written
  3 some pages could not be read        130 interrupted
    or cleaned
""",
)
@click.argument("inputs", nargs=-1, type=InputPath(), metavar="INPUT...")
@click.option("--url", help="URL of the page, to resolve relative links. Only with a single FILE or -.")
@click.option(
    "--text", "is_text", is_flag=True, help="Treat INPUT as plain text from another scraper (default for *.txt)."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    help="Output format; json writes one object per line, with all fields and removals.  [default: text]",
)
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@click.option(
    "--explain",
    metavar="[FILE.html]",
    help="Show the text of the page with removed parts struck out, and the rule that removed each part, on the "
    "terminal or as an HTML file. A page that you saved is never overwritten: --explain page.html explains it.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to a file instead of standard output. The file is replaced when the output is complete.",
)
@click.option(
    "--sites",
    "site_files",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    envvar="CLEANWIRE_SITES",
    metavar="FILE",
    help="Site-specific rules: a TOML file or a folder of TOML files; also set by CLEANWIRE_SITES.",
)
@click.option("--captions", is_flag=True, help="Include the captions of pictures in the text.")
@click.option("--workers", type=click.IntRange(min=1), help="Number of worker processes.  [default: one per core]")
@click.option(
    "--deadline",
    type=click.FloatRange(min=0, min_open=True),
    default=15.0,
    show_default=True,
    metavar="SECONDS",
    help="Computing time for cleaning a page; six times as much may pass on the clock.",
)
@click.option("--verbose", "-v", is_flag=True, help="Print the outcome of every page to standard error.")
@click.version_option(package_name="cleanwire", prog_name="cleanwire")
def clean(
    inputs: tuple[str, ...],
    url: str | None,
    is_text: bool,
    form: str | None,
    as_json: bool,
    explain: str | None,
    output: Path | None,
    site_files: tuple[Path, ...],
    captions: bool,
    workers: int | None,
    deadline: float,
    verbose: bool,
) -> None:
    """Clean pages: print the title and the text of each article.

    INPUT is an HTML file as a server sent it, a folder (searched recursively for *.html, *.htm, *.xhtml, *.txt, *.warc
    and *.warc.gz), a WARC archive, an http or https URL, or - for standard input. Pages are cleaned in parallel on all
    cores. If a page has no article, its outcome and the reason are printed to standard error. For folders and archives,
    only the counts are printed unless you use -v.
    """
    # The arguments are checked before the cleaner is imported, so that mistakes are reported at once.
    is_page = explain not in (None, EXPLAIN_ON_TERMINAL)
    if not inputs:
        # With `--explain mistyped.html` alone, the name was meant as the page to explain.
        missing = "missing argument INPUT: a file, a folder, a URL or -"
        raise click.UsageError(f"file or folder {explain!r} does not exist" if is_page else missing)
    if url and (len(inputs) > 1 or is_collection(inputs[0]) or is_url(inputs[0])):
        raise click.UsageError("--url requires exactly one page: a FILE or -")
    if as_json and form not in (None, "json"):
        raise click.UsageError("--json cannot be combined with another --format")
    if explain and (as_json or form):
        raise click.UsageError("--explain cannot be combined with --format or --json (JSON includes all removals)")
    if explain and captions:
        raise click.UsageError("--explain cannot be combined with --captions (captions are no part of an explanation)")
    if is_page and output:
        raise click.UsageError("use either --explain FILE.html or --output, not both")
    output = Path(explain) if explain and is_page else output
    from cleaning.batch import clean_page, map_in_workers
    from cleaning.output.explain import explain_page

    report = _ProgressReport(inputs, verbose, is_shown=output is not None or not sys.stdout.isatty())
    pages = report.filter_readable(read_pages(inputs, url, is_text))
    sites = read_sites(site_files)
    work = partial(explain_page, sites=sites) if explain else partial(clean_page, sites=sites, captions=captions)
    results = map_in_workers(work, pages, workers=workers, deadline=deadline)
    has_many = len(inputs) > 1 or is_collection(inputs[0])
    output_format = _choose_format(
        explain, "json" if as_json else form, captions, colours=output is None and has_colours(sys.stdout)
    )
    with open_output(output) as stream, closing(results):
        stream.write(output_format.beginning())
        is_first = True
        for page, result in results:
            report.report_page(page, result)
            if text := output_format.write(page.key, result):
                stream.write((output_format.between(page.key, is_first) if has_many else "") + text)
                is_first = False
    if is_page:
        print_safe(f"written to {output}", err=True)
    sys.exit(report.finish())


def _choose_format(explain: str | None, form: str | None, captions: bool, colours: bool) -> "OutputFormat":
    from cleaning.cli.output_formats import (
        EXPLANATION_PAGE,
        FORMATS,
        build_markdown_format,
        build_terminal_format,
    )

    if explain:
        return build_terminal_format(colours) if explain == EXPLAIN_ON_TERMINAL else EXPLANATION_PAGE
    return build_markdown_format(captions) if form == "markdown" else FORMATS[form or "text"]


class _ProgressReport:
    """Reports on standard error what became of the inputs: messages, a progress line on a terminal, and a summary."""

    def __init__(self, sources: tuple[str, ...], verbose: bool, is_shown: bool) -> None:
        from cleaning.cli.summary import RunSummary

        self._summary = RunSummary(sources)
        self._sources = sources
        self._read: set[str] = set()
        self._verbose = verbose
        self._many = any(map(is_collection, sources))
        self._status = StatusLine() if is_shown and not verbose and sys.stderr.isatty() else None
        self._last_update = time.monotonic()

    def filter_readable(self, pages: "Iterator[Page | UnreadableInput]") -> "Iterator[Page]":
        """Yield the pages that could be read, and print a message for each of the others."""
        for page in pages:
            if isinstance(page, UnreadableInput):
                self._read.add(page.origin.source)
                self._summary.count_unreadable(page.origin)
                self._print_sentence(f"{page.origin.name}: {page.reason}")
            else:
                self._read.add(page.key.source)
                yield page

    def report_page(self, page: "Page", result: "PageResult") -> None:
        """Count a finished page; print its outcome if it failed, was named by the user, or with ``--verbose``."""
        origin: InputOrigin = page.key
        outcome, detail = _describe_result(result)
        self._summary.count_page(origin, outcome)
        if self._verbose or outcome in FAILURE_OUTCOMES or (outcome != "article" and not is_collection(origin.source)):
            self._print_sentence(f"{origin.name}: {outcome}: {detail}")
        if self._status and time.monotonic() - self._last_update > STATUS_INTERVAL_SECONDS:
            self._last_update = time.monotonic()
            self._status.show(self._summary.format_line())

    def finish(self) -> int:
        """Print a message for each input without pages and the summary, and return the exit code."""
        for source in self._sources:
            if source not in self._read:
                self._print_sentence(
                    f"{source}: contains no pages ({', '.join('*' + suffix for suffix in FOLDER_SUFFIXES)})"
                )
        if self._many or self._verbose:
            self._print_sentence(self._summary.format_line())
        elif self._status:
            self._status.clear()
        return self._summary.exit_code

    def _print_sentence(self, sentence: str) -> None:
        from cleaning.output.safe_text import to_one_line

        if self._status:
            self._status.clear()
        print_safe(to_one_line(sentence), err=True)


def _describe_result(result: "PageResult") -> tuple[str, str]:
    """Return the name of the outcome, and the reason for it or the article's title."""
    from cleaning.article import Cleaned
    from cleaning.output.explain import ExplainedPage

    if isinstance(result, ExplainedPage):
        result = result.cleaned
    if isinstance(result, Cleaned):
        return "article", result.article.title or "no title"
    return result.outcome, result.detail
