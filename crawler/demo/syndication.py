"""What the site offers to machines: feeds, sitemaps, robots.txt."""

import gzip
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from crawler.demo.article import DemoArticle
from crawler.demo.markup import Html, element, html, join
from crawler.demo.theme import MOTTO, SITE_NAME, Theme, section_name

FEED_LENGTH = 12
"""Articles in a feed: fewer than the site has, as everywhere."""
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def rss(articles: Sequence[DemoArticle], theme: Theme) -> str:
    """The newest articles as RSS 2.0. Links carry campaign parameters, as feeds made for feed readers do."""
    head = [
        element("title", SITE_NAME),
        element("link", theme.absolute("/")),
        element("description", MOTTO),
        element("language", "en"),
    ]
    channel = element("channel", join(head + [rss_entry(article, theme) for article in articles[:FEED_LENGTH]]))
    namespace = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'{XML}<rss version="2.0" {namespace}>\n{channel}\n</rss>\n'


def rss_entry(article: DemoArticle, theme: Theme) -> Html:
    """An article in RSS."""
    address = theme.absolute(article.path)
    lines = [
        element("title", article.title),
        element("link", f"{address}?utm_source=rss&utm_medium=feed"),
        element("guid", address, isPermaLink="true"),
        element("pubDate", format_datetime(article.published)),
        element("category", section_name(article)),
        element("description", article.summary),
    ]
    lines += [element("dc:creator", author) for author in article.authors]
    return element("item", join(lines))


def comments_rss(articles: Sequence[DemoArticle], theme: Theme) -> str:
    """The readers' comments as RSS 2.0: a feed that holds no articles."""
    entries = [
        element(
            "item",
            join(
                [
                    element("title", f"Comment on {article.title} by {comment.name}"),
                    element("link", f"{theme.absolute(article.path)}#comments"),
                    element("pubDate", format_datetime(article.published)),
                    element("description", comment.text),
                ]
            ),
        )
        for article in articles
        for comment in article.comments
    ]
    head = [element("title", f"Comments for {SITE_NAME}"), element("link", theme.absolute("/"))]
    return f'{XML}<rss version="2.0">\n{element("channel", join(head + entries))}\n</rss>\n'


def atom(articles: Sequence[DemoArticle], theme: Theme) -> str:
    """The newest articles as Atom. Links are relative to ``xml:base``."""
    lines = [
        element("title", SITE_NAME),
        element("id", theme.absolute("/feed/atom/")),
        element("updated", last_change(articles).isoformat()),
        Html(f'<link rel="self" href="{theme.absolute("/feed/atom/")}"/>'),
        *(atom_entry(article, theme) for article in articles[:FEED_LENGTH]),
    ]
    base = theme.absolute("/")
    return f'{XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{base}">\n{join(lines)}\n</feed>\n'


def atom_entry(article: DemoArticle, theme: Theme) -> Html:
    """An article in Atom."""
    address = theme.absolute(article.path)
    lines = [
        element("title", article.title),
        element("id", address),
        Html(f'<link rel="alternate" type="text/html" href="{html(address.removeprefix(theme.base_url))}"/>'),
        element("published", article.published.isoformat()),
        element("updated", (article.modified or article.published).isoformat()),
        element("summary", article.summary),
    ]
    lines += [element("author", element("name", author)) for author in article.authors]
    return element("entry", join(lines))


def sitemap_index(theme: Theme) -> str:
    """The sitemap index: articles (compressed), then lists, then the pages on the outlet itself."""
    names = ("sitemap-articles.xml.gz", "sitemap-topics.xml", "sitemap-pages.xml")
    entries = [element("sitemap", element("loc", theme.absolute(f"/{name}"))) for name in names]
    return f'{XML}<sitemapindex xmlns="{SITEMAP}">\n{join(entries)}\n</sitemapindex>\n'


def sitemap(entries: Iterable[tuple[str, datetime | None]], theme: Theme) -> str:
    """A sitemap of paths and the times of their last change."""
    lines = []
    for path, changed in entries:
        known = [element("lastmod", changed.isoformat())] if changed else []
        lines.append(element("url", join([element("loc", theme.absolute(path)), *known], "")))
    return f'{XML}<urlset xmlns="{SITEMAP}">\n{join(lines)}\n</urlset>\n'


def articles_sitemap(articles: Sequence[DemoArticle], theme: Theme) -> bytes:
    """All articles, gzip-compressed, oldest first. It names the front page too, as sitemap plugins do."""
    entries: list[tuple[str, datetime | None]] = [("/", last_change(articles))]
    entries += [(article.path, article.modified or article.published) for article in reversed(articles)]
    return gzip.compress(sitemap(entries, theme).encode(), mtime=0)


def robots(theme: Theme, *, sitemaps: bool) -> str:
    """The site's robots.txt."""
    lines = ["User-agent: *", "Disallow: /search/", "Disallow: /staff/", "Disallow: /newsletter/"]
    if sitemaps:
        lines += ["", f"Sitemap: {theme.absolute('/sitemap.xml')}"]
    return "\n".join(lines) + "\n"


def last_change(articles: Sequence[DemoArticle]) -> datetime:
    """When the last of the articles changed, aware; 1970 where there are none."""
    moments = [article.modified or article.published for article in articles]
    return max(moments, default=datetime(1970, 1, 1, tzinfo=UTC))
