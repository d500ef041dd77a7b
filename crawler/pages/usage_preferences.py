"""What a page and its server ask of robots: not to be indexed, archived, or mined; and what follows from it.

All of them are recorded. Which are obeyed is up to the user (:data:`crawler.config.models.USAGE_PREFERENCES`).
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urljoin

from cleaning import Article
from crawler.outcomes import NO_INDEX, TDM_RESERVED
from crawler.parsers.timestamps import parse_time

ROBOT_NAME: Final = "cleanwire"
"""The name that directives in X-Robots-Tag address us by."""
MAX_DIRECTIVES: Final = 20
MAX_HEADER_CHARS: Final = 2_000
"""Characters of a header that are read."""

_ROBOT: Final = re.compile(r"\s*([a-z][a-z0-9_-]*)\s*:(.*)", re.IGNORECASE | re.DOTALL)
# These have a value after a colon; any other name before one is a robot's.
_VALUED_DIRECTIVES: Final = (
    "max-snippet",
    "max-image-preview",
    "max-video-preview",
    "unavailable_after",
    "unavailable-after",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePreferences:
    """What is asked of us."""

    robots: tuple[str, ...] = ()
    """Directives for all robots and for ours, in lower case: ``"noindex"``, ``"max-snippet:-1"`` and the like."""
    tdm_reserved: bool | None = None
    """Whether the rights to text and data mining are reserved, by the TDM Reservation Protocol; ``None`` where nobody
    says."""
    tdm_policy: str | None = None
    """Address of the conditions of mining."""
    is_expired: bool = False
    """Whether it asked not to be available any more from a time that has passed."""

    @property
    def noindex(self) -> bool:
        """Whether the page is not to be found by search."""
        return self.is_expired or not {"noindex", "none"}.isdisjoint(self.robots)

    @property
    def noarchive(self) -> bool:
        """Whether no copy of the page is to be kept. ``nocache`` is Bing's word for it."""
        return not {"noarchive", "nocache"}.isdisjoint(self.robots)


@dataclass(frozen=True, slots=True)
class Permissions:
    """What may be done with a page."""

    outcome: str | None = None
    """Why its article is not stored; ``None`` where it may be."""
    may_archive: bool = True
    """Whether the page as it came may be kept."""


def read_usage_preferences(
    headers: Iterable[tuple[str, str]], url: str, article: Article | None, now: datetime
) -> UsagePreferences:
    """What an answer's headers and the page's own statements ask, put together: what one of them asks is asked.

    >>> asked = [("X-Robots-Tag", "googlebot: noindex, noarchive"), ("X-Robots-Tag", "noarchive")]
    >>> read_usage_preferences(asked, "https://example.org/", None, datetime(2024, 1, 1)).robots
    ('noarchive',)
    """
    stated: dict[str, list[str]] = {}
    for name, value in headers:
        stated.setdefault(name.lower(), []).append(value[:MAX_HEADER_CHARS].strip())
    directives = [each for value in stated.get("x-robots-tag", ()) for each in parse_x_robots_tag(value)]
    directives += article.robots if article else ()
    reserved = [value == "1" for value in stated.get("tdm-reservation", ()) if value in ("0", "1")]
    if article and article.tdm_reserved is not None:
        reserved.append(article.tdm_reserved)
    policy = next(filter(None, stated.get("tdm-policy", ())), None)
    return UsagePreferences(
        robots=tuple(dict.fromkeys(directives))[:MAX_DIRECTIVES],
        tdm_reserved=any(reserved) if reserved else None,
        tdm_policy=_resolve_policy_url(policy, url) if policy else article.tdm_policy if article else None,
        is_expired=any(_has_passed(directive, now) for directive in directives),
    )


def parse_x_robots_tag(x_robots_tag: str) -> tuple[str, ...]:
    """The directives in an X-Robots-Tag header for all robots and for ours, in lower case and without spaces.

    >>> parse_x_robots_tag("noindex, max-snippet: 20"), parse_x_robots_tag("otherbot: none, Cleanwire: NoArchive")
    (('noindex', 'max-snippet:20'), ('noarchive',))
    """
    kept: list[str] = []
    is_for_us = True
    pieces = x_robots_tag.lower().split(",")
    for number, piece in enumerate(pieces):
        directive = piece
        while (match := _ROBOT.match(directive)) and match[1] not in _VALUED_DIRECTIVES:
            is_for_us = match[1] == ROBOT_NAME
            directive = match[2]
        if match and match[1].startswith("unavailable"):  # the rest is a date, which may have commas of its own
            directive, is_last = "unavailable_after:" + ",".join([match[2], *pieces[number + 1 :]]).strip(), True
        else:
            directive, is_last = "".join(directive.split()), False
        if is_for_us and directive:
            kept.append(directive)
        if is_last:
            break
    return tuple(kept)


def _has_passed(directive: str, now: datetime) -> bool:
    name, _, value = directive.partition(":")
    moment = parse_time(value.strip()) if name.replace("-", "_") == "unavailable_after" else None
    return moment is not None and moment <= now


def _resolve_policy_url(policy: str, url: str) -> str:
    try:
        return urljoin(url, policy)
    except ValueError:
        return policy


def apply_policy(preferences: UsagePreferences, obey: Collection[str]) -> Permissions:
    """What may be done with a page, where ``obey`` names the wishes that are obeyed.

    >>> apply_policy(UsagePreferences(robots=("noindex",)), ("noindex", "noarchive", "tdm"))
    Permissions(outcome='noindex', may_archive=False)
    >>> apply_policy(UsagePreferences(robots=("noindex", "noarchive")), ("noarchive",))
    Permissions(outcome=None, may_archive=False)
    """
    if "noindex" in obey and preferences.noindex:
        return Permissions(NO_INDEX, may_archive=False)
    if "tdm" in obey and preferences.tdm_reserved:
        return Permissions(TDM_RESERVED, may_archive=False)
    return Permissions(may_archive=not ("noarchive" in obey and preferences.noarchive))


def attach_usage_preferences(article: Article, preferences: UsagePreferences) -> Article:
    """The article with what its server asked beside what its page did."""
    return replace(
        article, robots=preferences.robots, tdm_reserved=preferences.tdm_reserved, tdm_policy=preferences.tdm_policy
    )
