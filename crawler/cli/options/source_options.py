"""The sources that a command is about: those that are named, or all of the file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from crawler.config.models import Config, SourceConfig

SOURCES_FILE: Final = "sources.toml"


def sources_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--sources``, as the argument ``sources_file``; ``None`` where it is not given."""
    return click.option(
        "--sources",
        "sources_file",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"The file that lists the sources.  [default: {SOURCES_FILE}]",
    )(command)


def sources_file_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--sources``, as the argument ``sources_file``; `SOURCES_FILE` where it is not given."""
    return click.option(
        "--sources",
        "sources_file",
        type=click.Path(dir_okay=False, path_type=Path),
        default=Path(SOURCES_FILE),
        show_default=True,
        help="The file that lists the sources.",
    )(command)


def delay_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--delay``, in seconds; ``None`` where it is not given."""
    return click.option(
        "--delay",
        type=click.FloatRange(0, 86_400),
        metavar="SECONDS",
        help="Pause between two requests to a host.  [default: that of the file, or 1]",
    )(command)


def load_selected_sources(named: tuple[str, ...], sources_file: Path | None) -> "Config":
    """The sources that are meant, with what the file says of them and of the crawl.

    Named ones that the file does not know are sites to crawl as they are; those that it knows are meant although they
    may be paused. Without a name, all of the file are. Raises click.UsageError and ConfigError.
    """
    from crawler.config.loader import load_config, load_settings
    from crawler.config.lookup import find_sources
    from crawler.config.models import Config

    file = sources_file or Path(SOURCES_FILE)
    if not named:
        return load_config(file)
    config = load_settings(file) if sources_file or file.exists() else Config()
    found = [find_sources(config.sources, name) or [_parse_site(name, config)] for name in named]
    meant = dict.fromkeys(replace(source, paused=False) for sources in found for source in sources)
    return replace(config, sources=tuple(meant))


def _parse_site(address: str, config: "Config") -> "SourceConfig":
    from crawler.config.lookup import parse_typed_url
    from crawler.config.models import SourceConfig

    try:
        return SourceConfig(url=parse_typed_url(address))
    except ValueError as error:
        names = [source.name for source in config.sources if source.name]
        hint = f", or the name of a source ({', '.join(names[:5])})" if names else ""
        raise click.UsageError(f"{error}: give the address of a site, such as https://news.example{hint}") from error
