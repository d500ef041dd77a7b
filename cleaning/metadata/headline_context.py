"""Find the short texts around a page's headline, as a reader sees them: bylines, dates, sections.

A "text" here is what a browser shows as one line or paragraph: the text of a block with its inline elements, with
single spaces.
"""

import re
from collections.abc import Iterator
from itertools import chain, islice

from lxml import etree, html

from cleaning.metadata.date_parsing import parse_timestamp
from cleaning.resources import load_toml

MAX_SHORT_TEXT_CHARACTERS = 140
"""A longer text is a paragraph."""
MAX_PARAGRAPHS_BELOW = 2
"""Paragraphs below the headline, a summary and a first one, after which the article has begun."""
MAX_TEXTS_ABOVE = 12
"""Texts above the headline that are read."""
MAX_ELEMENTS_ABOVE = 40
"""An element above the headline that contains this many others is the site's menu."""
MAX_ANCESTORS_ABOVE = 8
"""Levels of elements around the headline whose earlier siblings are read."""
MAX_BLOCKS, MAX_TEXTS_PER_BLOCK, MAX_ANCESTORS = 200, 12, 60
"""Limits for pages made to take long: blocks that are read outside of the headline's surroundings, texts that are read
of one block, and ancestors of one block that are tested."""

_INLINE_TAGS = frozenset("a abbr b bdi cite data em font i label mark small span strong sub sup time u".split())
_INVISIBLE_TAGS = frozenset(
    ("script", "style", "noscript", "template", "svg", "select", "option", "textarea", "iframe", "nav")
)
_UNRELATED_NAMES = frozenset(load_toml("dates")["elsewhere"])


def find_texts_below(element: html.HtmlElement) -> Iterator[str]:
    """Yield the texts after an element until the article has begun.

    The article begins with the second long text: the first one may be a summary. Both are included, since a paragraph
    can open with a dateline.

    Args:
        element: the headline.
    """
    return _take_until_prose(_iter_texts_after(element))


def find_texts_above(element: html.HtmlElement) -> Iterator[str]:
    """Yield the short texts before an element, the nearest first.

    The search ends at the site's header: at the first sibling with many elements, or :data:`MAX_ANCESTORS_ABOVE` levels
    up.
    """
    return islice(_iter_texts_before(element), MAX_TEXTS_ABOVE)


def find_texts_in(root: html.HtmlElement) -> Iterator[str]:
    """Yield the texts of an element block by block.

    A ``time`` element yields its machine-readable time instead of its text. Elements that are not visible, or are not
    about the article, are skipped.
    """
    # Most elements are leaves; they are read without setting up a walk.
    if not len(root):
        text = None if _is_skipped(root) else get_machine_readable_time(root) or root.text
        if text and not text.isspace():
            yield " ".join(text.split())
        return
    pieces: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, node in walk:
        # The start or the end of a block ends the text before it.
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
    """Yield the texts of the blocks that contain a short text with a match of a pattern.

    A small element directly before such a block is yielded first, because it may be its label: "Published".
    """
    for block in islice(dict.fromkeys(_find_blocks_matching(pattern, page)), MAX_BLOCKS):
        if not any(map(_is_skipped, (block, *islice(block.iterancestors(), MAX_ANCESTORS)))):
            heading = block.getprevious()
            if heading is not None and not len(heading):
                yield from find_texts_in(heading)
            yield from islice(find_texts_in(block), MAX_TEXTS_PER_BLOCK)


def _find_blocks_matching(pattern: re.Pattern[str], page: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """Yield the blocks with a short text that matches, in the order of the page; a block may be repeated."""
    for element in page.iter():
        text, tail = element.text, element.tail
        if text and len(text) <= MAX_SHORT_TEXT_CHARACTERS and pattern.search(text):
            yield _find_block(element)
        if tail and len(tail) <= MAX_SHORT_TEXT_CHARACTERS and pattern.search(tail):
            yield _find_block(element.getparent())


def _find_block(element: html.HtmlElement) -> html.HtmlElement:
    """Return the nearest element around a text that is not an inline element."""
    ancestors = chain([element], islice(element.iterancestors(), MAX_ANCESTORS))
    return next((ancestor for ancestor in ancestors if ancestor.tag not in _INLINE_TAGS), element)


def is_outside_article(element: html.HtmlElement) -> bool:
    """Return whether an element is in a part of the page that is not about the article.

    That is navigation, an aside, or a header or footer outside of an article. A date there is not the article's.
    """
    return any(
        ancestor.tag != "header" or next(ancestor.iterancestors("article", "main"), None) is None
        for ancestor in element.iterancestors("nav", "aside", "footer", "header")
        if ancestor.tag != "footer" or next(ancestor.iterancestors("article"), None) is None
    )


def get_machine_readable_time(element: html.HtmlElement) -> str | None:
    """Return the time that an element declares beside the one it shows; None if it declares none that can be parsed.

    It is in ``datetime``, or in the ``title`` of an ``abbr`` (the datetime pattern of microformats).
    """
    value = element.get("datetime") or (element.get("title") if element.tag == "abbr" else None)
    return value if value and parse_timestamp(value) else None


def _iter_texts_after(element: html.HtmlElement) -> Iterator[str]:
    """Yield all texts after an element, outwards through its ancestors."""
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
    """Pass texts on up to the second that is a paragraph."""
    paragraphs_left = MAX_PARAGRAPHS_BELOW
    for text in texts:
        yield text
        paragraphs_left -= len(text) > MAX_SHORT_TEXT_CHARACTERS
        if not paragraphs_left:
            return


def _iter_texts_before(element: html.HtmlElement) -> Iterator[str]:
    """Yield the short texts before an element, the nearest first, up to a large element."""
    node = element
    for _ in range(MAX_ANCESTORS_ABOVE):
        for sibling in node.itersiblings(preceding=True):
            # Counts no further than the limit: the sibling may contain the whole page.
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
    """Return whether an element is invisible, or its content is not about the article."""
    if element.tag in _INVISIBLE_TAGS:
        return True
    classes, name = element.get("class"), element.get("id")
    return bool(classes and not _UNRELATED_NAMES.isdisjoint(classes.casefold().split())) or name in _UNRELATED_NAMES
