"""What kinds of page there are besides articles: by what a page calls itself, and by what it is made of.

Nothing here refuses a page; :mod:`cleaning.page_types.rejection` weighs what is found.
The knowledge is in ``rules/pages.toml``.
"""

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import cache

from lxml import html

from cleaning.content.boilerplate_elements import is_hidden
from cleaning.lines.prose import count_words
from cleaning.metadata.jsonld import ARTICLE_TYPES
from cleaning.metadata.reader import Metadata
from cleaning.outcomes import Outcome
from cleaning.resources import load_toml

NAMED_LISTS = (Outcome.SEARCH_PAGE, Outcome.AUTHOR_PAGE, Outcome.TAG_PAGE, Outcome.GALLERY_PAGE)
"""The kinds of lists that have names of their own, the one that names a page of several first."""

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
    """A kind of page, and who says so."""

    kind: Outcome
    by: str
    """A sentence."""


@dataclass(frozen=True, slots=True)
class DeclaredType:
    """What a page says that it is."""

    titles: tuple[str, ...] = ()
    """Its headline and what its ``title`` element says."""
    by_class: DeclaredKind | None = None
    """What its system calls it in the classes of its body or its outermost article; ``None`` for a single article."""
    by_type: DeclaredKind | None = None
    """What it calls itself by a schema.org type, in JSON-LD or as microdata of its frame, other than an article."""
    is_static: bool = False
    """Whether its system calls it a page and not a post: about us, how to get here, a report that stays."""

    @property
    def named(self) -> tuple[DeclaredKind, ...]:
        """All claims to be something else than an article."""
        return tuple(filter(None, (self.by_class, self.by_type)))


def read_declared_type(tree: html.HtmlElement, metadata: Metadata, page_title: str | None) -> DeclaredType:
    """What the page says that it is, before anything is chosen from it."""
    frame = [tree, *tree.iter("body", "main", "article")]
    of_body = frozenset().union(*(_get_classes(element) for element in frame if element.tag == "body"))
    of_articles = frozenset().union(*(_get_classes(element) for element in frame if element.tag == "article"))
    types = {
        (element.get("itemtype") or "").rpartition("/")[2]
        for element in frame
        if element.tag != "article" and "itemtype" in element.attrib
    }
    return DeclaredType(
        titles=tuple(filter(None, (metadata.title, page_title))),
        by_class=_find_kind_by_class(of_body, of_articles),
        by_type=_find_kind_by_type(types | {metadata.page_type}),
        is_static=_is_static(of_body, of_articles, metadata),
    )


def _find_kind_by_class(of_body: frozenset[str], of_articles: frozenset[str]) -> DeclaredKind | None:
    if _load_names("single_classes") & of_body:
        return None
    for kind, marks in _load_marks("classes"):
        for mark in marks:
            if mark <= of_body:
                return DeclaredKind(kind, f"its body is of the class {' '.join(sorted(mark))!r}")
    if found := min(_load_names("list_elements") & of_articles, default=None):
        kind = next((kind for kind in NAMED_LISTS if found.startswith(kind.partition("-")[0])), Outcome.INDEX_PAGE)
        return DeclaredKind(kind, f"its article is of the class {found!r}")
    return None


def _find_kind_by_type(types: Set[str | None]) -> DeclaredKind | None:
    for kind, marks in _load_marks("types"):
        for mark in marks:
            if mark <= types:
                return DeclaredKind(kind, f"it calls itself {min(mark)}")
    return None


def _is_static(of_body: frozenset[str], of_articles: frozenset[str], metadata: Metadata) -> bool:
    """Whether a page is no post. Some write articles as pages, and call them articles; Ghost calls every page one."""
    if _load_names("static_classes") & of_body or _load_names("static_elements") & of_articles:
        return True
    is_ghosts = "page-template" in of_body and of_body.isdisjoint(("page-template-default", "page"))
    is_wordpress = "page" in of_body and any(name.startswith("page-id-") for name in of_body)
    return is_ghosts or (is_wordpress and metadata.page_type not in ARTICLE_TYPES)


def find_kind_by_title(titles: Iterable[str]) -> Outcome | None:
    """What kind of list has such a title; of a list alone, since headlines may read so too.

    >>> find_kind_by_title(["Search results for “roads”"]), find_kind_by_title(["Roads"])
    (<Outcome.SEARCH_PAGE: 'search-page'>, None)
    """
    return next((kind for kind in NAMED_LISTS if any(map(load_title_pattern(kind).search, titles))), None)


def is_titled(name: str, titles: Iterable[str]) -> bool:
    """Whether a whole title, or its part before or after the site's name, is what pages of a kind are called.

    >>> is_titled("login", ["Sign in - The Sahan Wire"]), is_titled("login", ["How to sign in to the new portal"])
    (True, False)
    """
    parts = (part.strip(" .!…") for title in titles for part in (title, *_TITLE_PARTS.split(title)))
    return any(load_title_pattern(name).fullmatch(part) for part in parts)


def find_linked_headlines(tree: html.HtmlElement) -> list[html.HtmlElement]:
    """Headings that are links, or within links, outside of navigation, asides and footers."""
    return [
        heading
        for heading in tree.iter("h1", "h2", "h3")
        if (heading.find(".//a[@href]") is not None or next(heading.iterancestors("a"), None) is not None)
        and next(heading.iterancestors(*_ASIDE_TAGS), None) is None
    ]


def count_title_links(tree: html.HtmlElement, words: int) -> int:
    """How many links of so many words the page has outside of menus, if none of its headings is a headline."""
    if any(heading.find(".//a[@href]") is None for heading in tree.iter("h1", "h2")):
        return 0
    links = (link for link in tree.iter("a") if next(link.iterancestors(*_ASIDE_TAGS), None) is None)
    return sum(count_words("".join(link.itertext())) >= words for link in links)


def has_password_field(tree: html.HtmlElement) -> bool:
    """Whether the page has a field for a password, outside of its header and of what opens on a click."""
    return any(
        (field.get("type") or "").casefold() == "password" and not any(map(_is_peripheral, field.iterancestors()))
        for field in tree.iter("input")
    )


def _is_peripheral(element: html.HtmlElement) -> bool:
    if element.tag in ("body", "html"):  # their classes tell of the whole page: "has-modal"
        return False
    return (
        element.tag in _PERIPHERAL_TAGS
        or is_hidden(element.attrib)
        or not _POPUP_NAMES.isdisjoint(_split_names(element))
    )


def find_search_query(tree: html.HtmlElement, titles: Sequence[str]) -> str | None:
    """What the page was searched for: what a search form repeats, and a title too.

    Old themes write "Search" into the field, to be wiped out at a click; that is a label.
    """
    for field in tree.iter("input"):
        value = (field.get("value") or "").strip().casefold()
        is_query = (field.get("name") or "").casefold() in _QUERY_NAMES
        if not value or not is_query or (field.get("type") or "").casefold() not in _TEXT_INPUT_TYPES:
            continue
        is_label = value == (field.get("placeholder") or "").strip().casefold() or "onfocus" in field.attrib
        if is_label or load_title_pattern(Outcome.SEARCH_PAGE).search(value):
            continue
        if any(value in title.casefold() for title in titles):
            return value
    return None


def count_gallery_pictures(tree: html.HtmlElement) -> int:
    """How many pictures the page shows in elements that are named as galleries, or with captions, beside its text."""
    return sum(
        any(map(_is_picture_container, image.iterancestors()))
        and next(image.iterancestors(*_ASIDE_TAGS, "header"), None) is None
        for image in tree.iter("img")
    )


def _is_picture_container(element: html.HtmlElement) -> bool:
    if element.tag == "figure" and element.find("figcaption") is not None:
        return True
    return element.tag not in ("body", "html") and not _load_names_in("gallery-page", "parts").isdisjoint(
        _split_names(element)
    )


def has_captcha(tree: html.HtmlElement, *, even_forms: bool) -> bool:
    """Whether the page loads what asks for proof of being human.

    Args:
        tree: the page.
        even_forms: whether what comments and newsletters are guarded by counts too.
    """
    gates = _load_names_in("captcha", "gates") | (_load_names_in("captcha", "forms") if even_forms else frozenset())
    addresses = (
        (element.get("src") or element.get("action") or "").casefold()
        for element in tree.iter("script", "iframe", "form", "img")
    )
    return any(gate in address for address in addresses if address for gate in gates)


@cache
def load_title_pattern(name: str) -> re.Pattern[str]:
    """How the titles of a kind of page read."""
    return re.compile("|".join(f"(?:{one})" for one in load_toml("pages")[name]["patterns"]), re.IGNORECASE)


def _split_names(element: html.HtmlElement) -> frozenset[str]:
    return frozenset(_NAME_PARTS.findall(f"{element.get('id', '')} {element.get('class', '')}"[:300].casefold()))


def _get_classes(element: html.HtmlElement | None) -> frozenset[str]:
    return frozenset((element.get("class") or "").casefold().split()) if element is not None else frozenset()


@cache
def _load_marks(table: str) -> tuple[tuple[Outcome, tuple[frozenset[str], ...]], ...]:
    """The kinds of a table with what marks them; of several texts in one mark all must be there."""
    return tuple(
        (Outcome(kind), tuple(frozenset(mark.split()) for mark in marks))
        for kind, marks in load_toml("pages")[table].items()
    )


@cache
def _load_names(name: str) -> frozenset[str]:
    return frozenset(load_toml("pages")[name])


@cache
def _load_names_in(table: str, name: str) -> frozenset[str]:
    return frozenset(load_toml("pages")[table][name])
