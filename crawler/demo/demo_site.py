"""The demo site: from a path to a response, without any I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Protocol
from urllib.parse import unquote, urlsplit

from crawler.demo.demo_article import DemoArticle, load_articles
from crawler.demo.listing_pages import Listing, build_listing_page, build_listings
from crawler.demo.markup import encode_href, fill_template
from crawler.demo.static_pages import build_not_found_page, build_static_page, list_static_paths
from crawler.demo.story import build_story_page
from crawler.demo.story_head import build_picture_path
from crawler.demo.syndication import (
    build_articles_sitemap,
    build_atom,
    build_comments_rss,
    build_robots,
    build_rss,
    build_sitemap,
    build_sitemap_index,
    find_last_change,
)
from crawler.demo.theme import Theme

HTML_TYPE = "text/html; charset=utf-8"
PICTURE_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 36">'
    '<rect width="64" height="36" fill="#9ec3d6"/>'
    '<path d="M12 26h40l-6 6H18z" fill="#5a3a1b"/><path d="M30 5v20H14z" fill="#f6f1e6"/></svg>'
)


@dataclass(frozen=True, slots=True)
class Response:
    """What a site answers."""

    status: int
    headers: Mapping[str, str]
    """Without those that belong to the connection: the server adds length, date and validators."""
    body: bytes
    modified: datetime | None = None
    """When what it shows last changed, aware; ``None`` where nobody knows."""


class Site(Protocol):
    """What the server serves."""

    def respond(self, target: str, base_url: str) -> Response:
        """The answer to a path with its query, asked for under a scheme and host."""
        ...


Render = Callable[[Theme], str | bytes]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site before anybody asked for it."""

    render: Render
    content_type: str = HTML_TYPE
    modified: datetime | None = None


@dataclass(frozen=True)
class DemoSite:
    """A news site with the articles given.

    >>> DemoSite().respond("/robots.txt", "http://dhow.example").body.decode().splitlines()[0]
    'User-agent: *'
    """

    articles: tuple[DemoArticle, ...] = field(default_factory=load_articles, repr=False)
    """In any order; pages list the newest first."""
    feeds: bool = True
    """Whether there are feeds, and pages name them."""
    sitemaps: bool = True
    """Whether there are sitemaps, and robots.txt names them."""
    base_url: str | None = None
    """Scheme and host that absolute links start with; ``None``: those that the page was asked for under."""
    page_size: int = 8
    """Articles on a page of a list."""
    robots_txt: str | None = None
    """Served instead of the site's own robots.txt."""
    instead: Mapping[str, Response] = field(default_factory=dict)
    """Responses to give instead of the site's own, by path: for outages and other odd behaviour."""

    def respond(self, target: str, base_url: str) -> Response:
        """The answer to a path (percent-encoded or not; a query does not matter) under a scheme and host."""
        path = unquote(target.partition("?")[0])
        if path in self.instead:
            return self.instead[path]
        theme = Theme(self.base_url or base_url.rstrip("/"), self.feeds, self._newest[:5])
        if page := self.pages.get(path):
            body = page.render(theme)
            content = body if isinstance(body, bytes) else body.encode()
            return Response(200, {"Content-Type": page.content_type}, content, page.modified)
        if f"{path}/" in self.pages:
            return Response(301, {"Location": theme.make_absolute(f"{path}/"), "Content-Type": HTML_TYPE}, b"")
        return Response(404, {"Content-Type": HTML_TYPE}, build_not_found_page(theme).encode())

    @cached_property
    def pages(self) -> dict[str, Page]:
        """Every page of the site by its path, not percent-encoded."""
        pages = self._build_story_pages() | self._build_list_pages()
        pages |= {path: Page(partial(build_static_page, path)) for path in list_static_paths()}
        pages["/assets/dhow.css"] = Page(lambda _: fill_template("dhow.css"), "text/css; charset=utf-8")
        pages["/robots.txt"] = Page(self._build_robots, "text/plain; charset=utf-8")
        if self.feeds:
            pages |= self._build_feed_pages()
        if self.sitemaps:
            pages |= self._build_sitemap_pages()
        return pages

    def find_article(self, url: str) -> DemoArticle | None:
        """The article at an address of the site, however it is spelt; ``None`` where there is none."""
        return self._by_path.get(unquote(urlsplit(url).path))

    def list_urls(self, base_url: str) -> tuple[str, ...]:
        """The addresses of the articles, newest first, as the site itself spells them."""
        return tuple(base_url.rstrip("/") + encode_href(article.path) for article in self._newest)

    @cached_property
    def _newest(self) -> tuple[DemoArticle, ...]:
        return tuple(sorted(self.articles, key=lambda article: article.published, reverse=True))

    @cached_property
    def _by_path(self) -> dict[str, DemoArticle]:
        return {article.path: article for article in self.articles}

    @cached_property
    def _listings(self) -> tuple[Listing, ...]:
        return tuple(build_listings(self._newest))

    def _build_story_pages(self) -> dict[str, Page]:
        pages = {}
        for position, article in enumerate(self._newest):
            changed = article.modified or article.published
            pages[article.path] = Page(partial(self._build_story, position), modified=changed)
            pages[build_picture_path(article)] = Page(lambda _: PICTURE_SVG, "image/svg+xml", article.published)
        return pages

    def _build_story(self, position: int, theme: Theme) -> str:
        count = len(self._newest)
        others = dict.fromkeys((position + step) % count for step in (1, -1, 2))
        related = [self._newest[other] for other in others if other != position]
        return build_story_page(self._newest[position], theme, related)

    def _build_list_pages(self) -> dict[str, Page]:
        return {
            listing.get_page_path(number): Page(
                partial(build_listing_page, listing, number, self.page_size),
                modified=find_last_change(listing.articles),
            )
            for listing in self._listings
            for number in range(1, listing.count_pages(self.page_size) + 1)
        }

    def _build_feed_pages(self) -> dict[str, Page]:
        changed = find_last_change(self.articles)
        return {
            "/feed/": Page(partial(build_rss, self._newest), "application/rss+xml; charset=utf-8", changed),
            "/feed/atom/": Page(partial(build_atom, self._newest), "application/atom+xml; charset=utf-8", changed),
            "/comments/feed/": Page(partial(build_comments_rss, self._newest), "application/rss+xml; charset=utf-8"),
        }

    def _build_sitemap_pages(self) -> dict[str, Page]:
        lists = [(listing.path, find_last_change(listing.articles)) for listing in self._listings]
        plain = [(path, None) for path in list_static_paths() if path not in {"/staff/", "/search/"}]
        xml = "application/xml; charset=utf-8"
        return {
            "/sitemap.xml": Page(build_sitemap_index, xml),
            "/sitemap-articles.xml.gz": Page(partial(build_articles_sitemap, self._newest), "application/gzip"),
            "/sitemap-topics.xml": Page(partial(build_sitemap, lists), xml),
            "/sitemap-pages.xml": Page(partial(build_sitemap, plain), xml),
        }

    def _build_robots(self, theme: Theme) -> str:
        return self.robots_txt if self.robots_txt is not None else build_robots(theme, sitemaps=self.sitemaps)
