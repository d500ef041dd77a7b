"""The command ``clean``."""

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
"""The value of ``--explain`` without a file."""
STATUS_INTERVAL_SECONDS: Final = 0.1
"""Seconds between two updates of the line that tells how far it is."""


class _CleanCommand(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, add_explain_value(args))


def add_explain_value(words: list[str]) -> list[str]:
    """The words of a command line, with a value for each ``--explain``: the HTML file that it is to write, or ``-``.

    ``--explain=why.html`` is plain. ``--explain why.html`` means the same where that is no page of the user's own:
    there is no such file yet, or it is one that we wrote. A page that somebody saved is never written over.

    >>> add_explain_value(["--explain", "story.txt"]), add_explain_value(["story.txt", "--explain", "not-there.html"])
    (['--explain=-', 'story.txt'], ['story.txt', '--explain=not-there.html'])
    """
    end = words.index("--") if "--" in words else len(words)
    done: list[str] = []
    rest = iter(words[:end])
    for word in rest:
        following = next(rest, None) if word == "--explain" else None
        if word != "--explain":
            done.append(word)
        elif following is not None and _is_explain_target(following):
            done.append(f"--explain={following}")
        else:
            done += [
                f"--explain={EXPLAIN_ON_TERMINAL}",
                *add_explain_value([following] if following is not None else []),
            ]
    return done + words[end:]


def _is_explain_target(name: str) -> bool:
    if is_url(name) or not name.lower().endswith((".html", ".htm")):
        return False
    return not Path(name).exists() or _is_own_page(Path(name))


def _is_own_page(path: Path) -> bool:
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
  cleanwire clean --explain page.html               what was removed, on the terminal
  cleanwire clean page.html --explain why.html      the same as a page for the browser
  cleanwire clean saved/ crawl.warc.gz --json -o articles.jsonl
  curl -s https://news.example/story | cleanwire clean --url https://news.example/story -
  cleanwire clean --text scraped

\b
Exit codes:
  0 every INPUT gave an article         4 none could be read or cleaned
  2 an option, path or address is       5 an INPUT holds no article
    wrong: nothing was cleaned          74 the output could not be written
  3 some could not be read or cleaned   130 interrupted
""",
)
@click.argument("inputs", nargs=-1, type=InputPath(), metavar="INPUT...")
@click.option("--url", help="Address of the page; it resolves relative links. For one FILE or -.")
@click.option("--text", "is_text", is_flag=True, help="Plain text that something else scraped (assumed of *.txt).")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    help="What to write; json is one object a page and line, with all fields and removals.  [default: text]",
)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option(
    "--explain",
    metavar="[FILE.html]",
    help="Show the page's text with what was removed struck out, and the rule; or write that as a page to look at. "
    "A page that you saved is not written over: --explain page.html explains it.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file instead of standard output; it is replaced when complete.",
)
@click.option(
    "--sites",
    "site_files",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    envvar="CLEANWIRE_SITES",
    metavar="FILE",
    help="What you know of single sites: a TOML file, or a folder of them; also set by CLEANWIRE_SITES.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes that clean.  [default: one a core]")
@click.option(
    "--deadline",
    type=click.FloatRange(min=0, min_open=True),
    default=15.0,
    show_default=True,
    metavar="SECONDS",
    help="Time that a page may take.",
)
@click.option("--verbose", "-v", is_flag=True, help="Tell every page's outcome on standard error.")
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
    workers: int | None,
    deadline: float,
    verbose: bool,
) -> None:
    """Clean pages: print each article's title and text.

    INPUT is an HTML page as a server sent it, a folder (its *.html, *.htm, *.xhtml, *.txt, *.warc and *.warc.gz, and
    those in the folders in it), a WARC archive, an http or https address, or - for standard input. Pages are cleaned on
    all cores. Where there is no article, the outcome and the reason go to standard error; of folders and archives
    only the counts do, and each page's with -v.
    """
    is_page = explain not in (None, EXPLAIN_ON_TERMINAL)
    if not inputs:
        raise click.UsageError(f"there is no file or folder {explain!r}" if is_page else "name an INPUT; see --help")
    if url and (len(inputs) > 1 or is_collection(inputs[0]) or is_url(inputs[0])):
        raise click.UsageError("--url is for one page: one FILE, or -")
    if as_json and form not in (None, "json"):
        raise click.UsageError("give either --json or --format")
    if explain and (as_json or form):
        raise click.UsageError("--explain has a form of its own (json lists what was removed anyway)")
    if is_page and output:
        raise click.UsageError("give either a file to --explain or --output")
    output = Path(explain) if explain and is_page else output
    from cleaning.batch import clean_page, map_in_workers
    from cleaning.output.explain import explain_page

    report = _ProgressReport(inputs, verbose, is_shown=output is not None or not sys.stdout.isatty())
    pages = report.filter_readable(read_pages(inputs, url, is_text))
    work = partial(explain_page if explain else clean_page, sites=read_sites(site_files))
    results = map_in_workers(work, pages, workers=workers, deadline=deadline)
    has_many = len(inputs) > 1 or is_collection(inputs[0])
    chosen = _choose_format(explain, "json" if as_json else form, colours=output is None and has_colours(sys.stdout))
    with open_output(output) as stream, closing(results):
        stream.write(chosen.beginning())
        is_first = True
        for page, result in results:
            report.report_page(page, result)
            if text := chosen.write(page.key, result):
                stream.write((chosen.between(page.key, is_first) if has_many else "") + text)
                is_first = False
    if is_page:
        print_safe(f"written to {output}", err=True)
    sys.exit(report.finish())


def _choose_format(explain: str | None, form: str | None, colours: bool) -> "OutputFormat":
    from cleaning.cli.output_formats import EXPLANATION_PAGE, FORMATS, build_terminal_format

    if explain:
        return build_terminal_format(colours) if explain == EXPLAIN_ON_TERMINAL else EXPLANATION_PAGE
    return FORMATS[form or "text"]


class _ProgressReport:
    """Tells on standard error what became of the inputs."""

    def __init__(self, sources: tuple[str, ...], verbose: bool, is_shown: bool) -> None:
        from cleaning.cli.summary import RunSummary

        self._tally = RunSummary(sources)
        self._sources = sources
        self._read: set[str] = set()
        self._verbose = verbose
        self._many = any(map(is_collection, sources))
        self._status = StatusLine() if is_shown and not verbose and sys.stderr.isatty() else None
        self._told = time.monotonic()

    def filter_readable(self, pages: "Iterator[Page | UnreadableInput]") -> "Iterator[Page]":
        """The pages that could be read; of the others it tells why not."""
        for page in pages:
            if isinstance(page, UnreadableInput):
                self._read.add(page.origin.source)
                self._tally.count_unreadable(page.origin)
                self._print_sentence(f"{page.origin.name}: {page.reason}")
            else:
                self._read.add(page.key.source)
                yield page

    def report_page(self, page: "Page", result: "PageResult") -> None:
        """Of a page that is done."""
        origin: InputOrigin = page.key
        outcome, detail = _describe_result(result)
        self._tally.count_page(origin, outcome)
        if self._verbose or outcome in FAILURE_OUTCOMES or (outcome != "article" and not is_collection(origin.source)):
            self._print_sentence(f"{origin.name}: {outcome}: {detail}")
        if self._status and time.monotonic() - self._told > STATUS_INTERVAL_SECONDS:
            self._told = time.monotonic()
            self._status.show(self._tally.format_line())

    def finish(self) -> int:
        """The last words, and the exit code."""
        for source in self._sources:
            if source not in self._read:
                self._print_sentence(
                    f"{source}: no page in it ({', '.join('*' + suffix for suffix in FOLDER_SUFFIXES)})"
                )
        if self._many or self._verbose:
            self._print_sentence(self._tally.format_line())
        elif self._status:
            self._status.clear()
        return self._tally.exit_code

    def _print_sentence(self, sentence: str) -> None:
        from cleaning.output.safe_text import to_one_line

        if self._status:
            self._status.clear()
        print_safe(to_one_line(sentence), err=True)


def _describe_result(result: "PageResult") -> tuple[str, str]:
    """The outcome's name, and its reason or the article's title."""
    from cleaning.article import Cleaned
    from cleaning.output.explain import ExplainedPage

    if isinstance(result, ExplainedPage):
        result = result.cleaned
    if isinstance(result, Cleaned):
        return "article", result.article.title or "without a title"
    return result.outcome, result.detail
