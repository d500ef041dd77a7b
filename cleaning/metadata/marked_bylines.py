"""Authors in the elements that are marked as theirs: by microdata, a link, or the name of a class."""

import re
from collections.abc import Iterator
from functools import cache

from lxml import html

from cleaning.lines.person_names import is_name
from cleaning.metadata.bylines import BY, LONGEST, NOBODY, Byline, is_full_name, merge_bylines, read_byline
from cleaning.metadata.declared import Found, Heading, Mark, Statements, text_of
from cleaning.resources import load_toml

SHORTEST = 40
"""Characters of an element that holds a name and nothing else."""
WORDS_BESIDE = 2
"""Words of an element whose class alone says that it names an author, up to which one of them can be a name."""
MOST_BESIDE = 20
"""Authors in a row, above which they are those of the site."""
NEAR = 60
"""Elements between the headline and a byline that is its own beyond doubt."""
MARKS = 60
"""Marked elements that are looked at."""

_KNOWLEDGE = load_toml("metadata")
_OTHER_DOINGS = re.compile(_KNOWLEDGE["other_doings"], re.IGNORECASE)
_OTHERS = frozenset(_KNOWLEDGE["others_parts"])
_WORDS = re.compile(r"[^\W\d_]+")


def read_marked(seen: Statements, heading: Heading | None) -> Iterator[Found[Byline]]:
    """The authors in marked elements: the nearest to the headline, if they are no list of other articles' authors."""
    marks = sorted(seen.authors[:MARKS], key=lambda mark: _distance(mark, heading))
    frame = set(heading.element.iterancestors()) if heading else set()
    named_by = cache(read_element)
    read = 0
    for mark in marks:
        if read and not _is_near(mark, heading):
            return
        if _is_of_others(mark.element, frame) or _is_otherwise_labelled(mark.element) or not named_by(mark):
            continue
        fellows = [other for other in marks if other is not mark and _signature(other) == _signature(mark)]
        beside = [other for other in fellows if _are_beside(mark.element, other.element)]
        if len(beside) > MOST_BESIDE or (
            not _is_near(mark, heading)
            and any(named_by(other) != named_by(mark) for other in fellows if other not in beside)
        ):
            continue
        group = sorted((mark, *beside), key=lambda one: one.position)
        yield Found(merge_bylines(map(named_by, group)), mark.source)
        read += 1


def _distance(mark: Mark, heading: Heading | None) -> tuple[int, int]:
    """How far a mark stands from the headline; those before it come last but for the nearest."""
    if heading is None:
        return (0, mark.position)
    below = mark.position - heading.position
    return (0, below) if below > 0 else (0, 2 * -below) if -below <= NEAR // 2 else (1, -below)


def _is_near(mark: Mark, heading: Heading | None) -> bool:
    return heading is not None and -NEAR // 2 <= mark.position - heading.position <= NEAR


def _signature(mark: Mark) -> tuple[object, str]:
    return mark.element.tag, mark.element.get("class", "")


def _are_beside(element: html.HtmlElement, other: html.HtmlElement) -> bool:
    """Whether two elements stand in one byline: with the same parent, or the same parent's parent."""
    parent, theirs = element.getparent(), other.getparent()
    if parent is None or theirs is None:
        return False
    if parent is theirs:
        return True
    above = parent.getparent()
    return above is not None and above is theirs.getparent() and len(text_of(above)) <= LONGEST


def _is_of_others(element: html.HtmlElement, frame: set[html.HtmlElement]) -> bool:
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
        if node.tag == "nav" or in_page_footer or (names != " " and not _OTHERS.isdisjoint(_name_parts(names))):
            return True
        if node.tag == "a" and len(text_of(node)) > len(text_of(element)) + SHORTEST:
            return True
    return False


def _is_otherwise_labelled(element: html.HtmlElement) -> bool:
    """Whether the text before a name says that its owner did something else: "Reviewed by", "Contact:"."""
    label = _text_before(element) or _text_before(element.getparent())
    return len(label) <= SHORTEST and bool(_OTHER_DOINGS.search(label))


def _text_before(element: html.HtmlElement | None) -> str:
    """The text right before an element, in its parent."""
    parent = element.getparent() if element is not None else None
    if element is None or parent is None:
        return ""
    before = element.getprevious()
    text = parent.text if before is None else before.tail if (before.tail or "").strip() else text_of(before)
    return " ".join((text or "").split())


def _name_parts(names: str) -> set[str]:
    return {part.casefold() for part in _WORDS.findall(re.sub(r"([a-z])([A-Z])", r"\1 \2", names[:300]))}


def read_element(mark: Mark) -> Byline:
    """Those whom a marked element names: in its microdata, in its links, or in its text."""
    element = mark.element
    names = element.findall(".//*[@itemprop='name']") or _linked(element)
    if named := merge_bylines(read_byline(text_of(name), handles=True) for name in names):
        return named
    whole = text_of(element)
    if len(whole) > LONGEST:
        first = next((text for text, _ in _pieces(element)), "")
        return read_byline(first) if is_name(first) and is_full_name(first) else NOBODY
    is_bare = mark.source != "byline" or element.tag == "a" or len(_WORDS.findall(_bare(whole))) <= WORDS_BESIDE
    named = _in_pieces(element, handles=is_bare) or read_byline(whole, handles=is_bare)
    return named if is_bare or any(map(is_full_name, named.people)) else Byline((), named.organisations)


def _linked(element: html.HtmlElement) -> list[html.HtmlElement]:
    if element.tag == "a":
        return []
    return [link for link in element.iter("a") if is_name(_bare(text_of(link)))]


def _bare(text: str) -> str:
    return BY.sub("", text)


def _in_pieces(element: html.HtmlElement, *, handles: bool) -> Byline:
    """The names in the pieces of text of an element: those that stand in elements like that of the first."""
    pieces = list(_pieces(element))
    words = " ".join(text for text, _ in pieces)
    if words.count(" ") == len(pieces) - 1 > 0 and is_name(words):
        return Byline((words,))  # given name and surname, each in an element of its own
    found: list[Byline] = []
    first: tuple[object, str | None] | None = None
    for text, owner in pieces:
        named = read_byline(text, handles=handles)
        kind = (owner.tag, owner.get("class"))
        if named and first in (None, kind):
            found.append(named)
            first = kind
    split = len(found) > 1 and not any(" " in name for named in found for name in named.people)
    return NOBODY if split else merge_bylines(found)


def _pieces(element: html.HtmlElement) -> Iterator[tuple[str, html.HtmlElement]]:
    for node in element.iter():
        if isinstance(node.tag, str) and node.text and node.text.strip():
            yield " ".join(node.text.split()), node
        if node is not element and node.tail and node.tail.strip():
            parent = node.getparent()
            yield " ".join(node.tail.split()), node if parent is None else parent
