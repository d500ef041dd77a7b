"""Find the elements of a page that are never the article, by their ids, classes, roles and styles.

The rules are data (``rules/clutter.toml``). A *guarded* rule has names that are weak evidence, such as ``popup``: its
elements are removed only if they are small, and some of them only if their text reads like a consent notice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from lxml import html

from cleaning.html.tree import NO_TEXT_TAGS, extract_visible_text
from cleaning.lines.consent import find_consent_features
from cleaning.lines.prose import is_prose
from cleaning.resources import load_toml

MAX_GUARDED_ELEMENTS = 400
"""Elements in the largest element that a guarded rule removes. The limit also bounds the work on each element."""
MAX_GUARDED_CHARACTERS = 1500
"""Characters of text in the largest element that a guarded rule removes."""

MIN_HIDDEN_CHARACTERS = 3
"""Characters in the shortest hidden text that is removed: a shorter one may be the first letters of a word."""

_KEPT_TAGS = frozenset({"html", "body", "head", "main", "article"})


@dataclass(frozen=True, slots=True)
class ClutterRule:
    """One kind of clutter: the names of its elements, and the conditions for removing an element with such a name.

    The fields are those of a ``[[clutter]]`` table in ``rules/clutter.toml``.
    """

    id: str
    """The name of the rule in removals."""
    guarded: bool
    """Whether an element must also be small (see :func:`is_small`) to be removed."""
    names: frozenset[str]
    """Ids and classes that match as a whole, case-sensitively."""
    prefixes: tuple[str, ...]
    """Beginnings of ids and classes; written as ``name*`` in the file."""
    roles: frozenset[str] = frozenset()
    """Values of the ``role`` attribute."""
    parts: frozenset[str] = frozenset()
    """Words of an id or class, between hyphens and underscores, ignoring case."""
    consent: bool = False
    """Whether the element's text must also have a feature of a consent notice."""


def match_clutter(element: html.HtmlElement, attributes: Mapping[str, str]) -> str | None:
    """Return the id of the rule by which an element is clutter, or ``None`` if it is not clutter.

    Args:
        element: any element of the page; ``body``, ``main`` and ``article`` are never clutter.
        attributes: the attributes of the element, which the caller has copied already.

    Elements that the page hides are clutter as well (rule ``hidden``), unless they are large or read as prose.
    """
    if element.tag in _KEPT_TAGS:
        return None
    for clutter in _match_attributes(attributes):
        # Weak names need a second proof: trafilatura once lost 97 % of a page to a bare class match on "cookie".
        if not clutter.guarded or (is_small(element) and _is_confirmed(element, clutter)):
            return clutter.id
    # Pages hide the answers of an FAQ or the rest of a story until the reader clicks: hidden prose stays.
    if is_hidden(attributes) and is_small(element):
        text = extract_visible_text(element)
        # A drop cap is often aria-hidden, because a screen reader would read the letter as a word of its own.
        return None if is_prose(text) or len(text) < MIN_HIDDEN_CHARACTERS else "hidden"
    return None


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Return whether an element with these attributes is not shown.

    Only the attributes ``hidden``, ``aria-hidden`` and an inline ``display: none`` are read, no style sheets.

    >>> is_hidden({"style": "Display: none"}), is_hidden({"class": "hidden"})
    (True, False)
    """
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    return "style" in attributes and "display:none" in attributes["style"].replace(" ", "").casefold()


def is_small(element: html.HtmlElement) -> bool:
    """Return whether an element is small enough to be removed on weak evidence.

    It must have no more than ``MAX_GUARDED_ELEMENTS`` elements and ``MAX_GUARDED_CHARACTERS`` characters, and nothing
    of the article's frame in it: no ``article``, ``main`` or ``h1``, and no ``articleBody`` or ``headline`` property.
    """
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
    """Return whether the text of an element confirms a rule that requires a feature of a consent notice."""
    return not clutter.consent or bool(find_consent_features(extract_visible_text(element)))


def _match_attributes(attributes: Mapping[str, str]) -> tuple[ClutterRule, ...]:
    """Return the rules that match an element's id, classes or role."""
    names = f"{attributes.get('id', '')} {attributes.get('class', '')}"
    kinds = _match_names(names) if len(names) > 1 else ()
    return kinds + (_index_rules_by_role().get(attributes["role"], ()) if "role" in attributes else ())


# Pages of a site repeat the same few hundred names, so both levels are cached: the whole attribute, and each name.
@lru_cache(maxsize=20_000)
def _match_names(names: str) -> tuple[ClutterRule, ...]:
    return tuple(kind for name in names.split() for kind in _match_name(name))


@lru_cache(maxsize=20_000)
def _match_name(name: str) -> tuple[ClutterRule, ...]:
    """Return the rules that match one id or class as a whole, by its beginning, or by one of its words."""
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
    """Return the clutter rules of ``rules/clutter.toml``, in the order of the file.

    The file is read once per process.
    """
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
