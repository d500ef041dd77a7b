"""``cleanwire sources remove``: sources that are no longer watched."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import to_one_line
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.source_options import can_open_corpus, resolve_known_sites, sources_file_option
from crawler.cli.output.erasure import print_erasure
from crawler.cli.output.formats import format_count
from crawler.cli.sources.sources_file import read_sources_file

if TYPE_CHECKING:
    from crawler.config.lookup import KnownSource
    from storage import Corpus


@click.command(
    epilog="""\b
Examples:
  cleanwire sources remove news.example
  cleanwire sources remove 'Example Times' group:asia
  cleanwire sources remove news.example --erase
"""
)
@click.argument("sites", nargs=-1, required=True, metavar="SITE...")
@click.option("--erase", is_flag=True, help="Also erase the articles permanently, as cleanwire erase does.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation before erasing.")
@sources_file_option
@click.pass_context
def remove(context: click.Context, sites: tuple[str, ...], erase: bool, yes: bool, sources_file: Path) -> None:
    """Remove sources from the file and from the corpus.

    The source is no longer crawled and no longer in status: its table in the file, its listings, its history and its
    queued URLs are deleted. Its articles stay in the corpus, unless --erase is given. SITE is the name, host or URL of
    a source, or group:NAME; sources that were only named on a command line can be removed, too.
    """
    from crawler.config.editor import remove_sources, write_atomically
    from crawler.config.lookup import join_sources

    text, reading = read_sources_file(sources_file, missing_ok=True)
    with ExitStack() as stack:
        corpus = None
        if can_open_corpus(context):
            corpus = stack.enter_context(open_corpus(context))
            # A crawl that is running would store the source again.
            stack.enter_context(corpus.crawl.lock())
        known = join_sources(reading.config.sources, corpus.sources() if corpus else ())
        chosen = resolve_known_sites(known, sites)
        remaining = {source.key for source in known if source.config and source not in chosen}
        gone = {source.key: source for source in chosen if source.stored and source.key not in remaining}
        # Everything that can fail because of the user comes before the first change.
        numbers = [
            number
            for number, config in zip(reading.source_numbers, reading.config.sources, strict=True)
            if any(source.config is config for source in chosen)
        ]
        changed = remove_sources(text, numbers) if numbers else text
        if erase and corpus:
            _erase_articles(corpus, list(gone.values()), yes)
        if numbers:
            write_atomically(sources_file, changed)
        for source in chosen:
            print_safe(to_one_line(f"removed {source.label}{_describe_corpus(corpus, source, gone)}"))


def _erase_articles(corpus: "Corpus", gone: "Sequence[KnownSource]", yes: bool) -> None:
    """Erase the articles of the sources, after asking the user."""
    ids = [number for source in gone for number in corpus.find_article_ids(source=source.key)]
    urls = [url for source in gone for url in corpus.list_source_urls(source.key)]
    if not ids and not urls:
        return
    if not yes:
        counted = f"{format_count(len(ids), 'article')} and {format_count(len(urls), 'URL')}"
        click.confirm(f"Permanently erase {counted}?", abort=True, err=True)
    print_erasure(corpus.erase(ids, urls))


def _describe_corpus(corpus: "Corpus | None", source: "KnownSource", gone: "dict[str, KnownSource]") -> str:
    """Remove a source from the corpus, and return the end of a sentence that says what is left of it there."""
    if corpus is None or source.stored is None:
        return ""
    if source.key not in gone:
        return f"; its articles are kept, because another source of the file is on {source.key}"
    if corpus.crawl.remove_source(source.stored.id):
        return ""
    kept = len(corpus.find_article_ids(source=source.key))
    return f"; {format_count(kept, 'article')} kept (cleanwire erase --source {source.key} erases them)"
