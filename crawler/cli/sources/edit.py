"""``cleanwire sources add``, ``pause`` and ``resume``: changes to sources.toml."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import to_one_line
from crawler.cli.options.source_options import sources_file_option
from crawler.cli.sources.sources_file import add_to_file, read_sources_file

if TYPE_CHECKING:
    from crawler.config.loader import ParsedConfig
    from crawler.config.models import SourceConfig


@click.command(
    epilog="""\b
Examples:
  cleanwire sources add news.example https://www.example.com/somali/
  cleanwire sources add https://news.example/ --name 'Example News' --language so
"""
)
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--name", help="Name of the site, for people.")
@click.option("--language", metavar="CODE", help="Main language of the site (ISO 639-1, such as so).")
@sources_file_option
def add(urls: tuple[str, ...], name: str | None, language: str | None, sources_file: Path) -> None:
    """Add sites to the file, or create the file.

    If one of the sites is already listed (with http or https, with or without www), nothing is added.
    """
    from cleaning.urls import make_url_key
    from crawler.config.lookup import parse_typed_url

    if len(urls) > 1 and name:
        raise click.UsageError("--name is for one URL")
    text, reading = read_sources_file(sources_file, missing_ok=True)
    known = {make_url_key(source.url): source.url for source in reading.config.sources}
    tables: list[dict[str, Any]] = []
    for url in urls:
        try:
            site_url = parse_typed_url(url)
        except ValueError as error:
            raise click.UsageError(f"{error}: use the URL of a site, such as https://news.example") from error
        # Checked for every URL before anything is written: a command that fails has changed nothing.
        if same := known.get(make_url_key(site_url)):
            raise click.UsageError(f"{url} is already listed" + (f" as {same}" if same != url else ""))
        known[make_url_key(site_url)] = site_url
        table = {"url": site_url, "name": (name or "").strip(), "language": (language or "").strip()}
        tables.append({key: value for key, value in table.items() if value})
    add_to_file(sources_file, text, tables)
    for table in tables:
        print_safe(f"added {to_one_line(table['url'])}")


@click.command(
    epilog="""\b
Examples:
  cleanwire sources pause news.example
  cleanwire sources pause 'Example Times' https://www.example.com/somali/
"""
)
@click.argument("names", nargs=-1, required=True, metavar="NAME|URL|HOST...")
@sources_file_option
def pause(names: tuple[str, ...], sources_file: Path) -> None:
    """Stop crawling sites until they are resumed.

    A host selects all sources on it.
    """
    from crawler.config.editor import set_paused

    _set_paused(names, sources_file, True, set_paused)


@click.command(
    epilog="""\b
Examples:
  cleanwire sources resume news.example
  cleanwire sources resume 'Example Times'
"""
)
@click.argument("names", nargs=-1, required=True, metavar="NAME|URL|HOST...")
@sources_file_option
def resume(names: tuple[str, ...], sources_file: Path) -> None:
    """Resume crawling paused sites.

    A host selects all sources on it.
    """
    from crawler.config.editor import clear_paused

    _set_paused(names, sources_file, False, clear_paused)


def _set_paused(
    names: tuple[str, ...], sources_file: Path, paused: bool, change: Callable[[str, list[int]], str]
) -> None:
    """Pause or resume the named sources with ``change``, and print what became of each.

    ``change`` takes the text of the file and the numbers of its tables, and returns the new text.
    """
    from crawler.config.editor import write_atomically

    text, reading = read_sources_file(sources_file)
    chosen = {source.url: source for name in names for source in _find_listed(name, reading, sources_file)}
    changed = [source for source in chosen.values() if source.paused is not paused]
    if changed:
        numbers = [reading.source_numbers[reading.config.sources.index(source)] for source in changed]
        write_atomically(sources_file, change(text, numbers))
    for source in chosen.values():
        done, unchanged = ("paused", "was already paused") if paused else ("resumed", "was not paused")
        print_safe(to_one_line(f"{done} {source.url}" if source in changed else f"{source.url} {unchanged}"))


def _find_listed(name: str, reading: "ParsedConfig", sources_file: Path) -> "list[SourceConfig]":
    """Return the sources in the file that the user named; raises click.UsageError if there are none."""
    from crawler.config.lookup import find_sources, join_sources, suggest_source

    known = join_sources(reading.config.sources)
    found = [source.config for source in find_sources(known, name) if source.config]
    if not found:
        raise click.UsageError(f"{sources_file} has no source {name}{suggest_source(known, name)}")
    return found
