"""Read the links of an HTML page: to articles, sections, feeds and sitemaps, and to the next page of the list.

:mod:`crawler.parsers.link_rules` decides whether a link leads to an article or a section,
:mod:`crawler.parsers.next_page` which one leads to the next page.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from lxml import etree

from cleaning.html.decoding import decode_page
from cleaning.outcomes import NotAnArticleError
from cleaning.urls import canonicalise, make_url_key
from crawler.parsers.comment_feeds import is_comments_feed
from crawler.parsers.link_header import HeaderLink, parse_link_header
from crawler.parsers.link_regions import RegionFinder, is_link_text
from crawler.parsers.link_rules import FURTHER_PAGE_RULES, SECTION_RANKS, Link, LinkUse, classify_link, find_marks
from crawler.parsers.next_page import NextPageFinder
from crawler.parsers.xml import detect_document_kind
from crawler.urls.pagination import PAGINATION_RULES
from crawler.urls.url_classifier import UrlClass, classify_url, find_section_urls, is_same_site

MAX_LINKS: Final = 5_000
"""Maximum number of different URLs of one page; the others are ignored."""
MAX_FOREIGN_LINKS: Final = 500
"""Maximum number of links to other hosts that are noted."""
MAX_ELEMENTS: Final = 20_000
"""Maximum number of link elements of one page, the same URL counted again; this many take about a second."""


class NotAPageError(Exception):
    """The bytes are not an HTML page."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """A sentence without a full stop."""


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The links of an HTML page."""

    feeds: tuple[str, ...]
    """Feeds of articles that the page links to, the main one first; each feed in one format only."""
    comment_feeds: tuple[str, ...]
    """Feeds of readers' comments."""
    sitemaps: tuple[str, ...]
    """Sitemaps that the page links to."""
    links: tuple[Link, ...]
    """Links to other pages of the site that may be worth a visit, each URL once, in the page's order."""
    next_page: str | None
    """URL of the next page of this list, with older articles."""
    generator: str | None
    """The software that the page names in ``<meta name="generator">``, e.g. ``"WordPress 6.1"``."""
    foreign_articles: tuple[str, ...] = ()
    """URLs on other hosts that look like articles'."""

    @property
    def articles(self) -> tuple[Link, ...]:
        """The links that lead to articles, in the page's order.

        If the page has none, ``unknown`` has the best candidates.
        """
        return tuple(link for link in self.links if link.kind == "article")

    @property
    def sections(self) -> tuple[Link, ...]:
        """The links that lead to lists of articles, the most useful first: menus, archives, tags, authors.

        Further pages of a list are left out: ``next_page`` leads to them one after the other.
        """
        sections = (link for link in self.links if link.kind == "section" and link.rule not in FURTHER_PAGE_RULES)
        return tuple(sorted(sections, key=lambda link: SECTION_RANKS.get(link.rule, 1)))

    @property
    def unknown(self) -> tuple[Link, ...]:
        """The links that may lead to anything, the most likely articles first.

        Neither their URLs nor their use on the page decide; the cleaner will, once they are fetched.
        """
        unknown = (link for link in self.links if link.kind == "unknown")
        return tuple(sorted(unknown, key=lambda link: -link.score))


def read_links(body: bytes, url: str, link_header: str = "", hosts: tuple[str, ...] = ()) -> PageLinks:
    """Read the links of the HTML page at ``url``, which relative URLs are resolved against.

    Links to pages of other sites are ignored, except those to ``hosts``, the further hosts of the site. ``link_header``
    is the ``Link`` header of the response, which may name feeds and sitemaps. Raises NotAPageError if the body is not
    HTML, for example a feed that was served as a page.
    """
    root = _parse_html(body)
    page = _LinkCollector(url, _find_base_url(root, url), hosts)
    for link in parse_link_header(link_header):
        page.add_header_link(link)
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
    # Only the first <base> with an href counts, as in browsers; an invalid one is ignored.
    for base in root.iter("base"):
        if href := base.get("href"):
            try:
                return canonicalise(href, url)
            except ValueError:
                break
    return url


# Also as sites misspell them: "application/x-rss+xml", "text/rss", "application/atom".
_FEED_TYPE = re.compile(r"(?:application|text)/(?:x-)?(?:(?:rss|atom|rdf)(?:\+xml)?|feed\+json)")
_PLAIN_TYPES = frozenset({"", "text/xml", "application/xml", "application/json"})
"""Types of links that are feeds only if something else says so."""
_XML_TYPES = frozenset({"text/xml", "application/xml"})
# Other alternates of a page that come as XML.
_NOT_A_FEED = re.compile(r"oembed|wp-json|wlwmanifest|opensearch|rsd\b|sitemap", re.IGNORECASE)
_FEED_SCHEME = re.compile(r"feed:(?=https?:)|feed:(?=//)", re.IGNORECASE)
# Only for links in the body, whose type is not declared.
_FEED_NAME = re.compile(r"rss|feed|atom|\.rdf")
# Words of a feed's URL that name its format, not the feed.
_FORMAT_WORDS = frozenset(
    {"rss", "rss2", "atom", "feed", "feeds", "rdf", "json", "xml", "index", "alt", "format", "type"}
)
_META_REFRESH = re.compile(r"\d+\s*[;,]\s*url\s*=\s*[\"']?([^\"']+)", re.IGNORECASE)
_MAX_TEXT_CHARS = 300
"""Characters of a link's text that are kept: some sites put a whole teaser into one link."""


class _LinkCollector:
    """Collects the links of a page, element by element."""

    def __init__(self, url: str, base: str, hosts: tuple[str, ...]) -> None:
        self._url = url
        self._hosts = hosts
        self._foreign_articles: dict[str, None] = {}
        self._base = base
        self._own_key = make_url_key(url)
        self._regions = RegionFinder()
        self._uses: dict[str, LinkUse] = {}
        self._head_feeds: dict[tuple[str, ...], str] = {}
        self._body_feeds: dict[tuple[str, ...], str] = {}
        self._possible_feeds: dict[tuple[str, ...], str] = {}
        self._comment_feeds: dict[str, None] = {}
        self._sitemaps: dict[str, None] = {}
        self._next_page = NextPageFinder(url)
        self._generator: str | None = None

    def add_element(self, element: Any) -> None:
        """Add an ``a``, ``area``, ``link``, ``meta`` or ``frame`` element of the page."""
        if element.tag == "meta":
            self._add_meta(element)
            return
        url = self._resolve_url(element.get("src" if element.tag == "frame" else "href"))
        if url is None:
            return
        if element.tag == "link":
            self._add_link_element(element, url)
        elif element.tag == "frame":
            self._mark_url(url, "frame")
        else:
            self._add_anchor(element, url)

    def build(self) -> PageLinks:
        """Classify all links and return the result."""
        folders = find_section_urls(self._uses)
        classified = (classify_link(url, use, url in folders) for url, use in self._uses.items())
        return PageLinks(
            # Links in the body to anything like "/rss" are a fallback for pages that declare no feed in their head, and
            # so are links of which only the type or the text says "feed".
            feeds=tuple((self._head_feeds or self._body_feeds | self._possible_feeds).values()),
            comment_feeds=tuple(self._comment_feeds),
            sitemaps=tuple(self._sitemaps),
            links=tuple(link for link in classified if link is not None),
            next_page=self._next_page.choose(),
            generator=self._generator,
            foreign_articles=tuple(self._foreign_articles),
        )

    def _resolve_url(self, href: str | None) -> str | None:
        # These are skipped early, before the expensive step: resolving the URL.
        if not href or href.startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
            return None
        try:
            return canonicalise(_FEED_SCHEME.sub("", href.strip(), count=1), self._base)
        except ValueError:
            return None

    def add_header_link(self, link: HeaderLink) -> None:
        """Add a link of the ``Link`` header if it leads to a feed or a sitemap."""
        try:
            url = canonicalise(link.href, self._url)
        except ValueError:
            return
        self._add_declared_feed(url, link.relations, link.media_type, link.title)

    def _add_meta(self, element: Any) -> None:
        content = element.get("content") or ""
        if (element.get("name") or "").lower() == "generator":
            self._generator = self._generator or content.strip()[:100] or None
        elif (element.get("http-equiv") or "").lower() == "refresh" and (match := _META_REFRESH.match(content.strip())):
            url = self._resolve_url(match[1].strip())
            if url is not None:
                self._mark_url(url, "refresh")

    def _add_link_element(self, element: Any, url: str) -> None:
        relations = (element.get("rel") or "").lower().split()
        kind = (element.get("type") or "").lower().partition(";")[0].strip()
        # WordPress writes rel="next" in the head of articles too, for the next post; only the URL of a list page
        # counts.
        if "next" in relations and classify_url(url).rule in PAGINATION_RULES:
            self._next_page.add_link_relation(url)
        else:
            self._add_declared_feed(url, relations, kind, element.get("title"))

    def _add_declared_feed(self, url: str, relations: Collection[str], kind: str, title: str | None) -> None:
        """Add a feed or a sitemap that the head of the page or a header declares; ignore any other link."""
        if "sitemap" in relations:
            self._sitemaps.setdefault(url)
        elif "feed" in relations or ("alternate" in relations and _is_feed_type(kind, url)):
            self._add_feed(url, title, self._head_feeds)
        elif "alternate" in relations and kind in _XML_TYPES and not _NOT_A_FEED.search(url):
            self._add_feed(url, title, self._possible_feeds)

    def _add_feed(self, url: str, title: str | None, feeds: dict[tuple[str, ...], str]) -> None:
        if is_comments_feed(url, title):
            self._comment_feeds.setdefault(url)
        else:
            # WordPress, Hexo and Blogger link one feed in two or three formats; polling one of them is enough.
            feeds.setdefault(_strip_format_words(url), url)

    def _add_anchor(self, element: Any, url: str) -> None:
        url_class = classify_url(url)
        text = _get_link_text(element)
        if url_class.kind == "other":
            self._add_file(url, url_class, text)
            return
        if _FEED_TYPE.fullmatch((element.get("type") or "").lower()):
            self._add_feed(url, text, self._body_feeds)
            return
        if is_link_text(text, "feed"):
            self._add_feed(url, text, self._possible_feeds)
        region = self._regions.find(element)
        self._next_page.add_anchor(element, url, url_class, region, text)
        if not self._is_on_site(url):
            self._note_foreign(url, url_class)
            return
        if make_url_key(url) == self._own_key:
            return
        use = self._mark_url(url, region.name or "body")
        if use is None:
            return
        marks = set(find_marks(element, region, text))
        use.marks |= marks
        if "read-more" not in marks and len(text) > len(use.text):
            use.text = text

    def _add_file(self, url: str, url_class: UrlClass, text: str) -> None:
        """Add a link to a feed or a sitemap; links to other files are ignored."""
        if url_class.rule not in ("feed", "feed-parameter", "data-file"):
            return
        path = url.partition("://")[2].partition("/")[2].lower()
        if "sitemap" in path and path.endswith((".xml", ".gz", ".txt")):
            self._sitemaps.setdefault(url)
        elif _FEED_NAME.search(path) and not path.endswith((".txt", ".js")):
            # Other sites' feeds are linked, too; only the text of a link tells that one belongs to this site.
            if is_same_site(url, self._url):
                self._add_feed(url, text, self._body_feeds)
            elif is_link_text(text, "feed"):
                self._add_feed(url, text, self._possible_feeds)

    def _is_on_site(self, url: str) -> bool:
        return is_same_site(url, self._url) or any(is_same_site(url, host) for host in self._hosts)

    def _note_foreign(self, url: str, url_class: UrlClass) -> None:
        """Note a link to another host whose URL looks like an article's."""
        if url_class.kind == "article" and len(self._foreign_articles) < MAX_FOREIGN_LINKS:
            self._foreign_articles.setdefault(url)

    def _mark_url(self, url: str, mark: str) -> LinkUse | None:
        """Add a mark to a URL of the site and return its use; ``None`` if it is another site's, or beyond the limit."""
        if not self._is_on_site(url) or (url not in self._uses and len(self._uses) >= MAX_LINKS):
            return None
        use = self._uses.setdefault(url, LinkUse())
        use.marks.add(mark)
        return use


def _is_feed_type(kind: str, url: str) -> bool:
    # WordPress declares its REST API and oEmbed as alternates too, in JSON and XML: of these types, only URLs count
    # that look like a feed's.
    if _FEED_TYPE.fullmatch(kind):
        return True
    return kind in _PLAIN_TYPES and classify_url(url).rule in ("feed", "feed-parameter", "data-file")


def _strip_format_words(feed: str) -> tuple[str, ...]:
    """Return the words of a feed's URL without those for formats.

    The result is the same for ``/rss.xml``, ``/atom.xml`` and ``/feed/``.
    """
    return tuple(word for word in re.findall(r"[^\W_]+", feed.lower()) if word not in _FORMAT_WORDS)


def _get_link_text(element: Any) -> str:
    text = " ".join("".join(islice(element.itertext(), 100)).split())
    # A link around a picture has no text; its title or the picture's description is the next best.
    if not text:
        image = element.find(".//img")
        text = element.get("title") or (image.get("alt") if image is not None else "") or ""
    return " ".join(text.split())[:_MAX_TEXT_CHARS]
