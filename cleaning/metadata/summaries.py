"""Read what a page states for its previews: description, lead image, section and name of the site.

Templates fill these fields with placeholders, logos and markup when an article has none of its own. Such values are
rejected, and the next statement counts.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import unquote, urljoin

from lxml import html

from cleaning.lines.normalization import fold_text
from cleaning.metadata.declared import DeclaredMetadata, DeclaredValue, Heading, extract_text
from cleaning.metadata.headline_context import is_in_other_content, is_outside_article
from cleaning.metadata.jsonld import find_first_text, find_url
from cleaning.metadata.titles import normalize_declared_text
from cleaning.resources import load_toml

MAX_ELEMENTS_TO_IMAGE = 400
"""Elements below the headline among which the first picture of the article is searched."""
MIN_IMAGE_PIXELS = 200
"""Width of the smallest lead image; smaller ones are icons and portraits."""
MAX_WIDTH_DIGITS = 6
"""Digits of the longest width that is read; Python does not convert thousands of them."""
MAX_SECTION_WORDS = 8
"""A longer section is a title or a list of keywords."""

_KNOWLEDGE = load_toml("metadata")
_TEMPLATE = re.compile(r"\{[{%$]|%%|\$\{|\[\[|^(?:undefined|null|none|n/a|-|lorem ipsum.*)$", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_CUT_END = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|\[&hellip;\])\s*$")
_PROMPT_END = re.compile(_KNOWLEDGE["prompt_end"], re.IGNORECASE)
_PLACEHOLDER_IMAGE = re.compile(_KNOWLEDGE["placeholder_image"], re.IGNORECASE)
_NO_SECTIONS = frozenset(_KNOWLEDGE["no_sections"])
_SOURCES = ("data-src", "data-original", "data-lazy-src", "src")


def read_description(
    declared: DeclaredMetadata, jsonld_article: Mapping[str, Any], site_name: str | None
) -> DeclaredValue[str] | None:
    """Return the description that the page declares, without markup and prompts.

    Args:
        declared: the page's declared metadata.
        jsonld_article: its article in JSON-LD; empty if it has none.
        site_name: the site's name, which is no description.
    """
    candidates = [
        declared.find_meta(name) for name in ("og:description", "description", "twitter:description", "dc.description")
    ]
    stated = find_first_text(jsonld_article.get("description"))
    for candidate in (*candidates, DeclaredValue(stated, "json-ld") if stated else None):
        text = _clean_description(candidate.value) if candidate else None
        if candidate and text and fold_text(text) != fold_text(site_name or ""):
            return DeclaredValue(text, candidate.source)
    return None


def _clean_description(text: str) -> str | None:
    r"""Return a description without tags, escaped line breaks, and the prompt to read on; None if nothing is left.

    >>> _clean_description("<p>Floods cut the road.\\nNobody was hurt [...]</p>"), _clean_description("{{ teaser }}")
    ('Floods cut the road. Nobody was hurt …', None)
    """
    plain = normalize_declared_text(text.replace("\\n", " ").replace("\\r", " "))
    plain = normalize_declared_text(_TAG.sub(" ", plain)) if plain else None
    if not plain or _TEMPLATE.search(plain):
        return None
    plain = _PROMPT_END.sub("", plain)
    return re.sub(r"\s+([.,;:!?])", r"\1", _CUT_END.sub(" …", plain)).strip() or None


def read_section(declared: DeclaredMetadata, jsonld_article: Mapping[str, Any]) -> DeclaredValue[str] | None:
    """Return the section that the page declares, such as "Politics"."""
    stated = find_first_text(jsonld_article.get("articleSection"))
    elements = declared.properties.get("articlesection", ())
    shown = next((value for element in elements if (value := element.get("content") or extract_text(element))), None)
    candidates = (
        *(declared.find_meta(name) for name in ("article:section", "og:article:section", "parsely-section")),
        DeclaredValue(stated, "json-ld") if stated else None,
        DeclaredValue(shown, "microdata") if shown else None,
        *(DeclaredValue(category, "link") for category in declared.categories[:1]),
    )
    for candidate in candidates:
        section = _clean_section(candidate.value) if candidate else None
        if candidate and section:
            return DeclaredValue(section, candidate.source)
    return None


def _clean_section(text: str) -> str | None:
    """Return the first of the sections in a text; None if it names none.

    >>> _clean_section("- Coast, News"), _clean_section("Uncategorized"), _clean_section("{section}")
    ('Coast', None, None)
    """
    normalized = normalize_declared_text(text) or ""
    section = re.split(r"\s*[,;]\s*", normalized)[0].strip(" -–—|>/")
    is_word = section and not _TEMPLATE.search(section) and "{" not in section and "://" not in section
    is_short = len(section.split()) <= MAX_SECTION_WORDS
    return section if is_word and is_short and section.casefold() not in _NO_SECTIONS else None


def clean_site_name(name: DeclaredValue[str] | None, title: str | None) -> DeclaredValue[str] | None:
    """Return the site's name; None if the template left a placeholder, a URL or the article's title in its place."""
    if name is None or _TEMPLATE.search(name.value) or name.value.casefold() in _NO_SECTIONS:
        return None
    key = fold_text(title or "")
    return None if "://" in name.value or (len(key) > 20 and key in fold_text(name.value)) else name


def read_image(
    declared: DeclaredMetadata, jsonld_article: Mapping[str, Any], url: str | None, heading: Heading | None
) -> DeclaredValue[str] | None:
    """Return the absolute URL of the lead image: the first stated one that is no logo, else the first picture.

    Args:
        declared: the page's declared metadata.
        jsonld_article: its article in JSON-LD; empty if it has none.
        url: the page's URL, against which relative ones are resolved.
        heading: the headline that the page shows, below which the first picture is searched.
    """
    jsonld_image = find_url(jsonld_article.get("image"))
    candidates = [
        *(declared.find_meta(name) for name in ("og:image", "og:image:url", "twitter:image", "twitter:image:src")),
        DeclaredValue(jsonld_image, "json-ld") if jsonld_image else None,
    ]
    for candidate in candidates:
        absolute = _make_absolute(candidate.value, url) if candidate else None
        if candidate and absolute and not is_placeholder_image(absolute):
            return DeclaredValue(absolute, candidate.source)
    first = next(_iter_pictures(declared, heading), None) if heading else None
    absolute = _make_absolute(first, url) if first else None
    return DeclaredValue(absolute, "picture") if absolute else None


def is_placeholder_image(url: str) -> bool:
    """Return whether the file name of an image says that it is a logo, a placeholder or a default for sharing.

    >>> is_placeholder_image("https://a.example/og-default.png"), is_placeholder_image("https://a.example/default/b.jpg")
    (True, False)
    """
    name = unquote(re.sub(r"[?#].*$", "", url)).rpartition("/")[2]
    return bool(_PLACEHOLDER_IMAGE.search(name)) or name.endswith((".svg", ".ico"))


def _iter_pictures(declared: DeclaredMetadata, heading: Heading) -> Iterator[str]:
    """Yield the sources of the pictures below the headline that may be the article's."""
    frame = set(heading.element.iterancestors())
    below = islice(declared.elements, heading.position + 1, heading.position + MAX_ELEMENTS_TO_IMAGE)
    for element in (element for element in below if element.tag == "img"):
        source = next((value for name in _SOURCES if (value := element.get(name)) and _is_file(value)), None)
        if source and not _is_small(element) and not is_placeholder_image(source) and not _is_elsewhere(element, frame):
            yield source


def _is_file(source: str) -> bool:
    """Return whether a source is a file, and not data or an animation that stands in for it."""
    return not source.startswith(("data:", "about:", "blob:")) and not source.split("?")[0].endswith(".gif")


def _is_small(element: html.HtmlElement) -> bool:
    """Return whether a picture is stated to be narrow, or the portrait of an author."""
    width = (element.get("width") or "").removesuffix("px")
    names = f"{element.get('class', '')} {element.get('alt', '')}".casefold()
    is_narrow = width.isascii() and width.isdigit() and len(width) <= MAX_WIDTH_DIGITS and int(width) < MIN_IMAGE_PIXELS
    return is_narrow or any(word in names for word in ("avatar", "logo", "icon", "author", "emoji"))


def _is_elsewhere(element: html.HtmlElement, frame: set[html.HtmlElement]) -> bool:
    """Return whether a picture is in a menu, an aside, a list of other articles or an author's box."""
    parent = element.getparent()
    figure = next(element.iterancestors("figure"), None)
    start = figure.getparent() if figure is not None else parent
    return is_outside_article(element) or (start is not None and is_in_other_content(start, frame))


def _make_absolute(link: str, url: str | None) -> str | None:
    """Resolve a link against the page's URL; None if the result is not an HTTP URL."""
    try:
        absolute = urljoin(url or "", link.strip())
    except ValueError:  # a bracket that does not enclose an IPv6 address
        return None
    return absolute if absolute.startswith(("http://", "https://")) else None
