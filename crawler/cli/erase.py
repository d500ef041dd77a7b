"""``cleanwire erase``."""

from pathlib import Path

import click

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import to_one_line
from crawler.cli.articles import find_article_id
from crawler.cli.options.open_corpus import open_corpus


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
@click.option("--author", metavar="NAME", help="All articles of this author, the name given whole.")
@click.option("--source", metavar="SITE", help="All articles of this site, and every address of it that is known.")
@click.option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of the archived pages.  [default: beside the database]",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def erase(
    context: click.Context,
    articles: tuple[str, ...],
    author: str | None,
    source: str | None,
    archive: Path | None,
    yes: bool,
) -> None:
    """Remove articles for good: text, versions, search index, archived pages. They are not fetched again.

    An address that led to no article is removed too, and not fetched. The database is rewritten in the end, so that its
    files hold nothing of what was erased.
    """
    if not articles and author is None and source is None:
        raise click.UsageError("say which articles: by number, by address, or by --author or --source")
    with open_corpus(context) as corpus, corpus.crawl.lock():
        numbers = {
            number for named in articles if (number := find_article_id(corpus, named, missing_ok="://" in named))
        }
        addresses = [named for named in articles if "://" in named]
        if author is not None or source is not None:
            numbers |= set(corpus.find_article_ids(author=author, source=source))
        if source is not None and author is None:
            addresses += corpus.list_source_urls(source)
        if not numbers and not addresses:
            print_safe("There is nothing to erase.", err=True)
            return
        if not yes:
            click.confirm(
                f"Erase {len(numbers):,} articles and {len(addresses):,} addresses for good?", abort=True, err=True
            )
        erased = corpus.erase(numbers, addresses, archive_folder=archive)
    print_safe(
        f"{erased.articles:,} articles erased, {erased.pages:,} archived pages, {erased.addresses:,} addresses that are"
        " not fetched again",
        err=True,
    )
    for left in erased.left:
        print_safe(f"Still to do: {to_one_line(left)}", err=True)
