"""``cleanwire feed``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaning.cli.runtime import open_output
from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import to_one_line
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.query_options import filter_options, join_query_words
from crawler.cli.output.files import explain_write_errors

if TYPE_CHECKING:
    from storage import StoredArticle


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  cleanwire feed --lang so > somali.xml
  cleanwire feed 'flood OR drought' --title Floods --output /var/www/floods.xml
  cleanwire feed --source bbc.co.uk --format json --limit 20
  cleanwire feed --saved floods --output floods.xml
""",
)
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@filter_options
@click.option("--saved", metavar="NAME", help="Of a query that was kept: see cleanwire saved.")
@click.option("--format", "form", type=click.Choice(["atom", "rss", "json"]), default="atom", show_default=True)
@click.option("--limit", "-n", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("--title", metavar="T", help="What the feed is called; default: what was asked for.")
@click.option("--link", metavar="URL", help="Address of the page that the feed stands for.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="A file instead of standard output; it is replaced when complete.",
)
@click.pass_context
def feed(
    context: click.Context,
    /,
    query: tuple[str, ...],
    saved: str | None,
    form: str,
    limit: int,
    title: str | None,
    link: str | None,
    output: Path | None,
    **filters: Any,
) -> None:
    """Write the newest articles of the corpus as a feed: all of them, or those that a query and the filters find.

    Articles without a date come last. The feed has their whole texts: mind whose they are before you publish it.
    """
    typed = join_query_words(query)
    with open_corpus(context) as corpus:
        asked = f"{corpus.get_saved_query(saved).query} {typed}".strip() if saved else typed
        hits = corpus.search(asked, limit=limit, order="date", **filters)
        articles = [corpus.get(hit.id) for hit in hits]
    for ignored in hits.ignored:
        print_safe(f"Left out of the query: {to_one_line(ignored)}", err=True)
    text = build_feed(articles, form, title or saved or build_title(typed, filters), link)
    with explain_write_errors(output), open_output(output) as stream:
        stream.write(text)


def build_feed(articles: "list[StoredArticle]", form: str, title: str, link: str | None) -> str:
    """A feed of the articles, as new as the newest of them is in the corpus."""
    from storage.exports import feeds

    updated = max((article.fetched_at for article in articles), default=datetime.now(UTC))
    write = {"atom": feeds.atom, "rss": feeds.rss, "json": feeds.json_feed}[form]
    return write(articles, feeds.FeedHead(title, link, updated))


def build_title(typed: str, filters: dict[str, Any]) -> str:
    """A title that says what was asked for.

    >>> build_title("flood OR drought", {"language": "so", "source": None}), build_title("", {})
    ('flood OR drought · so', 'News articles')
    """
    return " · ".join(str(part) for part in (typed, *filters.values()) if part) or "News articles"
