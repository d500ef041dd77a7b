"""Reads sources.toml: what a person decides about the sites to watch. Strict: typos cost days."""

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cleaning.urls import canonicalise, same_article_key, site_of

EXAMPLE = """\
[[source]]
url = "https://news.example.org/"

[[source]]
url = "https://www.example.com/en/"
name = "Example Times"
delay = 5
exclude = ["/sponsored/"]
"""


class ConfigError(Exception):
    """A sources.toml that cannot be used. The message tells its author what is wrong, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """A site to watch."""

    url: str
    """Its front page, or the page to begin at; canonical."""
    name: str | None = None
    """What people call it; ``None`` for the name that the site gives itself."""
    delay: float | None = None
    """Seconds between two requests to it; ``None`` for the crawl's default."""
    language: str | None = None
    """ISO 639-1 code of the language that most of it is in."""
    include: tuple[str, ...] = ()
    """Regular expressions; only addresses in which one of them is found are taken. Empty: all are."""
    exclude: tuple[str, ...] = ()
    """Regular expressions; addresses in which one of them is found are not taken."""
    feeds: tuple[str, ...] = ()
    """Feeds to read, absolute; where there are any, none is looked for."""
    sitemaps: tuple[str, ...] = ()
    """Sitemaps to read, absolute; where there are any, none is looked for."""
    sections: tuple[str, ...] = ()
    """Pages to follow links from, absolute."""
    hosts: tuple[str, ...] = ()
    """Further hosts with articles of the site, beside that of ``url``."""
    max_pages: int | None = None
    """The most pages to fetch in one crawl; ``None`` for the crawl's default."""

    def takes(self, address: str) -> bool:
        """Whether ``include`` and ``exclude`` let an address pass."""
        if any(re.search(pattern, address) for pattern in self.exclude):
            return False
        return not self.include or any(re.search(pattern, address) for pattern in self.include)


def load_sources(path: Path) -> tuple[SourceConfig, ...]:
    """The sources that a file names; raises ConfigError where it is missing or not understood."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"There is no {path}. Write one, for example:\n\n{EXAMPLE}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8: {error.reason} at byte {error.start}.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
    return parse_sources(text, str(path))


def parse_sources(text: str, name: str = "sources.toml") -> tuple[SourceConfig, ...]:
    """The sources in the text of a file called ``name``; raises ConfigError like ``load_sources``."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_malformed(str(error), name, text)) from None
    except RecursionError:
        raise ConfigError(f"{name} is no valid TOML: it is nested too deeply.") from None
    _refuse_unknown(document, ("source",), _At(name, text))
    tables = document.get("source", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise _At(name, text).error("source", "write [[source]] with two brackets, once for each source")
    if not tables:
        raise ConfigError(f"{name} names no source. Add one, for example:\n\n{EXAMPLE}")
    sources: dict[str, SourceConfig] = {}
    for number, table in enumerate(tables):
        at = _At(name, text, number)
        source = _source(table, at)
        if (key := same_article_key(source.url)) in sources:
            raise at.error("url", f"{source.url} is named twice")
        sources[key] = source
    return tuple(sources.values())


def _malformed(error: str, name: str, text: str) -> str:
    """tomllib's message, with the line where an editor's user looks for it."""
    match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", error, re.DOTALL)
    if match:
        return f"{name}, line {match[2]}: {match[1]} at column {match[3]}."
    return f"{name}, line {text.count(chr(10)) + 1}: {error.partition(' (')[0]} at the end of the file."


@dataclass(frozen=True, slots=True)
class _At:
    """A place in the file, for messages: tomllib does not say where a value came from."""

    name: str
    text: str
    table: int | None = None
    """Number of the [[source]], from 0; ``None`` outside of them."""

    def error(self, key: str, problem: str) -> ConfigError:
        """The error of a key of this table."""
        return ConfigError(f"{self.name}, line {self._line(key)}: {problem}.")

    def _line(self, key: str) -> int:
        lines = self.text.splitlines()
        heads = [number for number, line in enumerate(lines) if re.match(r"\s*\[\[\s*source\s*\]\]", line)]
        if self.table is None or self.table >= len(heads):
            first, last = 0, len(lines)
        else:
            first, last = heads[self.table], (*heads, len(lines))[self.table + 1]
        named = re.compile(rf"\s*(?:\[+\s*)?([\"']?){re.escape(key)}\1\s*[=.\]]")
        return 1 + next((number for number in range(first, last) if named.match(lines[number])), first)


def _refuse_unknown(table: Mapping[str, Any], known: Sequence[str], at: _At) -> None:
    for key in table:
        if key not in known:
            nearest = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.5)
            hint = f"the nearest known key is `{nearest[0]}`" if nearest else f"known keys are {', '.join(known)}"
            raise at.error(key, f"`{key}` is unknown; {hint}")


def _source(table: Mapping[str, Any], at: _At) -> SourceConfig:
    _refuse_unknown(table, tuple(_READERS), at)
    if "url" not in table:
        raise at.error("source", "a source needs a `url`")
    values: dict[str, Any] = {}
    for key, read in _READERS.items():
        if key in table:
            try:
                values[key] = read(table[key], values.get("url", ""))
            except ValueError as error:
                raise at.error(key, f"`{key}` {error}") from None
    return SourceConfig(**values)


# --- values: a reader gets one and the source's address, and raises ValueError with the end of a sentence


def _address(value: Any, base: str) -> str:
    text = _text(value, base)
    try:
        return canonicalise(text, base or None)
    except ValueError:
        meant = f', perhaps "https://{text}" is meant' if re.fullmatch(r"[\w-]+(\.[\w-]+)+(/.*)?", text) else ""
        raise ValueError(f'is no web address: "{text}"{meant}') from None


def _text(value: Any, base: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text in quotes")
    return value.strip()


def _language(value: Any, base: str) -> str:
    code = _text(value, base).lower()
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise ValueError('must be a code of two or three letters, such as "so"')
    return code


def _seconds(value: Any, base: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise ValueError("must be a number of seconds, from 0 to 86400")
    return float(value)


def _count(value: Any, base: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be a whole number from 1 on")
    return value


def _pattern(value: Any, base: str) -> str:
    pattern = _text(value, base)
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f'is no valid regular expression: "{pattern}" ({error})') from None
    return pattern


def _host(value: Any, base: str) -> str:
    text = _text(value, base)
    try:
        return site_of(text if "://" in text else f"http://{text}/")
    except ValueError:
        raise ValueError(f'has no host name in it: "{text}"') from None


def _several(read: Callable[[Any, str], str]) -> Callable[[Any, str], tuple[str, ...]]:
    def read_all(value: Any, base: str) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise ValueError('must be a list, such as ["…"]')
        return tuple(read(one, base) for one in value)

    return read_all


# The address comes first: the others may be relative to it.
_READERS: Final[dict[str, Callable[[Any, str], Any]]] = {
    "url": _address,
    "name": _text,
    "delay": _seconds,
    "language": _language,
    "include": _several(_pattern),
    "exclude": _several(_pattern),
    "feeds": _several(_address),
    "sitemaps": _several(_address),
    "sections": _several(_address),
    "hosts": _several(_host),
    "max_pages": _count,
}
