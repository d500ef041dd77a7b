"""What a page says about its use: its licence, what it asks of robots and of text and data mining, and its paywall.

Servers say more, in robots.txt and in the headers X-Robots-Tag, TDM-Reservation and Content-Usage; the cleaner sees the
page alone. What a page asks of one robot by its name (``googlebot``, ``GPTBot``) is left out.
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
MAX_LICENCE_CHARACTERS = 300
"""Characters of a licence's name or address."""

_KNOWLEDGE = load_toml("rights")
_LICENCE_NAME = re.compile(_KNOWLEDGE["licence_name"], re.IGNORECASE)
_PAID_BY_TIER = {**dict.fromkeys(_KNOWLEDGE["free"], False), **dict.fromkeys(_KNOWLEDGE["paid"], True)}
_FALSE_VALUES = frozenset({"false", "no", "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What the page states, each with the kind of statement. Fields as in :class:`cleaning.Article`."""

    licence: DeclaredValue[str] | None = None
    robots: DeclaredValue[tuple[str, ...]] | None = None
    tdm_reserved: DeclaredValue[bool] | None = None
    tdm_policy: DeclaredValue[str] | None = None
    paywalled: DeclaredValue[bool] | None = None


def read_rights(declared: DeclaredMetadata, posting: Mapping[str, Any], url: str | None = None) -> Rights:
    """What a page says about its use.

    Args:
        seen: what the page states.
        posting: its article in JSON-LD; empty where it has none.
        url: the page's address, against which relative ones are resolved.
    """
    policy = declared.find_meta("tdm-policy")
    return Rights(
        licence=_read_licence(declared, posting, url),
        robots=_read_robots(declared),
        tdm_reserved=_read_tdm_reserved(declared),
        tdm_policy=DeclaredValue(_resolve_url(policy.value, url), policy.source) if policy else None,
        paywalled=_read_paywalled(declared, posting),
    )


def _read_licence(declared: DeclaredMetadata, posting: Mapping[str, Any], url: str | None) -> DeclaredValue[str] | None:
    for found in _iter_licences(declared, posting):
        value = " ".join(found.value.split())
        if value and len(value) <= MAX_LICENCE_CHARACTERS:
            return DeclaredValue(_resolve_url(value, url), found.source)
    return None


def _iter_licences(declared: DeclaredMetadata, posting: Mapping[str, Any]) -> Iterator[DeclaredValue[str]]:
    stated = find_url(posting.get("license"))
    if stated:
        yield DeclaredValue(stated, "json-ld")
    yield from (DeclaredValue(address, "link") for address in declared.links.get("license", ()))
    yield from (
        DeclaredValue(element.get("href") or extract_text(element), "microdata")
        for element in _get_first_property(declared, "license")
    )
    yield from (found for name in _KNOWLEDGE["licence_metas"] if (found := declared.find_meta(name)))
    for name in _KNOWLEDGE["rights_metas"]:
        found = declared.find_meta(name)
        if found and _LICENCE_NAME.search(found.value):
            yield found


def _read_robots(declared: DeclaredMetadata) -> DeclaredValue[tuple[str, ...]] | None:
    """The directives for all robots, in lower case: ``noindex``, ``noarchive``, ``noai``, ``max-snippet:-1``."""
    stated = ",".join(declared.get_metas("robots")).casefold().split(",")
    kept = tuple(dict.fromkeys(filter(None, ("".join(one.split()) for one in stated))))[:MAX_DIRECTIVES]
    return DeclaredValue(kept, "meta") if kept else None


def _read_tdm_reserved(declared: DeclaredMetadata) -> DeclaredValue[bool] | None:
    """Whether the page reserves the rights to text and data mining, by the TDM Reservation Protocol."""
    stated = declared.find_meta("tdm-reservation")
    return DeclaredValue(stated.value == "1", stated.source) if stated and stated.value in ("0", "1") else None


def _read_paywalled(declared: DeclaredMetadata, posting: Mapping[str, Any]) -> DeclaredValue[bool] | None:
    """Whether reading the page, or a part of it, takes a subscription."""
    parts = posting.get("hasPart")
    for stated in (posting, *(parts if isinstance(parts, list) else [parts])):
        if isinstance(stated, Mapping) and stated.get("isAccessibleForFree") is not None:
            return DeclaredValue(_is_false(stated["isAccessibleForFree"]), "json-ld")
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
    return declared.properties.get(name, [])[:1]


def _is_false(value: Any) -> bool:
    """Whether a value says no: ``False``, ``"false"``, ``"http://schema.org/False"``."""
    return str(value).rpartition("/")[2].strip().casefold() in _FALSE_VALUES


def _resolve_url(value: str, url: str | None) -> str:
    """An address that is relative made absolute; a name as it is."""
    if not value.startswith(("/", "./", "../")):
        return value
    try:
        return urljoin(url or "https:", value) if url or value.startswith("//") else value
    except ValueError:  # a bracket that is no IPv6 address
        return value
