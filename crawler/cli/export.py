"""``cleanwire export``."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from crawler.cli.corpus import opened
from crawler.cli.exits import CLOSED_PIPE
from crawler.cli.options import filter_options, words_of


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  cleanwire export > corpus.jsonl
  cleanwire export --output somali.jsonl --lang so
  cleanwire export 'flood OR drought' --since 2024-01-01
""",
)
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@filter_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl"]),
    default="jsonl",
    show_default=True,
    help="One JSON object an article and line.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file instead of standard output; it is replaced when complete.",
)
@click.pass_context
def export(context: click.Context, /, query: tuple[str, ...], form: str, output: Path | None, **filters: Any) -> None:
    """Write articles of the corpus out: all of them, or those that a query and the filters find.

    Lists stay lists; times are ISO 8601 with their zone.
    """
    typed = words_of(query)
    count = 0
    with opened(context) as corpus, _written(output) as stream:
        for article in corpus.iter(typed, **filters):
            json.dump(article.as_json(), stream, ensure_ascii=False)
            stream.write("\n")
            count += 1
            if output and sys.stderr.isatty() and count % 1000 == 0:
                click.echo(f"\r{count:,} articles", nl=False, err=True)
    if output:
        click.echo(f"{count:,} articles written to {output}", err=True)


@contextmanager
def _written(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that takes its name only when it is complete."""
    if output is None or str(output) == "-":
        try:
            yield sys.stdout
        except BrokenPipeError:
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115,PTH123 - nothing more can be written, at exit neither
            raise click.exceptions.Exit(CLOSED_PIPE) from None
        return
    partial = output.with_name(f".{output.name}.partial")
    try:
        stream = partial.open("w", encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}") from error
    try:
        with stream:
            yield stream
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
