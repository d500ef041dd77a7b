"""The parts of a page that are never the article, told by the names, roles and styles of their elements."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from lxml import html

from cleaning.html.tree import NO_TEXT, visible_text
from cleaning.lines.consent import consent_features
from cleaning.lines.prose import is_prose
from cleaning.resources import load_toml

GUARD_ELEMENTS = 400
"""Elements: one with a weak name that holds more than this is no banner; it also bounds the work on each."""
GUARD_LENGTH = 1500
"""Characters, likewise."""

SHORTEST_HIDDEN = 3
"""Characters below which a hidden text may be the first letters of a word."""

_KEPT_TAGS = frozenset({"html", "body", "head", "main", "article"})


@dataclass(frozen=True, slots=True)
class Clutter:
    """One kind of clutter: the names of its elements, and what else must hold before an element is deleted."""

    id: str
    guarded: bool
    names: frozenset[str]
    prefixes: tuple[str, ...]
    roles: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    consent: bool = False


def clutter_rule(element: html.HtmlElement, attributes: Mapping[str, str]) -> str | None:
    """The id of the rule that makes an element clutter, if one does."""
    if element.tag in _KEPT_TAGS:
        return None
    for clutter in _kinds_named(attributes):
        if not clutter.guarded or (is_small(element) and _confirmed(element, clutter)):
            return clutter.id
    # A page may hide an answer until it is asked for: what is hidden and reads as prose stays.
    if is_hidden(attributes) and is_small(element):
        text = visible_text(element)
        # A drop cap is hidden from screen readers alone.
        return None if is_prose(text) or len(text) < SHORTEST_HIDDEN else "hidden"
    return None


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Whether an element with these attributes is not shown."""
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    return "style" in attributes and "display:none" in attributes["style"].replace(" ", "").casefold()


def is_small(element: html.HtmlElement) -> bool:
    """Whether an element is short and holds nothing of the article's frame."""
    length = 0
    for count, node in enumerate(element.iter()):
        if count > GUARD_ELEMENTS:
            return False
        if node.tag in ("article", "main", "h1") or node.get("itemprop") in ("articleBody", "headline"):
            return False
        if node.tag not in NO_TEXT:
            length += len(node.text or "")
        length += len(node.tail or "") if node is not element else 0
        if length > GUARD_LENGTH:
            return False
    return True


def _confirmed(element: html.HtmlElement, clutter: Clutter) -> bool:
    return not clutter.consent or bool(consent_features(visible_text(element)))


def _kinds_named(attributes: Mapping[str, str]) -> tuple[Clutter, ...]:
    """The kinds of clutter that an element's id, classes or role name."""
    names = f"{attributes.get('id', '')} {attributes.get('class', '')}"
    kinds = _kinds_of_all(names) if len(names) > 1 else ()
    return kinds + (_kinds_by_role().get(attributes["role"], ()) if "role" in attributes else ())


@lru_cache(maxsize=20_000)
def _kinds_of_all(names: str) -> tuple[Clutter, ...]:
    return tuple(kind for name in names.split() for kind in _kinds_of(name))


@lru_cache(maxsize=20_000)
def _kinds_of(name: str) -> tuple[Clutter, ...]:
    """The kinds of clutter that a name stands for: as a whole, by how it begins, or by one of its parts."""
    parts = frozenset(name.casefold().replace("-", " ").replace("_", " ").split())
    return tuple(
        kind
        for kind in clutter_kinds()
        if name in kind.names or name.startswith(kind.prefixes) or not parts.isdisjoint(kind.parts)
    )


@cache
def _kinds_by_role() -> dict[str, tuple[Clutter, ...]]:
    roles = {role for kind in clutter_kinds() for role in kind.roles}
    return {role: tuple(kind for kind in clutter_kinds() if role in kind.roles) for role in roles}


@cache
def clutter_kinds() -> tuple[Clutter, ...]:
    """The kinds of clutter of ``rules/clutter.toml``."""
    return tuple(
        Clutter(
            id=entry["id"],
            guarded=entry["guarded"],
            names=frozenset(n for n in (*entry["ids"], *entry["classes"]) if not n.endswith("*")),
            prefixes=tuple(n[:-1] for n in (*entry["ids"], *entry["classes"]) if n.endswith("*")),
            roles=frozenset(entry.get("roles", ())),
            parts=frozenset(entry.get("parts", ())),
            consent=entry.get("consent", False),
        )
        for entry in load_toml("clutter")["clutter"]
    )
