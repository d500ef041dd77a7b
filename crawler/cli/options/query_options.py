"""The query and the filters of commands that select articles."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.options.param_types import Day

if TYPE_CHECKING:
    from crawler.config.lookup import KnownSource


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--since``, ``--until``, ``--lang``, ``--source`` and ``--group`` to a command.

    The command receives them as ``since``, ``until``, ``language``, ``source`` and ``group``: keyword arguments of
    `Corpus.search`.
    """
    # In reverse, because the decorator that is applied last comes first in the help.
    for option in (
        group_option("Only articles from this group of sources."),
        source_option("Only articles from this site (its name or host, such as bbc.co.uk)."),
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


def source_option(text: str) -> Callable[..., Any]:
    """Return the decorator that adds ``--source SITE`` with a help text.

    The command receives a key, or another text that the corpus resolves. A site that neither the corpus nor
    sources.toml has ends the command with a usage error.
    """
    return click.option("--source", metavar="SITE", callback=_resolve_source, help=text)


def group_option(text: str) -> Callable[..., Any]:
    """Return the decorator that adds ``--group NAME`` with a help text; an unknown group is a usage error."""
    return click.option("--group", metavar="NAME", callback=_resolve_group, help=text)


def _resolve_source(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    found = _resolve_option(context, text)
    return found[0].key if found and len({source.key for source in found}) == 1 else text


def _resolve_group(context: click.Context, parameter: click.Parameter, name: str | None) -> str | None:
    _resolve_option(context, name and f"group:{name}")
    return name


def _resolve_option(context: click.Context, site: str | None) -> "tuple[KnownSource, ...]":
    """Return the sources that an option names; raises click.UsageError if there are none.

    The result is empty without a name, and if the corpus cannot be opened: the command reports that itself.
    """
    from crawler.cli.options.source_options import can_open_corpus, resolve_sites

    return resolve_sites(context, [site]) if site and can_open_corpus(context) else ()


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
