"""The sites of the farm: one generated news site each, behind one of many habits of telling what is new."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from xml.sax.saxutils import escape

from crawler.demo.demo_article import DemoArticle
from crawler.demo.demo_site import DemoSite, Response
from crawler.demo.generated import generate_articles

MAX_FEED_ENTRIES: Final = 10
"""Entries of a feed."""
SITEMAP_NAMESPACE: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS_NAMESPACE: Final = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
HTML_TYPE: Final = "text/html; charset=utf-8"
XML_TYPE: Final = "application/xml"


@dataclass
class FarmSite:
    """A site with one habit. Articles are published by making them visible."""

    host: str
    habit: str
    articles: tuple[DemoArticle, ...]
    """All that it will ever have, the oldest first."""
    hidden: int = 0
    """The newest so many are not published yet."""
    refusals: int = 0
    """The next so many requests for articles are answered with 503 and ``Retry-After: 2``."""
    _site: DemoSite | None = field(default=None, repr=False)

    @property
    def published(self) -> tuple[DemoArticle, ...]:
        """What can be had, the newest first."""
        return tuple(reversed(self.articles[: len(self.articles) - self.hidden]))

    @property
    def addresses(self) -> set[str]:
        """Of what can be had."""
        return {f"http://{self.host}{article.path}" for article in self.published}

    def publish(self) -> None:
        """Publish what was hidden."""
        self.hidden, self._site = 0, None

    def respond(self, target: str, base_url: str) -> Response:
        """The site's answer, as its habit changes it."""
        path = target.partition("?")[0]
        site = self._get_demo_site()
        if self.refusals and site.find_article(base_url + path):
            self.refusals -= 1
            return Response(503, {"Retry-After": "2", "Content-Type": HTML_TYPE}, b"<p>Back in a moment</p>")
        own = HABITS[self.habit].get(path)
        if own is not None:
            return own(self, base_url)
        response = site.respond(target, base_url)
        if self.habit == "soft-404" and response.status == 404:
            return replace(response, status=200)
        return response

    def _get_demo_site(self) -> DemoSite:
        if self._site is None:
            feeds, sitemaps = self.habit in HABITS_WITH_FEEDS, self.habit in HABITS_WITH_SITEMAPS
            self._site = DemoSite(self.published, feeds=feeds, sitemaps=sitemaps, page_size=10)
        return self._site


Answer = Callable[[FarmSite, str], Response]


def _build_response(text: str, kind: str = XML_TYPE) -> Response:
    return Response(200, {"Content-Type": kind}, text.encode())


def _make_robots(*sitemaps: str) -> Answer:
    def build_answer(site: FarmSite, base: str) -> Response:
        lines = ["User-agent: *", "Disallow: /search/", *(f"Sitemap: {base}{path}" for path in sitemaps)]
        return _build_response("\n".join(lines), "text/plain")

    return build_answer


def _build_not_found(site: FarmSite, base: str) -> Response:
    return Response(404, {"Content-Type": HTML_TYPE}, b"<h1>Not found</h1>")


def _make_rss(kind: str, suffix: str = "", *, relative: bool = False) -> Answer:
    def build_answer(site: FarmSite, base: str) -> Response:
        entries = "".join(
            f"<item><title>{escape(a.title)}</title><link>{'' if relative else base}{a.path}{escape(suffix)}</link>"
            f"<pubDate>{a.published:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
            for a in site.published[:MAX_FEED_ENTRIES]
        )
        return _build_response(f'<rss version="2.0"><channel><title>{site.host}</title>{entries}</channel></rss>', kind)

    return build_answer


def _build_rdf(site: FarmSite, base: str) -> Response:
    entries = "".join(
        f'<item rdf:about="{base}{a.path}"><title>{escape(a.title)}</title><link>{base}{a.path}</link>'
        f"<dc:date>{a.published.isoformat()}</dc:date></item>"
        for a in site.published[:MAX_FEED_ENTRIES]
    )
    spaces = (
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    return _build_response(f"<rdf:RDF {spaces}><channel><title>{site.host}</title></channel>{entries}</rdf:RDF>")


def _build_json_feed(site: FarmSite, base: str) -> Response:
    entries = [
        {"id": a.path, "url": base + a.path, "title": a.title, "date_published": a.published.isoformat()}
        for a in site.published[:MAX_FEED_ENTRIES]
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": site.host, "items": entries}
    return _build_response(json.dumps(feed), "application/feed+json")


def _make_urlset(*others: str, news: int = 0) -> Answer:
    """A sitemap of all articles and of some other pages; with ``news``, Google's for so many of the newest."""

    def build_entry(base: str, a: DemoArticle) -> str:
        told = (
            f"<news:news><news:publication><news:name>Dhow Post</news:name><news:language>en</news:language>"
            f"</news:publication><news:publication_date>{a.published.isoformat()}</news:publication_date>"
            f"<news:title>{escape(a.title)}</news:title></news:news>"
        )
        return f"<url><loc>{base}{a.path}</loc>{told if news else ''}</url>"

    def build_answer(site: FarmSite, base: str) -> Response:
        entries = [build_entry(base, a) for a in site.published[: news or None]]
        entries += [f"<url><loc>{base}{path}</loc></url>" for path in others]
        return _build_response(f"<urlset {SITEMAP_NAMESPACE} {NEWS_NAMESPACE}>{''.join(entries)}</urlset>")

    return build_answer


def _build_text_sitemap(site: FarmSite, base: str) -> Response:
    return _build_response("\n".join(base + a.path for a in site.published), "text/plain")


def _make_sitemap_index(*paths: str) -> Answer:
    def build_answer(site: FarmSite, base: str) -> Response:
        named = "".join(f"<sitemap><loc>{base}{path}</loc></sitemap>" for path in paths)
        return _build_response(f"<sitemapindex {SITEMAP_NAMESPACE}>{named}</sitemapindex>")

    return build_answer


_LIST_PATHS: Final = ("/", "/about/", "/contact/", "/category/world/", "/category/sport/", "/archive/")
HABITS: Final[Mapping[str, Mapping[str, Answer]]] = {
    "feed and sitemap index": {},
    "sections alone": {},
    "soft-404": {},
    "busy": {},
    "feed alone": {},
    "RSS as text/html": {"/feed/": _make_rss(HTML_TYPE)},
    "RSS with campaigns": {"/feed/": _make_rss("application/rss+xml", "?utm_source=feed&utm_medium=rss#top")},
    "RSS with relative links": {"/feed/": _make_rss("text/xml", relative=True)},
    "RDF": {"/feed/": _build_rdf},
    "JSON Feed": {"/feed/": _build_json_feed},
    "text sitemap": {"/robots.txt": _make_robots("/map.txt"), "/map.txt": _build_text_sitemap},
    "sitemap of everything, no robots.txt": {
        "/robots.txt": _build_not_found,
        "/sitemap.xml": _make_urlset(*_LIST_PATHS),
    },
    "news sitemap": {
        "/robots.txt": _make_robots("/news.xml", "/all.xml"),
        "/news.xml": _make_urlset(news=MAX_FEED_ENTRIES),
        "/all.xml": _make_urlset("/about/"),
    },
    "feeds in the sitemap index": {
        "/robots.txt": _make_robots("/maps.xml"),
        "/maps.xml": _make_sitemap_index("/authors/a.xml", "/rss.xml", "/posts.xml", "/tags.xml"),
        "/rss.xml": _make_rss("application/rss+xml"),
        "/posts.xml": _make_urlset(),
        "/tags.xml": _make_sitemap_index("/maps.xml"),
    },
}
HABITS_WITH_FEEDS: Final = {"feed and sitemap index", "feed alone", "soft-404", "busy", "RDF", "JSON Feed"} | {
    habit for habit in HABITS if habit.startswith("RSS")
}
HABITS_WITH_SITEMAPS: Final = {"feed and sitemap index", "soft-404", "busy"}


def make_farm(sites: int, articles: int, *, seed: int = 1, new: int = 0) -> dict[str, FarmSite]:
    """``sites`` sites with ``articles`` articles in all, a tenth of them on the first; ``new`` are still hidden."""
    huge = articles // 10 if sites > 1 else articles
    others = _split_evenly(articles - huge, sites - 1)
    habits = list(HABITS)
    farm = {}
    for number, count in enumerate([huge, *others]):
        host = f"site{number:03d}.example"
        habit = habits[number % len(habits)]
        made = generate_articles(count, seed * 1_000 + number)
        farm[host] = FarmSite(host, habit, made, refusals=2 if habit == "busy" else 0)
    for site in list(farm.values())[: max(new, 0)]:
        site.hidden = 1
    for site in list(farm.values())[: max(new - sites, 0)]:
        site.hidden = 2
    return farm


def _split_evenly(count: int, parts: int) -> Sequence[int]:
    """``count`` divided into ``parts`` as evenly as can be."""
    return [count // parts + (part < count % parts) for part in range(parts)]
