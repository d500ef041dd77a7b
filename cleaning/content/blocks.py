"""A page as blocks of text: one walk over the tree, in the page's order.

A block is what a browser would set on lines of its own: the text between two block-level tags or line breaks, a row of
list, a data table. With it goes where it stands: the chain of its containers, with their names and how much text, prose
and link text they hold.
"""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass

from lxml import etree, html

from cleaning.article import BlockKind, Removal
from cleaning.content.boilerplate_elements import is_hidden, is_small, match_clutter
from cleaning.html.tree import extract_visible_text

MAX_CELL_CHARACTERS = 400
"""Characters: a cell with more text is no datum; such a table lays out the page."""

_INLINE_TAGS = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr output "
    "picture q ruby s samp small source span strike strong sub sup time tt u var wbr".split()
)
_SKIPPED_TAGS = frozenset(
    "audio canvas datalist embed head iframe input link map math meta noscript option rp rt script select "
    "style svg template textarea title video".split()
)
_SKIPPED_TAGS_IF_SMALL = frozenset({"button", "object", "applet"})
"""Left open by mistake, one of these holds the rest of the page."""
_KIND_BY_TAG = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), BlockKind.HEADING),
    "li": BlockKind.LIST_ITEM,
    "blockquote": BlockKind.QUOTE,
    "figcaption": BlockKind.CAPTION,
    "pre": BlockKind.CODE,
}
_EMPHASIS_TAGS = frozenset({"b", "em", "i", "strong"})
_SEPARATED_TAGS = frozenset({"a", "span", "time", "label", "cite"})
# Soft hyphens, zero-width spaces and direction marks: nobody sees them, and they keep words from being found. The
# joiners U+200C and U+200D stay: Persian and Indic scripts spell with them.
_INVISIBLE_CHARACTERS = re.compile("[\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(slots=True, eq=False)
class Container:
    """A block-level element, and what the blocks within it add up to."""

    tag: str
    names: str
    """Its id and classes."""
    kind: BlockKind
    depth: int
    parent: "Container | None"
    hidden: bool = False
    """Whether the page hides it, or an element around it."""

    def is_within(self, tags: Set[str]) -> bool:
        """Whether it is, or stands in, an element of one of these tags."""
        here: Container | None = self
        while here is not None and here.tag not in tags:
            here = here.parent
        return here is not None


@dataclass(slots=True, eq=False)
class PageBlock:
    """A block of a page."""

    text: str
    kind: BlockKind
    container: Container
    links: int = 0
    """Characters that are text of links."""
    emphasis: int = 0
    """Characters in bold or italics."""
    href: str = ""
    """Where its first link leads."""
    removal: Removal | None = None
    """Why it is never the article, before any other block is looked at."""


def read_blocks(tree: html.HtmlElement) -> list[PageBlock]:
    """The blocks of a page's body, clutter as one block each and marked as such."""
    body = tree.find("body")
    return _BlockReader(body).blocks if body is not None else []


class _BlockReader:
    """One walk over the body; what it has read of the current block so far."""

    def __init__(self, body: html.HtmlElement) -> None:
        self.blocks: list[PageBlock] = []
        self.here = Container("body", "", BlockKind.PARAGRAPH, 0, None)
        self.in_link = self.in_emphasis = 0
        self.begin_block()
        walker = etree.iterwalk(body, events=("start", "end"))
        skipped = None
        for event, element in walker:
            if event == "end":
                if element is not skipped:
                    self.close_element(element.tag)
                if element is not body:
                    self.add_text(element.tail)
            elif element is body or self.open_element(element, element.tag):
                self.add_text(element.text)
            else:
                walker.skip_subtree()
                skipped = element
        self.flush_block()

    def begin_block(self) -> None:
        """Begin a block."""
        self.pieces: list[str] = []
        self.links = self.emphasis = 0
        self.href = ""

    def open_element(self, element: html.HtmlElement, tag: str) -> bool:
        """Begin an element; ``False`` where nothing of it is to be read."""
        if tag in _SKIPPED_TAGS or (tag in _SKIPPED_TAGS_IF_SMALL and is_small(element)):
            return False
        if tag == "br" and self.here.kind is BlockKind.CODE:
            self.pieces.append("\n")
            return False
        attributes = dict(element.items())  # half the time of asking lxml for each
        rule = match_clutter(element, attributes) if attributes else None
        if tag not in _INLINE_TAGS:
            self.flush_block()
        if rule:
            self.add_clutter(element, rule)
        elif tag in _INLINE_TAGS:
            self.open_inline(element, tag, attributes)
            return True
        elif tag == "table" and _is_data_table(element):
            self.add_table(element, _get_names(attributes))
        elif tag != "br":
            here = self.here
            hidden = here.hidden or (bool(attributes) and is_hidden(attributes))
            self.here = Container(
                tag, _get_names(attributes), _KIND_BY_TAG.get(tag, here.kind), here.depth + 1, here, hidden
            )
            return True
        return False

    def open_inline(self, element: html.HtmlElement, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _SEPARATED_TAGS and self.pieces and _get_names(attributes) and _is_adjacent_to_named(element):
            self.pieces.append(" ")
        if tag == "a":
            self.in_link += 1
            self.href = self.href or attributes.get("href", "")
        elif tag in _EMPHASIS_TAGS:
            self.in_emphasis += 1

    def close_element(self, tag: str) -> None:
        if tag not in _INLINE_TAGS:
            self.flush_block()
            self.here = self.here.parent or self.here
        elif tag == "a":
            self.in_link -= 1
        elif tag in _EMPHASIS_TAGS:
            self.in_emphasis -= 1

    def add_text(self, text: str | None) -> None:
        if not text:
            return
        self.pieces.append(text)
        if self.in_link:
            self.links += len(text)
        if self.in_emphasis:
            self.emphasis += len(text)

    def flush_block(self) -> None:
        """End the block that was begun, if it has any text."""
        if not self.pieces:
            return
        raw, here = "".join(self.pieces), self.here
        text = raw.strip("\n").rstrip() if here.kind is BlockKind.CODE else normalize_spaces(raw)
        if text:
            links, emphasis = min(self.links, len(text)), min(self.emphasis, len(text))
            self.blocks.append(PageBlock(text, here.kind, here, links, emphasis, self.href))
        self.begin_block()

    def add_clutter(self, element: html.HtmlElement, rule: str) -> None:
        text = extract_visible_text(element)
        if text:
            removal = Removal("drop_clutter", rule, text)
            self.blocks.append(PageBlock(text, BlockKind.PARAGRAPH, self.here, removal=removal))

    def add_table(self, element: html.HtmlElement, names: str) -> None:
        rows = [[_read_cell(cell) for cell in row.iter("td", "th")] for row in element.iter("tr")]
        captions = [_read_cell(caption) for caption in element.iter("caption")]
        text = "\n".join(filter(None, (*captions, *(" | ".join(row) for row in rows if any(row)))))
        if text:
            here = Container("table", names, BlockKind.TABLE, self.here.depth + 1, self.here)
            links = sum(len(extract_visible_text(link)) for link in element.iter("a"))
            self.blocks.append(PageBlock(text, BlockKind.TABLE, here, min(links, len(text))))


def _get_names(attributes: Mapping[str, str]) -> str:
    """The id and the classes of an element, with single spaces."""
    if "id" not in attributes and "class" not in attributes:
        return ""
    return " ".join(f"{attributes.get('id', '')} {attributes.get('class', '')}".split())


def _is_adjacent_to_named(element: html.HtmlElement) -> bool:
    """Whether an inline element follows another that has a name, as a date follows an author."""
    before = element.getprevious()
    return before is not None and not before.tail and bool(before.attrib) and before.tag in _SEPARATED_TAGS


def _is_data_table(table: html.HtmlElement) -> bool:
    """Whether a table holds data and does not lay out the page."""
    if next(table.iterdescendants("table"), None) is not None:  # or a thousand, each in the one before
        return False
    rows = cells = 0
    for element in table.iter("tr", "td", "th", "form", "h1", "h2", "article"):
        match element.tag:
            case "tr":
                rows += 1
            case "td" | "th":
                cells += 1
                if len("".join(element.itertext())) > MAX_CELL_CHARACTERS:
                    return False
            case _:
                return False
    return rows > 1 and cells > rows


def _read_cell(cell: html.HtmlElement) -> str:
    """The text of a cell, its blocks in one line."""
    return " ".join(block.text for block in _BlockReader(cell).blocks if block.removal is None)


def normalize_spaces(text: str) -> str:
    """Single spaces, nothing unseen.

    >>> normalize_spaces("one\\u200b  two\\u00a0\\n three")
    'one two three'
    """
    return " ".join((text if text.isascii() else _INVISIBLE_CHARACTERS.sub("", text)).split())
