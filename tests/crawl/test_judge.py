"""Which pages are news, and what an article is known by."""

from datetime import UTC, datetime

import pytest

from cleaning import Article
from crawler.judge import article_key, why_no_news
from crawler.shapes import judge

DATED = datetime(2024, 1, 1, tzinfo=UTC)
TITLE = "https://example.org/a-title-of-many-words/"
DATED_TITLE = "https://example.org/2024/10/12/a-title/"


@pytest.mark.parametrize(
    ("found_in", "page_type", "published", "url", "is_news"),
    [
        ("feed", None, None, "https://example.org/x", True),
        ("feed", "WebPage", None, TITLE, True),
        ("feed", None, DATED, "https://example.org/", False),
        ("sitemap", None, None, TITLE, False),
        ("sitemap", "website", None, TITLE, False),
        ("sitemap", None, DATED, TITLE, True),
        ("sitemap", "NewsArticle", None, TITLE, True),
        ("sitemap", None, None, DATED_TITLE, True),
        ("sitemap", "AboutPage", DATED, TITLE, False),
        ("sitemap", "CollectionPage", DATED, DATED_TITLE, False),
        ("section", None, None, TITLE, False),
        ("section", "article", None, TITLE, True),
        ("section", None, DATED, "https://example.org/tag/roads/", False),
    ],
)
def test_news(found_in: str, page_type: str | None, published: datetime | None, url: str, is_news: bool) -> None:
    article = Article(text="x", blocks=(), page_type=page_type, published=published)
    assert (why_no_news(article, found_in, judge(url)) is None) is is_news


@pytest.mark.parametrize(
    ("final_url", "canonical_url", "key"),
    [
        ("https://example.org/a/", None, "example.org/a"),
        ("https://example.org/a?page=1", "https://www.example.org/a/", "example.org/a"),
        ("https://example.org/a", "https://example.org/", "example.org/a"),
        ("https://example.org/a", "https://elsewhere.example/a", "example.org/a"),
        ("https://example.org/a", "https://example.org/?p=7", "example.org?p=7"),
        ("https://example.org/a", "nonsense", "example.org/a"),
    ],
)
def test_article_keys(final_url: str, canonical_url: str | None, key: str) -> None:
    assert article_key(final_url, canonical_url) == key
