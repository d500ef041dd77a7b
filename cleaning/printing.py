"""What a page's text must not do to whoever looks at it."""

import json
import re
from typing import Any

DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing."""
_UNPRINTABLE_BUT_FINE = frozenset(
    "\n\t"
    "\u200c\u200d"  # joiners: Persian and Indic scripts spell with them
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"  # spaces
)


def printable(text: str) -> str:
    """Text for a terminal or a page: it must not move the cursor, ring the bell or turn the direction of writing.

    >>> printable("Flood\\x1b[2J in \\u202eMombasa"), printable("洪水\\u3000蒙巴萨")
    ('Flood[2J in Mombasa', '洪水\u3000蒙巴萨')
    """
    return "".join(
        char for char in text if char in _UNPRINTABLE_BUT_FINE or (char.isprintable() and char not in DIRECTIONS)
    )


def json_text(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON that a terminal may show: the same text to whoever parses it. Times and the like become text.

    >>> print(json_text({"title": "Flood\\x9b2J in \\u202eMombasa, ممباسا"}))
    {"title": "Flood\\u009b2J in \\u202eMombasa, ممباسا"}
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    return _UNESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


_UNESCAPED = re.compile(f"[\x7f-\x9f\ud800-\udfff{''.join(sorted(DIRECTIONS))}]")
"""What is left of control characters, directions, and halves of surrogate pairs, which no terminal takes either."""
