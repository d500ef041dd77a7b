"""Sitemaps as sites write them."""

import gzip
import itertools
import tomllib
from contextlib import suppress
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsers.sitemaps import (
    MAX_ENTRIES,
    NotASitemapError,
    ParsedSitemap,
    SitemapEntry,
    load_sitemap_name_rules,
    read_sitemap,
    select_children,
    sort_newest_first,
)

URL = "https://site.example/sitemap.xml"
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
IMAGE = 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
ARTICLE = SitemapEntry("https://site.example/a")


def urlset(*urls: str, attributes: str = NAMESPACE) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {attributes}>{"".join(urls)}</urlset>'.encode()


def url(loc: str, more: str = "") -> str:
    return f"<url><loc>{loc}</loc>{more}</url>"


def locations(page: ParsedSitemap) -> list[str]:
    return [entry.url for entry in page.entries]


def test_urls() -> None:
    body = urlset(
        url("https://site.example/a", "<lastmod>2024-10-12T05:17:00+03:00</lastmod>"), url("https://site.example/b")
    )
    assert read_sitemap(body, URL) == ParsedSitemap(
        "urls",
        (
            SitemapEntry("https://site.example/a", modified=datetime(2024, 10, 12, 2, 17, tzinfo=UTC)),
            SitemapEntry("https://site.example/b"),
        ),
    )


def test_index() -> None:
    body = (
        f'<?xml-stylesheet type="text/xsl" href="s.xsl"?><!-- made by hand --><sitemapindex {NAMESPACE}>'
        "<sitemap><loc>https://site.example/post-sitemap.xml</loc><lastmod>2024-10-12</lastmod></sitemap>"
        "<sitemap><loc>https://site.example/tag-sitemap.xml</loc></sitemap></sitemapindex>"
    ).encode()
    page = read_sitemap(body, URL)
    assert page.kind == "index"
    assert locations(page) == ["https://site.example/post-sitemap.xml", "https://site.example/tag-sitemap.xml"]
    assert page.entries[0].modified == datetime(2024, 10, 12, tzinfo=UTC)


def test_google_news() -> None:
    news = (
        "<news:news><news:publication><news:name>Site</news:name><news:language>so</news:language></news:publication>"
        "<news:publication_date>2024-10-12T05:17:00+03:00</news:publication_date>"
        "<news:title>Rains return &amp; stay</news:title></news:news>"
    )
    entry = SitemapEntry(
        "https://site.example/a",
        published=datetime(2024, 10, 12, 2, 17, tzinfo=UTC),
        title="Rains return & stay",
        language="so",
    )
    assert read_sitemap(urlset(url("/a", news), attributes=f"{NAMESPACE} {NEWS}"), URL).entries == (entry,)
    # Many sites forget to declare the prefix.
    assert read_sitemap(urlset(url("/a", news)), URL).entries == (entry,)


@pytest.mark.parametrize(
    "body",
    [
        urlset(url("https://site.example/a"), attributes=""),
        urlset(url("https://site.example/a"), attributes='xmlns="http://www.google.com/schemas/sitemap/0.84"'),
        urlset(url("\n  https://site.example/a\n ")),
        urlset(url("<![CDATA[https://site.example/a]]>")),
        urlset(url("/a")),
        urlset(url("HTTPS://SITE.example/a?utm_source=sitemap")),
        urlset(url("https://site.example/a"), url("https://site.example/a")),
        urlset(url("https://site.example/a"), url("ftp://site.example/b"), url(""), url("http://["), "<url/>"),
        urlset(
            url("https://site.example/a", "<image:image><image:loc>/i.jpg</image:loc></image:image>"), attributes=IMAGE
        ),
        urlset("<url><image:image><image:loc>/i.jpg</image:loc></image:image><loc>/a</loc></url>", attributes=IMAGE),
        urlset(url("https://site.example/a", '<xhtml:link rel="alternate" href="https://site.example/so/a"/>')),
        b"\xef\xbb\xbf" + urlset(url("https://site.example/a")),
        b"\n\n  " + urlset(url("https://site.example/a")),
        b"<br />\n<b>Warning</b>: Undefined variable in /srv/x.php on line 2<br />\n" + urlset(url("/a")),
        urlset(url("https://site.example/a")).replace(b"<urlset", b"<s:urlset").replace(b"</urlset", b"</s:urlset"),
        urlset(url("https://site.example/a")).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        gzip.compress(urlset(url("https://site.example/a")), mtime=0),
        b"https://site.example/a\n",
        b"\xef\xbb\xbfhttps://site.example/a\r\n\r\nhttps://site.example/a\r\n",
        gzip.compress(b"https://site.example/a\n", mtime=0),
    ],
)
def test_one_address_in_many_spellings(body: bytes) -> None:
    page = read_sitemap(body, URL)
    assert page.kind == "urls"
    assert locations(page) == ["https://site.example/a"]


@pytest.mark.parametrize(
    ("loc", "address"),
    [
        ("https://site.example/?a=1&amp;b=2", "https://site.example/?a=1&b=2"),
        ("https://site.example/?a=1&b=2", "https://site.example/?a=1&b=2"),
        ("https://site.example/?a=1&lt=2", "https://site.example/?a=1&lt=2"),
        ("<![CDATA[https://site.example/?a=1&b=2]]>", "https://site.example/?a=1&b=2"),
        ("https://site.example/caf&eacute;", "https://site.example/caf%C3%A9"),
        ("https://site.example/caf&#233;", "https://site.example/caf%C3%A9"),
        ("https://site.example/&#1;a", "https://site.example/a"),
        ("https://site.example/a\x01b", "https://site.example/ab"),
        ("https://site.example/الأمم", "https://site.example/%D8%A7%D9%84%D8%A3%D9%85%D9%85"),
        ("https://site.example/%d8%a7", "https://site.example/%D8%A7"),
    ],
)
def test_characters(loc: str, address: str) -> None:
    assert locations(read_sitemap(urlset(url(loc)), URL)) == [address]


def test_references_on_the_edge_of_a_piece() -> None:
    # Sitemaps are read in pieces; whatever the piece ends in must come out whole.
    for padding in range(40):
        filler = "<!--" + "x" * (256 * 1024 - 200 + padding) + "-->"
        body = urlset(filler, url("/a?b=1&amp;c=2&d=3"), url("<![CDATA[/e?f=1&g=2]]>"), url("/é&eacute;"))
        page = read_sitemap(body, URL)
        assert [address.removeprefix("https://site.example") for address in locations(page)] == [
            "/a?b=1&c=2&d=3",
            "/e?f=1&g=2",
            "/%C3%A9%C3%A9",
        ]


def test_what_is_broken_gives_what_there_is() -> None:
    whole = urlset(*(url(f"/{n}") for n in range(100)))
    page = read_sitemap(whole[: len(whole) // 2], URL)
    assert 40 < len(page.entries) < 60
    assert page.damage
    assert read_sitemap(whole, URL).damage is None
    broken_gzip = read_sitemap(gzip.compress(whole)[:-20], URL)
    assert broken_gzip.damage
    assert broken_gzip.entries


def test_all_members_of_gzip_are_read() -> None:
    whole = urlset(*(url(f"/{n}") for n in range(100)))
    parts = [whole[at : at + 1_000] for at in range(0, len(whole), 1_000)]
    members = b"".join(gzip.compress(part) for part in parts)
    for body in (members, members + bytes(512), members + b"\x1f\x8bnot a member"):
        page = read_sitemap(body, URL)
        assert (len(page.entries), page.damage) == (100, None)


@pytest.mark.parametrize("caption", ["5 < 6", "<br>", "<p>unclosed", "</b>", "&bare <3"])
def test_broken_markup_costs_no_entry(caption: str) -> None:
    entries = [url(f"/{n}", f"<image:image><image:caption>{caption}</image:caption></image:image>") for n in range(5)]
    page = read_sitemap(urlset(*entries, attributes=IMAGE), URL)
    assert (len(page.entries), page.damage) == (5, None)


def test_broken_markup_costs_no_field() -> None:
    news = (
        "<news:news><news:publication><news:name>Site<br></news:name><news:language>so</news:language>"
        "</news:publication><news:publication_date>2024-10-12</news:publication_date>"
        "<news:title>Rain < sun</news:title>"
        "</news:news>"
    )
    attributes = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    (entry,) = read_sitemap(urlset(url("/a", news), attributes=attributes), URL).entries
    assert (entry.title, entry.language, entry.published) == ("Rain < sun", "so", datetime(2024, 10, 12, tzinfo=UTC))


def test_no_more_entries_than_the_protocol_allows() -> None:
    page = read_sitemap(urlset(*(url(f"/{n}") for n in range(MAX_ENTRIES + 10))), URL)
    assert len(page.entries) == MAX_ENTRIES
    assert page.damage


def test_an_empty_sitemap_is_one() -> None:
    assert read_sitemap(urlset(), URL) == ParsedSitemap("urls", ())


@pytest.mark.parametrize(
    ("body", "reason", "instead"),
    [
        (b"", "it is empty", None),
        (b" \n ", "it is empty", None),
        (b"not found", "it is not XML", None),
        (b"https://site.example/a\nand some words", "it is not XML", None),
        (b"<!DOCTYPE html><html><body>404</body></html>", "it is a web page", "page"),
        (b"<html><body>404</body></html>", "it is a web page", "page"),
        (b"<?xml version='1.0'?><rss version='2.0'><channel/></rss>", "it is a feed", "feed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "it is a feed", "feed"),
        (b"<opml/>", "its root element is <opml>", None),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 50, "it is broken gzip", None),
        (b"\xff\xd8\xff\xe0 JFIF", "it is not XML", None),
    ],
)
def test_what_is_no_sitemap(body: bytes, reason: str, instead: str | None) -> None:
    with pytest.raises(NotASitemapError) as error:
        read_sitemap(body, URL)
    assert (error.value.reason, error.value.actual_kind) == (reason, instead)


def test_newest_first() -> None:
    old = SitemapEntry("https://site.example/old", modified=datetime(2023, 1, 1, tzinfo=UTC))
    new = SitemapEntry("https://site.example/new", modified=datetime(2024, 1, 1, tzinfo=UTC))
    news = SitemapEntry(
        "https://site.example/news",
        modified=datetime(2024, 3, 1, tzinfo=UTC),
        published=datetime(2023, 6, 1, tzinfo=UTC),
    )
    undated = SitemapEntry("https://site.example/1"), SitemapEntry("https://site.example/2")
    assert sort_newest_first([undated[0], old, undated[1], news, new]) == (new, news, old, *undated)


def sort_paths(*paths: str) -> list[str]:
    """The paths of a sitemap without times, in the order in which they would be fetched."""
    page = read_sitemap(urlset(*map(url, paths)), URL)
    return [
        address.removeprefix("https://site.example") for address in (e.url for e in sort_newest_first(page.entries))
    ]


def test_newest_first_by_the_dates_in_addresses() -> None:
    assert sort_paths("/about", "/2006/01/02/a/", "/2024/10/12/b/", "/20241013-c.html", "/2024/09/d/") == [
        "/20241013-c.html",
        "/2024/10/12/b/",
        "/2024/09/d/",
        "/2006/01/02/a/",
        "/about",
    ]


def test_newest_first_by_the_numbers_in_addresses() -> None:
    paths = [f"/news/story-{number}.html" for number in range(100, 400)]
    assert sort_paths(*paths) == paths[::-1]
    assert sort_paths(*paths, "/about") == [*paths[::-1], "/about"]


def test_long_lists_without_any_sign_are_taken_from_both_ends() -> None:
    words = ["".join(pair) for pair in itertools.product("abcdefghijklmnopqrst", repeat=2)]
    assert sort_paths(*(f"/{word}" for word in words))[:4] == ["/tt", "/aa", "/ts", "/ab"]
    assert sorted(sort_paths(*(f"/{word}" for word in words))) == [f"/{word}" for word in words]


@pytest.mark.parametrize(
    ("names", "first"),
    [
        (["/s-2023-12.xml", "/s-2024-01.xml", "/s-2024-02.xml"], "/s-2024-02.xml"),
        (["/s.xml?yyyy=2023&mm=12&dd=31", "/s.xml?yyyy=2024&mm=01&dd=01"], "/s.xml?yyyy=2024&mm=01&dd=01"),
        (["/s-20231231.xml", "/s-20240101.xml"], "/s-20240101.xml"),
        (["/post-sitemap.xml", "/post-sitemap2.xml"], "/post-sitemap.xml"),
        ([f"/post-sitemap{n}.xml" for n in range(1, 41)], "/post-sitemap40.xml"),
    ],
)
def test_sitemaps_of_an_index_newest_first(names: list[str], first: str) -> None:
    entries = tuple(SitemapEntry(f"https://site.example{name}") for name in names)
    children = select_children(ParsedSitemap("index", entries))
    assert children[0].url == f"https://site.example{first}"
    assert set(children) == set(entries)


NAME_RULES: list[dict[str, Any]] = tomllib.loads((files("crawler.parsers") / "sitemap_names.toml").read_text("utf-8"))[
    "rule"
]


@pytest.mark.parametrize("rule", NAME_RULES, ids=lambda rule: rule["id"])
def test_name_rules_by_their_own_examples(rule: dict[str, Any]) -> None:
    own = load_sitemap_name_rules()[NAME_RULES.index(rule)]
    assert rule["examples"]
    assert rule["lookalikes"]
    for example in rule["examples"]:
        assert next(found for found in load_sitemap_name_rules() if found[1].search(example)) == own, example
    for lookalike in rule["lookalikes"]:
        assert not own[1].search(lookalike), lookalike


@pytest.mark.parametrize(
    ("software", "index", "expected"),
    [
        (
            "WordPress",
            "wp-sitemap-posts-post-1 wp-sitemap-posts-page-1 wp-sitemap-taxonomies-category-1 wp-sitemap-users-1",
            "wp-sitemap-posts-post-1",
        ),
        (
            "Yoast",
            "post-sitemap post-sitemap2 page-sitemap category-sitemap post_tag-sitemap author-sitemap",
            "post-sitemap post-sitemap2",
        ),
        ("a post type of its own", "wp-sitemap-posts-report-1 wp-sitemap-posts-page-1", "wp-sitemap-posts-report-1"),
        ("Ghost", "sitemap-pages sitemap-posts sitemap-authors sitemap-tags", "sitemap-posts"),
        ("Nikola", "sitemap rss", "sitemap rss"),
        (
            "Google XML Sitemaps",
            "sitemap-misc sitemap-tax-category sitemap-pt-post-2024-10 sitemap-pt-page-2024-01 sitemap-archives",
            "sitemap-pt-post-2024-10",
        ),
        ("news", "sitemap-news sitemap-images sitemap-videos", "sitemap-news"),
        ("nothing else", "sitemap-pages sitemap-tags", "sitemap-pages"),
        ("nothing", "sitemap-tags sitemap-authors", ""),
        ("in several languages", "en/sitemap so/sitemap", "en/sitemap so/sitemap"),
        (
            "by month",
            "sitemap/archive-2024-10 sitemap/archive-2024-09",
            "sitemap/archive-2024-10 sitemap/archive-2024-09",
        ),
    ],
)
def test_children(software: str, index: str, expected: str) -> None:
    entries = tuple(SitemapEntry(f"https://site.example/{name}.xml") for name in index.split())
    found = [
        entry.url.removeprefix("https://site.example/") for entry in select_children(ParsedSitemap("index", entries))
    ]
    assert found == [f"{name}.xml" for name in expected.split()]


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["<urlset>", "</urlset>", "<url>", "</url>", "<loc>", "</loc>", "/a", "&", "&amp;", "&#1;", "<![CDATA["]
            )
            | st.sampled_from(
                ["]]>", "<!--", "-->", "<?x ?>", "<!DOCTYPE", "[", "]", "<sitemapindex>", "<lastmod>", "2024", "\x00"]
            ),
            st.text(max_size=5),
        ),
        max_size=40,
    )
)
def test_never_raises_anything_else(parts: list[str]) -> None:
    for body in ("".join(parts).encode("utf-8", "replace"), b"<urlset>" + "".join(parts).encode("utf-8", "replace")):
        with suppress(NotASitemapError):
            assert all(entry.url.startswith("http") for entry in read_sitemap(body, URL).entries)


@given(st.binary(max_size=200), st.booleans())
def test_bytes_of_any_kind(body: bytes, packed: bool) -> None:
    with suppress(NotASitemapError):
        read_sitemap(gzip.compress(body) if packed else body, URL)
