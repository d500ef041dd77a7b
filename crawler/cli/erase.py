"""``cleanwire erase``: articles removed permanently, for example after a legal request."""

from pathlib import Path

import click

from cleaning.cli.terminal import print_safe
from crawler.cli.articles import find_article_id
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.query_options import source_option
from crawler.cli.output.erasure import print_erasure


@click.command(
    epilog="""\b
Examples:
  cleanwire erase 12 17
  cleanwire erase https://news.example/flood
  cleanwire erase --author 'Ali Musa' --yes
  cleanwire erase --source news.example
"""
)
@click.argument("articles", nargs=-1, metavar="[ID|URL]...")
@click.option("--author", metavar="NAME", help="All articles by this author (full name).")
@source_option("All articles of this site, and all of its known URLs.")
@click.option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the archived pages.  [default: next to the database]",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_context
def erase(
    context: click.Context,
    articles: tuple[str, ...],
    author: str | None,
    source: str | None,
    archive: Path | None,
    yes: bool,
) -> None:
    """Delete articles permanently; they are never fetched again.

    This deletes text, versions, search index entries and archived pages. A URL without an article is deleted too, and
    never fetched again. Finally the database is rewritten, so that its files no longer contain the deleted data.
    """
    if not articles and author is None and source is None:
        raise click.UsageError("choose articles by ID, URL, --author or --source")
    # A crawl that is running could store an article again while it is being erased.
    with open_corpus(context) as corpus, corpus.crawl.lock():
        ids = {
            article_id
            for named in articles
            if (article_id := find_article_id(corpus, named, missing_ok="://" in named))
        }
        # URLs are passed on whether or not they have an article: none of them may be fetched again.
        urls = [named for named in articles if "://" in named]
        if author is not None or source is not None:
            ids |= set(corpus.find_article_ids(author=author, source=source))
        # With an author, the other articles of the source stay, and so do its URLs.
        if source is not None and author is None:
            urls += corpus.list_source_urls(source)
        if not ids and not urls:
            print_safe("Nothing to erase.", err=True)
            return
        if not yes:
            click.confirm(f"Permanently erase {len(ids):,} articles and {len(urls):,} URLs?", abort=True, err=True)
        erased = corpus.erase(ids, urls, archive_folder=archive)
    print_erasure(erased)
