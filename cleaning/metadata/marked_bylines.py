"""Authors in the elements that are marked as theirs: by microdata, a link, or the name of a class."""

import re
from collections.abc import Iterator
from functools import cache

from lxml import html

from cleaning.lines.person_names import is_name
from cleaning.metadata.bylines import (
    BYLINE_OPENING,
    EMPTY_BYLINE,
    MAX_BYLINE_CHARACTERS,
    Byline,
    is_full_name,
    merge_bylines,
    read_byline,
)
from cleaning.metadata.declared import DeclaredMetadata, DeclaredValue, Heading, MarkedElement, extract_text
from cleaning.resources import load_toml

MAX_NAME_ELEMENT_CHARACTERS = 40
"""Characters of an element that holds a name and nothing else."""
MAX_BARE_BYLINE_WORDS = 2
"""Words of an element whose class alone says that it names an author, up to which one of them can be a name."""
MAX_ADJACENT_AUTHORS = 20
"""Authors in a row, above which they are those of the site."""
MAX_HEADLINE_DISTANCE_ELEMENTS = 60
"""Elements between the headline and a byline that is its own beyond doubt."""
MAX_MARKED_ELEMENTS = 60
"""Marked elements that are looked at."""

_KNOWLEDGE = load_toml("metadata")
_OTHER_ROLE_LABEL = re.compile(_KNOWLEDGE["other_doings"], re.IGNORECASE)
_OTHER_CONTENT_NAMES = frozenset(_KNOWLEDGE["others_parts"])
_WORDS = re.compile(r"[^\W\d_]+")


def read_marked_bylines(declared: DeclaredMetadata, heading: Heading | None) -> Iterator[DeclaredValue[Byline]]:
    """The authors in marked elements: the nearest to the headline, if they are no list of other articles' authors."""
    marks = sorted(declared.authors[:MAX_MARKED_ELEMENTS], key=lambda mark: _measure_distance(mark, heading))
    frame = set(heading.element.iterancestors()) if heading else set()
    named_by = cache(read_marked_element)
    read = 0
    for mark in marks:
        if read and not _is_near(mark, heading):
            return
        if _is_in_other_content(mark.element, frame) or _has_other_role_label(mark.element) or not named_by(mark):
            continue
        fellows = [
            other
            for other in marks
            if other is not mark and _get_markup_signature(other) == _get_markup_signature(mark)
        ]
        beside = [other for other in fellows if _is_adjacent(mark.element, other.element)]
        if len(beside) > MAX_ADJACENT_AUTHORS or (
            not _is_near(mark, heading)
            and any(named_by(other) != named_by(mark) for other in fellows if other not in beside)
        ):
            continue
        group = sorted((mark, *beside), key=lambda one: one.position)
        yield DeclaredValue(merge_bylines(map(named_by, group)), mark.source)
        read += 1


def _measure_distance(mark: MarkedElement, heading: Heading | None) -> tuple[int, int]:
    """How far a mark stands from the headline; those before it come last but for the nearest."""
    if heading is None:
        return (0, mark.position)
    below = mark.position - heading.position
    return (
        (0, below) if below > 0 else (0, 2 * -below) if -below <= MAX_HEADLINE_DISTANCE_ELEMENTS // 2 else (1, -below)
    )


def _is_near(mark: MarkedElement, heading: Heading | None) -> bool:
    return (
        heading is not None
        and -MAX_HEADLINE_DISTANCE_ELEMENTS // 2 <= mark.position - heading.position <= MAX_HEADLINE_DISTANCE_ELEMENTS
    )


def _get_markup_signature(mark: MarkedElement) -> tuple[object, str]:
    return mark.element.tag, mark.element.get("class", "")


def _is_adjacent(element: html.HtmlElement, other: html.HtmlElement) -> bool:
    """Whether two elements stand in one byline: with the same parent, or the same parent's parent."""
    parent, theirs = element.getparent(), other.getparent()
    if parent is None or theirs is None:
        return False
    if parent is theirs:
        return True
    above = parent.getparent()
    return above is not None and above is theirs.getparent() and len(extract_text(above)) <= MAX_BYLINE_CHARACTERS


def _is_in_other_content(element: html.HtmlElement, frame: set[html.HtmlElement]) -> bool:
    """Whether an author stands in a comment, a list of other articles, or a card that is one link.

    Args:
        element: what is marked.
        frame: the elements around the headline: what is around both says nothing.
    """
    for node in (element, *element.iterancestors()):
        if node in frame:
            return False
        names = f"{node.get('class', '')} {node.get('id', '')}"
        in_page_footer = node.tag == "footer" and next(node.iterancestors("article"), None) is None
        if (
            node.tag == "nav"
            or in_page_footer
            or (names != " " and not _OTHER_CONTENT_NAMES.isdisjoint(_split_names(names)))
        ):
            return True
        if node.tag == "a" and len(extract_text(node)) > len(extract_text(element)) + MAX_NAME_ELEMENT_CHARACTERS:
            return True
    return False


def _has_other_role_label(element: html.HtmlElement) -> bool:
    """Whether the text before a name says that its owner did something else: "Reviewed by", "Contact:"."""
    label = _get_text_before(element) or _get_text_before(element.getparent())
    return len(label) <= MAX_NAME_ELEMENT_CHARACTERS and bool(_OTHER_ROLE_LABEL.search(label))


def _get_text_before(element: html.HtmlElement | None) -> str:
    """The text right before an element, in its parent."""
    parent = element.getparent() if element is not None else None
    if element is None or parent is None:
        return ""
    before = element.getprevious()
    text = parent.text if before is None else before.tail if (before.tail or "").strip() else extract_text(before)
    return " ".join((text or "").split())


def _split_names(names: str) -> set[str]:
    return {part.casefold() for part in _WORDS.findall(re.sub(r"([a-z])([A-Z])", r"\1 \2", names[:300]))}


def read_marked_element(mark: MarkedElement) -> Byline:
    """Those whom a marked element names: in its microdata, in its links, or in its text."""
    element = mark.element
    names = element.findall(".//*[@itemprop='name']") or _find_name_links(element)
    if named := merge_bylines(read_byline(extract_text(name), allow_handles=True) for name in names):
        return named
    whole = extract_text(element)
    if len(whole) > MAX_BYLINE_CHARACTERS:
        first = next((text for text, _ in _iter_pieces(element)), "")
        return read_byline(first) if is_name(first) and is_full_name(first) else EMPTY_BYLINE
    is_bare = (
        mark.source != "byline"
        or element.tag == "a"
        or len(_WORDS.findall(_strip_byline_opening(whole))) <= MAX_BARE_BYLINE_WORDS
    )
    named = _read_pieces(element, allow_handles=is_bare) or read_byline(whole, allow_handles=is_bare)
    return named if is_bare or any(map(is_full_name, named.people)) else Byline((), named.organisations)


def _find_name_links(element: html.HtmlElement) -> list[html.HtmlElement]:
    if element.tag == "a":
        return []
    return [link for link in element.iter("a") if is_name(_strip_byline_opening(extract_text(link)))]


def _strip_byline_opening(text: str) -> str:
    return BYLINE_OPENING.sub("", text)


def _read_pieces(element: html.HtmlElement, *, allow_handles: bool) -> Byline:
    """The names in the pieces of text of an element: those that stand in elements like that of the first."""
    pieces = list(_iter_pieces(element))
    words = " ".join(text for text, _ in pieces)
    if words.count(" ") == len(pieces) - 1 > 0 and is_name(words):
        return Byline((words,))  # given name and surname, each in an element of its own
    found: list[Byline] = []
    first: tuple[object, str | None] | None = None
    for text, owner in pieces:
        named = read_byline(text, allow_handles=allow_handles)
        kind = (owner.tag, owner.get("class"))
        if named and first in (None, kind):
            found.append(named)
            first = kind
    split = len(found) > 1 and not any(" " in name for named in found for name in named.people)
    return EMPTY_BYLINE if split else merge_bylines(found)


def _iter_pieces(element: html.HtmlElement) -> Iterator[tuple[str, html.HtmlElement]]:
    for node in element.iter():
        if isinstance(node.tag, str) and node.text and node.text.strip():
            yield " ".join(node.text.split()), node
        if node is not element and node.tail and node.tail.strip():
            parent = node.getparent()
            yield " ".join(node.tail.split()), node if parent is None else parent
