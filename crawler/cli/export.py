"""``cleanwire export``: articles as files for other programs."""

import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from cleaning.cli.runtime import is_device, open_binary_output, open_output
from cleaning.cli.terminal import print_safe
from cleaning.usage import PURPOSES, find_prohibition, list_statements
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.query_options import filter_options, join_query_words
from crawler.cli.output.files import explain_write_errors, write_folder
from crawler.cli.output.progress import show_article_progress

if TYPE_CHECKING:
    from storage import Corpus, Exchange, StoredArticle
    from storage.exports.warc import PageLookup


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A file format of exports, and the kind of output it needs.

    Text formats may be printed on a terminal, binary ones may be piped, and folders need ``--output``.
    """

    target: Literal["text", "binary", "folder"]
    suffixes: tuple[str, ...] = ()
    """Endings of file names that select this format, in lower case; empty for folders."""
    file_pattern: str = ""
    """Regular expression of the paths in its folder. A folder with any other file in it is never replaced."""


EXPORT_FORMATS: Final = {
    "jsonl": ExportFormat("text", (".jsonl", ".ndjson")),
    "csv": ExportFormat("text", (".csv",)),
    "parquet": ExportFormat("binary", (".parquet",)),
    "hf": ExportFormat("folder", file_pattern=r"README\.md|data/train-\d{5}-of-\d{5}\.parquet"),
    "text": ExportFormat("folder", file_pattern=r"[^/]+_[^/]+\.txt"),
    "warc": ExportFormat("binary", (".warc.gz",)),
}
# Without this list, corpus.csv.gz or corpus.xlsx would contain plain JSON Lines, and no program could open it.
_UNSUPPORTED_SUFFIXES: Final = (".gz", ".bz2", ".xz", ".zst", ".zip", ".xlsx", ".warc")


@click.command(
    # "-word" in a query excludes the word; see `join_query_words`.
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
    help="jsonl, csv, parquet and warc write a file; hf (a Hugging Face dataset) and text (one .txt file per article) "
    "write a folder.  [default: by the name of the output, else jsonl]",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="Write to this file or folder instead of standard output; replaces an earlier export once complete.",
)
@click.option(
    "--purpose",
    type=click.Choice(PURPOSES),
    help="Leave out articles whose sites forbid this use, and print how many.",
)
@click.option(
    "--archive",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the archived pages, for warc.  [default: next to the database]",
)
@click.pass_context
def export(
    context: click.Context,
    /,
    query: tuple[str, ...],
    form_name: str | None,
    output: Path | None,
    purpose: str | None,
    archive: Path | None,
    **filters: Any,
) -> None:
    """Export articles as JSON Lines, CSV, Parquet, WARC or text.

    All articles are exported, or those that match a query and filters. Lists stay lists, except in csv; times have a
    time zone. In csv, text that a spreadsheet would run as a formula is prefixed with an apostrophe. With warc, a page
    that is in the archive is exported as it was fetched, any other as its cleaned text.
    """
    query_text = join_query_words(query)
    form_name = form_name or infer_format(output)
    validate_target(form_name, output)
    begun = time.monotonic()
    with (
        open_corpus(context) as corpus,
        explain_write_errors(output),
        show_article_progress(_is_on_screen(output)) as count_articles,
    ):
        pages = _ArchivedPages(corpus, archive) if form_name == "warc" else None
        permitted = _PermittedArticles(corpus.iter(query_text, **filters), purpose)
        count = write_articles(form_name, count_articles(permitted), output, pages)
    if permitted.left_out:
        print_safe(f"{permitted.left_out:,} articles left out: their sites forbid the use for {purpose}", err=True)
    if not _is_standard(output):
        missing = f"; {pages.missing:,} as text because their pages are not archived" if pages and pages.missing else ""
        seconds = time.monotonic() - begun
        print_safe(f"{count:,} articles written to {output} in {seconds:.1f} s{missing}", err=True)


def infer_format(output: Path | None) -> str:
    """Return the name of the format for an output file, from its ending; ``"jsonl"`` for any other name.

    >>> infer_format(Path("somali.PARQUET")), infer_format(Path("pages.warc.gz")), infer_format(None)
    ('parquet', 'warc', 'jsonl')

    Raises click.UsageError for the ending of a format that Cleanwire does not write.
    """
    name = output.name.lower() if output else ""
    for form_name, form in EXPORT_FORMATS.items():
        if name.endswith(form.suffixes):
            return form_name
    if name.endswith(_UNSUPPORTED_SUFFIXES):
        suffixes = " ".join(suffix for form in EXPORT_FORMATS.values() for suffix in form.suffixes)
        raise click.UsageError(f"unknown file type {output}; supported: {suffixes} (or use --format)")
    return "jsonl"


def validate_target(form_name: str, output: Path | None) -> None:
    """Raise click.UsageError if a format cannot be written to an output.

    A folder format needs ``--output``, and a binary format cannot be printed on a terminal. This runs before the corpus
    is opened.
    """
    target = EXPORT_FORMATS[form_name].target
    if target == "folder" and (output is None or _is_standard(output) or is_device(output)):
        raise click.UsageError(f"--format {form_name} writes a folder: use --output FOLDER")
    if target == "binary" and _is_standard(output) and sys.stdout.isatty():
        raise click.UsageError(f"--format {form_name} cannot be printed on a terminal: use --output FILE or a pipe")


def write_articles(
    form_name: str, articles: Iterable["StoredArticle"], output: Path | None, find_page: "PageLookup | None"
) -> int:
    """Write articles in one of `EXPORT_FORMATS`, and return their number.

    Args:
        form_name: a key of `EXPORT_FORMATS`.
        articles: read one at a time, so that memory does not depend on their number.
        output: a file or folder; ``None`` or ``-`` for standard output.
        find_page: returns the archived page of an article, for ``warc``; ``None`` writes the cleaned text only.
    """
    from storage import exports

    with ExitStack() as stack:
        match form_name:
            case "jsonl":
                return exports.write_jsonl(articles, stack.enter_context(open_output(output)))
            case "csv":
                return exports.write_csv(articles, stack.enter_context(open_output(output)))
            case "parquet":
                return exports.write_parquet(articles, stack.enter_context(open_binary_output(output)))
            case "warc":
                return exports.write_warc(articles, stack.enter_context(open_binary_output(output)), find_page)
        # validate_target has rejected the folder formats without a folder.
        assert output is not None
        folder = write_folder(output, form_name, re.compile(EXPORT_FORMATS[form_name].file_pattern))
        write = exports.write_dataset if form_name == "hf" else exports.write_texts
        return write(articles, stack.enter_context(folder))


class _PermittedArticles:
    """Leaves out the articles that may not be used for a purpose, and counts them."""

    def __init__(self, articles: "Iterable[StoredArticle]", purpose: str | None) -> None:
        self._articles = articles
        self._purpose = purpose
        self.left_out = 0

    def __iter__(self) -> "Iterator[StoredArticle]":
        for article in self._articles:
            if self._purpose and find_prohibition(list_statements(article), self._purpose):
                self.left_out += 1
            else:
                yield article


class _ArchivedPages:
    """Looks up archived pages, and counts the articles without one."""

    def __init__(self, corpus: "Corpus", folder: Path | None) -> None:
        self._corpus = corpus
        self._folder = folder
        self.missing = 0

    def __call__(self, article: "StoredArticle") -> "Exchange | None":
        page = self._corpus.read_archived_page(article.id, archive_folder=self._folder)
        self.missing += page is None
        return page


def _is_standard(output: Path | None) -> bool:
    """Return whether the output is standard output."""
    return output is None or str(output) == "-"


def _is_on_screen(output: Path | None) -> bool:
    """Return whether the articles are printed on the terminal, where a progress line would mix with them."""
    return _is_standard(output) and sys.stdout.isatty()
