"""Read what a page declares about its use: licence, robots directives, text and data mining, and paywall.

Servers declare more, in robots.txt and in the headers X-Robots-Tag, TDM-Reservation and Content-Usage; the cleaner sees
only the page, and the crawler adds the rest. Directives for a single robot (``googlebot``, ``GPTBot``) are ignored.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from cleaning.metadata.declared import DeclaredMetadata, DeclaredValue, extract_text
from cleaning.metadata.jsonld import find_url
from cleaning.resources import load_toml

MAX_DIRECTIVES = 20
"""Robots directives that are kept."""
ROBOT_NAME = "cleanwire"
"""The name under which a page addresses directives to Cleanwire alone; they add to those for all robots."""
MAX_LICENCE_CHARACTERS = 300
"""Longer values are not a licence's name or URL."""

_KNOWLEDGE = load_toml("rights")
_LICENCE_NAME = re.compile(_KNOWLEDGE["licence_name"], re.IGNORECASE)
_PAID_BY_TIER = {**dict.fromkeys(_KNOWLEDGE["free"], False), **dict.fromkeys(_KNOWLEDGE["paid"], True)}
_FALSE_VALUES = frozenset({"false", "no", "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a page declares about its use, each with its source. The fields are those of :class:`cleaning.Article`."""

    licence: DeclaredValue[str] | None = None
    robots: DeclaredValue[tuple[str, ...]] | None = None
    tdm_reserved: DeclaredValue[bool] | None = None
    tdm_policy: DeclaredValue[str] | None = None
    paywalled: DeclaredValue[bool] | None = None


def read_rights(declared: DeclaredMetadata, jsonld_article: Mapping[str, Any], url: str | None = None) -> Rights:
    """Return what a page declares about its use; None for each field that it does not declare.

    Args:
        declared: the page's declared metadata.
        jsonld_article: its article in JSON-LD; empty if it has none.
        url: the page's URL, against which relative ones are resolved.
    """
    policy = declared.find_meta("tdm-policy")
    return Rights(
        licence=_read_licence(declared, jsonld_article, url),
        robots=_read_robots(declared),
        tdm_reserved=_read_tdm_reserved(declared),
        tdm_policy=DeclaredValue(_resolve_url(policy.value, url), policy.source) if policy else None,
        paywalled=_read_paywalled(declared, jsonld_article),
    )


def _read_licence(
    declared: DeclaredMetadata, jsonld_article: Mapping[str, Any], url: str | None
) -> DeclaredValue[str] | None:
    """Return the name or the absolute URL of the licence."""
    for licence in _iter_licences(declared, jsonld_article):
        value = " ".join(licence.value.split())
        if value and len(value) <= MAX_LICENCE_CHARACTERS:
            return DeclaredValue(_resolve_url(value, url), licence.source)
    return None


def _iter_licences(declared: DeclaredMetadata, jsonld_article: Mapping[str, Any]) -> Iterator[DeclaredValue[str]]:
    """Yield the declared licences, the most reliable first."""
    jsonld_licence = find_url(jsonld_article.get("license"))
    if jsonld_licence:
        yield DeclaredValue(jsonld_licence, "json-ld")
    yield from (DeclaredValue(link, "link") for link in declared.links.get("license", ()))
    yield from (
        DeclaredValue(element.get("href") or extract_text(element), "microdata")
        for element in _get_first_property(declared, "license")
    )
    yield from (meta for name in _KNOWLEDGE["licence_metas"] if (meta := declared.find_meta(name)))
    # These elements mostly hold a copyright notice, so the value must name a licence.
    for name in _KNOWLEDGE["rights_metas"]:
        meta = declared.find_meta(name)
        if meta and _LICENCE_NAME.search(meta.value):
            yield meta


def _read_robots(declared: DeclaredMetadata) -> DeclaredValue[tuple[str, ...]] | None:
    """Return the directives for all robots, and for Cleanwire, in lower case: ``noindex``, ``max-snippet:-1``."""
    parts = ",".join(declared.get_metas("robots", ROBOT_NAME)).casefold().split(",")
    directives = tuple(dict.fromkeys(filter(None, ("".join(part.split()) for part in parts))))[:MAX_DIRECTIVES]
    return DeclaredValue(directives, "meta") if directives else None


def _read_tdm_reserved(declared: DeclaredMetadata) -> DeclaredValue[bool] | None:
    """Return whether the page reserves text and data mining, by the TDM Reservation Protocol."""
    meta = declared.find_meta("tdm-reservation")
    return DeclaredValue(meta.value == "1", meta.source) if meta and meta.value in ("0", "1") else None


def _read_paywalled(declared: DeclaredMetadata, jsonld_article: Mapping[str, Any]) -> DeclaredValue[bool] | None:
    """Return whether the page declares that it, or a part of it, requires a subscription."""
    # Google's markup for paywalls puts the flag on the article, on the section behind the wall, or on both.
    parts = jsonld_article.get("hasPart")
    for part in (jsonld_article, *(parts if isinstance(parts, list) else [parts])):
        if isinstance(part, Mapping) and part.get("isAccessibleForFree") is not None:
            return DeclaredValue(_is_false(part["isAccessibleForFree"]), "json-ld")
    for element in _get_first_property(declared, "isaccessibleforfree"):
        return DeclaredValue(
            _is_false(element.get("content") or element.get("href") or extract_text(element)), "microdata"
        )
    for name in _KNOWLEDGE["tier_metas"]:
        tier = declared.find_meta(name)
        if tier and tier.value.casefold() in _PAID_BY_TIER:
            return DeclaredValue(_PAID_BY_TIER[tier.value.casefold()], tier.source)
    return None


def _get_first_property(declared: DeclaredMetadata, name: str) -> list[Any]:
    """Return the first element with a microdata property, as a list of at most one."""
    return declared.properties.get(name, [])[:1]


def _is_false(value: Any) -> bool:
    """Return whether a value means no: ``False``, ``"false"``, ``"http://schema.org/False"``."""
    return str(value).rpartition("/")[2].strip().casefold() in _FALSE_VALUES


def _resolve_url(value: str, url: str | None) -> str:
    """Make a relative URL absolute; return anything else, such as a licence's name, unchanged."""
    if not value.startswith(("/", "./", "../")):
        return value
    try:
        return urljoin(url or "https:", value) if url or value.startswith("//") else value
    except ValueError:  # a bracket that does not enclose an IPv6 address
        return value
