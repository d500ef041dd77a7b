"""``cleanwire export``."""

import re
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from cleaning.cli.runtime import is_device, open_binary_output, open_output
from cleaning.cli.terminal import print_safe
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.query_options import filter_options, join_query_words
from crawler.cli.output.files import explain_write_errors, write_folder
from crawler.cli.output.progress import show_article_progress

if TYPE_CHECKING:
    from storage import Corpus, Exchange, StoredArticle
    from storage.exports.warc import PageLookup


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format of exports."""

    target: Literal["text", "binary", "folder"]
    suffixes: tuple[str, ...] = ()
    """Of file names that ask for it, in lower case."""
    file_pattern: str = ""
    """What the files in its folder are called, as a regular expression."""


EXPORT_FORMATS: Final = {
    "jsonl": ExportFormat("text", (".jsonl", ".ndjson")),
    "csv": ExportFormat("text", (".csv",)),
    "parquet": ExportFormat("binary", (".parquet",)),
    "hf": ExportFormat("folder", file_pattern=r"README\.md|data/train-\d{5}-of-\d{5}\.parquet"),
    "text": ExportFormat("folder", file_pattern=r"[^/]+_[^/]+\.txt"),
    "warc": ExportFormat("binary", (".warc.gz",)),
}
_UNSUPPORTED_SUFFIXES: Final = (".gz", ".bz2", ".xz", ".zst", ".zip", ".xlsx", ".warc")


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  cleanwire export > corpus.jsonl
  cleanwire export --output somali.parquet --lang so
  cleanwire export 'flood OR drought' --since 2024-01-01 --format csv -o floods.csv
  cleanwire export --format hf --output dataset/
""",
)
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@filter_options
@click.option(
    "--format",
    "form_name",
    type=click.Choice(list(EXPORT_FORMATS)),
    help="jsonl, csv, parquet, warc: a file; hf (a Hugging Face dataset), text (a .txt an article): a folder. "
    "Default: what the name of the output says, else jsonl.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="A file or folder instead of standard output; an earlier one is replaced when this one is complete.",
)
@click.option(
    "--archive",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where warc finds the pages as they were fetched, if not beside the database.",
)
@click.pass_context
def export(
    context: click.Context,
    /,
    query: tuple[str, ...],
    form_name: str | None,
    output: Path | None,
    archive: Path | None,
    **filters: Any,
) -> None:
    """Write articles of the corpus out: all of them, or those that a query and the filters find.

    Lists stay lists, except in csv; times have their zone. In csv, text that a spreadsheet would take for a formula
    begins with an apostrophe. Of pages that are in the archive, warc has the page itself, of others the cleaned text.
    """
    typed = join_query_words(query)
    form_name = form_name or infer_format(output)
    validate_target(form_name, output)
    begun = time.monotonic()
    with (
        open_corpus(context) as corpus,
        explain_write_errors(output),
        show_article_progress(_is_on_screen(output)) as watched,
    ):
        pages = _ArchivedPages(corpus, archive) if form_name == "warc" else None
        count = write_articles(form_name, watched(corpus.iter(typed, **filters)), output, pages)
    if not _is_standard(output):
        missing = f"; {pages.missing:,} as text: their pages are not archived" if pages and pages.missing else ""
        seconds = time.monotonic() - begun
        print_safe(f"{count:,} articles written to {output} in {seconds:.1f} s{missing}", err=True)


def infer_format(output: Path | None) -> str:
    """The format that a file's name asks for; ``"jsonl"`` where it says nothing.

    >>> infer_format(Path("somali.PARQUET")), infer_format(Path("pages.warc.gz")), infer_format(None)
    ('parquet', 'warc', 'jsonl')

    Raises click.UsageError where the name promises what no export is.
    """
    name = output.name.lower() if output else ""
    for form_name, form in EXPORT_FORMATS.items():
        if name.endswith(form.suffixes):
            return form_name
    if name.endswith(_UNSUPPORTED_SUFFIXES):
        raise click.UsageError(f"no format is written to files such as {output}: say with --format which one you mean")
    return "jsonl"


def validate_target(form_name: str, output: Path | None) -> None:
    """Raise click.UsageError where a format cannot be written there."""
    target = EXPORT_FORMATS[form_name].target
    if target == "folder" and (output is None or _is_standard(output) or is_device(output)):
        raise click.UsageError(f"--format {form_name} writes a folder: name it with --output")
    if target == "binary" and _is_standard(output) and sys.stdout.isatty():
        raise click.UsageError(f"--format {form_name} is not for terminals: name a file with --output, or pipe it")


def write_articles(
    form_name: str, articles: Iterable["StoredArticle"], output: Path | None, find_page: "PageLookup | None"
) -> int:
    """Write articles in one of `FORMS`, ``page_of`` giving warc its pages; how many articles there were."""
    from storage import exports

    with ExitStack() as opened_ones:
        match form_name:
            case "jsonl":
                return exports.write_jsonl(articles, opened_ones.enter_context(open_output(output)))
            case "csv":
                return exports.write_csv(articles, opened_ones.enter_context(open_output(output)))
            case "parquet":
                return exports.write_parquet(articles, opened_ones.enter_context(open_binary_output(output)))
            case "warc":
                return exports.write_warc(articles, opened_ones.enter_context(open_binary_output(output)), find_page)
        assert output is not None
        folder = write_folder(output, form_name, re.compile(EXPORT_FORMATS[form_name].file_pattern))
        into = exports.write_dataset if form_name == "hf" else exports.write_texts
        return into(articles, opened_ones.enter_context(folder))


class _ArchivedPages:
    """Gives pages out of the archive, and counts those that are not there."""

    def __init__(self, corpus: "Corpus", folder: Path | None) -> None:
        self._corpus = corpus
        self._folder = folder
        self.missing = 0

    def __call__(self, article: "StoredArticle") -> "Exchange | None":
        page = self._corpus.read_archived_page(article.id, archive_folder=self._folder)
        self.missing += page is None
        return page


def _is_standard(output: Path | None) -> bool:
    return output is None or str(output) == "-"


def _is_on_screen(output: Path | None) -> bool:
    """Whether what is written goes to the terminal that progress would be shown on."""
    return _is_standard(output) and sys.stdout.isatty()
