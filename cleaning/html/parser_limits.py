"""Limit markup to what libxml2 can parse, in one pass over the text and in linear time.

libxml2's time grows with the square of the attributes of a tag (431 KB of them took 9.2 s), and it silently drops what
is nested deeper than about 2,000 elements. So the attributes and tags that are too many are removed first.

The regular expressions are possessive throughout: no text is ever scanned twice, whatever a hostile page contains.
"""

import re
from collections import Counter

MAX_ATTRIBUTES = 256
"""Attributes that a tag keeps. None of 800 news pages has a tag with more than 60; 100,000 take libxml2 15 seconds."""
MAX_DEPTH = 300
"""Elements that may be open at once, not counting those that libxml2 closes by itself."""

# As in the HTML standard: after a quoted value the next attribute needs no space, and a leading = is part of a name.
_ATTRIBUTE = r"""(?:(?:[\s/]++|(?<=["']))=?[^\s=>/]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+)"""
_TAG_START = r"<[a-zA-Z][^\s/><]*+"
_ALLOWED_ATTRIBUTES = rf"{_ATTRIBUTE}{{0,{MAX_ATTRIBUTES}}}+(?!{_ATTRIBUTE})"
# No capturing groups here: Python 3.11 miscounts them inside a possessive repetition.
_RAW_TEXT = r"<!--(?:-?+>|.*?(?:--!?>|\Z))" + "".join(
    rf"|<{name}(?=[\s/>]){_ALLOWED_ATTRIBUTES}[^>]*+>.*?(?:</{name}|\Z)"
    for name in ("script", "style", "textarea", "title")
)
"""Text that only looks like markup: comments, and elements whose content is plain text.

A script with ``i<n`` and 257 words after it once swallowed the rest of its page.
"""
# Everything up to the first tag with too many attributes is consumed, and never given back by backtracking.
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
"""Elements that libxml2 closes by itself, immediately or when the next one of them begins."""
_UNKNOWN_VOID_TAGS = frozenset({"embed", "source", "track", "wbr"})
"""Void elements that libxml2 does not know as void: everything after one of these would be nested in it."""
_INLINE_TAGS = frozenset(
    "a abbr b bdi bdo big cite code em font i ins kbd mark q s samp small span strong sub sup u".split()
)


def limit_attributes(text: str) -> str:
    """Return the markup with at most ``MAX_ATTRIBUTES`` attributes in each tag; the ones after that are removed.

    Every page passes through here before it is parsed.

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
    """Return the markup without the tags that are nested deeper than ``MAX_DEPTH``; their text stays.

    A removed block-level tag becomes ``<br>``, so that its text remains on a line of its own. Only pages that libxml2
    did not take whole pass through here.

    >>> limit_nesting("<i>" * 400 + "The river rose." + "</i>" * 400).count("<i>")
    300
    """
    opened: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    depth = 0

    def filter_tag(match: re.Match[str]) -> str:
        """Return a tag unchanged, or what replaces it if it is nested too deeply."""
        nonlocal depth
        name = (match["name"] or "").lower()
        if not name or name in _IMPLIED_END_TAGS:
            return match[0]
        if name in _UNKNOWN_VOID_TAGS:
            return ""
        if match["slash"]:
            # While removed tags of this name are open, an end tag belongs to the innermost of them.
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
