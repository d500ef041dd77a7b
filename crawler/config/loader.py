"""Load ``sources.toml`` and report every error in it with its line.

The loader is strict: an unknown key is an error, because a mistyped setting that is silently ignored costs days.
:mod:`crawler.config.fields` parses the single values; this module reads the file and its tables.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cleaning.urls import make_url_key
from crawler.config.fields import (
    ALERT_KEYS,
    ARCHIVE_KEYS,
    CRAWL_KEYS,
    SOURCE_KEYS,
    FieldContext,
    FieldParsers,
    MembersError,
    ReferencedFileError,
)
from crawler.config.models import AlertConfig, ArchiveConfig, Config, ConfigError, CrawlDefaults, Problem, SourceConfig
from crawler.config.toml_positions import TomlPath, TomlPosition, find_line, find_positions

EXAMPLE_CONFIG = """\
[[source]]
url = "https://news.example.org/"

[[source]]
url = "https://www.example.com/en/"
name = "Example Times"
delay = 5
exclude = ["/sponsored/"]
"""


@dataclass(frozen=True, slots=True)
class ParsedConfig:
    """The parts of a ``sources.toml`` that are valid, with the errors in the rest."""

    config: Config
    """The configuration without the values that have an error, and without sources whose ``url`` has one."""
    problems: tuple[Problem, ...]
    """The errors, sorted by line."""
    positions: Mapping[TomlPath, TomlPosition] = field(default_factory=dict)
    """The position of each table and key."""
    source_numbers: tuple[int, ...] = ()
    """For each source of ``config``, its number among all ``[[source]]`` tables of the file, from 0."""


def load_config(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Load the configuration from a file.

    Args:
        path: the ``sources.toml``.
        environment: variables that secrets are read from; by default, those of the process.

    Raises:
        ConfigError: the file is missing, has an error, or has no source.
    """
    return _require_sources(load_settings(path, environment), str(path))


def load_settings(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Load the configuration from a file that may have no source.

    Commands use it that need only the ``[crawl]``, ``[archive]`` or ``[alerts]`` settings, for example when the sites
    to crawl are named on the command line. Raises ConfigError if the file is missing or has an error.
    """
    environment = os.environ if environment is None else environment
    return _require_no_problems(
        parse_with_problems(read_config_text(path), str(path), folder=path.parent, environment=environment)
    )


def parse_config(
    text: str,
    name: str = "sources.toml",
    *,
    folder: Path = Path(),
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Parse the text of a ``sources.toml``, like ``load_config``.

    ``name`` is the file name that error messages show; paths are relative to ``folder``. Without ``environment``,
    secrets that environment variables hold are left empty. Raises ConfigError on the first error, or if there is no
    source.
    """
    return _require_sources(
        _require_no_problems(parse_with_problems(text, name, folder=folder, environment=environment)), name
    )


def _require_no_problems(reading: ParsedConfig) -> Config:
    """Return the configuration without the sources that have an error.

    Raises ConfigError for an unknown key anywhere, for an error outside of the sources, and if no source can be used.
    """
    broken = {problem.source for problem in reading.problems}
    usable = tuple(
        source
        for number, source in zip(reading.source_numbers, reading.config.sources, strict=True)
        if number not in broken
    )
    if None not in broken and usable:
        return replace(reading.config, sources=usable, skipped=reading.problems)
    if reading.problems:
        more = len(reading.problems) - 1
        hint = (
            f" {more} more error{'' if more == 1 else 's'}: run cleanwire sources check to list them all."
            if more
            else ""
        )
        raise ConfigError(f"{reading.problems[0]}{hint}")
    return reading.config


def _require_sources(config: Config, name: str) -> Config:
    if not config.sources:
        raise ConfigError(f"{name} has no [[source]] table. Add one, for example:\n\n{EXAMPLE_CONFIG}")
    return config


def read_config_text(path: Path) -> str:
    """Read the text of a configuration file; a byte order mark is dropped.

    Raises ConfigError if the file does not exist, cannot be read, or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist. Create it, for example:\n\n{EXAMPLE_CONFIG}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8: {error.reason} at byte {error.start}.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from None


def parse_with_problems(
    text: str,
    name: str = "sources.toml",
    *,
    folder: Path = Path(),
    environment: Mapping[str, str] | None = None,
) -> ParsedConfig:
    """Parse the text of a ``sources.toml`` and return what is valid together with all errors; never raise.

    Args:
        text: the text of the file.
        name: the file name that the errors show.
        folder: the folder that paths in the file are relative to.
        environment: variables that secrets are read from. If None, secrets are left empty and a missing variable is no
            error; commands that do not crawl need none.
    """
    try:
        document = tomllib.loads(text)
        positions = find_positions(text)
    except tomllib.TOMLDecodeError as error:
        return ParsedConfig(Config(), (_describe_syntax_error(str(error), name, text),))
    except RecursionError:
        return ParsedConfig(Config(), (Problem(name, 1, "this is not valid TOML: it is nested too deeply"),))
    except ValueError:  # Python converts no number of more than 4,300 digits
        return ParsedConfig(Config(), (Problem(name, _find_longest_line(text), "a number has too many digits"),))
    parser = _DocumentParser(name, positions, folder, environment)
    config, numbers = parser.parse(document)
    return ParsedConfig(config, tuple(sorted(parser.problems, key=lambda problem: problem.line)), positions, numbers)


def _find_longest_line(text: str) -> int:
    """Return the number of the line with the most digits in a row, counted from 1."""
    runs = list(re.finditer(r"[0-9_]+", text))
    longest = max(runs, key=lambda run: run.end() - run.start(), default=None)
    return 1 + (text.count("\n", 0, longest.start()) if longest else 0)


def _describe_syntax_error(error: str, name: str, text: str) -> Problem:
    """Split tomllib's message, which ends in "(at line 3, column 5)", into a line and a text.

    An unfinished document has "(at end of document)" instead; it is reported at the last line.
    """
    match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", error, re.DOTALL)
    if match:
        return Problem(name, int(match[2]), f"{match[1]} at column {match[3]}")
    return Problem(name, text.count("\n") + 1, f"{error.partition(' (')[0]} at the end of the file")


class _DocumentParser:
    """A single pass over a document that collects every error instead of stopping at the first."""

    def __init__(
        self, name: str, positions: Mapping[TomlPath, TomlPosition], folder: Path, environment: Mapping[str, str] | None
    ) -> None:
        self.problems: list[Problem] = []
        self._name = name
        self._positions = positions
        self._context = FieldContext(folder=folder, environment=environment)

    def parse(self, document: Mapping[str, Any]) -> tuple[Config, tuple[int, ...]]:
        """Return the configuration, and the numbers of its sources among all ``[[source]]`` tables of the file."""
        self._reject_unknown_keys(document, ("crawl", "archive", "alerts", "source"), ())
        sources = dict(self._parse_sources(document.get("source", [])))
        crawl = self._parse_table(document, "crawl", CRAWL_KEYS)
        crawl["opt_out"] = (*crawl.get("opt_out", ()), *crawl.pop("opt_out_file", ()))
        config = Config(
            crawl=CrawlDefaults(**crawl),
            archive=ArchiveConfig(**self._parse_table(document, "archive", ARCHIVE_KEYS)),
            alerts=AlertConfig(**self._parse_table(document, "alerts", ALERT_KEYS)),
            sources=tuple(sources.values()),
            variables=tuple(dict.fromkeys(self._context.variables)),
        )
        if config.crawl.min_interval > config.crawl.max_interval:
            key = "min_interval" if "min_interval" in crawl else "max_interval"
            self._add_problem(("crawl", key), "`min_interval` must not be longer than `max_interval`")
        return config, tuple(sources)

    def _add_problem(self, path: TomlPath, text: str, *, is_fatal: bool = False) -> None:
        number = path[1] if path[:1] == ("source",) and len(path) > 1 and not is_fatal else None
        line = find_line(self._positions, path)
        self.problems.append(Problem(self._name, line, text, number if isinstance(number, int) else None))

    def _reject_unknown_keys(self, table: Mapping[str, Any], known: Sequence[str], path: TomlPath) -> None:
        for key in table:
            if key not in known:
                # Below difflib's default of 0.6: a poor suggestion costs the user less than none.
                nearest = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.5)
                hint = f"did you mean `{nearest[0]}`?" if nearest else f"known keys are {', '.join(known)}"
                # Not even the other sources are crawled: a mistyped setting that is overlooked costs days.
                self._add_problem((*path, key), f"unknown key `{key}`; {hint}", is_fatal=True)

    def _parse_table(self, document: Mapping[str, Any], name: str, parsers: FieldParsers) -> dict[str, Any]:
        table = document.get(name, {})
        if not isinstance(table, dict):
            self._add_problem((name,), f"write [{name}] only once, with single brackets")
            return {}
        return self._parse_values(table, (name,), parsers, self._context)

    def _parse_sources(self, tables: Any) -> Iterator[tuple[int, SourceConfig]]:
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._add_problem(("source",), "write [[source]] with double brackets, once per source")
            return
        seen = set()
        for number, table in enumerate(tables):
            source = self._parse_source(table, number)
            if source is None:
                continue
            if (key := make_url_key(source.url)) in seen:
                self._add_problem(("source", number, "url"), f"{source.url} is listed twice")
                continue
            seen.add(key)
            yield number, source

    def _parse_source(self, table: Mapping[str, Any], number: int) -> SourceConfig | None:
        path = ("source", number)
        # ``url`` first, wherever it is in the table: the other URLs of the source are relative to it. If it has an
        # error, the placeholder lets the other values be checked all the same.
        url = self._parse_values({"url": table["url"]} if "url" in table else {}, path, SOURCE_KEYS, self._context)
        context = self._context.derive_source_context(
            url.get("url", "https://unknown.invalid/"), is_paused=table.get("paused") is True
        )
        rest = self._parse_values({key: table[key] for key in table if key != "url"}, path, SOURCE_KEYS, context)
        if "url" not in table:
            self._add_problem(path, "this source has no `url`")
        return SourceConfig(**url, **rest) if url else None

    def _parse_values(
        self, table: Mapping[str, Any], path: TomlPath, parsers: FieldParsers, context: FieldContext
    ) -> dict[str, Any]:
        self._reject_unknown_keys(table, tuple(parsers), path)
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key in parsers:
                try:
                    values[key] = parsers[key](value, context)
                except ReferencedFileError as error:
                    self.problems += error.problems
                except MembersError as error:
                    for inner, text in error.problems:
                        self._add_problem((*path, key, *inner), f"`{key}` {text}")
                except ValueError as error:
                    self._add_problem((*path, key), f"`{key}` {error}")
        return values
