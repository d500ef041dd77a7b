"""Lines that the extractor leaves out of the main content: a line of authors and dates below the headline, or a
right-aligned ``div`` with the editor below the last paragraph.

They are no loss to the text, but they say who wrote it, and when.
"""

import re
from collections.abc import Iterator
from functools import cache

from lxml import html

from .extraction import spaced
from .lines import Line
from .rules import line_rules, read_line, tidy

LONGEST = 120
"""Characters of such a line."""

_INLINE = frozenset(
    ["a", "abbr", "b", "cite", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "time", "u"]
)
_CONTAINERS = "//article|//main|//*[@itemprop='articleBody']|//*[@role='main']"
_ELSEWHERE = frozenset({"nav", "aside", "footer", "figure", "figcaption", "script", "style", "form", "table"})


def left_out_credits(tree: html.HtmlElement, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Lines inside the article's element that say who or when, and are not among its extracted lines."""
    extracted = {line.text for line in lines}
    found: dict[str, None] = {}
    for container in tree.xpath(_CONTAINERS)[:1]:
        for text in _short_texts(container):
            if text not in extracted and text not in found and _says_something(text):
                found[text] = None
    return tuple(Line(text) for text in found if not any(text in line for line in extracted))


def _short_texts(container: html.HtmlElement) -> Iterator[str]:
    """The short lines that open like one of those."""
    stack = [container]
    read: set[html.HtmlElement] = set()
    while stack:
        element = stack.pop()
        if element.tag in _ELSEWHERE or not isinstance(element.tag, str):
            continue
        for text in (element.text, element.tail if element.tag == "br" else None):
            if text and _opening().search(tidy(text.strip()[:LONGEST])):
                block = _block_of(element)
                if block not in read:
                    read.add(block)
                    yield from _lines_of(block)
        stack.extend(element)


def _block_of(element: html.HtmlElement) -> html.HtmlElement:
    """The block that an inline element stands in."""
    while element.tag in _INLINE | {"br"} and element.getparent() is not None:
        element = element.getparent()
    return element


def _lines_of(block: html.HtmlElement) -> Iterator[str]:
    """The lines of a block, if they are few and short."""
    text = "".join("\n" if piece is None else piece for piece in _pieces(block))
    if len(text) <= 4 * LONGEST:
        for line in map(spaced, text.split("\n")):
            if 4 <= len(line) <= LONGEST:
                yield line


def _pieces(element: html.HtmlElement) -> Iterator[str | None]:
    for node in element.iter():
        if node.tag == "br":
            yield None
        yield (node.text or "").replace("\n", " ") if isinstance(node.tag, str) else ""
        if node is not element:
            yield (node.tail or "").replace("\n", " ")


def _says_something(text: str) -> bool:
    """Whether a text is boilerplate that gives up a field of the article."""
    return any(reading.rule.harvest for reading in read_line(tidy(text), line_rules()))


@cache
def _opening() -> re.Pattern[str]:
    openings = [rule.opening.pattern for rule in line_rules() if rule.harvest and rule.opening]
    return re.compile(
        rf"^[\W_]*(?:{'|'.join(openings)})|monitoring|agenc|agentur|\d\d[:.]\d\d|\b(?:19|20)\d\d\b",
        re.IGNORECASE,
    )
