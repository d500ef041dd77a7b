"""Parse robots.txt according to RFC 9309: the rules for one robot, its crawl delay, and the sitemaps.

General parsers build a table of all rules for all robots, which a hostile file can make huge: 512 KiB with 20,000
robots in one group and 20,000 rules kept one of them busy for more than five minutes. This parser keeps only the rules
for one robot, and matches them in time linear in the lengths of rule and URL.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from cleaning.usage import UsageStatement
from crawler.parsers.usage_statements import parse_preferences, resolve_url, split_path

MAX_PARSED_BYTES: Final = 512 * 1024
"""Bytes of the file that are parsed. RFC 9309 requires at least 500 KiB."""
MAX_SITEMAPS: Final = 20
"""Maximum number of ``Sitemap`` lines that are kept."""
MAX_LICENCES: Final = 5
"""Maximum number of ``License`` lines that are kept."""
MAX_USAGE_RULES: Final = 100
"""Maximum number of ``Content-Signal`` and ``Content-Usage`` lines that are kept."""

# Misspellings as they occur in the wild. A misspelt Disallow that is not recognised would become a permission.
_KEY_SPELLINGS: Final = {
    "user-agent": "user-agent",
    "useragent": "user-agent",
    "user agent": "user-agent",
    "allow": "allow",
    **dict.fromkeys(("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"), "disallow"),
    "sitemap": "sitemap",
    "site-map": "sitemap",
    "crawl-delay": "crawl-delay",
    "crawl delay": "crawl-delay",
    "crawldelay": "crawl-delay",
    **dict.fromkeys(("content-signal", "content-signals"), "content-signal"),
    "content-usage": "content-usage",
    **dict.fromkeys(("license", "licence"), "license"),
}
_USAGE_PLACES: Final = {
    "content-signal": "robots.txt Content-Signal",
    "content-usage": "robots.txt Content-Usage",
}
_KEY_WITHOUT_COLON: Final = re.compile(r"([a-z-]+)\s+(?=\S)", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[a-z_-]+", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")
_UNQUOTED_CHARS: Final = "%!#&'()+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class RobotsRule:
    """An ``Allow`` or ``Disallow`` line."""

    allows: bool
    """Whether it is an ``Allow`` line."""
    parts: tuple[str, ...]
    """The texts between the asterisks of the pattern; the path must begin with the first."""
    is_anchored: bool
    """Whether the path must end with the last part (``$``)."""
    pattern_length: int
    """Length of the pattern as written: of all matching rules, the one with the longest pattern counts."""
    min_path_length: int
    """Length of the shortest path that can match, to reject others quickly."""

    def matches(self, path: str) -> bool:
        """Return whether the rule applies to a path in the spelling of ``normalize_path``.

        Each part is searched once, after the one before it, without backtracking: many asterisks take no longer.
        """
        first, *middle = self.parts
        if len(path) < self.min_path_length or not path.startswith(first):
            return False
        at = len(first)
        last = middle.pop() if middle else None
        for part in middle:
            at = path.find(part, at)
            if at < 0:
                return False
            at += len(part)
        if last is None:
            return not self.is_anchored or at == len(path)
        if self.is_anchored:
            return path.endswith(last) and len(path) - len(last) >= at
        return path.find(last, at) >= 0


@dataclass(frozen=True, slots=True)
class UsageRule:
    """A ``Content-Signal`` or ``Content-Usage`` line: preferences for the use of pages, perhaps only of some paths."""

    key: str
    """``"content-signal"`` or ``"content-usage"``."""
    path: RobotsRule | None
    """The pattern of the paths; ``None`` for all."""
    statements: tuple[UsageStatement, ...]


@dataclass(frozen=True, slots=True)
class RobotsPolicy:
    """The part of a robots.txt that is for one robot."""

    rules: tuple[RobotsRule, ...] = ()
    """The rules with the longest patterns first; with the same length, those that allow first (RFC 9309)."""
    crawl_delay: float | None = None
    """``Crawl-delay`` in seconds; ``None`` if there is none."""
    sitemaps: tuple[str, ...] = ()
    """URLs of the ``Sitemap`` lines as written, at most ``MAX_SITEMAPS``; they are for all robots."""
    usage: tuple[UsageRule, ...] = ()
    """The lines on the use of pages, in the order of the file."""
    licences: tuple[str, ...] = ()
    """The values of the ``License`` lines (RSL) as written, at most ``MAX_LICENCES``; they are for all robots."""

    def list_usage_statements(self, url: str) -> tuple[UsageStatement, ...]:
        """Return what the file states about the use of the page at a URL.

        As with ``Allow``, the lines with the longest matching path count; several with the same path all count.

        >>> text = "User-agent: *\\nContent-Usage: train-ai=n\\nContent-Usage: /ok/ train-ai=y\\nLicense: /rsl.xml"
        >>> robots = parse_robots_txt(text, "cleanwire")
        >>> [(each.use, each.allowed) for each in robots.list_usage_statements("https://example.org/ok/1")]
        [('ai-train', True), ('licence', None)]
        """
        path = get_path(url)
        stated: list[UsageStatement] = []
        for key in ("content-signal", "content-usage"):
            matching = [
                (rule.path.pattern_length if rule.path else 0, rule)
                for rule in self.usage
                if rule.key == key and (rule.path is None or rule.path.matches(path))
            ]
            longest = max((length for length, _ in matching), default=0)
            stated += (each for length, rule in matching if length == longest for each in rule.statements)
        for licence in self.licences:
            if resolved := resolve_url(licence, url):
                stated.append(UsageStatement("robots.txt License", "licence", None, resolved, licence[:300]))
        return tuple(dict.fromkeys(stated))

    def allows(self, url: str) -> bool:
        """Return whether the robot may fetch a URL of the host that the file is from.

        A URL that no rule matches may be fetched, and so may ``/robots.txt`` itself.

        >>> robots = parse_robots_txt("User-agent: *\\nDisallow: /private/\\nAllow: /private/*.html$", "cleanwire")
        >>> [robots.allows(f"https://example.org/{path}") for path in ("", "private/a", "private/a.html")]
        [True, False, True]
        """
        path = get_path(url)
        if path == "/robots.txt":
            return True
        return next((rule.allows for rule in self.rules if rule.matches(path)), True)


def get_path(url: str) -> str:
    """Return a URL's path and query in the spelling in which they are compared."""
    parts = urlsplit(url)
    return normalize_path((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), is_pattern=False)


def parse_robots_txt(text: str, robot: str) -> RobotsPolicy:
    """Parse the text of a robots.txt for one robot.

    Nothing is an error: lines that cannot be parsed are ignored. Only whole lines within the first 512 KiB are read,
    since half a rule may be another rule.

    Args:
        text: the decoded text of the file.
        robot: the name of the robot without a version. Its groups count if there are any, otherwise the groups for
        ``*``.
    """
    groups: dict[str, _Group] = {robot.lower(): _Group(), "*": _Group()}
    current: list[_Group] = []
    sitemaps: list[str] = []
    licences: list[str] = []
    is_open = False  # consecutive User-agent lines share one group
    is_named = False
    has_groups = False
    for key, value in _iter_lines(_truncate(text)):
        if key == "sitemap":
            if value and len(sitemaps) < MAX_SITEMAPS:
                sitemaps.append(value)
        elif key == "license":
            if value and len(licences) < MAX_LICENCES:
                licences.append(value)
        elif key == "user-agent":
            has_groups = True
            if not is_open:
                current = []
            is_open = True
            name = _parse_robot_name(value)
            is_named |= name == robot.lower()
            if name in groups and groups[name] not in current:
                current.append(groups[name])
        else:
            is_open = False
            # Preferences above all groups are a mistake of the author, who certainly means all robots.
            for group in current if has_groups or key not in _USAGE_PLACES else [groups["*"]]:
                group.add_line(key, value)
    own = groups[robot.lower() if is_named else "*"]
    rules = sorted(own.rules.values(), key=lambda rule: (-rule.pattern_length, not rule.allows))
    return RobotsPolicy(tuple(rules), own.crawl_delay, tuple(sitemaps), tuple(own.usage), tuple(licences))


class _Group:
    """The rules for one robot, collected from all its groups in the file."""

    def __init__(self) -> None:
        self.rules: dict[tuple[str, str], RobotsRule] = {}
        self.crawl_delay: float | None = None
        self.usage: list[UsageRule] = []

    def add_line(self, key: str, value: str) -> None:
        """Add a rule or the crawl delay.

        An empty ``Disallow`` is ignored: it forbids nothing. A repeated rule is stored once.
        """
        if key == "crawl-delay":
            # The first delay that can be parsed counts.
            self.crawl_delay = _parse_seconds(value) if self.crawl_delay is None else self.crawl_delay
        elif key in _USAGE_PLACES:
            self._add_usage_rule(key, value)
        elif value and (key, value) not in self.rules:
            self.rules[key, value] = parse_rule(value, allows=key == "allow")

    def _add_usage_rule(self, key: str, value: str) -> None:
        path, preferences = split_path(value)
        statements = parse_preferences(preferences, _USAGE_PLACES[key])
        if statements and len(self.usage) < MAX_USAGE_RULES:
            self.usage.append(UsageRule(key, parse_rule(path, allows=True) if path else None, statements))


def _truncate(text: str) -> str:
    if len(text) <= MAX_PARSED_BYTES // 4 or len(text.encode("utf-8", "replace")) <= MAX_PARSED_BYTES:
        return text
    kept = text.encode("utf-8", "replace")[:MAX_PARSED_BYTES].decode("utf-8", "ignore")
    return kept[: max(kept.rfind("\n"), kept.rfind("\r")) + 1]


def _iter_lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield the key, corrected and in lower case, and the value of each line with a known key."""
    for line in re.split(r"[\r\n]+", text.removeprefix("\ufeff")):
        key, colon, value = line.partition("#")[0].partition(":")
        known = _KEY_SPELLINGS.get(key.strip().lower()) if colon else None
        # Some files leave out the colon: "Disallow /private/".
        if known is None and (match := _KEY_WITHOUT_COLON.match(line.strip())):
            known, value = _KEY_SPELLINGS.get(match[1].lower()), line.strip()[match.end() :].partition("#")[0]
        if known is not None:
            yield known, value.strip()


def _parse_robot_name(value: str) -> str:
    """Return the robot that a ``User-agent`` line names, in lower case and without a version.

    >>> [_parse_robot_name(value) for value in ("Cleanwire/2.0", "* (all)", "*bot", "")]
    ['cleanwire', '*', 'bot', '']
    """
    if re.match(r"\*(?:\s|$)", value):
        return "*"
    token = _TOKEN.match(value.lstrip("*"))
    return token[0].lower() if token else ""


def _parse_seconds(value: str) -> float | None:
    match = re.match(r"\d{1,9}(?:\.\d{1,6})?", value)
    return float(match[0]) if match else None


def parse_rule(value: str, *, allows: bool) -> RobotsRule:
    """Return the rule for a path pattern with ``*`` and ``$``."""
    is_anchored = value.endswith("$")
    pattern = value.removesuffix("$") if is_anchored else value
    # RFC 9309 requires a slash at the beginning; "Disallow: private" means "/private".
    if not pattern.startswith(("/", "*")):
        pattern = f"/{pattern}"
    first, *others = normalize_path(pattern, is_pattern=True).split("*")
    # Two asterisks mean the same as one. One at the end means nothing, and before "$" it cancels the anchor.
    parts = (first, *filter(None, others))
    if pattern.endswith("*"):
        is_anchored = False
    return RobotsRule(allows, parts, is_anchored, len(value), sum(map(len, parts)))


def normalize_path(path: str, *, is_pattern: bool) -> str:
    """Return a path or a pattern in the spelling in which they are compared.

    RFC 9309 compares escaped and unescaped spellings as equal: non-ASCII characters are percent-encoded, unreserved
    ones decoded. If ``is_pattern``, an asterisk is a wildcard and stays as it is.

    >>> normalize_path("/caf%c3%a9/%7Eme", is_pattern=False), normalize_path("/café/~me", is_pattern=True)
    ('/caf%C3%A9/~me', '/caf%C3%A9/~me')
    """
    quoted = quote(path, safe=_UNQUOTED_CHARS + ("*" if is_pattern else ""), errors="replace")
    return _ESCAPE.sub(_decode_escape, quoted) if "%" in quoted else quoted


def _decode_escape(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.match(character) else escape[0].upper()
