"""Read authors from elements that are marked as theirs: by microdata, RDFa, a link, or the name of a class.

Pages mark more authors than the article's own: those of comments, of related articles, of the site. An element counts
by its distance from the headline, by what is around it, and by how many elements look like it.
"""

import re
from collections.abc import Iterator
from functools import cache

from lxml import etree, html

from cleaning.html.tree import NO_TEXT_TAGS
from cleaning.lines.person_names import is_name, is_placeholder_name
from cleaning.metadata.bylines import (
    BYLINE_OPENING,
    EMPTY_BYLINE,
    MAX_BYLINE_CHARACTERS,
    Byline,
    is_byline_label,
    is_full_name,
    merge_bylines,
    read_byline,
)
from cleaning.metadata.declared import DeclaredMetadata, DeclaredValue, Heading, MarkedElement, extract_text
from cleaning.metadata.headline_context import MAX_NAME_ELEMENT_CHARACTERS, is_in_other_content
from cleaning.resources import load_toml

MAX_BARE_BYLINE_WORDS = 2
"""In an element with at most this many words, marked by its class alone, a single word can be a name."""
MAX_ADJACENT_AUTHORS = 20
"""More authors side by side are the site's, not the article's."""
MAX_HEADLINE_DISTANCE_ELEMENTS = 60
"""Elements between the headline and a byline that is beyond doubt its own."""
MAX_MARKED_ELEMENTS = 60
"""Marked elements that are read; this bounds the comparison of each with all others."""

_KNOWLEDGE = load_toml("metadata")
_OTHER_ROLE_LABEL = re.compile(_KNOWLEDGE["other_doings"], re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+")


def read_marked_bylines(declared: DeclaredMetadata, heading: Heading | None) -> Iterator[DeclaredValue[Byline]]:
    """Yield the authors in marked elements, those nearest to the headline first.

    Marked elements side by side with the same markup form one byline. Skipped are elements in comments and lists of
    other articles, elements whose label names another role, and, far from the headline, elements whose markup repeats
    with other names. After the first byline only others near the headline follow.

    Args:
        declared: the page's declared metadata, with its marked elements.
        heading: the headline that the page shows; None if it shows none.
    """
    marks = sorted(declared.authors[:MAX_MARKED_ELEMENTS], key=lambda mark: _measure_distance(mark, heading))
    frame = set(heading.element.iterancestors()) if heading else set()
    read = cache(read_marked_element)
    accepted = 0
    for mark in marks:
        if accepted and not _is_near(mark, heading):
            return
        if is_in_other_content(mark.element, frame) or _has_other_role_label(mark.element) or not read(mark):
            continue
        alike = [
            other
            for other in marks
            if other is not mark and _get_markup_signature(other) == _get_markup_signature(mark)
        ]
        adjacent = [other for other in alike if _is_adjacent(mark.element, other.element)]
        # Far from the headline, the same markup with other names belongs to a list of other articles.
        if len(adjacent) > MAX_ADJACENT_AUTHORS or (
            not _is_near(mark, heading) and any(read(other) != read(mark) for other in alike if other not in adjacent)
        ):
            continue
        group = sorted((mark, *adjacent), key=lambda member: member.position)
        yield DeclaredValue(merge_bylines(map(read, group)), mark.source)
        accepted += 1


def _measure_distance(mark: MarkedElement, heading: Heading | None) -> tuple[int, int]:
    """Return a sort key for the distance of a marked element from the headline.

    Elements above the headline count double; those more than half of :data:`MAX_HEADLINE_DISTANCE_ELEMENTS` above it
    come last.
    """
    if heading is None:
        return (0, mark.position)
    below = mark.position - heading.position
    return (
        (0, below) if below > 0 else (0, 2 * -below) if -below <= MAX_HEADLINE_DISTANCE_ELEMENTS // 2 else (1, -below)
    )


def _is_near(mark: MarkedElement, heading: Heading | None) -> bool:
    """Return whether a marked element is near enough to the headline to be the article's byline beyond doubt."""
    return (
        heading is not None
        and -MAX_HEADLINE_DISTANCE_ELEMENTS // 2 <= mark.position - heading.position <= MAX_HEADLINE_DISTANCE_ELEMENTS
    )


def _get_markup_signature(mark: MarkedElement) -> tuple[object, str]:
    """Return the tag and the class of a marked element: lists repeat both."""
    return mark.element.tag, mark.element.get("class", "")


def _is_adjacent(element: html.HtmlElement, other: html.HtmlElement) -> bool:
    """Return whether two elements belong to one byline: they share a parent, or a short grandparent."""
    parent, other_parent = element.getparent(), other.getparent()
    if parent is None or other_parent is None:
        return False
    if parent is other_parent:
        return True
    grandparent = parent.getparent()
    return (
        grandparent is not None
        and grandparent is other_parent.getparent()
        and len(extract_text(grandparent)) <= MAX_BYLINE_CHARACTERS
    )


def _has_other_role_label(element: html.HtmlElement) -> bool:
    """Return whether the text before a name assigns another role: "Reviewed by", "Contact:"."""
    # The label may also be before the parent: <span>Reviewed by</span> <b><a>Name</a></b>.
    label = _get_text_before(element) or _get_text_before(element.getparent())
    return len(label) <= MAX_NAME_ELEMENT_CHARACTERS and bool(_OTHER_ROLE_LABEL.search(label))


def _get_text_before(element: html.HtmlElement | None) -> str:
    """Return the text directly before an element within its parent; empty if there is none."""
    parent = element.getparent() if element is not None else None
    if element is None or parent is None:
        return ""
    before = element.getprevious()
    pieces: list[str] = []
    # Frameworks split a label with comments: "Edited<!-- --> by <a>".
    while before is not None and before.tag is etree.Comment:
        pieces.insert(0, before.tail or "")
        before = before.getprevious()
    tail = "".join(pieces)
    text = (parent.text or "") if before is None else before.tail or ""
    if before is not None and not (text + tail).strip():
        text = extract_text(before)
    return " ".join((text + tail).split())


def read_marked_element(mark: MarkedElement) -> Byline:
    """Return the authors that a marked element names: by its microdata, else its links, else its text.

    A longer text than a byline's is an author's biography, of which only a full name at its beginning counts. Outside
    of microdata and links, a byline must name a full name, unless the element holds no more than
    :data:`MAX_BARE_BYLINE_WORDS` words.
    """
    element = mark.element
    names = element.findall(".//*[@itemprop='name']") or _find_name_links(element)
    texts = (name.get("content") if name.tag == "meta" else extract_text(name) for name in names)
    if byline := merge_bylines(read_byline(text or "", allow_handles=True) for text in texts):
        return byline
    text = extract_text(element)
    if len(text) > MAX_BYLINE_CHARACTERS:
        first = next((piece for piece, _ in _iter_pieces(element)), "")
        return read_byline(first) if is_name(first) and is_full_name(first) else EMPTY_BYLINE
    is_bare = (
        mark.source != "byline"
        or element.tag == "a"
        or len(_WORDS.findall(_strip_byline_opening(text))) <= MAX_BARE_BYLINE_WORDS
    )
    byline = _read_pieces(element, allow_handles=is_bare) or read_byline(text, allow_handles=is_bare)
    return byline if is_bare or any(map(is_full_name, byline.people)) else Byline((), byline.organisations)


def _find_name_links(element: html.HtmlElement) -> list[html.HtmlElement]:
    """Return the links in an element whose text is a name."""
    if element.tag == "a":
        return []
    return [link for link in element.iter("a") if is_name(_strip_byline_opening(extract_text(link)))]


def _strip_byline_opening(text: str) -> str:
    """Remove the words that open a byline, such as "By"."""
    return BYLINE_OPENING.sub("", text)


def _read_pieces(element: html.HtmlElement, *, allow_handles: bool) -> Byline:
    """Read the names in an element piece by piece; those that count have the markup of the first one."""
    pieces = list(_iter_pieces(element))
    if len(pieces) > 1 and is_byline_label(pieces[0][0]):
        pieces = pieces[1:]
    words = " ".join(text for text, _ in pieces)
    if words.count(" ") == len(pieces) - 1 > 0 and is_name(words) and not is_placeholder_name(words):
        # Given name and surname, each in an element of its own.
        return Byline((words,))
    bylines: list[Byline] = []
    first: tuple[object, str | None] | None = None
    for text, owner in pieces:
        byline = read_byline(text, allow_handles=allow_handles)
        markup = (owner.tag, owner.get("class"))
        if byline and first in (None, markup):
            bylines.append(byline)
            first = markup
    # Single words in several elements are the parts of one name: the caller then reads the text as a whole.
    is_split_name = len(bylines) > 1 and not any(" " in name for byline in bylines for name in byline.people)
    return EMPTY_BYLINE if is_split_name else merge_bylines(bylines)


def _iter_pieces(element: html.HtmlElement) -> Iterator[tuple[str, html.HtmlElement]]:
    """Yield the pieces of text in an element, each with the element that directly contains it."""
    for node in element.iter():
        if isinstance(node.tag, str) and node.tag not in NO_TEXT_TAGS and node.text and node.text.strip():
            yield " ".join(node.text.split()), node
        if node is not element and node.tail and node.tail.strip():
            parent = node.getparent()
            yield " ".join(node.tail.split()), node if parent is None else parent
