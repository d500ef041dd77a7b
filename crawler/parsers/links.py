"""Reads the links of an HTML page: to articles, to further lists, to feeds and sitemaps, and to its next page.

What a link leads to is decided in :mod:`crawler.parsers.link_rules`.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from lxml import etree

from cleaning.html.decoding import decode_page
from cleaning.outcomes import NotAnArticleError
from cleaning.urls import canonicalise, make_url_key
from crawler.parsers.comment_feeds import is_comments_feed
from crawler.parsers.link_regions import RegionFinder
from crawler.parsers.link_rules import FURTHER_PAGE_RULES, SECTION_RANKS, Link, LinkUse, classify_link, find_marks
from crawler.parsers.next_page import NextPageFinder
from crawler.parsers.xml import detect_document_kind
from crawler.urls.pagination import PAGINATION_RULES
from crawler.urls.url_classifier import UrlClass, classify_url, find_section_urls, is_same_site

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
        sections = (link for link in self.links if link.kind == "section" and link.rule not in FURTHER_PAGE_RULES)
        return tuple(sorted(sections, key=lambda link: SECTION_RANKS.get(link.rule, 1)))

    @property
    def unknown(self) -> tuple[Link, ...]:
        """The links that may lead to anything, the likeliest articles first."""
        unknown = (link for link in self.links if link.kind == "unknown")
        return tuple(sorted(unknown, key=lambda link: -link.score))


def read_links(body: bytes, url: str) -> PageLinks:
    """What the HTML page at ``url`` links to. Raises NotAPageError on what is no HTML."""
    root = _parse_html(body)
    page = _LinkCollector(url, _find_base_url(root, url))
    for element in islice(root.iter("a", "area", "link", "meta", "frame"), MAX_ELEMENTS):
        page.add_element(element)
    return page.build()


def _parse_html(body: bytes) -> Any:
    try:
        text = decode_page(body)
    except NotAnArticleError as error:
        raise NotAPageError(error.detail) from error
    if (kind := detect_document_kind(body)) in ("feed", "sitemap"):
        raise NotAPageError(f"it is a {kind}")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None or len(root) == 0:
        raise NotAPageError("it has no HTML elements")
    return root


def _find_base_url(root: Any, url: str) -> str:
    for base in root.iter("base"):
        if href := base.get("href"):
            try:
                return canonicalise(href, url)
            except ValueError:
                break
    return url


_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_FEED_NAME = re.compile(r"rss|feed|atom|\.rdf")
_FORMAT_WORDS = frozenset(
    {"rss", "rss2", "atom", "feed", "feeds", "rdf", "json", "xml", "index", "alt", "format", "type"}
)
_META_REFRESH = re.compile(r"\d+\s*[;,]\s*url\s*=\s*[\"']?([^\"']+)", re.IGNORECASE)
_MAX_TEXT_CHARS = 300


class _LinkCollector:
    """Collects the links of a page."""

    def __init__(self, url: str, base: str) -> None:
        self._url = url
        self._base = base
        self._own_key = make_url_key(url)
        self._regions = RegionFinder()
        self._uses: dict[str, LinkUse] = {}
        self._head_feeds: dict[tuple[str, ...], str] = {}
        self._body_feeds: dict[tuple[str, ...], str] = {}
        self._comment_feeds: dict[str, None] = {}
        self._sitemaps: dict[str, None] = {}
        self._next_page = NextPageFinder(url)
        self._generator: str | None = None

    def add_element(self, element: Any) -> None:
        """Take what an element says."""
        if element.tag == "meta":
            self._add_meta(element)
            return
        address = self._resolve_url(element.get("src" if element.tag == "frame" else "href"))
        if address is None:
            return
        if element.tag == "link":
            self._add_link_element(element, address)
        elif element.tag == "frame":
            self._mark_url(address, "frame")
        else:
            self._add_anchor(element, address)

    def build(self) -> PageLinks:
        """Everything taken, decided."""
        folders = find_section_urls(self._uses)
        decided = (classify_link(url, found, url in folders) for url, found in self._uses.items())
        return PageLinks(
            feeds=tuple((self._head_feeds or self._body_feeds).values()),
            comment_feeds=tuple(self._comment_feeds),
            sitemaps=tuple(self._sitemaps),
            links=tuple(link for link in decided if link is not None),
            next_page=self._next_page.choose(),
            generator=self._generator,
        )

    def _resolve_url(self, href: str | None) -> str | None:
        # A page that only points at itself is not worth the time that a full look takes.
        if not href or href.startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
            return None
        try:
            return canonicalise(href, self._base)
        except ValueError:
            return None

    def _add_meta(self, element: Any) -> None:
        content = element.get("content") or ""
        if (element.get("name") or "").lower() == "generator":
            self._generator = self._generator or content.strip()[:100] or None
        elif (element.get("http-equiv") or "").lower() == "refresh" and (match := _META_REFRESH.match(content.strip())):
            address = self._resolve_url(match[1].strip())
            if address is not None:
                self._mark_url(address, "refresh")

    def _add_link_element(self, element: Any, address: str) -> None:
        relations = (element.get("rel") or "").lower().split()
        kind = (element.get("type") or "").lower().partition(";")[0].strip()
        if "next" in relations and classify_url(address).rule in PAGINATION_RULES:
            self._next_page.add_link_relation(address)
        elif "sitemap" in relations:
            self._sitemaps.setdefault(address)
        elif "feed" in relations or ("alternate" in relations and _is_feed_type(kind, address)):
            self._add_feed(address, element.get("title"), self._head_feeds)

    def _add_feed(self, address: str, title: str | None, feeds: dict[tuple[str, ...], str]) -> None:
        if is_comments_feed(address, title):
            self._comment_feeds.setdefault(address)
        else:
            # WordPress, Hexo and Blogger name one feed in two or three formats.
            feeds.setdefault(_strip_format_words(address), address)

    def _add_anchor(self, element: Any, address: str) -> None:
        judgement = classify_url(address)
        text = _get_link_text(element)
        if judgement.kind == "other":
            self._add_file(address, judgement, text)
            return
        region = self._regions.find(element)
        self._next_page.add_anchor(element, address, judgement, region, text)
        if not is_same_site(address, self._url) or make_url_key(address) == self._own_key:
            return
        found = self._mark_url(address, region.name or "body")
        if found is None:
            return
        marks = set(find_marks(element, region, text))
        found.marks |= marks
        if "read-more" not in marks and len(text) > len(found.text):
            found.text = text

    def _add_file(self, address: str, url_class: UrlClass, text: str) -> None:
        if url_class.rule not in ("feed", "feed-parameter", "data-file"):
            return
        path = address.partition("://")[2].partition("/")[2].lower()
        if "sitemap" in path and path.endswith((".xml", ".gz", ".txt")):
            self._sitemaps.setdefault(address)
        elif _FEED_NAME.search(path) and not path.endswith((".txt", ".js")) and is_same_site(address, self._url):
            self._add_feed(address, text, self._body_feeds)

    def _mark_url(self, address: str, mark: str) -> LinkUse | None:
        if not is_same_site(address, self._url) or (address not in self._uses and len(self._uses) >= MAX_LINKS):
            return None
        found = self._uses.setdefault(address, LinkUse())
        found.marks.add(mark)
        return found


def _is_feed_type(kind: str, address: str) -> bool:
    # WordPress names its REST API and its oEmbed as alternates too, in JSON and in XML.
    if kind in _FEED_TYPES:
        return True
    return kind in ("text/xml", "application/xml", "application/rss", "application/json") and classify_url(
        address
    ).rule in (
        "feed",
        "feed-parameter",
        "data-file",
    )


def _strip_format_words(feed: str) -> tuple[str, ...]:
    """What the addresses of one feed in several formats share: ``/rss.xml``, ``/atom.xml`` and ``/feed/``."""
    return tuple(word for word in re.findall(r"[^\W_]+", feed.lower()) if word not in _FORMAT_WORDS)


def _get_link_text(element: Any) -> str:
    text = " ".join("".join(islice(element.itertext(), 100)).split())
    if not text:
        image = element.find(".//img")
        text = element.get("title") or (image.get("alt") if image is not None else "") or ""
    return " ".join(text.split())[:_MAX_TEXT_CHARS]
