"""What the site offers to machines: feeds, sitemaps, robots.txt."""

import gzip
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from crawler.demo.demo_article import DemoArticle
from crawler.demo.markup import Html, build_element, join_html, to_html
from crawler.demo.theme import MOTTO, SITE_NAME, Theme, get_section_name

MAX_FEED_ENTRIES = 12
"""Articles in a feed: fewer than the site has, as everywhere."""
XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
SITEMAP_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def build_rss(articles: Sequence[DemoArticle], theme: Theme) -> str:
    """The newest articles as RSS 2.0. Links carry campaign parameters, as feeds made for feed readers do."""
    head = [
        build_element("title", SITE_NAME),
        build_element("link", theme.make_absolute("/")),
        build_element("description", MOTTO),
        build_element("language", "en"),
    ]
    channel = build_element(
        "channel", join_html(head + [build_rss_entry(article, theme) for article in articles[:MAX_FEED_ENTRIES]])
    )
    namespace = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'{XML_DECLARATION}<rss version="2.0" {namespace}>\n{channel}\n</rss>\n'


def build_rss_entry(article: DemoArticle, theme: Theme) -> Html:
    """An article in RSS."""
    address = theme.make_absolute(article.path)
    lines = [
        build_element("title", article.title),
        build_element("link", f"{address}?utm_source=rss&utm_medium=feed"),
        build_element("guid", address, isPermaLink="true"),
        build_element("pubDate", format_datetime(article.published)),
        build_element("category", get_section_name(article)),
        build_element("description", article.summary),
    ]
    lines += [build_element("dc:creator", author) for author in article.authors]
    return build_element("item", join_html(lines))


def build_comments_rss(articles: Sequence[DemoArticle], theme: Theme) -> str:
    """The readers' comments as RSS 2.0: a feed that holds no articles."""
    entries = [
        build_element(
            "item",
            join_html(
                [
                    build_element("title", f"Comment on {article.title} by {comment.name}"),
                    build_element("link", f"{theme.make_absolute(article.path)}#comments"),
                    build_element("pubDate", format_datetime(article.published)),
                    build_element("description", comment.text),
                ]
            ),
        )
        for article in articles
        for comment in article.comments
    ]
    head = [build_element("title", f"Comments for {SITE_NAME}"), build_element("link", theme.make_absolute("/"))]
    return f'{XML_DECLARATION}<rss version="2.0">\n{build_element("channel", join_html(head + entries))}\n</rss>\n'


def build_atom(articles: Sequence[DemoArticle], theme: Theme) -> str:
    """The newest articles as Atom. Links are relative to ``xml:base``."""
    lines = [
        build_element("title", SITE_NAME),
        build_element("id", theme.make_absolute("/feed/atom/")),
        build_element("updated", find_last_change(articles).isoformat()),
        Html(f'<link rel="self" href="{theme.make_absolute("/feed/atom/")}"/>'),
        *(build_atom_entry(article, theme) for article in articles[:MAX_FEED_ENTRIES]),
    ]
    base = theme.make_absolute("/")
    return (
        f'{XML_DECLARATION}<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{base}">\n{join_html(lines)}\n</feed>\n'
    )


def build_atom_entry(article: DemoArticle, theme: Theme) -> Html:
    """An article in Atom."""
    address = theme.make_absolute(article.path)
    lines = [
        build_element("title", article.title),
        build_element("id", address),
        Html(f'<link rel="alternate" type="text/html" href="{to_html(address.removeprefix(theme.base_url))}"/>'),
        build_element("published", article.published.isoformat()),
        build_element("updated", (article.modified or article.published).isoformat()),
        build_element("summary", article.summary),
    ]
    lines += [build_element("author", build_element("name", author)) for author in article.authors]
    return build_element("entry", join_html(lines))


def build_sitemap_index(theme: Theme) -> str:
    """The sitemap index: articles (compressed), then lists, then the pages on the outlet itself."""
    names = ("sitemap-articles.xml.gz", "sitemap-topics.xml", "sitemap-pages.xml")
    entries = [build_element("sitemap", build_element("loc", theme.make_absolute(f"/{name}"))) for name in names]
    return f'{XML_DECLARATION}<sitemapindex xmlns="{SITEMAP_NAMESPACE}">\n{join_html(entries)}\n</sitemapindex>\n'


def build_sitemap(entries: Iterable[tuple[str, datetime | None]], theme: Theme) -> str:
    """A sitemap of paths and the times of their last change."""
    lines = []
    for path, changed in entries:
        known = [build_element("lastmod", changed.isoformat())] if changed else []
        lines.append(build_element("url", join_html([build_element("loc", theme.make_absolute(path)), *known], "")))
    return f'{XML_DECLARATION}<urlset xmlns="{SITEMAP_NAMESPACE}">\n{join_html(lines)}\n</urlset>\n'


def build_articles_sitemap(articles: Sequence[DemoArticle], theme: Theme) -> bytes:
    """All articles, gzip-compressed, oldest first. It names the front page too, as sitemap plugins do."""
    entries: list[tuple[str, datetime | None]] = [("/", find_last_change(articles))]
    entries += [(article.path, article.modified or article.published) for article in reversed(articles)]
    return gzip.compress(build_sitemap(entries, theme).encode(), mtime=0)


def build_robots(theme: Theme, *, sitemaps: bool) -> str:
    """The site's robots.txt."""
    lines = ["User-agent: *", "Disallow: /search/", "Disallow: /staff/", "Disallow: /newsletter/"]
    if sitemaps:
        lines += ["", f"Sitemap: {theme.make_absolute('/sitemap.xml')}"]
    return "\n".join(lines) + "\n"


def find_last_change(articles: Sequence[DemoArticle]) -> datetime:
    """When the last of the articles changed, aware; 1970 where there are none."""
    moments = [article.modified or article.published for article in articles]
    return max(moments, default=datetime(1970, 1, 1, tzinfo=UTC))
