"""``cleanwire saved``: queries that the user searches for again and again."""

from dataclasses import asdict

import click

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import to_one_line
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.query_options import join_query_words
from crawler.cli.output.formats import format_option, write_rows


@click.group(
    epilog="""\b
Examples:
  cleanwire saved add floods 'flood OR drought lang:en'
  cleanwire search --saved floods
  cleanwire search --saved floods --new --json | mail -E -s 'New articles' desk@news.example
  cleanwire feed --saved floods --output floods.atom
"""
)
def saved() -> None:
    """Save queries under a name.

    Use them with `search --saved`, for new articles only with `search --saved NAME --new`, and for feeds with `feed
    --saved`.
    """


@saved.command(
    context_settings={"ignore_unknown_options": True}, epilog="\b\nExample:\n  cleanwire saved add truce ceasefire"
)
@click.argument("name")
@click.argument("query", nargs=-1, required=True, metavar="QUERY...")
@click.pass_context
def add(context: click.Context, /, name: str, query: tuple[str, ...]) -> None:
    """Save QUERY under NAME, replacing any query of that name.

    A replaced query starts over: every article that matches counts as new.
    """
    query_text = join_query_words(query)
    # Report mistakes now: a saved query usually runs from cron, where a warning is easily missed.
    from storage.search.query_parser import parse_query

    for ignored in parse_query(query_text).ignored:
        print_safe(f"Ignored in the query: {to_one_line(ignored)}", err=True)
    with open_corpus(context) as corpus:
        try:
            corpus.save_query(name, query_text)
        except ValueError as error:
            raise click.UsageError(str(error)) from error


@saved.command("list", epilog="\b\nExample:\n  cleanwire saved list --json")
@format_option
@click.pass_context
def list_(context: click.Context, form: str) -> None:
    """List the saved queries.

    The column `seen_at` is the time of the last `search --new`.
    """
    with open_corpus(context) as corpus:
        queries = corpus.list_saved_queries()
    write_rows(map(asdict, queries), ("name", "query", "seen_at"), form, empty="No saved queries.")


@saved.command(epilog="\b\nExample:\n  cleanwire saved remove floods")
@click.argument("name")
@click.pass_context
def remove(context: click.Context, name: str) -> None:
    """Delete a saved query.

    The articles stay in the corpus.
    """
    with open_corpus(context) as corpus:
        corpus.delete_query(name)
