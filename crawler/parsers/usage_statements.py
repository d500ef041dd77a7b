"""Read statements about the use of pages: Content-Signal, Content-Usage and tdmrep.json.

All of it is written by strangers: each reader is linear in a bounded text, and skips what it does not understand.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

from cleaning.usage import MAX_STATEMENT_CHARACTERS, UsageStatement, translate_label

MAX_MEMBERS: Final = 20
"""Members of a list of preferences that are read."""
MAX_LABEL_CHARACTERS: Final = 40
MAX_TDMREP_BYTES: Final = 64 * 1024
"""A larger tdmrep.json is not read."""
MAX_TDMREP_RULES: Final = 500
MAX_URL_CHARACTERS: Final = 2_000

_ALLOWED_BY_WORD: Final = {"y": True, "yes": True, "n": False, "no": False}


def parse_preferences(text: str, where: str) -> tuple[UsageStatement, ...]:
    """Return the statements of a list such as ``search=yes, ai-train=no`` or ``train-ai=n``.

    A label that occurs twice has its last value, as in any structured field (RFC 9651). Parameters are ignored, and so
    are values other than yes and no.

    >>> [(each.use, each.allowed) for each in parse_preferences("search=y;note=1, train-ai=n, x=5", "header")]
    [('search', True), ('ai-train', False)]
    """
    stated: dict[str, UsageStatement] = {}
    for member in text.split(",", MAX_MEMBERS)[:MAX_MEMBERS]:
        label, _, value = member.partition(";")[0].partition("=")
        label, allowed = label.strip().lower(), _ALLOWED_BY_WORD.get(value.strip().strip('"').lower())
        if label and len(label) <= MAX_LABEL_CHARACTERS and allowed is not None:
            written = member.strip()[:MAX_STATEMENT_CHARACTERS]
            stated[label] = UsageStatement(where, translate_label(label), allowed, text=written)
    return tuple(stated.values())


def split_path(value: str) -> tuple[str, str]:
    """Split the value of a line in robots.txt into its path pattern, which may be absent, and its preferences.

    >>> split_path("/ai-ok/ train-ai=y"), split_path("train-ai=n")
    (('/ai-ok/', 'train-ai=y'), ('', 'train-ai=n'))
    """
    if not value.startswith(("/", "*")):
        return "", value
    path, *preferences = value.split(None, 1)
    return path, preferences[0] if preferences else ""


@dataclass(frozen=True, slots=True)
class TdmRule:
    """A rule of a tdmrep.json."""

    location: str
    """The pattern of the paths that it is for, as in robots.txt."""
    is_reserved: bool
    policy: str | None
    """The URL of the policy as written; ``None`` if there is none."""


def parse_tdmrep(text: str) -> tuple[TdmRule, ...]:
    """Return the rules of a tdmrep.json in their order; none if it is not such a file.

    >>> parse_tdmrep('[{"location": "/", "tdm-reservation": 1}]')
    (TdmRule(location='/', is_reserved=True, policy=None),)
    """
    if len(text) > MAX_TDMREP_BYTES:
        return ()
    try:
        rules = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):  # HTML, because servers answer unknown paths with their front page
        return ()
    rules = [rules] if isinstance(rules, dict) else rules
    return tuple(_iter_tdm_rules(rules[:MAX_TDMREP_RULES])) if isinstance(rules, list) else ()


def _iter_tdm_rules(rules: list[Any]) -> Iterator[TdmRule]:
    for rule in rules:
        if not isinstance(rule, dict):
            continue
        location, reservation, policy = (rule.get(name) for name in ("location", "tdm-reservation", "tdm-policy"))
        # A nested value as deep as the parser allows must not be turned into text: that is one call deeper.
        is_scalar = isinstance(reservation, (int, str, float)) and not isinstance(reservation, bool)
        if isinstance(location, str) and location and is_scalar and reservation in (0, 1, "0", "1"):
            is_url = isinstance(policy, str) and 0 < len(policy) <= MAX_URL_CHARACTERS
            yield TdmRule(location, reservation in (1, "1"), policy if is_url else None)


def resolve_url(url: str, base: str) -> str | None:
    """Return a licence's URL as an absolute one; ``None`` if it is no web address.

    >>> resolve_url("/license.xml", "https://example.org/robots.txt"), resolve_url("see below", "https://example.org/")
    ('https://example.org/license.xml', None)
    """
    if len(url) > MAX_URL_CHARACTERS or not url.lower().startswith(("http://", "https://", "/", "./")):
        return None
    try:
        return urljoin(base, url)
    except ValueError:
        return None
