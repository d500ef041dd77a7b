"""Who wrote a page: people, with organisations apart, as data, markup and visible bylines name them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise
from typing import Any

from cleaning.lines.normalization import folded
from cleaning.lines.person_names import is_name
from cleaning.metadata.bylines import (
    LONGEST,
    MOST_AUTHORS,
    NOBODY,
    WRITTEN_BY,
    Byline,
    is_byline_label,
    is_full_name,
    merge_bylines,
    merge_names,
    read_byline,
    read_byline_line,
)
from cleaning.metadata.declared import Found, Heading, Statements, meta_source
from cleaning.metadata.headline_context import texts_below
from cleaning.metadata.jsonld import types_of
from cleaning.metadata.marked_bylines import read_marked
from cleaning.metadata.titles import Site
from cleaning.resources import load_toml

BELOW = 28
"""Texts below the headline among which a byline without markup is looked for."""
SHORT = 100
"""Characters that such a line has at most."""

_KNOWLEDGE = load_toml("metadata")
_ADDRESS = re.compile(r"(?:https?:|www\.|[\w-]+\.\w+/)", re.IGNORECASE)
_INVERTED = re.compile(r"([^\s,]+(?:[ -][^\s,]+)?), ([^\s,]+(?: [^\s,]+)?)")


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
    shown = _without_sites_own(read_marked(seen, heading), site, seen)
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
    return set(shown.people) > set(stated.people) and all(map(is_full_name, more))


def _stated(seen: Statements, posting: Mapping[str, Any]) -> Iterator[Found[Byline]]:
    """What the page states for machines."""
    yield Found(_in_json(posting.get("author")), "json-ld")
    yield Found(_in_json(posting.get("creator")), "json-ld")
    for name in _KNOWLEDGE["author_metas"]:
        values = seen.metas_of(name)[:MOST_AUTHORS]
        if meta_source(name) == "dublin-core" or name.startswith("citation"):
            values = [_in_reading_order(value) for value in values]
        yield Found(merge_bylines(map(_in_data, values)), meta_source(name))
    for label, data in (("twitter:label1", "twitter:data1"), ("twitter:label2", "twitter:data2")):
        if WRITTEN_BY.match(seen.meta(label) or ""):
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
        return merge_bylines(_in_json(one) for one in author[:MOST_AUTHORS])
    if not isinstance(author, dict):
        return NOBODY
    named = _in_json(author.get("name"))
    if any("Organization" in kind or kind in ("Corporation", "WebSite") for kind in types_of(author)):
        return Byline(organisations=named.people + named.organisations)
    return named


def _in_reading_order(text: str) -> str:
    """A name as catalogues write it the other way round.

    >>> _in_reading_order("Musa, Ali"), _in_reading_order("Ali Musa, Lena Foss")
    ('Ali Musa', 'Ali Musa, Lena Foss')
    """
    match = _INVERTED.fullmatch(text.strip())
    if match and (" " not in match[1] or " " not in match[2]) and not (" " in match[1] and " " in match[2]):
        return f"{match[2]} {match[1]}"
    return text


def _unmarked(heading: Heading) -> Iterator[Found[Byline]]:
    """Bylines below the headline that no markup tells."""
    labelled = False
    for text in islice(texts_below(heading.element), BELOW):
        if len(text) > SHORT:
            continue
        named = read_byline(text) if labelled else read_byline_line(text)
        labelled = is_byline_label(text)
        if any(map(is_full_name, named.people)) or (named and not labelled):
            yield Found(named, "byline")


def _without_sites_own(statements: Iterable[Found[Byline]], site: Site, seen: Statements) -> list[Found[Byline]]:
    """The statements that name anybody, each without the site's own name among the people."""
    return [Found(_without_site(found.value, site, seen), found.source) for found in statements if found.value]


def _without_site(byline: Byline, site: Site, seen: Statements) -> Byline:
    """A byline in which the site's own name counts as an organisation, unless the site is a person's own."""
    own = [name for name in byline.people if _is_sites(name, site) and not _is_ones_own(name, seen)]
    if not own:
        return byline
    return Byline(tuple(n for n in byline.people if n not in own), merge_names((*byline.organisations, *own)))


def _without_publisher(byline: Byline, seen: Statements) -> Byline:
    """A byline without those whom the page names in full as its publisher too: every page of their site does."""
    publishers = folded(" ".join(seen.metas_of(*_KNOWLEDGE["publisher_metas"])))
    others = tuple(name for name in byline.people if not (is_full_name(name) and folded(name) in publishers))
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
