"""What one walk over a page finds of its statements about itself, before any of it is judged."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from lxml import html

from cleaning.html.tree import NO_TEXT_TAGS
from cleaning.resources import load_toml

Value = TypeVar("Value")

MAX_TEXT_CHARACTERS = 500
"""Characters of an element's text that are read: no statement is longer."""

_KNOWLEDGE = load_toml("metadata")
_AUTHOR_PARTS = frozenset(_KNOWLEDGE["author_parts"])
_NO_AUTHOR_PARTS = frozenset(_KNOWLEDGE["no_author_parts"])
_DATE_PARTS = frozenset(load_toml("dates")["date_parts"])
_AUTHOR_FOLDERS = frozenset(_KNOWLEDGE["author_folders"])
# "ArticleAuthor__name" → "Article Author name"
_CLASS_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

# Whatever holds one of the words holds one of those that hold no other.
_MARKING_PARTS = _AUTHOR_PARTS | _DATE_PARTS
_MARKING_PATTERN = re.compile(
    "|".join(sorted(word for word in _MARKING_PARTS if not any(other in word for other in _MARKING_PARTS - {word})))
)
# Elements that state nothing.
_SILENT_TAGS = frozenset(
    "br hr img path svg g use rect circle button input option select source style noscript iframe".split()
)
# Those whose class says something of all that they hold.
_CONTAINER_TAGS = frozenset({"html", "body", "main", "article", "form", "input", "img", "svg", "button", "textarea"})


@dataclass(frozen=True, slots=True)
class DeclaredValue(Generic[Value]):
    """A value, and what kind of statement it comes from."""

    value: Value
    source: str
    """E.g. ``"json-ld"``; see :attr:`cleaning.Article.provenance`."""


@dataclass(frozen=True, slots=True)
class MarkedElement:
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
class DeclaredMetadata:
    """What one walk over the page finds, before any of it is judged."""

    page: html.HtmlElement
    elements: list[html.HtmlElement]
    """All of the page's elements. While they are held, lxml does not make them anew for each walk."""
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
    authors: list[MarkedElement] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    properties: dict[str, list[html.HtmlElement]] = field(default_factory=dict)
    """Elements by the microdata property that they hold, in lower case."""
    _words: list[str] | None = None

    @property
    def words(self) -> list[str]:
        """The words of the page's text, as they are spelt; few pages need them."""
        if self._words is None:
            texts = (e.text or "" for e in self.elements if e.tag not in NO_TEXT_TAGS and e.tag not in _SILENT_TAGS)
            self._words = re.findall(r"\w+", " ".join(texts))
        return self._words

    def get_meta(self, *names: str) -> str | None:
        return next((value for name in names for value in self.metas.get(name, ()) if value), None)

    def get_metas(self, *names: str) -> list[str]:
        return [value for name in names for value in self.metas.get(name, ()) if value]

    def find_meta(self, *names: str) -> DeclaredValue[str] | None:
        """The first of some ``meta`` elements, with its source."""
        return next(
            (
                DeclaredValue(value, classify_meta_name(name))
                for name in names
                for value in self.metas.get(name, ())
                if value
            ),
            None,
        )


def classify_meta_name(name: str) -> str:
    """The kind of statement that a ``meta`` element of a name is.

    >>> classify_meta_name("og:title"), classify_meta_name("dcterms.creator"), classify_meta_name("description")
    ('opengraph', 'dublin-core', 'meta')
    """
    if name.startswith(("og:", "article:")):
        return "opengraph"
    return "dublin-core" if name.startswith(("dc.", "dcterms.")) else "meta"


def collect_declared_metadata(tree: html.HtmlElement) -> DeclaredMetadata:
    """One pass over the page, keeping what any field may need."""
    seen = DeclaredMetadata(tree, list(tree.iter()))
    for position, element in enumerate(seen.elements):
        read = _READERS.get(element.tag, _note_marked_element)
        if read is not None:
            read(seen, element, position)
    return seen


def _read_meta(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    content = (element.get("content") or "").strip()
    name = element.get("property") or element.get("name") or element.get("http-equiv")
    if content and name:
        declared.metas.setdefault(name.strip().casefold(), []).append(content)
    elif content:
        for one in (element.get("itemprop") or "").casefold().split():
            declared.properties.setdefault(one, []).append(element)


def _read_link(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    for relation in (element.get("rel") or "").casefold().split():
        declared.links.setdefault(relation, []).append((element.get("href") or "").strip())


def _read_script(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    kind = element.get("type")
    # Plone writes it without a type.
    structured = "ld+json" in kind.casefold() if kind else re.match(r'\s*\{\s*"@context"', element.text or "")
    if structured:
        declared.scripts.append(element.text or "")


def _read_title(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    declared.title = declared.title or extract_text(element)  # an svg has titles of its own, after the page's


def _read_heading(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    headings = declared.headings if element.tag == "h1" else declared.subheadings
    if len(headings) < 40:
        text = extract_text(element)
        if text:
            headings.append(Heading(element, text, position))
    _note_marked_element(declared, element, position)


def _read_time(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    declared.times.append(element)
    _note_marked_element(declared, element, position)


def _read_anchor(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    relation = element.get("rel")
    relations = relation.casefold().split() if relation else ()
    if "category" in relations:
        declared.categories.append(extract_text(element))
    elif "tag" in relations:
        declared.tags.append(extract_text(element))
    # One in a figure is the picture's.
    if "license" in relations and next(element.iterancestors("figure"), None) is None:
        declared.links.setdefault("license", []).append((element.get("href") or "").strip())
    if "author" in relations:
        declared.authors.append(MarkedElement(element, "rel-author", position))
    elif _is_author_url(element.get("href") or ""):
        declared.authors.append(MarkedElement(element, "byline", position))
    else:
        _note_marked_element(declared, element, position)


def _is_author_url(address: str) -> bool:
    """Whether an address reads as that of an author's own page.

    >>> _is_author_url("/authors/ali-musa"), _is_author_url("/authors/"), _is_author_url("/?author=7")
    (True, False, True)
    """
    if _AUTHOR_FOLDERS.isdisjoint(address.split("/")):
        return "author=" in address
    return not _AUTHOR_FOLDERS.isdisjoint(address.rstrip("/").split("/")[:-1]) or "author=" in address


_READERS: dict[object, Callable[[DeclaredMetadata, html.HtmlElement, int], None] | None] = {
    **dict.fromkeys(_SILENT_TAGS),
    "meta": _read_meta,
    "link": _read_link,
    "script": _read_script,
    "title": _read_title,
    "time": _read_time,
    "a": _read_anchor,
    **dict.fromkeys(("h1", "h2", "h3"), _read_heading),
}


def _note_marked_element(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    """Keep an element whose attributes state anything: those of most elements do not."""
    stated = element.keys()
    if not stated:
        return
    classes = element.get("class") if "class" in stated else None
    items = element.get("itemprop") if "itemprop" in stated else None
    rdf = element.get("property") if "property" in stated else None
    said = _classify_class_attribute(classes) if classes else None
    if not (said or items or rdf):
        return
    names_author, holds_date = said or (False, False)
    source = "byline" if names_author and element.tag not in _CONTAINER_TAGS else None
    if holds_date and declared.headings:
        declared.dates.append(element)
    for name in (items or "").casefold().split():
        declared.properties.setdefault(name, []).append(element)
        source = "microdata" if name == "author" else source
    if rdf and rdf.startswith("schema:"):
        declared.properties.setdefault(rdf.removeprefix("schema:").casefold(), []).append(element)
    if rdf and _is_rdfa_author(rdf.casefold(), element):
        source = "rdfa"
    if source is not None:
        declared.authors.append(MarkedElement(element, source, position))


def _is_rdfa_author(rdf: str, element: html.HtmlElement) -> bool:
    """Whether a property is that of an author, or a person's name (which in an article's frame is the author's)."""
    name = rdf.rpartition(":")[2]
    return name in ("author", "creator") or (name == "name" and "person" in (element.get("typeof") or "").casefold())


@lru_cache(maxsize=20_000)
def _classify_class_attribute(classes: str) -> tuple[bool, bool] | None:
    """Whether a class attribute marks an author, and a date; ``None`` for neither. Themes repeat them."""
    if not _MARKING_PATTERN.search(classes.lower()):
        return None
    tokens = [[part.casefold() for part in _CLASS_PART.findall(token)] for token in classes[:300].split()]
    names_author = any(not _AUTHOR_PARTS.isdisjoint(parts) and _NO_AUTHOR_PARTS.isdisjoint(parts) for parts in tokens)
    return names_author, any(not _DATE_PARTS.isdisjoint(parts) for parts in tokens)


def extract_text(element: html.HtmlElement) -> str:
    """Text of an element with single spaces, as far as a statement goes, without scripts and styles."""
    pieces: list[str] = []
    length = 0
    for node in element.iter() if len(element) else (element,):
        text = "" if node.tag in NO_TEXT_TAGS else node.text or ""
        tail = node.tail or "" if node is not element else ""
        pieces += (text, tail)
        length += len(text) + len(tail)
        if length > 4 * MAX_TEXT_CHARACTERS:
            break
    return " ".join("".join(pieces).split())[:MAX_TEXT_CHARACTERS]
