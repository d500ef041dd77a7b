"""Edit the text of ``sources.toml`` and keep comments, order and layout as the user wrote them.

We tried tomlkit and dropped it: it moves separate ``[[source]]`` tables together, and it puts a new key of a table
below the comment that belongs to the next table. The positions of keys (:mod:`crawler.config.toml_positions`) are
enough. Every edit is verified: the new text must parse to the old document plus the change, otherwise ConfigError is
raised and nothing is written.
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

NEW_FILE_HEADING: Final = "# The sites that Cleanwire crawls. `cleanwire sources check` reports errors in this file.\n"
"""The first line of a file that ``sources add`` or ``sources import`` creates."""


def add_sources(text: str, tables: Sequence[Mapping[str, Any]]) -> str:
    """Append sources to the text of a ``sources.toml`` and return the new text.

    Args:
        text: the file's text; may be empty. It must be valid TOML.
        tables: the settings of each new source, in the order in which the keys are to be written.

    Raises:
        ConfigError: the file does not write its sources as ``[[source]]`` tables, so nothing can be appended.

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
    """Set ``paused = true`` for the ``[[source]]`` tables with the given numbers and return the new text.

    ``numbers`` count all ``[[source]]`` tables of the file from 0. An existing ``paused`` is overwritten; otherwise a
    line is inserted below ``url``, with the same indentation. Raises ConfigError if the file has another structure.
    """
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
    """Remove ``paused`` from the ``[[source]]`` tables with the given numbers and return the new text.

    The whole line is removed, including a comment on it. Sources without the key stay as they are. Raises ConfigError
    if the file has another structure.
    """
    document = tomllib.loads(text)
    places = find_positions(text)
    changes = []
    for number in numbers:
        document["source"][number].pop("paused", None)
        if paused := places.get(("source", number, "paused")):
            start = paused.start - len(_find_indent(text, paused))
            changes.append((start, text.find("\n", paused.end) + 1 or len(text), ""))
    return _verify_result(_apply_changes(text, changes), document)


def remove_sources(text: str, numbers: Sequence[int]) -> str:
    """Remove the ``[[source]]`` tables with the given numbers and return the new text.

    A table's lines are removed from its header to its last value, with the blank lines that follow. Comments above the
    header and below the last value stay. Raises ConfigError if the file has another structure.
    """
    document = tomllib.loads(text)
    places = find_positions(text)
    changes = []
    for number in set(numbers):
        own = [place for path, place in places.items() if path[:2] == ("source", number)]
        if not own or not text.startswith("[", own[0].start):
            continue  # not a table of its own; the verification says so
        end = text.find("\n", max(place.end for place in own)) + 1 or len(text)
        blank = re.compile(r"(?:[ \t]*\r?\n)*").match(text, end)
        assert blank is not None
        start = own[0].start - len(_find_indent(text, own[0]))
        changes.append((start, blank.end(), ""))
    document["source"] = [table for number, table in enumerate(document["source"]) if number not in set(numbers)]
    if not document["source"]:
        del document["source"]
    return _verify_result(_apply_changes(text, changes), document)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file's content in one step, so that a concurrent reader sees either the old or the new text.

    Permissions, owner and a byte order mark are kept. If ``path`` is a symbolic link, its target is replaced and the
    link stays. Raises ConfigError if the file cannot be written.
    """
    # A rename onto a symbolic link would replace the link instead of the file that the user keeps elsewhere.
    path = path.resolve()
    try:
        mark = "\ufeff" if path.exists() and path.read_bytes().startswith(b"\xef\xbb\xbf") else ""
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(descriptor, "wb") as stream:  # noqa: PTH123 - a descriptor has no path
                _copy_permissions(path, stream.fileno())
                stream.write((mark + text).encode())
                stream.flush()
                # Without fsync, a power failure after the rename can leave an empty sources.toml.
                os.fsync(stream.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}.") from None


def _copy_permissions(path: Path, descriptor: int) -> None:
    """Give the temporary file the mode and owner of the file that it replaces."""
    if not path.exists():
        # mkstemp creates files as 0600; a new sources.toml follows the umask like any other file.
        os.fchmod(descriptor, 0o666 & ~_read_umask())
        return
    status = path.stat()
    os.fchmod(descriptor, status.st_mode & 0o7777)
    with suppress(PermissionError):  # only root may change the owner
        os.fchown(descriptor, status.st_uid, status.st_gid)


def _read_umask() -> int:
    # The umask can only be read by setting it; 0o077 is the safe value for the moment in between.
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


# --- TOML text


def format_toml_value(value: Any) -> str:
    """Format a value as TOML on one line: strings, booleans, numbers, lists and inline tables.

    Strings with backslashes, which are mostly regular expressions, become literal strings (``'…'``) so that they stay
    readable.

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
    # JSON strings are TOML basic strings, except that JSON leaves DEL (U+007F) unescaped, which TOML forbids.
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
    """Return the offset of the end of the line that contains ``at``, before its line break."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if text[at:end].endswith("\r") else end


def _apply_changes(text: str, changes: Sequence[tuple[int, int, str]]) -> str:
    # From the end of the text backwards, so that the offsets of earlier changes stay valid.
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _verify_result(text: str, expected: Mapping[str, Any]) -> str:
    """Return ``text`` if it parses to ``expected``; raise ConfigError otherwise.

    Sources in an inline list, ``source = [{url = "…"}]``, are valid TOML but cannot be edited in this way.
    """
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        parsed = {}
    if parsed != expected:
        raise ConfigError("Edit this file by hand: its sources are not written as [[source]] tables.")
    return text
