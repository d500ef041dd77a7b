"""``cleanwire saved``: queries that one comes back to."""

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
    """Keep queries under a name: to search, to be told of what is new, and to make feeds of."""


@saved.command(
    context_settings={"ignore_unknown_options": True}, epilog="\b\nExample:\n  cleanwire saved add truce ceasefire"
)
@click.argument("name")
@click.argument("query", nargs=-1, required=True, metavar="QUERY...")
@click.pass_context
def add(context: click.Context, /, name: str, query: tuple[str, ...]) -> None:
    """Keep a query under a name; one of that name is replaced, and everything it finds is new again."""
    typed = join_query_words(query)
    from storage.search.query_parser import parse_query

    for ignored in parse_query(typed).ignored:
        print_safe(f"Left out of the query: {to_one_line(ignored)}", err=True)
    with open_corpus(context) as corpus:
        try:
            corpus.save_query(name, typed)
        except ValueError as error:
            raise click.UsageError(str(error)) from error


@saved.command("list", epilog="\b\nExample:\n  cleanwire saved list --json")
@format_option
@click.pass_context
def list_(context: click.Context, form: str) -> None:
    """Show the queries that are kept."""
    with open_corpus(context) as corpus:
        queries = corpus.list_saved_queries()
    write_rows(map(asdict, queries), ("name", "query", "seen_at"), form, empty="No query is kept.")


@saved.command(epilog="\b\nExample:\n  cleanwire saved remove floods")
@click.argument("name")
@click.pass_context
def remove(context: click.Context, name: str) -> None:
    """Forget a query."""
    with open_corpus(context) as corpus:
        corpus.delete_query(name)
