"""What one walk over a page finds of its statements about itself, before any of it is judged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import html

from .data import load_toml

ELEMENTS_BELOW = 60
"""Elements after the headline in which a byline and a date are looked for."""
SHORT = 100
"""Characters that such a line has at most."""

_STATING = [
    "meta",
    "link",
    "script",
    "title",
    "h1",
    "time",
    "a",
    "span",
    "div",
    "p",
    "abbr",
    "address",
    "li",
    "ul",
    "cite",
]
_BYLINE_CLASSES = frozenset(load_toml("metadata")["byline_classes"])
_DATE_CLASSES = frozenset(load_toml("metadata")["date_classes"])


@dataclass(slots=True)
class Statements:
    """What one walk over the page finds, before any of it is judged."""

    metas: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    title: str = ""
    times: list[html.HtmlElement] = field(default_factory=list)
    dates: list[html.HtmlElement] = field(default_factory=list)
    bylines: list[html.HtmlElement] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    properties: dict[str, list[html.HtmlElement]] = field(default_factory=dict)
    below_heading: list[str] = field(default_factory=list)
    """Short texts between the headline and the first paragraph."""

    def meta(self, *names: str) -> str | None:
        return next((value for name in names for value in self.metas.get(name, ()) if value), None)

    def metas_of(self, *names: str) -> list[str]:
        return [value for name in names for value in self.metas.get(name, ()) if value]


def read_statements(tree: html.HtmlElement) -> Statements:
    """One pass over the page, keeping what any field may need."""
    seen = Statements()
    for element in tree.iter(*_STATING):
        tag, attributes = element.tag, element.attrib
        if tag == "meta":
            name = (
                attributes.get("property")
                or attributes.get("name")
                or attributes.get("itemprop")
                or attributes.get("http-equiv")
            )
            if name and attributes.get("content"):
                seen.metas.setdefault(name.strip().casefold(), []).append(attributes["content"].strip())
        elif tag == "link":
            for relation in attributes.get("rel", "").casefold().split():
                seen.links.setdefault(relation, []).append(attributes.get("href", "").strip())
        elif tag == "script":
            if "ld+json" in attributes.get("type", "").casefold():
                seen.scripts.append(element.text or "")
        elif tag == "title":
            seen.title = seen.title or text_of(element)
        elif tag == "h1":
            if not seen.headings:
                seen.below_heading = list(_texts_below(element))
            seen.headings.append(text_of(element))
        elif attributes:
            _note_visible(seen, element, attributes)
    return seen


def _texts_below(heading: html.HtmlElement) -> Iterator[str]:
    """Short texts that follow a heading, up to the first that is long."""
    node: html.HtmlElement | None = heading
    left = ELEMENTS_BELOW
    while node is not None and left:
        sibling = node.getnext()
        if sibling is None:
            node = node.getparent()
            continue
        node = sibling
        for element in sibling.iter(
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
            "dd",
        ):
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


def _note_visible(seen: Statements, element: html.HtmlElement, attributes: Mapping[str, str]) -> None:
    relations = attributes.get("rel", "").casefold().split()
    if element.tag == "time" and not _is_elsewhere(element):
        seen.times.append(element)
    if "category" in relations:
        seen.categories.append(text_of(element))
    elif "tag" in relations:
        seen.tags.append(text_of(element))
    if "author" in relations:
        seen.bylines.append(element)
    if "itemprop" in attributes:
        seen.properties.setdefault(attributes["itemprop"].casefold(), []).append(element)
    if "class" in attributes:
        tokens = attributes["class"].casefold().split()
        if not _BYLINE_CLASSES.isdisjoint(tokens):
            seen.bylines.append(element)
        if not _DATE_CLASSES.isdisjoint(tokens) and seen.headings and not _is_elsewhere(element):
            seen.dates.append(element)


def _is_elsewhere(element: html.HtmlElement) -> bool:
    """Whether an element stands in a part of the page that is not about the article: a date there is not its date."""
    return any(
        ancestor.tag != "header" or next(ancestor.iterancestors("article", "main"), None) is None
        for ancestor in element.iterancestors("nav", "aside", "footer", "header")
        if ancestor.tag != "footer" or next(ancestor.iterancestors("article"), None) is None
    )


def text_of(element: html.HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())[:500]
