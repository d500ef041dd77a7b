"""Reads robots.txt as RFC 9309 has it: what it allows us, how slowly, and the sitemaps it names.

General parsers build a table of all rules for all robots, and some files make that large: 512 KiB with 20,000 robots
in one group and 20,000 rules kept one busy for more than five minutes. Only the rules for one robot are kept here,
and matching takes time linear in the rule and the address.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

MAX_PARSED_BYTES: Final = 512 * 1024
"""RFC 9309 asks for at least 500 KiB."""
MAX_SITEMAPS: Final = 20

# As they are found misspelt in the wild; what is not read as a prohibition is read as a permission.
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
}
_KEY_WITHOUT_COLON: Final = re.compile(r"([a-z-]+)\s+(?=\S)", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[a-z_-]+", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")
_UNQUOTED_CHARS: Final = "%!#&'()+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class RobotsRule:
    """A line that allows or disallows addresses."""

    allows: bool
    parts: tuple[str, ...]
    """What stands between the asterisks; the first begins the path."""
    is_anchored: bool
    """Whether the last part ends the path."""
    pattern_length: int
    """Characters of the pattern: of two rules, the longer one counts."""
    min_path_length: int
    """Characters that a path which matches has at least."""

    def matches(self, path: str) -> bool:
        """Whether the rule is about a path, spelt as `normalize_path` does it."""
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
class RobotsPolicy:
    """What a robots.txt says to one robot."""

    rules: tuple[RobotsRule, ...] = ()
    """The longest first, and of the same length those that allow."""
    crawl_delay: float | None = None
    """Seconds."""
    sitemaps: tuple[str, ...] = ()
    """As written; not more than `MAX_SITEMAPS`."""

    def allows(self, url: str) -> bool:
        """Whether the robot may fetch an address of the host.

        >>> robots = parse_robots_txt("User-agent: *\\nDisallow: /private/\\nAllow: /private/*.html$", "cleanwire")
        >>> [robots.allows(f"https://example.org/{path}") for path in ("", "private/a", "private/a.html")]
        [True, False, True]
        """
        parts = urlsplit(url)
        path = normalize_path((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), is_pattern=False)
        if path == "/robots.txt":
            return True
        return next((rule.allows for rule in self.rules if rule.matches(path)), True)


def parse_robots_txt(text: str, robot: str) -> RobotsPolicy:
    """What the text of a robots.txt says to a robot, named without a version: in its own groups, else in those for all.

    Nothing in it is an error. A line that begins with the first 512 KiB and does not end with them is not read.
    """
    groups: dict[str, _Group] = {robot.lower(): _Group(), "*": _Group()}
    current: list[_Group] = []
    sitemaps: list[str] = []
    is_open = False
    named = False
    for key, value in _iter_lines(_truncate(text)):
        if key == "sitemap":
            if value and len(sitemaps) < MAX_SITEMAPS:
                sitemaps.append(value)
        elif key == "user-agent":
            if not is_open:
                current = []
            is_open = True
            name = _parse_robot_name(value)
            named |= name == robot.lower()
            if name in groups and groups[name] not in current:
                current.append(groups[name])
        else:
            is_open = False
            for group in current:
                group.add_line(key, value)
    own = groups[robot.lower() if named else "*"]
    rules = sorted(own.rules.values(), key=lambda rule: (-rule.pattern_length, not rule.allows))
    return RobotsPolicy(tuple(rules), own.crawl_delay, tuple(sitemaps))


class _Group:
    """What is said to one robot, wherever it is said."""

    def __init__(self) -> None:
        self.rules: dict[tuple[str, str], RobotsRule] = {}
        self.crawl_delay: float | None = None

    def add_line(self, key: str, value: str) -> None:
        if key == "crawl-delay":
            self.crawl_delay = _parse_seconds(value) if self.crawl_delay is None else self.crawl_delay
        elif value and (key, value) not in self.rules:
            self.rules[key, value] = _parse_rule(value, allows=key == "allow")


def _truncate(text: str) -> str:
    if len(text) <= MAX_PARSED_BYTES // 4 or len(text.encode("utf-8", "replace")) <= MAX_PARSED_BYTES:
        return text
    kept = text.encode("utf-8", "replace")[:MAX_PARSED_BYTES].decode("utf-8", "ignore")
    return kept[: max(kept.rfind("\n"), kept.rfind("\r")) + 1]


def _iter_lines(text: str) -> Iterator[tuple[str, str]]:
    """The lines that say something: key, in lower case and spelt right, and value."""
    for line in re.split(r"[\r\n]+", text.removeprefix("\ufeff")):
        key, colon, value = line.partition("#")[0].partition(":")
        known = _KEY_SPELLINGS.get(key.strip().lower()) if colon else None
        if known is None and (match := _KEY_WITHOUT_COLON.match(line.strip())):
            known, value = _KEY_SPELLINGS.get(match[1].lower()), line.strip()[match.end() :].partition("#")[0]
        if known is not None:
            yield known, value.strip()


def _parse_robot_name(value: str) -> str:
    """The robot that a line addresses; versions and what else follows the name do not count.

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


def _parse_rule(value: str, *, allows: bool) -> RobotsRule:
    to_the_end = value.endswith("$")
    pattern = value.removesuffix("$") if to_the_end else value
    if not pattern.startswith(("/", "*")):
        pattern = f"/{pattern}"
    first, *others = normalize_path(pattern, is_pattern=True).split("*")
    # Two asterisks are one, and one at the end says nothing; before "$" it says that anything may follow.
    parts = (first, *filter(None, others))
    if pattern.endswith("*"):
        to_the_end = False
    return RobotsRule(allows, parts, to_the_end, len(value), sum(map(len, parts)))


def normalize_path(path: str, *, is_pattern: bool) -> str:
    """A path in the one spelling in which paths and patterns are compared.

    >>> normalize_path("/caf%c3%a9/%7Eme", is_pattern=False), normalize_path("/café/~me", is_pattern=True)
    ('/caf%C3%A9/~me', '/caf%C3%A9/~me')
    """
    quoted = quote(path, safe=_UNQUOTED_CHARS + ("*" if is_pattern else ""), errors="replace")
    return _ESCAPE.sub(_decode_escape, quoted) if "%" in quoted else quoted


def _decode_escape(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.match(character) else escape[0].upper()
