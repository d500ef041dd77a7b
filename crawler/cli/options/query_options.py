"""The query and the filters of commands that select articles."""

from collections.abc import Callable
from typing import Any

import click

from crawler.cli.options.param_types import Day


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--since``, ``--until``, ``--lang`` and ``--source`` to a command.

    The command receives them as ``since``, ``until``, ``language`` and ``source``: keyword arguments of
    `Corpus.search`.
    """
    # In reverse, because the decorator that is applied last comes first in the help.
    for option in (
        click.option("--source", metavar="SITE", help="Only articles from this site (its host, such as bbc.co.uk)."),
        click.option(
            "--lang",
            "language",
            metavar="CODE",
            help="Only articles in this language (ISO 639-1, such as en).",
        ),
        click.option(
            "--until",
            type=Day(last=True),
            metavar="DAY",
            help="Only articles published on this day or before.",
        ),
        click.option(
            "--since", type=Day(), metavar="DAY", help="Only articles published on this day or later (2024-10-01)."
        ),
    ):
        command = option(command)
    return command


def join_query_words(query: tuple[str, ...]) -> str:
    """Return the words of the command line as one query.

    Raises click.UsageError for a word that begins with two dashes, which is a mistyped option.
    """
    # Commands with a query ignore unknown options, so that "-word" can exclude a word. Without this check, a mistyped
    # option would silently become part of the query.
    for word in query:
        if word.startswith("--"):
            raise click.UsageError(f"no such option: {word.partition('=')[0]}")
    return " ".join(query)
