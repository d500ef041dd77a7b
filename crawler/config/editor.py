"""Changes to the text of ``sources.toml`` that leave everything else as its author wrote it.

Without tomlkit, which was tried: where ``[[source]]`` tables stand apart it brings them together, and what it adds to
a table comes after the comment that belongs to the next one. The places of keys are all that is needed. Every change
is checked: the new text must say what the old one said, and the change.
"""

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from crawler.config.models import ConfigError
from crawler.config.toml_positions import TomlPosition, find_positions

NEW_FILE_HEADING: Final = "# The sites that Cleanwire watches. `cleanwire sources check` tells what is wrong in here.\n"
"""What a new file begins with."""


def add_sources(text: str, tables: Sequence[Mapping[str, Any]]) -> str:
    """The text with sources added at its end; raises ConfigError where they cannot be.

    >>> print(add_sources('# mine\\n', [{"url": "https://a.example/", "delay": 2}]))
    # mine
    <BLANKLINE>
    [[source]]
    url = "https://a.example/"
    delay = 2
    <BLANKLINE>
    """
    document = tomllib.loads(text)
    newline = _detect_newline(text)
    text = text.rstrip("\r\n") + newline if text.strip() else ""
    for table in tables:
        lines = [
            "",
            "[[source]]",
            *(f"{_format_toml_key(key)} = {format_toml_value(value)}" for key, value in table.items()),
        ]
        text += newline.join(lines if text else lines[1:]) + newline
    return _verify_result(text, document | {"source": [*document.get("source", []), *map(dict, tables)]})


def set_paused(text: str, numbers: Sequence[int]) -> str:
    """The text with ``paused = true`` in the sources of these numbers; raises ConfigError where it cannot be."""
    document = tomllib.loads(text)
    places = find_positions(text)
    changes = []
    for number in numbers:
        document["source"][number]["paused"] = True
        if paused := places.get(("source", number, "paused")):
            changes.append((paused.value_start, paused.end, "true"))
        elif url := places.get(("source", number, "url")):
            end = _find_line_end(text, url.end)
            changes.append((end, end, f"{_detect_newline(text)}{_find_indent(text, url)}paused = true"))
    return _verify_result(_apply_changes(text, changes), document)


def clear_paused(text: str, numbers: Sequence[int]) -> str:
    """The text without ``paused`` in the sources of these numbers; raises ConfigError where it cannot be."""
    document = tomllib.loads(text)
    places = find_positions(text)
    changes = []
    for number in numbers:
        document["source"][number].pop("paused", None)
        if paused := places.get(("source", number, "paused")):
            start = paused.start - len(_find_indent(text, paused))
            changes.append((start, text.find("\n", paused.end) + 1 or len(text), ""))
    return _verify_result(_apply_changes(text, changes), document)


def write_atomically(path: Path, text: str) -> None:
    """Put a text in the place of a file's, in one step: whoever reads it meanwhile gets the old or the new.

    Permissions stay, and so does a byte order mark; of a link, what it points to is changed. Raises ConfigError where
    it cannot be written.
    """
    path = path.resolve()
    try:
        mark = "\ufeff" if path.exists() and path.read_bytes().startswith(b"\xef\xbb\xbf") else ""
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(descriptor, "wb") as stream:  # noqa: PTH123 - a descriptor has no path
                _copy_permissions(path, stream.fileno())
                stream.write((mark + text).encode())
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from None


def _copy_permissions(path: Path, descriptor: int) -> None:
    if not path.exists():
        os.fchmod(descriptor, 0o666 & ~_read_umask())
        return
    status = path.stat()
    os.fchmod(descriptor, status.st_mode & 0o7777)
    with suppress(PermissionError):  # only root gives files away
        os.fchown(descriptor, status.st_uid, status.st_gid)


def _read_umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


# --- text


def format_toml_value(value: Any) -> str:
    """A value as TOML.

    >>> format_toml_value({"feeds": ["https://a.example/rss"], "X-Token": {"env": "TOKEN"}, "js": True})
    '{feeds = ["https://a.example/rss"], X-Token = {env = "TOKEN"}, js = true}'
    >>> print(format_toml_value(r"/\\d{4}/"), format_toml_value('say "x"'))
    '/\\d{4}/' "say \\"x\\""
    """
    if isinstance(value, str):
        return _format_toml_string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return (
            "{" + ", ".join(f"{_format_toml_key(key)} = {format_toml_value(one)}" for key, one in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(format_toml_value, value)) + "]"
    return str(value)


def _format_toml_string(text: str) -> str:
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _format_toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _format_toml_string(key)


def _detect_newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _find_indent(text: str, place: TomlPosition) -> str:
    return text[text.rfind("\n", 0, place.start) + 1 : place.start]


def _find_line_end(text: str, at: int) -> int:
    """Where the line ends that ``at`` is in, before its break."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if text[at:end].endswith("\r") else end


def _apply_changes(text: str, changes: Sequence[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _verify_result(text: str, expected: Mapping[str, Any]) -> str:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        found = {}
    if found != expected:
        raise ConfigError("This file must be changed by hand: its sources are not written as [[source]] tables.")
    return text
