"""Who wrote a page: people, with organisations apart, as data, markup and visible bylines name them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise
from typing import Any

from cleaning.lines.normalization import fold_text
from cleaning.lines.person_names import is_name
from cleaning.metadata.bylines import (
    EMPTY_BYLINE,
    MAX_AUTHORS,
    MAX_BYLINE_CHARACTERS,
    WRITTEN_BY,
    Byline,
    is_byline_label,
    is_full_name,
    merge_bylines,
    merge_names,
    read_byline,
    read_byline_line,
)
from cleaning.metadata.declared import DeclaredMetadata, DeclaredValue, Heading, classify_meta_name
from cleaning.metadata.headline_context import find_texts_below
from cleaning.metadata.jsonld import get_types
from cleaning.metadata.marked_bylines import read_marked_bylines
from cleaning.metadata.titles import SiteIdentity
from cleaning.resources import load_toml

MAX_TEXTS_BELOW = 28
"""Texts below the headline among which a byline without markup is looked for."""
MAX_BYLINE_LINE_CHARACTERS = 100
"""Characters that such a line has at most."""

_KNOWLEDGE = load_toml("metadata")
_URL_START = re.compile(r"(?:https?:|www\.|[\w-]+\.\w+/)", re.IGNORECASE)
_INVERTED_NAME = re.compile(r"([^\s,]+(?:[ -][^\s,]+)?), ([^\s,]+(?: [^\s,]+)?)")


def read_authors(
    declared: DeclaredMetadata, posting: Mapping[str, Any], site: SiteIdentity, heading: Heading | None
) -> tuple[DeclaredValue[tuple[str, ...]] | None, DeclaredValue[tuple[str, ...]] | None]:
    """The people and the organisations named as authors, each by the first statement that names any.

    What the page shows counts more than its data where it names the same people and others besides.

    Args:
        seen: what the page states.
        posting: its article in JSON-LD; empty where it has none.
        site: whose own name is no author's, unless it is a person's.
        heading: the headline that the page shows.
    """
    shown = _remove_site_names(read_marked_bylines(declared, heading), site, declared)
    stated = _remove_site_names(_read_declared_bylines(declared, posting), site, declared)
    if not any(found.value.people for found in shown):
        stated = [DeclaredValue(_remove_publisher(found.value, declared), found.source) for found in stated]
    if heading and not any(found.value.people for found in (*stated, *shown)):
        shown += _remove_site_names(_read_unmarked_bylines(heading), site, declared)
    people = next((found for found in (*stated, *shown) if found.value.people), None)
    fuller = next((found for found in shown if people and _is_fuller(found.value, people.value)), people)
    organisations = next((found for found in (*stated, *shown) if found.value.organisations), None)
    return (
        DeclaredValue(fuller.value.people, fuller.source) if fuller else None,
        DeclaredValue(organisations.value.organisations, organisations.source) if organisations else None,
    )


def _is_fuller(shown: Byline, stated: Byline) -> bool:
    """Whether a byline names all whom another one names, and others by their full names."""
    more = set(shown.people) - set(stated.people)
    return set(shown.people) > set(stated.people) and all(map(is_full_name, more))


def _read_declared_bylines(declared: DeclaredMetadata, posting: Mapping[str, Any]) -> Iterator[DeclaredValue[Byline]]:
    """What the page states for machines."""
    yield DeclaredValue(_parse_json_authors(posting.get("author")), "json-ld")
    yield DeclaredValue(_parse_json_authors(posting.get("creator")), "json-ld")
    for name in _KNOWLEDGE["author_metas"]:
        values = declared.get_metas(name)[:MAX_AUTHORS]
        if classify_meta_name(name) == "dublin-core" or name.startswith("citation"):
            values = [_restore_name_order(value) for value in values]
        yield DeclaredValue(merge_bylines(map(_parse_data_byline, values)), classify_meta_name(name))
    for label, data in (("twitter:label1", "twitter:data1"), ("twitter:label2", "twitter:data2")):
        if WRITTEN_BY.match(declared.get_meta(label) or ""):
            yield DeclaredValue(_parse_data_byline(declared.get_meta(data) or ""), "meta")
    for element in declared.properties.get("author", ())[:1]:
        if element.tag == "meta":
            yield DeclaredValue(_parse_data_byline(element.get("content", "")), "microdata")


def _parse_data_byline(text: str) -> Byline:
    """Those whom a value made for machines names. Only what a reader sees opens with "von": "Von Miller" is a name."""
    if _URL_START.match(text):
        return EMPTY_BYLINE
    text = re.sub(r"^(?:(?:written|posted) )?by\s", "", text[:MAX_BYLINE_CHARACTERS], flags=re.IGNORECASE)
    return read_byline(text, allow_handles=True, is_shown=False)


def _parse_json_authors(author: Any) -> Byline:
    """Authors in JSON-LD, which may be text, an object or a list."""
    if isinstance(author, str):
        return _parse_data_byline(author)
    if isinstance(author, list):
        return merge_bylines(_parse_json_authors(one) for one in author[:MAX_AUTHORS])
    if not isinstance(author, dict):
        return EMPTY_BYLINE
    named = _parse_json_authors(author.get("name"))
    if any("Organization" in kind or kind in ("Corporation", "WebSite") for kind in get_types(author)):
        return Byline(organisations=named.people + named.organisations)
    return named


def _restore_name_order(text: str) -> str:
    """A name as catalogues write it the other way round.

    >>> _restore_name_order("Musa, Ali"), _restore_name_order("Ali Musa, Lena Foss")
    ('Ali Musa', 'Ali Musa, Lena Foss')
    """
    match = _INVERTED_NAME.fullmatch(text.strip())
    if match and (" " not in match[1] or " " not in match[2]) and not (" " in match[1] and " " in match[2]):
        return f"{match[2]} {match[1]}"
    return text


def _read_unmarked_bylines(heading: Heading) -> Iterator[DeclaredValue[Byline]]:
    """Bylines below the headline that no markup tells."""
    labelled = False
    for text in islice(find_texts_below(heading.element), MAX_TEXTS_BELOW):
        if len(text) > MAX_BYLINE_LINE_CHARACTERS:
            continue
        named = read_byline(text) if labelled else read_byline_line(text)
        labelled = is_byline_label(text)
        if any(map(is_full_name, named.people)) or (named and not labelled):
            yield DeclaredValue(named, "byline")


def _remove_site_names(
    statements: Iterable[DeclaredValue[Byline]], site: SiteIdentity, declared: DeclaredMetadata
) -> list[DeclaredValue[Byline]]:
    """The statements that name anybody, each without the site's own name among the people."""
    return [
        DeclaredValue(_move_site_name(found.value, site, declared), found.source) for found in statements if found.value
    ]


def _move_site_name(byline: Byline, site: SiteIdentity, declared: DeclaredMetadata) -> Byline:
    """A byline in which the site's own name counts as an organisation, unless the site is a person's own."""
    own = [name for name in byline.people if _is_site_name(name, site) and not _is_personal_name(name, declared)]
    if not own:
        return byline
    return Byline(tuple(n for n in byline.people if n not in own), merge_names((*byline.organisations, *own)))


def _remove_publisher(byline: Byline, declared: DeclaredMetadata) -> Byline:
    """A byline without those whom the page names in full as its publisher too: every page of their site does."""
    publishers = fold_text(" ".join(declared.get_metas(*_KNOWLEDGE["publisher_metas"])))
    others = tuple(name for name in byline.people if not (is_full_name(name) and fold_text(name) in publishers))
    return byline._replace(people=others)


def _is_site_name(name: str, site: SiteIdentity) -> bool:
    """Whether a name is the site's, or the site's with other words."""
    key = fold_text(site.name.value) if site.name else ""
    return site.is_named(name) or (len(key) >= 6 and key in fold_text(name))


def _is_personal_name(name: str, declared: DeclaredMetadata) -> bool:
    """Whether a site's name is a person's: two or three words, and the last hardly stands without those before it.

    Firms are called by what they do ("Quiet Kitchens"), and their pages speak of it.
    """
    words = [word.casefold() for word in re.findall(r"\w+", name)]
    if not 2 <= len(name.split()) == len(words) <= 3 or not is_name(name) or name.split()[-1].isupper():
        return False
    used = declared.words
    befores = [before.casefold() for before, word in pairwise(["", *used]) if word.casefold() == words[-1]]
    return words[0] not in used and len(befores) <= 1.5 * befores.count(words[-2])
