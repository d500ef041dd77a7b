"""Which pages are news, and what an article is known by."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cleaning import Article
from crawler.pages.news_filter import (
    detect_alternate_rendering,
    detect_home_redirect,
    make_article_key,
    refine_outcome,
    reject_non_news,
)
from crawler.urls.url_classifier import classify_url

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
    assert (reject_non_news(article, found_in, classify_url(url)) is None) is is_news


@pytest.mark.parametrize(
    ("final_url", "canonical_url", "key"),
    [
        ("https://example.org/a/", None, "example.org/a"),
        ("https://example.org/a?page=1", "https://www.example.org/a/", "example.org/a"),
        ("https://example.org/a", "https://example.org/", "example.org/a"),
        ("https://example.org/a", "https://elsewhere.example/a", "example.org/a"),
        ("https://example.org/a", "https://example.org/?p=7", "example.org?p=7"),
        ("https://example.org/a", "nonsense", "example.org/a"),
        ("https://example.org/en/a", "https://example.org/en/", "example.org/en/a"),
        ("https://example.org/a", "https://example.org/category/news/", "example.org/a"),
        ("https://example.org/a", "https://example.org/news/", "example.org/a"),
        ("https://example.org/news/a/page/2/", "https://example.org/news/a/", "example.org/news/a"),
    ],
)
def test_article_keys(final_url: str, canonical_url: str | None, key: str) -> None:
    assert make_article_key(final_url, canonical_url) == key


@pytest.mark.parametrize(
    ("path", "fields", "outcome"),
    [
        ("/", {"published": DATED}, "index-page"),
        ("/tag/roads/", {"published": DATED}, "tag-page"),
        ("/search/label/Roads", {"published": DATED}, "tag-page"),
        ("/author/ali-musa/", {"published": DATED}, "author-page"),
        ("/search?q=roads", {"published": DATED}, "search-page"),
        ("/login/", {"published": DATED}, "login-page"),
        ("/2024/10/", {"published": DATED}, "index-page"),
        ("/category/town/page/2/", {"published": DATED}, "index-page"),
        ("/privacy-policy/", {"published": DATED}, "not-news"),
        ("/a-title-of-many-words/", {}, "not-news"),
        ("/a-title-of-many-words/", {"published": DATED, "page_type": "CollectionPage"}, "index-page"),
        ("/a-title-of-many-words/", {"published": DATED, "page_type": "ProfilePage"}, "author-page"),
        ("/a-title-of-many-words/", {"published": DATED, "page_type": "SearchResultsPage"}, "search-page"),
        ("/a-title-of-many-words/", {"published": DATED, "page_type": "ContactPage"}, "not-news"),
        ("/a-title-of-many-words/", {"published": DATED, "flags": ("several-stories",)}, "index-page"),
        ("/a-title-of-many-words/", {"published": DATED, "flags": ("static-page",)}, None),
    ],
)
def test_what_is_no_news_is_called_by_what_it_is(path: str, fields: dict[str, Any], outcome: str | None) -> None:
    refusal = reject_non_news(
        Article(text="x", blocks=(), **fields), "sitemap", classify_url(f"https://example.org{path}")
    )
    assert (refusal and refusal.outcome) == outcome


def test_an_address_that_is_vouched_for_needs_no_date_and_makes_no_section_an_article() -> None:
    article = Article(text="x", blocks=())
    assert (
        reject_non_news(article, "sitemap", classify_url("https://example.org/nyheter/77"), is_article_pattern=True)
        is None
    )
    assert (
        reject_non_news(article, "sitemap", classify_url("https://example.org/tag/roads"), is_article_pattern=True)
        is not None
    )


@pytest.mark.parametrize(
    ("outcome", "path", "expected"),
    [
        ("index-page", "/tag/roads/", "tag-page"),
        ("too-short", "/author/ali-musa/", "author-page"),
        ("too-short", "/login", "login-page"),
        ("too-short", "/2024/10/", "index-page"),
        ("too-short", "/2024/10/12/a-title/", "too-short"),
        ("too-short", "/privacy-policy/", "too-short"),
        ("captcha", "/tag/roads/", "captcha"),
        ("soft-404", "/login", "soft-404"),
    ],
)
def test_an_address_says_more_exactly_what_was_refused(outcome: str, path: str, expected: str) -> None:
    found = refine_outcome(outcome, classify_url(f"https://example.org{path}"))
    assert (found, type(found)) == (expected, str)


def test_who_is_led_to_the_front_page_asked_for_what_is_gone() -> None:
    home, title = classify_url("https://example.org/en/"), classify_url(TITLE)
    assert detect_home_redirect(home, title) is not None
    assert detect_home_redirect(home, classify_url("https://example.org/")) is None
    assert detect_home_redirect(title, title) is None


AMP = b"<!doctype html>\n<html \xe2\x9a\xa1 lang='en'><head>"
PLAIN = b"<!doctype html><html lang='en' class='amp'><head>"
WHOLE = "https://example.org/news/77/dyke-goes-up"


@pytest.mark.parametrize(
    ("body", "url", "asked", "canonical", "outcome"),
    [
        (AMP, "https://example.org/ampstory/77", None, WHOLE, "amp-twin"),
        (b"<HTML AMP>", "https://example.org/ampstory/77", None, WHOLE, "amp-twin"),
        (b'<html lang="en" amp="">', "https://example.org/ampstory/77", None, WHOLE, "amp-twin"),
        (PLAIN, "https://example.org/ampstory/77", None, WHOLE, None),
        (AMP, "https://example.org/news/77/dyke-goes-up/amp/", None, WHOLE, None),  # it has the article's own key
        (AMP, "https://example.org/ampstory/77", WHOLE, WHOLE, None),  # the server gives nothing better
        (AMP, "https://example.org/ampstory/77", None, "https://example.org/", None),
        (AMP, "https://example.org/ampstory/77", None, "https://elsewhere.example/a", None),
        (AMP, "https://example.org/ampstory/77", None, None, None),
        (PLAIN, "https://example.org/drucken/77", None, WHOLE, "print-twin"),
        (PLAIN, "https://example.org/print.php?id=77", None, WHOLE, "print-twin"),
        (PLAIN, "https://example.org/a?view=print", None, WHOLE, "print-twin"),
        (PLAIN, "https://example.org/print-media-in-crisis", None, WHOLE, None),
        (PLAIN, "https://example.org/fingerprint?id=77", None, WHOLE, None),
    ],
)
def test_renderings_name_the_article(
    body: bytes, url: str, asked: str | None, canonical: str | None, outcome: str | None
) -> None:
    refusal = detect_alternate_rendering(body, url, asked or url, canonical)
    assert (refusal and refusal.outcome) == outcome
    assert refusal is None or refusal.original_url == canonical
