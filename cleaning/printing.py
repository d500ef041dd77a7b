"""What a page's text must not do to whoever looks at it."""

_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """Text for a terminal or a page: it must not move the cursor, ring the bell or turn the direction of writing.

    >>> printable("Flood\\x1b[2J in \\u202eMombasa")
    'Flood[2J in Mombasa'
    """
    return "".join(
        char
        for char in text
        if char in "\n\t" or (char.isprintable() and char not in _DIRECTIONS) or char in "\u200c\u200d"
    )
