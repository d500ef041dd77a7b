"""Find the line and offset of every table, key and list element of a TOML document.

``tomllib`` returns values without positions, but error messages need lines and the editor needs offsets. We tried to
search the text for a key, which was wrong for multi-line strings, lists and nested tables. This scanner reads structure
only and relies on ``tomllib`` to reject invalid documents.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TomlPath = tuple[str | int, ...]
"""Keys, and indexes from 0 for list elements: ``("source", 2, "exclude", 0)``."""

_SPACE: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
# Multi-line strings may end with up to two quotes of their own: """a "quoted"""""
_STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'", re.DOTALL
)
_KEY_PART: Final = re.compile(r'[ \t]*(?:"((?:\\.|[^"\\\n])*)"|' + r"'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*")
_SCALAR: Final = re.compile(r"[^,\]}\n#]*")


@dataclass(frozen=True, slots=True)
class TomlPosition:
    """The position of a table header, a key with its value, or a list element."""

    line: int
    """From 1."""
    start: int
    """Offset of the first character."""
    value_start: int
    """Offset of the first character of the value; for a table header, the same as ``start``."""
    end: int
    """Offset after the last character."""


def find_positions(text: str) -> dict[TomlPath, TomlPosition]:
    """Return the position of every table, key and list element of a valid TOML document.

    The position of a table is that of its header. For a document that ``tomllib`` rejects the result is undefined, but
    the function terminates.

    >>> text = '[[source]]\\nurl = "x"\\nexclude = [\\n  "a",\\n  "b",\\n]'
    >>> position = find_positions(text)["source", 0, "exclude", 1]
    >>> position.line, text[position.start : position.end]
    (5, '"b"')
    """
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.positions


def find_line(positions: Mapping[TomlPath, TomlPosition], path: TomlPath) -> int:
    """Return the line of a path, from 1.

    If the path has no position, as for a missing key, the line of the closest enclosing table or list is returned; 1 if
    there is none.
    """
    return next((positions[path[:size]].line for size in range(len(path), 0, -1) if path[:size] in positions), 1)


class _Scanner:
    """A scanner that reads structure only: it skips strings as a whole, and other scalars up to their delimiter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.positions: dict[TomlPath, TomlPosition] = {}
        self._at = 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._tables: Counter[TomlPath] = Counter()
        """Number of ``[[name]]`` headers seen so far, by path."""

    def scan(self) -> None:
        """Scan the whole document into ``positions``."""
        table: TomlPath = ()
        while self._skip_space() < len(self.text):
            before = self._at
            if self.text[self._at] == "[":
                table = self._scan_header()
            else:
                self._scan_pair(table)
            # Always advance, so that an invalid document cannot cause an endless loop.
            self._at = max(self._at, before + 1)

    def _skip_space(self) -> int:
        """Skip white space and comments; return the new offset."""
        match = _SPACE.match(self.text, self._at)
        self._at = match.end() if match else self._at
        return self._at

    def _record_position(self, path: TomlPath, start: int, value: int) -> None:
        """Record a path that ends here. A table made by dotted keys keeps the position of its first key."""
        self.positions.setdefault(path, TomlPosition(1 + bisect_right(self._breaks, start), start, value, self._at))

    def _scan_header(self) -> TomlPath:
        is_array = self.text.startswith("[[", self._at)
        start = self._at
        self._at += 2 if is_array else 1
        path: TomlPath = ()
        keys = self._scan_key()
        for number, key in enumerate(keys, 1):
            path = (*path, key)
            if is_array and number == len(keys):
                self._tables[path] += 1
            if self._tables[path]:
                path = (*path, self._tables[path] - 1)
        self._at += 2 if is_array else 1
        for size in range(1, len(path) + 1):
            self._record_position(path[:size], start, start)
        return path

    def _scan_key(self) -> tuple[str, ...]:
        """Scan a key and return its parts: ``a."b c"`` has two."""
        parts = []
        while match := _KEY_PART.match(self.text, self._at):
            self._at = match.end()
            parts.append(next(part for part in match.groups() if part is not None))
            if not self.text.startswith(".", self._at):
                break
            self._at += 1
        return tuple(parts)

    def _scan_pair(self, table: TomlPath) -> None:
        start = self._at
        keys = self._scan_key()
        self._at += 1  # past "="
        value = self._skip_space()
        self._scan_value((*table, *keys))
        for size in range(1, len(keys) + 1):
            self._record_position((*table, *keys[:size]), start, value)

    def _scan_value(self, path: TomlPath) -> None:
        if match := _STRING.match(self.text, self._at):
            self._at = match.end()
        elif self.text.startswith("[", self._at):
            self._scan_members(path, "]")
        elif self.text.startswith("{", self._at):
            self._scan_members(path, "}")
        elif match := _SCALAR.match(self.text, self._at):
            self._at += len(match[0].rstrip())

    def _scan_members(self, path: TomlPath, end: str) -> None:
        """Scan the elements of a list, or the pairs of an inline table."""
        self._at += 1
        number = 0
        while self._skip_space() < len(self.text) and self.text[self._at] != end:
            before = self._at
            if self.text[self._at] == ",":
                self._at += 1
                continue
            if end == "}":
                self._scan_pair(path)
            else:
                self._scan_value((*path, number))
                self._record_position((*path, number), before, before)
                number += 1
            self._at = max(self._at, before + 1)
        self._at += 1
