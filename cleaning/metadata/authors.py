"""Who wrote a page: people, with organisations apart, as data, markup and visible bylines name them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice, pairwise
from typing import Any, NamedTuple

from lxml import html

from cleaning.lines.normalization import folded, tidy
from cleaning.lines.people import without_place
from cleaning.lines.person_names import LIST_JOINT, is_handle, is_name, is_nobody, is_outlet, is_role, particles
from cleaning.lines.rule_loader import Rule, line_rules
from cleaning.lines.rule_matcher import read_line
from cleaning.metadata.date_parsing import find_dates
from cleaning.metadata.declared import Found, Heading, Mark, Statements, meta_source, text_of
from cleaning.metadata.headline_context import texts_below
from cleaning.metadata.jsonld import types_of
from cleaning.metadata.titles import Site
from cleaning.resources import load_toml

MOST_AUTHORS = 40
SHORTEST = 40
"""Characters of an element that holds a name and nothing else."""
WORDS_BESIDE = 2
"""Words of an element whose class alone says that it names an author, up to which one of them can be a name."""
MOST_BESIDE = 20
"""Authors in a row, above which they are those of the site."""
NEAR = 60
"""Elements between the headline and a byline that is its own beyond doubt."""
MARKS = 60
"""Marked elements that are looked at."""
BELOW = 28
"""Texts below the headline among which a byline without markup is looked for."""
SHORT = 100
"""Characters that such a line has at most."""
LONGEST = 160
"""Characters of an element that is a byline; a longer one is an author's biography."""

_KNOWLEDGE = load_toml("metadata")
_BY = re.compile(_KNOWLEDGE["by"], re.IGNORECASE)
_WRITTEN_BY = re.compile(_KNOWLEDGE["written_by"], re.IGNORECASE)
_OTHER_DOINGS = re.compile(_KNOWLEDGE["other_doings"], re.IGNORECASE)
_OTHERS = frozenset(_KNOWLEDGE["others_parts"])
_END = re.compile(_KNOWLEDGE["byline_end"], re.IGNORECASE)
_END_OF_DATA = re.compile(r"\s*(?:[|·•()\[\]@<>]|\s[–—-]\s|https?:)")
_ADDRESS = re.compile(r"(?:https?:|www\.|[\w-]+\.\w+/)", re.IGNORECASE)
_INVERTED = re.compile(r"([^\s,]+(?:[ -][^\s,]+)?), ([^\s,]+(?: [^\s,]+)?)")
_BARS = re.compile(r"\s*[|·•⋅]\s*|\s[–—-]\s")
_WORDS = re.compile(r"[^\W\d_]+")


class Byline(NamedTuple):
    """Those whom a statement names as authors."""

    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.people or self.organisations)


NOBODY = Byline()


def read_authors(
    seen: Statements, posting: Mapping[str, Any], site: Site, heading: Heading | None
) -> tuple[Found[tuple[str, ...]] | None, Found[tuple[str, ...]] | None]:
    """The people and the organisations named as authors, each by the first statement that names any.

    What the page shows counts more than its data where it names the same people and others besides.

    Args:
        seen: what the page states.
        posting: its article in JSON-LD; empty where it has none.
        site: whose own name is no author's, unless it is a person's.
        heading: the headline that the page shows.
    """
    shown = _without_sites_own(_marked(seen, heading), site, seen)
    stated = _without_sites_own(_stated(seen, posting), site, seen)
    if not any(found.value.people for found in shown):
        stated = [Found(_without_publisher(found.value, seen), found.source) for found in stated]
    if heading and not any(found.value.people for found in (*stated, *shown)):
        shown += _without_sites_own(_unmarked(heading), site, seen)
    people = next((found for found in (*stated, *shown) if found.value.people), None)
    fuller = next((found for found in shown if people and _is_fuller(found.value, people.value)), people)
    organisations = next((found for found in (*stated, *shown) if found.value.organisations), None)
    return (
        Found(fuller.value.people, fuller.source) if fuller else None,
        Found(organisations.value.organisations, organisations.source) if organisations else None,
    )


def _is_fuller(shown: Byline, stated: Byline) -> bool:
    """Whether a byline names all whom another one names, and others by their full names."""
    more = set(shown.people) - set(stated.people)
    return set(shown.people) > set(stated.people) and all(map(_is_full, more))


def _stated(seen: Statements, posting: Mapping[str, Any]) -> Iterator[Found[Byline]]:
    """What the page states for machines."""
    yield Found(_in_json(posting.get("author")), "json-ld")
    yield Found(_in_json(posting.get("creator")), "json-ld")
    for name in _KNOWLEDGE["author_metas"]:
        values = seen.metas_of(name)[:MOST_AUTHORS]
        if meta_source(name) == "dublin-core" or name.startswith("citation"):
            values = [_in_reading_order(value) for value in values]
        yield Found(_joined(map(_in_data, values)), meta_source(name))
    for label, data in (("twitter:label1", "twitter:data1"), ("twitter:label2", "twitter:data2")):
        if _WRITTEN_BY.match(seen.meta(label) or ""):
            yield Found(_in_data(seen.meta(data) or ""), "meta")
    for element in seen.properties.get("author", ())[:1]:
        if element.tag == "meta":
            yield Found(_in_data(element.get("content", "")), "microdata")


def _in_data(text: str) -> Byline:
    """Those whom a value made for machines names. Only what a reader sees opens with "von": "Von Miller" is a name."""
    if _ADDRESS.match(text):
        return NOBODY
    text = re.sub(r"^(?:(?:written|posted) )?by\s", "", text[:LONGEST], flags=re.IGNORECASE)
    return read_byline(text, handles=True, is_shown=False)


def _in_json(author: Any) -> Byline:
    """Authors in JSON-LD, which may be text, an object or a list."""
    if isinstance(author, str):
        return _in_data(author)
    if isinstance(author, list):
        return _joined(_in_json(one) for one in author[:MOST_AUTHORS])
    if not isinstance(author, dict):
        return NOBODY
    named = _in_json(author.get("name"))
    if any("Organization" in kind or kind in ("Corporation", "WebSite") for kind in types_of(author)):
        return Byline(organisations=named.people + named.organisations)
    return named


def _unmarked(heading: Heading) -> Iterator[Found[Byline]]:
    """Bylines below the headline that no markup tells."""
    labelled = False
    for text in islice(texts_below(heading.element), BELOW):
        if len(text) > SHORT:
            continue
        named = read_byline(text) if labelled else read_byline_line(text)
        labelled = _is_label(text)
        if any(map(_is_full, named.people)) or (named and not labelled):
            yield Found(named, "byline")


def _is_label(text: str) -> bool:
    """Whether a text is all label: "Written by", "Autor:", with the name in another element."""
    opening = _BY.match(text)
    return opening is not None and opening.end() == len(text)


def _marked(seen: Statements, heading: Heading | None) -> Iterator[Found[Byline]]:
    """The authors in marked elements: the nearest to the headline, if they are no list of other articles' authors."""
    marks = sorted(seen.authors[:MARKS], key=lambda mark: _distance(mark, heading))
    frame = set(heading.element.iterancestors()) if heading else set()
    named_by = cache(read_element)
    read = 0
    for mark in marks:
        if read and not _is_near(mark, heading):
            return
        if _is_of_others(mark.element, frame) or _is_otherwise_labelled(mark.element) or not named_by(mark):
            continue
        fellows = [other for other in marks if other is not mark and _signature(other) == _signature(mark)]
        beside = [other for other in fellows if _are_beside(mark.element, other.element)]
        if len(beside) > MOST_BESIDE or (
            not _is_near(mark, heading)
            and any(named_by(other) != named_by(mark) for other in fellows if other not in beside)
        ):
            continue
        group = sorted((mark, *beside), key=lambda one: one.position)
        yield Found(_joined(map(named_by, group)), mark.source)
        read += 1


def _distance(mark: Mark, heading: Heading | None) -> tuple[int, int]:
    """How far a mark stands from the headline; those before it come last but for the nearest."""
    if heading is None:
        return (0, mark.position)
    below = mark.position - heading.position
    return (0, below) if below > 0 else (0, 2 * -below) if -below <= NEAR // 2 else (1, -below)


def _is_near(mark: Mark, heading: Heading | None) -> bool:
    return heading is not None and -NEAR // 2 <= mark.position - heading.position <= NEAR


def _signature(mark: Mark) -> tuple[object, str]:
    return mark.element.tag, mark.element.get("class", "")


def _are_beside(element: html.HtmlElement, other: html.HtmlElement) -> bool:
    """Whether two elements stand in one byline: with the same parent, or the same parent's parent."""
    parent, theirs = element.getparent(), other.getparent()
    if parent is None or theirs is None:
        return False
    if parent is theirs:
        return True
    above = parent.getparent()
    return above is not None and above is theirs.getparent() and len(text_of(above)) <= LONGEST


def _is_of_others(element: html.HtmlElement, frame: set[html.HtmlElement]) -> bool:
    """Whether an author stands in a comment, a list of other articles, or a card that is one link.

    Args:
        element: what is marked.
        frame: the elements around the headline: what is around both says nothing.
    """
    for node in (element, *element.iterancestors()):
        if node in frame:
            return False
        names = f"{node.get('class', '')} {node.get('id', '')}"
        in_page_footer = node.tag == "footer" and next(node.iterancestors("article"), None) is None
        if node.tag == "nav" or in_page_footer or (names != " " and not _OTHERS.isdisjoint(_name_parts(names))):
            return True
        if node.tag == "a" and len(text_of(node)) > len(text_of(element)) + SHORTEST:
            return True
    return False


def _is_otherwise_labelled(element: html.HtmlElement) -> bool:
    """Whether the text before a name says that its owner did something else: "Reviewed by", "Contact:"."""
    label = _text_before(element) or _text_before(element.getparent())
    return len(label) <= SHORTEST and bool(_OTHER_DOINGS.search(label))


def _text_before(element: html.HtmlElement | None) -> str:
    """The text right before an element, in its parent."""
    parent = element.getparent() if element is not None else None
    if element is None or parent is None:
        return ""
    before = element.getprevious()
    text = parent.text if before is None else before.tail if (before.tail or "").strip() else text_of(before)
    return " ".join((text or "").split())


def _name_parts(names: str) -> set[str]:
    return {part.casefold() for part in _WORDS.findall(re.sub(r"([a-z])([A-Z])", r"\1 \2", names[:300]))}


def read_element(mark: Mark) -> Byline:
    """Those whom a marked element names: in its microdata, in its links, or in its text."""
    element = mark.element
    names = element.findall(".//*[@itemprop='name']") or _linked(element)
    if named := _joined(read_byline(text_of(name), handles=True) for name in names):
        return named
    whole = text_of(element)
    if len(whole) > LONGEST:
        first = next((text for text, _ in _pieces(element)), "")
        return read_byline(first) if is_name(first) and _is_full(first) else NOBODY
    is_bare = mark.source != "byline" or element.tag == "a" or len(_WORDS.findall(_bare(whole))) <= WORDS_BESIDE
    named = _in_pieces(element, handles=is_bare) or read_byline(whole, handles=is_bare)
    return named if is_bare or any(map(_is_full, named.people)) else Byline((), named.organisations)


def _linked(element: html.HtmlElement) -> list[html.HtmlElement]:
    if element.tag == "a":
        return []
    return [link for link in element.iter("a") if is_name(_bare(text_of(link)))]


def _bare(text: str) -> str:
    return _BY.sub("", text)


def _in_pieces(element: html.HtmlElement, *, handles: bool) -> Byline:
    """The names in the pieces of text of an element: those that stand in elements like that of the first."""
    pieces = list(_pieces(element))
    words = " ".join(text for text, _ in pieces)
    if words.count(" ") == len(pieces) - 1 > 0 and is_name(words):
        return Byline((words,))  # given name and surname, each in an element of its own
    found: list[Byline] = []
    first: tuple[object, str | None] | None = None
    for text, owner in pieces:
        named = read_byline(text, handles=handles)
        kind = (owner.tag, owner.get("class"))
        if named and first in (None, kind):
            found.append(named)
            first = kind
    split = len(found) > 1 and not any(" " in name for named in found for name in named.people)
    return NOBODY if split else _joined(found)


def _pieces(element: html.HtmlElement) -> Iterator[tuple[str, html.HtmlElement]]:
    for node in element.iter():
        if isinstance(node.tag, str) and node.text and node.text.strip():
            yield " ".join(node.text.split()), node
        if node is not element and node.tail and node.tail.strip():
            parent = node.getparent()
            yield " ".join(node.tail.split()), node if parent is None else parent


def read_byline_line(text: str) -> Byline:
    """Those whom a line of text without markup names, if it reads as a byline in one of the rules' languages.

    >>> read_byline_line("By Ali Musa in Nairobi").people
    ('Ali Musa',)
    >>> read_byline_line("By the river")
    Byline(people=(), organisations=())
    """
    for part in _without_dates(text):
        if _BY.match(part):
            named = read_byline(part, handles=part.count(" ") == 1)
            sure = named.people and (_WRITTEN_BY.match(part) or part.count(" ") == 1)
            return named if sure or any(map(_is_full, named.people)) else NOBODY
    readings = read_line(tidy(text), _author_rules())
    return _joined(read_byline(reading.value or "") for reading in readings)


def _without_dates(text: str) -> Iterator[str]:
    """The parts of a line, at its bars and without the dates in it: "Posted on 3 May 2024 by Ali Musa"."""
    for part in _BARS.split(text):
        start = 0
        for found in find_dates(part):
            yield part[start : found.start].strip()
            start = found.end
        yield part[start:].strip()


@cache
def _author_rules() -> tuple[Rule, ...]:
    return tuple(rule for rule in line_rules() if rule.harvest == "authors")


def _is_full(name: str) -> bool:
    """Whether a name has two words, or is of a script that joins them (and has no capitals)."""
    return " " in name or name.lower() == name.upper()


def read_byline(text: str, *, handles: bool = False, is_shown: bool = True) -> Byline:
    """Those whom the text of a byline names.

    Args:
        text: a text that holds a byline and little else.
        handles: whether one word in small letters can be a name: "mh".
        is_shown: whether the text may open with a word for "by".

    >>> read_byline("By Ali Musa, Staff Writer, and K. Nurow (AFP) | 2 min read")
    Byline(people=('Ali Musa', 'K. Nurow'), organisations=())
    >>> read_byline("Sahan Newsroom")
    Byline(people=(), organisations=('Sahan Newsroom',))
    """
    text = " ".join(text.split())
    dated = next(find_dates(text), None)
    text = text[: dated.start] if dated else text
    text = _END.split(_opened(text))[0] if is_shown else _END_OF_DATA.split(text)[0]
    people: list[str] = []
    organisations: list[str] = []
    for part in LIST_JOINT.split(text):
        name = _trimmed(part)
        if not name or is_nobody(name) or (is_role(name) and (people or " " in name)):
            continue
        if is_name(name) or (handles and is_handle(name)):
            people.append(name)
        elif is_outlet(name):
            organisations.append(name)
        elif not people:
            return NOBODY
        else:
            break
    return Byline(_distinct(_fullest(people, bool(organisations))), _distinct(organisations))


def _fullest(names: list[str], beside_organisation: bool = False) -> list[str]:
    """Names without the single words among full names, or after an organisation's: sections, places, degrees."""
    full = [name for name in names if _is_full(name)]
    return full if full or beside_organisation else names


def _opened(text: str) -> str:
    """A byline without the words that open it: "Posted by", "Von", "著者："; but "Di Stefano" is a name."""
    opening = _BY.match(text)
    if not opening:
        return text
    is_particle = opening[0].strip().casefold() in particles()
    return text if is_particle and " " not in text[opening.end() :].strip() else text[opening.end() :]


def _trimmed(part: str) -> str:
    name = without_place(part.strip(" :·-–—*\t"))
    return name if re.search(r"(?:^|[\s.])[^\W\d_]\.$|\b(?:Jr|Sr)\.$", name) else name.rstrip(".")


def _in_reading_order(text: str) -> str:
    """A name as catalogues write it the other way round.

    >>> _in_reading_order("Musa, Ali"), _in_reading_order("Ali Musa, Lena Foss")
    ('Ali Musa', 'Ali Musa, Lena Foss')
    """
    match = _INVERTED.fullmatch(text.strip())
    if match and (" " not in match[1] or " " not in match[2]) and not (" " in match[1] and " " in match[2]):
        return f"{match[2]} {match[1]}"
    return text


def _joined(bylines: Iterable[Byline]) -> Byline:
    every = [byline for byline in bylines if byline]
    if not every:
        return NOBODY
    people = [name for byline in every for name in byline.people]
    return Byline(
        _distinct(_fullest(people))[:MOST_AUTHORS],
        _distinct(name for byline in every for name in byline.organisations)[:MOST_AUTHORS],
    )


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, as it was spelt first."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(folded(name), name)
    return tuple(first.values())


def _without_sites_own(statements: Iterable[Found[Byline]], site: Site, seen: Statements) -> list[Found[Byline]]:
    """The statements that name anybody, each without the site's own name among the people."""
    return [Found(_without_site(found.value, site, seen), found.source) for found in statements if found.value]


def _without_site(byline: Byline, site: Site, seen: Statements) -> Byline:
    """A byline in which the site's own name counts as an organisation, unless the site is a person's own."""
    own = [name for name in byline.people if _is_sites(name, site) and not _is_ones_own(name, seen)]
    if not own:
        return byline
    return Byline(tuple(n for n in byline.people if n not in own), _distinct((*byline.organisations, *own)))


def _without_publisher(byline: Byline, seen: Statements) -> Byline:
    """A byline without those whom the page names in full as its publisher too: every page of their site does."""
    publishers = folded(" ".join(seen.metas_of(*_KNOWLEDGE["publisher_metas"])))
    others = tuple(name for name in byline.people if not (_is_full(name) and folded(name) in publishers))
    return byline._replace(people=others)


def _is_sites(name: str, site: Site) -> bool:
    """Whether a name is the site's, or the site's with other words."""
    key = folded(site.name.value) if site.name else ""
    return site.is_named(name) or (len(key) >= 6 and key in folded(name))


def _is_ones_own(name: str, seen: Statements) -> bool:
    """Whether a site's name is a person's: two or three words, and the last hardly stands without those before it.

    Firms are called by what they do ("Quiet Kitchens"), and their pages speak of it.
    """
    words = [word.casefold() for word in re.findall(r"\w+", name)]
    if not 2 <= len(name.split()) == len(words) <= 3 or not is_name(name) or name.split()[-1].isupper():
        return False
    used = seen.words
    befores = [before.casefold() for before, word in pairwise(["", *used]) if word.casefold() == words[-1]]
    return words[0] not in used and len(befores) <= 1.5 * befores.count(words[-2])
