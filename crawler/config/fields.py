"""Parse single values of ``sources.toml``: one function for each type of value, one table of keys for each section.

A parser receives a value and its context. It raises ValueError with the end of a sentence, such as "must be true or
false", and :mod:`crawler.config.loader` reports it after the key and its line. Secrets never appear in a message.
"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from cleaning.urls import canonicalise, get_site
from cleaning.usage import PURPOSES
from crawler.config.models import USAGE_PREFERENCES, Problem
from crawler.config.toml_positions import TomlPath
from crawler.config.units import parse_duration, parse_size
from crawler.urls.user_patterns import check_pattern

MAX_GROUP_CHARACTERS: Final = 100
"""The corpus has room for 200 characters; a longer name would not fit on a terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldContext:
    """The context that a value is interpreted in."""

    folder: Path
    """The folder that paths are relative to: that of ``sources.toml``."""
    environment: Mapping[str, str] | None
    """The environment variables that hold secrets; ``None`` if secrets are not needed."""
    base: str | None = None
    """The URL that other URLs are relative to: the ``url`` of the source."""
    is_paused: bool = False
    """Whether the source is paused. Its secrets may be missing, since it is not crawled."""
    variables: list[str] = field(default_factory=list)
    """Names of the environment variables that were read so far; shared by all contexts of a file."""

    def derive_source_context(self, base: str, *, is_paused: bool) -> "FieldContext":
        """Return the context for the values of one source.

        ``base`` is the source's URL, which its relative URLs are resolved against.
        """
        return FieldContext(
            folder=self.folder,
            environment=self.environment,
            base=base,
            is_paused=is_paused,
            variables=self.variables,
        )


FieldParser = Callable[[Any, FieldContext], Any]
FieldParsers = Mapping[str, FieldParser]


class MembersError(ValueError):
    """Errors in some members of a list or table: each with the member's path in the value and its message.

    All of them are collected, so that the user can fix a list in one go.
    """

    def __init__(self, problems: Sequence[tuple[TomlPath, str]]) -> None:
        super().__init__("; ".join(text for _, text in problems))
        self.problems = problems


class ReferencedFileError(ValueError):
    """Errors in a file that a value names, such as ``opt_out_file``, with their own file and line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def _parse_text(value: Any, context: FieldContext) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text in quotes")
    return value.strip()


def _parse_group(value: Any, context: FieldContext) -> str:
    text = _parse_text(value, context)
    if len(text) > MAX_GROUP_CHARACTERS:
        raise ValueError(f"must not be longer than {MAX_GROUP_CHARACTERS} characters")
    return " ".join(text.split())


def _parse_flag(value: Any, context: FieldContext) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _parse_url(value: Any, context: FieldContext) -> str:
    text = _parse_text(value, context)
    try:
        return canonicalise(text, context.base)
    except ValueError:
        raise ValueError(f'is not a valid URL: "{text}"{_suggest_url(text)}') from None


def _suggest_url(text: str) -> str:
    # A missing scheme is the most likely mistake.
    return f'; did you mean "https://{text}"?' if re.fullmatch(r"[\w-]+(\.[\w-]+)+(/.*)?", text) else ""


def _parse_language(value: Any, context: FieldContext) -> str:
    code = _parse_text(value, context).lower()
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise ValueError('must be a language code of two or three letters, such as "so"')
    return code


def _parse_delay(value: Any, context: FieldContext) -> float:
    # bool is a subclass of int, and NaN fails every comparison: both are rejected here.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise ValueError("must be a number of seconds from 0 to 86400")
    return float(value)


def _parse_duration(value: Any, context: FieldContext) -> float:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return float(value)
    if not isinstance(value, str):
        raise ValueError('must be a duration in quotes, such as "10m", "6h" or "7d"')
    try:
        return parse_duration(value)
    except ValueError as error:
        raise ValueError(f'{error}, not "{value}"') from None


def _parse_size(value: Any, context: FieldContext) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if not isinstance(value, str):
        raise ValueError('must be a size in quotes, such as "500MB" or "20GB"')
    try:
        return parse_size(value)
    except ValueError as error:
        raise ValueError(f'{error}, not "{value}"') from None


def _parse_count(value: Any, context: FieldContext) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be a whole number, at least 1")
    return value


def _parse_pattern(value: Any, context: FieldContext) -> str:
    pattern = _parse_text(value, context)
    try:
        check_pattern(pattern)
    except ValueError as error:
        raise ValueError(f'is not a valid regular expression: "{pattern}" ({error})') from None
    return pattern


def _parse_host(value: Any, context: FieldContext) -> str:
    text = _parse_text(value, context)
    try:
        return get_site(text if "://" in text else f"http://{text}/")
    except ValueError:
        raise ValueError(f'is not a valid host name: "{text}"') from None


def _parse_opt_out_entry(value: Any, context: FieldContext) -> str:
    """Parse an entry of the opt-out list: a host name, or a URL that is a prefix of others."""
    text = _parse_text(value, context)
    if "://" in text:
        return _parse_url(text, context)
    if "/" in text:
        raise ValueError(f'is not a host name: "{text}"; to list a URL, begin it with http:// or https://')
    return _parse_host(text, context)


def _parse_usage_preference(value: Any, context: FieldContext) -> str:
    text = _parse_text(value, context).lower()
    if text not in USAGE_PREFERENCES:
        raise ValueError(f'must be one of {", ".join(USAGE_PREFERENCES)}, not "{text}"')
    return text


def _parse_purpose(value: Any, context: FieldContext) -> str:
    text = _parse_text(value, context).lower()
    if text not in PURPOSES:
        raise ValueError(f'must be one of {", ".join(PURPOSES)}, not "{text}"')
    return text


def _make_list_parser(parse_member: FieldParser) -> FieldParser:
    """Return a parser for lists of a type of value; it reports every wrong member, not only the first."""

    def parse_list(value: Any, context: FieldContext) -> tuple[Any, ...]:
        """Parse every member; raise MembersError with all errors."""
        if not isinstance(value, list):
            raise ValueError('must be a list, such as ["…"]')
        values, problems = [], []
        for number, one in enumerate(value):
            try:
                values.append(parse_member(one, context))
            except ValueError as error:
                problems.append(((number,), str(error)))
        if problems:
            raise MembersError(problems)
        return tuple(values)

    return parse_list


def _parse_ascending_durations(value: Any, context: FieldContext) -> tuple[float, ...]:
    times: tuple[float, ...] = _make_list_parser(_parse_duration)(value, context)
    if any(after <= before for before, after in pairwise(times)):
        raise ValueError("must be in ascending order")
    return times


def _read_opt_out_file(value: Any, context: FieldContext) -> tuple[str, ...]:
    """Read the entries of an opt-out file: one per line; ``#`` at the start or after white space begins a comment."""
    path = context.folder / Path(_parse_text(value, context)).expanduser()
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or error) if isinstance(error, OSError) else "it is not UTF-8"
        raise ValueError(f"cannot be read: {path}: {reason}") from None
    entries, problems = [], []
    for number, line in enumerate(lines, 1):
        if entry := re.sub(r"(^|\s)#.*", "", line).strip():
            try:
                entries.append(_parse_opt_out_entry(entry, context))
            except ValueError as error:
                problems.append(Problem(str(path), number, f"the entry {error}"))
    if problems:
        raise ReferencedFileError(problems)
    return tuple(entries)


def _parse_folder(value: Any, context: FieldContext) -> Path:
    return context.folder / Path(_parse_text(value, context)).expanduser()


def _parse_command(value: Any, context: FieldContext) -> tuple[str, ...]:
    if isinstance(value, str):
        try:
            words = tuple(shlex.split(value))
        except ValueError:
            raise ValueError("has an unclosed quote") from None
    else:
        words = _make_list_parser(_parse_text)(value, context)
    if not words:
        raise ValueError('must name a program, as in ["/usr/local/bin/notify", "--urgent"]')
    return words


def _resolve_secret(value: Any, context: FieldContext) -> str:
    """Return a secret: the text itself, or the value of the environment variable that ``{env = "NAME"}`` names.

    Error messages never contain the text. Without an environment, secrets from variables are left empty.
    """
    if not isinstance(value, dict):
        return _parse_text(value, context)
    name = value.get("env")
    if set(value) != {"env"} or not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        raise ValueError('must be text in quotes, or {env = "NAME"} to read an environment variable')
    context.variables.append(name)
    if context.environment is None:
        return ""
    if not (text := context.environment.get(name, "").strip()) and not context.is_paused:
        raise ValueError(f"needs the environment variable {name}, which is not set")
    return text


def _resolve_secret_url(value: Any, context: FieldContext) -> str:
    text = _resolve_secret(value, context)
    if text and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", text, re.IGNORECASE):
        raise ValueError("is not a valid URL")  # without the URL: those of chat services are passwords
    return text


_NAME_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# These belong to the connection; setting them breaks requests or sends them elsewhere. Cookies have a key of their own.
_RESERVED_HEADERS: Final = ("connection", "content-length", "cookie", "host", "transfer-encoding")


def _parse_headers(value: Any, context: FieldContext) -> dict[str, str]:
    def check_header(name: str, text: str) -> None:
        """Raise ValueError for a header that Cleanwire sets itself, or a value that is not valid in a header."""
        if name.lower() in _RESERVED_HEADERS:
            hint = "; use cookies = {…}" if name.lower() == "cookie" else ""
            raise ValueError(f'cannot set "{name}"{hint}')
        # Field values of RFC 9110: a line break would let a value add headers of its own.
        if not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", text):
            raise ValueError(f'has a value for "{name}" with characters that are not allowed in headers')

    return _parse_pairs(value, context, check_header)


def _parse_cookies(value: Any, context: FieldContext) -> dict[str, str]:
    def check_cookie(name: str, text: str) -> None:
        """Raise ValueError for a value that is not valid in a cookie."""
        # A semicolon would end the value and begin another cookie.
        if not re.fullmatch(r"[\x21-\x3a\x3c-\x7e]*", text):
            raise ValueError(f'has a value for "{name}" with characters that are not allowed in cookies')

    return _parse_pairs(value, context, check_cookie)


def _parse_pairs(value: Any, context: FieldContext, check: Callable[[str, str], None]) -> dict[str, str]:
    """Parse a table of names and values, which may be secret; ``check`` raises ValueError for a pair it rejects."""
    if not isinstance(value, dict):
        raise ValueError('must be a table, such as {name = "value"}')
    pairs: dict[str, str] = {}
    problems: list[tuple[TomlPath, str]] = []
    for name, secret in value.items():
        try:
            if not _NAME_TOKEN.fullmatch(name):
                raise ValueError(f'has an invalid name: "{name}"')
            pairs[name] = _resolve_secret(secret, context)
            check(name, pairs[name])
        except ValueError as error:
            problems.append(((name,), str(error)))
    if problems:
        raise MembersError(problems)
    return pairs


CRAWL_KEYS: Final[FieldParsers] = {
    "delay": _parse_delay,
    "obey": _make_list_parser(_parse_usage_preference),
    "purpose": _parse_purpose,
    "revisit": _parse_ascending_durations,
    "min_interval": _parse_duration,
    "max_interval": _parse_duration,
    "opt_out": _make_list_parser(_parse_opt_out_entry),
    "opt_out_file": _read_opt_out_file,
}
ARCHIVE_KEYS: Final[FieldParsers] = {
    "enabled": _parse_flag,
    "folder": _parse_folder,
    "budget": _parse_size,
    "rotate": _parse_size,
}
ALERT_KEYS: Final[FieldParsers] = {
    "command": _parse_command,
    "webhook": _resolve_secret_url,
    "ping_url": _resolve_secret_url,
}
SOURCE_KEYS: Final[FieldParsers] = {
    "url": _parse_url,
    "name": _parse_text,
    "group": _parse_group,
    "delay": _parse_delay,
    "concurrency": _parse_count,
    "language": _parse_language,
    "section": _parse_text,
    "include": _make_list_parser(_parse_pattern),
    "exclude": _make_list_parser(_parse_pattern),
    "follow": _make_list_parser(_parse_pattern),
    "feeds": _make_list_parser(_parse_url),
    "sitemaps": _make_list_parser(_parse_url),
    "sections": _make_list_parser(_parse_url),
    "hosts": _make_list_parser(_parse_host),
    "headers": _parse_headers,
    "cookies": _parse_cookies,
    "session_cookies": _parse_flag,
    "js": _parse_flag,
    "max_pages": _parse_count,
    "max_age": _parse_duration,
    "paused": _parse_flag,
    "obey": _make_list_parser(_parse_usage_preference),
    "purpose": _parse_purpose,
    "revisit": _parse_ascending_durations,
    "archive": _parse_flag,
    "verify_tls": _parse_flag,
    "spider": _parse_text,
}
