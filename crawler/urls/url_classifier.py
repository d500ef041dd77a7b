"""What a page is, by the shape of its address alone: an article, a list of articles, neither, or no telling.

Knowledge is in ``url_patterns.toml``. What matches no rule there is weighed by the words and numbers
of its last segment; that never makes a section or a page to ignore of it, since an article thrown away is
worse than a page fetched for nothing.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Any, Final, Literal
from urllib.parse import unquote, unquote_plus, urlsplit

from cleaning.urls import canonicalise, get_site

UrlKind = Literal["article", "section", "unknown", "other"]
"""``section``: a page that lists articles. ``other``: machinery, media, pages about the site."""

ARTICLE_SCORE: Final = 0.65
"""From here on an address that no rule knows counts as an article's."""

_MAX_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class UrlClass:
    """What an address looks like."""

    kind: UrlKind
    """``section`` and ``other`` are certain; ``article`` is probable; ``unknown`` may be anything."""
    score: float
    """How likely an article is, from 0.0 to 1.0; an order, not a probability."""
    rule: str
    """Id of the rule that decided, e.g. ``"pagination"``; ``"words"`` where none did."""


@lru_cache(maxsize=5_000)  # the pages of a site share most of their links
def classify_url(url: str) -> UrlClass:
    """What the page at ``url`` is by its address. Never raises: what is no http(s) address is ``other``.

    >>> classify_url("https://example.com/2024/10/12/rains-return/")
    UrlClass(kind='article', score=0.95, rule='dated-slug')
    >>> classify_url("https://example.com/tag/roads/").kind
    'section'
    """
    try:
        address = _UrlParts.from_url(canonicalise(url))
    except ValueError:
        return UrlClass("other", 0.0, "no-address")
    if len(address.path) + len(address.query) > _MAX_CHARS:
        return UrlClass("other", 0.0, "endless")
    if _is_loop(address.segments):
        return UrlClass("other", 0.0, "loop")
    for rule in load_url_rules():
        if rule.matches(address):
            return UrlClass(rule.kind, rule.score, rule.id)
    score = _score_url(address)
    return UrlClass("article" if score >= ARTICLE_SCORE else "unknown", score, "words")


def classify_kind(url: str) -> UrlKind:
    """What the page at ``url`` is by its address; see ``classify_url``."""
    return classify_url(url).kind


def is_same_site(url: str, site_host: str) -> bool:
    """Whether an address is on a site, which is given by its host or by an address on it.

    Hosts are compared without ``www.``, ``m.``, ``mobile.`` and ``amp.``. Another subdomain is another site:
    shops, forums and editions in other languages live there, with a robots.txt of their own. A source that
    spreads over several hosts names them.

    >>> is_same_site("https://www.example.com/a", "example.com")
    True
    >>> is_same_site("https://shop.example.com/a", "example.com")
    False
    """
    try:
        return get_site(url) == _parse_site(site_host)
    except ValueError:
        return False


@lru_cache(maxsize=1_000)
def _parse_site(host: str) -> str:
    return get_site(host if "://" in host else f"http://{host}/")


def is_possible_article(url: str, site_host: str) -> bool:
    """Whether an address on the site may be an article's: all but sections and what is certainly none."""
    return classify_kind(url) in ("article", "unknown") and is_same_site(url, site_host)


def find_section_urls(urls: Iterable[str]) -> frozenset[str]:
    """Those of the addresses that are folders of several others, and so sections, whatever their language.

    Meant for the addresses of one sitemap or page: ``/siyaasad/`` beside ``/siyaasad/a/``, ``/siyaasad/b/``
    and ``/siyaasad/c/``. An address with several words is never one: articles have folders too
    (``/a-title/amp/``).
    """
    listed = list(urls)
    children: dict[str, int] = {}
    for url in listed:
        path = url.partition("?")[0].rstrip("/")
        for _ in range(2):
            path = path.rpartition("/")[0]
            children[path] = children.get(path, 0) + 1
    return frozenset(
        url
        for url in listed
        if children.get(url.rstrip("/"), 0) >= _MIN_SECTION_CHILDREN and "?" not in url and _count_last_words(url) <= 2
    )


_MIN_SECTION_CHILDREN = 3


def _is_loop(segments: list[str]) -> bool:
    """Whether a word comes back twice: links that grow with every step look so, as ``/news/news/news/``."""
    if len(segments) - len(set(segments)) < 2:
        return False
    return any(segments.count(segment) > 2 and not segment.isdigit() for segment in segments[:20])


def _count_last_words(url: str) -> int:
    return _count_words(unquote(url.rstrip("/").rpartition("/")[2]))


# --- addresses, as the rules see them

_INDEX_FILE = re.compile(r"/(?:index|default)\.(?:s?html?|php\d?|aspx?|jsp|cfm|ssf)$")
_EXTENSION = re.compile(
    r"(?<=[^/.])\.(?:s?html?\d?|xhtml|dhtml|ghtml|php\d?|aspx?|jspx?|jsf|cfm|cgi|pl|do|ece|story|cms|nhn|stm|ssf|amp)$"
)


@dataclass(frozen=True)
class _UrlParts:
    """The parts of an address that rules look at: unescaped, in lower case."""

    path: str
    query: str
    has_extension: bool
    """Whether the path ended as a file: ``.html``, ``.php``."""

    @classmethod
    def from_url(cls, url: str) -> "_UrlParts":
        parts = urlsplit(url)
        path = unquote(parts.path).lower().rstrip("/")
        path = _INDEX_FILE.sub("", path).removesuffix("/amp")
        bare = _EXTENSION.sub("", path)
        return cls(bare, f"&{unquote_plus(parts.query).lower()}&" if parts.query else "&", has_extension=bare != path)

    @cached_property
    def segments(self) -> list[str]:
        return [segment for segment in self.path.split("/") if segment]


@dataclass(frozen=True, slots=True)
class UrlRule:
    """A rule of ``url_patterns.toml``."""

    id: str
    kind: UrlKind
    score: float
    path: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    query: re.Pattern[str] | None
    no_query: bool

    def matches(self, parts: _UrlParts) -> bool:
        """Whether the rule decides what the page is."""
        if self.no_query and parts.query != "&":
            return False
        if self.query and not self.query.search(parts.query):
            return False
        if self.path and not self.path.search(parts.path):
            return False
        return not (self.unless and self.unless.search(parts.path))


@cache
def _load_tables() -> dict[str, Any]:
    return tomllib.loads((files("crawler.urls") / "url_patterns.toml").read_text("utf-8"))


@cache
def load_url_rules() -> tuple[UrlRule, ...]:
    """The rules, in the order in which they are asked."""
    return tuple(
        UrlRule(
            id=rule["id"],
            kind=rule["kind"],
            score=rule["score"],
            path=_compile_pattern(rule, "path"),
            unless=_compile_pattern(rule, "unless"),
            query=_compile_pattern(rule, "query"),
            no_query=rule.get("no_query", False),
        )
        for rule in _load_tables()["rule"]
    )


def _compile_pattern(rule: dict[str, Any], name: str) -> re.Pattern[str] | None:
    return re.compile(rule[name]) if name in rule else None


@cache
def _load_words(name: str) -> frozenset[str]:
    return frozenset(_load_tables()["words"][name])


# --- weighing words and numbers

_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NUMBER = re.compile(r"\d+")
_SEPARATOR = re.compile(r"[-_.,]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_IDENTITY = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SCORE_BY_WORD_COUNT = (0.4, 0.4, 0.5, 0.7, 0.85, 0.9)
"""Score of a last segment by its words: a section's name has one or two, a headline more."""


def _score_url(parts: _UrlParts) -> float:
    segments = parts.segments
    if not segments:
        return 0.3
    last = segments[-1]
    score = max(_SCORE_BY_WORD_COUNT[min(_count_words(last), 5)], _score_numbers(segments))
    if parts.has_extension:
        score += 0.1
    if len(segments) > 1 and segments[-2] in _load_words("article_folders"):
        score += 0.1
    if all(segment in _load_words("sections") or (len(segment) == 2 and segment.isalpha()) for segment in segments):
        score = 0.2
    if parts.query != "&" and _NUMBER.search(parts.query):
        score += 0.1
    return round(min(score, 0.95), 2)


def _count_words(segment: str) -> int:
    """The words of a slug. Scripts without spaces have none between them: two characters count as one."""
    words = _LETTERS.findall(segment)
    if segment.isascii():
        return len(words)
    unspaced = sum(1 for character in segment if _is_unspaced(character))
    return max(len(words), unspaced // 2)


def _is_unspaced(character: str) -> bool:
    # Han, kana and hangul; Thai, Lao, Khmer and Burmese. (Hangul slugs are often one long word.)
    return character > "\u0e00" and unicodedata.name(character, "").startswith(
        ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")
    )


def _score_numbers(segments: list[str]) -> float:
    """Articles are numbered, sections hardly ever; short numbers and years name pages and archives too."""
    numbers = [number for segment in segments[-2:] for number in _NUMBER.findall(segment)]
    if not numbers:
        return 0.0
    if any(_IDENTITY.fullmatch(part) for part in (segments[-1], *_SEPARATOR.split(segments[-1]))):
        return 0.75
    longest = max((len(number) for number in numbers if not _YEAR.fullmatch(number)), default=0)
    return 0.85 if longest >= 5 else 0.7 if longest == 4 else 0.5 if longest >= 2 and segments[-1].isdigit() else 0.0
