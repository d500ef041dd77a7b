"""Reading and changing sources.toml."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.config.loader import ParsedConfig


def read_sources_file(path: Path, *, missing_ok: bool = False) -> "tuple[str, ParsedConfig]":
    """Return the text of the file and its parsed configuration; both are empty if ``missing_ok`` and there is no file.

    Values that come from environment variables are left out: listing and editing do not need secrets.

    Raises ConfigError for the first error in the file.
    """
    from crawler.config.loader import ParsedConfig, parse_with_problems, read_config_text
    from crawler.config.models import Config, ConfigError

    if missing_ok and not path.exists():
        return "", ParsedConfig(Config(), ())
    text = read_config_text(path)
    reading = parse_with_problems(text, str(path), folder=path.parent)
    if reading.problems:
        hint = " Run cleanwire sources check to see all errors." if len(reading.problems) > 1 else ""
        raise ConfigError(f"{reading.problems[0]}{hint}")
    return text, reading


def add_to_file(path: Path, text: str, tables: "list[dict[str, Any]] | tuple[Mapping[str, Any], ...]") -> None:
    """Add sources to the file, which is created if it does not exist.

    Raises ConfigError, and writes nothing, if the result would not be valid: a table may have a setting that only the
    loader checks.
    """
    from crawler.config.editor import NEW_FILE_HEADING, add_sources, write_atomically
    from crawler.config.loader import parse_with_problems
    from crawler.config.models import ConfigError

    changed = add_sources(text if path.exists() else NEW_FILE_HEADING, tables)
    if problems := parse_with_problems(changed, str(path), folder=path.parent).problems:
        raise ConfigError(f"Nothing was added: {problems[0].text}.")
    write_atomically(path, changed)
