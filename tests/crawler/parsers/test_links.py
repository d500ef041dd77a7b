"""Pages of the usual software, small, and what must be read from them. To add a case, add a page and its .toml."""

import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsers.links import NotAPageError, PageLinks, read_links

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))


def read(html: str, url: str = "https://site.example/") -> PageLinks:
    return read_links(html.encode(), url)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages(path: Path) -> None:
    expected = tomllib.loads(path.with_suffix(".toml").read_text("utf-8"))
    page = read_links(path.read_bytes(), expected["url"])
    assert [link.url for link in page.articles] == expected["articles"]
    assert sorted(link.url for link in page.sections) == sorted(expected["sections"])
    assert [link.url for link in page.unknown] == expected.get("unknown", [])
    assert list(page.feeds) == expected.get("feeds", [])
    assert list(page.comment_feeds) == expected.get("comment_feeds", [])
    assert page.next_page == expected.get("next_page")
    assert page.generator == expected.get("generator")


def test_menus_come_before_tags_and_authors() -> None:
    page = read_links((PAGES[0].parent / "wordpress-front.html").read_bytes(), "https://www.wararka.example/")
    assert [link.rule for link in page.sections] == ["menu", "category", "date-archive", "rel", "tag", "author"]


def test_texts_are_headlines_and_not_read_more() -> None:
    page = read('<a href="/a-b-c-d">Read more</a><h2><a href="/a-b-c-d">Rains  return\nto the east</a></h2>')
    assert page.links[0].text == "Rains return to the east"


def test_one_site_under_two_names() -> None:
    page = read('<h2><a href="http://www.site.example/rains-return-to-the-east">Rains return</a></h2>')
    assert [link.url for link in page.articles] == ["http://www.site.example/rains-return-to-the-east"]


@pytest.mark.parametrize(
    ("head", "feeds"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/a.rss">', ["/a.rss"]),
        ('<link rel="ALTERNATE" type="Application/Atom+XML; charset=utf-8" href="/a">', ["/a"]),
        ('<link rel="alternate" type="application/feed+json" href="/feed.json">', ["/feed.json"]),
        ('<link rel="alternate" type="text/xml" href="/rss.xml">', ["/rss.xml"]),
        ('<link rel="alternate" type="text/xml+oembed" href="/oembed?format=xml">', []),
        ('<link rel="alternate" hreflang="so" href="/so/">', []),
        ('<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">', []),
        ('<link rel="stylesheet" type="application/rss+xml" href="/a.rss">', []),
        ('<a href="/rss.xml">RSS</a>', ["/rss.xml"]),
        ('<a href="/sitemap.xml">Sitemap</a>', []),
        ('<link rel="alternate" type="text/xml" href="/syndication/all">', ["/syndication/all"]),
        ('<link rel="alternate" type="application/xml" href="/wp-json/oembed/1.0/embed?format=xml">', []),
        ('<link rel="alternate" type="text/rss" href="/a">', ["/a"]),
        ('<link rel="alternate" type="application/x-rss+xml" href="/a">', ["/a"]),
        ('<link rel="alternate" title="RSS" href="/feed/">', ["/feed/"]),
        ('<link rel="alternate" type="application/rss+xml" href="feed:https://site.example/a">', ["/a"]),
        ('<link rel="alternate" type="application/rss+xml" href="feed://site.example/a">', ["/a"]),
        ('<a href="feed://site.example/a.rss">RSS</a>', ["/a.rss"]),
        ('<a type="application/rss+xml" href="/all">News</a>', ["/all"]),
        ('<a href="https://feeds.example/Site">RSS</a>', ["https://feeds.example/Site"]),
        (
            '<a href="https://feeds.example/rss.xml"><img alt="RSS Feed" src="/i.png"></a>',
            ["https://feeds.example/rss.xml"],
        ),
        ('<a href="https://other.example/rss.xml">A friend</a>', []),
        ('<a href="https://other.example/rss-is-back">RSS is back</a>', []),
        ('<a href="/syndication/all">RSS</a><a href="/rss.xml">B</a>', ["/rss.xml", "/syndication/all"]),
        ('<link rel="alternate" type="application/rss+xml" href="/a.rss"><a href="/b.rss">B</a>', ["/a.rss"]),
    ],
)
def test_feeds(head: str, feeds: list[str]) -> None:
    assert [url.removeprefix("https://site.example") for url in read(f"<html>{head}</html>").feeds] == feeds


def test_feeds_of_the_link_header() -> None:
    header = (
        '</all.rss>; rel="alternate"; type="application/rss+xml"; title="News", <https://x.example/>; rel=preconnect, '
        '</comments/feed>; rel=alternate; type="application/rss+xml"; title="Comments", </map.xml>; rel="sitemap", <'
    )
    page = read_links(b"<base href='/x/'><p>Nothing", "https://site.example/", header)
    assert page.feeds == ("https://site.example/all.rss",)
    assert page.comment_feeds == ("https://site.example/comments/feed",)
    assert page.sitemaps == ("https://site.example/map.xml",)


def test_sitemaps() -> None:
    page = read('<link rel="sitemap" href="/s.xml"><a href="/sitemap.xml">Sitemap</a>')
    assert page.sitemaps == ("https://site.example/s.xml", "https://site.example/sitemap.xml")


def test_utf8_without_a_declaration() -> None:
    page = read('<h2><a href="/été-au-delta-du-fleuve">Été au delta</a></h2>')
    assert page.articles[0].url == "https://site.example/%C3%A9t%C3%A9-au-delta-du-fleuve"
    assert page.articles[0].text == "Été au delta"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"%PDF-1.7 x",
        b"\xff\xd8\xff\xe0 JFIF",
        b"<?xml version='1.0'?><rss><channel/></rss>",
        b"<urlset></urlset>",
        bytes(range(256)) * 8,
    ],
)
def test_what_is_no_page(body: bytes) -> None:
    with pytest.raises(NotAPageError) as error:
        read_links(body, "https://site.example/")
    assert error.value.reason


def test_a_page_of_many_links_is_cut_off() -> None:
    page = read("".join(f'<a href="/a-b-c-d-{n}">x</a>' for n in range(25_000)))
    assert len(page.links) == 5_000


@given(
    st.lists(
        st.sampled_from(
            [
                *"<>/='\" a",
                "<a href=",
                "<nav>",
                "</",
                "<h2>",
                "/tag/",
                "page/2",
                "?p=1",
                "http://",
                "é",
                "&amp;",
                "\x00",
            ]
        ),
        max_size=60,
    )
)
def test_never_raises_anything_else(parts: list[str]) -> None:
    with suppress(NotAPageError):
        assert all(link.url.startswith("http") for link in read("<body>" + "".join(parts)).links)


@given(st.binary(max_size=300))
def test_bytes_of_any_kind(body: bytes) -> None:
    with suppress(NotAPageError):
        read_links(body, "https://site.example/")


def test_links_to_further_hosts_of_the_site_are_taken_and_those_to_others_noted() -> None:
    html = b"""<article><h2><a href="https://sport.site.example/2024/10/12/a-title/">A title of words</a></h2></article>
        <article><h2><a href="https://money.site.example/2024/10/12/b-title/">B title of words</a></h2></article>"""
    page = read_links(html, "https://site.example/", hosts=("site.example", "sport.site.example"))
    assert [link.url for link in page.articles] == ["https://sport.site.example/2024/10/12/a-title/"]
    assert page.foreign_articles == ("https://money.site.example/2024/10/12/b-title/",)
