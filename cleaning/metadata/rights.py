"""What a page says about its use: its licence, what it asks of robots and of text and data mining, and its paywall.

Servers say more, in robots.txt and in the headers X-Robots-Tag, TDM-Reservation and Content-Usage; the cleaner sees the
page alone. What a page asks of one robot by its name (``googlebot``, ``GPTBot``) is left out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from cleaning.metadata.declared import Found, Statements, text_of
from cleaning.metadata.jsonld import address_of
from cleaning.resources import load_toml

MOST_DIRECTIVES = 20
LONGEST = 300
"""Characters of a licence's name or address."""

_KNOWLEDGE = load_toml("rights")
_LICENCE_NAME = re.compile(_KNOWLEDGE["licence_name"], re.IGNORECASE)
_TIERS = {**dict.fromkeys(_KNOWLEDGE["free"], False), **dict.fromkeys(_KNOWLEDGE["paid"], True)}
_SAID_NO = frozenset({"false", "no", "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What the page states, each with the kind of statement. Fields as in :class:`cleaning.Article`."""

    licence: Found[str] | None = None
    robots: Found[tuple[str, ...]] | None = None
    tdm_reserved: Found[bool] | None = None
    tdm_policy: Found[str] | None = None
    paywalled: Found[bool] | None = None


def read_rights(seen: Statements, posting: Mapping[str, Any], url: str | None = None) -> Rights:
    """What a page says about its use.

    Args:
        seen: what the page states.
        posting: its article in JSON-LD; empty where it has none.
        url: the page's address, against which relative ones are resolved.
    """
    policy = seen.found("tdm-policy")
    return Rights(
        licence=_licence(seen, posting, url),
        robots=_robots(seen),
        tdm_reserved=_tdm_reserved(seen),
        tdm_policy=Found(_resolved(policy.value, url), policy.source) if policy else None,
        paywalled=_paywalled(seen, posting),
    )


def _licence(seen: Statements, posting: Mapping[str, Any], url: str | None) -> Found[str] | None:
    for found in _licences(seen, posting):
        value = " ".join(found.value.split())
        if value and len(value) <= LONGEST:
            return Found(_resolved(value, url), found.source)
    return None


def _licences(seen: Statements, posting: Mapping[str, Any]) -> Iterator[Found[str]]:
    stated = address_of(posting.get("license"))
    if stated:
        yield Found(stated, "json-ld")
    yield from (Found(address, "link") for address in seen.links.get("license", ()))
    yield from (Found(element.get("href") or text_of(element), "microdata") for element in _held(seen, "license"))
    yield from (found for name in _KNOWLEDGE["licence_metas"] if (found := seen.found(name)))
    for name in _KNOWLEDGE["rights_metas"]:
        found = seen.found(name)
        if found and _LICENCE_NAME.search(found.value):
            yield found


def _robots(seen: Statements) -> Found[tuple[str, ...]] | None:
    """The directives for all robots, in lower case: ``noindex``, ``noarchive``, ``noai``, ``max-snippet:-1``."""
    stated = ",".join(seen.metas_of("robots")).casefold().split(",")
    kept = tuple(dict.fromkeys(filter(None, ("".join(one.split()) for one in stated))))[:MOST_DIRECTIVES]
    return Found(kept, "meta") if kept else None


def _tdm_reserved(seen: Statements) -> Found[bool] | None:
    """Whether the page reserves the rights to text and data mining, by the TDM Reservation Protocol."""
    stated = seen.found("tdm-reservation")
    return Found(stated.value == "1", stated.source) if stated and stated.value in ("0", "1") else None


def _paywalled(seen: Statements, posting: Mapping[str, Any]) -> Found[bool] | None:
    """Whether reading the page, or a part of it, takes a subscription."""
    parts = posting.get("hasPart")
    for stated in (posting, *(parts if isinstance(parts, list) else [parts])):
        if isinstance(stated, Mapping) and stated.get("isAccessibleForFree") is not None:
            return Found(_is_no(stated["isAccessibleForFree"]), "json-ld")
    for element in _held(seen, "isaccessibleforfree"):
        return Found(_is_no(element.get("content") or element.get("href") or text_of(element)), "microdata")
    for name in _KNOWLEDGE["tier_metas"]:
        tier = seen.found(name)
        if tier and tier.value.casefold() in _TIERS:
            return Found(_TIERS[tier.value.casefold()], tier.source)
    return None


def _held(seen: Statements, name: str) -> list[Any]:
    return seen.properties.get(name, [])[:1]


def _is_no(value: Any) -> bool:
    """Whether a value says no: ``False``, ``"false"``, ``"http://schema.org/False"``."""
    return str(value).rpartition("/")[2].strip().casefold() in _SAID_NO


def _resolved(value: str, url: str | None) -> str:
    """An address that is relative made absolute; a name as it is."""
    if not value.startswith(("/", "./", "../")):
        return value
    try:
        return urljoin(url or "https:", value) if url or value.startswith("//") else value
    except ValueError:  # a bracket that is no IPv6 address
        return value
