"""Classify a page by its URL alone: an article, a section, neither of them, or unknown.

The rules are in ``url_patterns.toml``. A URL that matches none of them gets a score from the words and numbers of its
last segment. The score can only lead to "article" or "unknown", never to "section" or "other": losing an article is
worse than fetching one page too many.
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
"""``section`` is a page that lists articles, ``other`` is machinery, media and pages about the site."""

ARTICLE_SCORE: Final = 0.65
"""Minimum score of an article, for a URL that no rule decides: three words in the slug, or a number of four digits."""

# Longer URLs are traps, such as links that grow with every step.
_MAX_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class UrlClass:
    """The class of a URL."""

    kind: UrlKind
    """``section`` and ``other`` are certain, ``article`` is probable, ``unknown`` may be anything."""
    score: float
    """How likely the page is an article, from 0.0 to 1.0: a ranking, not a probability."""
    rule: str
    """Id of the rule that decided, e.g. ``"pagination"``; ``"words"`` if no rule did and the score counts."""


@lru_cache(maxsize=5_000)  # the pages of a site share most of their links
def classify_url(url: str) -> UrlClass:
    """Classify the page at ``url`` by its URL; never raise: anything but an http(s) URL is ``other``.

    The first rule of ``url_patterns.toml`` that matches decides. Results are cached.

    >>> classify_url("https://example.com/2024/10/12/rains-return/")
    UrlClass(kind='article', score=0.95, rule='dated-slug')
    >>> classify_url("https://example.com/tag/roads/").kind
    'section'
    """
    try:
        parts = _UrlParts.from_url(canonicalise(url))
    except ValueError:
        return UrlClass("other", 0.0, "no-address")
    if len(parts.path) + len(parts.query) > _MAX_CHARS:
        return UrlClass("other", 0.0, "endless")
    if _is_loop(parts.segments):
        return UrlClass("other", 0.0, "loop")
    for rule in load_url_rules():
        if rule.matches(parts):
            return UrlClass(rule.kind, rule.score, rule.id)
    score = _score_url(parts)
    return UrlClass("article" if score >= ARTICLE_SCORE else "unknown", score, "words")


def classify_kind(url: str) -> UrlKind:
    """Return only the kind of the page at ``url``; see ``classify_url``.

    Use it where neither the score nor the rule matters.
    """
    return classify_url(url).kind


def is_same_site(url: str, site_host: str) -> bool:
    """Return whether a URL belongs to a site, which is named by its host or by a URL on it.

    Hosts are compared without ``www.``, ``m.``, ``mobile.`` and ``amp.``. Any other subdomain is another site: shops,
    forums and editions in other languages are on subdomains, with a robots.txt of their own. A source with several
    hosts lists them in ``hosts``. An invalid URL belongs to no site.

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
    """Return whether a URL may be an article's: it is on the site, and not a section or certainly something else.

    ``site_host`` is the host of the site, or a URL on it.
    """
    return classify_kind(url) in ("article", "unknown") and is_same_site(url, site_host)


def find_section_urls(urls: Iterable[str]) -> frozenset[str]:
    """Return those URLs that are folders of at least three others, and so sections, in whatever language.

    It is meant for the URLs of one sitemap or one page: ``/siyaasad/`` among ``/siyaasad/a/``, ``/siyaasad/b/`` and
    ``/siyaasad/c/``. A URL whose last segment has more than two words is never a section, since articles have pages
    below them too (``/a-title/amp/``).
    """
    listed = list(urls)
    children: dict[str, int] = {}
    for url in listed:
        path = url.partition("?")[0].rstrip("/")
        # Two levels, because of articles in dated folders: "/politics/2024/a-title".
        for _ in range(2):
            path = path.rpartition("/")[0]
            children[path] = children.get(path, 0) + 1
    return frozenset(
        url
        for url in listed
        if children.get(url.rstrip("/"), 0) >= _MIN_SECTION_CHILDREN and "?" not in url and _count_last_words(url) <= 2
    )


_MIN_SECTION_CHILDREN = 3
"""Minimum number of URLs below a section: two may be an article with its AMP and its print version."""


def _is_loop(segments: list[str]) -> bool:
    """Return whether a segment that is not a number occurs three times, as in ``/news/news/news/``.

    Broken relative links grow in this way with every step.
    """
    if len(segments) - len(set(segments)) < 2:
        return False
    return any(segments.count(segment) > 2 and not segment.isdigit() for segment in segments[:20])


def _count_last_words(url: str) -> int:
    return _count_words(unquote(url.rstrip("/").rpartition("/")[2]))


# --- URLs as the rules see them

_INDEX_FILE = re.compile(r"/(?:index|default)\.(?:s?html?|php\d?|aspx?|jsp|cfm|ssf)$")
_EXTENSION = re.compile(
    r"(?<=[^/.])\.(?:s?html?\d?|xhtml|dhtml|ghtml|php\d?|aspx?|jspx?|jsf|cfm|cgi|pl|do|ece|story|cms|nhn|stm|ssf|amp)$"
)


@dataclass(frozen=True)
class _UrlParts:
    """The parts of a URL that rules match: unescaped, in lower case."""

    path: str
    """Path without a slash at its end, without ``index.html`` or ``/amp``, and without an extension."""
    query: str
    """``&name=value&name=value&``; ``&`` if there are no parameters."""
    has_extension: bool
    """Whether the path ended like a file: ``.html``, ``.php``."""

    @classmethod
    def from_url(cls, url: str) -> "_UrlParts":
        """Split a canonical URL.

        Index files and AMP versions get the path of the page that they belong to, so that rules need not know them.
        """
        parts = urlsplit(url)
        path = unquote(parts.path).lower().rstrip("/")
        path = _INDEX_FILE.sub("", path).removesuffix("/amp")
        bare = _EXTENSION.sub("", path)
        return cls(bare, f"&{unquote_plus(parts.query).lower()}&" if parts.query else "&", has_extension=bare != path)

    @cached_property
    def segments(self) -> list[str]:
        """The parts of the path between slashes; empty for the front page."""
        return [segment for segment in self.path.split("/") if segment]


@dataclass(frozen=True, slots=True)
class UrlRule:
    """A rule of ``url_patterns.toml``."""

    id: str
    """Unique name of the rule; see ``url_patterns.toml`` for the meaning of all fields."""
    kind: UrlKind
    score: float
    path: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    query: re.Pattern[str] | None
    no_query: bool

    def matches(self, parts: _UrlParts) -> bool:
        """Return whether the rule applies to a URL: all conditions that it has must hold."""
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
    """Load the rules of ``url_patterns.toml`` in their order; the first match decides.

    The file is read once per process.
    """
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


# --- scores from words and numbers

_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NUMBER = re.compile(r"\d+")
_SEPARATOR = re.compile(r"[-_.,]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_IDENTITY = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SCORE_BY_WORD_COUNT = (0.4, 0.4, 0.5, 0.7, 0.85, 0.9)
"""Score of a last segment by its number of words: the name of a section has one or two, a headline has more."""


def _score_url(parts: _UrlParts) -> float:
    """Return how likely an article is, from the words and numbers of the last segment and its folder."""
    segments = parts.segments
    if not segments:
        return 0.3
    last = segments[-1]
    score = max(_SCORE_BY_WORD_COUNT[min(_count_words(last), 5)], _score_numbers(segments))
    if parts.has_extension:
        score += 0.1
    if len(segments) > 1 and segments[-2] in _load_words("article_folders"):
        score += 0.1
    # Only names of sections and two-letter language codes: rather a section, but not certain enough to say so.
    if all(segment in _load_words("sections") or (len(segment) == 2 and segment.isalpha()) for segment in segments):
        score = 0.2
    if parts.query != "&" and _NUMBER.search(parts.query):
        score += 0.1
    return round(min(score, 0.95), 2)


def _count_words(segment: str) -> int:
    """Count the words of a slug; in scripts without spaces, two characters count as one word."""
    words = _LETTERS.findall(segment)
    if segment.isascii():
        return len(words)
    unspaced = sum(1 for character in segment if _is_unspaced(character))
    return max(len(words), unspaced // 2)


def _is_unspaced(character: str) -> bool:
    # Han, kana and hangul (whose slugs are often one long word), Thai, Lao, Khmer and Burmese.
    return character > "\u0e00" and unicodedata.name(character, "").startswith(
        ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")
    )


def _score_numbers(segments: list[str]) -> float:
    """Return a score for the numbers in the last two segments.

    Articles are often numbered and sections hardly ever, but short numbers and years also name pages of lists and
    archives.
    """
    numbers = [number for segment in segments[-2:] for number in _NUMBER.findall(segment)]
    if not numbers:
        return 0.0
    if any(_IDENTITY.fullmatch(part) for part in (segments[-1], *_SEPARATOR.split(segments[-1]))):
        return 0.75
    longest = max((len(number) for number in numbers if not _YEAR.fullmatch(number)), default=0)
    return 0.85 if longest >= 5 else 0.7 if longest == 4 else 0.5 if longest >= 2 and segments[-1].isdigit() else 0.0
