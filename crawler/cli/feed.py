"""``cleanwire feed``: articles as an Atom, RSS or JSON feed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaning.cli.runtime import open_output
from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import to_one_line
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.param_types import Count
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
@click.option("--saved", metavar="NAME", help="Use this saved query (see cleanwire saved).")
@click.option(
    "--format",
    "form",
    type=click.Choice(["atom", "rss", "json"]),
    default="atom",
    show_default=True,
    help="Format of the feed.",
)
@click.option("--limit", "-n", type=Count(min=1), default=50, show_default=True, help="Maximum number of articles.")
@click.option(
    "--title", metavar="T", help="Title of the feed.  [default: name of the saved query, or query and filters]"
)
@click.option("--link", metavar="URL", help="URL of the web page that the feed belongs to.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="Write to this file instead of standard output; replaces it once complete.",
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
    """Write the newest articles as an Atom, RSS or JSON feed.

    All articles are considered, or those that match a query and filters; articles without a date come last. The feed
    contains full texts: check their copyright before you publish it.
    """
    query_text = join_query_words(query)
    with open_corpus(context) as corpus:
        whole_query = f"{corpus.get_saved_query(saved).query} {query_text}".strip() if saved else query_text
        hits = corpus.search(whole_query, limit=limit, order="date", **filters)
        articles = [corpus.get(hit.id) for hit in hits]
    for ignored in hits.ignored:
        print_safe(f"Ignored in the query: {to_one_line(ignored)}", err=True)
    text = build_feed(articles, form, title or saved or build_title(query_text, filters), link)
    with explain_write_errors(output), open_output(output) as stream:
        stream.write(text)


def build_feed(articles: "list[StoredArticle]", form: str, title: str, link: str | None) -> str:
    """Return a feed of articles as text.

    Args:
        articles: in the order of the feed.
        form: ``"atom"``, ``"rss"`` or ``"json"``.
        title: the title of the feed.
        link: URL of the web page that the feed belongs to, if there is one.
    """
    from storage.exports import feeds

    # The time of the newest article, not the present: the same articles make the same file.
    updated = max((article.fetched_at for article in articles), default=datetime.now(UTC))
    write = {"atom": feeds.atom, "rss": feeds.rss, "json": feeds.json_feed}[form]
    return write(articles, feeds.FeedHead(title, link, updated))


def build_title(query_text: str, filters: dict[str, Any]) -> str:
    """Return a title for a feed from the query and filters.

    >>> build_title("flood OR drought", {"language": "so", "source": None}), build_title("", {})
    ('flood OR drought · so', 'News articles')
    """
    return " · ".join(str(part) for part in (query_text, *filters.values()) if part) or "News articles"
