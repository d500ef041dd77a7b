"""What one walk over a page finds of its statements about itself, before any of it is judged."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from lxml import html

from .data import load_toml

Value = TypeVar("Value")

ELEMENTS_BELOW = 60
"""Elements after the headline in which a byline and a date are looked for."""
SHORT = 100
"""Characters that such a line has at most."""
MAX_TEXT = 500
"""Characters of an element's text that are read: no statement is longer."""

_KNOWLEDGE = load_toml("metadata")
_AUTHOR_PARTS = frozenset(_KNOWLEDGE["author_parts"])
_NO_AUTHOR_PARTS = frozenset(_KNOWLEDGE["no_author_parts"])
_DATE_PARTS = frozenset(load_toml("dates")["date_parts"])
_AUTHOR_FOLDERS = frozenset(_KNOWLEDGE["author_folders"])
# "ArticleAuthor__name" → "Article Author name"
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_BELOW = frozenset(
    (
        "p",
        "span",
        "div",
        "li",
        "a",
        "time",
        "address",
        "strong",
        "em",
        "b",
        "i",
        "small",
        "cite",
        "h2",
        "h3",
        "h4",
        "dd",
    )
)
_SAYING = re.compile("|".join(sorted(_AUTHOR_PARTS | _DATE_PARTS)))
_NO_TEXT = frozenset({"script", "style", "noscript", "template", "svg"})
# Elements whose class says something of themselves; that of a page or an article says something of all of it.
_SILENT = frozenset(
    "br hr img path svg g use rect circle button input option select source style noscript iframe".split()
)
_WHOLES = frozenset({"html", "body", "main", "article", "form", "input", "img", "svg", "button", "textarea"})


@dataclass(frozen=True, slots=True)
class Found(Generic[Value]):
    """A value, and what kind of statement it comes from."""

    value: Value
    source: str
    """E.g. ``"json-ld"``; see :attr:`cleaning.Article.provenance`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An element that is marked as an author's name, or holds one."""

    element: html.HtmlElement
    source: str
    position: int
    """How many elements stand before it."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the page, with its place like that of a mark."""

    element: html.HtmlElement
    text: str
    position: int


@dataclass(slots=True)
class Statements:
    """What one walk over the page finds, before any of it is judged."""

    page: html.HtmlElement | None = None
    elements: list[html.HtmlElement] = field(default_factory=list)
    """All of the page's elements. While they are held, lxml does not make them anew for each walk: half the time."""
    metas: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    """The ``h1`` elements that hold text."""
    subheadings: list[Heading] = field(default_factory=list)
    """The first ``h2`` and ``h3`` elements, likewise."""
    title: str = ""
    times: list[html.HtmlElement] = field(default_factory=list)
    dates: list[html.HtmlElement] = field(default_factory=list)
    authors: list[Mark] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    properties: dict[str, list[html.HtmlElement]] = field(default_factory=dict)
    """Elements by the microdata property that they hold, in lower case."""
    below_heading: list[str] = field(default_factory=list)
    """Short texts between the headline and the first paragraph."""
    _words: list[str] | None = None

    @property
    def words(self) -> list[str]:
        """The words of the page's text, as they are spelt; few pages need them."""
        if self._words is None:
            texts = (e.text or "" for e in self.elements if e.tag not in _NO_TEXT and e.tag not in _SILENT)
            self._words = re.findall(r"\w+", " ".join(texts))
        return self._words

    def meta(self, *names: str) -> str | None:
        return next((value for name in names for value in self.metas.get(name, ()) if value), None)

    def metas_of(self, *names: str) -> list[str]:
        return [value for name in names for value in self.metas.get(name, ()) if value]

    def found(self, *names: str) -> Found[str] | None:
        """The first of some ``meta`` elements, with its source."""
        return next(
            (Found(value, meta_source(name)) for name in names for value in self.metas.get(name, ()) if value), None
        )


def meta_source(name: str) -> str:
    """The kind of statement that a ``meta`` element of a name is.

    >>> meta_source("og:title"), meta_source("dcterms.creator"), meta_source("description")
    ('opengraph', 'dublin-core', 'meta')
    """
    if name.startswith(("og:", "article:")):
        return "opengraph"
    return "dublin-core" if name.startswith(("dc.", "dcterms.")) else "meta"


def read_statements(tree: html.HtmlElement) -> Statements:
    """One pass over the page, keeping what any field may need."""
    seen = Statements(page=tree, elements=list(tree.iter()))
    for position, element in enumerate(seen.elements):
        tag = element.tag
        if tag in _SILENT:
            continue
        read = _READERS.get(tag)
        if read is not None:
            read(seen, element, position)
        elif _says_something(element):
            _note_visible(seen, element, position)
    return seen


def _says_something(element: html.HtmlElement) -> bool:
    """Whether an element's attributes state anything: those of most elements do not."""
    classes = element.get("class")
    return bool((classes and _class_says(classes)) or element.get("itemprop") or element.get("property"))


def _read_meta(seen: Statements, element: html.HtmlElement, position: int) -> None:
    content = (element.get("content") or "").strip()
    name = element.get("property") or element.get("name") or element.get("http-equiv")
    if content and name:
        seen.metas.setdefault(name.strip().casefold(), []).append(content)
    elif content:
        for one in (element.get("itemprop") or "").casefold().split():
            seen.properties.setdefault(one, []).append(element)


def _read_link(seen: Statements, element: html.HtmlElement, position: int) -> None:
    for relation in (element.get("rel") or "").casefold().split():
        seen.links.setdefault(relation, []).append((element.get("href") or "").strip())


def _read_script(seen: Statements, element: html.HtmlElement, position: int) -> None:
    kind = element.get("type")
    # Plone writes it without a type.
    structured = "ld+json" in kind.casefold() if kind else re.match(r'\s*\{\s*"@context"', element.text or "")
    if structured:
        seen.scripts.append(element.text or "")


def _read_title(seen: Statements, element: html.HtmlElement, position: int) -> None:
    seen.title = seen.title or text_of(element)  # an svg has titles of its own, after the page's


def _read_heading(seen: Statements, element: html.HtmlElement, position: int) -> None:
    headings = seen.headings if element.tag == "h1" else seen.subheadings
    if len(headings) < 40:
        text = text_of(element)
        if text:
            headings.append(Heading(element, text, position))
    _note_visible(seen, element, position)


def _read_time(seen: Statements, element: html.HtmlElement, position: int) -> None:
    if not is_elsewhere(element):
        seen.times.append(element)
    _note_visible(seen, element, position)


def _read_anchor(seen: Statements, element: html.HtmlElement, position: int) -> None:
    relation = element.get("rel")
    relations = relation.casefold().split() if relation else ()
    if "category" in relations:
        seen.categories.append(text_of(element))
    elif "tag" in relations:
        seen.tags.append(text_of(element))
    # One in a figure is the picture's.
    if "license" in relations and next(element.iterancestors("figure"), None) is None:
        seen.links.setdefault("license", []).append((element.get("href") or "").strip())
    if "author" in relations:
        seen.authors.append(Mark(element, "rel-author", position))
    elif _is_authors_address(element.get("href") or ""):
        seen.authors.append(Mark(element, "byline", position))
    elif _says_something(element):
        _note_visible(seen, element, position)


def _is_authors_address(address: str) -> bool:
    """Whether an address reads as that of an author's own page.

    >>> _is_authors_address("/authors/ali-musa"), _is_authors_address("/authors/"), _is_authors_address("/?author=7")
    (True, False, True)
    """
    folders = address.rstrip("/").split("/")[:-1]
    return not _AUTHOR_FOLDERS.isdisjoint(folders) or "author=" in address


_READERS: dict[object, Callable[[Statements, html.HtmlElement, int], None]] = {
    "meta": _read_meta,
    "link": _read_link,
    "script": _read_script,
    "title": _read_title,
    "time": _read_time,
    "a": _read_anchor,
    **dict.fromkeys(("h1", "h2", "h3"), _read_heading),
}


def _note_visible(seen: Statements, element: html.HtmlElement, position: int) -> None:
    source = None
    classes = element.get("class")
    if classes:
        names_author, holds_date = _class_says(classes) or (False, False)
        if names_author and element.tag not in _WHOLES:
            source = "byline"
        if holds_date and seen.headings and not is_elsewhere(element):
            seen.dates.append(element)
    item = element.get("itemprop")
    if item:
        for name in item.casefold().split():
            seen.properties.setdefault(name, []).append(element)
            source = "microdata" if name == "author" else source
    rdf = element.get("property")
    if rdf and rdf.startswith("schema:"):
        seen.properties.setdefault(rdf.removeprefix("schema:").casefold(), []).append(element)
    if rdf and _names_author_in_rdfa(rdf.casefold(), element):
        source = "rdfa"
    if source is not None:
        seen.authors.append(Mark(element, source, position))


def _names_author_in_rdfa(rdf: str, element: html.HtmlElement) -> bool:
    """Whether a property is that of an author, or a person's name (which in an article's frame is the author's)."""
    name = rdf.rpartition(":")[2]
    return name in ("author", "creator") or (name == "name" and "person" in (element.get("typeof") or "").casefold())


@lru_cache(maxsize=20_000)
def _class_says(classes: str) -> tuple[bool, bool] | None:
    """Whether a class attribute marks an author, and a date; ``None`` for neither. Themes repeat them."""
    if not _SAYING.search(classes.lower()):
        return None
    tokens = [[part.casefold() for part in _PARTS.findall(token)] for token in classes[:300].split()]
    names_author = any(not _AUTHOR_PARTS.isdisjoint(parts) and _NO_AUTHOR_PARTS.isdisjoint(parts) for parts in tokens)
    return names_author, any(not _DATE_PARTS.isdisjoint(parts) for parts in tokens)


def texts_below(heading: html.HtmlElement) -> Iterator[str]:
    """Short texts that follow a heading, up to the first that is long."""
    node: html.HtmlElement | None = heading
    left = ELEMENTS_BELOW
    while node is not None and left:
        sibling = node.getnext()
        if sibling is None:
            node = node.getparent()
            continue
        node = sibling
        for element in sibling.iter():
            if element.tag not in _BELOW:
                continue
            text = " ".join((element.text or "").split())
            whole = text_of(element) if text and len(element) else text
            if len(whole) > SHORT:
                if element.tag == "p":
                    return
                continue
            if whole:
                yield whole
            left -= 1
            if not left:
                return


def is_elsewhere(element: html.HtmlElement) -> bool:
    """Whether an element stands in a part of the page that is not about the article: a date there is not its date."""
    return any(
        ancestor.tag != "header" or next(ancestor.iterancestors("article", "main"), None) is None
        for ancestor in element.iterancestors("nav", "aside", "footer", "header")
        if ancestor.tag != "footer" or next(ancestor.iterancestors("article"), None) is None
    )


def text_of(element: html.HtmlElement) -> str:
    """Text of an element with single spaces, as far as a statement goes, without scripts and styles."""
    pieces: list[str] = []
    length = 0
    for node in element.iter() if len(element) else (element,):
        text = "" if node.tag in _NO_TEXT else node.text or ""
        tail = node.tail or "" if node is not element else ""
        pieces += (text, tail)
        length += len(text) + len(tail)
        if length > 4 * MAX_TEXT:
            break
    return " ".join("".join(pieces).split())[:MAX_TEXT]
