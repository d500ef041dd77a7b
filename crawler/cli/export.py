"""``cleanwire export``."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from cleaning.cli.program import written
from crawler.cli.corpus import opened
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
    with opened(context) as corpus, written(output) as stream:
        for article in corpus.iter(typed, **filters):
            json.dump(article.as_json(), stream, ensure_ascii=False)
            stream.write("\n")
            count += 1
            if output and sys.stderr.isatty() and count % 1000 == 0:
                click.echo(f"\r{count:,} articles", nl=False, err=True)
    if output:
        click.echo(f"{count:,} articles written to {output}", err=True)
