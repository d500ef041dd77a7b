"""The short texts that stand around a page's headline, as a reader sees them: bylines, dates, sections."""

import re
from collections.abc import Iterator
from itertools import chain, islice

from lxml import etree, html

from cleaning.metadata.date_parsing import parse_timestamp
from cleaning.resources import load_toml

MAX_SHORT_TEXT_CHARACTERS = 140
"""Characters: a longer text is a paragraph."""
MAX_PARAGRAPHS_BELOW = 2
"""Paragraphs below the headline, a summary and a first one, after which the article has begun."""
MAX_TEXTS_ABOVE = 12
MAX_ELEMENTS_ABOVE = 40
"""What has more elements and stands above the headline is the site's menu."""
MAX_ANCESTORS_ABOVE = 8
MAX_BLOCKS, MAX_TEXTS_PER_BLOCK, MAX_ANCESTORS = 200, 12, 60
"""Bounds for pages that are made to take long: the blocks that are read far from the headline, the texts of one, and
the ancestors of one that are looked at."""

_INLINE_TAGS = frozenset("a abbr b bdi cite data em font i label mark small span strong sub sup time u".split())
_INVISIBLE_TAGS = frozenset(
    ("script", "style", "noscript", "template", "svg", "select", "option", "textarea", "iframe", "nav")
)
_UNRELATED_NAMES = frozenset(load_toml("dates")["elsewhere"])


def find_texts_below(element: html.HtmlElement) -> Iterator[str]:
    """The texts that follow an element, each with single spaces, until the article has begun; the last opens it."""
    return _take_until_prose(_iter_texts_after(element))


def find_texts_above(element: html.HtmlElement) -> Iterator[str]:
    """The short texts before an element, the nearest first, up to the site's own header."""
    return islice(_iter_texts_before(element), MAX_TEXTS_ABOVE)


def find_texts_in(root: html.HtmlElement) -> Iterator[str]:
    """The texts of an element, block by block. A ``time`` element gives the time that it states for machines."""
    if not len(root):
        text = None if _is_skipped(root) else get_machine_readable_time(root) or root.text
        if text and not text.isspace():
            yield " ".join(text.split())
        return
    pieces: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, node in walk:
        if pieces and node.tag not in _INLINE_TAGS:
            yield " ".join(" ".join(pieces).split())
            pieces.clear()
        if event == "end":
            text = node.tail if node is not root else None
        elif _is_skipped(node):
            text = None
            walk.skip_subtree()
        elif text := get_machine_readable_time(node):
            walk.skip_subtree()
        else:
            text = node.text
        if text and not text.isspace():
            pieces.append(text)
    if pieces:
        yield " ".join(" ".join(pieces).split())


def find_texts_matching(pattern: re.Pattern[str], page: html.HtmlElement) -> Iterator[str]:
    """The texts of those blocks of a page that hold a short text with a pattern in it, each after that of the small
    block before it, which may be its heading."""
    for block in islice(dict.fromkeys(_find_blocks_matching(pattern, page)), MAX_BLOCKS):
        if not any(map(_is_skipped, (block, *islice(block.iterancestors(), MAX_ANCESTORS)))):
            heading = block.getprevious()
            if heading is not None and not len(heading):
                yield from find_texts_in(heading)
            yield from islice(find_texts_in(block), MAX_TEXTS_PER_BLOCK)


def _find_blocks_matching(pattern: re.Pattern[str], page: html.HtmlElement) -> Iterator[html.HtmlElement]:
    for element in page.iter():
        text, tail = element.text, element.tail
        if text and len(text) <= MAX_SHORT_TEXT_CHARACTERS and pattern.search(text):
            yield _find_block(element)
        if tail and len(tail) <= MAX_SHORT_TEXT_CHARACTERS and pattern.search(tail):
            yield _find_block(element.getparent())


def _find_block(element: html.HtmlElement) -> html.HtmlElement:
    around = (
        one for one in chain([element], islice(element.iterancestors(), MAX_ANCESTORS)) if one.tag not in _INLINE_TAGS
    )
    return next(around, element)


def is_outside_article(element: html.HtmlElement) -> bool:
    """Whether an element stands in a part of the page that is not about the article: a date there is not its date."""
    return any(
        ancestor.tag != "header" or next(ancestor.iterancestors("article", "main"), None) is None
        for ancestor in element.iterancestors("nav", "aside", "footer", "header")
        if ancestor.tag != "footer" or next(ancestor.iterancestors("article"), None) is None
    )


def get_machine_readable_time(element: html.HtmlElement) -> str | None:
    """The time that an element states for machines beside the one it shows."""
    stated = element.get("datetime") or (element.get("title") if element.tag == "abbr" else None)
    return stated if stated and parse_timestamp(stated) else None


def _iter_texts_after(element: html.HtmlElement) -> Iterator[str]:
    node = element
    while node is not None and node.tag != "body":
        if node.tail and node.tail.strip():
            yield " ".join(node.tail.split())
        for sibling in node.itersiblings():
            yield from find_texts_in(sibling)
            if sibling.tail and sibling.tail.strip():
                yield " ".join(sibling.tail.split())
        node = node.getparent()


def _take_until_prose(texts: Iterator[str]) -> Iterator[str]:
    left = MAX_PARAGRAPHS_BELOW
    for text in texts:
        yield text
        left -= len(text) > MAX_SHORT_TEXT_CHARACTERS
        if not left:
            return


def _iter_texts_before(element: html.HtmlElement) -> Iterator[str]:
    node = element
    for _ in range(MAX_ANCESTORS_ABOVE):
        for sibling in node.itersiblings(preceding=True):
            if sum(1 for _ in islice(sibling.iter(), MAX_ELEMENTS_ABOVE)) == MAX_ELEMENTS_ABOVE:
                return
            if sibling.tail and sibling.tail.strip():
                yield " ".join(sibling.tail.split())
            yield from reversed([text for text in find_texts_in(sibling) if len(text) <= MAX_SHORT_TEXT_CHARACTERS])
        node = node.getparent()
        if node is None or node.tag == "body":
            return
        if node.text and node.text.strip():
            yield " ".join(node.text.split())


def _is_skipped(element: html.HtmlElement) -> bool:
    """Whether an element shows nothing, or what it shows is not about the article."""
    if element.tag in _INVISIBLE_TAGS:
        return True
    classes, name = element.get("class"), element.get("id")
    return bool(classes and not _UNRELATED_NAMES.isdisjoint(classes.casefold().split())) or name in _UNRELATED_NAMES
