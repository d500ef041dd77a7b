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


@pytest.mark.parametrize(
    ("link", "kind"),
    [
        ('<h2><a href="/welcome/">Welcome</a></h2>', "article"),
        ('<a href="/welcome/"><h3>Welcome</h3></a>', "article"),
        ('<article><a href="/welcome/">Read more</a></article>', "article"),
        ('<li><a href="/story17.html">Rains return in the eastern plains</a></li>', "article"),
        ('<li><a href="/x7">東部の平原に雨が戻る、農民らが語る</a></li>', "article"),
        ('<nav><a href="/roads-in-the-north-closed-again/">Roads in the north closed again</a></nav>', "article"),
        ('<nav><a href="/waxbarashada/">Waxbarashada</a></nav>', "section"),
        ('<div class="main-menu"><a href="/a/waxbarashada/">Waxbarashada</a></div>', "section"),
        ('<div role="navigation"><a href="/horn-of-africa/">Horn of Africa</a></div>', "section"),
        ('<h2><a href="/politics/">Politics</a></h2>', "section"),
        ('<p><a href="/waxbarasho-iyo-dhaqan" rel="category tag">Waxbarasho</a></p>', "section"),
        ('<p><a href="/a-name" rel="author">A Name</a></p>', "section"),
        ('<p><a href="/roads" rel="tag">roads</a></p>', "section"),
        ('<h2><a href="/roads">Roads</a></h2><a href="/roads" rel="tag">Read more</a>', "article"),
        ('<ul class="post-tags"><li><a href="/roads">roads</a></li></ul>', "section"),
        ('<p>see <a href="/some-slug">this other page</a></p>', "unknown"),
        ('<p><a href="/seite7.cgi">Vereine</a></p>', "section"),
    ],
)
def test_what_a_link_is_shows_in_its_place(link: str, kind: str) -> None:
    assert [found.kind for found in read(f"<body>{link}</body>").links] == [kind]


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/privacy-policy/">Privacy</a>',
        '<a href="/wp-login.php">Log in</a>',
        '<a href="/photo.jpg"><img src="/photo-small.jpg"></a>',
        '<a href="https://other.example/some-long-title-of-theirs">Elsewhere</a>',
        '<a href="https://shop.site.example/some-long-title-of-a-shirt">Shop</a>',
        '<a href="/">Home</a>',
        '<a href="#top">Up</a>',
        '<a href="javascript:void(0)">Menu</a>',
        '<a href="mailto:desk@site.example">Mail</a>',
        '<a href="http://[">Broken</a>',
        '<a href="">Empty</a>',
        "<a>No address</a>",
        '<footer><a href="/partners-etc">Imprint</a></footer>',
    ],
)
def test_links_that_lead_nowhere(link: str) -> None:
    assert read(f"<body>{link}</body>").links == ()


def test_one_site_under_two_names() -> None:
    page = read('<h2><a href="http://www.site.example/rains-return-to-the-east">Rains return</a></h2>')
    assert [link.url for link in page.articles] == ["http://www.site.example/rains-return-to-the-east"]


def test_the_folder_of_many_is_a_section() -> None:
    stories = "".join(f'<p><a href="/siyaasadda-guud/war-{n}-oo-cusub-maanta">x</a></p>' for n in range(4))
    page = read(f'<body><h2><a href="/siyaasadda-guud">Siyaasadda guud ee dalka</a></h2>{stories}</body>')
    assert (page.links[0].kind, page.links[0].rule) == ("section", "folder")


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ('<a href="/page/2/">2</a><a href="/page/3/">3</a>', "/page/2/"),
        ('<a href="/page/3/">3</a><a href="/page/2/">2</a>', "/page/2/"),
        ('<a href="/page/2/">2</a><a class="next" href="/page/5/">»</a>', "/page/5/"),
        ('<a href="?page=2">Older posts</a>', "/?page=2"),
        ('<a href="/page/2" aria-label="Next page">→</a>', "/page/2"),
        ('<a rel="prev" href="/page/2">Next</a>', None),
        ('<a rel="next" href="/the-next-article-of-all/">Next</a>', None),
        ('<a href="https://other.example/page/2/">Next</a>', None),
        ('<div class="pager"><a href="/more/b">Next</a></div>', "/more/b"),
        ("", None),
    ],
)
def test_next_page(links: str, expected: str | None) -> None:
    page = read(f"<body>{links}</body>")
    assert page.next_page == (expected and f"https://site.example{expected}")


@pytest.mark.parametrize(
    ("own", "links", "expected"),
    [
        ("/", "/index2.html /index9.html", "/index2.html"),
        ("/index2.html", "/index.html /index.html /index3.html /index9.html", "/index3.html"),
        (
            "/category/ports3.html",
            "/category/ports.html /category/ports2.html /category/ports4.html",
            "/category/ports4.html",
        ),
        ("/category/ports9.html", "/category/ports8.html /category/ports.html", None),
        ("/category/ports.html", "/category/sports2.html /2024/10 /2024/11", None),
        ("/2024/10/", "/2024/11/ /2024/09/", None),
    ],
)
def test_next_page_where_a_site_numbers_in_its_own_way(own: str, links: str, expected: str | None) -> None:
    anchors = "".join(f'<a href="{link}">⟩</a>' for link in links.split())
    page = read(f"<body>{anchors}</body>", f"https://site.example{own}")
    assert page.next_page == (expected and f"https://site.example{expected}")


def test_next_page_of_a_later_page() -> None:
    numbers = "".join(f'<a href="/news/page/{n}/">{n}</a>' for n in (1, 2, 4, 5))
    page = read(f"<body>{numbers}</body>", "https://site.example/news/page/3/")
    assert page.next_page == "https://site.example/news/page/4/"


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
        ('<link rel="alternate" type="application/rss+xml" href="/a.rss"><a href="/b.rss">B</a>', ["/a.rss"]),
    ],
)
def test_feeds(head: str, feeds: list[str]) -> None:
    assert [url.removeprefix("https://site.example") for url in read(f"<html>{head}</html>").feeds] == feeds


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
