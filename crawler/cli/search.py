"""``cleanwire search``."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from cleaning.cli.terminal import format_styled, print_safe
from cleaning.output.safe_text import strip_unprintable, to_json_value, to_one_line
from crawler.cli.options.open_corpus import open_corpus
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
@click.option("--order", type=click.Choice(["relevance", "date"]), default="relevance", show_default=True)
@click.option("--limit", "-n", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--after", metavar="CURSOR", help="Go on behind an earlier search, which has told this cursor.")
@click.option("--collapse", is_flag=True, help="Of articles that tell nearly the same, only the first.")
@click.option("--saved", metavar="NAME", help="Search for a query that was kept: see cleanwire saved.")
@click.option("--new", is_flag=True, help="Of a kept query, all that came since --new was last asked for.")
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
    """Search the corpus: words, "phrases", -not, OR, (parentheses), prefix*, and fields.

    Fields are title:, author:, editor:, source:, lang:, section:, tag:, cluster: and published:2024-10..2024-11. All
    words must occur; case, accents and Arabic vowel marks do not matter. Without a query, the newest articles.
    """
    if new and saved is None:
        raise click.UsageError("--new is asked of a query that was kept: name it with --saved")
    with open_corpus(context) as corpus:
        if new:
            write_rows(
                (build_new_article_row(article) for article in corpus.get_new_articles(str(saved))),
                NEW_ARTICLE_COLUMNS,
                form,
            )
            return
        typed = f"{corpus.get_saved_query(saved).query} {join_query_words(query)}" if saved else join_query_words(query)
        try:
            hits = corpus.search(typed.strip(), **options)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    _write_hits(hits, form)


HIT_COLUMNS: Final = ("id", "published", "language", "source", "title", "url", "snippet", "score")
NEW_ARTICLE_COLUMNS: Final = ("id", "published", "language", "source", "title", "url")


def _write_hits(hits: "Hits", form: str) -> None:
    for ignored in hits.ignored:
        print_safe(f"Left out of the query: {to_one_line(ignored)}", err=True)
    if form != "table" or not hits:
        write_rows([serialize_hit(hit) for hit in hits], HIT_COLUMNS, form)
    else:
        for hit in hits:
            print_hit(hit)
    if hits.next and sys.stderr.isatty():
        print_safe(f"More: --after {hits.next}", err=True)


def build_new_article_row(article: "StoredArticle") -> dict[str, Any]:
    """What is told of an article that a kept query has newly found."""
    return {name: getattr(article, name) for name in NEW_ARTICLE_COLUMNS}


def serialize_hit(hit: "Hit") -> dict[str, Any]:
    """A hit for ``json.dumps``; the words found stand between asterisks in the snippet."""
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
    """A hit as four lines: number and title, where and when, the text around what was found, the address."""
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
    return time.date().isoformat() if time else ""
