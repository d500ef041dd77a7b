"""The sources that a command works on: those that the user names, or all in the file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from crawler.config.models import Config, SourceConfig

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


def load_selected_sources(named: tuple[str, ...], sources_file: Path | None) -> "Config":
    """Return the configuration with the sources that the user selected.

    Without a name, all sources in the file are selected. A name that the file does not know is the URL of a site, which
    is crawled with the default settings. A named source is selected even if it is paused.

    Raises:
        click.UsageError: a name is neither a source nor a URL.
        ConfigError: the file has a mistake, or does not exist although it is needed.
    """
    from crawler.config.loader import load_config, load_settings
    from crawler.config.lookup import find_sources
    from crawler.config.models import Config

    file = sources_file or Path(SOURCES_FILE)
    if not named:
        return load_config(file)
    config = load_settings(file) if sources_file or file.exists() else Config()
    found = [find_sources(config.sources, name) or [_parse_site(name, config)] for name in named]
    # A source that two names select is crawled once.
    selected = dict.fromkeys(replace(source, paused=False) for sources in found for source in sources)
    return replace(config, sources=tuple(selected))


def _parse_site(address: str, config: "Config") -> "SourceConfig":
    """Return a source for a URL that the user typed; raises click.UsageError if it is not one."""
    from crawler.config.lookup import parse_typed_url
    from crawler.config.models import SourceConfig

    try:
        return SourceConfig(url=parse_typed_url(address))
    except ValueError as error:
        names = [source.name for source in config.sources if source.name]
        hint = f", or the name of a source ({', '.join(names[:5])})" if names else ""
        raise click.UsageError(f"{error}: use the URL of a site, such as https://news.example{hint}") from error
