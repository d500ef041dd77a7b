"""What a page says of itself: structured data, meta elements, and the visible headline, byline and date."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import html

from cleaning.metadata.authors import read_authors
from cleaning.metadata.date_parsing import Stamp
from cleaning.metadata.declared import Found, Statements, read_statements, text_of
from cleaning.metadata.jsonld import (
    ARTICLE_TYPES,
    address_of,
    article_among,
    first_text,
    own_types,
    read_scripts,
    types_of,
)
from cleaning.metadata.publication_dates import read_dates
from cleaning.metadata.rights import read_rights
from cleaning.metadata.titles import host_of, read_site, read_title, single_spaced
from cleaning.resources import load_toml
from cleaning.urls import canonicalise

MOST_TAGS = 40

_LISTING_TYPES = frozenset(kind for types in load_toml("pages")["types"].values() for kind in types)
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the page states. Fields as in :class:`cleaning.Article`."""

    title: str | None = None
    canonical_url: str | None = None
    language: str | None = None
    published: Stamp | None = None
    modified: Stamp | None = None
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
    seen = read_statements(tree)
    data = read_scripts(seen.scripts)
    posting, page_types = article_among(data), own_types(data)
    site = read_site(seen, posting, url)
    title = read_title(seen, posting, site, url)
    heading = title.heading or next(iter(seen.headings), None)
    language = _language(tree, seen)
    dates = read_dates(seen, posting, language.value if language else None, url)
    rights = read_rights(seen, posting, url)
    authors, organisations = read_authors(seen, posting, site, heading)
    found: dict[str, Found[Any] | None] = {
        "title": title.found,
        "canonical_url": _canonical(seen, url),
        "language": language,
        "published": Found(dates.published, dates.published.source) if dates.published else None,
        "modified": Found(dates.modified, dates.modified.source) if dates.modified else None,
        "authors": authors,
        "organisations": organisations,
        "site_name": site.name,
        "section": _section(seen, posting),
        "tags": _tags(seen, posting),
        "description": _description(seen, posting),
        "image": _image(seen, posting, url),
        "licence": rights.licence,
        "page_type": _page_type(seen, posting, page_types),
        "paywalled": rights.paywalled,
        "robots": rights.robots,
        "tdm_reserved": rights.tdm_reserved,
        "tdm_policy": rights.tdm_policy,
    }
    values = {name: one.value for name, one in found.items() if one is not None}
    provenance = {name: one.source for name, one in found.items() if one is not None}
    return Metadata(provenance=provenance, **values)


def _language(tree: html.HtmlElement, seen: Statements) -> Found[str] | None:
    """The language of the page by its own statement, as it is written: ``"en-US"``, ``"de_DE"``."""
    stated = tree.get("lang") or tree.get(_LANG)
    return Found(stated, "lang-attribute") if stated else seen.found("og:locale", "content-language")


def _canonical(seen: Statements, url: str | None) -> Found[str] | None:
    """The address the page names as its own, unless it is the home page's or another site's."""
    stated = [Found(address, "link") for address in seen.links.get("canonical", ()) if address]
    shared = seen.found("og:url")
    for found in [*stated, shared] if shared else stated:
        try:
            canonical = canonicalise(found.value, url)
        except ValueError:
            continue
        if url is None or _is_plausible_canonical(canonical, url):
            return Found(canonical, found.source)
    return None


def _is_plausible_canonical(canonical: str, url: str) -> bool:
    try:
        theirs, ours = urlsplit(canonical), urlsplit(url)
    except ValueError:  # a bracket that is no IPv6 address
        return False
    names_home = theirs.path in ("", "/") and not theirs.query
    return host_of(canonical) == host_of(url) and not (names_home and ours.path not in ("", "/"))


def _section(seen: Statements, posting: Mapping[str, Any]) -> Found[str] | None:
    return _first(
        seen.found("article:section", "og:article:section", "parsely-section"),
        _from_json(posting, "articleSection"),
        _from_property(seen, "articlesection"),
        Found(seen.categories[0], "link") if seen.categories else None,
    )


def _description(seen: Statements, posting: Mapping[str, Any]) -> Found[str] | None:
    stated = seen.found("og:description", "description", "twitter:description", "dc.description")
    return _first(stated, _from_json(posting, "description"))


def _image(seen: Statements, posting: Mapping[str, Any], url: str | None) -> Found[str] | None:
    """The address of the lead image, absolute."""
    stated = address_of(posting.get("image"))
    image = seen.found("og:image", "og:image:url", "twitter:image", "twitter:image:src")
    image = image or (Found(stated, "json-ld") if stated else None)
    absolute = _absolute(image.value, url) if image else None
    return Found(absolute, image.source) if image and absolute else None


def _tags(seen: Statements, posting: Mapping[str, Any]) -> Found[tuple[str, ...]] | None:
    keywords = posting.get("keywords")
    listed = [k for k in keywords if isinstance(k, str)] if isinstance(keywords, list) else _split(keywords)
    for source, stated in (
        ("opengraph", seen.metas_of("article:tag", "og:article:tag")),
        ("link", seen.tags),
        ("json-ld", listed),
        ("meta", _split(seen.meta("news_keywords", "parsely-tags", "keywords"))),
    ):
        tags = tuple(dict.fromkeys(tag for tag in map(single_spaced, stated) if tag))
        if tags:
            return Found(tags[:MOST_TAGS], source)
    return None


def _split(text: Any) -> list[str]:
    return re.split(r"[,;،、]", text) if isinstance(text, str) else []


def _page_type(seen: Statements, posting: Mapping[str, Any], own: Sequence[str]) -> Found[str] | None:
    """What the page is.

    In JSON-LD lists name the articles that they list. In OpenGraph plugins call every page an article, so that a page
    which calls itself a list in JSON-LD is one.
    """
    is_article = not ARTICLE_TYPES.isdisjoint(own)
    listing = next((kind for kind in own if kind in _LISTING_TYPES), None)
    if listing and not is_article:
        return Found(listing, "json-ld")
    articles = [kind for kind in types_of(posting) if kind in ARTICLE_TYPES]
    if articles and (is_article or "ItemList" not in own):
        return Found(articles[0], "json-ld")
    other = next((kind for kind in types_of(posting) if kind not in ARTICLE_TYPES), None)
    return seen.found("og:type") or (Found(other, "json-ld") if other else None)


def _from_json(posting: Mapping[str, Any], name: str) -> Found[str] | None:
    value = first_text(posting.get(name))
    return Found(value, "json-ld") if value else None


def _from_property(seen: Statements, name: str) -> Found[str] | None:
    """The first value of a microdata property."""
    for element in seen.properties.get(name, ()):
        value = element.get("content") or text_of(element)
        if value:
            return Found(value, "microdata")
    return None


def _first(*statements: Found[str] | None) -> Found[str] | None:
    """The first statement that says something, with single spaces."""
    for found in statements:
        text = single_spaced(found.value) if found else None
        if found and text:
            return Found(text, found.source)
    return None


def _absolute(address: str, url: str | None) -> str | None:
    try:
        absolute = urljoin(url or "", address.strip())
    except ValueError:  # a bracket that is no IPv6 address
        return None
    return absolute if absolute.startswith(("http://", "https://")) else None
