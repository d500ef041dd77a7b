"""Make text from untrusted sites safe to display: no escape sequences, no invisible characters, no forged lines.

All text that is printed or written for people passes through `strip_unprintable`, or through `to_one_line` if it must
stay on one line. JSON passes through `dump_safe_json`, which escapes these characters and so keeps the value. Commands
print with `cleaning.cli.terminal.print_safe` only.
"""

import json
import re
from datetime import datetime
from typing import Any, Final

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls: move the cursor, erase, set the clipboard
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks: they reorder the text
    "\xad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\U000e0000-\U000e0fff"  # invisible: they may hide a message
    "\u2028\u2029\ufff9-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # line breaks and marks
    "\ud800-\udfff]"  # surrogates: they cannot be encoded
)


def strip_unprintable(text: str) -> str:
    """Remove the characters that a terminal obeys or that a reader cannot see.

    Line breaks and tabs stay. So do the joiners U+200C and U+200D, which are parts of words in Persian, Hindi and other
    languages.

    >>> strip_unprintable("Flood\\x1b[2J in \\u202eMombasa")
    'Flood[2J in Mombasa'
    """
    return _UNPRINTABLE.sub("", text)


def to_one_line(text: str) -> str:
    """Remove the same characters and all line breaks, from values such as titles, names and URLs.

    With a line break, a title could forge a line of a command's output. Spaces become single, and the ends have none.

    >>> to_one_line("Flood\\r\\ncleanwire: all is well")
    'Flood cleanwire: all is well'
    """
    return " ".join(strip_unprintable(" ".join(text.split())).split())


def dump_safe_json(value: Any, **options: Any) -> str:
    """Return JSON that is readable in any script and safe to print on a terminal.

    Characters that a terminal obeys or a reader cannot see are escaped, so that a program still reads the same value.

    Args:
        value: anything that `json.dumps` accepts (see `to_json_value`).
        options: options of `json.dumps`, such as ``indent``.

    >>> dump_safe_json({"title": "Roob \\x9b2J عاجل"})
    '{"title": "Roob \\\\u009b2J عاجل"}'
    """
    return _UNPRINTABLE.sub(_escape_match, json.dumps(value, ensure_ascii=False, **options))


def to_json_value(value: Any) -> Any:
    """Convert a value for ``json.dumps``: times become ISO 8601 strings, tuples become lists, at any depth.

    >>> to_json_value({"at": datetime(2024, 1, 2), "tags": ("a",)})
    {'at': '2024-01-02T00:00:00', 'tags': ['a']}
    """
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: to_json_value(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json_value(one) for one in value]
    return value


def _escape_match(match: re.Match[str]) -> str:
    """Return a character as a JSON escape, such as ``\\u202e``."""
    return json.dumps(match[0])[1:-1]
