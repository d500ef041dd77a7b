"""Collect, in one walk over a page, everything that it declares about itself.

This module only collects: ``meta`` elements, JSON-LD scripts, microdata, RDFa, headings, and elements whose class or
link marks an author or a date. Which of several values is right is decided by the other modules of this package.
"""

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
"""Characters of an element that are read: no declared value is longer."""

_KNOWLEDGE = load_toml("metadata")
_AUTHOR_PARTS = frozenset(_KNOWLEDGE["author_parts"])
_NO_AUTHOR_PARTS = frozenset(_KNOWLEDGE["no_author_parts"])
_DATE_PARTS = frozenset(load_toml("dates")["date_parts"])
_AUTHOR_FOLDERS = frozenset(_KNOWLEDGE["author_folders"])
MAX_HEADING_DEPTH = 8
"""Levels of elements within a heading that are read."""
_KICKER_PARTS = frozenset(_KNOWLEDGE["kicker_parts"])
_NO_LETTERS = re.compile(r"[^a-z0-9]")
_HIDDEN_PARTS = frozenset(_NO_LETTERS.sub("", name.casefold()) for name in _KNOWLEDGE["hidden_parts"])
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
# Splits "ArticleAuthor__name" into "Article", "Author" and "name".
_CLASS_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

# A quick test before the classes are split. Words that contain a shorter one of the list need not be searched for.
_MARKER_WORDS = _AUTHOR_PARTS | _DATE_PARTS
_MARKER_PATTERN = re.compile(
    "|".join(sorted(word for word in _MARKER_WORDS if not any(other in word for other in _MARKER_WORDS - {word})))
)
# Elements that never carry metadata of the article; skipping them keeps the walk over large pages short.
_SILENT_TAGS = frozenset(
    "br hr img path svg g use rect circle button input option select source style noscript iframe".split()
)
# Elements whose class never marks a byline: it describes the whole page ("author-page"), a control or a picture.
_CONTAINER_TAGS = frozenset({"html", "body", "main", "article", "form", "input", "img", "svg", "button", "textarea"})


@dataclass(frozen=True, slots=True)
class DeclaredValue(Generic[Value]):
    """A value of a field, with the kind of statement that it comes from."""

    value: Value
    source: str
    """The kind of statement, such as ``"json-ld"``; see :attr:`cleaning.Article.provenance`."""


@dataclass(frozen=True, slots=True)
class MarkedElement:
    """An element that is marked as an author's name, or contains one."""

    element: html.HtmlElement
    source: str
    position: int
    """Number of elements before it on the page."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the page, with its position."""

    element: html.HtmlElement
    text: str
    position: int
    """Number of elements before it on the page."""
    bare: str = ""
    """The text without a kicker, which is an element above the headline with a class that says so."""
    is_joined: bool = False
    """Whether its text is in several elements, between which the page may show a line break or a colon."""


@dataclass(slots=True)
class DeclaredMetadata:
    """Everything that one walk over a page collects.

    Names of ``meta`` elements, link relations and microdata properties are keys in lower case; values keep the order of
    the page.
    """

    page: html.HtmlElement
    elements: list[html.HtmlElement]
    """All elements of the page. Holding them keeps lxml from creating new proxies for each further walk."""
    metas: dict[str, list[str]] = field(default_factory=dict)
    """Values of ``meta`` elements by property, name or http-equiv."""
    links: dict[str, list[str]] = field(default_factory=dict)
    """Targets of ``link`` elements by relation, and those of links to a licence."""
    scripts: list[str] = field(default_factory=list)
    """Texts of the JSON-LD scripts, unparsed."""
    headings: list[Heading] = field(default_factory=list)
    """The ``h1`` elements that contain text, at most 40."""
    subheadings: list[Heading] = field(default_factory=list)
    """The ``h2`` and ``h3`` elements that contain text, at most 40."""
    title: str = ""
    """The text of the ``title`` element; empty if there is none."""
    times: list[html.HtmlElement] = field(default_factory=list)
    dates: list[html.HtmlElement] = field(default_factory=list)
    """Elements whose class marks a date, after the first ``h1``."""
    authors: list[MarkedElement] = field(default_factory=list)
    """Elements that are marked as an author by class, link, microdata or RDFa."""
    tags: list[str] = field(default_factory=list)
    """Texts of links with ``rel="tag"``."""
    categories: list[str] = field(default_factory=list)
    """Texts of links with ``rel="category"``."""
    properties: dict[str, list[html.HtmlElement]] = field(default_factory=dict)
    """Elements by the microdata property (or ``schema:`` RDFa property) that they carry, in lower case."""
    _words: list[str] | None = None

    @property
    def words(self) -> list[str]:
        """Return the words of the page's text in their original spelling.

        They are computed on first use, because few pages need them.
        """
        if self._words is None:
            texts = (e.text or "" for e in self.elements if e.tag not in NO_TEXT_TAGS and e.tag not in _SILENT_TAGS)
            self._words = re.findall(r"\w+", " ".join(texts))
        return self._words

    def get_meta(self, *names: str) -> str | None:
        """Return the first value among ``meta`` elements, by name in the given order; None if there is none.

        Names are in lower case; empty values are skipped.
        """
        return next((value for name in names for value in self.metas.get(name, ()) if value), None)

    def get_metas(self, *names: str) -> list[str]:
        """Return all values of the ``meta`` elements with one of these names, by name in the given order."""
        return [value for name in names for value in self.metas.get(name, ()) if value]

    def find_meta(self, *names: str) -> DeclaredValue[str] | None:
        """Return the first value among ``meta`` elements with its source; None if there is none.

        Like :meth:`get_meta`, for fields whose provenance is recorded.
        """
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
    """Return the kind of statement that a ``meta`` element is, as used in :attr:`cleaning.Article.provenance`.

    >>> classify_meta_name("og:title"), classify_meta_name("dcterms.creator"), classify_meta_name("description")
    ('opengraph', 'dublin-core', 'meta')
    """
    if name.startswith(("og:", "article:")):
        return "opengraph"
    return "dublin-core" if name.startswith(("dc.", "dcterms.")) else "meta"


def collect_declared_metadata(tree: html.HtmlElement) -> DeclaredMetadata:
    """Walk over a page once and collect what any field of its metadata may need.

    The tree must be complete: boilerplate elements are removed later, and metadata is often inside them.
    """
    declared = DeclaredMetadata(tree, list(tree.iter()))
    for position, element in enumerate(declared.elements):
        read = _READERS.get(element.tag, _note_marked_element)
        if read is not None:
            read(declared, element, position)
    return declared


def _read_meta(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    """Collect a ``meta`` element: by its property, name or http-equiv, or else as a microdata property."""
    content = (element.get("content") or "").strip()
    name = element.get("property") or element.get("name") or element.get("http-equiv")
    if content and name:
        declared.metas.setdefault(name.strip().casefold(), []).append(content)
    elif content:
        for name in (element.get("itemprop") or "").casefold().split():
            declared.properties.setdefault(name, []).append(element)


def _read_link(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    """Collect the target of a ``link`` element under each of its relations."""
    for relation in (element.get("rel") or "").casefold().split():
        declared.links.setdefault(relation, []).append((element.get("href") or "").strip())


def _read_script(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    """Collect the text of a JSON-LD script."""
    kind = element.get("type")
    # Plone writes JSON-LD into scripts without a type.
    is_json_ld = "ld+json" in kind.casefold() if kind else re.match(r'\s*\{\s*"@context"', element.text or "")
    if is_json_ld:
        declared.scripts.append(element.text or "")


def _read_title(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    """Collect the page title."""
    # The first one: SVG images further down have titles too.
    declared.title = declared.title or extract_text(element)


def _read_heading(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    """Collect one of the first 40 headings with text, and what its attributes mark."""
    headings = declared.headings if element.tag == "h1" else declared.subheadings
    if len(headings) < 40 and (heading := _build_heading(element, position)):
        headings.append(heading)
    _note_marked_element(declared, element, position)


def _build_heading(element: html.HtmlElement, position: int) -> Heading | None:
    """Build a heading from the text that it shows; None if it shows none.

    Line breaks and the edges of elements become spaces where letters would touch. Text for screen readers is left out.
    """
    if not len(element):
        text = extract_text(element)
        return Heading(element, text, position, text) if text else None
    pieces: list[str] = []
    kickers: list[str] = []
    _collect_heading_pieces(element, pieces, kickers)
    text = _join_pieces(pieces)
    bare = _join_pieces(pieces[len(kickers) :]) if pieces[: len(kickers)] == kickers else text
    is_joined = sum(bool(piece.strip()) for piece in pieces) > 1
    return Heading(element, text, position, bare.lstrip(":|-–—/ ") or text, is_joined) if text else None


def _collect_heading_pieces(element: html.HtmlElement, pieces: list[str], kickers: list[str], depth: int = 0) -> None:
    """Collect the texts that a heading shows, and those of them that are in its kickers."""
    pieces.append(element.text or "")
    for child in element:
        classes = child.get("class") or ""
        is_hidden = _is_hidden(child, classes)
        if child.tag == "br":
            pieces.append(" ")
        elif (
            isinstance(child.tag, str) and child.tag not in NO_TEXT_TAGS and not is_hidden and depth < MAX_HEADING_DEPTH
        ):
            start = len(pieces)
            _collect_heading_pieces(child, pieces, kickers, depth + 1)
            parts = {part.casefold() for part in _CLASS_PART.findall(classes)}
            # Only kickers may be above it: behind words of the headline, it is a badge.
            if not _KICKER_PARTS.isdisjoint(parts) and not "".join(pieces[len(kickers) : start]).strip():
                kickers += pieces[len(kickers) :]
        pieces.append(child.tail or "")


def _is_hidden(element: html.HtmlElement, classes: str) -> bool:
    """Return whether an element in a heading is only for screen readers, or is not shown at all."""
    names = {_NO_LETTERS.sub("", name.casefold()) for name in classes.split()}
    style = (element.get("style") or "").replace(" ", "")
    return not _HIDDEN_PARTS.isdisjoint(names) or "hidden" in element.attrib or "display:none" in style


def _join_pieces(pieces: list[str]) -> str:
    """Join the texts of elements with single spaces; a space is added between a small letter and a capital."""
    joined = ""
    for piece in pieces:
        touches = joined[-1:].isalnum() and piece[:1].isalnum()
        is_new_word = piece[:1].isupper() and not joined[-1:].isupper()
        joined += f" {piece}" if touches and is_new_word else piece
    return strip_invisible(" ".join(joined.split()))[:MAX_TEXT_CHARACTERS]


def strip_invisible(text: str) -> str:
    """Remove soft hyphens, zero-width spaces and byte order marks, which no reader sees.

    Joiners stay: Persian and the scripts of India need them.
    """
    return text if text.isascii() else text.translate(_INVISIBLE)


def _read_time(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    """Collect a ``time`` element, and what its attributes mark."""
    declared.times.append(element)
    _note_marked_element(declared, element, position)


def _read_anchor(declared: DeclaredMetadata, element: html.HtmlElement, position: int) -> None:
    """Collect a link that is a category, a tag, a licence or an author."""
    relation = element.get("rel")
    relations = relation.casefold().split() if relation else ()
    if "category" in relations:
        declared.categories.append(extract_text(element))
    elif "tag" in relations:
        declared.tags.append(extract_text(element))
    # A licence in a figure is that of the picture.
    if "license" in relations and next(element.iterancestors("figure"), None) is None:
        declared.links.setdefault("license", []).append((element.get("href") or "").strip())
    if "author" in relations:
        declared.authors.append(MarkedElement(element, "rel-author", position))
    elif _is_author_url(element.get("href") or ""):
        declared.authors.append(MarkedElement(element, "byline", position))
    else:
        _note_marked_element(declared, element, position)


def _is_author_url(url: str) -> bool:
    """Return whether a URL reads as that of an author's own page.

    >>> _is_author_url("/authors/ali-musa"), _is_author_url("/authors/"), _is_author_url("/?author=7")
    (True, False, True)
    """
    if _AUTHOR_FOLDERS.isdisjoint(url.split("/")):
        return "author=" in url
    return not _AUTHOR_FOLDERS.isdisjoint(url.rstrip("/").split("/")[:-1]) or "author=" in url


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
    """Collect an element whose class, microdata or RDFa marks an author, a date or a property.

    This runs for every element of every page, and most have none of these: it returns as early as it can.
    """
    attributes = element.keys()
    if not attributes:
        return
    classes = element.get("class") if "class" in attributes else None
    if "data-hook" in attributes or "data-testid" in attributes:
        # Site builders name the parts of a page in these instead of in classes.
        classes = f"{classes or ''} {element.get('data-hook') or element.get('data-testid')}"
    items = element.get("itemprop") if "itemprop" in attributes else None
    rdf = element.get("property") if "property" in attributes else None
    class_marks = _classify_class_attribute(classes) if classes else None
    if not (class_marks or items or rdf):
        return
    marks_author, marks_date = class_marks or (False, False)
    source = "byline" if marks_author and element.tag not in _CONTAINER_TAGS else None
    # Before the first h1 are the site's header and menu, where a date is today's.
    if marks_date and declared.headings:
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
    """Return whether an RDFa property is an author.

    A person's name counts too: in an article's frame it is the author's.
    """
    name = rdf.rpartition(":")[2]
    return name in ("author", "creator") or (name == "name" and "person" in (element.get("typeof") or "").casefold())


@lru_cache(maxsize=20_000)
def _classify_class_attribute(classes: str) -> tuple[bool, bool] | None:
    """Return whether a class attribute marks an author, and whether it marks a date; None for neither.

    Results are cached, because a theme repeats the same attributes on all of its pages.
    """
    if not _MARKER_PATTERN.search(classes.lower()):
        return None
    tokens = [[part.casefold() for part in _CLASS_PART.findall(token)] for token in classes[:300].split()]
    marks_author = any(
        not _AUTHOR_PARTS.isdisjoint((*parts, "-".join(parts))) and _NO_AUTHOR_PARTS.isdisjoint(parts)
        for parts in tokens
    )
    return marks_author, any(not _DATE_PARTS.isdisjoint(parts) for parts in tokens)


def extract_text(element: html.HtmlElement) -> str:
    """Return the text of an element with single spaces, without scripts and styles.

    It is cut at :data:`MAX_TEXT_CHARACTERS`: this reads names, dates and titles, not prose.
    """
    pieces: list[str] = []
    length = 0
    for node in element.iter() if len(element) else (element,):
        text = "" if node.tag in NO_TEXT_TAGS else node.text or ""
        tail = node.tail or "" if node is not element else ""
        pieces += (text, tail)
        length += len(text) + len(tail)
        # Four times, since much of the raw text may be white space. Without a bound, an element that contains the whole
        # page would be read for each of its marks.
        if length > 4 * MAX_TEXT_CHARACTERS:
            break
    return strip_invisible(" ".join("".join(pieces).split()))[:MAX_TEXT_CHARACTERS]
