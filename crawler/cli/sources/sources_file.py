"""The file that lists the sources, as these commands read and change it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.config.loader import Reading


def understood(path: Path, *, missing_ok: bool = False) -> "tuple[str, Reading]":
    """The text of the file and what it says; raises ConfigError where there is a problem in it.

    Secrets are not needed here, and left out.
    """
    from crawler.config.loader import Reading, read_config, text_of
    from crawler.config.models import Config, ConfigError

    if missing_ok and not path.exists():
        return "", Reading(Config(), ())
    text = text_of(path)
    reading = read_config(text, str(path), folder=path.parent)
    if reading.problems:
        hint = " cleanwire sources check tells all." if len(reading.problems) > 1 else ""
        raise ConfigError(f"{reading.problems[0]}{hint}")
    return text, reading


def add_to_file(path: Path, text: str, tables: "list[dict[str, Any]] | tuple[Mapping[str, Any], ...]") -> None:
    """Write the file with sources added; raises ConfigError, and writes nothing, where that makes it wrong."""
    from crawler.config.editor import HEADING, with_sources, write_text
    from crawler.config.loader import read_config
    from crawler.config.models import ConfigError

    changed = with_sources(text if path.exists() else HEADING, tables)
    if problems := read_config(changed, str(path), folder=path.parent).problems:
        raise ConfigError(f"Nothing was added: {problems[0].text}.")
    write_text(path, changed)
