"""What the head of an article's page says about it.

Every page names its canonical address and has a description; where it tells authors and times differs from
article to article, as it does from site to site.
"""

import json
from html import escape

from crawler.demo.demo_article import DemoArticle
from crawler.demo.markup import Html
from crawler.demo.theme import SITE_NAME, Theme, get_section_name, make_slug


def build_head(article: DemoArticle, theme: Theme) -> list[Html]:
    """What the head of an article's page says about it."""
    lines = [
        Html(f'<link rel="canonical" href="{theme.make_absolute(article.path)}">'),
        build_meta("name", "description", article.summary),
    ]
    if article.markup != "visible":
        lines += build_open_graph(article, theme)
    if article.markup == "json-ld":
        lines.append(build_json_ld(article, theme))
    return lines


def build_meta(kind: str, name: str, content: str) -> Html:
    """A ``<meta>`` element."""
    return Html(f'<meta {kind}="{name}" content="{escape(content)}">')


def build_open_graph(article: DemoArticle, theme: Theme) -> list[Html]:
    """The OpenGraph lines; times and authors only where this is the page's way of telling them."""
    properties = {
        "og:type": "article",
        "og:site_name": SITE_NAME,
        "og:title": f"{article.title} | {SITE_NAME}",
        "og:description": article.summary,
        "og:url": theme.make_absolute(article.path),
        "og:image": theme.make_absolute(build_picture_path(article)),
    }
    lines = [build_meta("property", name, content) for name, content in properties.items()]
    if article.markup != "opengraph":
        return lines
    lines.append(build_meta("property", "article:published_time", article.published.isoformat()))
    if article.modified:
        lines.append(build_meta("property", "article:modified_time", article.modified.isoformat()))
    lines.append(build_meta("property", "article:section", get_section_name(article)))
    lines += [build_meta("property", "article:tag", tag) for tag in article.tags]
    return lines + [build_meta("name", "author", author) for author in article.authors]


def build_json_ld(article: DemoArticle, theme: Theme) -> Html:
    """The article as schema.org sees it."""
    claims: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "description": article.summary,
        "inLanguage": article.language,
        "datePublished": article.published.isoformat(),
        "author": [{"@type": "Person", "name": author} for author in article.authors],
        "publisher": {"@type": "Organization", "name": SITE_NAME, "url": theme.make_absolute("/")},
        "mainEntityOfPage": theme.make_absolute(article.path),
        "image": theme.make_absolute(build_picture_path(article)),
        "articleSection": get_section_name(article),
        "keywords": list(article.tags),
    }
    if article.modified:
        claims["dateModified"] = article.modified.isoformat()
    # "<" could end the script element early.
    written = json.dumps(claims, ensure_ascii=False).replace("<", "\\u003c")
    return Html(f'<script type="application/ld+json">{written}</script>')


def build_picture_path(article: DemoArticle) -> str:
    """Where the article's picture is."""
    return f"/media/{make_slug(article.title)}.svg"
