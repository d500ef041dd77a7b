"""Which link of a page leads to the next page of its list."""

import pytest

from crawler.parsers.links import PageLinks, read_links


def read(html: str, url: str = "https://site.example/") -> PageLinks:
    return read_links(html.encode(), url)


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
