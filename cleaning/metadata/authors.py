"""Read who wrote a page: people and organisations, from structured data, marked elements and visible bylines.

:func:`read_authors` chooses between the sources. The text of a byline is parsed in :mod:`cleaning.metadata.bylines`,
elements that are marked as an author's are read in :mod:`cleaning.metadata.marked_bylines`.
"""

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
"""Texts below the headline that are searched for a byline without markup."""
MAX_BYLINE_LINE_CHARACTERS = 100
"""Longer texts are not read as bylines."""

_KNOWLEDGE = load_toml("metadata")
_URL_START = re.compile(r"(?:https?:|www\.|[\w-]+\.\w+/)", re.IGNORECASE)
_INVERTED_NAME = re.compile(r"([^\s,]+(?:[ -][^\s,]+)?), ([^\s,]+(?: [^\s,]+)?)")


def read_authors(
    declared: DeclaredMetadata, jsonld_article: Mapping[str, Any], site: SiteIdentity, heading: Heading | None
) -> tuple[DeclaredValue[tuple[str, ...]] | None, DeclaredValue[tuple[str, ...]] | None]:
    """Return the page's authors: the people and the organisations, each from the first source that names any.

    Structured data comes first, then marked elements, then lines without markup below the headline. A visible byline
    replaces the structured data only if it names the same people and others by their full names: templates put one
    author into their data and print all of them.

    Args:
        declared: the page's declared metadata.
        jsonld_article: its article in JSON-LD; empty if it has none.
        site: the site; its name does not count as an author's unless it is a person's name.
        heading: the headline that the page shows; None if it shows none.

    Returns:
        People and organisations, with their sources; None for each that no source names.
    """
    shown = _remove_site_names(read_marked_bylines(declared, heading), site, declared)
    structured = _remove_site_names(_read_declared_bylines(declared, jsonld_article), site, declared)
    if not any(byline.value.people for byline in shown):
        # Only without a visible byline: a page that also shows its publisher as the author means it.
        structured = [DeclaredValue(_remove_publisher(byline.value, declared), byline.source) for byline in structured]
    if heading and not any(byline.value.people for byline in (*structured, *shown)):
        shown += _remove_site_names(_read_unmarked_bylines(heading), site, declared)
    people = next((byline for byline in (*structured, *shown) if byline.value.people), None)
    best = next((byline for byline in shown if people and _is_more_complete(byline.value, people.value)), people)
    organisations = next((byline for byline in (*structured, *shown) if byline.value.organisations), None)
    return (
        DeclaredValue(best.value.people, best.source) if best else None,
        DeclaredValue(organisations.value.organisations, organisations.source) if organisations else None,
    )


def _is_more_complete(shown: Byline, structured: Byline) -> bool:
    """Return whether a visible byline names everybody in the structured data, and others by their full names."""
    added = set(shown.people) - set(structured.people)
    return set(shown.people) > set(structured.people) and all(map(is_full_name, added))


def _read_declared_bylines(
    declared: DeclaredMetadata, jsonld_article: Mapping[str, Any]
) -> Iterator[DeclaredValue[Byline]]:
    """Yield the authors that the page states for machines, the most reliable source first."""
    yield DeclaredValue(_parse_json_authors(jsonld_article.get("author")), "json-ld")
    yield DeclaredValue(_parse_json_authors(jsonld_article.get("creator")), "json-ld")
    for name in _KNOWLEDGE["author_metas"]:
        values = declared.get_metas(name)[:MAX_AUTHORS]
        # Library formats (Dublin Core, Highwire) state "Surname, Given name".
        if classify_meta_name(name) == "dublin-core" or name.startswith("citation"):
            values = [_restore_name_order(value) for value in values]
        yield DeclaredValue(merge_bylines(map(_parse_data_byline, values)), classify_meta_name(name))
    # Twitter cards hold free pairs of a label and a value, such as "Written by" and the author.
    for label, data in (("twitter:label1", "twitter:data1"), ("twitter:label2", "twitter:data2")):
        if WRITTEN_BY.match(declared.get_meta(label) or ""):
            yield DeclaredValue(_parse_data_byline(declared.get_meta(data) or ""), "meta")
    for element in declared.properties.get("author", ())[:1]:
        if element.tag == "meta":
            yield DeclaredValue(_parse_data_byline(element.get("content", "")), "microdata")


def _parse_data_byline(text: str) -> Byline:
    """Parse the names in a value made for machines.

    Words such as "von" are not stripped here: only visible bylines open with them, and "Von Miller" is a name.
    """
    if _URL_START.match(text):
        return EMPTY_BYLINE
    text = re.sub(r"^(?:(?:written|posted) )?by\s", "", text[:MAX_BYLINE_CHARACTERS], flags=re.IGNORECASE)
    return read_byline(text, allow_handles=True, is_shown=False)


def _parse_json_authors(author: Any) -> Byline:
    """Parse the authors in JSON-LD, which may be a text, an object or a list of these."""
    if isinstance(author, str):
        return _parse_data_byline(author)
    if isinstance(author, list):
        return merge_bylines(_parse_json_authors(entry) for entry in author[:MAX_AUTHORS])
    if not isinstance(author, dict):
        return EMPTY_BYLINE
    name = author.get("name") or " ".join(
        part for key in ("givenName", "familyName") if isinstance(part := author.get(key), str)
    )
    byline = _parse_json_authors(name)
    if any("Organization" in kind or kind in ("Corporation", "WebSite") for kind in get_types(author)):
        return Byline(organisations=byline.people + byline.organisations)
    return byline


def _restore_name_order(text: str) -> str:
    """Put a name that is catalogued by surname into its spoken order.

    >>> _restore_name_order("Musa, Ali"), _restore_name_order("Ali Musa, Lena Foss")
    ('Ali Musa', 'Ali Musa, Lena Foss')
    """
    match = _INVERTED_NAME.fullmatch(text.strip())
    # Only one side may have a second word; with two on both sides it is a list: "Ali Musa, Lena Foss".
    if match and (" " not in match[1] or " " not in match[2]) and not (" " in match[1] and " " in match[2]):
        return f"{match[2]} {match[1]}"
    return text


def _read_unmarked_bylines(heading: Heading) -> Iterator[DeclaredValue[Byline]]:
    """Yield the bylines below the headline that no markup marks."""
    follows_label = False
    for text in islice(find_texts_below(heading.element), MAX_TEXTS_BELOW):
        if len(text) > MAX_BYLINE_LINE_CHARACTERS:
            continue
        byline = read_byline(text) if follows_label else read_byline_line(text)
        follows_label = is_byline_label(text)
        # If the text is itself a label ("Story by"), what it seems to name must be a full name.
        if any(map(is_full_name, byline.people)) or (byline and not follows_label):
            yield DeclaredValue(byline, "byline")


def _remove_site_names(
    bylines: Iterable[DeclaredValue[Byline]], site: SiteIdentity, declared: DeclaredMetadata
) -> list[DeclaredValue[Byline]]:
    """Return the bylines that name an author, each with the site's own name moved from people to organisations."""
    return [
        DeclaredValue(_move_site_name(byline.value, site, declared), byline.source)
        for byline in bylines
        if byline.value
    ]


def _move_site_name(byline: Byline, site: SiteIdentity, declared: DeclaredMetadata) -> Byline:
    """Move the site's own name from the people of a byline to its organisations, unless it is a person's name."""
    site_names = [name for name in byline.people if _is_site_name(name, site) and not _is_personal_name(name, declared)]
    if not site_names:
        return byline
    people = tuple(name for name in byline.people if name not in site_names)
    return Byline(people, merge_names((*byline.organisations, *site_names)))


def _remove_publisher(byline: Byline, declared: DeclaredMetadata) -> Byline:
    """Remove the people who are also named, in full, as the page's publisher.

    Site templates state the same publisher on every page, independent of the author.
    """
    publishers = fold_text(" ".join(declared.get_metas(*_KNOWLEDGE["publisher_metas"])))
    others = tuple(name for name in byline.people if not (is_full_name(name) and fold_text(name) in publishers))
    return byline._replace(people=others)


def _is_site_name(name: str, site: SiteIdentity) -> bool:
    """Return whether a name is the site's name, or contains it."""
    key = fold_text(site.name.value) if site.name else ""
    # Six letters: a shorter site name occurs in the names of people by chance.
    return site.is_named(name) or (len(key) >= 6 and key in fold_text(name))


def _is_personal_name(name: str, declared: DeclaredMetadata) -> bool:
    """Return whether a site's name is a person's name.

    It has two or three words, the page never writes the first one in lower case, and the last one rarely occurs without
    the word before it. Firms are called by what they do ("Quiet Kitchens"), and their pages use these words.
    """
    words = [word.casefold() for word in re.findall(r"\w+", name)]
    if not 2 <= len(name.split()) == len(words) <= 3 or not is_name(name) or name.split()[-1].isupper():
        return False
    # The whole text of the page is split into words only here: few pages reach this test.
    page_words = declared.words
    preceding = [before.casefold() for before, word in pairwise(["", *page_words]) if word.casefold() == words[-1]]
    return words[0] not in page_words and len(preceding) <= 1.5 * preceding.count(words[-2])
