"""Reads the links of an HTML page: which lead to articles, which to further lists, and where feeds are.

A link is judged by its address first (``crawler.urls.classifier``). Where that does not tell, by what the page does
with it: headlines stand in headings and teasers and have many words, sections stand in menus and have one or
two.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, Final, Literal

from lxml import etree

from cleaning.html.decoding import decode
from cleaning.outcomes import NotAnArticleError
from cleaning.urls import canonicalise, same_article_key
from crawler.parsers.feeds import is_comments_feed
from crawler.parsers.xml import document_kind
from crawler.urls.classifier import (
    ARTICLE_SCORE,
    Judgement,
    Kind,
    judge,
    kind_of,
    looks_like_article,
    same_site,
    sections_among,
)
from crawler.urls.pagination import PAGINATION, is_page_of_same_list, numbered_page

__all__ = [
    "Judgement",
    "Kind",
    "Link",
    "NotAPageError",
    "PageLinks",
    "judge",
    "kind_of",
    "looks_like_article",
    "read_links",
    "same_site",
    "sections_among",
]

MAX_LINKS: Final = 5_000
"""Different addresses of one page that are looked at."""
MAX_ELEMENTS: Final = 20_000
"""Links, whether different or not; so many take a second."""


class NotAPageError(Exception):
    """Bytes that are no HTML page."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """A sentence without a full stop."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another page of the same site."""

    url: str
    """Canonical."""
    text: str
    """The longest text of the links to this address, in one line; may be empty."""
    kind: Literal["article", "section", "unknown"]
    score: float
    """How likely an article is, from 0.0 to 1.0; an order, not a probability."""
    rule: str
    """What decided: the id of a rule for addresses, or ``"rel"``, ``"pager"``, ``"terms"``, ``"folder"``,
    ``"menu"``, ``"short"``, ``"frame"``, ``"refresh"``, ``"place"``."""


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What a page links to."""

    feeds: tuple[str, ...]
    """Feeds of articles that the page names, the main one first; each in one format only."""
    comment_feeds: tuple[str, ...]
    """Feeds of readers' comments."""
    sitemaps: tuple[str, ...]
    links: tuple[Link, ...]
    """Links to other pages of the site that may be worth a visit, each address once, in the page's order."""
    next_page: str | None
    """The next page of the list that the page is, with older articles."""
    generator: str | None
    """The software that the page names, e.g. ``"WordPress 6.1"``."""

    @property
    def articles(self) -> tuple[Link, ...]:
        """The links that lead to articles, in the page's order."""
        return tuple(link for link in self.links if link.kind == "article")

    @property
    def sections(self) -> tuple[Link, ...]:
        """The links that lead to lists of articles, the most useful first: menus, archives, tags, authors.

        Without further pages of a list, which ``next_page`` leads to one after the other.
        """
        sections = (link for link in self.links if link.kind == "section" and link.rule not in _PAGES)
        return tuple(sorted(sections, key=lambda link: _USEFUL.get(link.rule, 1)))

    @property
    def unknown(self) -> tuple[Link, ...]:
        """The links that may lead to anything, the likeliest articles first."""
        unknown = (link for link in self.links if link.kind == "unknown")
        return tuple(sorted(unknown, key=lambda link: -link.score))


# Sections by what made them one: the lower, the more articles of the site they lead to.
_USEFUL = {"menu": 0, "folder": 0, "frame": 0, "refresh": 0, "index-page": 0}
_USEFUL |= {"date-archive": 2, "short": 2, "terms": 3, "rel": 3, "tag": 4, "author": 5}
_PAGES = PAGINATION | {"pager"}


def read_links(body: bytes, url: str) -> PageLinks:
    """What the HTML page at ``url`` links to. Raises NotAPageError on what is no HTML."""
    root = _parsed(body)
    page = _Page(url, _base(root, url))
    for element in islice(root.iter("a", "area", "link", "meta", "frame"), MAX_ELEMENTS):
        page.take(element)
    return page.links()


def _parsed(body: bytes) -> Any:
    try:
        text = decode(body)
    except NotAnArticleError as error:
        raise NotAPageError(error.detail) from error
    if (kind := document_kind(body)) in ("feed", "sitemap"):
        raise NotAPageError(f"it is a {kind}")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None or len(root) == 0:
        raise NotAPageError("it has no HTML elements")
    return root


def _base(root: Any, url: str) -> str:
    for base in root.iter("base"):
        if href := base.get("href"):
            try:
                return canonicalise(href, url)
            except ValueError:
                break
    return url


# --- places


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((files("crawler.parsers") / "link_regions.toml").read_text("utf-8"))


@cache
def _place_of_name() -> dict[str, str]:
    places: dict[str, list[str]] = _tables()["places"]
    return {name: place for place, names in reversed(places.items()) for name in names}


@cache
def _texts(name: str) -> frozenset[str]:
    return frozenset(_tables()["texts"][name])


_PLACE_OF_TAG = {
    "nav": "navigation",
    "footer": "footer",
    "aside": "aside",
    "article": "teaser",
    "h1": "heading",
    "h2": "heading",
    "h3": "heading",
    "h4": "heading",
}
_NAMES = re.compile(r"[a-z0-9]+(?:[-_]+[a-z0-9]+)*")
_ORDER = ("pager", "terms", "comments", "share", "navigation", "footer", "aside", "teaser")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an element stands."""

    name: str = ""
    """The innermost place that counts."""
    in_heading: bool = False
    in_teaser: bool = False
    """Whether it is in a teaser at all: a teaser's footer is no site's footer."""

    def within(self, element: Any) -> "_Place":
        """The place of ``element``, a child of an element in this one."""
        tag = element.tag
        own = _PLACE_OF_TAG.get(tag, "") if isinstance(tag, str) else ""
        if own == "heading":
            return _Place(self.name, True, self.in_teaser)
        named = own or _named_place(element)
        if not named or (named == "footer" and self.in_teaser) or (named == "teaser" and self.name in _STRONGER):
            return self
        return _Place(named, self.in_heading, self.in_teaser or named == "teaser")


# Menus contain "post" and "entry" in the names of their items; what is in a menu stays in it.
_STRONGER = ("pager", "terms", "comments", "share", "navigation")


def _named_place(element: Any) -> str:
    names = f"{element.get('class', '')} {element.get('id', '')} {element.get('role', '')}"[:500].lower()
    if names.isspace() or element.tag in ("body", "html", "main"):
        return ""
    places = _place_of_name()
    found = {places[part] for name in _NAMES.findall(names) for part in _parts(name) if part in places}
    return next((place for place in _ORDER if place in found), "")


def _parts(name: str) -> tuple[str, ...]:
    """The whole name and its end: "main-nav" is a nav, and "nav-open" a page whose nav is open."""
    words = name.replace("_", "-").split("-")
    return name, words[-1], "-".join(words[-2:])


# --- what is found on the way through the page


@dataclass(slots=True)
class _Found:
    """What the page does with one address."""

    text: str = ""
    marks: set[str] = field(default_factory=set)
    """Places, and ``rel``, ``read-more``, ``frame``, ``refresh``."""


_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_FEED_NAME = re.compile(r"rss|feed|atom|\.rdf")
_FORMATS = frozenset({"rss", "rss2", "atom", "feed", "feeds", "rdf", "json", "xml", "index", "alt", "format", "type"})
_REFRESH = re.compile(r"\d+\s*[;,]\s*url\s*=\s*[\"']?([^\"']+)", re.IGNORECASE)
_TERM_RELATIONS = frozenset({"tag", "category", "author"})
_NEXT_NAMES = frozenset({"next", "older", "older-link", "nav-previous", "older-posts", "next-page", "nextpostslink"})
_LONGEST_TEXT = 300


class _Page:
    """Collects the links of a page."""

    def __init__(self, url: str, base: str) -> None:
        self._url = url
        self._base = base
        self._own_key = same_article_key(url)
        self._places: dict[Any, _Place] = {}
        self._found: dict[str, _Found] = {}
        self._head_feeds: dict[tuple[str, ...], str] = {}
        self._body_feeds: dict[tuple[str, ...], str] = {}
        self._comment_feeds: dict[str, None] = {}
        self._sitemaps: dict[str, None] = {}
        self._next: dict[str, int] = {}
        """Candidates for the next page, and the best reason for each."""
        self._generator: str | None = None

    def take(self, element: Any) -> None:
        """Take what an element says."""
        if element.tag == "meta":
            self._take_meta(element)
            return
        address = self._address(element.get("src" if element.tag == "frame" else "href"))
        if address is None:
            return
        if element.tag == "link":
            self._take_link(element, address)
        elif element.tag == "frame":
            self._mark(address, "frame")
        else:
            self._take_anchor(element, address)

    def links(self) -> PageLinks:
        """Everything taken, decided."""
        folders = sections_among(self._found)
        decided = (_decide(url, found, url in folders) for url, found in self._found.items())
        return PageLinks(
            feeds=tuple((self._head_feeds or self._body_feeds).values()),
            comment_feeds=tuple(self._comment_feeds),
            sitemaps=tuple(self._sitemaps),
            links=tuple(link for link in decided if link is not None),
            next_page=self._next_page(),
            generator=self._generator,
        )

    def _address(self, href: str | None) -> str | None:
        # A page that only points at itself is not worth the time that a full look takes.
        if not href or href.startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
            return None
        try:
            return canonicalise(href, self._base)
        except ValueError:
            return None

    def _take_meta(self, element: Any) -> None:
        content = element.get("content") or ""
        if (element.get("name") or "").lower() == "generator":
            self._generator = self._generator or content.strip()[:100] or None
        elif (element.get("http-equiv") or "").lower() == "refresh" and (match := _REFRESH.match(content.strip())):
            address = self._address(match[1].strip())
            if address is not None:
                self._mark(address, "refresh")

    def _take_link(self, element: Any, address: str) -> None:
        relations = (element.get("rel") or "").lower().split()
        kind = (element.get("type") or "").lower().partition(";")[0].strip()
        if "next" in relations and judge(address).rule in PAGINATION:
            self._offer_next(address, _BY_RELATION)
        elif "sitemap" in relations:
            self._sitemaps.setdefault(address)
        elif "feed" in relations or ("alternate" in relations and _is_feed_type(kind, address)):
            self._take_feed(address, element.get("title"), self._head_feeds)

    def _take_feed(self, address: str, title: str | None, feeds: dict[tuple[str, ...], str]) -> None:
        if is_comments_feed(address, title):
            self._comment_feeds.setdefault(address)
        else:
            # WordPress, Hexo and Blogger name one feed in two or three formats.
            feeds.setdefault(_without_format(address), address)

    def _take_anchor(self, element: Any, address: str) -> None:
        judgement = judge(address)
        text = _text(element)
        if judgement.kind == "other":
            self._take_file(address, judgement, text)
            return
        place = self._place(element)
        self._take_next(element, address, judgement, place, text)
        if not same_site(address, self._url) or same_article_key(address) == self._own_key:
            return
        found = self._mark(address, place.name or "body")
        if found is None:
            return
        marks = set(_marks(element, place, text))
        found.marks |= marks
        if "read-more" not in marks and len(text) > len(found.text):
            found.text = text

    def _take_file(self, address: str, judgement: Judgement, text: str) -> None:
        if judgement.rule not in ("feed", "feed-parameter", "data-file"):
            return
        path = address.partition("://")[2].partition("/")[2].lower()
        if "sitemap" in path and path.endswith((".xml", ".gz", ".txt")):
            self._sitemaps.setdefault(address)
        elif _FEED_NAME.search(path) and not path.endswith((".txt", ".js")) and same_site(address, self._url):
            self._take_feed(address, text, self._body_feeds)

    def _mark(self, address: str, mark: str) -> _Found | None:
        if not same_site(address, self._url) or (address not in self._found and len(self._found) >= MAX_LINKS):
            return None
        found = self._found.setdefault(address, _Found())
        found.marks.add(mark)
        return found

    def _place(self, element: Any) -> _Place:
        """The place of an element; those of its ancestors are kept, so that a page takes linear time."""
        unknown = []
        while element is not None and element not in self._places:
            unknown.append(element)
            element = element.getparent()
        place = self._places[element] if element is not None else _Place()
        for element in reversed(unknown):
            place = self._places[element] = place.within(element)
        return place

    def _take_next(self, element: Any, address: str, judgement: Judgement, place: _Place, text: str) -> None:
        is_sibling = judgement.kind in ("unknown", "section") and self._is_sibling(address, judgement)
        is_page = judgement.rule in PAGINATION or is_sibling
        relations = (element.get("rel") or "").lower().split()
        if "prev" in relations or not (is_page or (place.name == "pager" and judgement.kind != "article")):
            return
        if "next" in relations:
            self._offer_next(address, _BY_RELATION)
        elif _is_named_next(element):
            self._offer_next(address, _BY_CLASS)
        elif {_plain(text), _plain(element.get("aria-label") or "")} & _texts("next_page"):
            self._offer_next(address, _BY_TEXT)
        elif is_sibling or (is_page and text.strip().isdigit()):
            self._offer_next(address, _BY_NUMBER)

    def _is_sibling(self, address: str, judgement: Judgement) -> bool:
        """Whether an address is another page of the list that this page is, by its number. Months have numbers too."""
        return judgement.rule != "date-archive" and is_page_of_same_list(address, self._url)

    def _offer_next(self, address: str, reason: int) -> None:
        if same_site(address, self._url) and same_article_key(address) != self._own_key:
            self._next[address] = min(reason, self._next.get(address, reason))

    def _next_page(self) -> str | None:
        reason = min(self._next.values(), default=_BY_NUMBER)
        offered = [address for address, why in self._next.items() if why == reason]
        if reason < _BY_NUMBER:
            return offered[0]
        later = sorted(
            (number, address) for address in offered if (number := _page_number(address)) > self._number_beside(address)
        )
        return later[0][1] if later else None

    def _number_beside(self, address: str) -> int:
        """The page's own number, in the way in which another page of the list is numbered."""
        if is_page_of_same_list(address, self._url):
            return numbered_page(self._url).number or 1
        return _page_number(self._url) if judge(self._url).rule in PAGINATION else 1


_BY_RELATION, _BY_CLASS, _BY_TEXT, _BY_NUMBER = range(4)
"""Reasons to take a link for the one to the next page, the best first."""


def _is_feed_type(kind: str, address: str) -> bool:
    # WordPress names its REST API and its oEmbed as alternates too, in JSON and in XML.
    if kind in _FEED_TYPES:
        return True
    return kind in ("text/xml", "application/xml", "application/rss", "application/json") and judge(address).rule in (
        "feed",
        "feed-parameter",
        "data-file",
    )


def _without_format(feed: str) -> tuple[str, ...]:
    """What the addresses of one feed in several formats share: ``/rss.xml``, ``/atom.xml`` and ``/feed/``."""
    return tuple(word for word in re.findall(r"[^\W_]+", feed.lower()) if word not in _FORMATS)


def _is_named_next(element: Any) -> bool:
    parent = element.getparent()
    names = f"{element.get('class', '')} {parent.get('class', '') if parent is not None else ''}".lower()
    return any(part in _NEXT_NAMES for name in _NAMES.findall(names) for part in _parts(name))


def _page_number(url: str) -> int:
    numbers = re.findall(r"\d{1,5}", url)
    return int(numbers[-1]) if numbers else 1


def _text(element: Any) -> str:
    text = " ".join("".join(islice(element.itertext(), 100)).split())
    if not text:
        image = element.find(".//img")
        text = element.get("title") or (image.get("alt") if image is not None else "") or ""
    return " ".join(text.split())[:_LONGEST_TEXT]


def _plain(text: str) -> str:
    """The text in lower case, without arrows, dots and what else decorates links."""
    return text.lower().strip(" \t\n.…:>‹›«»→←➔➜⟶▶►|()[]-–—\u200e\u200f")


def _marks(element: Any, place: _Place, text: str) -> Iterator[str]:
    relations = set((element.get("rel") or "").lower().split())
    if relations & _TERM_RELATIONS:
        # Drupal says rel="tag" of its "Read more" links too.
        yield "weak-rel" if relations == {"tag"} else "rel"
    if place.in_heading or next(element.iter("h1", "h2", "h3", "h4"), None) is not None:
        yield "heading"
    if place.in_teaser:
        yield "teaser"
    if _plain(text) in _texts("read_more") or "more-link" in (element.get("class") or ""):
        yield "read-more"
    if place.name == "pager" and (text.strip().isdigit() or _plain(text) in _texts("next_page")):
        yield "turns-page"


# --- the decision


def _decide(url: str, found: _Found, is_folder: bool) -> Link | None:
    """What a link leads to; ``None`` where it is hardly worth a visit."""
    judgement = judge(url)
    words = _count(found.text)
    if judgement.rule == "front-page" and url.count("/") == 3:
        return None
    if judgement.kind == "section":
        return Link(url, found.text, "section", judgement.score, judgement.rule)
    if rule := _section_by_use(found.marks, words, judgement, is_folder):
        return Link(url, found.text, "section", 0.1, rule)
    if judgement.kind == "article" and judgement.rule != "words":
        return Link(url, found.text, "article", judgement.score, judgement.rule)
    score = _clamped(judgement.score + _by_text(words) + sum(_BY_MARK.get(mark, 0.0) for mark in found.marks))
    if score >= ARTICLE_SCORE:
        return Link(url, found.text, "article", score, "place")
    if rule := _rule_of_section(found.marks, words, score):
        return Link(url, found.text, "section", score, rule)
    return Link(url, found.text, "unknown", score, "place") if score > _HARDLY else None


_HARDLY = 0.15
_BY_MARK = {
    "heading": 0.35,
    "teaser": 0.1,
    "read-more": 0.25,
    "navigation": -0.3,
    "footer": -0.3,
    "comments": -0.1,
    "share": -0.3,
}


def _section_by_use(marks: set[str], words: int, judgement: Judgement, is_folder: bool) -> str | None:
    """Why the page uses a link as one to a list of articles; ``None`` where it does not."""
    for mark in ("rel", "frame", "refresh"):
        if mark in marks:
            return mark
    if judgement.kind == "article" and (judgement.rule != "words" or "read-more" in marks):
        return None
    if "weak-rel" in marks and not marks & {"heading", "read-more"}:
        return "rel" if judgement.kind != "article" or "terms" in marks else None
    if "turns-page" in marks:
        return "pager"
    if "terms" in marks and "heading" not in marks and words <= 3:
        return "terms"
    return "folder" if is_folder else None


def _rule_of_section(marks: set[str], words: int, score: float) -> str | None:
    """Why a link that may be anything is rather one to a section; ``None`` where nothing says so."""
    if "navigation" in marks:
        return "menu" if words <= 4 and score <= 0.55 else None
    if "heading" in marks:
        return "short" if score <= 0.45 else None
    # Sites made by hand have menus that nothing marks as one.
    is_short = words in (1, 2) and score <= 0.4 and not marks & {"teaser", "read-more", "footer", "share"}
    return "short" if is_short else None


def _by_text(words: int) -> float:
    """Headlines have many words, names of sections one or two; a picture has none, and tells nothing."""
    return (0.0, -0.1, -0.1, 0.1, 0.2, 0.3)[min(words, 5)]


def _count(text: str) -> int:
    """The words of a text; in scripts without spaces, two characters are one."""
    unspaced = (
        0 if text.isascii() else sum(1 for character in text if "\u0e00" < character < "\ud7ff" and character.isalpha())
    )
    return max(len(text.split()), unspaced // 2)


def _clamped(score: float) -> float:
    return round(max(0.0, min(score, 0.95)), 2)
