"""The page as a tree: parsing it, and deleting the parts that are never the article."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from lxml import etree, html

from .article import Removal
from .consent import consent_features
from .data import load_toml
from .outcomes import NotAnArticleError, Outcome
from .prose import is_prose

GUARD_ELEMENTS = 400
"""Elements, likewise; it also bounds the work on clutter within clutter."""
GUARD_LENGTH = 1500
"""Characters: an element with a weak name that holds more text than this is no banner and no box."""

_HEAD_TAGS = frozenset({"title", "meta", "link", "script", "style", "base", "noscript", "template"})
_KEPT_TAGS = frozenset({"html", "body", "head", "main", "article"})
_UNSEEN_TAGS = ("script", "style", "noscript", "template", "svg", "iframe", "form", "button", "select", "nav")
_NO_TEXT = frozenset({"script", "style", "noscript", "template", "svg"})


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


def parse(text: str) -> html.HtmlElement:
    """Parse a page.

    Raises:
        NotAnArticleError: ``empty`` where nothing comes of it.
    """
    # huge_tree: libxml2 otherwise drops what is nested deeper than 256 elements, and text nodes over 10 MB.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False)
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise NotAnArticleError(Outcome.EMPTY, "the page has no elements") from error
    if tree.find("body") is None:
        _wrap_in_body(tree)
    return tree


def _wrap_in_body(tree: html.HtmlElement) -> None:
    """Give a page that leaves ``body`` out, as HTML allows, the one it means: libxml2 fills ``head`` instead."""
    head = tree.find("head")
    inside = [child for child in head if child.tag not in _HEAD_TAGS] if head is not None else []
    content = [*inside, *(child for child in tree if child.tag != "head")]
    if not content:
        raise NotAnArticleError(Outcome.EMPTY, "the page has no body")
    body = etree.SubElement(tree, "body")
    body.extend(content)


def drop_clutter(tree: html.HtmlElement) -> tuple[Removal, ...]:
    """Delete consent managers, share bars, newsletter boxes and the like, in one walk; say what went.

    The tree is changed in place: copying it costs more than the walk.
    """
    removals = []
    doomed = list(_clutter_elements(tree))
    for element, rule in doomed:
        text = visible_text(element)
        element.drop_tree()
        if text:
            removals.append(Removal("drop_clutter", rule, text))
    return tuple(removals)


def _clutter_elements(tree: html.HtmlElement) -> Iterator[tuple[html.HtmlElement, str]]:
    """The outermost elements that are clutter, with the rule that says so."""
    body = tree.find("body")
    stack = list(reversed(body)) if body is not None else []
    while stack:
        element = stack.pop()
        if not isinstance(element.tag, str):
            continue
        rule = clutter_rule(element)
        if rule:
            yield element, rule
        else:
            stack.extend(reversed(element))


def clutter_rule(element: html.HtmlElement) -> str | None:
    """The id of the rule that makes an element clutter, if one does."""
    if element.tag in _KEPT_TAGS or element.tag in _NO_TEXT:
        return None
    attributes = element.attrib
    if not attributes:
        return None
    for clutter in _named(attributes.get("id", ""), attributes.get("class", ""), attributes.get("role", "")):
        if not clutter.guarded or (_is_small(element) and _confirmed(element, clutter)):
            return clutter.id
    # A page may hide an answer until it is asked for: what is hidden and reads as prose stays.
    if _is_hidden(attributes) and _is_small(element) and not is_prose(visible_text(element)):
        return "hidden"
    return None


def _named(element_id: str, classes: str, role: str) -> tuple[Clutter, ...]:
    if not (element_id or classes or role):
        return ()
    return _kinds_named(element_id[:200], classes[:500], role[:40])


@cache
def _kinds_by_name() -> tuple[dict[str, tuple[Clutter, ...]], tuple[tuple[str, Clutter], ...]]:
    by_name: dict[str, tuple[Clutter, ...]] = {}
    by_prefix: list[tuple[str, Clutter]] = []
    for kind in clutter_kinds():
        for name in kind.names:
            by_name[name] = (*by_name.get(name, ()), kind)
        by_prefix.extend((prefix, kind) for prefix in kind.prefixes)
    return by_name, tuple(by_prefix)


@lru_cache(maxsize=20_000)
def _kinds_named(element_id: str, classes: str, role: str) -> tuple[Clutter, ...]:
    by_name, by_prefix = _kinds_by_name()
    found: list[Clutter] = []
    for token in (element_id, *classes.split()):
        if not token:
            continue
        found.extend(by_name.get(token, ()))
        found.extend(kind for prefix, kind in by_prefix if token.startswith(prefix))
    found.extend(_kinds_by_part(element_id, classes, role))
    return tuple(found)


def _kinds_by_part(element_id: str, classes: str, role: str) -> list[Clutter]:
    lowered = f"{element_id} {classes}".casefold()
    found = []
    for kind in clutter_kinds():
        if role in kind.roles or (kind.parts and any(part in lowered for part in kind.parts)):
            parts = set(lowered.replace("-", " ").replace("_", " ").split())
            if role in kind.roles or parts & kind.parts:
                found.append(kind)
    return found


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


def _is_small(element: html.HtmlElement) -> bool:
    """Whether an element is short and holds nothing of the article's frame."""
    length = 0
    for count, node in enumerate(element.iter()):
        if count > GUARD_ELEMENTS:
            return False
        if node.tag in ("article", "main", "h1") or node.get("itemprop") in ("articleBody", "headline"):
            return False
        if node.tag not in _NO_TEXT:
            length += len(node.text or "")
        length += len(node.tail or "") if node is not element else 0
        if length > GUARD_LENGTH:
            return False
    return True


def _confirmed(element: html.HtmlElement, clutter: Clutter) -> bool:
    return not clutter.consent or bool(consent_features(visible_text(element)))


def _is_hidden(attributes: etree._Attrib) -> bool:
    style = attributes.get("style", "").replace(" ", "").casefold()
    return "hidden" in attributes or "display:none" in style or attributes.get("aria-hidden") == "true"


def visible_text(element: html.HtmlElement) -> str:
    """Text of an element with single spaces, without scripts and styles."""
    pieces = []
    for node in element.iter():
        if node.tag not in _NO_TEXT and isinstance(node.tag, str):
            pieces.append(node.text or "")
        if node is not element:
            pieces.append(node.tail or "")
    return " ".join(" ".join(pieces).split())
