"""What a page says of itself: structured data, meta elements, and the visible headline, byline and date."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import html

from cleaning.metadata.authors import read_authors
from cleaning.metadata.date_parsing import Timestamp
from cleaning.metadata.declared import DeclaredMetadata, DeclaredValue, collect_declared_metadata, extract_text
from cleaning.metadata.jsonld import (
    ARTICLE_TYPES,
    find_article,
    find_first_text,
    find_page_types,
    find_url,
    get_types,
    parse_scripts,
)
from cleaning.metadata.publication_dates import read_dates
from cleaning.metadata.rights import read_rights
from cleaning.metadata.titles import normalize_declared_text, parse_host, read_site_identity, read_title
from cleaning.resources import load_toml
from cleaning.urls import canonicalise

MAX_TAGS = 40

_LISTING_TYPES = frozenset(kind for types in load_toml("pages")["types"].values() for kind in types)
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the page states. Fields as in :class:`cleaning.Article`."""

    title: str | None = None
    canonical_url: str | None = None
    language: str | None = None
    published: Timestamp | None = None
    modified: Timestamp | None = None
    authors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    site_name: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    image: str | None = None
    licence: str | None = None
    page_type: str | None = None
    paywalled: bool | None = None
    robots: tuple[str, ...] = ()
    tdm_reserved: bool | None = None
    tdm_policy: str | None = None
    provenance: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_declared_article(self) -> bool:
        """Whether the page says that it is an article."""
        return self.page_type in ARTICLE_TYPES or self.page_type == "article"


def read_metadata(tree: html.HtmlElement, url: str | None = None) -> Metadata:
    """Read what a page states about itself.

    Args:
        tree: the page, before anything was deleted from it.
        url: its address, against which relative ones are resolved.
    """
    seen = collect_declared_metadata(tree)
    data = parse_scripts(seen.scripts)
    posting, page_types = find_article(data), find_page_types(data)
    site = read_site_identity(seen, posting, url)
    title = read_title(seen, posting, site, url)
    heading = title.heading or next(iter(seen.headings), None)
    language = _read_language(tree, seen)
    dates = read_dates(seen, posting, language.value if language else None, url)
    rights = read_rights(seen, posting, url)
    authors, organisations = read_authors(seen, posting, site, heading)
    found: dict[str, DeclaredValue[Any] | None] = {
        "title": title.found,
        "canonical_url": _read_canonical_url(seen, url),
        "language": language,
        "published": DeclaredValue(dates.published, dates.published.source) if dates.published else None,
        "modified": DeclaredValue(dates.modified, dates.modified.source) if dates.modified else None,
        "authors": authors,
        "organisations": organisations,
        "site_name": site.name,
        "section": _read_section(seen, posting),
        "tags": _read_tags(seen, posting),
        "description": _read_description(seen, posting),
        "image": _read_image(seen, posting, url),
        "licence": rights.licence,
        "page_type": _read_page_type(seen, posting, page_types),
        "paywalled": rights.paywalled,
        "robots": rights.robots,
        "tdm_reserved": rights.tdm_reserved,
        "tdm_policy": rights.tdm_policy,
    }
    values = {name: one.value for name, one in found.items() if one is not None}
    provenance = {name: one.source for name, one in found.items() if one is not None}
    return Metadata(provenance=provenance, **values)


def _read_language(tree: html.HtmlElement, declared: DeclaredMetadata) -> DeclaredValue[str] | None:
    """The language of the page by its own statement, as it is written: ``"en-US"``, ``"de_DE"``."""
    stated = tree.get("lang") or tree.get(_XML_LANG)
    return DeclaredValue(stated, "lang-attribute") if stated else declared.find_meta("og:locale", "content-language")


def _read_canonical_url(declared: DeclaredMetadata, url: str | None) -> DeclaredValue[str] | None:
    """The address the page names as its own, unless it is the home page's or another site's."""
    stated = [DeclaredValue(address, "link") for address in declared.links.get("canonical", ()) if address]
    shared = declared.find_meta("og:url")
    for found in [*stated, shared] if shared else stated:
        try:
            canonical = canonicalise(found.value, url)
        except ValueError:
            continue
        if url is None or _is_plausible_canonical(canonical, url):
            return DeclaredValue(canonical, found.source)
    return None


def _is_plausible_canonical(canonical: str, url: str) -> bool:
    try:
        theirs, ours = urlsplit(canonical), urlsplit(url)
    except ValueError:  # a bracket that is no IPv6 address
        return False
    names_home = theirs.path in ("", "/") and not theirs.query
    return parse_host(canonical) == parse_host(url) and not (names_home and ours.path not in ("", "/"))


def _read_section(declared: DeclaredMetadata, posting: Mapping[str, Any]) -> DeclaredValue[str] | None:
    return _find_first(
        declared.find_meta("article:section", "og:article:section", "parsely-section"),
        _read_from_json(posting, "articleSection"),
        _read_from_property(declared, "articlesection"),
        DeclaredValue(declared.categories[0], "link") if declared.categories else None,
    )


def _read_description(declared: DeclaredMetadata, posting: Mapping[str, Any]) -> DeclaredValue[str] | None:
    stated = declared.find_meta("og:description", "description", "twitter:description", "dc.description")
    return _find_first(stated, _read_from_json(posting, "description"))


def _read_image(declared: DeclaredMetadata, posting: Mapping[str, Any], url: str | None) -> DeclaredValue[str] | None:
    """The address of the lead image, absolute."""
    stated = find_url(posting.get("image"))
    image = declared.find_meta("og:image", "og:image:url", "twitter:image", "twitter:image:src")
    image = image or (DeclaredValue(stated, "json-ld") if stated else None)
    absolute = _make_absolute(image.value, url) if image else None
    return DeclaredValue(absolute, image.source) if image and absolute else None


def _read_tags(declared: DeclaredMetadata, posting: Mapping[str, Any]) -> DeclaredValue[tuple[str, ...]] | None:
    keywords = posting.get("keywords")
    listed = [k for k in keywords if isinstance(k, str)] if isinstance(keywords, list) else _split_keywords(keywords)
    for source, stated in (
        ("opengraph", declared.get_metas("article:tag", "og:article:tag")),
        ("link", declared.tags),
        ("json-ld", listed),
        ("meta", _split_keywords(declared.get_meta("news_keywords", "parsely-tags", "keywords"))),
    ):
        tags = tuple(dict.fromkeys(tag for tag in map(normalize_declared_text, stated) if tag))
        if tags:
            return DeclaredValue(tags[:MAX_TAGS], source)
    return None


def _split_keywords(text: Any) -> list[str]:
    return re.split(r"[,;،、]", text) if isinstance(text, str) else []


def _read_page_type(
    declared: DeclaredMetadata, posting: Mapping[str, Any], own: Sequence[str]
) -> DeclaredValue[str] | None:
    """What the page is.

    In JSON-LD lists name the articles that they list. In OpenGraph plugins call every page an article, so that a page
    which calls itself a list in JSON-LD is one.
    """
    is_article = not ARTICLE_TYPES.isdisjoint(own)
    listing = next((kind for kind in own if kind in _LISTING_TYPES), None)
    if listing and not is_article:
        return DeclaredValue(listing, "json-ld")
    articles = [kind for kind in get_types(posting) if kind in ARTICLE_TYPES]
    if articles and (is_article or "ItemList" not in own):
        return DeclaredValue(articles[0], "json-ld")
    other = next((kind for kind in get_types(posting) if kind not in ARTICLE_TYPES), None)
    return declared.find_meta("og:type") or (DeclaredValue(other, "json-ld") if other else None)


def _read_from_json(posting: Mapping[str, Any], name: str) -> DeclaredValue[str] | None:
    value = find_first_text(posting.get(name))
    return DeclaredValue(value, "json-ld") if value else None


def _read_from_property(declared: DeclaredMetadata, name: str) -> DeclaredValue[str] | None:
    """The first value of a microdata property."""
    for element in declared.properties.get(name, ()):
        value = element.get("content") or extract_text(element)
        if value:
            return DeclaredValue(value, "microdata")
    return None


def _find_first(*statements: DeclaredValue[str] | None) -> DeclaredValue[str] | None:
    """The first statement that says something, with single spaces."""
    for found in statements:
        text = normalize_declared_text(found.value) if found else None
        if found and text:
            return DeclaredValue(text, found.source)
    return None


def _make_absolute(address: str, url: str | None) -> str | None:
    try:
        absolute = urljoin(url or "", address.strip())
    except ValueError:  # a bracket that is no IPv6 address
        return None
    return absolute if absolute.startswith(("http://", "https://")) else None
