"""Selectors: XPath, or CSS of the simple kind made into XPath."""

import re
from functools import cache

from lxml import etree

_SIMPLE_SELECTOR = re.compile(
    r"(?P<tag>[a-zA-Z][\w-]*|\*)?(?P<rest>(?:[#.][\w-]+|\[[\w:-]+(?:=(?:\"[^\"]*\"|'[^']*'|[\w-]+))?\])*)"
)
_SELECTOR_PART = re.compile(r"[#.][\w-]+|\[[^\]]+\]")


@cache
def compile_xpath(xpath: str) -> etree.XPath:
    """A selector that trees are asked by; each is compiled once.

    Raises:
        etree.XPathError: it is no XPath.
    """
    return etree.XPath(xpath)


def to_xpath(css: str) -> str:
    """XPath for CSS of the simple kind.

    >>> to_xpath("div.story p")
    "//div[contains(concat(' ', normalize-space(@class), ' '), ' story ')]//p"
    """
    return " | ".join("".join(f"//{_build_step(simple)}" for simple in one.split()) for one in css.split(","))


def _build_step(simple: str) -> str:
    match = _SIMPLE_SELECTOR.fullmatch(simple)
    if match is None or not simple:
        raise ValueError(f"{simple!r} is no simple selector: tag, #id, .class, [attribute=value], or XPath from / on")
    return (match["tag"] or "*") + "".join(map(_build_condition, _SELECTOR_PART.findall(match["rest"])))


def _build_condition(part: str) -> str:
    if part[0] == "#":
        return f"[@id='{part[1:]}']"
    if part[0] == ".":
        return f"[contains(concat(' ', normalize-space(@class), ' '), ' {part[1:]} ')]"
    name, _, value = part[1:-1].partition("=")
    return f"[@{name}='{value.strip(chr(34) + chr(39))}']" if value else f"[@{name}]"
