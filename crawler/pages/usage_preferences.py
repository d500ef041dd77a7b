"""Reads the usage preferences of servers and pages (not to be indexed, archived or mined), and applies them.

All are recorded. The user decides which are obeyed (:data:`crawler.config.models.USAGE_PREFERENCES`).
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from urllib.parse import urljoin

from cleaning import Article
from cleaning.metadata.rights import ROBOT_NAME
from cleaning.usage import MAX_STATEMENTS, UsageStatement, find_prohibition, read_directives
from crawler.outcomes import NO_INDEX, TDM_RESERVED, USAGE_RESERVED
from crawler.parsers.timestamps import parse_time
from crawler.parsers.usage_statements import parse_preferences

# Both limits keep a hostile server from filling the corpus with directives.
MAX_DIRECTIVES: Final = 20
MAX_HEADER_CHARS: Final = 2_000
"""Characters of a header that are read."""

_ROBOT: Final = re.compile(r"\s*([a-z][a-z0-9_-]*)\s*:(.*)", re.IGNORECASE | re.DOTALL)
# These directives have a value after a colon. Any other name before a colon is that of a robot.
_VALUED_DIRECTIVES: Final = (
    "max-snippet",
    "max-image-preview",
    "max-video-preview",
    "unavailable_after",
    "unavailable-after",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePreferences:
    """The usage preferences of a page and its server."""

    robots: tuple[str, ...] = ()
    """Directives for all robots and for Cleanwire, in lower case: ``"noindex"``, ``"max-snippet:-1"`` and the like."""
    tdm_reserved: bool | None = None
    """Whether the rights to text and data mining are reserved (TDM Reservation Protocol); ``None`` if not stated."""
    tdm_policy: str | None = None
    """The URL of the licence conditions for mining."""
    is_expired: bool = False
    """Whether ``unavailable_after`` names a time that has passed."""
    statements: tuple[UsageStatement, ...] = ()
    """What the site states about single uses, with where it says so."""

    @property
    def noindex(self) -> bool:
        """Whether the page should not appear in search.

        ``none`` means ``noindex`` and ``nofollow``; an expired page counts as well.
        """
        return self.is_expired or not {"noindex", "none"}.isdisjoint(self.robots)

    @property
    def noarchive(self) -> bool:
        """Whether no copy of the page should be kept.

        ``nocache`` is what Bing calls it.
        """
        return not {"noarchive", "nocache"}.isdisjoint(self.robots)


@dataclass(frozen=True, slots=True)
class Permissions:
    """What may be done with a page."""

    outcome: str | None = None
    """The outcome that keeps its article from being stored; ``None`` if it may be stored."""
    may_archive: bool = True
    """Whether the page may be kept in the archive."""
    detail: str = field(default="by its server or by itself", compare=False, repr=False)
    """The reason for the outcome."""


def read_usage_preferences(
    headers: Iterable[tuple[str, str]],
    url: str,
    article: Article | None,
    now: datetime,
    host_statements: Iterable[UsageStatement] = (),
    robots: Iterable[str] = (),
) -> UsagePreferences:
    """Collect the preferences from the headers of a response and from the page itself.

    They add up: a preference holds if either of them states it.

    Args:
        headers: all response headers; names may repeat.
        url: the URL of the page, to resolve a relative policy URL.
        article: the cleaned page with its own statements; ``None`` if it has no article.
        now: the current time, for ``unavailable_after``.
        host_statements: what files of the host, such as robots.txt, state about the page.
        robots: the directives of a page without an article.

    >>> headers = [("X-Robots-Tag", "googlebot: noindex, noarchive"), ("X-Robots-Tag", "noarchive")]
    >>> read_usage_preferences(headers, "https://example.org/", None, datetime(2024, 1, 1)).robots
    ('noarchive',)
    """
    values_by_name: dict[str, list[str]] = {}
    for name, value in headers:
        values_by_name.setdefault(name.lower(), []).append(value[:MAX_HEADER_CHARS].strip())
    directives = [each for value in values_by_name.get("x-robots-tag", ()) for each in parse_x_robots_tag(value)]
    statements = [*host_statements]
    statements += parse_preferences(", ".join(values_by_name.get("content-usage", ())), "Content-Usage header")
    statements += read_directives(directives, "X-Robots-Tag")
    statements += read_directives(article.robots if article else (), "meta robots")
    directives += article.robots if article else robots
    reserved = [value == "1" for value in values_by_name.get("tdm-reservation", ()) if value in ("0", "1")]
    policy = next(filter(None, values_by_name.get("tdm-policy", ())), None)
    if reserved:
        policy_url = _resolve_policy_url(policy, url) if policy else None
        statements.append(UsageStatement("tdm-reservation header", "tdm", not any(reserved), policy_url))
    # TDMRep: what the answer itself states counts before the file of its host.
    files = [each for each in statements if each.where == "tdmrep.json" and each.allowed is not None]
    is_stated = bool(reserved) or (article is not None and article.tdm_reserved is not None)
    if files and not is_stated:
        reserved += (not each.allowed for each in files)
        policy = policy or files[0].url
    elif files:
        statements = [each for each in statements if each.where != "tdmrep.json"]
    if article and article.tdm_reserved is not None:
        reserved.append(article.tdm_reserved)
        statements.append(UsageStatement("tdm-reservation meta", "tdm", not article.tdm_reserved, article.tdm_policy))
    return UsagePreferences(
        robots=tuple(dict.fromkeys(directives))[:MAX_DIRECTIVES],
        tdm_reserved=any(reserved) if reserved else None,
        tdm_policy=_resolve_policy_url(policy, url) if policy else article.tdm_policy if article else None,
        is_expired=any(_has_passed(directive, now) for directive in directives),
        statements=tuple(dict.fromkeys(statements))[:MAX_STATEMENTS],
    )


def parse_x_robots_tag(x_robots_tag: str) -> tuple[str, ...]:
    """Return the directives of an X-Robots-Tag header that hold for all robots or for Cleanwire.

    They are in lower case and without spaces. A robot's name applies to all directives up to the next name.

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
        if match and match[1].startswith("unavailable"):  # a date follows, which may contain commas
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
    time = parse_time(value.strip()) if name.replace("-", "_") == "unavailable_after" else None
    return time is not None and time <= now


def _resolve_policy_url(policy: str, url: str) -> str:
    try:
        return urljoin(url, policy)
    except ValueError:
        return policy


def apply_policy(preferences: UsagePreferences, obey: Collection[str], purpose: str | None = None) -> Permissions:
    """Return what may be done with a page.

    A page that may not be stored may not be archived either.

    Args:
        preferences: the preferences of the page.
        obey: the names of the preferences that the user obeys. If there are none, statements are not obeyed either.
        purpose: what the user uses articles for; ``None`` if not stated, which no statement forbids.

    >>> apply_policy(UsagePreferences(robots=("noindex",)), ("noindex", "noarchive", "tdm"))
    Permissions(outcome='noindex', may_archive=False)
    >>> apply_policy(UsagePreferences(robots=("noindex", "noarchive")), ("noarchive",))
    Permissions(outcome=None, may_archive=False)
    """
    if "noindex" in obey and preferences.noindex:
        return Permissions(NO_INDEX, may_archive=False)
    if "tdm" in obey and preferences.tdm_reserved:
        return Permissions(TDM_RESERVED, may_archive=False)
    obeyed = [each for each in preferences.statements if _is_obeyed(each, obey)]
    if purpose and (statement := find_prohibition(obeyed, purpose)):
        detail = f"{statement.where} forbids the use for {purpose}: {statement.text or statement.use}"
        return Permissions(USAGE_RESERVED, may_archive=False, detail=detail)
    return Permissions(may_archive=not ("noarchive" in obey and preferences.noarchive))


_PREFERENCE_BY_DIRECTIVE: Final = {
    "noindex": "noindex",
    "none": "noindex",
    "noarchive": "noarchive",
    "nocache": "noarchive",
}


def _is_obeyed(statement: UsageStatement, obey: Collection[str]) -> bool:
    """Return whether the user obeys a statement: those that have a preference of their own only with it."""
    if statement.where.startswith("tdm"):
        return "tdm" in obey
    if (preference := _PREFERENCE_BY_DIRECTIVE.get(statement.text)) is not None:
        return preference in obey
    return bool(obey)


def attach_usage_preferences(article: Article, preferences: UsagePreferences) -> Article:
    """Return the article with the preferences of its server added to its own.

    They are recorded even if the user does not obey them, so that a later user of the corpus can.
    """
    return replace(
        article,
        robots=preferences.robots,
        tdm_reserved=preferences.tdm_reserved,
        tdm_policy=preferences.tdm_policy,
        usage_statements=preferences.statements,
    )
