"""Reads ``sources.toml``. Strict: typos cost days.

A reader takes one value and raises ValueError with the end of a sentence, which is told with the key and its line.
"""

import difflib
import os
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from cleaning.urls import canonicalise, same_article_key, site_of
from crawler.config.models import WISHES, AlertConfig, ArchiveConfig, Config, ConfigError, CrawlDefaults, SourceConfig
from crawler.config.toml_positions import Place, TomlPath, line_of, places_of
from crawler.config.units import bytes_of, seconds_of

EXAMPLE = """\
[[source]]
url = "https://news.example.org/"

[[source]]
url = "https://www.example.com/en/"
name = "Example Times"
delay = 5
exclude = ["/sponsored/"]
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that its author must put right."""

    file: str
    line: int
    """From 1."""
    text: str
    """A sentence without a full stop."""

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.text}."


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says, as far as it is understood."""

    config: Config
    """Without the values, and the sources, that have a problem."""
    problems: tuple[Problem, ...]
    """By line."""
    places: Mapping[TomlPath, Place] = field(default_factory=dict)
    """Where each table and key stands."""
    numbers: tuple[int, ...] = ()
    """For each source of ``config``, its number among all ``[[source]]`` of the file, from 0."""


def load_config(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration in a file; raises ConfigError where it is missing, not understood, or names no source.

    Secrets are taken from ``environment``, which is that of the process where none is given.
    """
    return _naming_sources(load_settings(path, environment), str(path))


def load_settings(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Like ``load_config``, for a file that need not name a source."""
    environment = os.environ if environment is None else environment
    return _checked(read_config(text_of(path), str(path), folder=path.parent, environment=environment))


def parse_config(
    text: str,
    name: str = "sources.toml",
    *,
    folder: Path = Path(),
    environment: Mapping[str, str] | None = None,
) -> Config:
    """The configuration in the text of a file called ``name``; raises ConfigError like ``load_config``."""
    return _naming_sources(_checked(read_config(text, name, folder=folder, environment=environment)), name)


def _checked(reading: Reading) -> Config:
    if reading.problems:
        more = len(reading.problems) - 1
        hint = f" There {'is' if more == 1 else 'are'} {more} more: see cleanwire sources check." if more else ""
        raise ConfigError(f"{reading.problems[0]}{hint}")
    return reading.config


def _naming_sources(config: Config, name: str) -> Config:
    if not config.sources:
        raise ConfigError(f"{name} names no source. Add one, for example:\n\n{EXAMPLE}")
    return config


def text_of(path: Path) -> str:
    """The text of a configuration file; raises ConfigError where it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"There is no {path}. Write one, for example:\n\n{EXAMPLE}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8: {error.reason} at byte {error.start}.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None


def read_config(
    text: str,
    name: str = "sources.toml",
    *,
    folder: Path = Path(),
    environment: Mapping[str, str] | None = None,
) -> Reading:
    """What the text of a file called ``name`` says, with every problem in it. Never an error.

    Paths are relative to ``folder``. Without an ``environment``, secrets from it are left empty, and none is missed.
    """
    try:
        document = tomllib.loads(text)
        places = places_of(text)
    except tomllib.TOMLDecodeError as error:
        return Reading(Config(), (_malformed(str(error), name, text),))
    except RecursionError:
        return Reading(Config(), (Problem(name, 1, "this is no valid TOML: it is nested too deeply"),))
    reader = _Reader(name, places, folder, environment)
    config, numbers = reader.config(document)
    return Reading(config, tuple(sorted(reader.problems, key=lambda problem: problem.line)), places, numbers)


def _malformed(error: str, name: str, text: str) -> Problem:
    """tomllib's message, with the line where an editor's user looks for it."""
    match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", error, re.DOTALL)
    if match:
        return Problem(name, int(match[2]), f"{match[1]} at column {match[3]}")
    return Problem(name, text.count("\n") + 1, f"{error.partition(' (')[0]} at the end of the file")


class _Reader:
    """One pass over a document; gathers the problems."""

    def __init__(
        self, name: str, places: Mapping[TomlPath, Place], folder: Path, environment: Mapping[str, str] | None
    ) -> None:
        self.problems: list[Problem] = []
        self._name = name
        self._places = places
        self._given = _Given(folder=folder, environment=environment)

    def config(self, document: Mapping[str, Any]) -> tuple[Config, tuple[int, ...]]:
        """The configuration, and the numbers of its sources in the file."""
        self._refuse_unknown(document, ("crawl", "archive", "alerts", "source"), ())
        sources = dict(self._sources(document.get("source", [])))
        crawl = self._table(document, "crawl", CRAWL_KEYS)
        crawl["opt_out"] = (*crawl.get("opt_out", ()), *crawl.pop("opt_out_file", ()))
        config = Config(
            crawl=CrawlDefaults(**crawl),
            archive=ArchiveConfig(**self._table(document, "archive", ARCHIVE_KEYS)),
            alerts=AlertConfig(**self._table(document, "alerts", ALERT_KEYS)),
            sources=tuple(sources.values()),
            variables=tuple(dict.fromkeys(self._given.variables)),
        )
        if config.crawl.min_interval > config.crawl.max_interval:
            key = "min_interval" if "min_interval" in crawl else "max_interval"
            self._problem(("crawl", key), "`min_interval` must not be longer than `max_interval`")
        return config, tuple(sources)

    def _problem(self, path: TomlPath, text: str) -> None:
        self.problems.append(Problem(self._name, line_of(self._places, path), text))

    def _refuse_unknown(self, table: Mapping[str, Any], known: Sequence[str], path: TomlPath) -> None:
        for key in table:
            if key not in known:
                nearest = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.5)
                hint = f"the nearest known key is `{nearest[0]}`" if nearest else f"known keys are {', '.join(known)}"
                self._problem((*path, key), f"`{key}` is unknown; {hint}")

    def _table(self, document: Mapping[str, Any], name: str, readers: "Readers") -> dict[str, Any]:
        table = document.get(name, {})
        if not isinstance(table, dict):
            self._problem((name,), f"write [{name}] with one bracket on each side, once")
            return {}
        return self._values(table, (name,), readers, self._given)

    def _sources(self, tables: Any) -> Iterator[tuple[int, SourceConfig]]:
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._problem(("source",), "write [[source]] with two brackets, once for each source")
            return
        seen = set()
        for number, table in enumerate(tables):
            source = self._source(table, number)
            if source is None:
                continue
            if (key := same_article_key(source.url)) in seen:
                self._problem(("source", number, "url"), f"{source.url} is named twice")
                continue
            seen.add(key)
            yield number, source

    def _source(self, table: Mapping[str, Any], number: int) -> SourceConfig | None:
        path = ("source", number)
        url = self._values({"url": table["url"]} if "url" in table else {}, path, SOURCE_KEYS, self._given)
        given = self._given.within(url.get("url", "https://unknown.invalid/"), is_paused=table.get("paused") is True)
        rest = self._values({key: table[key] for key in table if key != "url"}, path, SOURCE_KEYS, given)
        if "url" not in table:
            self._problem(path, "a source needs a `url`")
        return SourceConfig(**url, **rest) if url else None

    def _values(self, table: Mapping[str, Any], path: TomlPath, readers: "Readers", given: "_Given") -> dict[str, Any]:
        self._refuse_unknown(table, tuple(readers), path)
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key in readers:
                try:
                    values[key] = readers[key](value, given)
                except _FileError as error:
                    self.problems += error.problems
                except _MembersError as error:
                    for inner, text in error.problems:
                        self._problem((*path, key, *inner), f"`{key}` {text}")
                except ValueError as error:
                    self._problem((*path, key), f"`{key}` {error}")
        return values


# --- values: a reader gets one and what it depends on, and raises ValueError with the end of a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What the meaning of a value depends on."""

    folder: Path
    """What paths are relative to."""
    environment: Mapping[str, str] | None
    """Where secrets come from; ``None`` where they are not needed."""
    base: str | None = None
    """What addresses are relative to."""
    is_paused: bool = False
    """Whether the value is of a source that is not crawled."""
    variables: list[str] = field(default_factory=list)
    """Names of the variables that were read so far."""

    def within(self, base: str, *, is_paused: bool) -> "_Given":
        """The same for the values of one source."""
        return _Given(
            folder=self.folder,
            environment=self.environment,
            base=base,
            is_paused=is_paused,
            variables=self.variables,
        )


Reader = Callable[[Any, _Given], Any]
Readers = Mapping[str, Reader]


class _MembersError(ValueError):
    """Problems in some members of a list or a table."""

    def __init__(self, problems: Sequence[tuple[TomlPath, str]]) -> None:
        super().__init__("; ".join(text for _, text in problems))
        self.problems = problems


class _FileError(ValueError):
    """Problems in a file that a value names."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def _text(value: Any, given: _Given) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text in quotes")
    return value.strip()


def _flag(value: Any, given: _Given) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _address(value: Any, given: _Given) -> str:
    text = _text(value, given)
    try:
        return canonicalise(text, given.base)
    except ValueError:
        raise ValueError(f'is no web address: "{text}"{_meant(text)}') from None


def _meant(text: str) -> str:
    return f', perhaps "https://{text}" is meant' if re.fullmatch(r"[\w-]+(\.[\w-]+)+(/.*)?", text) else ""


def _language(value: Any, given: _Given) -> str:
    code = _text(value, given).lower()
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise ValueError('must be a code of two or three letters, such as "so"')
    return code


def _delay(value: Any, given: _Given) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise ValueError("must be a number of seconds, from 0 to 86400")
    return float(value)


def _duration(value: Any, given: _Given) -> float:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return float(value)
    if not isinstance(value, str):
        raise ValueError('must be a length of time in quotes, such as "10m", "6h" or "7d"')
    try:
        return seconds_of(value)
    except ValueError as error:
        raise ValueError(f'{error}; it is "{value}"') from None


def _size(value: Any, given: _Given) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if not isinstance(value, str):
        raise ValueError('must be a size in quotes, such as "500MB" or "20GB"')
    try:
        return bytes_of(value)
    except ValueError as error:
        raise ValueError(f'{error}; it is "{value}"') from None


def _count(value: Any, given: _Given) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be a whole number from 1 on")
    return value


def _pattern(value: Any, given: _Given) -> str:
    pattern = _text(value, given)
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f'is no valid regular expression: "{pattern}" ({error})') from None
    return pattern


def _host(value: Any, given: _Given) -> str:
    text = _text(value, given)
    try:
        return site_of(text if "://" in text else f"http://{text}/")
    except ValueError:
        raise ValueError(f'has no host name in it: "{text}"') from None


def _opted_out(value: Any, given: _Given) -> str:
    """A host, or an address that others begin with."""
    text = _text(value, given)
    if "://" in text:
        return _address(text, given)
    if "/" in text:
        raise ValueError(f'is no host name: "{text}"; write an address with http:// or https:// in front')
    return _host(text, given)


def _wish(value: Any, given: _Given) -> str:
    text = _text(value, given).lower()
    if text not in WISHES:
        raise ValueError(f'knows {", ".join(WISHES)}, not "{text}"')
    return text


def _several(read: Reader) -> Reader:
    def read_all(value: Any, given: _Given) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError('must be a list, such as ["…"]')
        values, problems = [], []
        for number, one in enumerate(value):
            try:
                values.append(read(one, given))
            except ValueError as error:
                problems.append(((number,), str(error)))
        if problems:
            raise _MembersError(problems)
        return tuple(values)

    return read_all


def _ascending(value: Any, given: _Given) -> tuple[float, ...]:
    times: tuple[float, ...] = _several(_duration)(value, given)
    if any(after <= before for before, after in pairwise(times)):
        raise ValueError("must be ascending")
    return times


def _opt_out_file(value: Any, given: _Given) -> tuple[str, ...]:
    path = given.folder / Path(_text(value, given)).expanduser()
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ValueError(f"cannot be read: {path}: {reason}") from None
    entries, problems = [], []
    for number, line in enumerate(lines, 1):
        if entry := re.sub(r"(^|\s)#.*", "", line).strip():
            try:
                entries.append(_opted_out(entry, given))
            except ValueError as error:
                problems.append(Problem(str(path), number, f"the entry {error}"))
    if problems:
        raise _FileError(problems)
    return tuple(entries)


def _folder(value: Any, given: _Given) -> Path:
    return given.folder / Path(_text(value, given)).expanduser()


def _command(value: Any, given: _Given) -> tuple[str, ...]:
    if isinstance(value, str):
        try:
            words = tuple(shlex.split(value))
        except ValueError:
            raise ValueError("has a quote that is not closed") from None
    else:
        words = _several(_text)(value, given)
    if not words:
        raise ValueError('must name a program, as in ["/usr/local/bin/notify", "--urgent"]')
    return words


def _secret(value: Any, given: _Given) -> str:
    """A text, or that of the environment variable that ``{env = "NAME"}`` names. No message shows it."""
    if not isinstance(value, dict):
        return _text(value, given)
    name = value.get("env")
    if set(value) != {"env"} or not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        raise ValueError('must be a text in quotes, or {env = "NAME"} for that of an environment variable')
    given.variables.append(name)
    if given.environment is None:
        return ""
    if not (text := given.environment.get(name, "").strip()) and not given.is_paused:
        raise ValueError(f"needs the environment variable {name}, which is not set")
    return text


def _secret_address(value: Any, given: _Given) -> str:
    text = _secret(value, given)
    if text and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", text, re.IGNORECASE):
        raise ValueError("is no web address")  # which is not shown: such addresses are passwords
    return text


_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REFUSED_HEADERS: Final = ("connection", "content-length", "cookie", "host", "transfer-encoding")


def _headers(value: Any, given: _Given) -> dict[str, str]:
    def check(name: str, text: str) -> None:
        if name.lower() in _REFUSED_HEADERS:
            hint = "; write cookies = {…}" if name.lower() == "cookie" else ""
            raise ValueError(f'cannot set "{name}"{hint}')
        if not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", text):
            raise ValueError(f'has a value for "{name}" that no header can have')

    return _pairs(value, given, check)


def _cookies(value: Any, given: _Given) -> dict[str, str]:
    def check(name: str, text: str) -> None:
        if not re.fullmatch(r"[\x21-\x3a\x3c-\x7e]*", text):
            raise ValueError(f'has a value for "{name}" that no cookie can have')

    return _pairs(value, given, check)


def _pairs(value: Any, given: _Given, check: Callable[[str, str], None]) -> dict[str, str]:
    """Names with their values, which may be secret."""
    if not isinstance(value, dict):
        raise ValueError('must be a table, such as {name = "value"}')
    pairs: dict[str, str] = {}
    problems: list[tuple[TomlPath, str]] = []
    for name, secret in value.items():
        try:
            if not _TOKEN.fullmatch(name):
                raise ValueError(f'has a name that cannot be sent: "{name}"')
            pairs[name] = _secret(secret, given)
            check(name, pairs[name])
        except ValueError as error:
            problems.append(((name,), str(error)))
    if problems:
        raise _MembersError(problems)
    return pairs


CRAWL_KEYS: Final[Readers] = {
    "delay": _delay,
    "obey": _several(_wish),
    "revisit": _ascending,
    "min_interval": _duration,
    "max_interval": _duration,
    "opt_out": _several(_opted_out),
    "opt_out_file": _opt_out_file,
}
ARCHIVE_KEYS: Final[Readers] = {
    "enabled": _flag,
    "folder": _folder,
    "budget": _size,
    "rotate": _size,
}
ALERT_KEYS: Final[Readers] = {
    "command": _command,
    "webhook": _secret_address,
    "ping_url": _secret_address,
}
SOURCE_KEYS: Final[Readers] = {
    "url": _address,
    "name": _text,
    "delay": _delay,
    "concurrency": _count,
    "language": _language,
    "section": _text,
    "include": _several(_pattern),
    "exclude": _several(_pattern),
    "follow": _several(_pattern),
    "feeds": _several(_address),
    "sitemaps": _several(_address),
    "sections": _several(_address),
    "hosts": _several(_host),
    "headers": _headers,
    "cookies": _cookies,
    "js": _flag,
    "max_pages": _count,
    "max_age": _duration,
    "paused": _flag,
    "obey": _several(_wish),
    "revisit": _ascending,
    "archive": _flag,
    "verify_tls": _flag,
    "spider": _text,
}
