"""Read the signs that a page is not an article: its declared type, and the elements that it consists of.

Nothing here rejects a page; :mod:`cleaning.page_types.rejection` weighs the signs. Titles, classes and types are in
``rules/pages.toml``.
"""

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import cache

from lxml import html

from cleaning.content.boilerplate_elements import is_hidden
from cleaning.lines.prose import count_words, has_reported_speech
from cleaning.metadata.jsonld import ARTICLE_TYPES
from cleaning.metadata.reader import Metadata
from cleaning.outcomes import Outcome
from cleaning.resources import load_toml

NAMED_LISTS = (Outcome.SEARCH_PAGE, Outcome.AUTHOR_PAGE, Outcome.TAG_PAGE, Outcome.GALLERY_PAGE)
"""Lists with an outcome of their own; a page that fits several gets the first one."""

MIN_QUOTE_WORDS = 4
"""Words that a quotation has at least; fewer words in quotation marks are the label of a button."""

_ASIDE_TAGS = ("nav", "aside", "footer")
_PERIPHERAL_TAGS = ("nav", "aside", "footer", "header", "dialog")
_POPUP_NAMES = frozenset("modal popup dialog offcanvas lightbox dropdown overlay drawer hidden".split())
_TITLE_PARTS = re.compile(r"\s+[-–—|·•«»:/]+\s+|\s*[|·•«»]\s*")
_QUERY_NAMES = frozenset(
    "q s query search searchword search_query keys keyword keywords term text suche buscar recherche".split()
)
_TEXT_INPUT_TYPES = ("text", "search", "")
_NAME_PARTS = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class DeclaredKind:
    """A kind of page that the page declares itself to be, with the evidence."""

    kind: Outcome
    evidence: str
    """Where the page declares it, as a clause for the message of the rejection."""


@dataclass(frozen=True, slots=True)
class DeclaredType:
    """The type that a page declares for itself: in titles, classes and schema.org types."""

    titles: tuple[str, ...] = ()
    """The headline, and the text of the ``title`` element."""
    by_class: DeclaredKind | None = None
    """The kind that the classes of its body or outermost article declare; None for a single article."""
    by_type: DeclaredKind | None = None
    """The kind that a schema.org type declares, in JSON-LD or in microdata around the page; None for articles."""
    is_static: bool = False
    """Whether the content system calls it a page and not a post: about us, contact, a report that stays."""

    @property
    def kinds(self) -> tuple[DeclaredKind, ...]:
        """Return every declared kind that is not an article, the one by class first.

        Empty for a page that declares nothing, or only that it is an article.
        """
        return tuple(filter(None, (self.by_class, self.by_type)))


def read_declared_type(tree: html.HtmlElement, metadata: Metadata, page_title: str | None) -> DeclaredType:
    """Read the type that a page declares for itself.

    This is called before the main content is chosen, so that lists and login pages are rejected early.

    Args:
        tree: the whole page.
        metadata: the metadata that was read from it.
        page_title: the text of its ``title`` element; None if it has none.
    """
    frame = [tree, *tree.iter("body", "main", "article")]
    body_classes = frozenset().union(*(_get_classes(element) for element in frame if element.tag == "body"))
    article_classes = frozenset().union(*(_get_classes(element) for element in frame if element.tag == "article"))
    types = {
        (element.get("itemtype") or "").rpartition("/")[2]
        for element in frame
        if element.tag != "article" and "itemtype" in element.attrib
    }
    return DeclaredType(
        titles=tuple(filter(None, (metadata.title, page_title))),
        by_class=_find_kind_by_class(body_classes, article_classes),
        by_type=_find_kind_by_type(types | {metadata.page_type}),
        is_static=_is_static(body_classes, article_classes, metadata),
    )


def _find_kind_by_class(body_classes: frozenset[str], article_classes: frozenset[str]) -> DeclaredKind | None:
    """Return the kind that the classes of the body or the outermost article declare; None for a single article."""
    # Themes add classes such as "category" or "author" to single articles too; these marks overrule them.
    if _load_names("single_classes") & body_classes:
        return None
    for kind, marks in _load_marks("classes"):
        for mark in marks:
            if mark <= body_classes:
                return DeclaredKind(kind, f"its body is of the class {' '.join(sorted(mark))!r}")
    if name := min(_load_names("list_elements") & article_classes, default=None):
        kind = next((kind for kind in NAMED_LISTS if name.startswith(kind.partition("-")[0])), Outcome.INDEX_PAGE)
        return DeclaredKind(kind, f"its article is of the class {name!r}")
    return None


def _find_kind_by_type(types: Set[str | None]) -> DeclaredKind | None:
    """Return the kind that schema.org types declare; None if they declare none but articles."""
    for kind, marks in _load_marks("types"):
        for mark in marks:
            if mark <= types:
                return DeclaredKind(kind, f"it calls itself {min(mark)}")
    return None


def _is_static(body_classes: frozenset[str], article_classes: frozenset[str], metadata: Metadata) -> bool:
    """Return whether the page is not a post: about us, contact, a report that stays.

    Some sites write articles as WordPress pages and declare them as articles, so those are not static. Ghost declares
    every page as an article, so that says nothing there.
    """
    if _load_names("static_classes") & body_classes or _load_names("static_elements") & article_classes:
        return True
    # Ghost marks pages with "page-template"; WordPress has that class too, but together with "page".
    is_ghost_page = "page-template" in body_classes and body_classes.isdisjoint(("page-template-default", "page"))
    is_wordpress_page = "page" in body_classes and any(name.startswith("page-id-") for name in body_classes)
    return is_ghost_page or (is_wordpress_page and metadata.page_type not in ARTICLE_TYPES)


def find_kind_by_title(titles: Iterable[str]) -> Outcome | None:
    """Return the kind of list that has such a title; None if no title reads so.

    Headlines may read the same way, so this is only used on pages that are known to be lists.

    >>> find_kind_by_title(["Search results for “roads”"]), find_kind_by_title(["Roads"])
    (<Outcome.SEARCH_PAGE: 'search-page'>, None)
    """
    return next((kind for kind in NAMED_LISTS if any(map(load_title_pattern(kind).search, titles))), None)


def is_titled(name: str, titles: Iterable[str]) -> bool:
    """Return whether a title, or its part beside the site's name, is exactly what pages of a kind are called.

    Args:
        name: a table with ``patterns`` in ``rules/pages.toml``, such as ``login``.
        titles: the titles of the page.

    >>> is_titled("login", ["Sign in - The Sahan Wire"]), is_titled("login", ["How to sign in to the new portal"])
    (True, False)
    """
    parts = (part.strip(" .!…") for title in titles for part in (title, *_TITLE_PARTS.split(title)))
    return any(load_title_pattern(name).fullmatch(part) for part in parts)


def find_linked_headlines(tree: html.HtmlElement) -> list[html.HtmlElement]:
    """Return the headings that are, or contain, or are within links, outside of navigation, asides and footers.

    An article's own headline is rarely a link; a list of articles consists of such headings.
    """
    return [
        heading
        for heading in tree.iter("h1", "h2", "h3")
        if (heading.find(".//a[@href]") is not None or next(heading.iterancestors("a"), None) is not None)
        and next(heading.iterancestors(*_ASIDE_TAGS), None) is None
    ]


def count_title_links(tree: html.HtmlElement, min_words: int) -> int:
    """Count the links that may be titles of articles, outside of navigation, asides and footers.

    Args:
        tree: the page.
        min_words: words that a link must have.

    Returns:
        The number of links, or 0 if any ``h1`` or ``h2`` of the page is not a link: it may be a headline.
    """
    # A heading that is not a link may be the headline of an article.
    if any(heading.find(".//a[@href]") is None for heading in tree.iter("h1", "h2")):
        return 0
    links = (link for link in tree.iter("a") if next(link.iterancestors(*_ASIDE_TAGS), None) is None)
    return sum(count_words("".join(link.itertext())) >= min_words for link in links)


def has_password_field(tree: html.HtmlElement) -> bool:
    """Return whether the page shows a password field.

    Fields in the header, in dialogs and in hidden elements do not count: many sites have a login there on every page.
    """
    return any(
        (field.get("type") or "").casefold() == "password" and not any(map(_is_peripheral, field.iterancestors()))
        for field in tree.iter("input")
    )


def _is_peripheral(element: html.HtmlElement) -> bool:
    """Return whether an element is around the content, hidden, or opens only on a click."""
    if element.tag in ("body", "html"):  # their classes describe the whole page: "has-modal"
        return False
    return (
        element.tag in _PERIPHERAL_TAGS
        or is_hidden(element.attrib)
        or not _POPUP_NAMES.isdisjoint(_split_names(element))
    )


def find_search_query(tree: html.HtmlElement, titles: Sequence[str]) -> str | None:
    """Return the query of a search results page, in lower case: the value of its search field that a title repeats.

    Old themes fill the field with a label such as "Search", which is erased on a click; labels do not count. None if
    there is no such query.
    """
    for field in tree.iter("input"):
        value = (field.get("value") or "").strip().casefold()
        is_query = (field.get("name") or "").casefold() in _QUERY_NAMES
        # A field without a type is a text field.
        if not value or not is_query or (field.get("type") or "").casefold() not in _TEXT_INPUT_TYPES:
            continue
        is_label = value == (field.get("placeholder") or "").strip().casefold() or "onfocus" in field.attrib
        if is_label or load_title_pattern(Outcome.SEARCH_PAGE).search(value):
            continue
        if any(value in title.casefold() for title in titles):
            return value
    return None


def count_gallery_pictures(tree: html.HtmlElement) -> int:
    """Count the pictures in galleries and in figures with captions, outside of header, navigation and asides.

    An element is a gallery if its id or class says so.
    """
    return sum(
        any(map(_is_picture_container, image.iterancestors()))
        and next(image.iterancestors(*_ASIDE_TAGS, "header"), None) is None
        for image in tree.iter("img")
    )


def _is_picture_container(element: html.HtmlElement) -> bool:
    """Return whether an element is a figure with a caption, or is named as a gallery."""
    if element.tag == "figure" and element.find("figcaption") is not None:
        return True
    return element.tag not in ("body", "html") and not _load_names_in("gallery-page", "parts").isdisjoint(
        _split_names(element)
    )


def has_captcha(tree: html.HtmlElement, *, even_forms: bool) -> bool:
    """Return whether the page loads a script, frame or form that checks whether the visitor is human.

    Args:
        tree: the page.
        even_forms: also count the services that protect comment and newsletter forms, which ordinary articles load too.
    """
    gates = _load_names_in("captcha", "gates") | (_load_names_in("captcha", "forms") if even_forms else frozenset())
    urls = (
        (element.get("src") or element.get("action") or "").casefold()
        for element in tree.iter("script", "iframe", "form", "img")
    )
    return any(gate in url for url in urls if url for gate in gates)


@cache
def load_title_pattern(name: str) -> re.Pattern[str]:
    """Return the pattern of titles of a kind of page, compiled once.

    Args:
        name: a table with ``patterns`` in ``rules/pages.toml``: an outcome's name, ``captcha``, ``error`` or ``login``.
    """
    return re.compile("|".join(f"(?:{pattern})" for pattern in load_toml("pages")[name]["patterns"]), re.IGNORECASE)


def is_consent_wall(text: str) -> bool:
    """Return whether a text offers the choice between paying and being tracked, and nobody is reported to say so.

    >>> is_consent_wall("Mit Werbung und Cookies unserer Partner weiterlesen, oder ohne Tracking im Pur-Abo.")
    True
    """
    return not has_reported_speech(text, quote_words=MIN_QUOTE_WORDS) and all(
        pattern.search(text) for pattern in _load_wall_patterns()
    )


@cache
def _load_wall_patterns() -> tuple[re.Pattern[str], ...]:
    """Return a pattern for each thing that a consent wall says."""
    table = load_toml("pages")["consent-wall"]
    return tuple(re.compile("|".join(table[name]), re.IGNORECASE) for name in ("pay", "accept", "partners"))


def _split_names(element: html.HtmlElement) -> frozenset[str]:
    """Split the id and the classes of an element into their words, in lower case."""
    return frozenset(_NAME_PARTS.findall(f"{element.get('id', '')} {element.get('class', '')}"[:300].casefold()))


def _get_classes(element: html.HtmlElement | None) -> frozenset[str]:
    """Return the classes of an element in lower case."""
    return frozenset((element.get("class") or "").casefold().split()) if element is not None else frozenset()


@cache
def _load_marks(table: str) -> tuple[tuple[Outcome, tuple[frozenset[str], ...]], ...]:
    """Return the kinds of a table with their marks, in the order of the file.

    Each mark is a set of names, all of which a page must have.
    """
    return tuple(
        (Outcome(kind), tuple(frozenset(mark.split()) for mark in marks))
        for kind, marks in load_toml("pages")[table].items()
    )


@cache
def _load_names(name: str) -> frozenset[str]:
    """Return a list of ``rules/pages.toml`` as a set."""
    return frozenset(load_toml("pages")[name])


@cache
def _load_names_in(table: str, name: str) -> frozenset[str]:
    """Return a list in a table of ``rules/pages.toml`` as a set."""
    return frozenset(load_toml("pages")[table][name])
