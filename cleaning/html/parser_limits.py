"""Markup within the bounds of the parser: libxml2's time grows with the square of a tag's attributes, and it drops
whatever is nested deeper than about 2,000 elements. Both are told and mended in one pass over the text."""

import re
from collections import Counter

MAX_ATTRIBUTES = 256
"""Attributes of a tag that are read. Of 800 news pages none has more than 60; 100,000 take libxml2 15 seconds."""
MAX_DEPTH = 300
"""Elements that may be open at once, those not counted that libxml2 ends by itself."""

# After a quoted value the next attribute needs no blank, and what begins with = is a name.
_ATTRIBUTE = r"""(?:(?:[\s/]++|(?<=["']))=?[^\s=>/]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+)"""
_TAG_START = r"<[a-zA-Z][^\s/><]*+"
_ALLOWED_ATTRIBUTES = rf"{_ATTRIBUTE}{{0,{MAX_ATTRIBUTES}}}+(?!{_ATTRIBUTE})"
# No group is captured here: within a possessive repetition Python 3.11 loses count of them.
_RAW_TEXT = r"<!--(?:-?+>|.*?(?:--!?>|\Z))" + "".join(
    rf"|<{name}(?=[\s/>]){_ALLOWED_ATTRIBUTES}[^>]*+>.*?(?:</{name}|\Z)"
    for name in ("script", "style", "textarea", "title")
)
"""What only looks like markup: a comment, and an element that holds nothing but text. In "i<n" no tag begins there."""
# Nothing is looked at twice: what stands before the first tag with too much is consumed, and never given back.
_TOO_MANY_ATTRIBUTES = re.compile(
    rf"((?:[^<]++|{_RAW_TEXT}|<(?![a-zA-Z])|{_TAG_START}{_ALLOWED_ATTRIBUTES})*+{_TAG_START}{_ATTRIBUTE}{{{MAX_ATTRIBUTES}}}){_ATTRIBUTE}++",
    re.DOTALL | re.IGNORECASE,
)
_MARKUP = re.compile(
    rf"{_RAW_TEXT}|<(?P<slash>/?+)(?P<name>[a-zA-Z][^\s/><]*+){_ATTRIBUTE}*+[\s/]*+>?+", re.DOTALL | re.IGNORECASE
)
_IMPLIED_END_TAGS = frozenset(
    "html head body p li td th tr tbody colgroup option area base br col hr img input link meta param".split()
)
"""Elements that libxml2 ends by itself, where another of them begins or at once."""
_UNKNOWN_VOID_TAGS = frozenset({"embed", "source", "track", "wbr"})
"""Elements without an end that it does not know as such: whatever follows would be in them."""
_INLINE_TAGS = frozenset(
    "a abbr b bdi bdo big cite code em font i ins kbd mark q s samp small span strong sub sup u".split()
)


def limit_attributes(text: str) -> str:
    """Markup in which no tag has more attributes than are read.

    >>> crowd = " ".join(f"a{number}=x" for number in range(5000))
    >>> len(limit_attributes(f"<body {crowd}><p>River rose.</p>")), limit_attributes("<p id='a'>River rose.</p>")
    (1706, "<p id='a'>River rose.</p>")
    """
    pieces = []
    position = 0
    while match := _TOO_MANY_ATTRIBUTES.match(text, position):
        pieces.append(match[1])
        position = match.end()
    return "".join([*pieces, text[position:]]) if pieces else text


def limit_nesting(text: str) -> str:
    """Markup without the tags that would be nested too deep; the text in them stays, on lines of its own.

    >>> limit_nesting("<i>" * 400 + "The river rose." + "</i>" * 400).count("<i>")
    300
    """
    opened: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    depth = 0

    def filter_tag(match: re.Match[str]) -> str:
        nonlocal depth
        name = (match["name"] or "").lower()
        if not name or name in _IMPLIED_END_TAGS:
            return match[0]
        if name in _UNKNOWN_VOID_TAGS:
            return ""
        if match["slash"]:
            if dropped[name]:
                dropped[name] -= 1
                return "" if name in _INLINE_TAGS else "<br>"
            if opened[name]:
                opened[name] -= 1
                depth -= 1
            return match[0]
        if depth >= MAX_DEPTH:
            dropped[name] += 1
            return "" if name in _INLINE_TAGS else "<br>"
        opened[name] += 1
        depth += 1
        return match[0]

    return _MARKUP.sub(filter_tag, text)
