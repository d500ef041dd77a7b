"""What the workers make of a body."""

import pytest

from crawler.pages.tasks import CleanedNews, RejectedPage, UnreadableListing, read_article, read_listing
from crawler.pages.worker_preload import SAMPLE_PAGE
from crawler.parsers.listings import Listing

HOSTS = ("example.org",)
RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>
<item><title>One</title><link>https://example.org/one</link></item>
<item><title>Elsewhere</title><link>https://elsewhere.example/two</link></item>
<item><title>One again</title><link>https://www.example.org/one/?utm_source=x</link></item></channel></rss>"""
SITEMAP = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://example.org/2024/01/02/harbour-closed/</loc><lastmod>2024-01-02</lastmod></url>
<url><loc>https://example.org/2024/01/03/harbour-opened/</loc><lastmod>2024-01-03</lastmod></url>
<url><loc>https://example.org/tag/roads/</loc></url><url><loc>https://example.org/</loc></url></urlset>"""
INDEX = b"""<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://example.org/posts.xml</loc><lastmod>2024-01-02T03:04:05Z</lastmod></sitemap></sitemapindex>"""


def listing(body: bytes, expected: str) -> Listing:
    read = read_listing(body, "https://example.org/x", expected, HOSTS)  # type: ignore[arg-type]
    assert isinstance(read, Listing)
    return read


@pytest.mark.parametrize("expected", ["feed", "sitemap", "anything"])
def test_a_feed_is_read_wherever_it_turns_up_with_the_sites_own_entries_once(expected: str) -> None:
    read = listing(RSS, expected)
    assert read.kind == "feed"
    assert [page.url for page in read.pages] == ["https://example.org/one"]


@pytest.mark.parametrize("expected", ["feed", "sitemap", "anything"])
def test_a_sitemap_lists_articles_newest_first(expected: str) -> None:
    read = listing(SITEMAP, expected)
    assert read.kind == "sitemap"
    assert [page.key for page in read.pages] == [
        "example.org/2024/01/03/harbour-opened",
        "example.org/2024/01/02/harbour-closed",
    ]


def test_an_index_names_sitemaps() -> None:
    read = listing(INDEX, "sitemap")
    assert (read.kind, [child.url for child in read.sitemaps]) == (
        "sitemap-index",
        ["https://example.org/posts.xml"],
    )


def test_a_front_page_lists_articles_feeds_and_sections() -> None:
    page = b"""<html><head><link rel="alternate" type="application/rss+xml" href="/feed/"></head><body>
    <nav><a href="/category/politics/">Politics</a></nav><main>
    <h2><a href="/2024/01/02/harbour-closed-by-a-storm/">Harbour closed by a storm</a></h2></main></body></html>"""
    read = listing(page, "anything")
    assert [one.url for one in read.pages] == ["https://example.org/2024/01/02/harbour-closed-by-a-storm/"]
    assert read.feeds == ("https://example.org/feed/",)
    assert read.sections == ("https://example.org/category/politics/",)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html><body><p>Not found</p></body></html>", "feed"),
        (b"", "sitemap"),
        (b"\x89PNG\r\n\x1a\n", "page"),
    ],
)
def test_what_is_something_else_gets_a_sentence(body: bytes, expected: str) -> None:
    read = read_listing(body, "https://example.org/x", expected, HOSTS)  # type: ignore[arg-type]
    assert isinstance(read, UnreadableListing)
    assert read.reason


def test_a_page_is_news_or_is_not() -> None:
    url = "https://example.org/2024/01/02/harbour-closed-by-a-storm/"
    news = read_article(SAMPLE_PAGE, url, None, "sitemap")
    assert isinstance(news, CleanedNews)
    assert news.article_key == "example.org/2024/01/02/harbour-closed-by-a-storm"
    assert news.cleaned.article.title == "Harbour closed by a storm"
    assert read_article(SAMPLE_PAGE, "https://example.org/", None, "feed") == RejectedPage(
        "index-page", "its URL is the front page"
    )
    binary = read_article(b"%PDF-1.7 ...", url, None, "feed")
    assert isinstance(binary, RejectedPage)
    assert binary.reason == "not-html"


def test_the_headers_charset_counts_where_the_bytes_are_not_utf8() -> None:
    url = "https://example.org/2024/01/02/harbour-closed-by-a-storm/"
    page = SAMPLE_PAGE.decode().replace("ferry", "порт")
    for body, charset in [(page.encode("cp1251"), "windows-1251"), (page.encode(), "windows-1251")]:
        news = read_article(body, url, charset, "feed")
        assert isinstance(news, CleanedNews)
        assert "порт" in news.cleaned.article.text


def test_only_who_says_what_was_asked_for_is_sent_to_the_article_instead() -> None:
    whole = "https://example.org/2024/01/02/harbour-closed-by-a-storm/"
    body = SAMPLE_PAGE.replace(b"<html", b"<html amp", 1).replace(
        b"</head>", f'<link rel="canonical" href="{whole}"></head>'.encode()
    )
    rendering = "https://example.org/ampstory/77"
    read = read_article(body, rendering, None, "feed", requested_url=rendering)
    assert read == RejectedPage("amp-twin", f"an AMP version of {whole}", whole)
    assert isinstance(read_article(body, rendering, None, "feed"), CleanedNews)
    assert isinstance(read_article(body, rendering, None, "feed", requested_url=whole), CleanedNews)


def test_who_is_led_to_the_front_page_gets_no_article() -> None:
    read = read_article(
        SAMPLE_PAGE, "https://example.org/", None, "feed", requested_url="https://example.org/2024/01/02/gone/"
    )
    assert isinstance(read, RejectedPage)
    assert read.reason == "soft-404"


def test_an_address_that_is_vouched_for_needs_no_date() -> None:
    prose = (
        "<p>The harbour was closed on Tuesday, the port office said, after the storm moved two of its buoys.</p>" * 3
    )
    body = (
        f"<html><head><title>Harbour closed</title></head><body><h1>Harbour closed</h1>{prose}</body></html>".encode()
    )
    url = "https://example.org/nyheter/77"
    assert isinstance(read_article(body, url, None, "section"), RejectedPage)
    assert isinstance(read_article(body, url, None, "section", is_article_pattern=True), CleanedNews)


@pytest.mark.parametrize("body", [b"<p>Soon.</p>", SAMPLE_PAGE])
def test_a_page_without_an_article_says_what_it_asks_of_robots(body: bytes) -> None:
    page = b"<html><head><meta name=robots content=NoArchive></head><body>" + body
    read = read_article(page, "https://example.org/tag/roads/", None, "link")
    assert (isinstance(read, RejectedPage), read.robots) == (True, ("noarchive",))
