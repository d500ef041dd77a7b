"""What a stranger's text must not do to whoever looks at it: be obeyed, be unseen, or pass for our own.

Whatever is printed or written for people passes `strip_unprintable`, or `to_one_line` if it must be one line; JSON
passes `dump_safe_json`, which keeps the true value. The commands print with `cleaning.cli.terminal.print_safe` alone.
"""

import json
import re
from datetime import datetime
from typing import Any, Final

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls: they move the cursor, ring, hide, erase, write to the clipboard
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of writing
    "\xad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\U000e0000-\U000e0fff"  # are not seen, and may hold a message
    "\u2028\u2029\ufff9-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # break lines, or mark up
    "\ud800-\udfff]"  # halves of characters: they cannot be written
)


def strip_unprintable(text: str) -> str:
    """Text for a terminal or a page: it must not move the cursor, ring the bell or turn the direction of writing.

    Line breaks and tabs stay, and the joiners that are parts of words in Persian, Hindi and others.

    >>> strip_unprintable("Flood\\x1b[2J in \\u202eMombasa")
    'Flood[2J in Mombasa'
    """
    return _UNPRINTABLE.sub("", text)


def to_one_line(text: str) -> str:
    """The same of what has one line, as titles, names and addresses do: with more it could pass for our own words.
    Blanks are single, and there are none at its ends.

    >>> to_one_line("Flood\\r\\ncleanwire: all is well")
    'Flood cleanwire: all is well'
    """
    return " ".join(strip_unprintable(" ".join(text.split())).split())


def dump_safe_json(value: Any, **options: Any) -> str:
    """JSON that people can read in whatever script, and that a terminal can be shown; options are `json.dumps`'s.

    What would be obeyed or not be seen is escaped, so that a program reads the value as it is.

    >>> dump_safe_json({"title": "Roob \\x9b2J عاجل"})
    '{"title": "Roob \\\\u009b2J عاجل"}'
    """
    return _UNPRINTABLE.sub(_escape_match, json.dumps(value, ensure_ascii=False, **options))


def to_json_value(value: Any) -> Any:
    """A value for ``json.dumps``: times in ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: to_json_value(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json_value(one) for one in value]
    return value


def _escape_match(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]
