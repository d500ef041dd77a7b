"""Read a page's metadata: structured data, ``meta`` elements, and the visible headline, byline and date.

:func:`read_metadata` reads every field. What takes more than a lookup has a module of its own beside this one: titles,
authors, dates and rights.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lxml import html

from cleaning.metadata.authors import read_authors
from cleaning.metadata.date_parsing import Timestamp
from cleaning.metadata.declared import DeclaredMetadata, DeclaredValue, collect_declared_metadata
from cleaning.metadata.jsonld import (
    ARTICLE_TYPES,
    find_article,
    find_page_types,
    get_types,
    parse_scripts,
)
from cleaning.metadata.publication_dates import read_dates
from cleaning.metadata.rights import read_rights
from cleaning.metadata.summaries import clean_site_name, read_description, read_image, read_section
from cleaning.metadata.titles import normalize_declared_text, parse_host, read_site_identity, read_title
from cleaning.resources import load_toml
from cleaning.urls import canonicalise

MAX_TAGS = 40
"""Tags of a page that are kept."""

_LISTING_TYPES = frozenset(kind for types in load_toml("pages")["types"].values() for kind in types)
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The metadata of a page. The fields are those of :class:`cleaning.Article`; None and empty mean not stated.

    ``provenance`` names the kind of statement for each field that has a value.
    """

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
        """Return whether the page declares that it is an article.

        OpenGraph's ``article`` counts, although plugins state it on every page; the types of JSON-LD are more reliable.
        """
        return self.page_type in ARTICLE_TYPES or self.page_type == "article"


def read_metadata(tree: html.HtmlElement, url: str | None = None) -> Metadata:
    """Read the metadata of a page.

    Args:
        tree: the whole page: boilerplate is removed later, since metadata is often inside it.
        url: the page's URL, against which relative ones are resolved; it may also name the date and the site.

    Returns:
        Every field that the page states, with its provenance. Nothing is guessed from the article's text.
    """
    declared = collect_declared_metadata(tree)
    data = parse_scripts(declared.scripts)
    titles = [*declared.get_metas("og:title", "twitter:title"), declared.title, *(h.text for h in declared.headings)]
    urls = [link for link in (url, declared.get_meta("og:url"), *declared.links.get("canonical", ())) if link]
    jsonld_article, page_types = find_article(data, titles, urls), find_page_types(data)
    site = read_site_identity(declared, jsonld_article, url)
    title = read_title(declared, jsonld_article, site, url)
    heading = title.heading or next(iter(declared.headings), None)
    language = _read_language(tree, declared)
    dates = read_dates(declared, jsonld_article, language.value if language else None, url)
    rights = read_rights(declared, jsonld_article, url)
    authors, organisations = read_authors(declared, jsonld_article, site, heading)
    fields: dict[str, DeclaredValue[Any] | None] = {
        "title": title.headline,
        "canonical_url": _read_canonical_url(declared, url),
        "language": language,
        "published": DeclaredValue(dates.published, dates.published.source) if dates.published else None,
        "modified": DeclaredValue(dates.modified, dates.modified.source) if dates.modified else None,
        "authors": authors,
        "organisations": organisations,
        "site_name": clean_site_name(site.name, title.headline.value if title.headline else None),
        "section": read_section(declared, jsonld_article),
        "tags": _read_tags(declared, jsonld_article),
        "description": read_description(declared, jsonld_article, site.name.value if site.name else None),
        "image": read_image(declared, jsonld_article, url, heading),
        "licence": rights.licence,
        "page_type": _read_page_type(declared, jsonld_article, page_types),
        "paywalled": rights.paywalled,
        "robots": rights.robots,
        "tdm_reserved": rights.tdm_reserved,
        "tdm_policy": rights.tdm_policy,
    }
    values = {name: entry.value for name, entry in fields.items() if entry is not None}
    provenance = {name: entry.source for name, entry in fields.items() if entry is not None}
    return Metadata(provenance=provenance, **values)


def _read_language(tree: html.HtmlElement, declared: DeclaredMetadata) -> DeclaredValue[str] | None:
    """Return the language that the page declares, as it is written: ``"en-US"``, ``"de_DE"``."""
    language = tree.get("lang") or tree.get(_XML_LANG)
    return (
        DeclaredValue(language, "lang-attribute") if language else declared.find_meta("og:locale", "content-language")
    )


def _read_canonical_url(declared: DeclaredMetadata, url: str | None) -> DeclaredValue[str] | None:
    """Return the page's canonical URL, unless it is that of another site or of the home page.

    Without the page's own URL to compare with, any canonical URL that can be parsed is returned.
    """
    links = [DeclaredValue(link, "link") for link in declared.links.get("canonical", ()) if link]
    og_url = declared.find_meta("og:url")
    for candidate in [*links, og_url] if og_url else links:
        try:
            canonical = canonicalise(candidate.value, url)
        except ValueError:
            continue
        if url is None or _is_plausible_canonical(canonical, url):
            return DeclaredValue(canonical, candidate.source)
    return None


def _is_plausible_canonical(canonical: str, url: str) -> bool:
    """Return whether a canonical URL is on the same host, and not the home page unless the page is."""
    try:
        canonical_parts, url_parts = urlsplit(canonical), urlsplit(url)
    except ValueError:  # a bracket that does not enclose an IPv6 address
        return False
    # Misconfigured templates declare the home page as the canonical URL of every page.
    is_home = canonical_parts.path in ("", "/") and not canonical_parts.query
    return parse_host(canonical) == parse_host(url) and not (is_home and url_parts.path not in ("", "/"))


def _read_tags(declared: DeclaredMetadata, jsonld_article: Mapping[str, Any]) -> DeclaredValue[tuple[str, ...]] | None:
    """Return the tags of the first source that states any, each once, at most :data:`MAX_TAGS`."""
    keywords = jsonld_article.get("keywords")
    listed = [k for k in keywords if isinstance(k, str)] if isinstance(keywords, list) else _split_keywords(keywords)
    for source, values in (
        ("opengraph", declared.get_metas("article:tag", "og:article:tag")),
        ("link", declared.tags),
        ("json-ld", listed),
        ("meta", _split_keywords(declared.get_meta("news_keywords", "parsely-tags", "keywords"))),
    ):
        tags = tuple(dict.fromkeys(tag for tag in map(normalize_declared_text, values) if tag))
        if tags:
            return DeclaredValue(tags[:MAX_TAGS], source)
    return None


def _split_keywords(text: Any) -> list[str]:
    """Split a list of keywords at Latin, Arabic and East Asian commas and semicolons."""
    return re.split(r"[,;،、]", text) if isinstance(text, str) else []


def _read_page_type(
    declared: DeclaredMetadata, jsonld_article: Mapping[str, Any], own: Sequence[str]
) -> DeclaredValue[str] | None:
    """Return the type that the page declares for itself.

    JSON-LD lists declare the articles that they list, and OpenGraph plugins call every page an article. So a page that
    declares itself a list in JSON-LD is a list.

    Args:
        declared: the page's declared metadata.
        jsonld_article: the article, or other object, in its JSON-LD.
        own: the types of the page itself, without those of listed articles.
    """
    is_article = not ARTICLE_TYPES.isdisjoint(own)
    listing = next((kind for kind in own if kind in _LISTING_TYPES), None)
    if listing and not is_article:
        return DeclaredValue(listing, "json-ld")
    articles = [kind for kind in get_types(jsonld_article) if kind in ARTICLE_TYPES]
    if articles and (is_article or "ItemList" not in own):
        return DeclaredValue(articles[0], "json-ld")
    other = next((kind for kind in get_types(jsonld_article) if kind not in ARTICLE_TYPES), None)
    # OpenGraph comes last: see above.
    return declared.find_meta("og:type") or (DeclaredValue(other, "json-ld") if other else None)
