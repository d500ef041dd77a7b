"""Find the short texts around a page's headline, as a reader sees them: bylines, dates, sections.

A "text" here is what a browser shows as one line or paragraph: the text of a block with its inline elements, with
single spaces.
"""

import re
from collections.abc import Iterator
from itertools import chain, islice

from lxml import etree, html

from cleaning.metadata.date_parsing import parse_timestamp, parse_visible_date
from cleaning.metadata.declared import extract_text
from cleaning.resources import load_toml

MAX_SHORT_TEXT_CHARACTERS = 140
"""A longer text is a paragraph."""
MAX_PARAGRAPHS_BELOW = 2
"""Paragraphs below the headline, a summary and a first one, after which the article has begun."""
MAX_PROSE_CHARACTERS = 600
"""Characters of texts that may be short paragraphs, after which the article has begun, too."""
MAX_TEXTS_ABOVE = 12
"""Texts above the headline that are read."""
MAX_ELEMENTS_ABOVE = 40
"""An element above the headline that contains this many others is the site's menu."""
MAX_ANCESTORS_ABOVE = 8
"""Levels of elements around the headline whose earlier siblings are read."""
MAX_BLOCKS, MAX_TEXTS_PER_BLOCK, MAX_ANCESTORS = 200, 12, 60
"""Limits for pages made to take long: blocks that are read outside of the headline's surroundings, texts that are read
of one block, and ancestors of one block that are tested."""
MAX_NAME_ELEMENT_CHARACTERS = 40
"""Longest text of an element that holds a name and nothing else; longer links are headlines of other articles."""
MAX_DATE_CHARACTERS = 45
"""Longest text that is a date and nothing else."""
MAX_CARD_LEVELS, MAX_CARD_LINKS = 3, 12
"""Levels around a date, and links in each, that are searched for the headline of another article."""
MAX_CARD_CHARACTERS = 400
"""Longest text of a card; a longer element is a part of the article."""

_HEADING_TAGS = ("h2", "h3", "h4", "h5", "h6")
_CARD_TAGS = frozenset({"article", "div", "li", "section", "td"})
_TIME_ATTRIBUTES = ("data-timestamp", "data-datetime", "data-time", "data-date", "data-published", "data-utc")
_YEAR = re.compile(r"\d{4}")
_DATED_ATTRIBUTES = frozenset({"datetime", "title", *_TIME_ATTRIBUTES})
_OTHER_CONTENT_NAMES = frozenset(load_toml("metadata")["others_parts"])
_WORDS = re.compile(r"[^\W\d_]+")
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
        elif _is_skipped(node) or _is_card(node):
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

    It is in ``datetime``, in the ``title`` of an ``abbr`` (the datetime pattern of microformats), or in an attribute
    that a script turns into "3 hours ago". Seconds since 1970 are returned as ISO 8601.
    """
    # Most elements have none of them, and this runs for every element near the headline.
    if _DATED_ATTRIBUTES.isdisjoint(element.keys()):
        return None
    value = element.get("datetime") or next((value for name in _TIME_ATTRIBUTES if (value := element.get(name))), None)
    if value is None and element.tag in ("abbr", "time", "span"):
        # Next to "3 hours ago", the title holds the full date.
        value = element.get("title")
        if value and element.tag != "abbr" and len(value) <= MAX_DATE_CHARACTERS and parse_visible_date(value):
            return None if _YEAR.search(extract_text(element)) else value
    timestamp = (parse_timestamp(value) or parse_visible_date(value)) if value else None
    if value is None or timestamp is None or timestamp.precision in ("year", "month"):
        return None
    return timestamp.time.isoformat() if value.strip().isdigit() and timestamp.precision != "day" else value


def is_in_other_content(element: html.HtmlElement, frame: set[html.HtmlElement]) -> bool:
    """Return whether an element belongs to a comment, a list of other articles, or a card that is one link.

    Args:
        element: an element that names an author or a date.
        frame: the elements around the headline. They are not tested, since they surround the article too.
    """
    for node in (element, *element.iterancestors()):
        if node in frame:
            return False
        names = f"{node.get('class', '')} {node.get('id', '')}"
        # An article's own footer may hold its byline; the page's footer names the site's owners.
        in_page_footer = node.tag == "footer" and next(node.iterancestors("article"), None) is None
        if (
            node.tag == "nav"
            or in_page_footer
            or node.tag in ("figure", "figcaption")
            or (names != " " and not _OTHER_CONTENT_NAMES.isdisjoint(_split_names(names)))
        ):
            return True
        # A link with much more text than the name is a teaser of another article.
        if node.tag == "a" and len(extract_text(node)) > len(extract_text(element)) + MAX_NAME_ELEMENT_CHARACTERS:
            return True
    return False


def is_in_card(element: html.HtmlElement, frame: set[html.HtmlElement]) -> bool:
    """Return whether an element is in a card of another article: beside a heading that is a link, or a long link.

    Args:
        element: an element that shows a date.
        frame: the elements around the headline.
    """
    for node in islice(element.iterancestors(), MAX_CARD_LEVELS):
        if node in frame or node.tag in ("body", "main") or len(extract_text(node)) > MAX_CARD_CHARACTERS:
            return False
        for link in islice(node.iter("a"), MAX_CARD_LINKS):
            is_heading = any(True for _ in (*link.iter(*_HEADING_TAGS), *islice(link.iterancestors(*_HEADING_TAGS), 1)))
            if is_heading or len(extract_text(link)) > MAX_NAME_ELEMENT_CHARACTERS:
                return True
    return False


def _is_card(node: html.HtmlElement) -> bool:
    """Return whether an element is a teaser of another article.

    It is short, its heading is a link, and it is one of several alike or follows a heading of its section.
    """
    if node.tag == "a":
        return _is_linked_heading(node)
    if not _has_linked_heading(node) or len(extract_text(node)) > MAX_CARD_CHARACTERS:
        return False
    before, after = node.getprevious(), node.getnext()
    is_below_label = before is not None and before.tag in _HEADING_TAGS and not _is_linked_heading(before)
    return is_below_label or any(other is not None and _has_linked_heading(other) for other in (before, after))


def _has_linked_heading(node: html.HtmlElement) -> bool:
    """Return whether an element has a heading with a link among its children."""
    return node.tag in _CARD_TAGS and any(map(_is_linked_heading, islice(node, MAX_CARD_LINKS)))


def _is_linked_heading(node: html.HtmlElement) -> bool:
    """Return whether an element is a heading with a link in it, or a link with a heading in it."""
    if node.tag == "a":
        return next(node.iter(*_HEADING_TAGS), None) is not None
    return node.tag in _HEADING_TAGS and next(node.iter("a"), None) is not None


def _split_names(names: str) -> set[str]:
    """Split ids and classes into their words, in lower case: "relatedPosts" has two."""
    return {part.casefold() for part in _WORDS.findall(re.sub(r"([a-z])([A-Z])", r"\1 \2", names[:300]))}


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
    paragraphs_left, characters_left = MAX_PARAGRAPHS_BELOW, MAX_PROSE_CHARACTERS
    for text in texts:
        yield text
        paragraphs_left -= len(text) > MAX_SHORT_TEXT_CHARACTERS
        characters_left -= len(text) if len(text) > MAX_SHORT_TEXT_CHARACTERS / 2 else 0
        if not paragraphs_left or characters_left < 0:
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
