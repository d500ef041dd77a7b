"""``cleanwire search``: full-text search, and new articles for saved queries."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from cleaning.cli.terminal import format_styled, print_safe
from cleaning.output.safe_text import strip_unprintable, to_json_value, to_one_line
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.param_types import Count
from crawler.cli.options.query_options import filter_options, join_query_words
from crawler.cli.output.formats import format_option, write_rows

if TYPE_CHECKING:
    from storage import Hit, Hits, StoredArticle


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  cleanwire search 'ceasefire zelensky' --since 2024-10-01 --lang en
  cleanwire search '"port of mombasa" OR harbour*' --order date
  cleanwire search 'title:flood (mombasa OR garissa) published:2024-10..2024-11' --collapse
  cleanwire search flood -football --json
""",
)
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@filter_options
@click.option(
    "--order", type=click.Choice(["relevance", "date"]), default="relevance", show_default=True, help="Sort order."
)
@click.option("--limit", "-n", type=Count(min=1), default=10, show_default=True, help="Maximum number of results.")
@click.option("--after", metavar="CURSOR", help="Continue from the cursor printed by an earlier search.")
@click.option("--collapse", is_flag=True, help="Show only the first of several near-duplicates.")
@click.option("--saved", metavar="NAME", help="Use this saved query (see cleanwire saved).")
@click.option("--new", is_flag=True, help="With --saved: show only articles that arrived since the last --new.")
@format_option
@click.pass_context
def search(
    context: click.Context,
    /,
    query: tuple[str, ...],
    saved: str | None,
    new: bool,
    form: str,
    **options: Any,
) -> None:
    """Search the articles in the corpus.

    A query can contain words, "phrases", -not, OR, (parentheses), prefix* and fields: title:, author:, editor:,
    source:, group:, lang:, section:, tag:, cluster: and published:2024-10..2024-11. All words must occur; case, accents
    and Arabic vowel marks do not matter. Without a query, the newest articles are shown.
    """
    if new and saved is None:
        raise click.UsageError("--new requires --saved NAME")
    with open_corpus(context) as corpus:
        if new:
            write_rows(
                (build_new_article_row(article) for article in corpus.get_new_articles(str(saved))),
                NEW_ARTICLE_COLUMNS,
                form,
            )
            return
        query_text = (
            f"{corpus.get_saved_query(saved).query} {join_query_words(query)}" if saved else join_query_words(query)
        )
        try:
            hits = corpus.search(query_text.strip(), **options)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    _write_hits(hits, form)


HIT_COLUMNS: Final = ("id", "published", "language", "source", "title", "url", "snippet", "score")
NEW_ARTICLE_COLUMNS: Final = ("id", "published", "language", "source", "title", "url")


def _write_hits(hits: "Hits", form: str) -> None:
    """Print hits as blocks of text, or as rows for programs; ignored parts of the query go to standard error."""
    for ignored in hits.ignored:
        print_safe(f"Ignored in the query: {to_one_line(ignored)}", err=True)
    if form != "table" or not hits:
        write_rows([serialize_hit(hit) for hit in hits], HIT_COLUMNS, form)
    else:
        for hit in hits:
            print_hit(hit)
    # Only for people: a program that pages through results has nothing to read on standard error.
    if hits.next and sys.stderr.isatty():
        print_safe(f"For more results, add --after {hits.next}", err=True)


def build_new_article_row(article: "StoredArticle") -> dict[str, Any]:
    """Return the row for an article that a saved query found since the last ``--new``.

    It has no score and no snippet, unlike a hit: new articles are listed, not ranked.
    """
    return {name: getattr(article, name) for name in NEW_ARTICLE_COLUMNS}


def serialize_hit(hit: "Hit") -> dict[str, Any]:
    """Return a hit as a dictionary for ``json.dumps``.

    In the snippet, the words that matched are marked with asterisks.
    """
    return {
        "id": hit.id,
        "url": hit.url,
        "title": hit.title,
        "published": to_json_value(hit.published),
        "language": hit.language,
        "source": hit.source,
        "site_name": hit.site_name,
        "snippet": hit.snippet.marked("*", "*"),
        "score": hit.score,
        "cluster_id": hit.cluster_id,
    }


def print_hit(hit: "Hit") -> None:
    """Print a hit as four lines: ID and title; site, day and language; snippet; URL.

    The words that matched are highlighted in the snippet.
    """
    number = click.style(f"{hit.id:>5}", fg="cyan")
    about = " · ".join(part for part in (hit.site_name or hit.source, _format_day(hit.published), hit.language) if part)
    marked = "".join(
        click.style(text, bold=True, fg="yellow") if is_mark else text
        for text, is_mark in (
            (strip_unprintable(text).replace("\n", " "), is_mark) for text, is_mark in hit.snippet.iter_pieces()
        )
    )
    print_safe(f"{number}  {format_styled(hit.title or '(no title)', bold=True)}")
    print_safe(f"       {format_styled(about, dim=True)}")
    print_safe(f"       {marked}")
    print_safe(f"       {format_styled(hit.url, dim=True)}\n")


def _format_day(time: datetime | None) -> str:
    """Format a time as a date; an empty string if there is none."""
    return time.date().isoformat() if time else ""
