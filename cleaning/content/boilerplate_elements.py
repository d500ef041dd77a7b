"""Find the elements of a page that are never the article, by their ids, classes, roles and styles.

The rules are data (``rules/clutter.toml``). A *guarded* rule has names that are weak evidence, such as ``popup``: its
elements are removed only if they are small, and some of them only if their text reads like a consent notice.
"""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

from lxml import html

from cleaning.html.tree import NO_TEXT_TAGS, extract_visible_text
from cleaning.lines.boilerplate import match_boilerplate
from cleaning.lines.consent import find_consent_features
from cleaning.lines.line import KnownMetadata, Line
from cleaning.lines.patterns import has_request
from cleaning.lines.prose import has_reported_speech, is_prose
from cleaning.resources import load_toml

MAX_GUARDED_ELEMENTS = 400
"""Elements in the largest element that a guarded rule removes. The limit also bounds the work on each element."""
MAX_GUARDED_CHARACTERS = 1500
"""Characters of text in the largest element that a guarded rule removes."""

MIN_HIDDEN_CHARACTERS = 3
"""Characters in the shortest hidden text that is removed: a shorter one may be the first letters of a word."""

MAX_REQUEST_CHARACTERS = 100
"""Characters of the longest line that is searched for a request."""
MIN_LINKS_CHARACTERS, MAX_LINKS_CHARACTERS, MIN_LINKS_SHARE = 30, 500, 0.6
"""Characters of the smallest and the largest box of links to other stories, and the share of them that is in links: a
label may be beside them, and a shorter link may be a name."""
MAX_VARIANTS = 10
"""Elements before a copy for another width of the screen among which the first copy is searched."""
MAX_LABEL_CHARACTERS = 60
"""Characters of the longest text that counts as a label."""

# An element within a sentence is a part of it, whatever its name says.
_INLINE_TAGS = frozenset({"a", "abbr", "b", "cite", "em", "i", "mark", "span", "strong", "sub", "sup", "time", "u"})
_CONTROL_TAGS = ("button", "input", "select", "textarea", "iframe")
_MEDIA_TAGS = ("video", "audio", "amp-video", "object")
_NAME_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SCREEN_READER_CLASS = re.compile(
    r"(?:(?!not-)\w+-)?(?:sr-?only|visually-?hidden|screen-?reader(?:-?(?:text|only|response))?|off-?screen|assistive-text"
    r"|vh|a11y-(?:hidden|only|text)|hidden-?visually|visuallyhidden|element-invisible|accessibly-hidden)",
    re.IGNORECASE,
)
# Styles that leave an element to screen readers. Names with "not-" or a prefix for a width or state do not match above.
_CLIPPED = re.compile(
    r"clip:\s*rect\(\s*(?:0|1px)|clip-path:\s*inset\((?:50|100)%|(?:left|text-indent):\s*-\d{4,}", re.IGNORECASE
)
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
    """Words of an id or class, between hyphens, underscores and capitals, ignoring case."""
    tags: frozenset[str] = frozenset()
    """Names of elements."""
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Attributes, each with the beginnings that its value can have."""
    needs: str = ""
    """What the element must show besides: ``consent``, ``controls``, ``player``, ``offer``, ``links`` or ``label``."""


def match_clutter(
    element: html.HtmlElement, attributes: Mapping[str, str], excessive_rules: Set[str] = frozenset()
) -> str | None:
    """Return the id of the rule by which an element is clutter, or ``None`` if it is not clutter.

    Args:
        element: any element of the page; ``body``, ``main`` and ``article`` are never clutter.
        attributes: the attributes of the element, which the caller has copied already.
        excessive_rules: ids of the rules that are not applied to this page.

    Elements that the page hides are clutter as well (rule ``hidden``), unless they are large or read as prose.
    """
    for clutter in _match_attributes(element.tag, attributes):
        # A reader's comment is often an `article` of its own.
        if element.tag in _KEPT_TAGS and not (element.tag == "article" and clutter.id == "comments"):
            continue
        if clutter.id in excessive_rules:
            continue
        # Weak names need a second proof: trafilatura once lost 97 % of a page to a bare class match on "cookie".
        if not clutter.guarded or (is_small(element) and _is_confirmed(element, clutter)):
            return "paywall" if clutter.needs == "offer" and _is_paywall(element) else clutter.id
    # Pages hide the answers of an FAQ or the rest of a story until the reader clicks: hidden prose stays.
    if element.tag not in _KEPT_TAGS and (is_hidden(attributes) or is_for_screen_readers(attributes)):
        return "hidden" if is_small(element) and _is_hidden_label(element, attributes) else None
    if element.tag == "span" and _repeats_link_title(element):
        return "hidden"
    return "variant" if "class" in attributes and _is_width_variant(element, attributes["class"]) else None


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Return whether an element with these attributes is not shown.

    Only the attributes ``hidden``, ``aria-hidden`` and an inline ``display: none`` are read, no style sheets.

    >>> is_hidden({"style": "Display: none"}), is_hidden({"class": "hidden"})
    (True, False)
    """
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    return "style" in attributes and "display:none" in attributes["style"].replace(" ", "").casefold()


def is_for_screen_readers(attributes: Mapping[str, str]) -> bool:
    """Return whether an element with these attributes is only read aloud: its class or an inline style hides it.

    >>> is_for_screen_readers({"class": "sr-only"}), is_for_screen_readers({"class": "not-sr-only"})
    (True, False)
    """
    if "class" in attributes and _has_screen_reader_class(attributes["class"]):
        return True
    return "style" in attributes and bool(_CLIPPED.search(attributes["style"]))


@lru_cache(maxsize=20_000)
def _has_screen_reader_class(names: str) -> bool:
    return any(_SCREEN_READER_CLASS.fullmatch(name) for name in names.split())


def _is_hidden_label(element: html.HtmlElement, attributes: Mapping[str, str]) -> bool:
    """Return whether a hidden element is a label or a copy of visible text, and not hidden prose or a drop cap.

    A screen reader would read a drop cap as a word of its own. So it is hidden from it, and the whole word is there for
    screen readers alone: then the hidden copy goes, and the letter that readers see stays.
    """
    text = extract_visible_text(element)
    siblings = [sibling for sibling in (element.getprevious(), element.getnext()) if sibling is not None]
    letters = text.replace(" ", "")
    copies = [each for each in siblings if is_small(each) and extract_visible_text(each).replace(" ", "") == letters]
    if attributes.get("aria-hidden") == "true":
        if any(is_for_screen_readers(sibling.attrib) for sibling in copies):
            return False
    elif any(sibling.get("aria-hidden") == "true" for sibling in copies):
        return True
    return not is_prose(text) and len(text) >= MIN_HIDDEN_CHARACTERS


def _repeats_link_title(element: html.HtmlElement) -> bool:
    """Return whether an element in a link only says what the link's title says, such as "(opens in a new window)"."""
    link = element.getparent()
    title = link.get("title", "").strip() if link is not None and link.tag == "a" else ""
    return bool(title) and extract_visible_text(element) == title and extract_visible_text(link) != title


def _is_width_variant(element: html.HtmlElement, names: str) -> bool:
    """Return whether an element is a copy of the one before it for another width of the screen, as in Framer."""
    if "ssr-variant" not in names.split():
        return False
    before = islice(element.itersiblings(preceding=True), MAX_VARIANTS)
    return any("ssr-variant" in sibling.get("class", "") and extract_visible_text(sibling) for sibling in before)


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
    """Return whether an element shows what a rule needs besides the name."""
    match clutter.needs:
        case "consent":
            return bool(find_consent_features(extract_visible_text(element)))
        case "controls":
            return next(element.iter(*_CONTROL_TAGS), None) is not None
        case "player":
            text = extract_visible_text(element)
            return not is_prose(text) and next(element.iter(*_CONTROL_TAGS, *_MEDIA_TAGS), None) is not None
        case "offer":
            return _is_offer(element)
        case "links":
            return element.tag not in _INLINE_TAGS and _is_of_links(element)
        case "label":
            text = extract_visible_text(element)
            return element.tag not in _INLINE_TAGS and len(text) <= MAX_LABEL_CHARACTERS and not is_prose(text)
        case _:
            return True


def _is_of_links(element: html.HtmlElement) -> bool:
    """Return whether an element has little text, and little of it is outside of links."""
    text = extract_visible_text(element)
    if not MIN_LINKS_CHARACTERS <= len(text) <= MAX_LINKS_CHARACTERS or is_prose(text):
        return False
    return sum(len(extract_visible_text(link)) for link in element.iter("a")) >= MIN_LINKS_SHARE * len(text)


def _is_offer(element: html.HtmlElement) -> bool:
    """Return whether an element has a short line that asks to subscribe or the like, and reports no speech."""
    has_short_request = any(len(line) <= MAX_REQUEST_CHARACTERS and has_request(line) for line in _iter_lines(element))
    return has_short_request and not has_reported_speech(extract_visible_text(element))


def _is_paywall(element: html.HtmlElement) -> bool:
    """Return whether a line of an offer says that reading takes a subscription."""
    readings = (match_boilerplate(Line(line), KnownMetadata(), ("anywhere",)) for line in _iter_lines(element))
    return any(match.rule.id == "paywall" for matches in readings for match in matches)


def _iter_lines(element: html.HtmlElement) -> Iterator[str]:
    """Yield the text at the beginning of each element in an element, which is about that of its lines."""
    texts = (node.text for node in element.iterdescendants() if isinstance(node.tag, str) and node.text)
    return (" ".join(text.split()) for text in texts)


def _match_attributes(tag: str, attributes: Mapping[str, str]) -> tuple[ClutterRule, ...]:
    """Return the rules that match an element's id, classes, role, tag or other attributes."""
    names = f"{attributes.get('id', '')} {attributes.get('class', '')}"
    kinds = _match_names(names) if len(names) > 1 else ()
    if "role" in attributes:
        kinds += _index_rules_by_role().get(attributes["role"], ())
    for name, rules in _index_rules_by_attribute().items():
        if name in attributes:
            kinds += tuple(rule for rule, values in rules if attributes[name].startswith(values))
    return kinds + _index_rules_by_tag().get(tag, ()) if "-" in tag else kinds


# Pages of a site repeat the same few hundred names, so both levels are cached: the whole attribute, and each name.
@lru_cache(maxsize=20_000)
def _match_names(names: str) -> tuple[ClutterRule, ...]:
    return tuple(kind for name in names.split() for kind in _match_name(name))


@lru_cache(maxsize=20_000)
def _match_name(name: str) -> tuple[ClutterRule, ...]:
    """Return the rules that match one id or class as a whole, by its beginning, or by one of its words."""
    by_name, by_part, prefixed = _index_rules_by_name()
    parts = {*name.casefold().replace("-", " ").replace("_", " ").split(), *map(str.casefold, _NAME_PART.findall(name))}
    found = {*by_name.get(name, ()), *(number for part in parts for number in by_part.get(part, ()))}
    found.update(number for number, prefixes in prefixed if name.startswith(prefixes))
    return tuple(load_clutter_rules()[number] for number in sorted(found)) if found else ()


@cache
def _index_rules_by_name() -> tuple[dict[str, list[int]], dict[str, list[int]], list[tuple[int, tuple[str, ...]]]]:
    """Return the numbers of the rules by whole names and by words, and those of the rules with beginnings of names."""
    by_name: dict[str, list[int]] = {}
    by_part: dict[str, list[int]] = {}
    for number, kind in enumerate(load_clutter_rules()):
        for index, names in ((by_name, kind.names), (by_part, kind.parts)):
            for name in names:
                index.setdefault(name, []).append(number)
    return by_name, by_part, [(n, kind.prefixes) for n, kind in enumerate(load_clutter_rules()) if kind.prefixes]


@cache
def _index_rules_by_attribute() -> dict[str, list[tuple[ClutterRule, tuple[str, ...]]]]:
    """Return the rules on attributes by the name of the attribute, each with the beginnings of its values."""
    index: dict[str, list[tuple[ClutterRule, tuple[str, ...]]]] = {}
    for kind in load_clutter_rules():
        for name, values in kind.attributes:
            index.setdefault(name, []).append((kind, values))
    return index


@cache
def _index_rules_by_tag() -> dict[str, tuple[ClutterRule, ...]]:
    tags = {tag for kind in load_clutter_rules() for tag in kind.tags}
    return {tag: tuple(kind for kind in load_clutter_rules() if tag in kind.tags) for tag in tags}


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
            tags=frozenset(entry.get("tags", ())),
            attributes=tuple((name, tuple(values)) for name, values in entry.get("attributes", {}).items()),
            needs=entry.get("needs", ""),
        )
        for entry in load_toml("clutter")["clutter"]
    )
