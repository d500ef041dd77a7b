"""Compile the selectors of site files: XPath, or simple CSS that is translated to XPath."""

import re
from functools import cache

from lxml import etree

_SIMPLE_SELECTOR = re.compile(
    r"(?P<tag>[a-zA-Z][\w-]*|\*)?(?P<rest>(?:[#.][\w-]+|\[[\w:-]+(?:=(?:\"[^\"]*\"|'[^']*'|[\w-]+))?\])*)"
)
_SELECTOR_PART = re.compile(r"[#.][\w-]+|\[[^\]]+\]")


@cache
def compile_xpath(xpath: str) -> etree.XPath:
    """Return the compiled form of an XPath expression; each expression is compiled once per process.

    Raises:
        etree.XPathError: the expression is not valid XPath.
    """
    return etree.XPath(xpath)


def to_xpath(css: str) -> str:
    """Translate a simple CSS selector to XPath: tags, ids, classes and attributes, with spaces and commas between.

    Raises:
        ValueError: the selector uses anything else, such as ``>`` or ``:first-child``.

    >>> to_xpath("div.story p")
    "//div[contains(concat(' ', normalize-space(@class), ' '), ' story ')]//p"
    """
    return " | ".join("".join(f"//{_build_step(simple)}" for simple in selector.split()) for selector in css.split(","))


def _build_step(simple: str) -> str:
    """Return the XPath step for a tag with its ids, classes and attributes, such as ``div.story``."""
    match = _SIMPLE_SELECTOR.fullmatch(simple)
    if match is None or not simple:
        raise ValueError(f"invalid selector {simple!r}: use tag, #id, .class, [attribute=value], or XPath from / or (")
    return (match["tag"] or "*") + "".join(map(_build_condition, _SELECTOR_PART.findall(match["rest"])))


def _build_condition(part: str) -> str:
    """Return the XPath condition for one ``#id``, ``.class`` or ``[attribute]``."""
    if part[0] == "#":
        return f"[@id='{part[1:]}']"
    if part[0] == ".":
        return f"[contains(concat(' ', normalize-space(@class), ' '), ' {part[1:]} ')]"
    name, _, value = part[1:-1].partition("=")
    return f"[@{name}='{value.strip(chr(34) + chr(39))}']" if value else f"[@{name}]"
