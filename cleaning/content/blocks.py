"""Read a page as a list of text blocks, in one walk over the tree and in the page's order.

A block is a piece of text that a browser would set on lines of its own: the text between two block-level tags or line
breaks, one item of a list, or one data table. Each block knows its chain of containers, from which the classifier
derives most of its features: their tags and names, and how much text, prose and link text they hold.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from lxml import etree, html

from cleaning.article import BlockKind, Removal
from cleaning.content.boilerplate_elements import is_hidden, is_small, match_clutter
from cleaning.content.element_names import has_word
from cleaning.content.inline_elements import (
    are_parts_of_one_word,
    is_followed_by_word,
    is_footnote_mark,
    is_inline_custom,
    is_term,
)
from cleaning.html.tree import extract_visible_text
from cleaning.lines.consent import MIN_FEATURES, find_consent_features
from cleaning.lines.prose import is_prose

MAX_CELL_CHARACTERS = 400
"""Characters of the longest cell of a data table. A table with a longer cell is used for layout and read as prose."""

MIN_EXCESS_CHARACTERS = 200
"""Characters of an element that counts when a page's clutter is compared with its prose."""
MAX_COMMENTS_RATIO = 20
"""Times the prose of a page that its comments can be as long; beyond that, the rule has taken the article for them."""

MAX_ALTERNATIVES = 9
"""Alternative texts that are kept for a block, those of the nearest pictures. The limit bounds the time."""

_INLINE_TAGS = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em embed font i img ins kbd label mark nobr output "
    "picture q rb ruby s samp small source span strike strong sub sup time tt u var wbr".split()
)
_SKIPPED_TAGS = frozenset(
    "canvas datalist head iframe input link map math meta noscript option rp rt rtc script select "
    "style svg template textarea title".split()
)
_SKIPPED_TAGS_IF_SMALL = frozenset({"button", "object", "applet", "audio", "video"})
"""Elements that are skipped only if they are small: without its end tag, one of them holds the rest of the page."""
_KIND_BY_TAG = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), BlockKind.HEADING),
    "li": BlockKind.LIST_ITEM,
    "blockquote": BlockKind.QUOTE,
    "figcaption": BlockKind.CAPTION,
    "pre": BlockKind.CODE,
}
_UNBROKEN_KINDS = frozenset({BlockKind.CODE, BlockKind.HEADING})
"""Kinds of blocks that go on after a line break."""
_PICTURE_TAGS = frozenset({"img", "amp-img", "video"})
_EMPHASIS_TAGS = frozenset({"b", "em", "i", "strong"})
_SEPARATED_TAGS = frozenset({"a", "span", "time", "label", "cite"})
# Soft hyphens, zero-width spaces and direction marks are invisible and keep words from matching. The joiners U+200C and
# U+200D stay, because Persian and the Indic scripts spell with them.
_INVISIBLE_CHARACTERS = re.compile("[\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(slots=True, eq=False)
class Container:
    """A block-level element around one or more blocks, linked to the element around it."""

    tag: str
    names: str
    """The id and the classes of the element, separated by single spaces; empty if it has neither."""
    kind: BlockKind
    """The kind of the blocks directly in it, inherited from the nearest container that determines one."""
    depth: int
    """Levels below ``body``, which has 0. Inline elements do not count."""
    parent: "Container | None"
    """The next container outwards; ``None`` for ``body``."""
    hidden: bool = False
    """Whether the page hides this element or one around it."""
    pictures: int = 0
    """Pictures in the element, those in the containers in it included."""

    def iter_outwards(self) -> "Iterator[Container]":
        """Yield the container and those around it, from the inside out."""
        container: Container | None = self
        while container is not None:
            yield container
            container = container.parent

    def is_within(self, tags: Set[str]) -> bool:
        """Return whether the container, or one around it, has one of these tags.

        >>> aside = Container("aside", "", BlockKind.PARAGRAPH, 1, None)
        >>> Container("p", "", BlockKind.PARAGRAPH, 2, aside).is_within({"aside", "nav"})
        True
        """
        container: Container | None = self
        while container is not None and container.tag not in tags:
            container = container.parent
        return container is not None


@dataclass(slots=True, eq=False)
class PageBlock:
    """A block of a page, before it is decided whether it belongs to the article."""

    text: str
    """Never empty. Spaces are single, except in code; only code and tables have line breaks."""
    kind: BlockKind
    container: Container
    links: int = 0
    """Characters of the text that are link text."""
    emphasis: int = 0
    """Characters of the text that are bold or italic."""
    href: str = ""
    """The target of the block's first link, as written in the page; empty if there is no link."""
    credit: str = ""
    """The part of the text in an element that is named as a credit, such as a photographer's name in a caption."""
    alternatives: tuple[str, ...] = ()
    """The alternative texts of the pictures in the block, and between it and the block before."""
    removal: Removal | None = None
    """The reason why the block cannot be part of the article (clutter or a repeat); ``None`` if it is a candidate."""


def read_blocks(tree: html.HtmlElement) -> list[PageBlock]:
    """Return the blocks of a page's body in the order of the page.

    Each clutter element, such as a cookie banner, becomes a single block with its ``removal`` set, so that the
    explanation of a page can show it. A page without a body has no blocks.

    >>> page = html.fromstring("<html><h1>Flood</h1>It <b>rose</b>.")
    >>> [(block.text, block.kind.value) for block in read_blocks(page)]
    [('Flood', 'heading'), ('It rose.', 'paragraph')]
    """
    body = tree.find("body")
    if body is None:
        return []
    blocks = _BlockReader(body).blocks
    excessive = _find_excessive_rules(blocks)
    return _BlockReader(body, excessive).blocks if excessive else blocks


def read_element_blocks(element: html.HtmlElement) -> list[PageBlock]:
    """Return the blocks of one element, also of one that is skipped within a page, such as a template."""
    return _BlockReader(element).blocks


def _find_excessive_rules(blocks: Sequence[PageBlock]) -> frozenset[str]:
    """Return the rules of clutter that would remove more prose than the page has besides.

    They have mistaken the article, e.g. for a consent manager because its theme has the class ``cc-main``. Notices of
    consent can be all that a page shows, and comments longer than the article, so these may remove more.
    """
    removed: Counter[str] = Counter()
    for block in blocks:
        if block.removal and len(block.text) >= MIN_EXCESS_CHARACTERS and is_prose(block.text):
            is_notice = len(find_consent_features(block.text)) >= MIN_FEATURES
            removed[block.removal.rule] += 0 if is_notice else len(block.text)
    if not removed.total():
        return frozenset()
    left = sum(len(block.text) for block in blocks if block.removal is None and is_prose(block.text))
    return frozenset(
        rule for rule, size in removed.items() if size > (left if rule != "comments" else left * MAX_COMMENTS_RATIO)
    )


class _BlockReader:
    """One walk over an element, with the text of the current block read so far."""

    def __init__(self, body: html.HtmlElement, excessive_rules: frozenset[str] = frozenset()) -> None:
        self.excessive_rules = excessive_rules
        self.blocks: list[PageBlock] = []
        self.container = Container("body", "", BlockKind.PARAGRAPH, 0, None)
        self.in_link = self.in_emphasis = 0
        self.alternatives: tuple[str, ...] = ()
        self.custom_elements: list[html.HtmlElement] = []
        """The custom elements around the current text that are part of a sentence."""
        self.begin_block()
        walker = etree.iterwalk(body, events=("start", "end"))
        skipped = None
        for event, element in walker:
            if event == "end":
                # A skipped element has an end event too, but it never became the current container.
                if element is not skipped:
                    self.close_element(element, element.tag)
                if element is not body:
                    self.add_text(element.tail)
            elif element is body or self.open_element(element, element.tag):
                self.add_text(element.text)
            else:
                walker.skip_subtree()
                skipped = element
        self.flush_block()

    def begin_block(self) -> None:
        """Start a new block without any text.

        Whether the walk is inside a link or emphasised text is kept: inline elements can go on across blocks.
        """
        self.pieces: list[str] = []
        self.links = self.emphasis = 0
        self.href = self.credit = ""

    def open_element(self, element: html.HtmlElement, tag: str) -> bool:
        """Process the start of an element and return whether its content is to be walked.

        Clutter and data tables are recorded here as a whole, so that ``False`` is returned for them too.
        """
        if tag in _PICTURE_TAGS:
            self.container.pictures += 1
            self.alternatives = (*self.alternatives[1 - MAX_ALTERNATIVES :], element.get("alt", ""))
        if self.is_skipped(element, tag):
            return False
        # One copy of all attributes takes half the time of asking lxml for each of them.
        attributes = dict(element.items())
        rule = match_clutter(element, attributes, self.excessive_rules) if attributes or "-" in tag else None
        is_inline = tag in _INLINE_TAGS or ("-" in tag and is_inline_custom(element, _INLINE_TAGS))
        if not is_inline:
            self.flush_block()
        if rule:
            self.add_clutter(element, rule)
        elif is_inline:
            self.open_inline(element, tag, attributes)
            return True
        elif tag == "table" and _is_data_table(element):
            self.add_table(element, _get_names(attributes))
        elif tag != "br":
            parent = self.container
            hidden = parent.hidden or (bool(attributes) and is_hidden(attributes))
            self.container = Container(
                tag, _get_names(attributes), _KIND_BY_TAG.get(tag, parent.kind), parent.depth + 1, parent, hidden
            )
            return True
        return False

    def is_skipped(self, element: html.HtmlElement, tag: str) -> bool:
        """Return whether the content of an element is not walked, whatever its attributes say.

        A line break that does not end the block and a button within a sentence add their text here, and a footnote mark
        leaves a space if words would be glued without it.
        """
        if tag == "br" and self.container.kind in _UNBROKEN_KINDS:
            self.pieces.append("\n")
            return True
        if tag == "button" and is_term(element):
            self.add_text("".join(element.itertext()))
            return True
        # The content of a shadow root that is declared in the page is what a browser shows.
        if tag == "template" and ("shadowrootmode" in element.attrib or "shadowroot" in element.attrib):
            return False
        if tag == "sup" and is_footnote_mark(element):
            self.pieces += [" "] if is_followed_by_word(element) else []
            return True
        return tag in _SKIPPED_TAGS or (tag in _SKIPPED_TAGS_IF_SMALL and is_small(element))

    def open_inline(self, element: html.HtmlElement, tag: str, attributes: Mapping[str, str]) -> None:
        """Process the start of an inline element: count links and emphasis, and keep neighbouring labels apart.

        Sites set ``<span class=author>…</span><span class=date>…</span>`` apart with CSS. Without a space, the date
        would be glued to the name.
        """
        if tag not in _INLINE_TAGS:
            self.custom_elements.append(element)
        if tag in _SEPARATED_TAGS and self.pieces and self.is_label(element, attributes):
            self.pieces.append(" ")
        if "class" in attributes and not self.credit and has_word(attributes["class"], "credit"):
            self.credit = extract_visible_text(element) if is_small(element) else ""
        if tag == "a":
            self.in_link += 1
            self.href = self.href or attributes.get("href", "")
        elif tag in _EMPHASIS_TAGS:
            self.in_emphasis += 1

    def is_label(self, element: html.HtmlElement, attributes: Mapping[str, str]) -> bool:
        """Return whether an inline element is set apart from the one directly before it, such as a date from an author.

        In a heading, a kicker and the headline need no names.
        """
        is_apart = _is_adjacent(element, named=self.container.kind is not BlockKind.HEADING)
        is_named = bool(_get_names(attributes)) or self.container.kind is BlockKind.HEADING
        return is_named and is_apart and not are_parts_of_one_word(element)

    def close_element(self, element: html.HtmlElement, tag: str) -> None:
        """Process the end of an element that was walked: a block-level element ends the current block."""
        if self.custom_elements and self.custom_elements[-1] is element:
            self.custom_elements.pop()
        elif tag not in _INLINE_TAGS:
            self.flush_block()
            if self.container.parent is not None:
                self.container.parent.pictures += self.container.pictures
                self.container = self.container.parent
        elif tag == "a":
            self.in_link -= 1
        elif tag in _EMPHASIS_TAGS:
            self.in_emphasis -= 1

    def add_text(self, text: str | None) -> None:
        """Append text to the current block, and count it as link text or emphasis if the walk is inside of these."""
        if not text:
            return
        self.pieces.append(text)
        if self.in_link:
            self.links += len(text)
        if self.in_emphasis:
            self.emphasis += len(text)

    def flush_block(self) -> None:
        """End the current block: append it to the blocks if it has any text, and start the next one."""
        if not self.pieces:
            return
        raw, container = "".join(self.pieces), self.container
        text = raw.strip("\n").rstrip() if container.kind is BlockKind.CODE else normalize_spaces(raw)
        if text:
            # The counts were made before spaces were collapsed and can exceed the text.
            links, emphasis = min(self.links, len(text)), min(self.emphasis, len(text))
            self.blocks.append(
                PageBlock(text, container.kind, container, links, emphasis, self.href, self.credit, self.alternatives)
            )
            self.alternatives = ()
        self.begin_block()

    def add_clutter(self, element: html.HtmlElement, rule: str) -> None:
        """Append a whole clutter element as one block that is marked as removed by a rule."""
        text = extract_visible_text(element)
        if text:
            removal = Removal("drop_clutter", rule, text)
            self.blocks.append(PageBlock(text, BlockKind.PARAGRAPH, self.container, removal=removal))

    def add_table(self, element: html.HtmlElement, names: str) -> None:
        """Append a data table as one block: its captions, then a line per row with `` | `` between the cells."""
        rows = [[_read_cell(cell) for cell in row.iter("td", "th")] for row in element.iter("tr")]
        captions = [_read_cell(caption) for caption in element.iter("caption")]
        text = "\n".join(filter(None, (*captions, *(" | ".join(row) for row in rows if any(row)))))
        if text:
            container = Container("table", names, BlockKind.TABLE, self.container.depth + 1, self.container)
            links = sum(len(extract_visible_text(link)) for link in element.iter("a"))
            self.blocks.append(PageBlock(text, BlockKind.TABLE, container, min(links, len(text))))


def _get_names(attributes: Mapping[str, str]) -> str:
    """Return the id and the classes of an element, separated by single spaces."""
    if "id" not in attributes and "class" not in attributes:
        return ""
    return " ".join(f"{attributes.get('id', '')} {attributes.get('class', '')}".split())


def _is_adjacent(element: html.HtmlElement, named: bool) -> bool:
    """Return whether an inline element directly follows another one; if ``named``, that one must have attributes."""
    before = element.getprevious()
    if before is None or before.tail or before.tag not in _SEPARATED_TAGS:
        return False
    return bool(before.attrib) or not named


def _is_data_table(table: html.HtmlElement) -> bool:
    """Return whether a table holds data, as opposed to a table that is used to lay out the page."""
    # A table with another one in it is layout. This test also bounds the work: tables can be nested a thousand deep.
    if next(table.iterdescendants("table"), None) is not None:
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
    # One row, or one cell a row, is a box around text.
    return rows > 1 and cells > rows


def _read_cell(cell: html.HtmlElement) -> str:
    """Return the text of a table cell on one line."""
    return " ".join(block.text for block in _BlockReader(cell).blocks if block.removal is None)


def normalize_spaces(text: str) -> str:
    """Return text with single spaces and without invisible characters.

    Line breaks and no-break spaces become spaces too, and there are none at the ends.

    >>> normalize_spaces("one\\u200b  two\\u00a0\\n three")
    'one two three'
    """
    return " ".join((text if text.isascii() else _INVISIBLE_CHARACTERS.sub("", text)).split())
