"""Markup within the bounds of the parser: libxml2's time grows with the square of a tag's attributes, and it drops
whatever is nested deeper than about 2,000 elements. Both are told and mended in one pass over the text."""

import re
from collections import Counter

MOST_ATTRIBUTES = 256
"""Attributes of a tag that are read. Of 800 news pages none has more than 60; 10,000 take libxml2 a second."""
DEEPEST = 300
"""Elements that may be open at once, those not counted whose end HTML lets authors leave out."""

_ATTRIBUTE = r"""(?:[\s/]++[^\s=>/]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]{0,256}+))?+)"""
_START = r"<[a-zA-Z][^\s/><]*+"
# Nothing is looked at twice: what stands before the first tag with too much is consumed, and never given back.
_CROWDED = re.compile(
    rf"((?:[^<]++|<(?![a-zA-Z])|{_START}{_ATTRIBUTE}{{0,{MOST_ATTRIBUTES}}}+(?!{_ATTRIBUTE}))*+"
    rf"{_START}{_ATTRIBUTE}{{{MOST_ATTRIBUTES}}}){_ATTRIBUTE}++"
)
_MARKUP = re.compile(
    rf"<!--.*?(?:-->|\Z)|<(?P<raw>script|style|textarea|title)\b.*?(?:</(?P=raw)|\Z)"
    rf"|<(?P<slash>/?+)(?P<name>[a-zA-Z][^\s/><]*+){_ATTRIBUTE}*+[\s/]*+>?+",
    re.DOTALL | re.IGNORECASE,
)
_UNCOUNTED = frozenset(
    "html head body p li dt dd tr td th tbody thead tfoot colgroup caption option optgroup rb rt rp "  # end left out
    "area base br col embed hr img input link meta param source track wbr".split()  # no end at all
)
_IN_LINE = frozenset(
    "a abbr b bdi bdo big cite code em font i ins kbd mark q s samp small span strong sub sup u".split()
)


def without_crowds(text: str) -> str:
    """Markup in which no tag has more attributes than are read.

    >>> crowd = " ".join(f"a{number}=x" for number in range(5000))
    >>> len(without_crowds(f"<body {crowd}><p>River rose.</p>")), without_crowds("<p id='a'>River rose.</p>")
    (1706, "<p id='a'>River rose.</p>")
    """
    pieces = []
    position = 0
    while match := _CROWDED.match(text, position):
        pieces.append(match[1])
        position = match.end()
    return "".join([*pieces, text[position:]]) if pieces else text


def flattened(text: str) -> str:
    """Markup without the tags that would be nested too deep; the text in them stays, on lines of its own.

    >>> flattened("<i>" * 400 + "The river rose." + "</i>" * 400).count("<i>")
    300
    """
    opened: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    depth = 0

    def kept(match: re.Match[str]) -> str:
        nonlocal depth
        name = (match["name"] or "").lower()
        if not name or name in _UNCOUNTED:
            return match[0]
        if match["slash"]:
            if dropped[name]:
                dropped[name] -= 1
                return "" if name in _IN_LINE else "<br>"
            if opened[name]:
                opened[name] -= 1
                depth -= 1
            return match[0]
        if depth >= DEEPEST:
            dropped[name] += 1
            return "" if name in _IN_LINE else "<br>"
        opened[name] += 1
        depth += 1
        return match[0]

    return _MARKUP.sub(kept, text)
