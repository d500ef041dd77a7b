"""``cleanwire sql``: read-only SQL queries."""

import sys

import click

from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.output.formats import format_option, write_rows


@click.command(
    epilog="""\b
Examples:
  cleanwire sql 'SELECT source, count(*) FROM articles GROUP BY source'
  cleanwire sql 'SELECT name, count(*) AS n FROM article_people GROUP BY name ORDER BY n DESC LIMIT 10' --format csv
  cleanwire sql - < question.sql
"""
)
@click.argument("statement")
@format_option
@click.pass_context
def sql(context: click.Context, statement: str, form: str) -> None:
    """Run a read-only SQL query.

    Query the views articles, article_people, article_tags, article_addresses, article_versions, article_clusters,
    fetches, runs and sources, whose names and columns do not change; docs/schema.md describes them. STATEMENT may be -
    for standard input.
    """
    with (
        open_corpus(context) as corpus,
        corpus.admin.run_sql(sys.stdin.read() if statement == "-" else statement) as (names, rows),
    ):
        write_rows((dict(zip(names, row, strict=True)) for row in rows), names, form, empty="No rows.")
