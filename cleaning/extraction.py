"""Finding the main content: trafilatura's one door.

Its quirks, and what is done about them here: it must never deduplicate (its cache is global to the process and makes a
page vanish the third time); its date search invents dates and takes a third of the time, so that metadata is ours; its
second extractor costs as much as the first and is only needed where that one found little.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree, html

from .article import BlockKind
from .lines import Line, folded

ENOUGH = 3000
"""Characters from which on the first extractor's result is taken as it is: 12 % of news pages have less."""

LEAST, MOST = 0.7, 1.7
"""Bounds on what was found as a share of the page's paragraphs and list items: beyond them the second is asked too."""

LAYOUT_CELL = 400
"""Characters: a cell with more text is no datum; such a table lays out the page."""

_KINDS = {
    "head": BlockKind.HEADING,
    "quote": BlockKind.QUOTE,
    "code": BlockKind.CODE,
    "item": BlockKind.LIST_ITEM,
}
# Soft hyphens, zero-width spaces and direction marks: nobody sees them, and they keep words from being found. The
# joiners U+200C and U+200D stay: Persian and Indic scripts spell with them.
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def extract_lines(tree: html.HtmlElement, url: str | None = None) -> tuple[Line, ...]:
    """The lines of a page's main content, in order.

    Args:
        tree: the parsed page; it is not changed.
        url: its address, which tells links within the site from others.
    """
    links = {folded(_joined(a)) for a in tree.iter("a") if _is_internal(a.get("href", ""), url)}
    body = _extract(tree, url, fast=True)
    found = len("".join(body.itertext())) if body is not None else 0
    if found < ENOUGH or not LEAST <= found / max(_length_of_prose(tree), 1) <= MOST:
        body = _extract(tree, url, fast=False)
    if body is None:
        return ()
    blocks = list(_blocks(body))
    if len(blocks) == 1:
        blocks = _taken_apart(blocks[0], tree)
    return tuple(Line(text, kind, folded(text) in links) for kind, text in blocks)


def _taken_apart(block: tuple[BlockKind, str], tree: html.HtmlElement) -> list[tuple[BlockKind, str]]:
    """The elements of a short page that the extractor's last resort has joined into one block."""
    whole, position = block[1], 0
    pieces: list[tuple[BlockKind, str]] = []
    for element in tree.iter("h1", "h2", "h3", "h4", "time", "p", "li"):
        text = _joined(element)
        found = whole.find(text, position)
        if text and found >= 0 and not whole[position:found].strip():
            kind = BlockKind.HEADING if element.tag[0] == "h" else BlockKind.PARAGRAPH
            pieces.append((BlockKind.LIST_ITEM if element.tag == "li" else kind, text))
            position = found + len(text)
    return pieces if position == len(whole) else [block]


def _length_of_prose(tree: html.HtmlElement) -> int:
    """Characters in the page's paragraphs and list items, those of navigation, asides and lists of links left out."""
    outside = ("nav", "aside", "footer", "header", "form")
    pieces = (e for e in tree.iter("p", "li") if e.tag == "p" or (e.find(".//p") is None and e.find(".//a") is None))
    return sum(len(piece.text_content()) for piece in pieces if not any(True for _ in piece.iterancestors(*outside)))


def _is_internal(address: str, url: str | None) -> bool:
    """Whether a link leads to another page of the same site."""
    address = address.strip()
    if not address or address.startswith("#"):
        return False
    try:
        host = urlsplit(address).hostname
        own = urlsplit(url or "").hostname
    except ValueError:  # a bracket that is no IPv6 address
        return False
    return host is None or (own is not None and host.removeprefix("www.") == own.removeprefix("www."))


def _extract(tree: html.HtmlElement, url: str | None, *, fast: bool) -> etree._Element | None:
    from trafilatura import bare_extraction

    document = bare_extraction(tree, url=url, fast=fast, include_comments=False, with_metadata=False, deduplicate=False)
    # Typed as a document or a dictionary; the latter only where `as_dict` is asked for.
    return getattr(document, "body", None)


def _blocks(body: etree._Element) -> Iterator[tuple[BlockKind, str]]:
    """The pieces of the extractor's result; text beside its elements is prose that had no element of its own."""
    yield from _lines_in(body.text, BlockKind.PARAGRAPH)
    for element in body:
        if element.tag == "table" and any(len(_joined(cell)) > LAYOUT_CELL for cell in element.iter("cell")):
            for cell in element.iter("cell"):
                yield from _lines_in("".join(_pieces(cell)), BlockKind.PARAGRAPH)
        elif element.tag == "table":
            text = "\n".join(filter(None, (_row(row) for row in element.iter("row"))))
            if text:
                yield BlockKind.TABLE, text
        elif element.tag == "list":
            for item in element.iter("item"):
                yield from _lines_in("".join(_pieces(item)), BlockKind.LIST_ITEM)
        else:
            yield from _lines_in("".join(_pieces(element)), _KINDS.get(element.tag, BlockKind.PARAGRAPH))
        yield from _lines_in((element.tail or "").replace("\n", " "), BlockKind.PARAGRAPH)


def _row(row: etree._Element) -> str:
    return " | ".join(filter(None, (_joined(cell) for cell in row.iter("cell"))))


def _lines_in(text: str | None, kind: BlockKind) -> Iterator[tuple[BlockKind, str]]:
    """A text, one line for each stretch between line breaks."""
    for piece in (text or "").split("\n"):
        line = spaced(piece)
        if line:
            yield kind, line


def _pieces(element: etree._Element) -> Iterator[str]:
    yield (element.text or "").replace("\n", " ")
    for child in element:
        if child.tag in ("lb", "p", "head", "quote", "list"):
            yield "\n"
        if child.tag == "item" and element.tag == "item":
            continue
        yield from _pieces(child)
        if child.tag in ("p", "head", "quote", "list"):
            yield "\n"
        yield (child.tail or "").replace("\n", " ")


def _joined(element: etree._Element) -> str:
    return spaced("".join(element.itertext()))


def spaced(text: str) -> str:
    """Single spaces, nothing unseen.

    >>> spaced("one\\u200b  two\\u00a0\\n three")
    'one two three'
    """
    return " ".join(_UNSEEN.sub("", text).split())
