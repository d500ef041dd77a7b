"""What a page's text must not do to whoever looks at it."""

import json
import re
from typing import Any

DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing."""


def printable(text: str) -> str:
    """Text for a terminal or a page: it must not move the cursor, ring the bell or turn the direction of writing.

    >>> printable("Flood\\x1b[2J in \\u202eMombasa")
    'Flood[2J in Mombasa'
    """
    return "".join(
        char
        for char in text
        if char in "\n\t" or (char.isprintable() and char not in DIRECTIONS) or char in "\u200c\u200d"
    )


def json_text(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON that a terminal may show: the same text to whoever parses it. Times and the like become text.

    >>> print(json_text({"title": "Flood\x9b2J in \u202eMombasa, \u0645\u0645\u0628\u0627\u0633\u0627"}))
    {"title": "Flood\\u009b2J in \\u202eMombasa, ممباسا"}
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    return _UNESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


_UNESCAPED = re.compile(f"[\x7f-\x9f\ud800-\udfff{''.join(sorted(DIRECTIONS))}]")
"""What is left of control characters, directions, and halves of surrogate pairs, which no terminal takes either."""
