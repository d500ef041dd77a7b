"""The parts of a page that are never the article, told by the names, roles and styles of their elements."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from lxml import html

from cleaning.html.tree import NO_TEXT_TAGS, extract_visible_text
from cleaning.lines.consent import find_consent_features
from cleaning.lines.prose import is_prose
from cleaning.resources import load_toml

MAX_GUARDED_ELEMENTS = 400
"""Elements: one with a weak name that holds more than this is no banner; it also bounds the work on each."""
MAX_GUARDED_CHARACTERS = 1500
"""Characters, likewise."""

MIN_HIDDEN_CHARACTERS = 3
"""Characters below which a hidden text may be the first letters of a word."""

_KEPT_TAGS = frozenset({"html", "body", "head", "main", "article"})


@dataclass(frozen=True, slots=True)
class ClutterRule:
    """One kind of clutter: the names of its elements, and what else must hold before an element is deleted."""

    id: str
    guarded: bool
    names: frozenset[str]
    prefixes: tuple[str, ...]
    roles: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    consent: bool = False


def match_clutter(element: html.HtmlElement, attributes: Mapping[str, str]) -> str | None:
    """The id of the rule that makes an element clutter, if one does."""
    if element.tag in _KEPT_TAGS:
        return None
    for clutter in _match_attributes(attributes):
        if not clutter.guarded or (is_small(element) and _is_confirmed(element, clutter)):
            return clutter.id
    # A page may hide an answer until it is asked for: what is hidden and reads as prose stays.
    if is_hidden(attributes) and is_small(element):
        text = extract_visible_text(element)
        # A drop cap is hidden from screen readers alone.
        return None if is_prose(text) or len(text) < MIN_HIDDEN_CHARACTERS else "hidden"
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
        if count > MAX_GUARDED_ELEMENTS:
            return False
        if node.tag in ("article", "main", "h1") or node.get("itemprop") in ("articleBody", "headline"):
            return False
        if node.tag not in NO_TEXT_TAGS:
            length += len(node.text or "")
        length += len(node.tail or "") if node is not element else 0
        if length > MAX_GUARDED_CHARACTERS:
            return False
    return True


def _is_confirmed(element: html.HtmlElement, clutter: ClutterRule) -> bool:
    return not clutter.consent or bool(find_consent_features(extract_visible_text(element)))


def _match_attributes(attributes: Mapping[str, str]) -> tuple[ClutterRule, ...]:
    """The kinds of clutter that an element's id, classes or role name."""
    names = f"{attributes.get('id', '')} {attributes.get('class', '')}"
    kinds = _match_names(names) if len(names) > 1 else ()
    return kinds + (_index_rules_by_role().get(attributes["role"], ()) if "role" in attributes else ())


@lru_cache(maxsize=20_000)
def _match_names(names: str) -> tuple[ClutterRule, ...]:
    return tuple(kind for name in names.split() for kind in _match_name(name))


@lru_cache(maxsize=20_000)
def _match_name(name: str) -> tuple[ClutterRule, ...]:
    """The kinds of clutter that a name stands for: as a whole, by how it begins, or by one of its parts."""
    parts = frozenset(name.casefold().replace("-", " ").replace("_", " ").split())
    return tuple(
        kind
        for kind in load_clutter_rules()
        if name in kind.names or name.startswith(kind.prefixes) or not parts.isdisjoint(kind.parts)
    )


@cache
def _index_rules_by_role() -> dict[str, tuple[ClutterRule, ...]]:
    roles = {role for kind in load_clutter_rules() for role in kind.roles}
    return {role: tuple(kind for kind in load_clutter_rules() if role in kind.roles) for role in roles}


@cache
def load_clutter_rules() -> tuple[ClutterRule, ...]:
    """The kinds of clutter of ``rules/clutter.toml``."""
    return tuple(
        ClutterRule(
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
