"""The sources that a command works on: those that the user names, or all in the file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.output.exit_codes import find_exit_code

if TYPE_CHECKING:
    from crawler.config.lookup import KnownSource
    from crawler.config.models import Config, SourceConfig
    from storage import Source

SOURCES_FILE: Final = "sources.toml"
"""Name of the default file, in the working directory."""


def sources_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--sources`` as the argument ``sources_file``, which is ``None`` by default.

    For commands that also work without a file, and need to know whether the user named one.
    """
    return click.option(
        "--sources",
        "sources_file",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"Sources file.  [default: {SOURCES_FILE}]",
    )(command)


def sources_file_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--sources`` as the argument ``sources_file``, which is `SOURCES_FILE` by default.

    For commands that read or change the file.
    """
    return click.option(
        "--sources",
        "sources_file",
        type=click.Path(dir_okay=False, path_type=Path),
        default=Path(SOURCES_FILE),
        show_default=True,
        help="Sources file.",
    )(command)


def delay_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--delay`` in seconds, which is ``None`` by default; a day at most.

    A command that receives ``None`` uses the delay of the sources file.
    """
    return click.option(
        "--delay",
        type=click.FloatRange(0, 86_400),
        metavar="SECONDS",
        help="Pause between two requests to a host.  [default: as in the sources file, or 1]",
    )(command)


def load_selected_sources(context: click.Context, named: tuple[str, ...], sources_file: Path | None) -> "Config":
    """Return the configuration with the sources that the user selected.

    Without a name, all sources in the file are selected. A name that neither the file nor the corpus knows is the URL
    of a site, which is crawled with the default settings. A named source is selected even if it is paused.

    Raises:
        click.UsageError: a name is neither a source nor a URL.
        ConfigError: the file has a mistake, or does not exist although it is needed.
    """
    from crawler.config.loader import load_config, load_settings
    from crawler.config.lookup import join_sources
    from crawler.config.models import Config

    file = sources_file or Path(SOURCES_FILE)
    if not named:
        return load_config(file)
    config = load_settings(file) if sources_file or file.exists() else Config()
    known = join_sources(config.sources, load_stored_sources(context))
    # A source that two names select is crawled once.
    selected = dict.fromkeys(source for name in named for source in _select_sources(known, name))
    return replace(config, sources=tuple(selected))


def _select_sources(known: "Sequence[KnownSource]", name: str) -> "list[SourceConfig]":
    """Return the settings of the sources that the user named, or of a site that nothing knows yet.

    Raises click.UsageError if the name is neither a source nor a URL.
    """
    from crawler.config.lookup import find_sources, parse_typed_url, suggest_source
    from crawler.config.models import SourceConfig

    if found := find_sources(known, name):
        return [
            replace(source.config, paused=False) if source.config else SourceConfig(url=source.url, typed=name)
            for source in found
        ]
    try:
        return [SourceConfig(url=parse_typed_url(name), typed=name)]
    except ValueError as error:
        hint = suggest_source(known, name) or ", or the name of a source (`cleanwire sources list`)"
        raise click.UsageError(f"{error}: use the URL of a site, such as https://news.example{hint}") from error


def resolve_sites(
    context: click.Context, sites: Iterable[str], sources_file: Path | None = None
) -> "tuple[KnownSource, ...]":
    """Return the sources that the user named with SITE arguments, each once.

    A SITE is a name, a URL, a host or ``group:NAME``, see `crawler.config.lookup.find_sources`. The sources are those
    of the file, if there is one, and those of the corpus, if there is one.

    Raises click.UsageError if there is no such source.
    """
    return resolve_known_sites(load_known_sources(context, sources_file), sites)


def resolve_known_sites(known: "Sequence[KnownSource]", sites: Iterable[str]) -> "tuple[KnownSource, ...]":
    """Return those of the known sources that the user named, each once; see `resolve_sites`."""
    from crawler.config.lookup import UnknownSourceError, resolve_sources

    try:
        chosen = [source for site in sites for source in resolve_sources(known, site)]
    except UnknownSourceError as error:
        raise click.UsageError(str(error)) from error
    return tuple(source for source in known if source in chosen)


def load_known_sources(context: click.Context, sources_file: Path | None = None) -> "tuple[KnownSource, ...]":
    """Return the sources of the file and of the corpus; either may be missing.

    Of a file with errors, the valid sources are used: `cleanwire crawl` and `cleanwire sources check` report errors.
    Raises ConfigError if a file that the user named cannot be read.
    """
    from crawler.config.lookup import join_sources

    return join_sources(read_listed_sources(sources_file), load_stored_sources(context))


def read_listed_sources(path: Path | None) -> "tuple[SourceConfig, ...]":
    """Return the valid sources in the file, including paused ones; none if the default file does not exist.

    Raises ConfigError if a file that the user named cannot be read.
    """
    from crawler.config.loader import parse_with_problems, read_config_text

    if path is None and not Path(SOURCES_FILE).is_file():
        return ()
    file = path or Path(SOURCES_FILE)
    return parse_with_problems(read_config_text(file), str(file), folder=file.parent).config.sources


def load_stored_sources(context: click.Context) -> "list[Source]":
    """Return the sources of the corpus; none if there is no corpus, or if it cannot be opened.

    The command that needs the corpus opens it later and reports the error.
    """
    with _suppress_user_errors(), open_corpus(context) as corpus:
        return corpus.sources()
    return []


def can_open_corpus(context: click.Context) -> bool:
    """Return whether there is a corpus that can be opened."""
    with _suppress_user_errors(), open_corpus(context):
        return True
    return False


@contextmanager
def _suppress_user_errors() -> Iterator[None]:
    """Suppress errors that the user can fix; bugs are raised."""
    try:
        yield
    except Exception as error:
        if find_exit_code(error) is None:
            raise
