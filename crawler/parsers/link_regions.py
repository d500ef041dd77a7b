"""Find the region of a page that a link is in, such as a menu or a teaser, and recognise texts such as "read more".

The class names and link texts are in ``link_regions.toml``.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal


@cache
def _load_tables() -> dict[str, Any]:
    return tomllib.loads((files("crawler.parsers") / "link_regions.toml").read_text("utf-8"))


@cache
def _load_region_names() -> dict[str, str]:
    # Reversed, so that a name that is listed in two regions belongs to the first.
    regions: dict[str, list[str]] = _load_tables()["places"]
    return {name: region for region, names in reversed(regions.items()) for name in names}


@cache
def _load_texts(name: str) -> frozenset[str]:
    return frozenset(_load_tables()["texts"][name])


_REGION_BY_TAG = {
    "nav": "navigation",
    "footer": "footer",
    "aside": "aside",
    "article": "teaser",
    "h1": "heading",
    "h2": "heading",
    "h3": "heading",
    "h4": "heading",
}
_NAMES = re.compile(r"[a-z0-9]+(?:[-_]+[a-z0-9]+)*")
# An element may have names of several regions ("post-tags widget"): the first of these counts.
_REGION_ORDER = ("pager", "terms", "comments", "share", "navigation", "footer", "aside", "teaser")
# Items of a menu often have names such as "post" and "entry": nothing within these regions becomes a teaser.
_STRONG_REGIONS = ("pager", "terms", "comments", "share", "navigation")


@dataclass(frozen=True, slots=True)
class LinkRegion:
    """The part of a page that an element is in."""

    name: str = ""
    """The innermost region, e.g. ``"navigation"``; empty for the body of the page."""
    in_heading: bool = False
    """Whether it is in an ``h1`` to ``h4`` element."""
    in_teaser: bool = False
    """Whether it is anywhere in a teaser. The footer of a teaser is not the footer of the site."""

    def find_child_region(self, element: Any) -> "LinkRegion":
        """Return the region of ``element``, whose parent is in this region.

        The tag decides before class, id and role; an element without either inherits the region of its parent.
        """
        tag = element.tag
        own = _REGION_BY_TAG.get(tag, "") if isinstance(tag, str) else ""
        if own == "heading":
            return LinkRegion(self.name, True, self.in_teaser)
        named = own or _find_named_region(element)
        if not named or (named == "footer" and self.in_teaser) or (named == "teaser" and self.name in _STRONG_REGIONS):
            return self
        return LinkRegion(named, self.in_heading, self.in_teaser or named == "teaser")


def _find_named_region(element: Any) -> str:
    names = f"{element.get('class', '')} {element.get('id', '')} {element.get('role', '')}"[:500].lower()
    if names.isspace() or element.tag in ("body", "html", "main"):
        return ""
    regions = _load_region_names()
    found = {regions[part] for part in split_names(names) if part in regions}
    return next((region for region in _REGION_ORDER if region in found), "")


class RegionFinder:
    """Finds the region of any element of one page. It remembers all ancestors, so a page takes linear time."""

    def __init__(self) -> None:
        self._regions: dict[Any, LinkRegion] = {}

    def find(self, element: Any) -> LinkRegion:
        """Return the region of an element.

        It walks up to the nearest ancestor that is known, and down again from there.
        """
        unknown = []
        while element is not None and element not in self._regions:
            unknown.append(element)
            element = element.getparent()
        region = self._regions[element] if element is not None else LinkRegion()
        for element in reversed(unknown):
            region = self._regions[element] = region.find_child_region(element)
        return region


def split_names(names: str) -> Iterator[str]:
    """Yield each class, id or role in ``names``, its last word, and its last two words.

    The end of a name says what an element is: "main-nav" is a nav, but "nav-open" is a page whose nav is open.

    >>> list(split_names("main-nav nav-open"))
    ['main-nav', 'nav', 'main-nav', 'nav-open', 'open', 'nav-open']
    """
    for name in _NAMES.findall(names):
        words = name.replace("_", "-").split("-")
        yield from (name, words[-1], "-".join(words[-2:]))


def is_link_text(text: str, name: Literal["next_page", "read_more", "feed"]) -> bool:
    """Return whether the whole text of a link is in the list ``name`` of ``link_regions.toml``.

    Case, arrows and punctuation around the text are ignored. A headline that merely contains "more" is no such text.

    >>> is_link_text("Read more »", "read_more"), is_link_text("Rains return", "read_more")
    (True, False)
    """
    return _strip_decoration(text) in _load_texts(name)


def _strip_decoration(text: str) -> str:
    """Return the text in lower case, without the arrows, dots, brackets and direction marks that decorate links."""
    return text.lower().strip(" \t\n.…:>‹›«»→←➔➜⟶▶►|()[]-–—\u200e\u200f")
