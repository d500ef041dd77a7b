"""The file that lists the sources, as these commands read and change it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.config.loader import ParsedConfig


def read_sources_file(path: Path, *, missing_ok: bool = False) -> "tuple[str, ParsedConfig]":
    """The text of the file and what it says; raises ConfigError where there is a problem in it.

    Secrets are not needed here, and left out.
    """
    from crawler.config.loader import ParsedConfig, parse_with_problems, read_config_text
    from crawler.config.models import Config, ConfigError

    if missing_ok and not path.exists():
        return "", ParsedConfig(Config(), ())
    text = read_config_text(path)
    reading = parse_with_problems(text, str(path), folder=path.parent)
    if reading.problems:
        hint = " cleanwire sources check tells all." if len(reading.problems) > 1 else ""
        raise ConfigError(f"{reading.problems[0]}{hint}")
    return text, reading


def add_to_file(path: Path, text: str, tables: "list[dict[str, Any]] | tuple[Mapping[str, Any], ...]") -> None:
    """Write the file with sources added; raises ConfigError, and writes nothing, where that makes it wrong."""
    from crawler.config.editor import NEW_FILE_HEADING, add_sources, write_atomically
    from crawler.config.loader import parse_with_problems
    from crawler.config.models import ConfigError

    changed = add_sources(text if path.exists() else NEW_FILE_HEADING, tables)
    if problems := parse_with_problems(changed, str(path), folder=path.parent).problems:
        raise ConfigError(f"Nothing was added: {problems[0].text}.")
    write_atomically(path, changed)
