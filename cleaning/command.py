"""The command line of the cleaner: ``python -m cleaning``, and ``cleanwire clean``."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

NO_ARTICLE = 5
"""Exit code where a page holds no article."""


@click.command(
    epilog="""\b
Examples:
  cleanwire clean page.html
  cleanwire clean --explain page.html
  curl -s https://news.example/story | cleanwire clean --url https://news.example/story --json -
  cleanwire clean --text scraped.txt
"""
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE...",
)
@click.option("--url", help="Address of the page; it resolves relative links.")
@click.option(
    "--text",
    "is_text",
    is_flag=True,
    help="The files are plain text that something else scraped (assumed of *.txt).",
)
@click.option("--explain", is_flag=True, help="Show what was removed, and by which rule.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with all fields and removals.")
def clean(files: tuple[str, ...], url: str | None, is_text: bool, explain: bool, as_json: bool) -> None:
    """Clean saved pages: print each article's title and text.

    FILE is an HTML page as a server sent it, or - for standard input. Where a page holds no article, its outcome and
    the reason go to standard error and the exit code is 5.
    """
    refused = 0
    for file in files:
        refused += not _clean_one(file, url, is_text or file.endswith(".txt"), explain, as_json)
    sys.exit(NO_ARTICLE if refused else 0)


def _clean_one(file: str, url: str | None, is_text: bool, explain: bool, as_json: bool) -> bool:
    from . import NotAnArticleError, clean_and_explain, clean_text_and_explain
    from .decoding import decode_bytes, refuse_binary

    page = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        if is_text:
            refuse_binary(page)
            cleaned = clean_text_and_explain(decode_bytes(page), url)
        else:
            cleaned = clean_and_explain(page, url)
    except NotAnArticleError as error:
        if as_json:
            click.echo(json.dumps({"file": file, "outcome": error.reason, "detail": error.detail}, ensure_ascii=False))
        click.echo(f"{file}: {error}", err=True)
        return False
    if as_json:
        click.echo(json.dumps({"file": file, "outcome": "article", **plain(asdict(cleaned))}, ensure_ascii=False))
        return True
    title = [cleaned.article.title] if cleaned.article.title else []
    click.echo(printable("\n\n".join([*title, cleaned.article.text])))
    if explain:
        click.echo()
        for removal in cleaned.removals:
            rule = click.style(f"{removal.rule:>20}", fg="yellow")
            click.echo(f"{rule}  {click.style(printable(removal.text)[:300], strikethrough=True, dim=True)}")
    return True


def plain(value: Any) -> Any:
    """A value for ``json.dumps``: times in ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def printable(text: str) -> str:
    """Text for a terminal: a page must not move the cursor, ring the bell or turn the direction of writing.

    >>> printable("Flood\\x1b[2J in \\u202eMombasa")
    'Flood[2J in Mombasa'
    """
    return "".join(
        char
        for char in text
        if char in "\n\t" or (char.isprintable() and char not in _DIRECTIONS) or char in "\u200c\u200d"
    )


_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
