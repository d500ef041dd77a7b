"""Read who wrote a page: people and organisations, from structured data, marked elements and visible bylines.

:func:`read_authors` chooses between the sources. The text of a byline is parsed in :mod:`cleaning.metadata.bylines`,
elements that are marked as an author's are read in :mod:`cleaning.metadata.marked_bylines`, the others in
:mod:`cleaning.metadata.unmarked_bylines`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cleaning.lines.normalization import fold_text
from cleaning.lines.person_names import is_name
from cleaning.metadata.bylines import (
    EMPTY_BYLINE,
    MAX_AUTHORS,
    MAX_BYLINE_CHARACTERS,
    WRITTEN_BY,
    Byline,
    is_full_name,
    merge_bylines,
    merge_names,
    read_byline,
)
from cleaning.metadata.declared import DeclaredMetadata, DeclaredValue, Heading, classify_meta_name
from cleaning.metadata.jsonld import get_types
from cleaning.metadata.marked_bylines import read_marked_bylines
from cleaning.metadata.titles import SiteIdentity
from cleaning.metadata.unmarked_bylines import is_personal_name, read_unmarked_bylines
from cleaning.resources import load_toml

MIN_ACCOUNT_LETTERS = 4
"""Letters that a user name and a person's name have in common at least."""

_KNOWLEDGE = load_toml("metadata")
_URL_START = re.compile(r"(?:https?:|www\.|[\w-]+\.\w+/)", re.IGNORECASE)
_ACCOUNT = re.compile(r"[\d_-]")
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
    structured = [DeclaredValue(_remove_hidden_handles(byline.value, declared), byline.source) for byline in structured]
    if heading and not any(_names_other_person(byline.value, site) for byline in (*structured, *shown)):
        unmarked = (DeclaredValue(byline, "byline") for byline in read_unmarked_bylines(heading, declared))
        shown += _remove_site_names(unmarked, site, declared)
    people = _choose_people([*structured, *shown], site)
    best = next((byline for byline in shown if people and _is_more_complete(byline.value, people.value)), people)
    organisations = _choose_organisations([*structured, *shown], site)
    return (
        DeclaredValue(best.value.people, best.source) if best else None,
        DeclaredValue(organisations.value.organisations, organisations.source) if organisations else None,
    )


def _names_other_person(byline: Byline, site: SiteIdentity) -> bool:
    """Return whether a byline names a person in full who is not called like the site."""
    return any(is_full_name(name) and not _is_site_name(name, site) for name in byline.people)


def _choose_people(bylines: Sequence[DeclaredValue[Byline]], site: SiteIdentity) -> DeclaredValue[Byline] | None:
    """Return the first byline with a person; one of user names only if no other has a full name.

    A person called like the site comes last: it may be the site.
    """
    named = [byline for byline in bylines if byline.value.people]
    named.sort(key=lambda byline: all(_is_site_name(name, site) for name in byline.value.people))
    first = next(iter(named), None)
    if first is None or any(map(is_name, first.value.people)):
        return first
    full = (byline for byline in named if _has_full_name(byline.value))
    return next((byline for byline in full if _is_account(first.value.people[0], byline.value.people)), first)


def _is_account(handle: str, names: Iterable[str]) -> bool:
    """Return whether a user name is made of a person's name, as "lfoss" of "Lena Foss"."""
    words = [word for name in names for word in map(fold_text, name.split()) if len(word) >= MIN_ACCOUNT_LETTERS]
    return any(word in fold_text(handle) for word in words)


def _is_more_complete(shown: Byline, structured: Byline) -> bool:
    """Return whether a visible byline names everybody in the structured data, and others by their full names.

    A single word in the data ("Ali") and the full name on the page ("Ali Musa") are the same person.
    """
    added = set(shown.people) - set(structured.people)
    if added and not any(map(is_full_name, structured.people)):
        names = [fold_text(name) for name in shown.people]
        is_same = all(any(fold_text(name) in other for other in names) for name in structured.people)
        return is_same and all(map(is_full_name, shown.people))
    return set(shown.people) > set(structured.people) and all(map(is_full_name, added))


def _has_full_name(byline: Byline) -> bool:
    """Return whether a byline names a person in full."""
    return any(map(is_full_name, byline.people))


def _choose_organisations(bylines: Sequence[DeclaredValue[Byline]], site: SiteIdentity) -> DeclaredValue[Byline] | None:
    """Return the first byline with an organisation; one that names another than the site precedes those of the site.

    Templates state the site as the author of everything, also of the reports of agencies.
    """
    named = [byline for byline in bylines if byline.value.organisations]
    others = (byline for byline in named if not all(_is_site_name(name, site) for name in byline.value.organisations))
    return next(others, next(iter(named), None))


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
    site_names = [name for name in byline.people if _is_site_name(name, site) and not is_personal_name(name, declared)]
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


def _remove_hidden_handles(byline: Byline, declared: DeclaredMetadata) -> Byline:
    """Remove the user names with digits or hyphens that only the data state: whoever signs with one shows it.

    CMSs state the account that uploaded an article as its author.
    """
    handles = [name for name in byline.people if not is_name(name) and _ACCOUNT.search(name)]
    if not handles:
        return byline
    words = {word.casefold() for word in declared.words}
    hidden = {name for name in handles if not words.issuperset(re.findall(r"\w+", name.casefold()))}
    return byline._replace(people=tuple(name for name in byline.people if name not in hidden))


def _is_site_name(name: str, site: SiteIdentity) -> bool:
    """Return whether a name is the site's name, or contains it."""
    key = fold_text(site.name.value) if site.name else ""
    # Six letters: a shorter site name occurs in the names of people by chance.
    return site.is_named(name) or (len(key) >= 6 and key in fold_text(name))
