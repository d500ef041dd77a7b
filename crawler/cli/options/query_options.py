"""What articles a command is about: the options that filter them, and the query."""

from collections.abc import Callable
from typing import Any

import click

from crawler.cli.options.param_types import Day


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--since``, ``--until``, ``--lang`` and ``--source``."""
    for option in (
        click.option("--source", metavar="SITE", help="Only articles of this site (its host, such as bbc.co.uk)."),
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
            help="Only articles published until then, that day included.",
        ),
        click.option("--since", type=Day(), metavar="DAY", help="Only articles published since then (2024-10-01)."),
    ):
        command = option(command)
    return command


def join_query_words(query: tuple[str, ...]) -> str:
    """The query that was typed. ``-word`` excludes; what begins with two dashes is a mistyped option.

    Raises click.UsageError for that.
    """
    for word in query:
        if word.startswith("--"):
            raise click.UsageError(f"no such option: {word.partition('=')[0]}")
    return " ".join(query)
